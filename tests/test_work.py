"""The counter that other tests limit work by."""

from __future__ import annotations

import sys

import pytest

from tests.work import TooMuchWork, at_most


def count_up(done: list[int], most: int) -> None:
    for number in range(most):
        done.append(number)  # noqa: PERF402


def test_what_makes_more_calls_is_stopped_in_the_middle() -> None:
    done: list[int] = []
    with pytest.raises(TooMuchWork, match="more than 100 calls"), at_most(100):
        count_up(done, 1_000)
    assert 90 <= len(done) <= 100
    assert sys.getprofile() is None


def test_calls_are_counted() -> None:
    with at_most(100) as work:
        count_up([], 50)
    assert 50 <= work.calls < 60
