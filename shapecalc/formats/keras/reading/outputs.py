"""What leaves a model in a Keras file: which calls that is, and under which names."""

from __future__ import annotations

from typing import Any

from shapecalc.formats.flat_model import Source
from shapecalc.formats.keras.reading.entries import is_functional, is_model
from shapecalc.model.references import name_fault


def without_own_calls(ends: list[Source], entries: dict[str, dict[str, Any]]) -> list[Source]:
    """The outputs of a model, with the calls of functional models within counted from 0.

    In this list alone Keras counts the call that such a model is made of as its first.
    """
    shifted = {name for name, _, _ in ends if is_model(entries.get(name)) and is_functional(entries[name]["config"])}
    shifted -= {name for name, call, _ in ends if call == 0}
    return [(name, call - (name in shifted), position) for name, call, position in ends]


def name_outputs(exits: list[Source], keys: list[str]) -> list[str]:
    """The names of the outputs: those of a mapping, else their layers' names."""
    if len(keys) == len(exits) and not any(map(name_fault, keys)):
        return keys
    return ["output"] if len(exits) == 1 else [_output_name(exits, position) for position in range(len(exits))]


def _output_name(exits: list[Source], position: int) -> str:
    """The name of one of several outputs: its layer's, where that is the only one of this name."""
    name = exits[position][0]
    return name if [layer for layer, _, _ in exits].count(name) == 1 else f"output_{position}"
