"""What could be left out of a spec, piece by piece, and what the model means without it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import yaml

from shapecalc.analysis.analyse import analyse
from shapecalc.diagnostics import Fault
from shapecalc.inference.walk import Walk, walk_within
from shapecalc.layers.base import Layer
from shapecalc.model.load import Library

BESIDE = ("from", "call", "if", "repeat")

AS_ANOTHER = {"strides": "pool_size", "value_dim": "key_dim"}
"""What an argument is that is not said: what another one is."""


def pieces_of(spec: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every piece of a spec that may be left out: arguments of entries and of layers in them, what stands
    beside an entry, arguments of blocks, inputs' dtypes. Names are for people."""
    for way, layers in [(("layers",), spec["layers"])] + [
        (("blocks", name, "layers"), block["layers"]) for name, block in (spec.get("blocks") or {}).items()
    ]:
        for number, entry in enumerate(layers):
            if isinstance(entry, dict):
                yield from _pieces_of_entry((*way, number), entry)
    for name, block in (spec.get("blocks") or {}).items():
        for key in [key for key in ("args", "input", "inputs", "outputs") if key in block]:
            yield "blocks", name, key
        for argument in block.get("args") or {}:
            yield "blocks", name, "args", argument
    for key in ("outputs", "batch_size", "dtype"):
        if key in spec:
            yield (key,)


def _pieces_of_entry(way: tuple[Any, ...], entry: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    for key, value in entry.items():
        if key in BESIDE:
            yield *way, key
        elif isinstance(value, dict):
            for argument, inner in value.items():
                if argument != "name" and key != "reuse":
                    yield *way, key, argument
                if isinstance(inner, dict):
                    yield from _pieces_of_entry((*way, key, argument), inner)


def without(spec: Any, way: tuple[Any, ...]) -> str:
    """The text of a spec without the piece at the end of the way."""
    less = copy.deepcopy(spec)
    holder = less
    for step in way[:-1]:
        holder = holder[step]
    del holder[way[-1]]
    return json.dumps(less)


def meaning_of(text: str) -> Any:
    """What a spec says of every call, in order: its layer with all arguments as it takes them, what it is fed, its
    shapes and weights, and of the model its outputs. None of one that cannot be analysed."""
    try:
        report = analyse(Library().parse(text, "model.yaml"))
    except Fault:
        return None
    if not report.ok or report.walk is None:
        return None
    return _walk_meaning(report.walk), [(name, str(tensor)) for name, tensor in report.outputs.items()]


def _walk_meaning(walk: Walk) -> list[Any]:
    found: list[Any] = []
    for node, inferred in zip(walk.graph.nodes, walk.results, strict=True):
        if node.layer is None or inferred is None:
            continue
        fed = walk.sources_of(node) if node.entry is not None else []
        within = walk_within(inferred)
        if within is not None:
            found.append((fed, node.layer.type_name, node.layer.trainable, _walk_meaning(within[1])))
            continue
        rank = max((tensor.shape.ndim for tensor in inferred.outputs.values()), default=0)
        weights = [(name, str(weight)) for name, weight in inferred.all_weights()]
        shapes = [str(tensor) for tensor in inferred.outputs.values()]
        found.append((fed, node.layer.type_name, _held(node.layer, rank), shapes, weights))
    return [*found, [*walk.output_sources().values()]]


def _held(layer: Layer, rank: int) -> dict[str, str]:
    """All arguments of a layer as it takes them, also those that follow from others."""
    held = {name: getattr(layer, name) for name in type(layer).args}
    for name, other in AS_ANOTHER.items():
        if other in held and held.get(name) is None:
            held[name] = held[other]
    if held.get("activation") == "linear":
        held["activation"] = None
    if held.get("data_format", "") is None:
        held["data_format"] = "channels_last"
    for name in ("axis", "attention_axes"):
        axis = held.get(name)
        if isinstance(axis, int) and rank:
            held[name] = axis % rank
    return {name: _held_text(value, rank) for name, value in held.items()}


def _held_text(value: Any, rank: int) -> str:
    if isinstance(value, Layer):
        return f"{value.type_name} {_held(value, 0)}"
    if isinstance(value, (tuple, list)) and any(isinstance(item, Layer) for item in value):
        return str([_held_text(item, rank) for item in value])
    return repr(value)


def needless_pieces(text: str) -> list[str]:
    """The pieces of a spec without which it means the same."""
    spec, meaning = yaml.safe_load(text), meaning_of(text)
    assert meaning is not None
    return [" > ".join(map(str, way)) for way in pieces_of(spec) if meaning_of(without(spec, way)) == meaning]
