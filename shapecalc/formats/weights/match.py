"""The weights of a file found for those of a model: by name, then by order and shape where only one way is possible."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.diagnostics import Diagnostic, error, shorten, warning
from shapecalc.dims import Shape
from shapecalc.formats.weights.layout import WantedLayer, list_wanted
from shapecalc.formats.weights.stored import StoredLayer, WeightFile

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.dims import Size

_LISTED = 3
_CELL = re.compile(r"\w+_cell(_\d+)?")


class OtherShape(NamedTuple):
    """A weight of a model whose array in the file has another shape."""

    path: str
    wanted: tuple[Size, ...]
    name: str
    stored: tuple[int, ...]


class Match(NamedTuple):
    """Which array of a file is which weight of a model, by the weight's path, and what is left over on both sides.

    `by_order` are the paths of those that were told by order and shape alone.
    """

    names: dict[str, str]
    by_order: list[str]
    missing: dict[str, tuple[Size, ...]]
    unexpected: list[str]
    other_shapes: list[OtherShape]

    @property
    def is_complete(self) -> bool:
        return not (self.missing or self.unexpected or self.other_shapes)

    def notes(self, file: WeightFile) -> list[str]:
        """How the weights were found, in a line."""
        by_name = len(self.names) - len(self.by_order)
        by_order = f", {len(self.by_order)} by order and shape" if self.by_order else ""
        return [f"{_count(by_name, 'weight')} of {shorten(file.path)} found by name{by_order}"]

    def leftovers(self, file: WeightFile) -> list[tuple[str, str, str, str]]:
        """What does not match, to be shown: path, shape in the model, shape in the file, name in the file."""
        rows = [(other.path, _text(other.wanted), _text(other.stored), other.name) for other in self.other_shapes]
        rows += [(path, _text(shape), "", "") for path, shape in self.missing.items()]
        rows += [("", "", _text(file.weights[name].shape), name) for name in self.unexpected]
        return rows

    def findings(self, file: WeightFile) -> list[Diagnostic]:
        """A finding for each kind of what does not match."""
        if file.weights and not self.names and not self.other_shapes:
            message = f"no array of {shorten(file.path)} is a weight of this model"
            return [error("SC606", message, help=_advise(file))]
        found = []
        if self.other_shapes:
            first = self.other_shapes[0]
            message = (
                f"{_count(len(self.other_shapes), 'weight')} in {shorten(file.path)} in another shape: "
                f"the model needs {_text(first.wanted)}, the file has {_text(first.stored)}"
            )
            found.append(error("SC606", message, subject=first.path))
        if self.missing:
            message = f"{shorten(file.path)} lacks {_count(len(self.missing), 'weight')}: {_list(self.missing)}"
            found.append(warning("SC611", message, help="they have their initial values"))
        if self.unexpected:
            arrays = _count(len(self.unexpected), "array")
            message = f"{arrays} of {shorten(file.path)} no layer asks for: {_list(self.unexpected)}"
            found.append(warning("SC612", message))
        return found


def _advise(file: WeightFile) -> str:
    if any(name.endswith((".weight", ".bias")) for name in file.weights):
        return "its names are those of PyTorch, whose kernels have their axes in another order: convert them first"
    return "use the weights of this model, or give the names of its layers in the file with `--names`"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _list(names: Iterable[str]) -> str:
    shown = [shorten(name) for name in names]
    return ", ".join(shown[:_LISTED]) + (f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else "")


def _text(shape: Iterable[Size]) -> str:
    return str(Shape(shape))


Pairs = dict[str, str]
"""The name of an array in the file by the path of a weight."""


def match_weights(report: Report, file: WeightFile, names: Mapping[str, str] | None = None) -> Match:
    """The weights of a file for those of an analysed model.

    `names` gives the path of a layer in the model by the name that it has in the file, where they differ.
    """
    wanted = list_wanted(report)
    shapes = {f"{layer.path}/{path}": weight.shape for layer in wanted for path, weight in layer.weights.items()}
    ways = _ways(wanted, file, names or {})
    best = max(ways, key=lambda pairs: _count_fitting(pairs, shapes, file))
    unfit = {path for path, name in best.items() if not _fits(file.weights[name].shape, shapes[path])}
    pairs = {path: name for path, name in best.items() if path not in unfit}
    rest = [path for path in shapes if path not in best]
    twice = _repeated(wanted, file, pairs)
    left = [name for name in file.weights if name not in set(best.values()) and name not in twice]
    ordered = _by_order(rest, left, shapes, file)
    pairs |= ordered
    found = set(ordered.values())
    return Match(
        {path: pairs[path] for path in shapes if path in pairs},
        list(ordered),
        {path: shapes[path] for path in rest if path not in ordered},
        [name for name in left if name not in found],
        [
            OtherShape(path, shapes[path], best[path], file.weights[best[path]].shape)
            for path in shapes
            if path in unfit
        ],
    )


def _fits(stored: tuple[int, ...], wanted: tuple[Size, ...]) -> bool:
    return len(stored) == len(wanted) and all(
        size == other or not isinstance(other, int) for size, other in zip(stored, wanted, strict=True)
    )


def _count_fitting(pairs: Pairs, shapes: Mapping[str, tuple[Size, ...]], file: WeightFile) -> int:
    return sum(_fits(file.weights[name].shape, shapes[path]) for path, name in pairs.items())


def _ways(wanted: list[WantedLayer], file: WeightFile, names: Mapping[str, str]) -> list[Pairs]:
    """What each way to read the names of the file finds, the surest first."""
    if not file.layers:
        return [_by_paths(wanted, {name: name for name in file.weights}, names)]
    by_name = _pair_layers(wanted, file.layers, names)
    by_place = {layer.places: layer for layer in file.layers if layer.places}
    placed = [(layer, by_place[layer.places]) for layer in wanted if layer.places in by_place]
    ways = [_by_layers(by_name), _by_layers(placed)]
    if any(layer.in_order for layer in file.layers):
        listed = {name: path for layer in file.layers for name, path in layer.weights.items()}
        ways.append(_by_paths(wanted, listed, names))
        ways.append(_by_layers(list(zip(wanted, file.layers, strict=False))) if len(wanted) == len(file.layers) else {})
    return ways


def _by_paths(wanted: list[WantedLayer], listed: Mapping[str, str], names: Mapping[str, str]) -> Pairs:
    """Weights whose paths are names of arrays: as they are, or without what Keras adds to them."""
    paths = [f"{layer.path}/{path}" for layer in wanted for path in layer.weights]
    found: Pairs = {}
    for key in (str, _strip_number, _strip_cells):
        by_key = _unique((key(_rename(name, names)), path) for name, path in listed.items() if path not in found)
        for ours, path in _unique((key(path), path) for path in paths if path not in found).items():
            if ours in by_key:
                found[path] = by_key[ours]
    return found


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
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


def _strip_number(name: str) -> str:
    """`dense/kernel:0` as `dense/kernel`."""
    return re.sub(r":\d+$", "", name)


def _strip_cells(name: str) -> str:
    """`lstm/lstm_cell/kernel:0` as `lstm/kernel`: a recurrent layer's weights are its cell's in Keras."""
    return "/".join(part for part in _strip_number(name).split("/") if not _CELL.fullmatch(part))


def _pair_layers(
    wanted: list[WantedLayer], stored: list[StoredLayer], names: Mapping[str, str]
) -> list[tuple[WantedLayer, StoredLayer]]:
    """Layers of the model with those of the file that bear their names."""
    by_path = {layer.path: layer for layer in wanted}
    flat = _unique((layer.path.replace("/", "_"), layer.path) for layer in wanted)
    pairs: dict[str, StoredLayer] = {}
    for layer in stored:
        if not layer.names:
            continue
        joined = "/".join(layer.names)
        for path in (names.get(joined), names.get(layer.names[-1]), joined, flat.get(joined.replace("/", "_"))):
            if path in by_path and path not in pairs:
                pairs[path] = layer
                break
    return [(by_path[path], layer) for path, layer in pairs.items()]


def _by_layers(layers: list[tuple[WantedLayer, StoredLayer]]) -> Pairs:
    """The weights of paired layers."""
    found: Pairs = {}
    for wanted, stored in layers:
        inner = _list_in_order(wanted, stored) if stored.in_order else _list_by_place(wanted, stored)
        found |= {f"{wanted.path}/{path}": name for path, name in inner.items()}
    return found


def _list_by_place(wanted: WantedLayer, stored: StoredLayer) -> Pairs:
    return {path: stored.weights[kept] for path, kept in wanted.kept.items() if kept in stored.weights}


def _list_in_order(wanted: WantedLayer, stored: StoredLayer) -> Pairs:
    """The weights of a layer: as many of each name on both sides, in order; else those that are trained first."""
    listed: dict[str, list[str]] = {}
    for name, path in stored.weights.items():
        listed.setdefault(_last(name), []).append(path)
    ours: dict[str, list[str]] = {}
    for path in wanted.weights:
        ours.setdefault(_last(path), []).append(path)
    if {name: len(paths) for name, paths in listed.items()} == {name: len(paths) for name, paths in ours.items()}:
        return {path: kept for name in ours for path, kept in zip(ours[name], listed[name], strict=True)}
    paths = sorted(wanted.weights, key=lambda path: not wanted.weights[path].trainable)
    return dict(zip(paths, stored.weights.values(), strict=False))


def _last(name: str) -> str:
    return _strip_number(name).rpartition("/")[2]


def _repeated(wanted: list[WantedLayer], file: WeightFile, pairs: Pairs) -> set[str]:
    """Arrays that Keras saves a second time: what SpectralNormalization normalizes is its own and its layer's."""
    again = set()
    for name in pairs.values():
        group, vars_, number = name.rpartition("/vars/")
        if vars_ and f"{group}/layer/vars/{number}" in file.weights and number == "0":
            again.add(f"{group}/layer/vars/{number}")
    return again - set(pairs.values())


def _by_order(rest: list[str], left: list[str], shapes: Mapping[str, tuple[Size, ...]], file: WeightFile) -> Pairs:
    """What names did not tell: all in order where all shapes agree, else those whose shape no other has."""
    if len(rest) == len(left) and all(
        _fits(file.weights[name].shape, shapes[path]) for path, name in zip(rest, left, strict=True)
    ):
        return dict(zip(rest, left, strict=True))
    wanted = Counter(shapes[path] for path in rest)
    stored = Counter(file.weights[name].shape for name in left)
    sole = {file.weights[name].shape: name for name in left if stored[file.weights[name].shape] == 1}
    return {path: sole[shape] for path in rest if wanted[shape := shapes[path]] == 1 and shape in sole}  # type: ignore[index]
