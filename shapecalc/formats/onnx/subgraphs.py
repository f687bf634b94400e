"""Graphs that are attributes of a node, as blocks that its layer holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.formats.flat_model import Input, Source
from shapecalc.formats.onnx.messages import Graph, Node
from shapecalc.formats.onnx.names import list_captured

if TYPE_CHECKING:
    from shapecalc.formats.onnx.reading import Reading


def read_subgraphs(reader: Reading, node: Node, layer: str, arguments: dict[str, Any]) -> list[Source]:
    """Puts the blocks of a node's graphs among its arguments; returns what these take from around them, in order."""
    graphs = {attribute.name: attribute.g for attribute in node.attribute if attribute.g is not None}
    if not graphs:
        return []
    names: dict[str, None] = {}
    for graph in graphs.values():
        names |= dict.fromkeys(name for name in list_captured(graph) if reader.must_be_fed(name))
    for attribute, graph in graphs.items():
        arguments[attribute] = {_read_block(reader, graph, f"{layer}_{attribute}", list(names)): None}
    if "captured" in reader.operators[node.op_type].args:
        arguments["captured"] = len(names)
    return [reader.find_source(name) for name in names]


def _read_block(outer: Reading, graph: Graph, name: str, captured: list[str]) -> str:
    """Reads a graph into a block of the model; returns the block's name. Raises Fault, WireError."""
    reader = outer.make_inner()
    for given in [*(given.name for given in graph.input), *captured]:
        plain = reader.flat.fresh(reader.flat_name(given))
        reader.flat.inputs.append(Input(plain, [], "float32"))
        reader.sources[given] = plain, 0, 0
    reader.read_inner(graph)
    blocks = reader.blocks
    plain = reader.flat_name(name, blocks)
    reader.flat.name = plain
    blocks[plain] = reader.flat
    return plain
