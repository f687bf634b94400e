"""What changed between models, as one page: both graphs as one, the tables, and the derivations of what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.diffs.folding import Line, fold
from shapecalc.analysis.explain import explain_row
from shapecalc.diagnostics import shorten, xml
from shapecalc.page.union import unite
from shapecalc.page.union_picture import write_picture
from shapecalc.page.write import read_part
from shapecalc.render import explain
from shapecalc.render.diffs import words

if TYPE_CHECKING:
    from shapecalc.analysis.diffs.files import FileChange, FolderDiff
    from shapecalc.analysis.diffs.models import Change, Diff, Total
    from shapecalc.analysis.numeric import OutputPair
    from shapecalc.analysis.report import Row

_LONGEST = 300
"""Characters of a name, and of what is said of one difference."""
_LEGEND = """\
<ul class="legend quiet" aria-label="Signs">
<li><span class="added">+</span>added</li>
<li><span class="removed">-</span>removed, where it was; its arrows are dashed</li>
<li><span class="changed">~</span>changed</li>
<li><span class="equal">&nbsp;</span>as it was</li>
</ul>
"""


def write_file_page(change: FileChange, numbers: Sequence[OutputPair] | None, unfold: bool = False) -> str:
    """The page of what became of one file."""
    if change.diff is None:
        title = change.report.file
        parts = [_write_title(title), f"<p>{xml(words.write_change(change))}</p>\n", _write_totals(change.totals)]
        return _write_page(title, parts)
    diff = change.diff
    title = words.write_title((diff.old.file, diff.new.file), diff.settings)
    return _write_page(title, [_write_title(title), *_write_diff(diff, "", unfold), *_write_numbers(numbers)])


def write_folders_page(diff: FolderDiff, unfold: bool = False) -> str:
    """The page of what became of the files of two folders: a table of them, and a section for each that differs."""
    title = words.write_title(diff.folders, diff.settings)
    parts = [_write_title(title), f"<p>{xml(words.write_folders_verdict(diff.changes, diff.broken))}</p>\n"]
    listed = [change for change in diff.changes if change.kind != "equal"]
    if listed:
        links = [f"file{number}" for number in range(len(listed))]
        cells = (words.list_file_cells(change) for change in listed)
        kinds = (change.kind for change in listed)
        parts.append(
            _write_changes("Files", words.FILE_HEADERS, words.FILE_RIGHT, zip(kinds, links, cells, strict=True))
        )
        for link, change in zip(links, listed, strict=True):
            parts.append(f'<section id="{link}">\n<h2>{_write_name(change.path)}</h2>\n')
            if change.diff is None:
                parts += [f"<p>{xml(words.write_change(change))}</p>\n", _write_totals(change.totals)]
            else:
                parts += _write_diff(change.diff, link, unfold)
            parts.append("</section>\n")
    return _write_page(title, parts)


def _write_page(title: str, parts: Iterable[str]) -> str:
    places = {
        "TITLE": xml(shorten(title, _LONGEST)),
        "STYLE": read_part("colours.css") + read_part("changes.css"),
        "BODY": "".join(parts),
    }
    page, rest = "", read_part("changes.html")
    for name, content in places.items():  # in the order of the places, so that none is looked for in what is put in
        before, _, rest = rest.partition(name)
        page += before + content
    return page + rest


def _write_title(text: str) -> str:
    return f"<h1>{_write_name(text)}</h1>\n"


def _write_name(text: str) -> str:
    """A text from a file: clean, and apart from what is around it, in whichever direction it is read."""
    return f"<bdi>{xml(shorten(text, _LONGEST))}</bdi>"


def _write_diff(diff: Diff, prefix: str, unfold: bool) -> Iterator[str]:
    """The verdict, the totals, the picture, the table of layers, and their derivations; `prefix` begins every link."""
    yield f"<p>{xml(words.write_verdict(diff))}</p>\n"
    yield _write_totals(diff.totals)
    lines = fold(diff, unfold)
    links = [f"{prefix}layer{number}" for number in range(len(lines))]
    told = {id(member): link for line, link in zip(lines, links, strict=True) for member in line.members}
    if diff.differs:
        union = unite(diff)
        found = {
            key: next((told[id(change)] for change in changes if id(change) in told), None)
            for key, changes in union.changes.items()
        }
        targets = {key: link for key, link in found.items() if link is not None}
        yield f"<h3>Graph</h3>\n{_LEGEND}"
        yield _write_region("Graph", write_picture(union, targets))
    if lines:
        yield "<h3>Layers</h3>\n"
        cells = (words.list_cells(line) for line in lines)
        kinds = (line.kind for line in lines)
        yield _write_changes("Layers that differ", words.HEADERS, words.RIGHT, zip(kinds, links, cells, strict=True))
    if diff.outputs:
        yield f"<ul>\n{''.join(f'<li>{_write_name(text)}</li>' + chr(10) for text in diff.outputs)}</ul>\n"
    if diff.differs:
        yield f'<p class="quiet">{xml(words.FOOTER)}</p>\n'
    if lines:
        yield "<h3>Derivations</h3>\n"
        for line, link in zip(lines, links, strict=True):
            yield from _write_derivations(line, link)


def _write_totals(totals: Sequence[Total]) -> str:
    head, *rows = words.list_total_cells(totals)
    cells = (("equal", map(_write_name, row)) for row in rows)
    return _write_table("Totals", head, (False, True, True, True), cells)


def _write_changes(
    caption: str, head: Sequence[str], right: Sequence[bool], rows: Iterable[tuple[str, str, Sequence[str]]]
) -> str:
    """A table of what changed: of each row its kind, the link to where more is told of it, and its texts."""
    linked = (
        (
            kind,
            (
                f'<span class="sign">{sign}</span>',
                f'<a href="#{link}">{_write_name(name)}</a>',
                *map(_write_lines, texts),
            ),
        )
        for kind, link, (sign, name, *texts) in rows
    )
    return _write_table(caption, ("Sign", *head[1:]), right, linked)


def _write_table(
    caption: str, head: Sequence[str], right: Sequence[bool], rows: Iterable[tuple[str, Iterable[str]]]
) -> str:
    """A table that scrolls by itself; of each row its kind, and cells that are HTML already."""
    sides = [' class="number"' if side else "" for side in right]
    titles = [f'<th scope="col"{side}>{xml(title)}</th>' for title, side in zip(head, sides, strict=True)]
    body = []
    for kind, cells in rows:
        style = "changed" if kind == "renamed" else kind
        texts = [f"<td{side}>{cell}</td>" for cell, side in zip(cells, sides, strict=True)]
        body.append(f'<tr class="{style}">{"".join(texts)}</tr>\n')
    start = f"<table>\n<caption>{caption}</caption>\n<thead><tr>{''.join(titles)}</tr></thead>\n<tbody>\n"
    return _write_region(caption, f"{start}{''.join(body)}</tbody>\n</table>\n")


def _write_region(label: str, content: str) -> str:
    """A part that is scrolled where there is no room for it, also by keys."""
    return f'<div class="scroll" role="region" aria-label="{label}" tabindex="0">\n{content}</div>\n'


def _write_lines(text: str) -> str:
    return "<br>".join(map(_write_name, text.split("\n"))) if text else ""


def _write_derivations(line: Line, link: str) -> Iterator[str]:
    """What a line stands for, to be opened: each way in which its numbers came and come about, and of which layers."""
    style = "changed" if line.kind == "renamed" else line.kind
    sign, name, *_ = words.list_cells(line)
    head = f'<span class="sign {style}">{sign}</span> {_write_name(name)}'
    yield f'<details><summary>{head}</summary>\n<div id="{link}">\n'
    for changes in _group_alike(line):
        names = [change.row.path + change.row.name for change in changes]
        if len(names) > 1 or len(line.members) > 1:
            yield f"<p>{', '.join(map(_write_name, names))}</p>\n"
        yield '<div class="sides">\n'
        for title, row in (("Before", changes[0].old), ("After", changes[0].new)):
            if row is not None:
                yield f'<div><h4>{title}</h4>\n<pre tabindex="0">{_explain(row)}</pre></div>\n'
        yield "</div>\n"
    yield "</div>\n</details>\n"


def _group_alike(line: Line) -> Iterable[list[Change]]:
    """The layers of a line, those of the same call before and after together."""
    groups: dict[tuple[Any, ...], list[Change]] = {}
    for change in line.members:
        if change.within is None or len(line.members) == 1:
            sides = (
                None if row is None else (id(row.inferred), id(row.node.layer)) for row in (change.old, change.new)
            )
            groups.setdefault(tuple(sides), []).append(change)
    return groups.values()


def _explain(row: Row) -> str:
    """The derivation of a layer, as in a terminal."""
    return escape(explain.text(explain_row(row)))


def _write_numbers(numbers: Sequence[OutputPair] | None) -> Iterator[str]:
    """How far the outputs of a run are apart."""
    if numbers is not None:
        head, *lines = words.write_numbers(numbers)
        yield f"<h3>{xml(head)}</h3>\n<ul>\n{''.join(f'<li>{_write_name(text)}</li>' for text in lines)}</ul>\n"
