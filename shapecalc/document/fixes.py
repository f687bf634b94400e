"""The usual ways out as fixes: the words of a help and the edits that do what they say, made from one value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Edit, Fix, Refusal, has_rival, shorten
from shapecalc.document.edits import insert_line, locate, remove_field, replace_node, replace_pair
from shapecalc.document.nodes import MappingNode, ScalarNode, list_children

if TYPE_CHECKING:
    from shapecalc.document.edits import Place
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


def write_example(document: Document, node: Node, text: str, help: str = "write `{}`") -> Fix:
    """As `write`, where the text is one of many that would do."""
    return write(document, node, text, help, safe=False)._replace(example=True)


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
    return Fix(refusal.help, edits, refusal.safe, refusal.example)


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


def divide_whole(document: Document, node: Node, help: str) -> Fix:
    """The help for a quotient that is no whole number, with `//` in place of the only `/` of an expression."""
    if not isinstance(node, ScalarNode) or len(re.findall(r"(?<!/)/(?!/)", str(node.value))) != 1:
        return Fix(help, ())
    return Fix(help, _replace_piece(document, node, Refusal("", code="", instead="//", wrong="/")))


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


def find_text(node: Node, text: str) -> ScalarNode | None:
    """The scalar with a text that a node is, or holds."""
    if isinstance(node, ScalarNode):
        return node if node.value == text else None
    return next((found for child in list_children(node) if (found := find_text(child, text))), None)


def set_argument(document: Document, key: ScalarNode, args: Node | None, name: str, value: str) -> tuple[Edit, ...]:
    """Edits that give an entry, a type with its arguments, the value of one; none where the arguments are an alias."""
    start = locate(document, key)
    if args is None or (isinstance(args, ScalarNode) and not args.value):
        column = start.end_column
        colon = re.match(r"\s*:(?=\s|$)", document.lines[start.end_line - 1][column - 1 :])
        lead = "" if colon else ":"
        column += colon.end() if colon else 0
        text = f"{lead} {{{name}: {value}}}"
        before = document.lines[start.line - 1][: start.column - 1].rstrip()
        if before.endswith(":") and not colon:  # it stands as the value of a key
            opening = Edit(document.file, start.line, start.column, start.line, start.column, "{")
            return (opening, Edit(document.file, start.line, column, start.line, column, text + "}"))
        return (Edit(document.file, start.line, column, start.line, column, text),)
    place = locate(document, args)
    if not isinstance(args, MappingNode) or place[:2] < start[:2]:
        return ()
    if name in args.fields:
        return (replace_node(document, args.fields[name], value),)
    return _add_field(document, args, place, f"{name}: {value}")


def _add_field(document: Document, mapping: MappingNode, place: Place, text: str) -> tuple[Edit, ...]:
    """Edits that put a key and its value at the end of a mapping, in braces or on a line."""
    if document.lines[place.line - 1][place.column - 1 :][:1] == "{":
        row, column = place.end_line, place.end_column - 1
        before = document.lines[row - 1][: column - 1].rstrip()
        lead = "" if before.endswith(("{", ",")) else ", "
        column = len(before) + 1 if before else column
        return (Edit(document.file, row, column, row, column, f"{lead}{text}"),)
    if not mapping.keys:
        return ()
    last = locate(document, mapping.fields[mapping.keys[-1].value])
    first = locate(document, mapping.keys[-1])
    if last[:2] < first[:2]:
        return ()  # an alias
    end = len(document.lines[last.end_line - 1]) + 1
    indent = " " * (first.column - 1)
    return (Edit(document.file, last.end_line, end, last.end_line, end, f"\n{indent}{text}"),)


def leave_out(document: Document, args: Node | None, name: str) -> tuple[Edit, ...]:
    """Edits that delete an argument; none where it is not there."""
    keys = [key for key in args.keys if key.value == name] if isinstance(args, MappingNode) else []
    if not isinstance(args, MappingNode) or not keys or locate(document, args)[:2] > locate(document, keys[0])[:2]:
        return ()
    return (remove_field(document, args, keys[0]),)


def replace_type(document: Document, key: ScalarNode, args: Node | None, name: str) -> tuple[Edit, ...]:
    """Edits that put another type, without arguments but for its name, in place of an entry's."""
    named = args.fields.get("name") if isinstance(args, MappingNode) else None
    text = f"{name}: {{name: {named.value}}}" if isinstance(named, ScalarNode) else name
    return (replace_pair(document, key, args, text),)


def unwrap(document: Document, key: ScalarNode, args: Node | None, name: str) -> tuple[Edit, ...]:
    """Edits that put the layer that a wrapper holds in its place; none where the wrapper has more to it."""
    only = args.only() if isinstance(args, MappingNode) else None
    if only is None or only[0].value != name or locate(document, only[1])[:2] < locate(document, key)[:2]:
        return ()
    place = locate(document, only[1])
    if place.line != place.end_line:
        return ()
    text = document.lines[place.line - 1][place.column - 1 : place.end_column - 1]
    inner = text[1:-1].strip() if text.startswith("{") else text
    return (replace_pair(document, key, args, inner),)


def put_above(document: Document, key: ScalarNode, entry: str) -> tuple[Edit, ...]:
    """Edits that put an entry on a line above another; none where that does not begin a line."""
    start = locate(document, key)
    dash = re.fullmatch(r"(\s*)-\s+", document.lines[start.line - 1][: start.column - 1])
    return () if dash is None else (insert_line(document, start.line, f"{dash[1]}- {entry}"),)


def declare(document: Document, spec: MappingNode, line: str) -> tuple[Edit, ...]:
    """Edits that put a line with inputs in place of the one that a spec has, or above its first key."""
    key, _, shape = line.partition(": ")
    place = locate(document, spec)
    if key in spec.fields:
        return (replace_node(document, spec.fields[key], shape),)
    other = next((event for event in spec.keys if event.value in ("input", "inputs")), None)
    if other is not None:
        return (replace_pair(document, other, spec.fields[other.value], line),)
    if place.column != 1 or document.lines[place.line - 1][:1] == "{":
        return ()
    return (insert_line(document, place.line, line),)


def move_above_layers(
    document: Document, root: MappingNode, key: ScalarNode, args: Node | None, line: str
) -> tuple[Edit, ...]:
    """Edits that delete an entry and put a line with an input above the list of layers, unless the spec has inputs."""
    layers = next((event for event in root.keys if event.value == "layers"), None)
    start = locate(document, key)
    end = start if args is None else locate(document, args)
    if layers is None or not re.match(r"\s*-\s", document.lines[start.line - 1]):
        return ()
    first = locate(document, layers).line
    if first >= start.line or end.end_line < start.line:
        return ()
    edits = [] if {"input", "inputs"} & set(root.fields) else [insert_line(document, first, line)]
    return (*edits, Edit(document.file, start.line, 1, end.end_line + 1, 1, ""))


def put_under(document: Document, node: Node, lines: str) -> tuple[Edit, ...]:
    """Edits that put a list under a key of its own, which ends `lines`, and move its items to the right.

    None where it stands behind its key on one line with more.
    """
    place = locate(document, node)
    text = document.lines[place.line - 1]
    if text[place.column - 1 :][:1] == "[":
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
