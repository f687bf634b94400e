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
    from shapecalc.analysis.diffs.folding import Line
    from shapecalc.analysis.diffs.models import Diff
    from shapecalc.analysis.numeric import OutputPair
    from shapecalc.analysis.report import Row
    from shapecalc.diagnostics import Diagnostic


def diff_json(
    diff: Diff | None,
    numbers: Sequence[OutputPair] | None,
    diagnostics: Iterable[Diagnostic],
    unfold: bool = False,
) -> str:
    """`diffs` holds one comparison: `old` and `new` (name, file, settings), `equal`, `totals` and `layers` with old,
    new and delta of each count (null where unknown), `outputs`, and with --numeric `numeric`, else null.

    Layers that are equal are left out; `change` of the others is changed, renamed, added or removed. One item may
    stand for several: `rounds` says for how many rounds of a repeat before and after (else null), `names` for which.
    """
    if diff is None:
        return document([], diagnostics, "diffs")
    data = {
        "old": {"name": diff.old.name, "file": diff.old.file, "settings": choice_json(diff.settings[0])},
        "new": {"name": diff.new.name, "file": diff.new.file, "settings": choice_json(diff.settings[1])},
        "equal": not diff.differs,
        "totals": {total.quantity: _list_triple(total.old, total.new) for total in diff.totals},
        "layers": [_list_layer(line) for line in fold(diff, unfold)],
        "outputs": list(diff.outputs),
        "numeric": None if numbers is None else [_list_numbers(pair) for pair in numbers],
    }
    return document([data], diagnostics, "diffs")


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
