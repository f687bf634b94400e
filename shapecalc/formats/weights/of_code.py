"""The weights that a model file holds for the layers of which it has no more than records: they are code."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from shapecalc.layers.values import BYTES, Weight

if TYPE_CHECKING:
    from shapecalc.formats.weights.stored import StoredLayer, WeightFile
    from shapecalc.layers.opaque import HeldCode

ADVICE = "with h5py the file says their parameters: pip install 'shapecalc-cli[h5]'"


def add_weights(code: HeldCode, path: str, data: bytes | None = None) -> HeldCode:
    """The same code with the weights that its model file holds. Raises Fault where the file cannot be read.

    `data` is the file's content where that was read already. Nothing is read of a file where no layer lacks weights.
    """
    wanted = {word: names for word, names in code.names.items() if code.layers[word].held is None}
    if not wanted:
        return code
    if find_spec("h5py") is None:
        return code._replace(advice=ADVICE)
    from shapecalc.formats.weights.read import open_weights

    with open_weights(path, data=data) as file:
        held = {word: list_weights(file, names) for word, names in wanted.items()}
    layers = {word: layer.holding(held.get(word, layer.held)) for word, layer in code.layers.items()}
    return code._replace(layers=layers)


def list_weights(file: WeightFile, names: tuple[str, ...]) -> tuple[Weight, ...] | None:
    """The weights of a layer, by its name and those of the models around it, or without names of the whole model; None
    where the file does not tell.

    Which of them are trained is in no file.
    """
    if not names:
        return tuple(Weight(path, weight.shape, None, _dtype(weight.dtype)) for path, weight in file.weights.items())
    if not file.layers and file.weights:
        return None
    if any(not layer.names or _stands_around(layer, names) for layer in file.layers):
        return None
    depth = len(names)
    return tuple(
        Weight("/".join((*layer.names[depth:], place)), file.weights[key].shape, None, _dtype(file.weights[key].dtype))
        for layer in file.layers
        if layer.names[:depth] == names
        for place, key in layer.weights.items()
    )


def _stands_around(layer: StoredLayer, names: tuple[str, ...]) -> bool:
    """Whether a layer of a file is a whole model around the one that is meant: which weights are whose is not said."""
    return layer.in_order and len(names) > 1 and layer.names[0] == names[0]


def _dtype(dtype: str) -> str | None:
    return dtype if dtype in BYTES else None
