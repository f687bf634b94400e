"""Masks that Keras writes as functions: `x != 0` of what an Embedding is fed, and whether any feature is not.

A spec does not name the masks that come along with a tensor, so such a function is left out unless something else needs
what it computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from shapecalc.formats.flat_model import Source
from shapecalc.layers.base import Layer


class Mask(NamedTuple):
    """A function that may be a mask: whether `compared` is not `value`, or with `features` whether any of these is."""

    compared: Source
    value: float
    features: bool


class Function(NamedTuple):
    """A call of a function of keras.ops, and what Keras calls it."""

    layer_type: type[Layer]
    config: dict[str, Any]
    node: dict[str, Any]
    own: str


def mask_of(function: Function, masks: Mapping[Source, Mask]) -> Mask | None:
    """What a function compares, if it may be a mask; `masks` are those that it may be called with."""
    type_name, config, args = function.layer_type.type_name, function.config, function.node["args"]
    if type_name == "ops.not_equal" and len(args) == 2 and isinstance(args[0], tuple):
        return Mask(args[0], args[1], features=False) if type(args[1]) in (int, float) else None
    if type_name == "ops.any" and len(args) == 1 and config.get("axis") == -1 and not config.get("keepdims"):
        compared = masks.get(args[0]) if isinstance(args[0], tuple) else None
        return compared._replace(features=True) if compared is not None and not compared.features else None
    return None


def masked_value(type_name: str, arguments: dict[str, Any], features: bool) -> float | None:
    """Where the mask is false that a layer starts of its features, or of its ids; None of one that starts none."""
    if features:
        return float(arguments.get("mask_value", 0)) if type_name == "Masking" else None
    return 0 if type_name == "Embedding" and arguments.get("mask_zero") else None
