"""The outline of a spec: its inputs, its blocks, and the layers of each, with their types and shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from shapecalc.document.edits import locate
from shapecalc.document.nodes import MappingNode
from shapecalc.lsp.names import name_entries
from shapecalc.render.columns import shape_text

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.lsp.documents import Snapshot
    from shapecalc.lsp.names import NamedEntry
    from shapecalc.model.spec import ModelSpec

Sort: TypeAlias = Literal["input", "block", "layer"]


class Item(NamedTuple):
    """One thing of a spec: `start` and `end` hold all of it, `name_start` and `name_end` what it is known by."""

    name: str
    sort: Sort
    detail: str
    start: int
    end: int
    name_start: int
    name_end: int
    items: tuple[Item, ...] = ()


def list_items(snapshot: Snapshot) -> list[Item]:
    """The outline of a file, from top to bottom."""
    spec = snapshot.spec
    return sorted(_list_in(snapshot, spec), key=lambda item: item.start) if spec is not None else []


def _list_in(snapshot: Snapshot, spec: ModelSpec) -> list[Item]:
    items = []
    for name, shape in spec.inputs.items():
        if shape is not None:
            items.append(_make_item(snapshot, name, "input", "", [shape]))
    blocks = spec.node.fields.get("blocks")
    for key in blocks.keys if isinstance(blocks, MappingNode) else ():
        name = str(key.value)
        block = spec.blocks.get(name)
        own = block is not None and block.document is snapshot.document
        whole: list[Node] = [key, block.node] if block is not None and own else [key]
        inner = _list_in(snapshot, block) if block is not None and own else []
        items.append(_make_item(snapshot, name, "block", "", whole, tuple(inner)))
    return items + [_make_layer(snapshot, named) for named in name_entries(spec)]


def _make_layer(snapshot: Snapshot, named: NamedEntry) -> Item:
    entry = named.entry
    rows = snapshot.rows.get(entry, [])
    detail = " ".join([str(entry.key.value), *([shape_text(rows[-1])] if rows else [])])
    return _make_item(
        snapshot, named.name, "layer", detail, [entry.key, *(node for node in (entry.args, entry.wiring) if node)]
    )


def _make_item(
    snapshot: Snapshot, name: str, sort: Sort, detail: str, nodes: list[Node], items: tuple[Item, ...] = ()
) -> Item:
    """An item that is known by the first of its nodes, and holds all of them and of its items."""
    document, source = snapshot.document, snapshot.source
    assert document is not None
    places = [source.find_range(locate(document, node)) for node in nodes]
    start = min([place[0] for place in places] + [item.start for item in items])
    end = max([place[1] for place in places] + [item.end for item in items])
    return Item(name, sort, detail, start, end, *places[0], items)
