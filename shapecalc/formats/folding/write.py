"""A flat model as the text of a spec that was read again and found to be the same model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.formats.flat_model import FlatModel
from shapecalc.formats.folding.facts import facts_of
from shapecalc.formats.folding.verify import is_same_model, match_names
from shapecalc.formats.spec_text import spec_text

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report


class Written(NamedTuple):
    """A spec, its report, and the path of each layer in it by the name that the layer had in the flat model."""

    text: str
    report: Report
    names: dict[str, str]


def write_spec(flat: FlatModel, report_of: Callable[[str], Report], *, fold: bool = True) -> Written:
    """The spec of a flat model, with blocks and repeats where `fold` says so and they make it shorter.

    `report_of` analyses a text. What comes back has been analysed, and is the same model as the spec with an entry for
    each call and nothing left out. Raises Fault.
    """
    text = spec_text(flat)
    report = report_of(text)
    first_only = report.ok and len(report.outputs) != len(flat.outputs)
    if first_only:
        text = spec_text(flat, first_only=True)
        report = report_of(text)
    if not report.ok:
        return Written(text, report, {})
    facts = facts_of(flat, report)
    clean = spec_text(flat, facts, first_only=first_only)
    if clean != text:
        again = report_of(clean)
        if again.ok and is_same_model(report, again):
            text, report = clean, again
    return Written(text, report, match_names(flat, flat, report) or {})
