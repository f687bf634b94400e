"""Changes of a file that do what a help says: where nodes begin and end, and the text to put in their place."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.diagnostics import Edit
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from shapecalc.document.nodes import Document, Node

_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_BRACKETS = {"{": "}", "[": "]"}


class Place(NamedTuple):
    """A stretch of text from one character up to another, lines and columns counted from 1."""

    line: int
    column: int
    end_line: int
    end_column: int


def locate(document: Document, node: Node) -> Place:
    """The place of a node, from its first character to its last."""
    if isinstance(node, ScalarNode):
        start: Any = node.start_mark
        end: Any = node.end_mark
        return Place(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
    line, column = node.start.line + 1, node.start.column + 1
    if document.lines[line - 1][column - 1 : column] in _BRACKETS:
        return Place(line, column, *_find_closing(document.lines, line, column))
    if not (node.keys if isinstance(node, MappingNode) else node.items):  # all that stood in it was refused
        return Place(line, column, line, column)
    last = node.fields[node.keys[-1].value] if isinstance(node, MappingNode) else node.items[-1]
    if isinstance(node, MappingNode):
        first = locate(document, node.keys[0])
        line, column = first.line, first.column
    return Place(line, column, *locate(document, last)[2:])


def replace_node(document: Document, node: Node, text: str, *, last: Node | None = None) -> Edit:
    """An edit that puts a text in place of a node, or of all from one node to the end of another."""
    start = locate(document, node)
    end = start if last is None else locate(document, last)
    if (end.end_line, end.end_column) < (start.end_line, start.end_column):
        end = _locate_alias(document, start)
    if end[:2] == end[2:]:  # there is nothing yet after the sign, or after a key without one
        sign = document.lines[start.line - 1][: start.column - 1][-1:]
        text = f" {text}" if sign in (":", "-") else f": {text}" if sign.isalnum() else text
    return Edit(document.file, start.line, start.column, end.end_line, end.end_column, text)


def _locate_alias(document: Document, key: Place) -> Place:
    """The place of the alias that stands as the value of a key: its node is where the anchor is."""
    alias = re.match(r"\s*:\s+\*[^\s,{}\[\]]+", document.lines[key.end_line - 1][key.end_column - 1 :])
    return key._replace(end_column=key.end_column + alias.end()) if alias else key


def replace_between(document: Document, start: Any, end: Any, text: str) -> Edit:
    """An edit that puts a text in place of what stands between two marks of the parser."""
    return Edit(document.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1, text)


def replace_pair(document: Document, key: ScalarNode, value: Node | None, text: str) -> Edit:
    """An edit that puts `Type: {arguments}` in place of a key and its value or a key alone; in braces as a value."""
    if value is None:
        mark: Any = key.start_mark
        before = document.lines[mark.line][: mark.column].rstrip()
        if before.endswith(":") and ": " in text:
            text = f"{{{text}}}"
    edit = replace_node(document, key, text, last=value)
    rest = document.lines[edit.end_line - 1][edit.end_column - 1 :]
    colon = re.match(r"\s*:(?=\s|$)", rest)
    if colon:  # after a key whose value is null
        return edit._replace(end_column=edit.end_column + colon.end()) if ": " in text else edit
    if value is not None and ":" not in text:
        text += ": {}" if rest.strip() else ":"
    return edit._replace(text=text)


def write_merged(document: Document, mapping: MappingNode, key: ScalarNode) -> tuple[Edit, ...]:
    """Edits that write out what a merge key, `<<: *name`, brings; none where a value takes more than one line."""
    value = mapping.fields.get(key.value)
    own = {event.value for event in mapping.keys}
    pairs: dict[str, str] = {}
    for source in value.items if isinstance(value, SequenceNode) else [value]:
        for event in source.keys if isinstance(source, MappingNode) else ():
            place = locate(document, source.fields[event.value])  # type: ignore[union-attr]  # as above
            if place.line != place.end_line or place[:2] < locate(document, event)[:2]:
                return ()
            text = document.lines[place.line - 1][place.column - 1 : place.end_column - 1]
            if event.value not in own:
                pairs.setdefault(str(event.value), text)
    edit = replace_node(document, key, "", last=value)
    in_braces = document.lines[mapping.start.line][mapping.start.column : mapping.start.column + 1] == "{"
    joint = ", " if in_braces else "\n" + " " * (edit.column - 1)
    written = joint.join(f"{name}: {text}" for name, text in pairs.items())
    return (edit._replace(text=written),) if written and edit.end_column > edit.column + 2 else ()


def unindent_fields(document: Document, root: MappingNode) -> tuple[Edit, ...]:
    """Edits that take the only key of a mapping away, and the indentation of the lines below it."""
    key, value = root.keys[0], root.fields[root.keys[0].value]
    top, value_place = locate(document, key), locate(document, value)
    if value_place.line == top.line:
        return ()
    edits = [Edit(document.file, top.line, top.column, top.line + 1, 1, "")]
    depth = value_place.column - 1
    for number in range(top.line + 1, value_place.end_line + 1):
        text = document.lines[number - 1]
        take = min(depth, len(text) - len(text.lstrip(" ")))
        edits.append(Edit(document.file, number, 1, number, take + 1, ""))
    return tuple(edits)


def insert_line(document: Document, line: int, text: str) -> Edit:
    """An edit that puts a line in front of another."""
    return Edit(document.file, line, 1, line, 1, text + "\n")


def remove_field(document: Document, mapping: MappingNode, key: ScalarNode) -> Edit:
    """An edit that deletes a key and its value, with the comma or the line that they leave."""
    edit = replace_node(document, key, "", last=mapping.fields[key.value])
    lines = document.lines
    opening = lines[mapping.start.line][mapping.start.column : mapping.start.column + 1]
    if opening == "{":
        comma = re.match(r"\s*,\s*", lines[edit.end_line - 1][edit.end_column - 1 :])
        if comma:
            return edit._replace(end_column=edit.end_column + comma.end())
        before = re.search(r"\s*,\s*\Z", lines[edit.line - 1][: edit.column - 1])
        return edit._replace(column=edit.column - len(before[0])) if before else edit
    if not lines[edit.line - 1][: edit.column - 1].strip():
        return edit._replace(column=1, end_line=edit.end_line + 1, end_column=1)
    return edit


def _find_closing(lines: list[str], line: int, column: int) -> tuple[int, int]:
    """Line and column after the bracket that closes the one at a line and column."""
    depth, quote = 0, ""
    for number in range(line - 1, len(lines)):
        text = lines[number]
        position = column - 1 if number == line - 1 else 0
        while position < len(text):
            character = text[position]
            if quote:
                quote = "" if character == quote else quote
            elif character in "\"'" and text[:position].rstrip()[-1:] in ("", "{", "[", ",", ":"):
                quote = character
            elif character == "#" and text[:position][-1:] in ("", " "):
                break
            else:
                depth += (character in "{[") - (character in "}]")
                if not depth:
                    return number + 1, position + 2
            position += 1
    return len(lines), len(lines[-1]) + 1


class TextEdits:
    """Edits of one document, made by the positions of characters in its text."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.edits: list[Edit] = []
        self._starts = [0, *(match.end() for match in _LINE_BREAK.finditer(document.text))]

    def replace(self, start: int, end: int, text: str) -> None:
        """Adds the edit that puts a text in place of what stands from one position to another."""
        line, column = self.locate(start)
        self.edits.append(Edit(self.document.file, line, column, *self.locate(end), text))

    def locate(self, position: int) -> tuple[int, int]:
        """The line and the column of a position, counted from 1."""
        line = bisect_right(self._starts, position)
        return line, position - self._starts[line - 1] + 1

    def find_line_end(self, position: int) -> int:
        """The position of the end of the line that a position is in, before its line break."""
        line = self.locate(position)[0]
        return self._starts[line - 1] + len(self.document.lines[line - 1])
