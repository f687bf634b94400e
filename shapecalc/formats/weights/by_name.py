"""Weights found by the names that a file has for them, or for their layers, each way to read these names by itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from shapecalc.formats.weights.keras3 import plain_place
from shapecalc.formats.weights.layout import WantedLayer, list_wanted
from shapecalc.formats.weights.order import MODEL
from shapecalc.formats.weights.stored import StoredLayer, WeightFile

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report

Pairs = dict[str, str]
"""The name of an array in a file by the path of a weight."""

_CELL = re.compile(r"\w+_cell(_\d+)?")
_SEQUENTIAL = "sequential"


def list_ways(report: Report, file: WeightFile, names: Mapping[str, str]) -> Iterator[Pairs]:
    """What each way to read the names of a file finds, the surest first."""
    wanted = list_wanted(report)
    in_order = [layer for layer in file.layers if layer.in_order]
    listed = {_whole_name(layer, name): path for layer in in_order for name, path in layer.weights.items()}
    if not file.layers:
        listed = {_as_path(name): name for name in file.weights}
    by_path = pair_paths(wanted, listed, names) if listed else {}
    yield join_pairs(
        by_path, pair_weights(pair_layers(wanted, file.layers, names)), _pair_endings(wanted, in_order, names)
    )
    if any(layer.places for layer in file.layers):
        yield pair_weights(_pair_places(wanted, file.layers))
        yield pair_weights(_pair_places(wanted, [_as_functional(layer) for layer in file.layers]))
        yield pair_weights(_pair_places(list_wanted(report, flat=True), file.layers))
    elif len(wanted) == len(file.layers):
        yield pair_weights(list(zip(wanted, file.layers, strict=True)))
        yield pair_weights(list(zip(list_wanted(report, flat=True), file.layers, strict=True)))


def join_pairs(*ways: Pairs) -> Pairs:
    """What the first finds, and of each further one what is left of weights and of arrays."""
    joined: Pairs = {}
    for way in ways:
        taken = {*joined.values()}
        joined |= {path: name for path, name in way.items() if path not in joined and name not in taken}
    return joined


def _pair_endings(wanted: list[WantedLayer], stored: list[StoredLayer], names: Mapping[str, str]) -> Pairs:
    """Weights of models within a model, of whose paths a file has the end: `encoder` has `forward_lstm/kernel`."""
    paths = [f"{layer.path}/{path}" for layer in wanted for path in layer.weights]
    found: Pairs = {}
    for layer in stored:
        around = f"{names.get(layer.names[0], layer.names[0])}/"
        within = [path for path in paths if path.startswith(around)]
        for name, stored_name in layer.weights.items():
            ending = f"/{strip_cells(name)}"
            fitting = [path for path in within if strip_cells(path).endswith(ending)]
            if len(fitting) == 1:
                found[fitting[0]] = stored_name
    return found


def _as_path(name: str) -> str:
    """`dense.kernel` as `dense/kernel`."""
    return name if "/" in name else name.replace(".", "/")


def _whole_name(layer: StoredLayer, name: str) -> str:
    """The name of a weight with that of its layer, which a model within a model leaves out."""
    return name if name.startswith(f"{layer.names[0]}/") else f"{layer.names[0]}/{name}"


def pair_paths(wanted: list[WantedLayer], listed: Mapping[str, str], names: Mapping[str, str]) -> Pairs:
    """Weights whose paths are names of arrays: as they are, or without what Keras adds to them."""
    paths = [f"{layer.path}/{path}" for layer in wanted for path in layer.weights]
    found: Pairs = {}
    for key in (str, strip_number, strip_cells):
        by_key = keep_unique((key(_rename(name, names)), path) for name, path in listed.items())
        for ours, path in keep_unique((key(path), path) for path in paths if path not in found).items():
            if ours in by_key:
                found[path] = by_key[ours]
    return found


def keep_unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values by their key, without keys that occur twice."""
    items = list(pairs)
    counts = Counter(key for key, _ in items)
    return {key: value for key, value in items if counts[key] == 1}


def _rename(name: str, names: Mapping[str, str]) -> str:
    """The path of a weight whose layer, or a layer around it, is called otherwise in the model."""
    parts = name.split("/")
    for end in range(len(parts), 0, -1):
        path = names.get("/".join(parts[:end]))
        if path is not None:
            return "/".join([path, *parts[end:]])
    return name


def strip_number(name: str) -> str:
    """`dense/kernel:0` as `dense/kernel`."""
    return re.sub(r":\d+$", "", name)


def strip_cells(name: str) -> str:
    """`lstm/lstm_cell/kernel:0` as `lstm/kernel`: a recurrent layer's weights are its cell's in Keras."""
    return "/".join(part for part in strip_number(name).split("/") if not _CELL.fullmatch(part))


def pair_layers(
    wanted: list[WantedLayer], stored: list[StoredLayer], names: Mapping[str, str]
) -> list[tuple[WantedLayer, StoredLayer]]:
    """Layers of the model with those of the file that bear their names."""
    by_path = {layer.path: layer for layer in wanted}
    flat = keep_unique((layer.path.replace("/", "_"), layer.path) for layer in wanted)
    last = keep_unique((layer.names[-1], "/".join(layer.names)) for layer in stored if layer.names)
    pairs: dict[str, StoredLayer] = {}
    for layer in stored:
        if not layer.names:
            continue
        name, joined = layer.names[-1], "/".join(layer.names)
        tried = [names.get(joined), names.get(name), joined, flat.get(joined.replace("/", "_"))]
        tried.append(name if name in last else None)
        path = next((path for path in tried if path in by_path and path not in pairs), None)
        if path is not None:
            pairs[path] = layer
    return [(by_path[path], layer) for path, layer in pairs.items()]


def _pair_places(wanted: list[WantedLayer], stored: list[StoredLayer]) -> list[tuple[WantedLayer, StoredLayer]]:
    """Layers of the model with those of the file of the same class and number."""
    by_place = {layer.places: layer for layer in stored}
    return [(layer, by_place[layer.places]) for layer in wanted if layer.places in by_place]


def _as_functional(layer: StoredLayer) -> StoredLayer:
    """A layer whose models are all functional ones: a block does not say which it was."""
    *models, own = layer.places
    return layer._replace(places=(*(re.sub(rf"^{_SEQUENTIAL}(_\d+)?$", rf"{MODEL}\1", place) for place in models), own))


def pair_weights(layers: Iterable[tuple[WantedLayer, StoredLayer]]) -> Pairs:
    """The weights of paired layers."""
    found: Pairs = {}
    for wanted, stored in layers:
        inner = _pair_in_order(wanted, stored) if stored.in_order else _pair_by_place(wanted, stored)
        found |= {f"{wanted.path}/{path}": name for path, name in inner.items()}
    return found


def _pair_by_place(wanted: WantedLayer, stored: StoredLayer) -> Pairs:
    places = {path: plain_place(kept[0]) for path, kept in wanted.kept.items() if kept}
    return {path: stored.weights[place] for path, place in places.items() if place in stored.weights}


def _pair_in_order(wanted: WantedLayer, stored: StoredLayer) -> Pairs:
    """The weights of a layer: as many of each name on both sides, in order; else those that are trained first."""
    listed: dict[str, list[str]] = {}
    for name, path in stored.weights.items():
        listed.setdefault(last_name(name), []).append(path)
    ours: dict[str, list[str]] = {}
    for path in wanted.weights:
        ours.setdefault(last_name(path), []).append(path)
    if {name: len(paths) for name, paths in listed.items()} == {name: len(paths) for name, paths in ours.items()}:
        return {path: kept for name in ours for path, kept in zip(ours[name], listed[name], strict=True)}
    paths = sorted(wanted.weights, key=lambda path: not wanted.weights[path].trainable)
    return dict(zip(paths, stored.weights.values(), strict=False))


def last_name(name: str) -> str:
    """The name of a weight without its layer: `kernel`."""
    return strip_number(name).rpartition("/")[2]
