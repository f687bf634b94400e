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
from shapecalc.lsp.context import find_word_end, read_context
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
    from shapecalc.lsp.context import Context
    from shapecalc.lsp.documents import OpenFiles, Snapshot
    from shapecalc.model.spec import Entry, ModelSpec

_CODE = re.compile(r"\bSC\d{3}\b")
_WORD = re.compile(r"[\w./*@-]*\Z")
_NAME = re.compile(r"\$\{?(\w+)\Z")
_MOST_ROWS = 12
"""Of a layer that stands in the model several times, so many are listed."""
_WIDTH = 80


class Hover(NamedTuple):
    """Markdown about the text between two offsets."""

    markdown: str
    start: int
    end: int


def find_hover(files: OpenFiles, file: str, offset: int) -> Hover | None:
    """What is known of the word at an offset; None where nothing is."""
    snapshot = files.snapshot(file)
    if snapshot is None or not snapshot.is_spec:
        return None
    text = snapshot.text
    line = snapshot.source.find_line_start(offset)
    for match in _CODE.finditer(text, line, snapshot.source.find_line_end(offset)):
        if match.start() <= offset <= match.end() and (page := code_page(match[0])):
            return Hover(page, match.start(), match.end())
    end = find_word_end(text, offset)
    context = read_context(text, end)
    meaning = find_meaning(context) if context is not None else None
    if context is None or meaning is None:
        return None
    words = _WORD.search(context.word)
    start = end - len(words[0] if words else "")
    word = text[start:end]
    if not word or not start <= offset:
        return None
    parts = [part for part in _list_parts(files, snapshot, context, meaning, word, end) if part]
    return Hover("\n\n".join(parts), start, end) if parts else None


def _list_parts(
    files: OpenFiles, snapshot: Snapshot, context: Context, meaning: Meaning, word: str, end: int
) -> list[str | None]:
    """What is said of a word: numbers in this model, then its page."""
    kind = meaning.kind
    view = _find_view(files, snapshot, end)
    spec = find_spec(view.snapshot.spec, meaning.blocks) if view is not None else None
    if name := _NAME.search(context.word):
        return [_describe_value(view, meaning, spec, name[1])]
    if kind == "top key" or kind == "block key":
        return [TOP_KEYS.get(word)]
    if kind == "entry key":
        return [WIRING_KEYS.get(word), *([] if word in WIRING_KEYS else _describe_type(view, meaning, spec, word))]
    if kind in ("entry", "layer"):
        return [WIRING_KEYS.get(word)] if word == "reuse" else _describe_type(view, meaning, spec, word)
    if kind == "argument":
        return [_describe_argument(spec, meaning.type_name, word)]
    if kind == "argument value":
        numbers = _describe_entry(view, _find_entry(spec, meaning)) if meaning.name == "name" else None
        return [numbers or argument_page(meaning.type_name, meaning.name)]
    if kind in ("call argument", "call value"):
        return [argument_page(meaning.type_name, meaning.name or word)]
    if kind in ("reference", "layer name"):
        return [_describe_name(view, spec, word)]
    if kind == "expect layer":
        return [_describe_path(view, word)]
    if kind in ("expect key", "layer expect key"):
        return [EXPECT_KEYS.get(word)]
    if kind == "input key":
        return [INPUT_KEYS.get(word)]
    if kind == "reuse key":
        return [REUSE_KEYS.get(word)]
    if kind in ("size", "batch size"):
        return [_describe_value(view, meaning, spec, word)]
    return []


class _View(NamedTuple):
    """The version of a file whose numbers are shown, and where the word ends in it."""

    snapshot: Snapshot
    end: int


def _find_view(files: OpenFiles, snapshot: Snapshot, end: int) -> _View | None:
    """The version of a file to take numbers from: this one, or the last sound one where the line is the same."""
    view = files.find_walked(snapshot.file)
    if view is None or view is snapshot:
        return None if view is None else _View(view, end)
    moved = map_lines(snapshot.source, view.source).move(end)
    return None if moved is None else _View(view, moved)


def _find_entry(spec: ModelSpec | None, meaning: Meaning) -> Entry | None:
    """The entry of a spec in which a word stands."""
    return find_entry(spec, meaning.entry) if spec is not None and meaning.entry is not None else None


def _describe_type(view: _View | None, meaning: Meaning, spec: ModelSpec | None, word: str) -> list[str | None]:
    """An entry's numbers, and the page of its type or block."""
    numbers = _describe_entry(view, _find_entry(spec, meaning)) if meaning.kind != "layer" else None
    block = spec.find_block(word) if spec is not None else None
    return [numbers, type_page(word) if block is None else block_page(word, block)]


def _describe_entry(view: _View | None, entry: Entry | None) -> str | None:
    """The derivation of an entry's numbers; where it stands in the model several times, the others in a line each."""
    rows = view.snapshot.rows.get(entry, []) if view is not None and entry is not None else []
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


def _describe_name(view: _View | None, spec: ModelSpec | None, word: str) -> str | None:
    """What a reference names."""
    name = word.partition(".")[0].partition("/")[0].partition("@")[0]
    if view is None or spec is None:
        return None
    if name in spec.inputs:
        return _describe_input(view, spec, name)
    return _describe_entry(view, find_named(spec, name))


def _describe_input(view: _View, spec: ModelSpec, name: str) -> str | None:
    report = view.snapshot.report
    tensor = report.inputs.get(name) if report is not None and spec is report.spec else None
    if tensor is None:
        return f"{markdown_code(name)}: an input of the block"
    return f"{markdown_code(name)}: an input, {markdown_code(str(tensor.shape))} {tensor.dtype}"


def _describe_path(view: _View | None, path: str) -> str | None:
    """The layer that a path in `expect` names."""
    report = view.snapshot.report if view is not None else None
    row = find_row(report.rows, path) if report is not None else None
    return None if row is None else _describe_entry(view, row.node.entry)


def _describe_argument(spec: ModelSpec | None, type_name: str, word: str) -> str | None:
    """An argument of a type, or of a block with its default."""
    block = spec.find_block(type_name) if spec is not None else None
    if block is None or word not in block.args:
        return argument_page(type_name, word)
    default = block.args[word]
    shown = markdown_code(str(default.value)) if isinstance(default, ScalarNode) else "a list or mapping"
    return f"{markdown_code(word)}: an argument of the block {markdown_code(type_name)}, by default {shown}"


def _describe_value(view: _View | None, meaning: Meaning, spec: ModelSpec | None, name: str) -> str | None:
    """What `$name` reads: in the model its value, in a block the value of each use."""
    walks = _list_walks(view, spec)
    values = dict.fromkeys(
        shorten(_write_value(walked.graph.scope[name])) for walked in walks if name in walked.graph.scope
    )
    if not values:
        return None
    what = "size" if spec is not None and name not in spec.args and name not in spec.root.args else "argument"
    return f"{markdown_code(name)}: {what}, {', '.join(markdown_code(value) for value in list(values)[:_MOST_ROWS])}"


def _list_walks(view: _View | None, spec: ModelSpec | None) -> list[Walk]:
    """The walks of a spec: one of the model, of a block one for each use."""
    if view is None or spec is None or view.snapshot.report is None or view.snapshot.report.walk is None:
        return []
    if spec is view.snapshot.report.spec:
        return [view.snapshot.report.walk]
    rows = view.snapshot.rows
    walks = {id(row.walk): row.walk for entry in spec.entries for row in rows.get(entry, ())}
    return list(walks.values())


def _write_value(value: object) -> str:
    return size_text(value) if isinstance(value, (int, Dim)) and not isinstance(value, bool) else as_yaml(value)
