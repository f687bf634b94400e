"""Long stretches of plain entries, read without libyaml.

A model that a program wrote is thousands of entries like `- Dense: {units: 64}`, or the same on two lines. Of such a
file a loop over libyaml's events takes longer than all that is made of them, and keeping them takes most of the memory.
So stretches of entries that a regular expression reads exactly as YAML does are taken out of the text, which keeps its
line breaks and a sign in the place of each, and are put back where libyaml met the sign. Wherever the two views of a
file could differ, libyaml reads all of it; the tests hold both ways to the same nodes. Measured on 10,000 layers, in
parts of a bare loop over all their events: 0.4 to nodes, where libyaml's way takes 1.5 or more.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Any, NamedTuple

import yaml
from yaml.events import ScalarEvent

from shapecalc.diagnostics import Fault
from shapecalc.model.events import MAX_EVENTS, Builder
from shapecalc.model.nodes import MANY_LINES, Document, Mapping, Node, Sequence, children

FEWEST = MANY_LINES
"""Entries that a stretch has at least."""

MOST = 250_000
"""Entries in all stretches. Beyond, as where the text may have too many events, the limits of libyaml's way decide."""

# Narrower than YAML on purpose: no sign that means something in any place, no word too long for a key or a number.
_WORD = r"[A-Za-z0-9_$.][A-Za-z0-9_$./*+-]{0,99}"
_VALUE = rf"(?:-?{_WORD}|\[-?{_WORD}(?:,[ ]-?{_WORD}){{0,99}}\])"
_PAIR = rf"{_WORD}:[ ]{_VALUE}"
_ENTRY = re.compile(
    rf"""
    ^([ ]{{0,40}})-[ ]({_WORD})                                     # indentation, less than the deepest; type
    (?: \n
      | (:) (?: [ ](\{{[ ]?)({_PAIR}(?:,[ ]{_PAIR}){{0,99}})[ ]?\}}\n  # opening brace, arguments
              | \n(\1[ ]{{3,8}})({_PAIR}\n(?:\6{_PAIR}\n){{0,99}})     # indentation of arguments, them line by line
              | \n )
        (?: \1[ ]{{2}}from:[ ]({_VALUE})\n )?
    )""",
    re.MULTILINE | re.VERBOSE,
)
_KEY = re.compile(rf"({_WORD}): ")
_FIELD = re.compile(rf"({_WORD}): ({_VALUE})")
_SIGN = "a stretch of plain lines"


class Place(NamedTuple):
    """A mark of a node that was not read by libyaml; counted from 0."""

    line: int
    column: int


class PlainScalar(ScalarEvent):
    """One word of a plain line; its marks are made when a message asks for them."""

    __slots__ = ("column", "line", "value")
    style = ""

    def __init__(self, value: str, line: int, column: int) -> None:
        self.value = value
        self.line = line
        self.column = column

    @property
    def start_mark(self) -> Any:  # type: ignore[override]
        """Of its first character."""
        return Place(self.line, self.column)

    @property
    def end_mark(self) -> Any:  # type: ignore[override]
        """Behind its last character."""
        return Place(self.line, self.column + len(self.value))


class _Unread(Mapping):
    """A mapping that is filled when first asked for what it holds."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name not in Mapping.__slots__:
            raise AttributeError(name)
        self.keys = []
        self.fields = {}
        self.fill()
        return getattr(self, name)

    def fill(self) -> None:
        """Sets `start`, and puts in what the mapping holds."""


class PlainEntry(_Unread):
    """A plain entry as a mapping: its key with the arguments, and `source`, what it says it is fed, below them."""

    __slots__ = ("arguments", "key", "last", "source")

    def __init__(self, key: PlainScalar, arguments: Node, source: str | None, last: int) -> None:
        self.key = key
        self.arguments = arguments
        self.source = source
        self.last = last

    def fill(self) -> None:
        self.start = self.key.start_mark
        self.keys.append(self.key)
        self.fields[self.key.value] = self.arguments
        if self.source is not None:
            self.keys.append(PlainScalar("from", self.last, self.key.column))
            self.fields["from"] = _value(self.source, self.last, self.key.column + len("from: "))

    def only(self) -> tuple[ScalarEvent, Node] | None:
        return (self.key, self.arguments) if self.source is None else None


def _value(text: str, line: int, column: int) -> Node:
    """A word, or a list of words."""
    if text[0] != "[":
        return PlainScalar(text, line, column)
    found = Sequence()
    found.start = Place(line, column)
    found.items = []
    column += 1
    for word in text[1:-1].split(", "):
        found.items.append(PlainScalar(word, line, column))
        column += len(word) + 2
    return found


class PlainArguments(_Unread):
    """Words or lists of words, split when first asked for; without an opening brace each stands on its own line.

    Equal texts are equal arguments, so most entries of a long model are never split.
    """

    __slots__ = ("column", "line", "opening", "written")
    written: str

    def __init__(self, written: str, opening: str, line: int, column: int) -> None:
        self.written = written
        self.opening = opening
        self.line = line
        self.column = column

    def fill(self) -> None:
        line, column = self.start = Place(self.line, self.column)
        column += len(self.opening)
        for field in _FIELD.finditer(self.written):
            key, value = field.groups()
            at = column + field.start() if self.opening else column
            self.keys.append(PlainScalar(key, line, at))
            self.fields[key] = _value(value, line, at + len(key) + 2)
            line += not self.opening

    def get(self, key: str) -> Node | None:
        """The value of a key that may be absent. One on the same line is found without splitting: most have a name."""
        if key not in self.written:
            return None
        if not self.opening:
            return self.fields.get(key)
        for field in _FIELD.finditer(self.written):
            if field[1] == key:
                return _value(field[2], self.line, self.column + len(self.opening) + field.start(2))
        return None


class Stretch(NamedTuple):
    """Entries of one list, one right under the other; `line` is where the first stands, counted from 0."""

    entries: list[re.Match[str]]
    line: int

    @property
    def start(self) -> int:
        """Where in the text it begins."""
        return self.entries[0].start()

    @property
    def end(self) -> int:
        """Where in the text what follows begins."""
        return self.entries[-1].end()


def read_stretches(document: Document) -> Node | None:
    """The root of a document with stretches; None where it has none, or where only libyaml can tell what is meant."""
    text = document.text
    if "&" in text or "!" in text:  # an alias would share the items, and count them
        return None
    if 2 * text.count(":") > MAX_EVENTS:
        return None
    stretches = find(text)
    if not stretches:
        return None
    items = [items_of(stretch) for stretch in stretches]
    try:
        root = Builder(document, without(stretches, text)).build()
    except (Fault, yaml.YAMLError, ValueError, OverflowError):
        root = None
    if root is None or not all(items) or not put_back(stretches, items, root):
        document.diagnostics.clear()
        return None
    return root


def find(text: str) -> list[Stretch]:
    """The stretches of a text, or none where they have more than `MOST` entries.

    The last entry of each is left to libyaml: what follows may belong to it.
    """
    found: list[Stretch] = []
    entries: list[re.Match[str]] = []
    width = end = done = line = 0
    left = MOST
    for match in chain(_ENTRY.finditer(text), (None,)):
        if match is None or match.start() != end or match.end(1) - end != width:
            if len(entries) > FEWEST:
                entries.pop()
                left -= len(entries)
                begin = entries[0].start()
                line += text.count("\n", done, begin)
                done = begin
                found.append(Stretch(entries, line))
            entries = []
        if match is not None:
            entries.append(match)
            if len(entries) > left + 1:
                return []
            width, end = match.end(1) - match.start(), match.end()
    return found


def items_of(stretch: Stretch) -> list[Node]:
    """The entries as nodes; none at all where one repeats a key, which libyaml's way reports."""
    items: list[Node] = []
    known: set[str] = set()
    line = stretch.line
    for match in stretch.entries:
        indent, word, colon, opening, written, deeper, lines, source = match.groups()
        column = len(indent) + 2
        key = PlainScalar(word, line, column)
        behind = column + len(word) + 1
        arguments: Node
        if colon is None:
            items.append(key)
            line += 1
            continue
        if written is not None:
            arguments = PlainArguments(written, opening, line, behind + 1)
        elif lines is not None:
            written = lines[:-1].replace("\n" + deeper, ", ")
            arguments = PlainArguments(written, "", line + 1, len(deeper))
            line += lines.count("\n")
        else:
            arguments = PlainScalar("", line, behind)
        line += 1 if source is None else 2
        items.append(PlainEntry(key, arguments, source, line - 1))
        if written is not None and written not in known:
            known.add(written)
            if _repeats_a_key(written):
                return []
        if source is not None and word == "from":
            return []
    return items


def _repeats_a_key(written: str) -> bool:
    keys = _KEY.findall(written)
    return len(set(keys)) < len(keys)


def without(stretches: list[Stretch], text: str) -> str:
    """The text with a sign and empty lines in place of each stretch, so that every other line keeps its number."""
    parts = []
    done = 0
    for stretch in stretches:
        dash = stretch.entries[0].end(1)
        parts += [text[done : dash + 2], f'"{_SIGN}"', "\n" * text.count("\n", dash, stretch.end)]
        done = stretch.end
    return "".join([*parts, text[done:]])


def put_back(stretches: list[Stretch], items: list[list[Node]], root: Node) -> bool:
    """Puts the items where their signs stand; whether every sign stood where its stretch began, in a list."""
    left = {stretch.line: own for stretch, own in zip(stretches, items, strict=True)}
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ScalarEvent):
            continue
        waiting += children(node)
        if isinstance(node, Sequence):
            for position in range(len(node.items) - 1, -1, -1):
                item = node.items[position]
                if isinstance(item, ScalarEvent) and item.value == _SIGN:
                    mark: Any = item.start_mark
                    own = left.pop(mark.line, None)
                    if own is None:
                        return False
                    node.items[position : position + 1] = own
    return not left
