"""A small model for every layer type: required arguments by name or kind, and the first input that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.analysis.report import Report, analyse
from shapecalc.diagnostics import Fault
from shapecalc.layers.catalogue import find
from shapecalc.model.load import Library

if TYPE_CHECKING:
    from shapecalc.layers.args import Arg
    from shapecalc.layers.base import Layer

_BY_ARGUMENT = {
    "units": "8", "filters": "8", "kernel_size": "3", "input_dim": "100", "output_dim": "8", "dims": "[2, 1]",
    "target_shape": "[2, -1]", "n": "5", "rate": "0.5", "stddev": "0.1", "num_heads": "2", "key_dim": "8", "axes": "2",
    "head_dim": "8", "num_query_heads": "4", "num_key_value_heads": "2", "equation": '"abc,cd->abd"', "groups": "2",
    "layer": "{Dense: {units: 8}}", "cell": "{LSTMCell: {units: 8}}", "cells": "[{LSTMCell: {units: 8}}]",
    "activation": "relu", "output_size": "2", "output_shape": "[null, 8]", "shape": "[10, 8]",
}  # fmt: skip
_BY_TYPE = {
    "Bidirectional": {"layer": "{LSTM: {units: 8}}"},
    "RepeatVector": {"n": "5"},
    "Reshape": {"target_shape": "[2, -1]"},
}
_BY_HAND = {"InputLayer": "input: [10]\nlayers:\n  - Dense: {units: 8}\n"}
_SHAPES = (
    "[10, 4]",
    "[4]",
    "[10]",
    "[32, 32, 3]",
    "[16, 16, 16, 3]",
    "[8, 32, 32, 3]",
    "[8, 16, 16, 16, 3]",
    "[8, 32]",
)
_FEEDS = {
    "LSTMCell": ("inputs: {inputs: [4], h: [8], c: [8]}", "[inputs, h, c]"),
    "GRUCell": ("inputs: {inputs: [4], h: [8]}", "[inputs, h]"),
    "SimpleRNNCell": ("inputs: {inputs: [4], h: [8]}", "[inputs, h]"),
    "StackedRNNCells": ("inputs: {inputs: [4], h: [8], c: [8]}", "[inputs, h, c]"),
}


class Example:
    """The text of a model spec that uses one layer type, and its report."""

    __slots__ = ("report", "text")

    def __init__(self, text: str, report: Report) -> None:
        self.text = text
        self.report = report


def example(type_name: str) -> Example | None:
    """A model that uses a layer type of the catalogue; None where no input that is tried would do."""
    layer_type = find(type_name)
    if layer_type is None:
        return None
    for text in _candidates(type_name, layer_type):
        try:
            report = analyse(Library().parse(text, "example.yaml"))
        except Fault:
            continue
        if report.ok and report.rows:
            return Example(text, report)
    return None


def _candidates(type_name: str, layer_type: type[Layer]) -> Iterator[str]:
    arguments = ", ".join(
        f"{name}: {_sample(type_name, argument)}" for name, argument in layer_type.args.items() if argument.required
    )
    entry = f"- {type_name}: {{{arguments}}}" if arguments else f"- {type_name}"
    if type_name in _BY_HAND:
        yield _BY_HAND[type_name]
        return
    if type_name in _FEEDS:
        declared, feed = _FEEDS[type_name]
        yield f"{declared}\nlayers:\n  {entry if arguments else entry + ':'}\n    from: {feed}\n"
        return
    if not layer_type.ports:
        yield f"input: [10, 8]\nlayers:\n  {entry}\n  - Add:\n    from: [input, {layer_type.type_name.lower()}]\n"
        return
    if any(port.endswith("+") for port in layer_type.ports) or _required(layer_type) > 1:
        names = "abc"[: max(2, _required(layer_type))]
        for shape in _SHAPES:
            inputs = ", ".join(f"{name}: {shape}" for name in names)
            feed = ", ".join(names)
            yield f"inputs: {{{inputs}}}\nlayers:\n  {entry if arguments else entry + ':'}\n    from: [{feed}]\n"
    for shape in _SHAPES:
        yield f"input: {shape}\nlayers:\n  {entry}\n"


def _required(layer_type: type[Layer]) -> int:
    return sum(not port.endswith(("?", "*")) for port in layer_type.ports)


def _sample(type_name: str, argument: Arg[object]) -> str:
    by_type = _BY_TYPE.get(type_name, {})
    return by_type.get(argument.name) or _BY_ARGUMENT.get(argument.name) or "2"
