"""Work in a process of its own: its result comes back, and its failure is no silence."""

from __future__ import annotations

import os

import pytest

from simulator.aside import begin


def test_the_result_comes_back_from_another_process() -> None:
    wait = begin(lambda: (os.getpid(), sum(range(10))))
    process, result = wait()
    assert result == 45
    assert process != os.getpid()


def test_a_failure_is_told_to_who_waits(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise ValueError("no such month")

    wait = begin(fail)
    with pytest.raises(RuntimeError, match="failed in its own process"):
        wait()
    assert "no such month" in capfd.readouterr().err
