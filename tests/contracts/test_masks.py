"""What leaves a layer as a mask where none came with its inputs: no list of masks is the same as a None for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from shapecalc.forward.base import apply, has_forward, makes_mask, output_masks
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import find
from shapecalc.layers.wrappers import Pipeline
from tests.contracts.feeds import TYPES
from tests.golden.calls import arrays_and_masks, made
from tests.golden.cases import families, load


def calls(name: str) -> Iterator[tuple[Layer, tuple[Any, ...]]]:
    """The recorded calls of a type, each as its layer and arrays, without the masks that came with them."""
    for family in families():
        for case in load(family).CASES.get(name, ()):
            if not case.get("error") and "bfloat16" not in str(case):
                layer = made(name, case)
                yield layer, arrays_and_masks(layer, case)[0]


def has_mask_rule(name: str) -> bool:
    layer_type = find(name)
    assert layer_type is not None
    assert has_forward(layer_type)
    return bool(makes_mask(object.__new__(layer_type)))


MASKED = [name for name in TYPES if has_mask_rule(name)]


def no_masks(feed: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple((None,) * len(port) if isinstance(port, tuple) else None for port in feed)


def assert_same_masks(masks: tuple[Any, ...], others: tuple[Any, ...]) -> None:
    assert [mask is None for mask in masks] == [mask is None for mask in others]
    for mask, other in zip(masks, others, strict=True):
        if mask is not None:
            np.testing.assert_array_equal(mask, other)


@pytest.mark.parametrize("name", MASKED)
def test_a_layer_is_called_without_masks(name: str) -> None:
    fed = list(calls(name))
    assert fed
    for layer, feed in fed:
        outputs = apply(layer, Weights(WeightStore()), *feed)
        masks = output_masks(layer, feed, (), len(outputs))
        assert len(masks) == len(outputs)
        assert_same_masks(masks, output_masks(layer, feed, no_masks(feed), len(outputs)))


@pytest.mark.parametrize("name", MASKED)
def test_a_layer_of_one_input_within_a_pipeline_is_called_without_masks(name: str) -> None:
    for layer, feed in list(calls(name))[:3]:
        if len(feed) == 1 and not isinstance(feed[0], tuple):
            (plain, *_), (piped, *_) = (
                apply(either, Weights(WeightStore()), *feed) for either in (layer, Pipeline(layers=(layer,)))
            )
            assert piped.shape == plain.shape
