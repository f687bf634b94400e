"""What is said of a comparison in text and in Markdown: titles, verdicts, the cells of tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.diffs import files
from shapecalc.analysis.diffs.models import subtract_sizes
from shapecalc.dims import Size, binary_text, count_text
from shapecalc.render.values import write_choice

if TYPE_CHECKING:
    from shapecalc.analysis.diffs.files import FileChange
    from shapecalc.analysis.diffs.folding import Line
    from shapecalc.analysis.diffs.models import Diff, Total
    from shapecalc.analysis.numeric import OutputPair

SIGNS = {"added": "+", "removed": "-", "changed": "~", "renamed": "~"}
KINDS = ("changed", "renamed", "added", "removed")
HEADERS = ("", "Layer (type)", "Output Shape", "Δ Params", "Δ MACs", "Δ Memory", "Changes")
RIGHT = (False, False, False, True, True, True, False)
_LABELS = {
    "params": "Params", "trainable": "Trainable params", "macs": "MACs", "weights_bytes": "Weights",
    "peak_activation": "Peak activations", "active_params": "Active params", "active_macs": "Active MACs",
}  # fmt: skip
FILE_HEADERS = ("", "File", "Old params", "New params", "Δ Params", "Δ MACs", "Changes")
FILE_RIGHT = (False, False, True, True, True, True, False)
FOOTER = "MACs and activations are of one sample; a layer's memory is its weights and outputs."


def write_title(files: tuple[str, str], settings: tuple[dict[str, Any], dict[str, Any]]) -> str:
    """`old.yaml → new.yaml`, or of one file `model.yaml: units=64 → units=128`."""
    if not settings[0]:
        return f"{files[0]} → {files[1]}"
    return f"{files[0]}: {write_choice(settings[0])} → {write_choice(settings[1])}"


def write_change(change: FileChange) -> str:
    """What is said of a model that one side lacks: `Added: a model of 12 layers.`"""
    layers = count_words(files.count_layers(change.report), "layer")
    return f"{change.kind.capitalize()}: a model of {layers}."


def count_words(count: int, word: str) -> str:
    """`1 layer`, `1,234 layers`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def list_file_cells(change: FileChange) -> tuple[str, ...]:
    """The cells of a file among several."""
    totals = {total.quantity: total for total in change.totals}
    params, macs = totals["params"], totals["macs"]
    return (
        SIGNS[change.kind],
        f"{change.was} → {change.path}" if change.kind == "renamed" else change.path,
        "" if change.old is None else _write_amount(params.old, False),
        "" if change.new is None else _write_amount(params.new, False),
        sign_size(subtract_sizes(params.old, params.new)),
        sign_size(subtract_sizes(macs.old, macs.new)),
        "\n".join(_list_file_words(change)),
    )


def _list_file_words(change: FileChange) -> list[str]:
    words = [] if change.kind == "changed" else [change.kind]
    if change.diff is None or not change.diff.differs:
        return words
    kinds = Counter(leaf.kind for leaf in change.diff.changes)
    counts = [f"{kinds[kind]:,} {kind}" for kind in KINDS if kinds[kind]]
    return [*words, f"layers: {', '.join(counts)}" if counts else "outputs"]


def write_folders_verdict(changes: Sequence[FileChange], broken: Sequence[str]) -> str:
    """`Models: 2 changed, 1 added, 5 equal.`"""
    counts = Counter(change.kind for change in changes)
    counts["not compared"] = len(broken)
    if not broken and len(changes) == counts["equal"]:
        return f"No differences in {count_words(len(changes), 'model')}."
    named = [kind for kind in (*KINDS, "not compared", "equal") if counts[kind] or kind == "equal"]
    return f"Models: {', '.join(f'{counts[kind]:,} {kind}' for kind in named)}."


def list_cells(line: Line) -> tuple[str, ...]:
    """The cells of a line."""
    changes = [subtract_sizes(*pair) for pair in line.counts]
    return (
        SIGNS[line.kind],
        write_name(line) + (f" ({line.type})" if line.type else ""),
        line.shapes,
        sign_size(changes[0]),
        sign_size(changes[1]),
        sign_size(changes[2], memory=True),
        "\n".join(list_words(line)),
    )


def write_name(line: Line) -> str:
    """`encoder/dense`, `head → classifier`."""
    return f"{line.was} → {line.name}" if line.kind == "renamed" else line.name


def list_words(line: Line) -> list[str]:
    """What is said of a line besides numbers."""
    words = [detail.text for detail in line.details]
    if line.kind != "changed":
        words.insert(0, line.kind)
    elif line.was != line.name and line.members[0].kind != "renamed":  # else a block around it says so
        words.insert(0, f"was {line.was}")
    layers = count_layers(line)
    if layers > 1 and (line.rounds is None or layers != line.rounds[1]):
        words.append(f"{layers:,} layers")
    return words


def count_layers(line: Line) -> int:
    """How many layers a line stands for."""
    return sum(change.within is None for change in line.members)


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


def list_total_cells(totals: Iterable[Total]) -> list[tuple[str, str, str, str]]:
    """A head, and a row for each quantity of both models."""
    cells = [("Total", "old", "new", "Δ")]
    for total in totals:
        in_bytes = total.quantity in ("weights_bytes", "peak_activation")
        old, new = (_write_amount(size, in_bytes) for size in (total.old, total.new))
        change = sign_size(subtract_sizes(total.old, total.new), memory=in_bytes) or "0"
        cells.append((_LABELS[total.quantity], old, new, change))
    return cells


def _write_amount(size: Size | None, in_bytes: bool) -> str:
    if size is None:
        return "?"
    return binary_text(size) if in_bytes else count_text(size)


def write_verdict(diff: Diff) -> str:
    """`Layers: 1 changed, 1 added, 3 equal.`"""
    counts = Counter(change.kind for change in diff.changes)
    if not diff.differs:
        return f"No differences in {counts.total()} layers."
    named = [kind for kind in (*KINDS, "equal") if counts[kind] or kind == "equal"]
    return f"Layers: {', '.join(f'{counts[kind]:,} {kind}' for kind in named)}."


def write_numbers(numbers: Sequence[OutputPair] | None) -> list[str]:
    """How far the outputs of a run are apart, a line for each."""
    if numbers is None:
        return []
    lines = ["With the same weights and inputs:"]
    for pair in numbers:
        name = pair.old if pair.old == pair.new else f"{pair.old} → {pair.new}"
        words = "equal" if pair.equal else "DIFFERENT"
        lines.append(f"{name} {pair.shape}: {words}, max abs difference {pair.difference:.3g}")
    return lines
