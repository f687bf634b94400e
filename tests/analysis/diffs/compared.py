"""Specs written short, and what their comparison says."""

from __future__ import annotations

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.diffs.folding import fold
from shapecalc.analysis.diffs.models import Diff, compare_models
from shapecalc.analysis.report import Report
from shapecalc.model.load import Library

BLOCKS = """\
blocks:
  Pair:
    args: {units: 8}
    layers:
      - Dense: {units: $units}
      - Dense: {units: 3}
  Other:
    args: {units: 8}
    layers:
      - Dense: {units: $units}
      - Dense: {units: 3}
  Long:
    layers:
      - Dense: {units: 5}
      - Dropout: {rate: 0.5}
      - Dense: {units: 6, name: last}
"""


def report_of(layers: str) -> Report:
    """The report of a model: its entries stand between semicolons, `dense 4 NAME` is short for a Dense."""
    report = analyse(
        Library().parse("input: [3]\n" + BLOCKS + "layers:\n" + "".join(map(_write_entry, layers.split(";"))), "m.yaml")
    )
    assert report.ok, report.diagnostics
    return report


def _write_entry(text: str) -> str:
    words = text.split()
    if words[0] != "dense":
        return f"  - {text.strip()}\n"
    name = f", name: {words[2]}" if len(words) > 2 else ""
    return f"  - Dense: {{units: {words[1]}{name}}}\n"


def compare(old: str, new: str, depth: int = 1000) -> Diff:
    """The comparison of two models."""
    return compare_models(report_of(old), report_of(new), depth)


def list_changes(old: str, new: str) -> list[str]:
    """What is not equal, a layer each: `renamed a b`."""
    return [
        " ".join([change.kind, *(row.path + row.name for row in change[1:3] if row is not None)])
        for change in compare(old, new).changes
        if change.kind != "equal"
    ]


def list_lines(old: str, new: str, unfold: bool = False) -> list[str]:
    """The folded lines: `changed pair x 3/dense: units 8 → 9`."""
    lines = []
    for line in fold(compare(old, new), unfold):
        name = f"{line.was} → {line.name}" if line.kind == "renamed" else line.name
        lines.append(f"{line.kind} {name}: {', '.join(detail.text for detail in line.details)}".removesuffix(": "))
    return lines
