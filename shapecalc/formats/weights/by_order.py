"""Weights that names did not tell, by order and shape, where only one way is possible."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from shapecalc.formats.weights.by_name import Pairs, last_name
from shapecalc.formats.weights.keras3 import plain_place
from shapecalc.formats.weights.layout import WantedLayer
from shapecalc.formats.weights.stored import WeightFile

if TYPE_CHECKING:
    from shapecalc.dims import Size

Shapes: TypeAlias = Mapping[str, "tuple[Size, ...]"]
Unit: TypeAlias = dict[str, str]
"""The weights of a layer by what they are called in it, or by their places in its group."""


def match_by_order(wanted: list[WantedLayer], file: WeightFile, rest: Shapes, left: Shapes) -> Pairs:
    """The rest of a model's weights with what is left of a file.

    All of them in order if their shapes are the same, else whole layers: of those that are alike there are as many on
    both sides, and they stand in order.
    """
    has_places = any(layer.places for layer in file.layers)
    if not has_places and list(rest.values()) == list(left.values()):
        return dict(zip(rest, left, strict=True))
    if has_places:
        ours = _group((unit for unit in _wanted_units(wanted) if _is_within(unit, rest)), rest)
        theirs = _group((layer.weights for layer in file.layers if _is_within(layer.weights, left)), left)
    else:
        ours = _group(_folders((path, path) for path in rest), rest)
        listed = {path: name for layer in file.layers for name, path in layer.weights.items()}
        theirs = _group(_folders((listed.get(name, name), name) for name in left), left)
    found: Pairs = {}
    for form, units in ours.items():
        others = theirs.get(form, [])
        if len(units) == len(others):
            for unit, other in zip(units, others, strict=True):
                found |= {unit[part]: other[part] for part in unit}
    return found


def _group(units: Iterable[Unit], shapes: Shapes) -> dict[Hashable, list[Unit]]:
    """Layers with weights of the same names or places and the same shapes, in order."""
    groups: dict[Hashable, list[Unit]] = {}
    for unit in units:
        form = frozenset((part, tuple(shapes[name])) for part, name in unit.items())
        groups.setdefault(form, []).append(unit)
    return groups


def _is_within(unit: Unit, names: Shapes) -> bool:
    return all(name in names for name in unit.values())


def _wanted_units(wanted: list[WantedLayer]) -> Iterator[Unit]:
    for layer in wanted:
        yield {plain_place(layer.kept[path][0]): f"{layer.path}/{path}" for path in layer.weights if layer.kept[path]}


def _folders(listed: Iterable[tuple[str, str]]) -> Iterator[Unit]:
    """Weights by the path of their layer, which is all of their own path but the last name."""
    units: dict[str, Unit] = {}
    for path, name in listed:
        folder = path.rpartition("/")[0]
        units.setdefault(folder, {})[last_name(path)] = name
    yield from units.values()
