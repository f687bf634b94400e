"""Findings for a reference that leads nowhere, with what it was probably meant to be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Edit, Fix, shorten
from shapecalc.document.edits import locate
from shapecalc.document.fixes import write
from shapecalc.document.nodes import MappingNode, ScalarNode

if TYPE_CHECKING:
    from shapecalc.document.nodes import Document, SequenceNode
    from shapecalc.model.references import Names

_ABOVE = ("previous", "last", "above", "prior", "before", "-1", "")
"""What people write for the entry above."""


def suggest_reference(document: Document, node: ScalarNode, names: Names) -> Fix | None:
    """The help for a reference in another notation: several in one text, `$name`, `name[0]`, a number; else None."""
    text = str(node.value).strip()
    words = [word.strip("'\"") for word in re.split(r"\s*,\s*", text.strip("()[] ").rstrip(", "))]
    is_list = len(words) > 1 or text[:1] == "("
    if is_list and all(_leads_somewhere(word, names) for word in words):
        return write(document, node, f"[{', '.join(words)}]", "several references stand in a list: `{}`")
    bare = re.fullmatch(r"\$\{?(\w+)\}?", text)
    if bare is not None and _leads_somewhere(bare[1], names):
        return write(document, node, bare[1], "`$` reads a value: write `{}`")
    port = re.fullmatch(r"(\w+)\[(\d+)\]", text)
    if port is not None and _leads_somewhere(port[1], names):
        return write(document, node, port[1], "write `{}`, or `{}.PORT` for one of several outputs", safe=False)
    if text.lower() in _ABOVE and names.prev is not None:
        return write(document, node, "prev", "write `{}` for the entry above, or leave `from` out")
    return None


def names_within(document: Document, node: MappingNode | SequenceNode) -> Fix:
    """The help for a mapping or a list that stands where one name is wanted: where it is sole, its brackets go."""
    place = locate(document, node)
    line = document.lines[place.line - 1]
    edits: tuple[Edit, ...] = ()
    if place.line == place.end_line and line[place.column - 2 : place.column - 1] == "[":
        closing = re.match(r"\s*\]", line[place.end_column - 1 :])
        if closing:
            end = place.end_column
            edits = (
                Edit(document.file, place.line, place.column - 1, place.line, place.column, ""),
                Edit(document.file, place.line, end, place.line, end + closing.end(), ""),
            )
    if isinstance(node, MappingNode):
        pairs = [f"{key}: {value.value}" for key, value in node.fields.items() if isinstance(value, ScalarNode)]
        return Fix(f"names of outputs stand in one mapping: `{{{shorten(', '.join(pairs))}}}`", edits)
    names = [str(item.value) for item in node.items if isinstance(item, ScalarNode)]
    return Fix(f"references stand in one list: `[{shorten(', '.join(names))}]`", edits)


def _leads_somewhere(word: str, names: Names) -> bool:
    return word.partition(".")[0].partition("/")[0] in names.references or (word == "prev" and names.prev is not None)
