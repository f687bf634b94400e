"""Values that YAML split at a comma: inside `{}` and `[]` an unquoted `max($a, 8)` comes out in two pieces.

The pieces are put together again, so that one finding says what happened and nothing else goes wrong because of it.
A tuple, `(3, 3)`, can mean nothing else than its pieces together: no finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeGuard

from shapecalc.diagnostics import Fix, shorten
from shapecalc.document.nodes import ScalarNode

if TYPE_CHECKING:
    from shapecalc.document.nodes import Document, MappingNode, SequenceNode

Find = Callable[..., None]
_IN_TUPLE = re.compile(r"\([\w\s.,()$+*/%-]*\)")
_OF_NUMBERS = re.compile(r"\((?:[\d\s.,()+-]|None|null)*\)")
_CALL = re.compile(r"\w\s*\(")
_NO_ITEM = re.compile(r"[(,]\s*,")


class _Pieces:
    """A value with an open bracket, and the pieces after its commas, up to the one that closes it."""

    def __init__(self, first: ScalarNode) -> None:
        self.first = self.last = first
        self.depth = _count_depth(first.value)

    def take(self, piece: ScalarNode) -> bool:
        """Whether the piece belongs to this value."""
        if self.depth <= 0:
            return False
        self.last = piece
        self.depth += _count_depth(piece.value)
        return True

    def join(self, lead: str, document: Document, find: Find) -> ScalarNode:
        """The value as it was meant, and the finding that says so; a tuple needs none."""
        start: Any = self.first.start_mark
        end: Any = self.last.end_mark
        value = " ".join(document.text[start.index : end.index].split())
        whole = ScalarNode(value, None, start, end)
        # In a list `(a, b)` may be two texts; in a mapping the second would be a key without a value.
        if _is_tuple(value, _IN_TUPLE if lead else _OF_NUMBERS):
            return whole
        from shapecalc.document.edits import replace_between

        quote = "'" if '"' in value else '"'
        inside = value.replace("'", "''") if quote == "'" else value
        edit = replace_between(document, start, end, f"{quote}{inside}{quote}")
        help = Fix(f"quote it: `{lead}{quote}{shorten(inside)}{quote}`", (edit,), safe=True)
        find("SC107", f"YAML splits `{shorten(value)}` at its comma", document.span(whole), help=help)
        return whole


def _is_tuple(text: str, form: re.Pattern[str]) -> bool:
    """Whether text is one pair of parentheses around items of a form and tuples; `max(1, 2)` is a call, and none."""
    if not form.fullmatch(text) or _CALL.search(text) or _NO_ITEM.search(text):
        return False
    depth, *depths = accumulate(_count_depth(sign) for sign in text)
    return depth == 1 and depths.index(0) == len(depths) - 1


def rejoin_values(node: MappingNode, document: Document, find: Find) -> None:
    """Mend a flow mapping in which a key without colon is the rest of the value before it."""
    first = node.keys[0] if node.keys else None
    if first is not None and "(" not in first.value and not _join_value(node, first):
        return  # `{units=5, name=x}` or `{8, 3}` is another notation: nothing was split off
    kept: list[ScalarNode] = []
    lone: list[ScalarNode] = []
    splits: list[tuple[str, _Pieces]] = []
    for key in node.keys:
        value = node.fields[key.value]
        if not kept or not _is_plain(value) or value.value or _has_colon(key, value, document):
            kept.append(key)
            owned = node.fields[key.value]
            if _is_plain(owned) and _count_depth(owned.value) > 0:
                splits.append((key.value, _Pieces(owned)))
            continue
        lone.append(key)
        if not (splits and splits[-1][0] == kept[-1].value and splits[-1][1].take(key)):
            _refuse_lone(kept[-1], node.fields[kept[-1].value], key, document, find)
    if not lone:
        return
    node.keys = kept
    names = {key.value for key in kept}
    for key in lone:
        if key.value not in names:
            node.fields.pop(key.value, None)
    for name, pieces in splits:
        if pieces.last is not pieces.first:
            node.fields[name] = pieces.join(f"{shorten(name)}: ", document, find)


def rejoin_items(node: SequenceNode, document: Document, find: Find) -> None:
    """Mend a flow sequence in which an item with an open bracket was split; one that never closes is text."""
    items: list[Any] = node.items
    closings = _match_brackets(items)
    if not closings:
        return
    kept: list[Any] = []
    position = 0
    while position < len(items):
        last = closings.get(position, position)
        if last > position:
            pieces = _Pieces(items[position])
            for item in items[position + 1 : last + 1]:
                pieces.take(item)
            kept.append(pieces.join("", document, find))
        else:
            kept.append(items[position])
        position = last + 1
    node.items = kept


def _match_brackets(items: list[Any]) -> dict[int, int]:
    """For each item that opens a bracket, by position, the item that closes it; in one pass over all items."""
    closings: dict[int, int] = {}
    opened: list[tuple[int, int]] = []
    level = 0
    for position, item in enumerate(items):
        if not _is_plain(item):
            opened.clear()
            continue
        depth = _count_depth(item.value)
        if depth > 0:
            opened.append((position, level))
        level += depth
        while opened and level <= opened[-1][1]:
            closings[opened.pop()[0]] = position
    return closings


def _join_value(node: MappingNode, key: ScalarNode) -> bool:
    value = node.fields[key.value]
    return not _is_plain(value) or bool(value.value)


def _refuse_lone(owner: ScalarNode, before: object, key: ScalarNode, document: Document, find: Find) -> None:
    lone = shorten(key.value)
    way_out = f"write `{lone}: ...`"
    text = ""
    if _is_plain(before) and before.value.isdecimal() and len(lone) == 3 and lone.isdecimal():
        text = f"{before.value}{key.value}"
        way_out = f"write `{shorten(before.value)}{lone}`: inside braces a comma ends the number"
    elif _is_plain(before) and before.value and _count_depth(before.value) <= 0:
        text = f'"{before.value}, {key.value}"'
        way_out += f', or, if it belongs to `{shorten(owner.value)}`, quote `"{shorten(before.value)}, {lone}"`'
    help: str | Fix = way_out
    if text and _is_plain(before):
        help = _join_pieces(document, before, key, text, way_out)
    find("SC107", f"`{lone}` has no value", document.span(key), help=help)


def _join_pieces(document: Document, before: ScalarNode, key: ScalarNode, text: str, help: str) -> Fix:
    """The help, with a text in place of a value and the key after its comma; no edits where more stands between."""
    from shapecalc.document.edits import replace_between

    start: Any = before.end_mark
    end: Any = key.start_mark
    if document.text[start.index : end.index].strip() != "," or '"' in text[1:-1]:
        return Fix(help, ())
    return Fix(help, (replace_between(document, before.start_mark, key.end_mark, text),))


def _is_plain(node: object) -> TypeGuard[ScalarNode]:
    return isinstance(node, ScalarNode) and not node.style


def _count_depth(text: str) -> int:
    return text.count("(") - text.count(")")


def _has_colon(key: ScalarNode, value: ScalarNode, document: Document) -> bool:
    end: Any = key.end_mark
    start: Any = value.start_mark
    return ":" in document.text[end.index : start.index].partition(",")[0]
