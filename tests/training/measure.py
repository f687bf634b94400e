"""Measure what Keras on PyTorch keeps for the backward pass. Needs keras and torch; only recording does.

The measure is the convention: every distinct storage that autograd saves counts once at its full size; those of the
variables are left out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import inspect
from operator import attrgetter

import keras
import numpy as np
import torch

from tests.golden.arrays import input_array, map_specs, steps_array
from tests.golden.cases import Case

torch.set_num_threads(2)  # for a single one PyTorch has other convolutions, which lay out what they give in another way

__all__ = ["keras", "measure", "measure_case", "np", "torch"]

HOLD_LAYERS = {"layer", "backward_layer", "cell", "cells", "layers"}


def measure(call: Callable[[], Any], variables: list[Any]) -> tuple[int, Any]:
    """The bytes that a call saves, and what it gives."""
    saved: dict[int, Any] = {}

    def pack(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        saved[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        outputs = call()
    own = {variable.value.untyped_storage().data_ptr() for variable in variables}
    total = sum(int(storage.nbytes()) for pointer, storage in saved.items() if pointer not in own)
    return total, outputs


def make(entry: Any) -> Any:
    """A Keras layer from `{"Dense": {"units": 3}}` or `"Flatten"`."""
    kind, config = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
    return getattr(keras.layers, kind)(**{key: _argument(key, value) for key, value in config.items()})


def _argument(key: str, value: Any) -> Any:
    if key not in HOLD_LAYERS or value is None:
        return value
    return [make(entry) for entry in value] if isinstance(value, list) else make(value)


class Operation:
    """A function of `keras.ops` with its arguments, called as a layer is."""

    variables: tuple[Any, ...] = ()

    def __init__(self, name: str, config: Mapping[str, Any]) -> None:
        self.call = attrgetter(name)(keras.ops)
        self.config = {key: _python(key, value) for key, value in config.items()}

    def __call__(self, **ports: Any) -> Any:
        given = {**self.config, **ports}
        parameters = inspect.signature(self.call).parameters.values()
        spread = next((each.name for each in parameters if each.kind is each.VAR_POSITIONAL), None)
        if spread is None:
            return self.call(**given)
        before = [
            given.pop(each.name)
            for each in parameters
            if each.kind is each.POSITIONAL_OR_KEYWORD and each.name in given
        ]
        return self.call(*before, *given.pop(spread), **given)


def _python(key: str, value: Any) -> Any:
    if key == "key":
        text = value if isinstance(value, str) else ", ".join(map(str, value))
        return eval(f"every[{text}]", {"every": np.s_})
    return tuple(value) if key == "axis" and isinstance(value, list) else value


def build(kind: str, config: Mapping[str, Any]) -> Any:
    return Operation(kind.removeprefix("ops."), config) if kind.startswith("ops.") else make({kind: config})


def feed(case: Case, needs_grad: bool, batch: int | None = None) -> dict[str, Any]:
    """The inputs of a case as tensors of PyTorch, masks set; floating ones with a gradient if `needs_grad`."""

    def tensor(spec: Mapping[str, Any], position: int) -> Any:
        array = keras.ops.convert_to_tensor(input_array(spec, position))
        if "order" in spec:
            order = spec["order"]
            array = array.permute(order).contiguous().permute([order.index(axis) for axis in range(array.ndim)])
        if needs_grad and array.dtype.is_floating_point and spec.get("grad", True):
            # A result of an operation, as the output of a layer before is: a leaf would be no parameter either.
            array = torch.ones((), dtype=array.dtype, requires_grad=True) * array
        return array

    ports: dict[str, Any] = map_specs(tensor, case["inputs"])
    for port, pattern in case.get("mask", {}).items():
        values, patterns = (ports[port], pattern) if isinstance(ports[port], list) else ([ports[port]], [pattern])
        for value, each in zip(values, patterns, strict=True):
            if each is not None:
                keras.src.backend.set_keras_mask(value, keras.ops.convert_to_tensor(steps_array(each, value.shape[1])))
    return ports


def measure_case(kind: str, case: Case, needs_grad: bool) -> int:
    """The bytes that one call of a case keeps in training."""
    layer = build(kind, case["config"])
    arguments = dict(case.get("call", {}))
    if not isinstance(layer, Operation) and "training" not in arguments and layer._call_has_training_arg:
        arguments["training"] = True
    _call(layer, feed(case, False), arguments)  # builds it
    ports = feed(case, needs_grad)
    kept, _ = measure(lambda: _call(layer, ports, arguments), list(layer.variables))
    return kept


def _call(layer: Any, ports: dict[str, Any], arguments: Mapping[str, Any]) -> Any:
    """A call as users write it: the first input by its place."""
    if isinstance(layer, Operation):
        return layer(**ports, **arguments)
    first, *rest = ports.values()
    return layer(first, **dict(zip(list(ports)[1:], rest, strict=True)), **arguments)
