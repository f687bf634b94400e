"""The weights that a model's own file brings along, and what its layers are called in the model as it was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from shapecalc.formats.flat_model import find_block, list_constants, old_path
from shapecalc.formats.signatures import ARCHIVE, HDF5, is_onnx
from shapecalc.inference.walk import walk_within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapecalc.analysis.report import Report
    from shapecalc.formats.constant_arrays import Array
    from shapecalc.formats.flat_model import FlatModel
    from shapecalc.formats.onnx.messages import Tensor
    from shapecalc.inference.walk import Walk


def brings_weights(start: bytes) -> bool:
    """Whether a model's file that begins like this has weights: JSON has none."""
    return start.startswith((ARCHIVE, HDF5)) or is_onnx(start)


def find_names(flat: FlatModel, report: Report) -> dict[str, str]:
    """The path of each layer in a report by its name in the model's file, of which the report has a call an entry."""
    names: dict[str, str] = {}
    if report.walk is not None:
        _add_names(names, flat, flat, report.walk, ("", ""))
    return names


def constants_in_report(flat: FlatModel, report: Report) -> dict[str, NDArray[Any]]:
    """The arrays that calls in a model's file are given, which are weights of the report, by the paths of these."""
    import numpy as np

    constants = list_constants(flat)
    names = find_names(flat, report) if constants else {}
    return {
        f"{names[old_path(flat, path)]}/weight": np.array(array.value, array.weight_dtype)
        for path, array in constants.items()
    }


def read_held(flat: FlatModel, path: str, limit: int | None) -> dict[str, NDArray[Any]]:
    """The tensors of the ONNX file at `path` that layers of its model are given, by their paths in it. Raises Fault."""
    held = dict(list_held(flat))
    if not held:
        return {}
    from shapecalc.formats.onnx.arrays import read_tensors

    return read_tensors(held, path, limit)


def list_held(flat: FlatModel) -> Iterator[tuple[str, Tensor]]:
    """The tensors of an ONNX file that layers of its model are given, with their paths in it; those in blocks too."""
    return _list_held(flat, flat, "")


def _list_held(flat: FlatModel, model: FlatModel, prefix: str) -> Iterator[tuple[str, Tensor]]:
    for layer, (_, arguments) in model.layers.items():
        for argument, tensor in model.held.get(layer, {}).items():
            yield f"{prefix}{layer}/{argument}", tensor
        for argument, value in arguments.items():
            block = next(iter(value), None) if isinstance(value, dict) and len(value) == 1 else None
            if block in flat.blocks:
                yield from _list_held(flat, flat.blocks[block], f"{prefix}{layer}/{argument}/")


def constants_by_names(flat: FlatModel, report: Report, names: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """The arrays that calls in a model's file are given, by the weights that a spec of the model has for them.

    `names` are the paths of layers in the spec by their names in the file.
    """
    import numpy as np

    from shapecalc.formats.flat_model import list_constants, old_path

    shapes = {f"{row.name}/{inner}": tuple(weight.shape) for row in report.rows for inner, weight in row.weights}
    found = {}
    for path, array in list_constants(flat).items():
        value = np.array(array.value, array.weight_dtype)
        weight = f"{names.get(old_path(flat, path), path)}/weight"
        if shapes.get(weight) == value.shape:
            found[weight] = value
    return found


def save_constants(path: str, constants: Mapping[str, Array]) -> None:
    """Writes the arrays that calls in a model's file are given, as weights. Raises Fault with SC607."""
    import numpy as np

    from shapecalc.formats.arrays import save_npz

    save_npz(path, {name: np.array(array.value, array.weight_dtype) for name, array in constants.items()})


def _add_names(names: dict[str, str], model: FlatModel, whole: FlatModel, walk: Walk, around: tuple[str, str]) -> None:
    """Adds the layers of a model that is called `around` in the file and in the report."""
    nodes = [node for node in walk.graph.nodes if node.entry is not None]
    if len(nodes) != len(model.calls):
        return
    for call, node in zip(model.calls, nodes, strict=True):
        old = around[0] + model.old_names.get(call.layer, call.layer)
        new = around[1] + node.weights_of
        names[old] = new
        held, inferred = find_block(whole, model.layers[call.layer]), walk.results[node.index]
        within = walk_within(inferred) if held is not None and inferred is not None else None
        if held is not None and within is not None:
            _add_names(names, whole.blocks[held[0]], whole, within[1], (f"{old}/{held[1]}", f"{new}/{within[0]}"))
