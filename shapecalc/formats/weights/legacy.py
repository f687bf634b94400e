"""The HDF5 files of Keras 2, `model.save("x.h5")` and `save_weights("x.h5")`, which Keras 3 writes too.

A group for each layer of the model, which lists the names of its weights: `dense/kernel:0`, in Keras 3 `dense/kernel`.
Those that are trained come first. A model in the model is one layer.
"""

from __future__ import annotations

from shapecalc.formats.weights.hdf5 import Hdf5
from shapecalc.formats.weights.stored import Refused, StoredLayer, StoredWeight

_MODEL = "model_weights"


def group_of_layers(opened: Hdf5) -> str | None:
    """The path of the group that lists the layers; None where there is none. Raises Refused."""
    return next((group for group in (_MODEL, "") if opened.names(group, "layer_names") is not None), None)


def list_layers(opened: Hdf5, group: str) -> list[StoredLayer]:
    """The layers that a group of an open file lists. Raises Refused."""
    layers = []
    for name in opened.names(group, "layer_names") or ():
        path = f"{group}/{name}".lstrip("/")
        listed = opened.names(path, "weight_names")
        if listed is None:
            raise Refused(f"the layer `{name}` that it lists is not in it")
        paths = {weight: f"{path}/{weight}" for weight in listed}
        lost = next((weight for weight, path in paths.items() if path not in opened.arrays), None)
        if lost is not None:
            raise Refused(f"the weight `{lost}` that it lists is not in it")
        if paths:
            layers.append(StoredLayer((name,), (), paths, in_order=True))
    return layers


def keep_of_model(opened: Hdf5, group: str, layers: list[StoredLayer]) -> dict[str, StoredWeight]:
    """The weights of the model, without those of the optimizer, in the order in which layers list them."""
    listed = [path for layer in layers for path in layer.weights.values()]
    return {
        name: opened.arrays[name]
        for name in dict.fromkeys([*listed, *opened.arrays])
        if (not group or name.startswith(f"{group}/")) and name.partition("/")[0] != "optimizer_weights"
    }
