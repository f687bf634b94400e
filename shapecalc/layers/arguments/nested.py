"""Arguments that hold layers, for the types that apply another: wrappers, and recurrent layers over cells."""

from __future__ import annotations

from typing import Any

from shapecalc.layers.arguments import kinds
from shapecalc.layers.arguments.args import REQUIRED, Arg
from shapecalc.layers.base import Layer


def layer(default: Any = REQUIRED, doc: str = "") -> Arg[Layer]:
    """A layer, a block or `{reuse: NAME}`."""
    return Arg(kinds.LayerKind(), default, doc)


def optional_layer(default: Any = None, doc: str = "") -> Arg[Layer | None]:
    """A layer or nothing."""
    return Arg(kinds.LayerKind(), default, doc)


def layers(default: Any = REQUIRED, doc: str = "") -> Arg[tuple[Layer, ...]]:
    """A list of layers; one layer stands for a list of one."""
    return Arg(kinds.LayersKind(), default, doc)


def numbered(held: tuple[Layer, ...]) -> tuple[str, ...]:
    """The names of layers that stand in one other, equal ones numbered as Keras does."""
    labels: list[str] = []
    for layer in held:
        label, count = layer.label, 0
        while label in labels:
            count += 1
            label = f"{layer.label}_{count}"
        labels.append(label)
    return tuple(labels)
