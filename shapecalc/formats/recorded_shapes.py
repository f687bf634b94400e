"""What a model file recorded of the tensors between its layers, compared with what is inferred of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Diagnostic, Span, error, warning
from shapecalc.dims import is_unknown, symbols
from shapecalc.formats.flat_model import FlatModel
from shapecalc.inference.walk import walk_within
from shapecalc.layers.opaque import Recorded, admits, shape_text

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.inference.walk import Walk


def list_disagreements(flat: FlatModel, report: Report) -> list[Diagnostic]:
    """A finding with SC511 for each tensor that has another shape than the file recorded, with SC515 for an output.

    `report` is that of a spec with an entry for each call. A size that is open on either side may be any. Dtypes are
    not compared: Keras records float32 of lookups that give int64, and float64 of what a file holds as float32.
    """
    walk = report.walk
    if walk is None or _has_other_sizes(flat, walk):
        return []
    found = [*_compare(flat, flat.blocks, walk, report.file, set()), *_list_declared(flat, walk, report.file)]
    return list(dict.fromkeys(found))


def _has_other_sizes(flat: FlatModel, walk: Walk) -> bool:
    """Whether the model is fed another batch than the one it was recorded with, or numbers where its file has names."""
    pairs = list(zip(flat.inputs, walk.graph.inputs, strict=True))
    if any(given.batch is not None and given.batch != tensor.shape[0] for given, tensor in pairs):
        return True
    axes = [axis for given, tensor in pairs for axis in zip(given.axes or (), tensor.shape, strict=False)]
    return any(not isinstance(named, int) and isinstance(size, int) for named, size in axes)


def _list_declared(flat: FlatModel, walk: Walk, file: str) -> Iterator[Diagnostic]:
    """A finding with SC515 for each output that an ONNX file declares with numbers where sizes are open."""
    if not _says_axes(flat):
        return
    for (name, source), tensor in zip(flat.outputs.items(), walk.outputs().values(), strict=True):
        recorded, _ = flat.tensors.get(source, (None, ""))
        said = [size for number, size in zip(recorded or (), tensor.shape, strict=False) if number is not None]
        sizes = dict.fromkeys(leaf for size in said if not is_unknown(size) for leaf in symbols(size))
        if recorded is None or not sizes:
            continue
        listed, declared = " and ".join(f"`{size}`" for size in sizes), shape_text(recorded)
        message = f"the file leaves {listed} open, and declares the output `{name}` as {declared}: it is {tensor.shape}"
        span = Span(file, 0, 0, 0, flat.places.get(source[0], ""))
        help = "export it anew with these axes of the output open too"
        yield warning("SC515", message, span, subject=source[0], help=help)


def _says_axes(flat: FlatModel) -> bool:
    """Whether the file says the sizes of its inputs axis by axis, as ONNX does."""
    return any(given.axes is not None for given in flat.inputs)


def _compare(
    model: FlatModel, blocks: dict[str, FlatModel], walk: Walk, file: str, seen: set[int]
) -> Iterator[Diagnostic]:
    """The findings of a model and of the models within it; equal calls of one, which are `seen`, say the same."""
    seen.add(id(walk))
    names = [given.name for given in model.inputs] + [call.layer for call in model.calls]
    numbers: dict[str, int] = {}
    for name, inferred in zip(names, walk.results, strict=True):
        number = numbers[name] = numbers.get(name, -1) + 1
        if inferred is None:
            continue
        for port, tensor in enumerate(inferred.outputs.values()):
            recorded, dtype = model.tensors.get((name, number, port), (None, ""))
            if recorded is None or not dtype or admits(Recorded(tuple(recorded)), tensor.shape):
                continue
            what = f"output {port}" if port else "its output"
            message = f"the file records {what} as {shape_text(recorded)}, and {tensor.shape} is inferred"
            again = "export the model anew" if _says_axes(model) else "save the model again with Keras"
            help = f"one of the two is wrong: {again}, or report it with this file"
            span = Span(file, 0, 0, 0, model.places.get(name, ""))
            yield error("SC511", message, span, subject=name, help=help)
        within = walk_within(inferred)
        block = None if within is None else blocks.get(within[1].graph.spec.name)
        if within is not None and block is not None and id(within[1]) not in seen:
            yield from _compare(block, blocks, within[1], file, seen)
