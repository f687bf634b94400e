"""The file of `model.save_weights` in Keras 3, `NAME.weights.h5`, which a `.keras` file also holds.

A layer is a group named after its class and its number among those of its class: `layers/dense_1/vars/0`. A model in
the model has such groups of its own; layers that a layer holds are named after the attribute that holds them,
`layers/bidirectional/forward_layer/cell/vars/0`. Later versions note the layer's name in an attribute of `vars`.
"""

from __future__ import annotations

import re
from typing import Any

from shapecalc.formats.weights.hdf5 import read_text
from shapecalc.formats.weights.stored import StoredLayer, StoredWeight

_LAYERS = ("layers", "_layer_checkpoint_dependencies")
"""The group of a model's layers, and what Keras 2.13 calls it."""
_STATE_OF_TRAINING = ("optimizer", "compile_metrics", "_compile_loss", "_compile_metrics", "_loss_tracker")
_SEEDS = "seed_generator"


def keep_of_model(weights: dict[str, StoredWeight]) -> dict[str, StoredWeight]:
    """The weights of the model: without the optimizer's, metrics, and the states of random numbers."""
    return {
        name: weight
        for name, weight in weights.items()
        if name.partition("/")[0] not in _STATE_OF_TRAINING
        and not any(part.lstrip("_").startswith(_SEEDS) for part in name.split("/")[:-1])
    }


def list_layers(weights: dict[str, StoredWeight], opened: Any) -> list[StoredLayer]:
    """The layers of a file that is open. Raises Refused."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    groups: dict[tuple[str, ...], tuple[str, ...]] = {}
    for path in weights:
        split = _split(path)
        if split is not None:
            places, within, around = split
            found.setdefault(places, {})[within] = path
            groups[places] = around
    return [StoredLayer(_names(groups[places], opened), places, found[places]) for places in sorted(found, key=_order)]


def _order(places: tuple[str, ...]) -> list[tuple[str, int]]:
    """A key that sorts `dense_2` before `dense_10`."""
    parts = [re.fullmatch(r"(.*?)(?:_(\d{1,9}))?", place) for place in places]
    return [(part[1], int(part[2] or 0)) for part in parts if part is not None]


def _split(path: str) -> tuple[tuple[str, ...], str, tuple[str, ...]] | None:
    """The places of a layer, the weight's place in it, and the groups of the models around it and its own."""
    parts = path.split("/")
    places: list[str] = []
    groups: list[str] = []
    at = 0
    while at + 1 < len(parts) and parts[at] in _LAYERS:
        places.append(parts[at + 1])
        at += 2
        groups.append("/".join(parts[:at]))
    return (tuple(places), "/".join(parts[at:]), tuple(groups)) if places and at < len(parts) else None


def _names(groups: tuple[str, ...], opened: Any) -> tuple[str, ...]:
    """The names that layers had; empty where one is not noted."""
    names = [read_text(opened[f"{group}/vars"].attrs, "name") for group in groups if f"{group}/vars" in opened]
    return tuple(names) if all(names) and len(names) == len(groups) else ()
