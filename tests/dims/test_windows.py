"""Output sizes of windows, as Keras counts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Size, bind, symbol, transposed_output, unknown, watch_assumptions, window_output

T = symbol("T")
small = st.integers(1, 7)


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ((28, 3, 1, "valid", 1), 26),
        ((28, 3, 2, "valid", 1), 13),
        ((28, 3, 2, "valid", 2), 12),
        ((28, 3, 2, "same", 1), 14),
        ((27, 3, 2, "same", 1), 14),
        ((28, 5, 3, "causal", 2), 10),
        ((7, 7, 2, "valid", 1), 1),
        ((2, 7, 2, "same", 3), 1),
    ],
)
def test_windows_as_keras_counts_them(arguments: tuple[int, int, int, str, int], size: int) -> None:
    assert window_output(*arguments) == size


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ((7, 3, 2, "valid", None, 1), 15),
        ((7, 3, 4, "valid", None, 1), 28),
        ((7, 3, 2, "valid", 1, 1), 16),
        ((7, 3, 1, "valid", None, 2), 11),
        ((7, 3, 2, "same", None, 1), 14),
        ((7, 3, 2, "same", 0, 1), 13),
        ((7, 4, 2, "same", 1, 1), 13),
        ((7, 4, 3, "same", 2, 2), 21),
    ],
)
def test_transposed_windows_as_keras_counts_them(
    arguments: tuple[int, int, int, str, int | None, int], size: int
) -> None:
    assert transposed_output(*arguments) == size


@given(st.integers(1, 60), small, small, st.sampled_from(["valid", "same", "causal"]), small)
def test_binding_before_or_after_a_window_is_the_same(
    size: int, kernel: int, stride: int, padding: str, dilation: int
) -> None:
    with watch_assumptions as relations:
        output = window_output(T, kernel, stride, padding, dilation)
    if all(relation.holds({"T": size}) for relation in relations):
        assert bind(output, {"T": size}) == window_output(size, kernel, stride, padding, dilation)
    else:
        with pytest.raises(ShapeError):
            window_output(size, kernel, stride, padding, dilation)


@given(small, small, small, st.sampled_from(["valid", "same"]), st.none() | st.integers(0, 3), small)
def test_binding_before_or_after_a_transposed_window_is_the_same(
    size: int, kernel: int, stride: int, padding: str, output_padding: int | None, dilation: int
) -> None:
    output = transposed_output(T, kernel, stride, padding, output_padding, dilation)
    number = transposed_output(size, kernel, stride, padding, output_padding, dilation)
    assert bind(output, {"T": size}) == number


@given(st.integers(1, 60), small, small, small)
def test_a_window_placed_by_hand_counts_the_same(size: int, kernel: int, stride: int, dilation: int) -> None:
    places = [start for start in range(0, size, stride) if start + dilation * (kernel - 1) < size]
    if places:
        assert window_output(size, kernel, stride, "valid", dilation) == len(places)


@pytest.mark.parametrize(
    ("size", "kernel", "dilation", "arg", "message"),
    [
        (5, 7, 1, "kernel_size", "kernel of 7 does not fit an input of 5"),
        (5, 7, 1, "pool_size", "pool of 7 does not fit an input of 5"),
        (8, 3, 4, "kernel_size", "kernel of 3 with dilation 4 spans 9 and does not fit an input of 8"),
        (T, T + 1, 1, "kernel_size", "kernel of T + 1 does not fit an input of T"),
    ],
)
def test_a_window_that_does_not_fit(size: Size, kernel: Size, dilation: int, arg: str, message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        window_output(size, kernel, dilation=dilation, arg=arg)
    assert str(caught.value) == message
    assert (caught.value.code, caught.value.arg) == ("SC402", arg)


def test_symbolic_windows_assume_that_they_fit() -> None:
    with watch_assumptions as relations:
        output = window_output(T, 5, 2)
        nothing = window_output(unknown(), 3, padding="same")
    assert [str(relation) for relation in relations] == ["T >= 5"]
    assert (str(output), str(nothing)) == ("(T - 3)//2", "None")
    assert str(transposed_output(T, 3, 2)) == "2*T + 1"


def test_another_padding_is_refused() -> None:
    with pytest.raises(ValueError, match="padding is valid, same or causal, not 'full'"):
        window_output(5, 3, padding="full")
    with pytest.raises(ValueError, match="padding is valid or same, not 'causal'"):
        transposed_output(5, 3, padding="causal")
