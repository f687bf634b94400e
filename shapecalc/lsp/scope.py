"""What `$name` reads at a place, and where sizes and loop variables are declared, told by the nodes of a spec."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.model.declarations import is_size_name

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.model.spec import Entry, ModelSpec

_NAME = re.compile(r"(?<![\w.$])[A-Za-z_]\w*")
"""A name in a shape that is one text, `(None, T, 8)`."""


def list_size_nodes(spec: ModelSpec) -> Iterator[tuple[str, ScalarNode, int]]:
    """Each place where a size is declared by name: the name, its node, and where it begins in the node's text."""
    for shape in spec.inputs.values():
        if isinstance(shape, MappingNode):
            for key in ("shape", "batch_shape"):
                yield from _list_in_shape(shape.fields.get(key))
        else:
            yield from _list_in_shape(shape)
    if isinstance(spec.batch_size, ScalarNode) and is_size_name(str(spec.batch_size.value)):
        yield str(spec.batch_size.value), spec.batch_size, 0


def _list_in_shape(node: Node | None) -> Iterator[tuple[str, ScalarNode, int]]:
    if isinstance(node, SequenceNode):
        for item in node.items:
            text = resolve(item) if isinstance(item, ScalarNode) else None
            if isinstance(item, ScalarNode) and isinstance(text, str) and is_size_name(text):
                yield text, item, 0
    elif isinstance(node, ScalarNode) and str(node.value).lstrip().startswith("(") and "$" not in str(node.value):
        for match in _NAME.finditer(str(node.value)):
            if match[0] != "None":
                yield match[0], node, match.start()


def list_variables(entry: Entry | None) -> list[ScalarNode]:
    """The keys that name the loop variables of an entry."""
    repeat = entry.wiring.fields.get("repeat") if entry is not None and entry.wiring is not None else None
    return list(repeat.keys) if isinstance(repeat, MappingNode) else []


def list_scope(spec: ModelSpec) -> dict[str, str]:
    """The names that expressions of a spec may read, each with what it is; its own come before the model's."""
    names = dict.fromkeys(spec.args, "argument")
    names |= {name: "size" for name, _, _ in list_size_nodes(spec) if name not in names}
    if spec.parent is not None:
        names |= {name: "argument of the model" for name in spec.root.args if name not in names}
    return names
