"""Layers that are fed what the file does not record: nothing can be inferred of them, as if they were code."""

from __future__ import annotations

from collections.abc import Mapping

from shapecalc.formats.flat_model import Call, FlatModel, Source
from shapecalc.layers.catalogue import CATALOGUE, family_of

_WEIGHTLESS = ("pooling", "reshaping", "merging", "regularization", "image", "augmentation", "ops")
_WITHOUT_WEIGHTS = ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Identity", "Masking", "Lambda")


def is_weightless(type_name: str) -> bool:
    """Whether no layer of a type has weights, whatever it is fed."""
    return type_name in _WITHOUT_WEIGHTS or (type_name in CATALOGUE and family_of(type_name) in _WEIGHTLESS)


def find_unshaped(
    model: FlatModel, opaque: set[str], lost_outputs: Mapping[str, list[bool]]
) -> tuple[set[Source], list[str]]:
    """The sources of which no shape is known, and the layers with a type and models within that are fed one of them.

    `opaque` are the words of layers that are code. `lost_outputs` says of the models within, by their blocks, which of
    their outputs have no known shape.
    """
    calls: dict[str, list[Call]] = {}
    users: dict[Source, list[str]] = {}
    made: dict[str, list[Source]] = {}
    for call in model.calls:
        calls.setdefault(call.layer, []).append(call)
        for source in list_fed(call):
            users.setdefault(source, []).append(call.layer)
    for source in (*users, *model.outputs.values()):
        made.setdefault(source[0], []).append(source)
    waiting = [
        source
        for name, (type_name, _) in model.layers.items()
        for source in made.get(name, ())
        if type_name in opaque or (lost_outputs.get(type_name) or [False] * (source[2] + 1))[source[2]]
    ]
    lost: set[Source] = set()
    behind: dict[str, None] = {}
    while waiting:
        source = waiting.pop()
        if source in lost or source in model.tensors:
            continue
        lost.add(source)
        for name in users.get(source, ()):
            type_name = model.layers[name][0]
            if name not in behind and type_name not in opaque:
                behind[name] = None
                waiting += made.get(name, ())
    return lost, [name for name in model.layers if name in behind]


def hide_layer(model: FlatModel, name: str, word: str) -> None:
    """Lets a word stand for a layer in a model: it is fed all that it was fed, in order."""
    model.layers[name] = word, {}
    number = 0
    for position, call in enumerate(model.calls):
        if call.layer == name:
            model.calls[position] = Call(name, {"inputs": list_fed(call)}, {"number": number} if number else {})
            number += 1


def list_fed(call: Call) -> list[Source]:
    """All that a call is fed, port by port."""
    return [source for fed in call.feed.values() for source in (fed if isinstance(fed, list) else [fed])]
