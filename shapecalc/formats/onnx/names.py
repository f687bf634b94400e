"""Which tensors the nodes of a graph read, those within their subgraphs among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapecalc.formats.onnx.messages import Graph, Node


def list_subgraphs(node: Node) -> Iterator[Graph]:
    """The graphs that are attributes of a node."""
    for attribute in node.attribute:
        if attribute.g is not None:
            yield attribute.g
        yield from attribute.graphs


def list_read(node: Node) -> list[str]:
    """The names that a node reads, in order: what it is fed, then what its subgraphs take from around them."""
    names = [name for name in node.input if name]
    for graph in list_subgraphs(node):
        names += list_captured(graph)
    return names


def list_captured(graph: Graph) -> list[str]:
    """The names that a subgraph takes from around it, each once."""
    own = {given.name for given in graph.input} | {tensor.name for tensor in graph.initializer}
    own |= {sparse.values.name for sparse in graph.sparse_initializer if sparse.values is not None}
    captured: dict[str, None] = {}
    for node in graph.node:
        captured |= dict.fromkeys(name for name in list_read(node) if name not in own)
        own.update(node.output)
    captured |= dict.fromkeys(output.name for output in graph.output if output.name not in own)
    return list(captured)


def list_needed(graph: Graph) -> list[bool]:
    """Whether each node leads to an output of the graph."""
    wanted = {output.name for output in graph.output}
    needed = []
    for node in reversed(graph.node):
        is_needed = not wanted.isdisjoint(name for name in node.output if name)
        if is_needed:
            wanted.update(list_read(node))
        needed.append(is_needed)
    return needed[::-1]


def list_operators(nodes: Sequence[Node]) -> Iterator[Node]:
    """Nodes, and those within their subgraphs."""
    for node in nodes:
        yield node
        for graph in list_subgraphs(node):
            yield from list_operators(graph.node)
