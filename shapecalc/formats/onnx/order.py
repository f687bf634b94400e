"""A graph is one that can be computed: each tensor is given once, before it is used.

Some programs write nodes below those that use them, and runtimes sort them; so they are sorted here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from shapecalc.diagnostics import shorten
from shapecalc.formats.onnx.messages import Graph, Node
from shapecalc.formats.onnx.names import list_read, list_subgraphs
from shapecalc.formats.onnx.wire import WireError


def require_order(graph: Graph, around: Sequence[Collection[str]] = ()) -> None:
    """Demands that a graph can be computed node by node; `around` are the tensors of the graphs that it stands in.

    Raises WireError.
    """
    _require_distinct("input", (given.name for given in graph.input))
    _require_distinct("output", (given.name for given in graph.output))
    sparse = [tensor.values.name for tensor in graph.sparse_initializer if tensor.values is not None]
    constants = [*(tensor.name for tensor in graph.initializer), *sparse]
    _require_distinct("constant", constants)
    known = {*(given.name for given in graph.input), *constants}
    scopes = (*around, known)
    for position, node in enumerate(graph.node):
        for name in node.input:
            if name and name not in known and not any(name in scope for scope in around):
                raise WireError(_write_use(name, node, graph.node[position:]))
        for subgraph in list_subgraphs(node):
            require_order(subgraph, scopes)
        for name in node.output:
            if name in known:
                raise WireError(
                    f"the node {write_node(node)} gives the tensor `{shorten(name)}`, which is there already"
                )
            if name:
                known.add(name)


def sort_nodes(graph: Graph) -> list[Node]:
    """Puts nodes above those that use what they give, in the graphs within too; returns the nodes that had to wait.

    A graph that goes round in a circle stays as it is.
    """
    late = [node for outer in graph.node for inner in list_subgraphs(outer) for node in sort_nodes(inner)]
    givers = {name: position for position, node in enumerate(graph.node) for name in node.output if name}
    needs = [[givers[name] for name in list_read(node) if name in givers] for node in graph.node]
    order: dict[int, None] = {}
    opened: set[int] = set()
    waiting: list[int] = []
    for first in range(len(needs)):
        waiting.append(first)
        while waiting:
            position = waiting[-1]
            missing = [need for need in needs[position] if need not in order]
            if missing and position in opened:
                return late
            if missing:
                opened.add(position)
                waiting += missing[::-1]
                continue
            order[waiting.pop()] = None
    late += [graph.node[position] for position in sorted(opened)]
    for position, node in enumerate(graph.node):
        node.position = position
    graph.node = [graph.node[position] for position in order]
    return late


def _require_distinct(kind: str, names: Iterable[str]) -> None:
    """Demands that no two inputs, outputs or constants have the same name. Raises WireError."""
    known: set[str] = set()
    for name in names:
        if name in known:
            raise WireError(f"two {kind}s are called `{shorten(name)}`")
        known.add(name)


def _write_use(name: str, node: Node, later: Sequence[Node]) -> str:
    """The words for a tensor that a node uses and that none above it gives."""
    giver = next((other for other in later if name in other.output), None)
    use = f"the node {write_node(node)} uses the tensor `{shorten(name)}`, which"
    if giver is node:
        return f"{use} it gives itself"
    return f"{use} nothing gives" if giver is None else f"{use} the node {write_node(giver)} below it gives"


def write_node(node: Node) -> str:
    """A node in a message: its name, or its operator and what it gives."""
    if node.name:
        return f"`{shorten(node.name)}`"
    first = next((name for name in node.output if name), "")
    return f"`{shorten(node.op_type)}`" + (f" that gives `{shorten(first)}`" if first else "")
