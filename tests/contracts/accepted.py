"""What Keras's arguments take, as recorded by `tests/golden/record_arguments.py`, and what ours take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from shapecalc.diagnostics.errors import Refusal
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import find
from shapecalc.layers.infer import infer
from tests.golden.calls import fed_tensors, made
from tests.golden.probes import VALUES, bases, variants
from tests.layering import feed_by_ports

_FILE = Path(__file__).parents[1] / "golden" / "data" / "arguments.json"
RECORDED: dict[str, dict[str, dict[str, Any]]] = json.loads(_FILE.read_text(encoding="utf-8"))["types"]
"""Type to argument to `values`, a sign for each of `VALUES`, and to the words it takes and those it refuses."""


class Probe(NamedTuple):
    """A value of an argument, and whether Keras takes it."""

    argument: str
    value: Any
    accepted: bool


def probes(type_name: str) -> Iterator[Probe]:
    """All that was tried on the arguments of a type."""
    for argument, row in RECORDED[type_name].items():
        for value, sign in zip(VALUES, row["values"], strict=True):
            yield Probe(argument, value, sign == "+")
        taken = row.get("words", ())
        for word in taken:
            yield Probe(argument, word, True)
        for refused in {*row.get("refused", ()), *(form for word in taken for form in variants(word))} - {*taken}:
            yield Probe(argument, refused, False)


@cache
def _calls(type_name: str, argument: str) -> list[tuple[Layer, Any]]:
    found = []
    for case in bases(type_name, argument):
        layer = made(type_name, case)
        found.append((layer, feed_by_ports(layer, fed_tensors(case))))
    return found


def knows(type_name: str, argument: str) -> bool:
    """Whether our type has the argument."""
    layer_type = find(type_name)
    return layer_type is not None and argument in layer_type.args


def accepts(type_name: str, argument: str, value: Any) -> bool:
    """Whether ours takes a value: it is read, and the layer infers its golden case."""
    return refusal_text(type_name, argument, value) == ""


@cache
def _read_by(type_name: str) -> Any:
    layer_type = find(type_name)
    assert layer_type is not None
    return layer_type


def refusal_text(type_name: str, argument: str, value: Any) -> str:
    """What ours says to a value that it refuses in every golden case; nothing where it takes it in one."""
    layer_type = _read_by(type_name)
    text = ""
    for layer, feed in _calls(type_name, argument):
        try:
            infer(layer.replace(**{argument: layer_type.args[argument].read(value, layer_type)}), feed)
        except Refusal as error:
            text = f"{error.message} {error.help or ''}"
            continue
        return ""
    return text
