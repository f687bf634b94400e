"""Where in a spec an offset lies, told by the text before it alone: indentation, dashes, keys and open brackets.

A text that is being typed is mostly no YAML. What this reads of it is rough: quotes end with their line, and a bracket
that is left open ends where a line begins further to the left than it may.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

Step: TypeAlias = str | int
"""A key of a mapping, or a position in a list."""

_KEY = re.compile(r"""(?:"([^"]*)"|'([^']*)'|([^\s"'#{}\[\],&*!|>][^"'#{}\[\],]*?))\s*:(?=\s|$)""")
_DASH = re.compile(r"-(?:[ \t]+|$)")
_PROPERTIES = re.compile(r"(?:[&!]\S*[ \t]+)+")
_BLOCK_SCALAR = re.compile(r"[|>][-+0-9]*[ \t]*(?:#.*)?$")
_LINE = re.compile("[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029]|$)")


class Context(NamedTuple):
    """A place in a spec. `path` leads from the top to the value that is typed, or to the mapping whose key is.

    `word` is what is typed of it so far, which begins at `start`. `keys` are those of each mapping on the path,
    `in_flow` says whether brackets stand around it.
    """

    path: tuple[Step, ...]
    is_key: bool
    word: str
    start: int
    keys: tuple[tuple[str, ...], ...]
    in_flow: bool

    @property
    def own_keys(self) -> tuple[str, ...]:
        """The keys of the innermost mapping."""
        return self.keys[-1] if self.keys else ()


class _Frame:
    """An open mapping or list: its current key or position. `column` is where a block's keys or dashes stand."""

    __slots__ = ("column", "is_list", "key", "keys", "position")

    def __init__(self, is_list: bool, column: int) -> None:
        self.is_list = is_list
        self.column = column
        self.key: str | None = None
        self.keys: list[str] = []
        self.position = 0

    @property
    def step(self) -> Step | None:
        return self.position if self.is_list else self.key

    def take_key(self, key: str) -> None:
        self.key = key
        self.keys.append(key)


def read_context(text: str, offset: int) -> Context | None:
    """Where an offset of a text lies; None within a comment or a text over several lines."""
    return _Reader(text[:offset]).read()


def find_word_end(text: str, offset: int, signs: str = "") -> int:
    """The end of the word that begins or goes on at an offset: letters, digits, `_` and some other signs."""
    while offset < len(text) and (text[offset].isalnum() or text[offset] in f"_{signs}"):
        offset += 1
    return offset


def find_word_start(text: str, offset: int, signs: str = "") -> int:
    """The start of the word that ends or goes on at an offset."""
    while offset and (text[offset - 1].isalnum() or text[offset - 1] in f"_{signs}"):
        offset -= 1
    return offset


class _Reader:
    """Reads a text line by line: `blocks` are the open mappings and lists, `flows` those in brackets within them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.blocks: list[_Frame] = []
        self.flows: list[_Frame] = []
        self.scalar_column = -1
        self.word_start = 0
        self.is_key = True
        self.in_comment = False

    def read(self) -> Context | None:
        """The place at the end of the text."""
        end = len(self.text)
        for match in _LINE.finditer(self.text):
            is_last = match.end() == end and (not match[0] or match[0][-1] not in "\r\n\x85\u2028\u2029")
            if self.read_line(match[0].rstrip("\r\n\x85\u2028\u2029"), match.start(), is_last):
                return None
            if is_last:
                break
        return self.make_context()

    def read_line(self, line: str, start: int, is_last: bool) -> bool:
        """Read a line that begins at an offset. Gives whether it lies in a text over several lines."""
        bare = line.lstrip(" \t")
        column = len(line) - len(bare)
        if self.scalar_column >= 0:
            if column > self.scalar_column or not bare:
                return is_last and column > self.scalar_column
            self.scalar_column = -1
        self.in_comment = False
        if bare.startswith("#"):
            self.in_comment = True
            return False
        if self.flows:
            parent = self.blocks[-1].column if self.blocks else -1
            if not bare or column > parent or bare[0] in "]}":
                self.read_flow(line, column, start)
                return False
            self.flows.clear()
        if bare or is_last:
            self.read_block(line, column, start)
        return False

    def read_block(self, line: str, column: int, start: int) -> None:
        """Read a line outside of brackets: dashes, a key, and what follows it."""
        dashed = False
        while dash := _DASH.match(line, column):
            self.open_item(column)
            column = dash.end()
            dashed = True
        key = _KEY.match(line, column)
        if key is not None:
            self.open_key(column, next(word for word in key.groups() if word is not None))
            self.is_key = False
            position = key.end()
            position += len(line[position:]) - len(line[position:].lstrip(" \t"))
            self.read_value(line, position, start)
        elif dashed:
            self.is_key = False
            self.read_value(line, column, start)
        else:
            self.begin_key(column)
            self.is_key = True
            self.word_start = start + column
            comment = _find_comment(line, column)
            self.in_comment = comment >= 0

    def open_item(self, column: int) -> None:
        """Go on to the next item of the list whose dashes stand at a column."""
        self.close(column, lists=False)
        if self.blocks and self.blocks[-1].is_list and self.blocks[-1].column == column:
            self.blocks[-1].position += 1
            return
        self.blocks.append(_Frame(True, column))

    def open_key(self, column: int, key: str) -> None:
        self.begin_key(column)
        if not self.blocks or self.blocks[-1].is_list or self.blocks[-1].column != column:
            self.blocks.append(_Frame(False, column))
        self.blocks[-1].take_key(key)

    def begin_key(self, column: int) -> None:
        """Close what ends where a key begins at a column, and open the mapping that it is in."""
        self.close(column, lists=True)
        top = self.blocks[-1] if self.blocks else None
        if top is None or top.is_list or top.column < column:
            self.blocks.append(_Frame(False, column))
        else:
            top.key = None

    def close(self, column: int, lists: bool) -> None:
        """Close the blocks further to the right than a column, and lists at it where a key stands there."""
        while self.blocks and (
            self.blocks[-1].column > column or (lists and self.blocks[-1].is_list and self.blocks[-1].column == column)
        ):
            self.blocks.pop()

    def read_value(self, line: str, position: int, start: int) -> None:
        """Read what stands after a key or a dash."""
        properties = _PROPERTIES.match(line, position)
        position = properties.end() if properties else position
        self.word_start = start + position
        rest = line[position:]
        if _BLOCK_SCALAR.match(rest):
            self.scalar_column = self.blocks[-1].column if self.blocks else 0
        elif rest[:1] in ("{", "["):
            self.read_flow(line, position, start)
        else:
            self.in_comment = _find_comment(line, position) >= 0

    def read_flow(self, line: str, position: int, start: int) -> None:
        """Read a line, or the rest of it, within brackets."""
        begun = start + position
        if self.flows and not line[:position].strip() and self.text[self.word_start : start].strip():
            begun = self.word_start  # a word goes on from the line above
        while position < len(line):
            character = line[position]
            if character in "\"'" and not self.text[begun : start + position].strip():
                closing = line.find(character, position + 1)
                if closing < 0:
                    break
                position = closing
            elif character == "#" and line[position - 1 : position] in ("", " ", "\t"):
                self.in_comment = True
                break
            elif character in "{[":
                self.flows.append(_Frame(character == "[", -1))
                begun = start + position + 1
            elif character in "}]":
                if self.flows:
                    self.flows.pop()
                begun = start + position + 1
            elif character == "," and self.flows:
                top = self.flows[-1]
                top.key = None
                top.position += 1
                begun = start + position + 1
            elif (
                character == ":" and self.flows and line[position + 1 : position + 2] in ("", " ", "\t", ",", "[", "{")
            ):
                top = self.flows[-1]
                if not top.is_list and top.key is None:
                    top.take_key(self.text[begun : start + position].strip().strip("\"'"))
                    begun = start + position + 1
            position += 1
        self.word_start = begun
        self.is_key = bool(self.flows) and not self.flows[-1].is_list and self.flows[-1].key is None

    def make_context(self) -> Context | None:
        if self.in_comment:
            return None
        frames = [*self.blocks, *self.flows]
        path: list[Step] = []
        for frame in frames:
            step = frame.step
            if step is None:
                break
            path.append(step)
        if self.is_key and frames and frames[-1].step is not None:
            path.pop()
        typed = self.text[self.word_start :]
        word = typed.lstrip()
        start = len(self.text) - len(word)
        keys = tuple(tuple(frame.keys) for frame in frames if not frame.is_list)
        return Context(tuple(path), self.is_key, word, start, keys, bool(self.flows))


def _find_comment(line: str, position: int) -> int:
    """Where a comment begins in a line after a position, quotes left out; -1 where there is none."""
    quote = ""
    for column in range(position, len(line)):
        character = line[column]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and not line[position:column].strip():
            quote = character
        elif character == "#" and (column == 0 or line[column - 1] in " \t"):
            return column
    return -1
