"""What changed between two models, as a table, Markdown for the comment of a pull request, or JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.diff import count_memory, subtract_sizes
from shapecalc.diagnostics import Diagnostic, clean
from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.dims import Size, binary_text, count_text, to_json
from shapecalc.render.as_json import document, shape_json
from shapecalc.render.as_markdown import markdown_table
from shapecalc.render.folding import set_row
from shapecalc.render.values import choice_json, write_choice

if TYPE_CHECKING:
    from shapecalc.analysis.diff import Change, Diff, Total
    from shapecalc.analysis.numeric import OutputPair
    from shapecalc.analysis.report import Row
    from shapecalc.render.table import Terminal

SIGNS = {"added": "+", "removed": "-", "changed": "~", "renamed": "~"}
_HEADERS = ("", "Layer (type)", "Output Shape", "Δ Params", "Δ MACs", "Δ Memory", "Changes")
_RIGHT = (False, False, False, True, True, True, False)
_LABELS = {
    "params": "Params", "trainable": "Trainable params", "macs": "MACs", "weights_bytes": "Weights",
    "peak_activation": "Peak activations",
}  # fmt: skip
_FOOTER = "MACs and activations are of one sample; a layer's memory is its weights and outputs."


def diff_text(diff: Diff, numbers: list[OutputPair] | None, terminal: Terminal) -> str:
    """The layers that differ, the totals of both models, and how far their outputs are apart."""
    from shapecalc.render.table import paint, table_of_changes, write_footnotes

    lines = [paint(clean(_write_title(diff)), "bold", terminal)]
    rows = _list_rows(diff)
    if rows:
        lines.append(table_of_changes(_HEADERS, _RIGHT, rows, terminal))
    lines += [f" {clean(line)}" for line in diff.outputs]
    lines.append(f" {_write_verdict(diff)}")
    totals = _list_total_cells(diff.totals)
    widths = [max(len(cells[column]) for cells in totals) for column in range(4)]
    lines += [f" {line}" for cells in totals for line in set_row(cells, widths, (False, True, True, True))]
    lines += write_footnotes([f" {_FOOTER}", *(f" {clean(line)}" for line in _write_numbers(numbers))], terminal)
    return "\n".join(lines) + "\n"


def _write_title(diff: Diff) -> str:
    """`old.yaml → new.yaml`, or of one file `model.yaml: units=64 → units=128`."""
    old, new = diff.settings
    if not old:
        return f"{diff.old.file} → {diff.new.file}"
    return f"{diff.old.file}: {write_choice(old)} → {write_choice(new)}"


def _list_rows(diff: Diff) -> list[tuple[str, ...]]:
    """A row for each layer that differs."""
    return [_list_cells(change) for change in diff.changes if change.kind != "equal"]


def _list_cells(change: Change) -> tuple[str, ...]:
    row = change.new or change.old
    assert row is not None
    name = f"{row.path}{row.name} ({row.type})"
    details = list(change.details)
    if change.kind == "renamed" and change.old is not None:
        details.insert(0, f"was {change.old.path}{change.old.name}")
    shapes = ", ".join(map(str, row.shapes))
    changes = [subtract_sizes(*pair) for pair in _list_counts(change)]
    return (
        SIGNS[change.kind],
        name,
        shapes,
        sign_size(changes[0]),
        sign_size(changes[1]),
        sign_size(changes[2], memory=True),
        "\n".join([change.kind, *details] if change.kind in ("added", "removed") else details),
    )


def _list_counts(change: Change) -> list[tuple[Size, Size]]:
    """Parameters, MACs and memory before and after."""
    old, new = change.old, change.new
    return [
        (old.params if old else 0, new.params if new else 0),
        (old.macs if old else 0, new.macs if new else 0),
        (count_memory(old), count_memory(new)),
    ]


def sign_size(size: Size | None, *, memory: bool = False) -> str:
    """`+1,234`; nothing for no difference, `?` for one that is not known, a formula as it stands."""
    if size is None:
        return "?"
    if not isinstance(size, int):
        return count_text(size) + (" B" if memory else "")
    if size == 0:
        return ""
    text = binary_text(abs(size)) if memory else count_text(abs(size))
    return ("+" if size > 0 else "-") + text


def _list_total_cells(totals: Iterable[Total]) -> list[tuple[str, str, str, str]]:
    cells = [("Total", "old", "new", "Δ")]
    for total in totals:
        in_bytes = total.quantity in ("weights_bytes", "peak_activation")
        old, new = (_write_amount(size, in_bytes) for size in (total.old, total.new))
        cells.append(
            (
                _LABELS[total.quantity],
                old,
                new,
                sign_size(subtract_sizes(total.old, total.new), memory=in_bytes) or "0",
            )
        )
    return cells


def _write_amount(size: Size | None, in_bytes: bool) -> str:
    if size is None:
        return "?"
    return binary_text(size) if in_bytes else count_text(size)


def _write_verdict(diff: Diff) -> str:
    """`1 layer changed, 1 added; 3 equal`."""
    kinds = [change.kind for change in diff.changes]
    counts = {kind: kinds.count(kind) for kind in ("changed", "renamed", "added", "removed")}
    if not diff.differs:
        return f"No differences in {len(kinds)} layers."
    words = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    return f"Layers: {words + ', ' if words else ''}{kinds.count('equal')} equal."


def _write_numbers(numbers: list[OutputPair] | None) -> list[str]:
    if numbers is None:
        return []
    lines = ["With the same weights and inputs:"]
    for pair in numbers:
        name = pair.old if pair.old == pair.new else f"{pair.old} → {pair.new}"
        words = "equal" if pair.equal else "DIFFERENT"
        lines.append(f"{name} {pair.shape}: {words}, max abs difference {pair.difference:.3g}")
    return lines


def diff_markdown(diff: Diff, numbers: list[OutputPair] | None) -> str:
    """A heading, the verdict, the totals, the layers that differ: the comment of a pull request."""
    parts = [f"### {escaped(_write_title(diff))}", escaped(_write_verdict(diff))]
    if diff.differs:
        head, *totals = _list_total_cells(diff.totals)
        parts.append(markdown_table(head, (False, True, True, True), totals).rstrip())
        if rows := _list_rows(diff):
            parts.append(markdown_table(_HEADERS, _RIGHT, rows).rstrip())
        if diff.outputs:
            parts.append("\n".join(f"- {escaped(line)}" for line in diff.outputs))
        parts.append(escaped(_FOOTER))
    if numbers is not None:
        head_line, *lines = _write_numbers(numbers)
        parts.append("\n".join([escaped(head_line), "", *(f"- {escaped(line)}" for line in lines)]))
    return "\n\n".join(parts) + "\n"


def diff_json(diff: Diff | None, numbers: list[OutputPair] | None, diagnostics: Iterable[Diagnostic]) -> str:
    """`diffs` holds one comparison: `old` and `new` (name and file), `equal`, `totals` and `layers` with old, new and
    delta of each count (null where unknown), `outputs`, and with --numeric `numeric`, else null. Layers that are equal
    are left out; `change` of the others is changed, renamed, added or removed.
    """
    if diff is None:
        return document([], diagnostics, "diffs")
    data = {
        "old": {"name": diff.old.name, "file": diff.old.file, "settings": choice_json(diff.settings[0])},
        "new": {"name": diff.new.name, "file": diff.new.file, "settings": choice_json(diff.settings[1])},
        "equal": not diff.differs,
        "totals": {total.quantity: _list_triple(total.old, total.new) for total in diff.totals},
        "layers": [_list_layer(change) for change in diff.changes if change.kind != "equal"],
        "outputs": list(diff.outputs),
        "numeric": None if numbers is None else [_list_numbers(pair) for pair in numbers],
    }
    return document([data], diagnostics, "diffs")


def _list_triple(old: Size | None, new: Size | None) -> dict[str, Any]:
    change = subtract_sizes(old, new)
    return {
        key: None if size is None else to_json(size) for key, size in (("old", old), ("new", new), ("delta", change))
    }


def _list_layer(change: Change) -> dict[str, Any]:
    counts = zip(("params", "macs", "memory"), _list_counts(change), strict=True)
    return {
        "change": change.kind,
        "old": _list_side(change.old),
        "new": _list_side(change.new),
        **{name: _list_triple(*pair) for name, pair in counts},
        "details": list(change.details),
    }


def _list_side(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    shapes = [shape_json(shape) for shape in row.shapes]
    return {"name": row.path + row.name, "type": row.type, "line": row.line, "output_shapes": shapes}


def _list_numbers(pair: OutputPair) -> dict[str, Any]:
    finite = pair.difference < float("inf")
    return {
        "old": pair.old,
        "new": pair.new,
        "shape": list(pair.shape),
        "max_abs_difference": pair.difference if finite else None,
        "equal": pair.equal,
    }
