"""Shapes: their text, their axes by name, and ranks that are refused."""

from __future__ import annotations

from types import EllipsisType

import pytest

from shapecalc.diagnostics.errors import RankError, ShapeError
from shapecalc.dims import Shape, Size, axis_from_front, floor_div, symbol, unknown, watch_axes

BATCH = unknown("batch")
T = symbol("T")


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ((BATCH, 5, 1), "(None, 5, 1)"),
        ((BATCH,), "(None,)"),
        ((), "()"),
        ((BATCH, T, 2 * T + 1), "(None, T, 2*T + 1)"),
        ((BATCH * 2, 8 * floor_div(T + 1, 2)), "(None, 8*((T + 1)//2))"),
        ((10**5000,), "(about 10**5000,)"),
    ],
)
def test_text_is_that_of_keras(sizes: tuple[Size, ...], text: str) -> None:
    assert str(Shape(sizes)) == text
    assert f"{Shape(sizes)}" == text


def test_repr_shows_the_formulas() -> None:
    assert repr(Shape((BATCH + 1, T, 10**5000))) == "Shape(None + 1, T, about 10**5000)"


def test_slices_sums_and_replacements_are_shapes() -> None:
    shape = Shape((BATCH, 5, 1))
    before, after = (7,), (2,)
    results = [shape[1:], shape + after, before + shape, shape.replace(1, T), shape.replace(-1, 3)]
    assert results == [(5, 1), (BATCH, 5, 1, 2), (7, BATCH, 5, 1), (BATCH, T, 1), (BATCH, 5, 3)]
    assert {type(result) for result in results} == {Shape}
    assert (shape[0], shape[-1], shape.ndim) == (BATCH, 1, 3)
    assert hash(shape) == hash((BATCH, 5, 1))


def test_axes_are_taken_by_name() -> None:
    shape = Shape((BATCH, 4, 5, 3))
    assert shape.axes("batch", "height", "width", "channels") == (BATCH, 4, 5, 3)
    batch, middle, channels = shape.axes("batch", ..., "channels")
    assert (batch, middle, channels) == (BATCH, (4, 5), 3)
    assert str(middle) == "(4, 5)"
    assert shape.axes(..., "channels") == ((BATCH, 4, 5), 3)
    assert shape.axes("batch", ...) == (BATCH, (4, 5, 3))
    assert Shape((BATCH, 3)).axes("batch", ..., "channels") == (BATCH, (), 3)


@pytest.mark.parametrize(
    ("names", "code", "message", "rank"),
    [
        (("batch", "time", "features"), "SC412", "needs a time axis, got (None, 5)", 3),
        (("batch", "time", ..., "features"), "SC412", "needs a time axis, got (None, 5)", 3),
        (("batch", "spatial", "features"), "SC411", "needs a spatial axis, got (None, 5)", 3),
        (
            ("batch", "height", "width", "channels"),
            "SC411",
            "needs 4 axes (batch, height, width, channels), got (None, 5)",
            4,
        ),
        (
            ("batch", "time", "height", "channels"),
            "SC411",
            "needs 4 axes (batch, time, height, channels), got (None, 5)",
            4,
        ),
        (("batch",), "SC411", "needs 1 axis (batch), got (None, 5)", 1),
        (
            ("batch", "query", ..., "features"),
            "SC411",
            "needs at least 3 axes (batch, query, ..., features), got (None, 5)",
            3,
        ),
    ],
)
def test_a_wrong_rank_is_refused(names: tuple[str | EllipsisType, ...], code: str, message: str, rank: int) -> None:
    with pytest.raises(RankError) as caught:
        Shape((BATCH, 5)).axes(*names)
    assert isinstance(caught.value, ShapeError)
    assert (caught.value.code, str(caught.value), caught.value.wanted_rank) == (code, message, rank)


def test_calls_of_axes_are_watched_by_identity() -> None:
    one, other = Shape((BATCH, 5)), Shape((BATCH, 5))
    with watch_axes as calls:
        one.axes("batch", "features")
        with watch_axes as inner:
            other.axes("batch", ...)
        with pytest.raises(RankError):
            other.axes("batch", "time", "features")
    one.axes("batch", "units")
    assert [names for _, names in calls] == [("batch", "features"), ("batch", "time", "features")]
    assert [names for _, names in inner] == [("batch", ...)]
    assert calls[0][0] is one
    assert calls[1][0] is other


@pytest.mark.parametrize(
    ("axis", "ndim", "position"),
    [(0, 2, 0), (1, 2, 1), (-1, 2, 1), (-2, 2, 0), (2, 2, None), (-3, 2, None), (0, 0, None)],
)
def test_an_axis_is_counted_from_either_end(axis: int, ndim: int, position: int | None) -> None:
    assert axis_from_front(axis, ndim) == position
