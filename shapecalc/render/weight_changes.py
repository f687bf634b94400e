"""Which weights changed between two files and by how much, as a table, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Diagnostic, clean
from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.render.as_json import document
from shapecalc.render.as_markdown import markdown_table

if TYPE_CHECKING:
    from shapecalc.analysis.weight_changes import WeightChange
    from shapecalc.render.table import Terminal

_HEADERS = ("", "Weight", "Shape", "Max Δ", "Mean Δ", "Relative", "Changes")
_RIGHT = (False, False, False, True, True, True, False)
_SIGNS = {"added": "+", "removed": "-", "changed": "~", "other shape": "~"}
_FOOTER = "Relative is the norm of the difference over the norm of the old weight."


def weights_text(files: tuple[str, str], changes: Sequence[WeightChange], terminal: Terminal) -> str:
    """The weights that differ, and how many do."""
    from shapecalc.render.table import paint, table_of_changes, write_footnotes

    lines = [paint(clean(_write_title(files)), "bold", terminal)]
    rows = _list_rows(changes)
    if rows:
        cells = [tuple(map(clean, row)) for row in rows]  # no line of a name from a file is a line of the table
        lines.append(table_of_changes(_HEADERS, _RIGHT, cells, terminal))
    lines.append(f" {_write_verdict(changes)}")
    lines += write_footnotes([f" {_FOOTER}"] if rows else [], terminal)
    return "\n".join(lines) + "\n"


def weights_markdown(files: tuple[str, str], changes: Sequence[WeightChange]) -> str:
    """A heading, the verdict, the weights that differ."""
    parts = [f"### {escaped(_write_title(files))}", escaped(_write_verdict(changes))]
    if rows := _list_rows(changes):
        parts += [markdown_table(_HEADERS, _RIGHT, rows).rstrip(), escaped(_FOOTER)]
    return "\n\n".join(parts) + "\n"


def weights_json(
    files: tuple[str, str], changes: Sequence[WeightChange] | None, diagnostics: Iterable[Diagnostic]
) -> str:
    """`diffs` holds one comparison: the files, `equal`, and of `weights` those that differ.

    `change` is changed, other shape, added or removed; differences are null where there are none to tell.
    """
    if changes is None:
        return document([], diagnostics, "diffs")
    data = {
        "old": {"file": files[0]},
        "new": {"file": files[1]},
        "equal": not has_changes(changes),
        "weights": [_list_weight(change) for change in changes if change.kind != "equal"],
    }
    return document([data], diagnostics, "diffs")


def has_changes(changes: Iterable[WeightChange]) -> bool:
    """Whether any weight does."""
    return any(change.kind != "equal" for change in changes)


def _write_title(files: tuple[str, str]) -> str:
    return f"{files[0]} → {files[1]}"


def _list_rows(changes: Iterable[WeightChange]) -> list[tuple[str, ...]]:
    return [_list_cells(change) for change in changes if change.kind != "equal"]


def _list_cells(change: WeightChange) -> tuple[str, ...]:
    words = "" if change.kind == "changed" else change.kind
    if change.old is not None and change.new is not None and change.old != change.new:
        words = f"{words + ', ' if words else ''}was {change.old}"
    shape = str(change.new_shape or change.old_shape) if change.kind != "other shape" else _write_shapes(change)
    amounts = (change.largest, change.mean, change.relative)
    unknown = "?" if change.kind == "changed" else ""
    numbers = [unknown if amount is None else f"{amount:.3g}" for amount in amounts]
    return _SIGNS[change.kind], change.new or change.old or "", shape, *numbers, words


def _write_shapes(change: WeightChange) -> str:
    return f"{change.old_shape} → {change.new_shape}"


def _write_verdict(changes: Sequence[WeightChange]) -> str:
    """`3 weights changed, 1 added; 2 equal.`"""
    kinds = [change.kind for change in changes]
    if not has_changes(changes):
        return f"No differences in {len(kinds)} weights."
    counts = {kind: kinds.count(kind) for kind in _SIGNS}
    named = {"other shape": "of another shape", "changed": "changed", "added": "added", "removed": "removed"}
    words = ", ".join(f"{count} {named[kind]}" for kind, count in counts.items() if count)
    return f"Weights: {words}, {kinds.count('equal')} equal."


def _list_weight(change: WeightChange) -> dict[str, Any]:
    return {
        "change": change.kind,
        "old": None if change.old is None else {"name": change.old, "shape": list(change.old_shape or ())},
        "new": None if change.new is None else {"name": change.new, "shape": list(change.new_shape or ())},
        "max_abs_difference": change.largest,
        "mean_abs_difference": change.mean,
        "relative_difference": change.relative,
    }
