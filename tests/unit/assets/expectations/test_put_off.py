"""Imports that are put off are made when somebody needs what they bring."""

from __future__ import annotations

import sys

import pytest

from assets.expectations.put_off import PutOff, put_off


@pytest.fixture(autouse=True)
def not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)


def test_a_stand_in_brings_its_module_when_something_of_it_is_asked_for():
    with put_off("colorsys"):
        import colorsys as meanwhile
    assert isinstance(meanwhile, PutOff)
    assert "colorsys" not in sys.modules
    assert meanwhile.rgb_to_hls(0, 0, 0) == (0, 0, 0)
    assert not isinstance(sys.modules["colorsys"], PutOff)


def test_others_get_the_module_itself_afterwards():
    with put_off("colorsys"):
        pass
    import colorsys

    assert not isinstance(colorsys, PutOff)


def test_a_module_that_is_there_already_stays():
    import colorsys

    with put_off("colorsys"):
        import colorsys as meanwhile
    assert meanwhile is colorsys
