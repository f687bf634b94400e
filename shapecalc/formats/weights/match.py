"""The weights of a file found for those of a model: by name, then by order and shape where only one way is possible."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.diagnostics import Diagnostic, error, shorten, warning
from shapecalc.dims import Shape
from shapecalc.formats.weights.by_name import Pairs, join_pairs, list_ways
from shapecalc.formats.weights.by_order import match_by_order
from shapecalc.formats.weights.layout import WantedLayer, is_adapter, list_wanted
from shapecalc.formats.weights.stored import WeightFile

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.dims import Size

_LISTED = 3


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

    def note(self, file: WeightFile) -> str:
        """How many weights were found, and how."""
        by_name = len(self.names) - len(self.by_order)
        by_order = f", {len(self.by_order)} by order and shape" if self.by_order else ""
        return f"{_count(by_name, 'weight')} of {shorten(file.path)} found by name{by_order}"

    def as_json(self, file: WeightFile) -> dict[str, Any]:
        """The file and how its weights were found, by their paths in the model and their names in the file."""
        return {
            "file": file.path,
            "found": len(self.names),
            "by_order": self.by_order,
            "missing": list(self.missing),
            "unexpected": self.unexpected,
        }

    def list_leftovers(self, file: WeightFile) -> list[tuple[str, str, str, str]]:
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


def _is_of_torch(file: WeightFile) -> bool:
    """Whether names are those of PyTorch's modules: arrays of the same shape may still be transposed."""
    return any(name.endswith(".weight") for name in file.weights)


def _advise(file: WeightFile) -> str:
    if _is_of_torch(file):
        return "its names are those of PyTorch, whose kernels have their axes in another order: convert them first"
    return "use the weights of this model, or give the names of its layers in the file with `--names`"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _list(names: Iterable[str]) -> str:
    shown = [shorten(name) for name in names]
    return ", ".join(shown[:_LISTED]) + (f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else "")


def _text(shape: Iterable[Size]) -> str:
    return str(Shape(shape))


def match_weights(
    report: Report,
    file: WeightFile,
    names: Mapping[str, str] | None = None,
    given: Collection[str] = (),
    constants: Collection[str] = (),
) -> Match:
    """The weights of a file for those of an analysed model.

    `names` gives the path of a layer in the model by the name that it has in the file, where they differ; the weights
    at the paths in `given` are not looked for, and the arrays in `constants` are none.
    """
    wanted = [_without(layer, given) for layer in list_wanted(report)]
    shapes = {f"{layer.path}/{path}": weight.shape for layer in wanted for path, weight in layer.weights.items()}
    ways = [
        {path: name for path, name in way.items() if path in shapes} for way in list_ways(report, file, names or {})
    ]
    best = _join_ways(ways, shapes, file)
    pairs = {path: name for path, name in best.items() if _fits(file.weights[name].shape, shapes[path])}
    taken = {*best.values()}
    rest = {path: shape for path, shape in shapes.items() if path not in best}
    left = {name: weight.shape for name, weight in file.weights.items() if name not in taken and name not in constants}
    ordered = {} if _is_of_torch(file) else match_by_order(wanted, file, rest, left)
    found = {*ordered.values()}
    has_places = any(layer.places for layer in file.layers)
    unsaved = {path for path in rest if has_places and is_adapter(path)}  # their initial product is zero
    return Match(
        {path: name for path in shapes if (name := pairs.get(path) or ordered.get(path)) is not None},
        list(ordered),
        {path: shape for path, shape in rest.items() if path not in ordered and path not in unsaved},
        [name for name in left if name not in found],
        [
            OtherShape(path, shapes[path], name, file.weights[name].shape)
            for path, name in best.items()
            if path not in pairs
        ],
    )


def _without(layer: WantedLayer, given: Collection[str]) -> WantedLayer:
    """A layer with the weights that are still to be found."""
    left = {path: weight for path, weight in layer.weights.items() if f"{layer.path}/{path}" not in given}
    return layer._replace(weights=left)


def _join_ways(ways: Iterable[Pairs], shapes: Mapping[str, tuple[Size, ...]], file: WeightFile) -> Pairs:
    """What fits of the way that finds the most, then of the others, and last what does not fit, as the first has it."""

    def keep_fitting(pairs: Pairs) -> Pairs:
        return {path: name for path, name in pairs.items() if _fits(file.weights[name].shape, shapes[path])}

    ordered = sorted(ways, key=lambda pairs: len(keep_fitting(pairs)), reverse=True)
    return join_pairs(*map(keep_fitting, ordered), *ordered)


def _fits(stored: tuple[int, ...], wanted: tuple[Size, ...]) -> bool:
    return len(stored) == len(wanted) and all(
        size == other or not isinstance(other, int) for size, other in zip(stored, wanted, strict=True)
    )
