"""What changed between two models, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.diffs.folding import fold
from shapecalc.analysis.diffs.models import subtract_sizes
from shapecalc.dims import Size, to_json
from shapecalc.render.as_json import document, shape_json
from shapecalc.render.diffs.words import count_layers
from shapecalc.render.values import choice_json

if TYPE_CHECKING:
    from shapecalc.analysis.diffs.files import FileChange
    from shapecalc.analysis.diffs.folding import Line
    from shapecalc.analysis.numeric import OutputPair
    from shapecalc.analysis.report import Report, Row
    from shapecalc.diagnostics import Diagnostic


def diff_json(
    changes: Iterable[FileChange],
    numbers: Sequence[OutputPair] | None,
    diagnostics: Iterable[Diagnostic],
    unfold: bool = False,
) -> str:
    """`diffs` holds a comparison for each file: `change` is changed, equal, renamed, added or removed.

    `old` and `new` are its name, file and settings, null where a side lacks it; `path` is where it lies. Besides stand
    `equal`, `totals` and `layers` with old, new and delta of each count (null where unknown), `outputs`, and with
    --numeric `numeric`, else null. Layers that are equal are left out; `change` of the others is changed, renamed,
    added or removed. One item may stand for several, `names`; `rounds` says for how many of a repeat, else null.
    """
    return document([_list_file(change, numbers, unfold) for change in changes], diagnostics, "diffs")


def _list_file(change: FileChange, numbers: Sequence[OutputPair] | None, unfold: bool) -> dict[str, Any]:
    diff = change.diff
    settings = diff.settings if diff is not None else ({}, {})
    return {
        "change": change.kind,
        "path": change.path,
        "old": _list_model(change.old, settings[0]),
        "new": _list_model(change.new, settings[1]),
        "equal": diff is not None and not diff.differs,
        "totals": {total.quantity: _list_triple(total.old, total.new) for total in change.totals},
        "layers": [] if diff is None else [_list_layer(line) for line in fold(diff, unfold)],
        "outputs": [] if diff is None else list(diff.outputs),
        "numeric": None if numbers is None else [_list_numbers(pair) for pair in numbers],
    }


def _list_model(report: Report | None, settings: dict[str, Any]) -> dict[str, Any] | None:
    if report is None:
        return None
    return {"name": report.name, "file": report.file, "settings": choice_json(settings)}


def _list_triple(old: Size | None, new: Size | None) -> dict[str, Any]:
    change = subtract_sizes(old, new)
    return {
        key: None if size is None else to_json(size) for key, size in (("old", old), ("new", new), ("delta", change))
    }


def _list_layer(line: Line) -> dict[str, Any]:
    counts = zip(("params", "macs", "memory"), line.counts, strict=True)
    leaves = [change for change in line.members if change.within is None]
    return {
        "change": line.kind,
        "old": _list_side(line.rows[0]),
        "new": _list_side(line.rows[1]),
        **{name: _list_triple(*pair) for name, pair in counts},
        "details": [detail.text for detail in line.details],
        "line": line.name,
        "rounds": None if line.rounds is None else {"old": line.rounds[0], "new": line.rounds[1]},
        "layers": count_layers(line),
        "names": [change.row.path + change.row.name for change in leaves],
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
