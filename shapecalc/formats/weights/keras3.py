"""The file of `model.save_weights` in Keras 3, `NAME.weights.h5`, which a `.keras` file also holds.

A layer is a group named after its class and its number among those of its class: `layers/dense_1/vars/0`. A model in
the model has such groups of its own; layers that a layer holds are named after the attribute that holds them,
`layers/bidirectional/forward_layer/cell/vars/0`. Later versions note the layer's name in an attribute of `vars`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from shapecalc.formats.weights.order import number_names
from shapecalc.formats.weights.stored import StoredLayer, StoredWeight
from shapecalc.layers.class_names import snake_case

_LAYERS = ("layers", "_layer_checkpoint_dependencies")
"""The group of a model's layers, and what Keras 2.13 calls it."""
_STATE_OF_TRAINING = ("optimizer", "compile_metrics", "_compile_loss", "_compile_metrics", "_loss_tracker")
_SEEDS = "seed_generator"
_COPY = "layer/vars/0"
_MOST_NESTED = 32


def keep_of_model(weights: dict[str, StoredWeight]) -> dict[str, StoredWeight]:
    """The weights of the model: without the optimizer's, metrics, states of random numbers, and second copies."""
    return {
        name: weight
        for name, weight in weights.items()
        if name.partition("/")[0] not in _STATE_OF_TRAINING
        and not any(part.lstrip("_").startswith(_SEEDS) for part in name.split("/")[:-1])
        and not _is_copy(name, weights)
    }


def _is_copy(name: str, weights: dict[str, StoredWeight]) -> bool:
    """Whether an array is there twice: what SpectralNormalization normalizes is its own weight and its layer's."""
    own = weights.get(f"{name.removesuffix(_COPY)}vars/0") if name.endswith(_COPY) else None
    return own is not None and own.shape == weights[name].shape


def list_layers(weights: dict[str, StoredWeight], name_of: Callable[[str], str]) -> list[StoredLayer]:
    """The layers of a file; `name_of` gives the name of the layer of a group, empty where none is noted."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    groups: dict[tuple[str, ...], tuple[str, ...]] = {}
    for path in weights:
        split = _split(path)
        if split is not None:
            places, within, around = split
            found.setdefault(places, {})[within] = path
            groups[places] = around
    layers = []
    for places in sorted(found, key=_order):
        names = tuple(name_of(group) for group in groups[places])
        layers.append(StoredLayer(names if all(names) else (), places, found[places]))
    return layers


def _order(places: tuple[str, ...]) -> list[tuple[str, int]]:
    """A key that sorts `dense_2` before `dense_10`."""
    parts = [re.fullmatch(r"(.*?)(?:_(\d{1,9}))?", place) for place in places]
    return [(part[1], int(part[2] or 0)) for part in parts if part is not None]


def add_names(layers: list[StoredLayer], config: Any) -> list[StoredLayer]:
    """The layers with the names that the model's config has for those that the file has no names for."""
    names = dict(_list_names(config, (), ()))
    return [layer if layer.names else layer._replace(names=names.get(layer.places, ())) for layer in layers]


def _list_names(
    model: Any, places: tuple[str, ...], names: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The places and the names of the layers in a model's config, models within it opened."""
    config = model.get("config") if isinstance(model, dict) else None
    layers = config.get("layers") if isinstance(config, dict) else None
    entries = [entry for entry in layers if _is_layer(entry)] if isinstance(layers, list) else []
    if len(places) > _MOST_NESTED:
        return
    numbered = number_names(snake_case(entry["class_name"]) for entry in entries)
    for entry, place in zip(entries, numbered, strict=True):
        around = (*places, place), (*names, _name_of(entry))
        yield around
        yield from _list_names(entry, *around)


def _is_layer(entry: Any) -> bool:
    """Whether an entry of a config is a layer with a name, and no function of keras.ops."""
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("class_name"), str)
        and isinstance(entry.get("config"), dict)
        and _name_of(entry) != ""
        and not str(entry.get("module")).startswith("keras.src.ops")
    )


def _name_of(entry: dict[str, Any]) -> str:
    """The name of a layer; the config of a class of somebody else need not say it."""
    return str(entry.get("name") or entry["config"].get("name") or "")


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
    return (tuple(places), plain_place("/".join(parts[at:])), tuple(groups)) if places and at < len(parts) else None


def plain_place(place: str) -> str:
    """A weight's place in its layer without the `_` of private attributes, which differs from version to version."""
    return "/".join(part.lstrip("_") for part in place.split("/"))
