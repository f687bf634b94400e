"""Findings for a reference that leads nowhere, with what it was probably meant to be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shapecalc.diagnostics import shorten
from shapecalc.document.nodes import MappingNode, ScalarNode

if TYPE_CHECKING:
    from shapecalc.document.nodes import SequenceNode
    from shapecalc.model.references import Names

_ABOVE = ("previous", "last", "above", "prior", "before", "-1", "")
"""What people write for the entry above."""


def suggest_reference(node: ScalarNode, names: Names) -> str | None:
    """The help for a reference in another notation: several in one text, `$name`, `name[0]`, a number; else None."""
    text = str(node.value).strip()
    words = [word.strip("'\"") for word in re.split(r"\s*,\s*", text.strip("()[] ").rstrip(", "))]
    is_list = len(words) > 1 or text[:1] == "("
    if is_list and all(_leads_somewhere(word, names) for word in words):
        return f"several references stand in a list: `[{shorten(', '.join(words))}]`"
    bare = re.fullmatch(r"\$\{?(\w+)\}?", text)
    if bare is not None and _leads_somewhere(bare[1], names):
        return f"`$` reads a value: write `{bare[1]}`"
    port = re.fullmatch(r"(\w+)\[(\d+)\]", text)
    if port is not None and _leads_somewhere(port[1], names):
        return f"write `{port[1]}`, or `{port[1]}.PORT` for one of several outputs"
    if text.lower() in _ABOVE and names.prev is not None:
        return "write `prev` for the entry above, or leave `from` out"
    return None


def names_within(node: MappingNode | SequenceNode) -> str:
    """The help for a mapping or a list that stands where one name is wanted."""
    if isinstance(node, MappingNode):
        pairs = [f"{key}: {value.value}" for key, value in node.fields.items() if isinstance(value, ScalarNode)]
        return f"names of outputs stand in one mapping: `{{{shorten(', '.join(pairs))}}}`"
    names = [str(item.value) for item in node.items if isinstance(item, ScalarNode)]
    return f"references stand in one list: `[{shorten(', '.join(names))}]`"


def _leads_somewhere(word: str, names: Names) -> bool:
    return word.partition(".")[0].partition("/")[0] in names.references or (word == "prev" and names.prev is not None)
