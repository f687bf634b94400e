"""Small arrays of sizes: what ONNX computes with shapes, item by item."""

from __future__ import annotations

import math
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.dims import Dim, bind, known, symbol, unknown
from shapecalc.dims.slicing import cut_axis

T = symbol("T")
NUMBERS = st.integers(-40, 40)


@given(NUMBERS, NUMBERS)
@settings(deadline=None)
def test_numbers_are_divided_towards_zero(left: int, right: int) -> None:
    if right:
        assert known.divide(left, right, whole=True) == int(left / right)
        assert known.remainder(left, right) == left % right


@given(st.integers(1, 200), st.integers(1, 9), st.integers(1, 9))
@settings(deadline=None)
def test_a_scaled_size_is_rounded_exactly(size: int, times: int, over: int) -> None:
    scaled = known.multiply(T, times / over)
    assert bind(known.floor(scaled), {"T": size}) == size * times // over
    assert bind(known.ceil(scaled), {"T": size}) == -(-size * times // over)


@given(st.integers(1, 12), st.integers(-15, 15), st.integers(-15, 15), st.integers(-3, 3).filter(bool))
@settings(deadline=None)
def test_a_stretch_is_as_long_as_pythons(size: int, start: int, end: int, step: int) -> None:
    expected = range(size)[start : None if step < 0 and end < -size else end : step]
    length, positions = cut_axis(size, start, end, step)
    assert (length, list(positions or ())) == (len(expected), list(expected))


@given(st.integers(1, 12), st.integers(-3, -1))
@settings(deadline=None)
def test_a_stretch_backwards_of_a_symbol_follows_it(size: int, step: int) -> None:
    for start, python in ((-1, slice(None)), (1 << 62, slice(None)), (-2, slice(-2, None))):
        length, _ = cut_axis(T, start, -(1 << 62), step)
        assert bind(length, {"T": size}) == len(range(size)[python.start :: step])


ITEMS = [
    0, -3, True, 2**63, -0.0, 0.5, 1e-6, 1e308, math.inf, -math.inf, math.nan, T, T * T - 2, unknown(), unknown() + T,
    known.multiply(T, 0.5), known.multiply(T, 1 / 3),
]  # fmt: skip
BINARY = [
    known.add, known.subtract, known.multiply, known.remainder, known.equal, known.less, known.least, known.greatest,
    known.power, known.both, known.either, known.one_of_two, partial(known.divide, whole=True),
    partial(known.divide, whole=False),
]  # fmt: skip


@pytest.mark.parametrize("operate", BINARY)
def test_whatever_a_file_holds_beside_a_size_gives_an_item(operate: Any) -> None:
    for left in ITEMS:
        for right in ITEMS:
            assert operate(left, right) is not None


def test_whatever_a_file_counts_by_has_a_length() -> None:
    for first, last, step in product(ITEMS, ITEMS, [item for item in ITEMS if item != 0]):
        assert isinstance(known.count_up(first, last, step)[0], (int, Dim))


@given(st.integers(1, 12), st.integers(1, 4))
@settings(deadline=None)
def test_a_stretch_of_a_symbol_follows_it(size: int, step: int) -> None:
    for start, end, python in ((0, 1 << 62, slice(None)), (1, 1 << 62, slice(1, None)), (0, -1, slice(0, -1))):
        length, _ = cut_axis(T, start, end, step)
        assert bind(length, {"T": size}) == len(range(size)[python][::step])


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (known.add(T, 1), T + 1),
        (known.floor(known.add(T, 0.5)), T),
        (known.remainder(-1, T), T - 1),
        (known.remainder(0, T), 0),
        (known.subtract(T, T), 0),
        (known.multiply(T, 2.0), 2 * T),
        (known.divide(2 * T, 2, whole=True), T),
        (known.divide(T * 3, T, whole=True), 3),
        (known.equal(T, T), True),
        (known.less(T, 1), False),
        (known.greatest(T, 1), T),
        (known.choose(True, T, 5), T),
        (known.cast(2.7, "int64"), 2),
        (known.cast(T, "float32"), T),
        (known.power(T, 2), T * T),
        (known.invert(True), False),
    ],
)
def test_what_is_computed(result: Any, expected: object) -> None:
    assert result == expected


@pytest.mark.parametrize(
    "result",
    [
        known.equal(T, 5),
        known.less(T, 5),
        known.divide(5, T, whole=True),
        known.add(T, 1e-7),
        known.add(T, math.nan),
        known.power(T, math.nan),
        known.remainder(-2, T),
        known.remainder(1, T),
    ],
)
def test_what_cannot_be_told_is_not_guessed(result: Any) -> None:
    assert not known.is_told(result)


def test_arrays_are_taken_apart_and_joined() -> None:
    array = known.Known((2, 3), (1, 2, 3, 4, 5, T))
    assert known.transpose(array, (1, 0)) == known.Known((3, 2), (1, 4, 2, 5, 3, T))
    assert known.take(array, known.vector([-1, 0]), 1) == known.Known((2, 2), (3, 1, T, 4))
    assert known.take(array, known.vector([3]), 1) is None
    left, right = known.cut(array, 1, [0]), known.cut(array, 1, [1, 2])
    assert known.join([left, right], 1) == array
    assert known.combine(known.add, array, known.vector([1, 1, 1])) == known.Known((2, 3), (2, 3, 4, 5, 6, T + 1))
    assert known.combine(known.add, array, known.vector([1, 1])) is None
