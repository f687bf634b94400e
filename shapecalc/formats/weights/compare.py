"""Two weight files, weight by weight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from shapecalc.analysis.weight_changes import WeightChange, compare_arrays
from shapecalc.formats.weights.by_name import keep_unique
from shapecalc.formats.weights.match import match_weights
from shapecalc.formats.weights.stored import WeightFile

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report


def compare_files(old: WeightFile, new: WeightFile, partners: Mapping[str, str] | None = None) -> list[WeightChange]:
    """All weights in the order of the new file, removed ones at the end. Raises Fault for what cannot be read.

    `partners` has the name in the old file of each array of the new; without it, names and layers say which is which.
    """
    partners = partners or pair_names(old, new)
    changes = []
    for name, weight in new.weights.items():
        before = partners.get(name)
        if before is None:
            changes.append(WeightChange("added", None, name, None, weight.shape))
        elif old.weights[before].shape != weight.shape:
            changes.append(WeightChange("other shape", before, name, old.weights[before].shape, weight.shape))
        else:
            changes.append(compare_arrays((before, name), old.weights[before].read(), weight.read()))
    kept = {*partners.values()}
    changes += [
        WeightChange("removed", name, None, weight.shape, None)
        for name, weight in old.weights.items()
        if name not in kept
    ]
    return changes


def pair_names(old: WeightFile, new: WeightFile) -> dict[str, str]:
    """The name in the old file of each array of the new: by name or layer, then in order where all that is left fits.

    The path of an array of Keras 3 counts layers, which move; their names count models of one session, and move too.
    """
    by_layer, by_path = _pair_keys(old, new, _layer_keys), _pair_keys(old, new, _path_keys)
    partners = by_path if len(by_path) == len(new.weights) or not by_layer else by_layer
    for name, before in (by_layer | by_path).items():
        if name not in partners and before not in partners.values():
            partners[name] = before
    taken = {*partners.values()}
    rest = [name for name in new.weights if name not in partners]
    left = [name for name in old.weights if name not in taken]
    if [new.weights[name].shape for name in rest] == [old.weights[name].shape for name in left]:
        partners |= dict(zip(rest, left, strict=True))
    return partners


def pair_by_model(report: Report, names: Mapping[str, str], old: WeightFile, new: WeightFile) -> dict[str, str]:
    """The name in the old file of each array of the new that is the same weight of a model.

    `names` are the paths of the model's layers by their names in its file.
    """
    olds, news = (match_weights(report, file, names).names for file in (old, new))
    return {name: olds[path] for path, name in news.items() if path in olds}


def _pair_keys(old: WeightFile, new: WeightFile, list_keys: Callable[[WeightFile], dict[str, str]]) -> dict[str, str]:
    """The name in the old file of each array of the new that has the same key."""
    olds = list_keys(old)
    return {name: olds[key] for key, name in list_keys(new).items() if key in olds}


def _path_keys(file: WeightFile) -> dict[str, str]:
    return {name: name for name in file.weights}


def _layer_keys(file: WeightFile) -> dict[str, str]:
    """The arrays of a file by the names of their layer and their place in it, where these are no other's."""
    return keep_unique(
        (" ".join([*layer.names, place]), name)
        for layer in file.layers
        if layer.names
        for place, name in layer.weights.items()
    )
