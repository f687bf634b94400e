"""The usual ways out as fixes: the words of a help and the edits that do what they say, made from one value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Edit, Fix, has_rival, shorten
from shapecalc.document.edits import locate, replace_node
from shapecalc.document.nodes import MappingNode, ScalarNode

if TYPE_CHECKING:
    from shapecalc.diagnostics.errors import Refusal
    from shapecalc.document.nodes import Document, Node


def suggest(document: Document, node: Node, guess: str, candidates: Iterable[str] = ()) -> Fix:
    """`did you mean GUESS?`, put in place of a node; safe where no other candidate is as near."""
    from shapecalc.document.flow import write_flow

    word = str(getattr(node, "value", ""))
    safe = not has_rival(word, guess, candidates)
    return Fix(f"did you mean `{guess}`?", (replace_node(document, node, write_flow(guess)),), safe)


def write(document: Document, node: Node, text: str, help: str = "write `{}`", *, safe: bool = True) -> Fix:
    """A text in place of a node; `help` has `{}` where it says the text."""
    return Fix(help.replace("{}", shorten(text)), (replace_node(document, node, text),), safe)


def take_way_out(document: Document, node: Node, refusal: Refusal) -> Fix | str | None:
    """The way out of a refusal: a fix where it says what to write in place of a node or a piece of it, else words."""
    if refusal.instead is None or refusal.help is None:
        return refusal.help
    if isinstance(node, MappingNode) and refusal.wrong:
        node = next((key for key in node.keys if key.value == refusal.wrong), node)
    if isinstance(node, ScalarNode) and (refusal.wrong or refusal.offset is not None):
        edits = _replace_piece(document, node, refusal)
    else:
        edits = (replace_node(document, node, refusal.instead),)
    return Fix(refusal.help, edits, refusal.safe)


def _replace_piece(document: Document, node: ScalarNode, refusal: Refusal) -> tuple[Edit, ...]:
    """An edit of the piece of a text that is at fault; none where the text is not written on one line as it is."""
    text = str(node.value)
    start: Any = node.start_mark
    line = document.lines[start.line]
    begin = line.find(text, start.column)
    if begin < 0 or refusal.instead is None:
        return ()
    piece = text.find(refusal.wrong, refusal.offset or 0) if refusal.wrong else len(text.rstrip())
    if piece < 0:
        return ()
    column = begin + piece + 1
    return (Edit(document.file, start.line + 1, column, start.line + 1, column + len(refusal.wrong), refusal.instead),)


def add_beside(document: Document, key: ScalarNode, args: Node | None, line: str) -> tuple[Edit, ...]:
    """Edits that put a line of wiring below the type of an entry; none where that cannot be done by a line."""
    start = locate(document, key)
    dash = re.fullmatch(r"(\s*-\s+)", document.lines[start.line - 1][: start.column - 1])
    if dash is None:
        return ()
    end = start if args is None else locate(document, args)
    if (end.end_line, end.end_column) < (start.end_line, start.end_column):
        return ()  # the arguments are an alias
    rest = document.lines[end.end_line - 1][end.end_column - 1 :]
    colon = re.match(r"\s*:", rest)
    column = end.end_column + (colon.end() if colon else 0)
    lead = ":" if args is None and not colon else ""
    below = "\n" + " " * len(dash[1]) + line
    return (Edit(document.file, end.end_line, column, end.end_line, column, lead + below),)


def put_under(document: Document, node: Node, lines: str) -> tuple[Edit, ...]:
    """Edits that put a list under a key of its own, which ends `lines`, and move its items to the right.

    None where it stands behind its key on one line with more.
    """
    place = locate(document, node)
    text = document.lines[place.line - 1]
    if text[place.column - 1] == "[":
        return (Edit(document.file, *place[:2], *place[:2], f"{lines}: "),) if place.column == 1 else ()
    if text[: place.column - 1].strip():
        return ()
    indent = " " * (place.column - 1)
    above = "".join(f"{indent}{line}\n" for line in f"{lines}:".split("\n"))
    rows = range(place.line, place.end_line + 1)
    moved = [Edit(document.file, row, 1, row, 1, "  ") for row in rows if document.lines[row - 1].strip()]
    moved[0] = moved[0]._replace(text=above + "  ")
    return tuple(moved)


def loses_comment(lines: list[str], fix: Fix) -> bool:
    """Whether edits take a comment away."""
    for edit in fix.edits:
        for number in range(edit.line, min(edit.end_line, len(lines)) + 1):
            end = edit.end_column - 1 if number == edit.end_line else None
            text = lines[number - 1][edit.column - 1 if number == edit.line else 0 : end]
            if re.search(r"(?:^|\s)#", text):
                return True
    return False
