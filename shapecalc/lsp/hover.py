"""Hover: what is known of the word under the pointer, its numbers in this model first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.analysis.explain import explain_row
from shapecalc.analysis.report import find_row
from shapecalc.diagnostics import shorten
from shapecalc.diagnostics.text import markdown_code
from shapecalc.dims import Dim, size_text
from shapecalc.document.nodes import ScalarNode
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.lsp.context import find_word_end, find_word_start, read_context
from shapecalc.lsp.diagnostics import list_shown
from shapecalc.lsp.meaning import Meaning, find_meaning, find_spec
from shapecalc.lsp.names import find_entry, find_named
from shapecalc.lsp.pages import (
    EXPECT_KEYS,
    INPUT_KEYS,
    REUSE_KEYS,
    TOP_KEYS,
    WIRING_KEYS,
    argument_page,
    block_page,
    code_page,
    type_page,
)
from shapecalc.lsp.stale import map_lines
from shapecalc.render import explain
from shapecalc.render.columns import shape_text

if TYPE_CHECKING:
    from shapecalc.analysis.report import Row
    from shapecalc.inference.walk import Walk
    from shapecalc.lsp.documents import OpenFiles, Snapshot
    from shapecalc.model.spec import Entry, ModelSpec

_CODE = re.compile(r"\bSC\d{3}\b")
_SIGNS = dict.fromkeys(("entry", "entry key", "layer"), ".") | dict.fromkeys(
    ("reference", "layer name", "expect layer"), "-"
)
"""What words are made of besides letters and digits; of a path, what stands before the word counts too."""
_READ = re.compile(r"\$\{?(\w+)\Z")
_MOST_ROWS = 12
"""Of a layer that stands in the model several times, so many are listed."""
_WIDTH = 80


_PAGES = {
    "top key": TOP_KEYS,
    "block key": TOP_KEYS,
    "expect key": EXPECT_KEYS,
    "layer expect key": EXPECT_KEYS,
    "input key": INPUT_KEYS,
    "reuse key": REUSE_KEYS,
}
"""What is said of keys, by what they are."""


class Hover(NamedTuple):
    """Markdown about the text between two offsets."""

    markdown: str
    start: int
    end: int


def find_hover(files: OpenFiles, file: str, offset: int) -> Hover | None:
    """What is known of the word at an offset, and the pages of what is wrong there; None where nothing is."""
    snapshot = files.snapshot(file)
    if snapshot is None or not snapshot.is_spec:
        return None
    source = snapshot.source
    line, line_end = source.find_line_start(offset), source.find_line_end(offset)
    for match in _CODE.finditer(snapshot.text, line, line_end):
        if match.start() <= offset <= match.end() and (page := code_page(match[0])):
            return Hover(page, match.start(), match.end())
    here = [shown for shown in list_shown(snapshot) if shown.start <= offset <= shown.end]
    pages = list(dict.fromkeys(filter(None, (code_page(shown.finding.code) for shown in here))))
    found = _describe_word(files, snapshot, offset)
    if found is None:
        return Hover("\n\n".join(pages), here[0].start, here[0].end) if pages else None
    return found._replace(markdown="\n\n".join([found.markdown, *pages]))


def _describe_word(files: OpenFiles, snapshot: Snapshot, offset: int) -> Hover | None:
    """What is known of the word at an offset."""
    text = snapshot.text
    end = find_word_end(text, offset)
    context = read_context(text, end)
    meaning = find_meaning(context) if context is not None else None
    if context is None or meaning is None:
        return None
    signs = _SIGNS.get(meaning.kind, "")
    end = find_word_end(text, end, signs)
    start = max(find_word_start(text, end, signs), context.start)
    if not start <= offset or start == end:
        return None
    typed = text[context.start : end]
    word = typed.strip("\"'") if signs == "-" else text[start:end]
    value = _READ.search(typed)
    view = _find_view(files, snapshot, meaning, end)
    parts = [part for part in _list_parts(view, word, value[1] if value else "") if part]
    return Hover("\n\n".join(parts), start, end) if parts else None


class _View(NamedTuple):
    """What a word means, and the version of a file whose numbers are shown of it, if any."""

    meaning: Meaning
    snapshot: Snapshot | None

    @property
    def spec(self) -> ModelSpec | None:
        """The spec in which the word stands."""
        return find_spec(self.snapshot.spec, self.meaning.blocks) if self.snapshot is not None else None


def _find_view(files: OpenFiles, snapshot: Snapshot, meaning: Meaning, end: int) -> _View:
    """The numbers of this version, or of the last that had some, where the line is the same."""
    view = files.find_walked(snapshot.file)
    if view is None or view is snapshot:
        return _View(meaning, view)
    moved = map_lines(snapshot.source, view.source).move(end)
    context = read_context(view.text, moved) if moved is not None else None
    before = find_meaning(context) if context is not None else None
    return _View(meaning, None) if before is None else _View(before, view)


def _list_parts(view: _View, word: str, read: str) -> list[str | None]:
    """What is said of a word, or of the value that it reads: numbers in this model, then its page."""
    meaning, spec = view.meaning, view.spec
    kind = meaning.kind
    if read:
        return [_describe_value(view, read)]
    if kind in _PAGES:
        return [_PAGES[kind].get(word)]
    if kind in ("entry", "layer", "entry key"):
        page = WIRING_KEYS.get(word)
        return [page] if page is not None else _describe_type(view, word)
    if kind == "argument":
        return [_describe_argument(spec, meaning.type_name, word)]
    if kind == "argument value":
        numbers = _describe_entry(view, _find_entry(view)) if meaning.name == "name" else None
        return [numbers or argument_page(meaning.type_name, meaning.name)]
    if kind in ("call argument", "call value"):
        return [argument_page(meaning.type_name, meaning.name or word)]
    if kind in ("reference", "layer name"):
        return [_describe_name(view, word)]
    if kind == "expect layer":
        return [_describe_path(view, word)]
    if kind in ("size", "batch size", "expected value"):
        return [_describe_value(view, word)]
    return []


def _find_entry(view: _View) -> Entry | None:
    """The entry in which the word stands."""
    spec, position = view.spec, view.meaning.entry
    return find_entry(spec, position) if spec is not None and position is not None else None


def _describe_type(view: _View, word: str) -> list[str | None]:
    """An entry's numbers, and the page of its type or block."""
    numbers = _describe_entry(view, _find_entry(view)) if view.meaning.kind != "layer" else None
    block = view.spec.find_block(word) if view.spec is not None else None
    return [numbers, type_page(word) if block is None else block_page(word, block)]


def _describe_entry(view: _View, entry: Entry | None) -> str | None:
    """The derivation of an entry's numbers; where it stands in the model several times, the others in a line each."""
    rows = view.snapshot.rows.get(entry, []) if view.snapshot is not None and entry is not None else []
    if not rows:
        return None
    explained = explain_row(rows[0])
    explained.line = ""
    parts = [f"```text\n{explain.text(explained, _WIDTH)}```"]
    if len(rows) > 1:
        lines = [f"- {_summarise(row)}" for row in rows[1:_MOST_ROWS]]
        if len(rows) > _MOST_ROWS:
            lines.append(f"- and {len(rows) - _MOST_ROWS:,} more")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _summarise(row: Row) -> str:
    return f"{markdown_code(row.path + row.name)} {markdown_code(shape_text(row))} {size_text(row.params)} params"


def _describe_name(view: _View, word: str) -> str | None:
    """What a reference names."""
    spec, name = view.spec, word.partition(".")[0].partition("/")[0].partition("@")[0]
    if spec is None:
        return None
    return _describe_input(view, spec, name) if name in spec.inputs else _describe_entry(view, find_named(spec, name))


def _describe_input(view: _View, spec: ModelSpec, name: str) -> str | None:
    report = view.snapshot.report if view.snapshot is not None else None
    tensor = report.inputs.get(name) if report is not None and spec is report.spec else None
    if tensor is None:
        return f"{markdown_code(name)}: an input of the block"
    return f"{markdown_code(name)}: an input, {markdown_code(str(tensor.shape))} {tensor.dtype}"


def _describe_path(view: _View, path: str) -> str | None:
    """The layer that a path in `expect` names."""
    report = view.snapshot.report if view.snapshot is not None else None
    row = find_row(report.rows, path) if report is not None else None
    named = view.spec if row is None else None  # `mix` of a repeated entry, whose rows are `mix/0` and so on
    if named is not None:
        return _describe_name(view, path)
    return None if row is None else _describe_entry(view, row.node.entry)


def _describe_argument(spec: ModelSpec | None, type_name: str, word: str) -> str | None:
    """An argument of a type, or of a block with its default."""
    block = spec.find_block(type_name) if spec is not None else None
    if block is None or word not in block.args:
        return argument_page(type_name, word)
    default = block.args[word]
    shown = markdown_code(str(default.value)) if isinstance(default, ScalarNode) else "a list or mapping"
    return f"{markdown_code(word)}: an argument of the block {markdown_code(type_name)}, by default {shown}"


def _describe_value(view: _View, name: str) -> str | None:
    """What `$name` reads: in the model its value, in a block the value of each use."""
    spec = view.spec
    scopes = [walked.graph.scope for walked in _list_walks(view)]
    values = dict.fromkeys(shorten(_write_value(scope[name])) for scope in scopes if name in scope)
    if not values or spec is None:
        return None
    what = "argument" if name in spec.args or name in spec.root.args else "size"
    return f"{markdown_code(name)}: {what}, {', '.join(markdown_code(value) for value in list(values)[:_MOST_ROWS])}"


def _list_walks(view: _View) -> list[Walk]:
    """The walks of the spec in which the word stands: one of the model, of a block one for each use."""
    snapshot, spec = view.snapshot, view.spec
    report = snapshot.report if snapshot is not None else None
    if snapshot is None or spec is None or report is None or report.walk is None:
        return []
    if spec is report.spec:
        return [report.walk]
    walks = {id(row.walk): row.walk for entry in spec.entries for row in snapshot.rows.get(entry, ())}
    return list(walks.values())


def _write_value(value: object) -> str:
    return size_text(value) if isinstance(value, (int, Dim)) and not isinstance(value, bool) else as_yaml(value)
