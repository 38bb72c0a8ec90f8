"""However long requests take, the server never counts more than the limit in a window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assets.api.limiter import Bucket, Limiter
from tests.support.clock import FakeClock


def test_a_full_window_is_waited_out() -> None:
    clock = FakeClock()
    limiter = Limiter([Bucket("read", 2, 10.0)], clock)
    waited = []
    for _ in range(5):
        with limiter.place("read") as seconds:
            clock.passed += 1
        waited.append(seconds)
    assert waited == [0.0, 0.0, 9.0, 0.0, 9.0]


def test_a_request_waits_for_each_of_its_buckets_and_no_other() -> None:
    clock = FakeClock()
    limiter = Limiter([Bucket("all", 100, 60.0), Bucket("search", 1, 5.0)], clock)
    for names in (["all", "search"], ["all"], ["all", "search"]):
        with limiter.place(*names):
            pass
    assert clock.slept == [5.0]


@given(
    requests=st.integers(1, 5),
    seconds=st.floats(0.5, 10),
    ways=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(0, 3)), max_size=40),
)
def test_no_window_of_the_server_holds_more_than_the_limit(
    requests: int, seconds: float, ways: list[tuple[float, float, float]]
) -> None:
    clock = FakeClock()
    limiter = Limiter([Bucket("read", requests, seconds)], clock)
    counted = []
    for there, back, between in ways:
        with limiter.place("read"):
            clock.passed += there
            counted.append(clock.passed)
            clock.passed += back
        clock.passed += between
    for instant in counted:
        window = [c for c in counted if instant <= c < instant + seconds - 1e-6]
        assert len(window) <= requests
