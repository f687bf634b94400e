"""Tensors of fewer axes than a layer wants: every rule answers, or refuses them in words of its own."""

from __future__ import annotations

from contextlib import suppress

import pytest

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape
from shapecalc.layers.base import Feed
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.contracts.feeds import TYPES, golden_calls
from tests.specs.analysed import codes_in


def with_axes(count: int, feed: Feed) -> Feed:
    """A feed whose tensors have at most `count` axes."""

    def cut(tensor: Tensor) -> Tensor:
        return Tensor(Shape(tuple(tensor.shape)[:count]), tensor.dtype, False)

    return tuple(
        None if port is None else cut(port) if isinstance(port, Tensor) else tuple(map(cut, port)) for port in feed
    )


@pytest.mark.parametrize("type_name", TYPES)
def test_a_rule_answers_or_refuses_tensors_of_few_axes(type_name: str) -> None:
    for call in golden_calls(type_name)[:6]:
        for count in range(4):
            with suppress(ShapeError):  # any other exception is a fault of the rule
                infer(call.layer, with_axes(count, call.feed))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("{input: [3], blocks: {P: {layers: [{Weight: {shape: [2]}}]}}, layers: [ops.max, P]}", ["SC411"]),
        ("{input: [3], layers: [ops.max, {Hashing: {num_bins: 4, output_mode: one_hot}}]}", ["SC411"]),
        ("{args: {T: 8}, input: [T], layers: [{ops.cast: {dtype: int32}}, {ops.floor_divide: {x1: $T}}]}", []),
        ("{input: [T], layers: [{ops.cast: {dtype: int32}}, {ops.floor_divide: {x1: $T}}]}", []),
    ],
)
def test_what_fuzzing_met(text: str, codes: list[str]) -> None:
    assert codes_in(text) == codes
