"""The nodes of a YAML file, which know where they stand, and what a scalar's text means."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import Any, TypeAlias

from shapecalc.diagnostics import Diagnostic, Span, split_lines

MAX_DIGITS = 1_000
COMMENT_SIGN = "shapecalc:"
"""What a text must hold so that comments are looked for that silence findings."""

Node: TypeAlias = "ScalarNode | MappingNode | SequenceNode"
Scalar: TypeAlias = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_INTEGER = re.compile(r"(?:[-+]?[0-9]+|0o([0-7]+)|0x([0-9a-fA-F]+))\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")


class ScalarNode:
    """A scalar with its text, its quotes and its marks.

    One of a file is the event of libyaml itself, which `builder.py` makes a kind of this: so it costs nothing more,
    and nothing but reading text has to import yaml, which takes longer than to infer a model.
    """

    def __init__(self, value: str, style: str | None, start_mark: Any, end_mark: Any) -> None:
        self.value = value
        self.style = style
        self.start_mark = start_mark
        self.end_mark = end_mark


class MappingNode:
    """Keys and values: `fields` by the key's text, `keys` as they stand in the file, `start` the mark of the first."""

    __slots__ = ("fields", "keys", "start")
    fields: dict[str, Node]
    keys: list[ScalarNode]
    start: Any

    def only(self) -> tuple[ScalarNode, Node] | None:
        """The key and the value of a mapping that has just one; None where it has more or none."""
        if len(self.keys) != 1:
            return None
        key = self.keys[0]
        return key, self.fields[key.value]


class SequenceNode:
    """A list of nodes; `start` is the mark of its beginning."""

    __slots__ = ("items", "start")
    items: list[Node]
    start: Any


class Document:
    """A file as nodes; `root` is None where nothing could be made of it, and `diagnostics` say why.

    Where the text was made of a file in another notation, `places` holds what each line stands for in that file. What
    blocks name as their files is relative to `folder`.
    """

    __slots__ = ("_lines", "diagnostics", "file", "folder", "places", "retracted", "root", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.folder = os.path.dirname(file)
        self.text = text
        self.root: Node | None = None
        self.diagnostics: list[Diagnostic] = []
        self.retracted: set[tuple[str, Span]] = set()
        self.places: list[str] = []
        self._lines: list[str] | None = None

    @property
    def has_expressions(self) -> bool:
        """Whether a value may be one that is computed."""
        return "$" in self.text

    @property
    def lines(self) -> list[str]:
        """The text line by line, as spans count them."""
        if self._lines is None:
            self._lines = split_lines(self.text)
        return self._lines

    def retract(self, code: str, node: Node) -> None:
        """Remove the finding with this code at a node, because another says more."""
        self.retracted.add((code, self.span(node)))

    def span(self, node: Node) -> Span:
        """Where the node stands: a scalar, a flow collection, a block mapping's first key, a block list's dash."""
        if isinstance(node, ScalarNode):
            return self.span_between(node.start_mark, node.end_mark)
        start = node.start
        if self.places:
            return self.span_between(start, start)
        line = self.lines[start.line]
        if line[start.column : start.column + 1] in ("{", "["):
            return Span(self.file, start.line + 1, start.column + 1, _find_flow_end(line, start.column) + 1)
        if isinstance(node, MappingNode) and node.keys:
            return self.span(node.keys[0])
        return Span(self.file, start.line + 1, start.column + 1, start.column + 2)

    def key_span(self, mapping: MappingNode, key: str) -> Span:
        """Where the key stands, or the mapping if it has no such key."""
        for event in mapping.keys:
            if event.value == key:
                return self.span(event)
        return self.span(mapping)

    def span_between(self, start: Any, end: Any) -> Span:
        """The span from one mark to another, cut at the end of the first line."""
        if self.places:
            return Span(self.file, 0, 0, 0, self.places[min(start.line, len(self.places) - 1)])
        column = end.column if start.line == end.line else len(self.lines[start.line].rstrip())
        return Span(self.file, start.line + 1, start.column + 1, max(column, start.column) + 1)


def list_children(node: MappingNode | SequenceNode) -> list[Node]:
    """The nodes right under this one."""
    return list(node.fields.values()) if isinstance(node, MappingNode) else node.items


def is_same(first: Node, second: Node) -> bool:
    """Whether two nodes hold the same texts, with the same quotes, in the same order, wherever they stand."""
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Any, Any]] = [(first, second)]
    while waiting:
        one, other = waiting.pop()
        if (id(one), id(other)) in seen:  # behind an alias
            continue
        seen.add((id(one), id(other)))
        if isinstance(one, ScalarNode):
            if not isinstance(other, ScalarNode) or (one.value, one.style) != (other.value, other.style):
                return False
        elif one.__class__ is not other.__class__:
            return False
        elif isinstance(one, MappingNode):
            if list(one.fields) != list(other.fields):
                return False
            waiting += zip(one.fields.values(), other.fields.values(), strict=True)
        else:
            if len(one.items) != len(other.items):
                return False
            waiting += zip(one.items, other.items, strict=True)
    return True


def resolve(scalar: ScalarNode) -> Scalar:
    """The value of a scalar by the core rules of YAML 1.2; what is quoted is text.

    `yes`, `1_000` and `12:30` are text, `0o17` is 15, `1e3` is a float.
    """
    return str(scalar.value) if scalar.style else resolve_plain(scalar.value)


@lru_cache(maxsize=16384)
def resolve_plain(text: str) -> Scalar:
    """The value of unquoted text. A number of more than `MAX_DIGITS` digits, which `read` refuses, stays text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > MAX_DIGITS or text[0] not in "+-.0123456789":
        return text
    if text.isdecimal() and text.isascii():
        return int(text)
    if integer := _INTEGER.match(text):
        octal, hexadecimal = integer.groups()
        return int(octal, 8) if octal else int(hexadecimal, 16) if hexadecimal else int(text)
    return float(text) if _FLOAT.match(text) else text


def is_number(text: str) -> bool:
    """Whether unquoted text is written as a number, however long."""
    return bool(_INTEGER.match(text) or _FLOAT.match(text))


def _find_flow_end(line: str, start: int) -> int:
    """The column after the bracket that closes the one at `start`, or the end of the line's text."""
    depth, quote, before = 0, "", "["
    for column in range(start, len(line)):
        character = line[column]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and before in "[{,:":
            quote = character
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
            if not depth:
                return column + 1
        if not character.isspace():
            before = character
    return len(line.rstrip())
