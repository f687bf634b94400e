"""A sketch as a model spec in YAML."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from shapecalc.diagnostics import shorten, yaml_escapes
from shapecalc.formats.flat_model import Call, Feed, FlatModel, Input, Origin, refused
from shapecalc.layers.base import port_name
from shapecalc.layers.catalogue import find
from shapecalc.model.references import name_fault

WIDTH = 100

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "none", "nan", "inf"))


def spec_text(sketch: FlatModel, *, first_only: bool = False) -> str:
    """The text of the spec. Raises Fault with SC609 for what the language has no words for.

    With `first_only`, the sole output is written as the first of a layer that has several.
    """
    return _Writer(sketch).text(first_only)


def _declared(one: Input, *, say_batch: bool) -> Any:
    """An input as a spec declares it; inputs of different batches say all their axes."""
    if say_batch:
        return {"batch_shape": [one.batch, *one.shape], "dtype": one.dtype}
    return one.shape if one.dtype == "float32" else {"shape": one.shape, "dtype": one.dtype}


def flow(value: Any, subject: str = "") -> str:
    """A value on one line of YAML. Raises Fault."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        raise refused(f"{value} is no number that a spec can hold", subject)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        if "$" in value:
            raise refused(f"a spec would take the `$` in {shorten(value)!r} for an expression", subject)
        plain = _PLAIN.match(value) and value.lower() not in _WORDS
        return value if plain else yaml_escapes(json.dumps(value, ensure_ascii=False))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item, subject)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(item, subject) for item in value) + "]"
    return flow(float(value), subject)


class _Writer:
    """Writes one entry for each call; the first call of a layer is the layer."""

    def __init__(self, sketch: FlatModel) -> None:
        self.sketch = sketch
        self.lines: list[str] = []
        self.entries: dict[tuple[str, int], str] = {(one.name, 0): one.name for one in sketch.inputs}
        self.counts: dict[str, int] = {}
        self.taken = {*sketch.layers, *(one.name for one in sketch.inputs)}

    def text(self, first_only: bool) -> str:
        sketch = self.sketch
        self.lines.append(f"name: {flow(sketch.name)}")
        self.inputs()
        self.lines.append("layers:")
        prev = self.reference((sketch.inputs[0].name, 0, 0)) if len(sketch.inputs) == 1 else ""
        for call in sketch.calls:
            prev = self.entry(call, prev)
        self.outputs(prev, ".0" if first_only else "")
        return "\n".join(self.lines) + "\n"

    def inputs(self) -> None:
        """The inputs; a sole one that is called `input` needs no name."""
        batches = {one.batch for one in self.sketch.inputs}
        shown = {one.name: _declared(one, say_batch=len(batches) > 1) for one in self.sketch.inputs}
        if [*shown] == ["input"]:
            self.lines.append(f"input: {flow(shown['input'])}")
        else:
            self.lines.append("inputs:")
            self.lines += [f"  {self.named(name)}: {flow(value)}" for name, value in shown.items()]
        if batches != {None} and len(batches) == 1:
            self.lines.append(f"batch_size: {flow(batches.pop())}")

    def named(self, name: str) -> str:
        """A name, which must be one that a spec can hold. Raises Fault."""
        fault = name_fault(name)
        if fault:
            raise refused(fault, name, "rename it before it is exported")
        return name

    def entry(self, call: Call, prev: str) -> str:
        """Writes one call; returns its name."""
        number = self.counts.get(call.layer, 0)
        self.counts[call.layer] = number + 1
        type_name, arguments = self.sketch.layers[call.layer]
        if number:
            name = self.fresh(f"{call.layer}_{number + 1}")
            head, inside = "reuse", {"layer": call.layer, "name": name}
        else:
            name = self.named(call.layer)
            head, inside = type_name, {"name": name, **arguments}
        self.entries[call.layer, number] = name
        line = f"  - {head}: {flow(inside, name)}"
        if len(line) <= WIDTH:
            self.lines.append(line)
        else:
            self.lines.append(f"  - {head}:")
            self.lines += [f"      {key}: {flow(value, name)}" for key, value in inside.items()]
        source = self.source(call.feed, type_name)
        if source not in ([], prev):
            self.lines.append(f"    from: {flow(source)}")
        if call.arguments:
            self.lines.append(f"    call: {flow(call.arguments, name)}")
        return name

    def fresh(self, name: str) -> str:
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def source(self, feed: Feed, type_name: str) -> Any:
        """What a call is fed: one reference, several in the order of Keras's call, or by the names of its inputs."""
        layer_type = find(type_name)
        ports = [port_name(port) for port in layer_type.ports] if layer_type is not None else []
        shown = {port: self.references(fed) for port, fed in feed.items()}
        single = all(isinstance(fed, str) for fed in shown.values())
        if [*shown] == ports[: len(shown)] and (single or len(shown) == 1):
            listed = [ref for fed in shown.values() for ref in ([fed] if isinstance(fed, str) else fed)]
            in_a_list = layer_type is not None and layer_type.lists
            return listed[0] if len(listed) == 1 and not in_a_list else listed
        return shown

    def references(self, fed: Origin | list[Origin]) -> str | list[str]:
        return [self.reference(one) for one in fed] if isinstance(fed, list) else self.reference(fed)

    def reference(self, origin: Origin) -> str:
        layer, number, port = origin
        return self.entries[layer, number] + (f".{port}" if port else "")

    def outputs(self, prev: str, port: str) -> None:
        """What leaves the model, unless it is the last entry."""
        shown = {name: self.reference(origin) for name, origin in self.sketch.outputs.items()}
        if [*shown.values()] == [prev] and not port:
            return
        if len(shown) == 1:
            self.lines.append(f"outputs: {flow(next(iter(shown.values())))}{port}")
        elif any(name_fault(name) for name in shown):
            self.lines.append(f"outputs: {flow([*shown.values()])}")
        else:
            self.lines.append(f"outputs: {flow(shown)}")
