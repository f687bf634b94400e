"""The arguments that hold other layers, and the labels of those layers."""

from __future__ import annotations

from typing import Any

from shapecalc.layers.arguments.argument import REQUIRED, Arg
from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.base import Layer


def layer(default: Any = REQUIRED, doc: str = "") -> Arg[Layer]:
    """A layer, a block or `{reuse: NAME}`."""
    return Arg(LayerKind(), default, doc)


def layers(default: Any = REQUIRED, doc: str = "") -> Arg[tuple[Layer, ...]]:
    """A list of layers; one layer stands for a list of one."""
    return Arg(LayersKind(), default, doc)


def number_labels(layers: tuple[Layer, ...]) -> tuple[str, ...]:
    """The labels of layers that stand side by side in another; equal ones are numbered as Keras does."""
    labels: list[str] = []
    for layer in layers:
        label, count = layer.label, 0
        while label in labels:
            count += 1
            label = f"{layer.label}_{count}"
        labels.append(label)
    return tuple(labels)
