"""What an update of `expect` changed, and that it changed nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.document.nodes import MappingNode, ScalarNode, is_same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecalc.analysis.report import Report
    from shapecalc.document.nodes import Document, Node


def list_changes(old: Document, new: Document) -> list[str]:
    """Each expectation that was changed or added: `lstm.params 140 -> 480`, `output [5, 1]`."""
    before, after = dict(_list_values(old)), dict(_list_values(new))
    changes = []
    for path, value in after.items():
        if path not in before:
            changes.append(f"{path} {value}")
        elif before[path] != value:
            changes.append(f"{path} {before[path]} -> {value}" if before[path] else f"{path} {value}")
    return changes


def has_same_model(old: Report, new: Report) -> bool:
    """Whether two readings of a spec differ in nothing but `expect`."""
    before, after = old.spec.document.root, new.spec.document.root
    if not isinstance(before, MappingNode) or not isinstance(after, MappingNode):
        return False
    return list(_without_expect(before)) == list(_without_expect(after)) and all(
        is_same(before.fields[key], after.fields[key]) for key in _without_expect(before)
    )


def _without_expect(root: MappingNode) -> list[str]:
    return [key for key in root.fields if key != "expect"]


def _list_values(document: Document) -> Iterator[tuple[str, str]]:
    """The path of each expectation, with its value in flow style; that of a layer begins with its name."""
    root = document.root
    expect = root.fields.get("expect") if isinstance(root, MappingNode) else None
    if not isinstance(expect, MappingNode):
        return
    for key, value in expect.fields.items():
        if key == "layers" and isinstance(value, MappingNode):
            for name, layer in value.fields.items():
                yield from _list_leaves(layer, name)
        else:
            yield from _list_leaves(value, key)


def _list_leaves(node: Node, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, MappingNode):
        for key, value in node.fields.items():
            yield from _list_leaves(value, f"{path}.{key}")
    else:
        yield path, _write(node)


def _write(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return str(node.value)
    if isinstance(node, MappingNode):
        return "{...}"
    return f"[{', '.join(map(_write, node.items))}]"
