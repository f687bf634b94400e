"""The HDF5 files of Keras 2, `model.save("x.h5")` and `save_weights("x.h5")`, which Keras 3 writes too.

A group for each layer of the model, which lists the names of its weights: `dense/kernel:0`, in Keras 3 `dense/kernel`.
Those that are trained come first. A model in the model is one layer.
"""

from __future__ import annotations

from typing import Any

from shapecalc.formats.weights.hdf5 import read_names
from shapecalc.formats.weights.stored import Refused, StoredLayer, StoredWeight

_MODEL, _TOP = "model_weights", "top_level_model_weights"


def group_of_layers(opened: Any) -> str | None:
    """The path of the group that lists the layers; None where there is none."""
    for path in (_MODEL, ""):
        group = opened[path] if path and path in opened else opened if not path else None
        if group is not None and ("layer_names" in group.attrs or "layer_names0" in group.attrs):
            return f"{path}/" if path else ""
    return None


def list_layers(weights: dict[str, StoredWeight], opened: Any, prefix: str, size: int) -> list[StoredLayer]:
    """The layers of an open file of so many bytes, whose groups stand below `prefix`. Raises Refused."""
    layers = []
    attributes = (opened[prefix.rstrip("/")] if prefix else opened).attrs
    for name in read_names(attributes, "layer_names", size) or []:
        group = f"{prefix}{name}"
        listed = read_names(opened[group].attrs, "weight_names", size) if group in opened else None
        if listed is None:
            raise Refused(f"the layer `{name}` that it lists is not in it")
        paths = {weight: f"{group}/{weight}" for weight in listed}
        lost = next((weight for weight, path in paths.items() if path not in weights), None)
        if lost is not None:
            raise Refused(f"the weight `{lost}` that it lists is not in it")
        if paths:
            layers.append(StoredLayer((name,), (), paths, in_order=True))
    return layers


def keep_of_model(weights: dict[str, StoredWeight], prefix: str) -> dict[str, StoredWeight]:
    """The weights of the model, without those of the optimizer."""
    return {
        name: weight
        for name, weight in weights.items()
        if name.startswith(prefix) and name.partition("/")[0] != "optimizer_weights"
    }
