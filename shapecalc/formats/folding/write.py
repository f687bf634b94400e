"""A flat model as the text of a spec that was read again and found to be the same model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.formats.flat_model import FlatModel, old_path, show_inputs
from shapecalc.formats.folding.body import copy_of, nested_body_of
from shapecalc.formats.folding.describe import Describer
from shapecalc.formats.folding.facts import Facts, facts_of
from shapecalc.formats.folding.fold import fold as fold_body
from shapecalc.formats.folding.fold import list_beginnings
from shapecalc.formats.folding.frozen import freeze_whole
from shapecalc.formats.folding.order import order_calls
from shapecalc.formats.folding.verify import is_same_model, match_names
from shapecalc.formats.spec_text import document_text, spec_text

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
    folded = _fold_flat(flat, facts, text, report, report_of, first_only) if fold else None
    return folded or Written(text, report, _name_paths(flat, match_names(flat, report) or {}))


def _fold_flat(
    flat: FlatModel, facts: Facts, clean: str, report: Report, report_of: Callable[[str], Report], first_only: bool
) -> Written | None:
    """The shortest folded spec that is the same model; None where there is none shorter than the clean form."""
    sequence = order_calls(flat)
    lengths = {text: measure(text) for text in _fold_in_many_ways(sequence, facts, first_only)}
    most = measure(clean).lines
    for text in _shortest_first(lengths):
        if lengths[text].lines >= most:
            continue
        folded = report_of(text)
        names = match_names(sequence, folded) if folded.ok and is_same_model(report, folded) else None
        if names is not None:
            return Written(text, folded, _name_paths(flat, names))
    return None


def _name_paths(flat: FlatModel, names: dict[str, str]) -> dict[str, str]:
    """The path of each layer in a spec by the path it had in the file that the flat model was read of."""
    return {old_path(flat, path): written for path, written in names.items()}


def _fold_in_many_ways(sequence: FlatModel, facts: Facts, first_only: bool) -> Iterator[str]:
    """A spec for each way to begin, and for each as a whole that is not trained, where that is so."""
    inputs = [given.name for given in show_inputs(sequence)]
    whole = nested_body_of(sequence, facts)
    frozen = None if first_only else freeze_whole(whole, sequence)
    for start, begin in product([whole] if frozen is None else [whole, frozen], list_beginnings()):
        begun = copy_of(start)
        if not begin(begun):
            continue
        for early in (False, True):
            model = copy_of(begun)
            if fold_body(model, early=early):
                describer = Describer(model)
                blocks = describer.describe_blocks()
                yield document_text(sequence, describer.describe_model(inputs), blocks, first_only=first_only)


class Length(NamedTuple):
    """How long a spec is: its lines, and twice these with its words."""

    cost: int
    lines: int


def _shortest_first(lengths: dict[str, Length]) -> list[str]:
    """Texts by their cost; of those within 5% of the least cost those first that say the least often what is not
    trained, then those of the fewest lines."""
    least = min((length.cost for length in lengths.values()), default=0)

    def rank(text: str) -> tuple[int, ...]:
        cost, lines = lengths[text]
        return (0, text.count("trainable: "), lines, cost) if cost <= 1.05 * least else (1, cost, lines)

    return sorted(lengths, key=rank)


def measure(text: str) -> Length:
    """How long a spec is."""
    lines = text.splitlines()
    return Length(2 * len(lines) + sum(len(re.findall(r"[^\s,:{}\[\]]+", line)) for line in lines), len(lines))
