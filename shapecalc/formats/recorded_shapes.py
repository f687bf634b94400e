"""What a model file recorded of the tensors between its layers, compared with what is inferred of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Diagnostic, Span, error
from shapecalc.formats.flat_model import FlatModel
from shapecalc.inference.walk import walk_within
from shapecalc.layers.opaque import Recorded, admits, shape_text

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.inference.walk import Walk


def list_disagreements(flat: FlatModel, report: Report) -> list[Diagnostic]:
    """A finding with SC511 for each tensor that has another shape than the file recorded.

    `report` is that of a spec with an entry for each call. A size that is open on either side may be any. Dtypes are
    not compared: Keras records float32 of lookups that give int64, and float64 of what a file holds as float32.
    """
    walk = report.walk
    if walk is None or _has_other_batch(flat, walk):
        return []
    return list(dict.fromkeys(_compare(flat, flat.blocks, walk, report.file, set())))


def _has_other_batch(flat: FlatModel, walk: Walk) -> bool:
    """Whether the model is fed another batch than the one it was recorded with."""
    pairs = zip(flat.inputs, walk.graph.inputs, strict=True)
    return any(given.batch is not None and given.batch != tensor.shape[0] for given, tensor in pairs)


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
            help = "one of the two is wrong: save the model again with Keras, or report it with this file"
            span = Span(file, 0, 0, 0, model.places.get(name, ""))
            yield error("SC511", message, span, subject=name, help=help)
        within = walk_within(inferred)
        block = None if within is None else blocks.get(within[1].graph.spec.name)
        if within is not None and block is not None and id(within[1]) not in seen:
            yield from _compare(block, blocks, within[1], file, seen)
