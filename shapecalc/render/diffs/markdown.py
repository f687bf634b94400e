"""What changed between models, as Markdown for the comment of a pull request: short enough to be one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from shapecalc.analysis.diffs.folding import Line, fold
from shapecalc.analysis.diffs.models import subtract_sizes
from shapecalc.diagnostics import shorten
from shapecalc.diagnostics.text import html_code
from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.diagnostics.text import markdown_code as code
from shapecalc.dims import add_up
from shapecalc.render.as_markdown import table_of_cells
from shapecalc.render.diffs import words
from shapecalc.render.values import write_choice

if TYPE_CHECKING:
    from shapecalc.analysis.diffs.files import FileChange, FolderDiff
    from shapecalc.analysis.diffs.models import Diff, Total
    from shapecalc.analysis.numeric import OutputPair

T = TypeVar("T")
MOST = 60_000
"""Characters of all; GitHub takes 65,536 in a comment."""
MOST_OF_A_MODEL = 16_000
"""Characters of the table of one model's layers."""
_MOST_OF_FILES = 20_000
_MOST_LINES = 20
_LONGEST = 300
"""Characters of a name, and of what is said of one difference."""
_ROOM = 400
"""Characters kept for what stands around a table."""


def file_markdown(change: FileChange, numbers: Sequence[OutputPair] | None, unfold: bool = False) -> str:
    """What became of one file: a heading, the verdict, the totals, the layers that differ."""
    if change.diff is None:
        parts = [f"### {_name(change.report.file)}", words.write_change(change), _write_totals(change.totals)]
        return "\n\n".join(parts) + "\n"
    return diff_markdown(change.diff, numbers, unfold)


def diff_markdown(diff: Diff, numbers: Sequence[OutputPair] | None = None, unfold: bool = False) -> str:
    """What changed between two models: a heading, the verdict, the totals, the layers that differ."""
    parts = [f"### {_write_title((diff.old.file, diff.new.file), diff.settings)}", words.write_verdict(diff)]
    if diff.differs:
        parts += [_write_totals(diff.totals), *_write_layers(diff, unfold, MOST_OF_A_MODEL), words.FOOTER]
    if numbers is not None:
        head_line, *lines = words.write_numbers(numbers)
        parts.append(
            "\n".join([head_line, "", *(f"- {escaped(shorten(line, _LONGEST))}" for line in lines[:_MOST_LINES])])
        )
    return "\n\n".join(parts) + "\n"


def folders_markdown(diff: FolderDiff, unfold: bool = False) -> str:
    """What became of each file: a heading, the verdict, a table of files, and the layers of each to be opened."""
    changes = diff.changes
    parts = [f"### {_write_title(diff.folders, diff.settings)}", words.write_folders_verdict(changes, diff.broken)]
    listed = [change for change in changes if change.kind != "equal"]
    if listed:
        rows = [_list_file_cells(change) for change in listed]
        shown = _choose(rows, [_weigh_file(change) for change in listed], _MOST_OF_FILES)
        more = words.count_words(len(rows) - len(shown), "more file")
        rest = [("", f"and {more}", *[""] * 5)] if len(shown) < len(rows) else []
        rows = [*(rows[at] for at in shown), *rest]
        parts.append(table_of_cells(words.FILE_HEADERS, words.FILE_RIGHT, rows))
    left = MOST - sum(map(len, parts)) - _ROOM
    closed = 0
    for change in listed:
        if change.diff is None or not change.diff.differs:
            continue
        name = html_code(shorten(change.path, _LONGEST))
        head = f"<details><summary>{name}: {words.write_verdict(change.diff)}</summary>"
        room = min(MOST_OF_A_MODEL, left - len(head) - _ROOM)
        body = "\n\n".join([head, *_write_layers(change.diff, unfold, room), "</details>"]) if room > _ROOM else ""
        if body and len(body) <= left:
            parts.append(body)
            left -= len(body) + 2
        else:
            closed += 1
    if closed:
        parts.append(f"The layers of {words.count_words(closed, 'more model')} find no room here.")
    if listed:
        parts.append(words.FOOTER)
    return "\n\n".join(parts) + "\n"


def _write_title(files: tuple[str, str], settings: tuple[dict[str, Any], dict[str, Any]]) -> str:
    """The title, its names as code."""
    if not settings[0]:
        return f"{_name(files[0])} → {_name(files[1])}"
    return f"{_name(files[0])}: {_name(write_choice(settings[0]))} → {_name(write_choice(settings[1]))}"


def _write_totals(totals_of_both: Sequence[Total]) -> str:
    head, *totals = words.list_total_cells(totals_of_both)
    cells = [tuple(map(_text, row)) for row in totals]
    return table_of_cells(head, (False, True, True, True), cells)


def _write_layers(diff: Diff, unfold: bool, room: int) -> list[str]:
    """The table of the layers that differ, the largest changes where not all find room, and the outputs that differ."""
    parts = []
    lines = fold(diff, unfold)
    if lines:
        rows = [_list_layer_cells(line) for line in lines]
        shown = _choose(rows, [_weigh_line(line) for line in lines], room)
        left_out = [line for at, line in enumerate(lines) if at not in set(shown)]
        rest = [_list_rest_cells(left_out)] if left_out else []
        parts.append(table_of_cells(words.HEADERS, words.RIGHT, [*(rows[at] for at in shown), *rest]))
    if diff.outputs:
        items = [f"- {escaped(shorten(line, _LONGEST))}" for line in diff.outputs[:_MOST_LINES]]
        more = len(diff.outputs) - _MOST_LINES
        parts.append("\n".join([*items, *([f"- and {words.count_words(more, 'more output')}"] if more > 0 else [])]))
    return parts


def _choose(rows: Sequence[Sequence[str]], weights: Sequence[T], room: int) -> list[int]:
    """The rows that find room, in order: all, or else those of the greatest weight."""
    sizes = [sum(len(cell) + 3 for cell in row) + 2 for row in rows]
    if sum(sizes) <= room:
        return list(range(len(rows)))
    chosen = []
    for at in sorted(range(len(rows)), key=lambda at: weights[at], reverse=True):  # type: ignore[arg-type, return-value]
        room -= sizes[at]
        if room < 0:
            break
        chosen.append(at)
    return sorted(chosen)


def _weigh_line(line: Line) -> tuple[int, ...]:
    """How large a change is: by parameters, then MACs, then memory; one that is a formula is larger than any number."""
    return tuple(_weigh(subtract_sizes(*count)) for count in line.counts)


def _weigh_file(change: FileChange) -> tuple[int, ...]:
    return tuple(_weigh(subtract_sizes(total.old, total.new)) for total in change.totals)


def _weigh(size: object) -> int:
    return abs(size) if isinstance(size, int) else 2**200


def _list_layer_cells(line: Line) -> tuple[str, ...]:
    sign, _, shapes, *deltas, _ = words.list_cells(line)
    name = _arrow(line.was, line.name) if line.kind == "renamed" else _code(line.name)
    kind = f" ({_code(line.type)})" if line.type else ""
    return sign_cell(sign), name + kind, _text(shapes), *map(_text, deltas), _write_changes(line)


def sign_cell(sign: str) -> str:
    """A sign as text: alone at the start of a cell it would be a list or nothing."""
    return {"~": "\\~", "-": "\\-", "+": "\\+"}.get(sign, sign)


def _list_file_cells(change: FileChange) -> tuple[str, ...]:
    sign, _, *amounts, changes = words.list_file_cells(change)
    name = _arrow(change.was, change.path) if change.kind == "renamed" else _code(change.path)
    return sign_cell(sign), name, *map(_text, amounts), "<br>".join(changes.split("\n"))


def _list_rest_cells(lines: Sequence[Line]) -> tuple[str, ...]:
    """`and 63 more layers`, with what they sum up to."""
    count = sum(max(words.count_layers(line), 1) for line in lines)
    sums = [
        subtract_sizes(add_up(line.counts[at][0] for line in lines), add_up(line.counts[at][1] for line in lines))
        for at in range(3)
    ]
    deltas = [words.sign_size(size, memory=at == 2) for at, size in enumerate(sums)]
    return "", f"and {words.count_words(count, 'more layer')}", "", *map(_text, deltas), ""


def _write_changes(line: Line) -> str:
    """What is said of a line: words of ours as they are, what comes from files as code."""
    said = words.list_words(line)
    details = {detail.text for detail in line.details}
    return "<br>".join(_code(text) if text in details or text.startswith("was ") else text for text in said)


def _text(text: str) -> str:
    return escaped(shorten(text, _LONGEST), in_table=True)


def _name(text: str) -> str:
    """A name out of a table."""
    return code(shorten(text, _LONGEST))


def _code(text: str) -> str:
    return code(shorten(text, _LONGEST), in_table=True)


def _arrow(old: str, new: str) -> str:
    return f"{_code(old)} → {_code(new)}"
