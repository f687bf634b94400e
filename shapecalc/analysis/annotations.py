"""Shapes and parameters of layers as comments at the ends of their lines: `# (None, 5, 5)  140 params`."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.analysis.report import Row
from shapecalc.diagnostics import Diagnostic, Edit, Fix, Span, error
from shapecalc.dims import Shape, Size, add_up
from shapecalc.dims.text import count_text
from shapecalc.document.spots import list_scalars, read_spots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from shapecalc.analysis.report import Report
    from shapecalc.document.nodes import Document
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.values import Inferred
    from shapecalc.model.spec import Entry

MAX_WIDTH = 72
"""Lines of more characters do not push the comments of the others to the right."""
_GAP = 2
_MAX_SHAPES = 3
_MAX_COUNT = 60

_SIZE = r"-?[\w*/().]+(?: [+-] [\w*/().]+)*"
_SHAPE = rf"\((?:{_SIZE},|{_SIZE}(?:, {_SIZE})+)?\)"
_COUNT = rf"(?:[\d,]+ x )?(?:[\d,]+(?:\.\.[\d,]+)?|{_SIZE})"
_COMMENT = re.compile(
    rf"(?<=\S)[ \t]+# (?:{_SHAPE}(?:, {_SHAPE})*(?:, \.\.\.)?|unknown|\.\.\.)  {_COUNT} params?(?=[ \t]|\Z)"
)
"""An annotation, with the spaces before it."""


class Annotation(NamedTuple):
    """What is said of the layers that begin on a line, counted from 1; `group` is the list of layers they stand in."""

    line: int
    text: str
    group: int


class _Use(NamedTuple):
    """One use of an entry: the shapes that leave its last round, and the parameters of each round."""

    shapes: tuple[Shape, ...]
    params: tuple[Size, ...]


def list_annotations(report: Report) -> list[Annotation]:
    """What can be said of each line of a spec on which layers begin, by line; of entries that are left out, nothing."""
    if report.walk is None or report.spec.document.places:
        return []
    uses = _collect_uses(report.walk)
    lines: dict[int, dict[int, list[_Use]]] = {}
    groups: dict[int, int] = {}
    for group, entry in _list_entries(report):
        if id(entry) in uses:
            mark: Any = entry.key.start_mark
            lines.setdefault(mark.line + 1, {}).setdefault(mark.column, []).extend(uses[id(entry)])
            groups.setdefault(mark.line + 1, group)
    return [
        Annotation(line, _write_text([by_column[column] for column in sorted(by_column)]), groups[line])
        for line, by_column in sorted(lines.items())
    ]


def list_annotation_edits(report: Report) -> list[Edit]:
    """Edits that make every annotation of a spec true: written, refreshed, and where nothing can be said, removed.

    None of a text with faults of its own, where a comment might come to stand in a value.
    """
    if report.spec.document.diagnostics:
        return []
    return [edit for _, edit in _compare(report)]


def list_removal_edits(document: Document) -> list[Edit]:
    """Edits that take every annotation of a spec away. Raises yaml.YAMLError for a text that cannot be read."""
    page = _Page(document)
    return [edit for line in page.comments if (edit := page.edit(line, "")) is not None]


def list_annotation_findings(report: Report) -> list[Diagnostic]:
    """A finding for each annotation of a spec that is missing or not true; of a spec without any, none."""
    document = report.spec.document
    if not report.ok or not _Page(document).comments:
        return []
    texts = {annotation.line: annotation.text for annotation in list_annotations(report)}
    help = f"`shapecalc annotate {document.file} --write` writes what is true"
    findings = []
    for line, edit in _compare(report):
        written = document.lines[line - 1][edit.column - 1 : edit.end_column - 1].strip()
        wanted = texts.get(line)
        if written == wanted:
            continue  # it stands in another column
        if wanted is None:
            message = f"the annotation `{written}` speaks of no layer"
        elif written:
            message = f"the annotation says `{written}`, and it is `{wanted}`"
        else:
            message = f"the annotation `{wanted}` is missing"
        text = document.lines[line - 1]
        start = len(text) - len(text.lstrip())
        if written:
            start = text.index(written, edit.column - 1)
        span = Span(document.file, line, start + 1, edit.end_column)
        findings.append(error("SC514", message, span, help=Fix(help, (edit,), safe=True)))
    return findings


def _list_entries(report: Report) -> Iterator[tuple[int, Entry]]:
    """The entries of a file, those of its blocks included, each with the number of the list it stands in."""
    document = report.spec.document
    waiting, seen = [report.spec], 0
    while waiting:
        spec = waiting.pop()
        if spec.document is document:
            for entry in spec.entries:
                yield seen, entry
            seen += 1
            waiting += [block for block in spec.blocks.values() if block is not None]


def _collect_uses(walked: Walk) -> dict[int, list[_Use]]:
    """How each entry is used, by its id: once for each graph that it stands in, one that is used twice once."""
    uses: dict[int, list[_Use]] = {}
    seen: set[int] = set()
    waiting = [walked]
    while waiting:
        walk = waiting.pop()
        rounds: dict[int, list[Row]] = {}
        failed: set[int] = set()
        for node, inferred in zip(walk.graph.nodes, walk.results, strict=False):
            if node.entry is None:
                continue
            if inferred is None:
                failed.add(id(node.entry))
                continue
            rounds.setdefault(id(node.entry), []).append(Row(walk, node, inferred))
            waiting += _list_walks(inferred, seen)
        for key, rows in rounds.items():
            if key not in failed:
                use = _Use(tuple(rows[-1].shapes), tuple(row.params for row in rows))
                uses.setdefault(key, []).append(use)
    return uses


def _list_walks(inferred: Inferred, seen: set[int]) -> list[Walk]:
    """The walks of blocks right within a layer, that were not seen yet."""
    walks = []
    waiting = [inferred]
    while waiting:
        layer = waiting.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        if layer.walk is not None:
            walks.append(layer.walk)
        else:
            waiting += [part.inferred for part in layer.inner]
    return walks


def _write_text(entries: list[list[_Use]]) -> str:
    """The comment of a line, from the uses of each entry on it: the last one's shapes, and the parameters of all."""
    return f"# {_write_shapes(entries[-1])}  {_write_count(entries)}"


def _write_shapes(uses: list[_Use]) -> str:
    """The shapes of an entry; where it is used in several ways, a range or `...` in the place of what differs."""
    alike = {tuple(map(len, use.shapes)) for use in uses}
    if len(alike) > 1:
        return "..."
    columns = list(zip(*(use.shapes for use in uses), strict=True))
    texts = [_merge_shapes(shapes) for shapes in columns[:_MAX_SHAPES]]
    return ", ".join(texts + ["..."] * (len(columns) > _MAX_SHAPES))


def _merge_shapes(shapes: tuple[Shape, ...]) -> str:
    if len({str(shape) for shape in shapes}) == 1:
        return str(shapes[0])
    sizes = [_merge(axis, lambda size: str(Shape((size,)))[1:-2]) for axis in zip(*shapes, strict=True)]
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"


def _merge(sizes: Iterable[Size], write: Callable[[Size], str]) -> str:
    """Sizes as one text: what they all are, from the least to the most, or `...` where that cannot be told."""
    texts = {write(size): size for size in sizes}
    if len(texts) == 1:
        return next(iter(texts))
    numbers = [size for size in texts.values() if isinstance(size, int)]
    if len(numbers) < len(texts):
        return "..."
    return f"{write(min(numbers))}..{write(max(numbers))}"


def _write_count(entries: list[list[_Use]]) -> str:
    """`140 params`, `12 x 140 params` of equal rounds, `140..280 params` of several uses."""
    first = entries[0][0].params
    if len(entries) == len(entries[0]) == 1 and len(first) > 1 and len(set(first)) == 1 and first[0] != 0:
        return f"{len(first)} x {_write_params(count_text(first[0]))}"
    totals = [[add_up(use.params) for use in uses] for uses in entries]
    sums: list[Size] = [add_up(of_entry[0] for of_entry in totals)]
    if any(len(set(of_entry)) > 1 for of_entry in totals):
        if not all(isinstance(total, int) for of_entry in totals for total in of_entry):
            return "... params"
        sums = [add_up(map(min, totals)), add_up(map(max, totals))]  # type: ignore[arg-type]
    return _write_params(_merge(sums, count_text))


def _write_params(count: str) -> str:
    if len(count) > _MAX_COUNT:
        count = "..."
    return f"{count} param{'' if count == '1' else 's'}"


def _compare(report: Report) -> Iterator[tuple[int, Edit]]:
    """The lines whose annotation is not as it should be, each with the edit that makes it so."""
    page = _Page(report.spec.document)
    annotations = [note for note in list_annotations(report) if page.takes_comment(note.line)]
    columns: dict[int, int] = {}
    for note in annotations:
        if page.find_end(note.line) <= MAX_WIDTH:
            columns[note.group] = max(columns.get(note.group, 0), page.find_end(note.line))
    texts = {
        note.line: " " * (max(columns.get(note.group, 0) - page.find_end(note.line), 0) + _GAP) + note.text
        for note in annotations
    }
    for line in sorted({*texts, *page.comments}):
        edit = page.edit(line, texts.get(line, ""))
        if edit is not None:
            yield line, edit


class _Page:
    """The lines of a document, counted from 1, and the annotations at their ends: where each begins and ends."""

    def __init__(self, document: Document) -> None:
        self.document = document
        scalars = list_scalars(read_spots(document.text))
        self.starts = [
            (spot.start.line + 1, 0) if spot.style in ("|", ">") else (spot.start.line, spot.start.column)
            for spot in scalars
        ]
        self.ends = [(spot.end.line, spot.end.column) for spot in scalars]
        self.comments: dict[int, tuple[int, int]] = {}
        for number, line in enumerate(document.lines):
            start, end = _find_comment(line) if " param" in line else (0, 0)
            if end and not self.is_in_scalar(number, line.index("#", start)):
                self.comments[number + 1] = (start, end)

    def is_in_scalar(self, line: int, column: int) -> bool:
        """Whether a place, both counted from 0, is within the text of a scalar, where no comment can stand."""
        before = bisect_right(self.starts, (line, column)) - 1
        return before >= 0 and (line, column) < self.ends[before]

    def find_end(self, line: int) -> int:
        """How many characters a line has without its annotation, and without spaces at its end."""
        text = self.document.lines[line - 1]
        return self.comments[line][0] if line in self.comments else len(text.rstrip(" \t"))

    def takes_comment(self, line: int) -> bool:
        """Whether a comment can be put at the end of a line."""
        return not self.is_in_scalar(line - 1, self.find_end(line))

    def edit(self, line: int, text: str) -> Edit | None:
        """The edit that puts a text in place of a line's annotation, spaces included; None where it stands there."""
        start, end = self.comments.get(line) or (self.find_end(line), self.find_end(line))
        if self.document.lines[line - 1][start:end] == text:
            return None
        return Edit(self.document.file, line, start + 1, line, end + 1, text)


def _find_comment(line: str) -> tuple[int, int]:
    """Where the annotation at the end of a line begins and ends, spaces before it included; two zeros without one."""
    start = end = len(line.rstrip(" \t"))
    for comment in reversed(list(_COMMENT.finditer(line))):
        if comment.end() != start:
            break
        start = comment.start()
    return (start, end) if start < end else (0, 0)
