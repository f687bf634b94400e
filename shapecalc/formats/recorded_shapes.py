"""What a model file recorded of the tensors between its layers, compared with what is inferred of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Diagnostic, Span, error
from shapecalc.formats.flat_model import FlatModel
from shapecalc.formats.folding.facts import Facts, facts_of
from shapecalc.layers.opaque import shape_text

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report


def list_disagreements(flat: FlatModel, report: Report) -> list[Diagnostic]:
    """A finding with SC511 for each tensor that has another shape than the file recorded.

    `report` is that of a spec with an entry for each call. A size that is open on either side may be any.
    """
    facts = facts_of(flat, report)
    findings = [*_compare(flat, facts, report.file)]
    for name, inner in facts.blocks.items():
        findings += _compare(flat.blocks[name], inner, report.file)
    return findings


def _compare(model: FlatModel, facts: Facts, file: str) -> Iterator[Diagnostic]:
    """The findings of one model, without those of the models within it."""
    for source, (recorded, _) in model.tensors.items():
        inferred = facts.shapes.get(source)
        if inferred is not None and not _admits(recorded, inferred):
            name, _, port = source
            what = f"output {port}" if port else "its output"
            message = f"the file records {what} as {shape_text(recorded)}, and {shape_text(inferred)} is inferred"
            help = "one of the two is wrong: save the model again with Keras, or report it with this file"
            span = Span(file, 0, 0, 0, model.places.get(name, ""))
            yield error("SC511", message, span, subject=name, help=help)


def _admits(recorded: list[int | None], inferred: list[int | None]) -> bool:
    """Whether a shape may be the recorded one."""
    return len(recorded) == len(inferred) and all(
        old is None or new is None or old == new for old, new in zip(recorded, inferred, strict=True)
    )
