"""Layers from plain data, as a spec would build them: what the contract and golden tests stand on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from shapecalc.diagnostics import Diagnostic, Fault
from shapecalc.dims import Shape
from shapecalc.layers.base import Layer, port_name, takes_many
from shapecalc.layers.values import Tensor
from shapecalc.model.builder import build
from shapecalc.model.context import Context
from shapecalc.model.load import Library
from shapecalc.model.spec import ModelSpec


def parse(text: str, file: str = "model.yaml") -> ModelSpec:
    """The spec in a text."""
    return Library().parse(text, file)


def layer_of(type_name: str, config: Mapping[str, Any], call: Mapping[str, Any] | None = None) -> Layer:
    """The config that an entry with these arguments gives. Raises Fault where they are refused."""
    entry: dict[str, Any] = {type_name: dict(config)}
    if call:
        entry["call"] = dict(call)
    entry["from"] = "input"
    spec = parse(yaml.safe_dump({"input": [1], "layers": [entry]}, sort_keys=False, allow_unicode=True))
    graph = build(spec, {}, {"input": Tensor(Shape((1, 1)), "float32")}, Context())
    refused: list[Diagnostic] = [one for one in graph.problems if one.code not in ("SC306", "SC303")]
    layer = graph.nodes[-1].layer
    if refused or layer is None or len(graph.nodes) < 2:
        raise Fault(*refused, *spec.document.diagnostics)
    return layer


def feed_by_ports(layer: Layer, by_name: Mapping[str, Any]) -> tuple[Any, ...]:
    """Values by port name in the order of the layer's ports, trailing ones that are missing left out."""
    slots: list[Any] = []
    names = [port_name(port) for port in layer.ports]
    unknown = set(by_name) - set(names)
    if unknown:
        raise KeyError(f"{layer.type_name} has no ports {sorted(unknown)}, only {names}")
    for port, name in zip(layer.ports, names, strict=True):
        value = by_name.get(name)
        if takes_many(port):
            value = () if value is None else tuple(_flat(value))
        elif isinstance(value, list) and len(value) == 1:
            value = value[0]
        slots.append(value)
    while slots and (slots[-1] is None or (type(slots[-1]) is tuple and not slots[-1])):
        slots.pop()
    return tuple(slots)


def _flat(value: Any) -> list[Any]:
    """A nest of lists as one list; a tensor is a tuple, and no nest."""
    return [item for one in value for item in _flat(one)] if isinstance(value, list) else [value]
