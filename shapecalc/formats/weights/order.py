"""The order of a model's layers in Keras, which numbers those of a class by it in files of weights."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, TypeVar

from shapecalc.layers.class_names import snake_case

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.model.graph import GraphNode

Operation = TypeVar("Operation", bound=Hashable)

MODEL = "functional"
"""The class that a block has in Keras."""


def sort_operations(operations: Sequence[Operation], feeds: Sequence[list[int]], exits: list[int]) -> list[Operation]:
    """Operations by how far they are from the outputs, and then as a search from the outputs meets them.

    A call is a place in `operations`, which says what is called there, and in `feeds`, the calls that it is fed by; it
    stands behind those. `exits` are the calls that give the outputs.
    """
    met: dict[Operation, int] = {}
    finished: dict[int, None] = {}
    for output in exits:
        stack = [(output, iter(feeds[output]))]
        met.setdefault(operations[output], len(met))
        while stack:
            call, rest = stack[-1]
            following = next((fed for fed in rest if fed not in finished), None)
            if following is None:
                finished.setdefault(call)
                stack.pop()
            else:
                met.setdefault(operations[following], len(met))
                stack.append((following, iter(feeds[following])))
    depths: dict[Operation, int] = {}
    distance: dict[int, int] = {}
    for call in reversed(finished):
        depth = max(distance.get(call, 0), depths.get(operations[call], 0))
        depths[operations[call]] = depth
        for fed in feeds[call]:
            distance[fed] = max(distance.get(fed, 0), depth + 1)
    return sorted(depths, key=lambda operation: (-depths[operation], met[operation]))


def order_nodes(walk: Walk) -> list[GraphNode]:
    """The nodes of a graph that are layers, each once, in Keras's order."""
    nodes = walk.graph.nodes
    feeds = [[source.node for source in walk.sources_of(node)] for node in nodes]
    exits = [source.node for source in walk.output_sources().values()]
    first: dict[str, GraphNode] = {}
    for node in nodes:
        first.setdefault(node.weights_of, node)
    order = sort_operations([node.weights_of for node in nodes], feeds, exits)
    return [first[name] for name in order if first[name].layer is not None and first[name].entry is not None]


def number_nodes(walk: Walk) -> list[tuple[GraphNode, str]]:
    """As `order_nodes`, each with its class and its number among those of its class: `dense`, `dense_1`."""
    counts: dict[str, int] = {}
    numbered = []
    for node in order_nodes(walk):
        name = class_of(walk, node)
        number = counts.get(name, 0)
        counts[name] = number + 1
        numbered.append((node, f"{name}_{number}" if number else name))
    return numbered


def class_of(walk: Walk, node: GraphNode) -> str:
    """What Keras makes of the name of a node's class; a block is a model."""
    inferred = walk.results[node.index]
    assert node.layer is not None
    return MODEL if inferred is not None and inferred.walk is not None else class_name(node.layer.type_name)


def class_name(type_name: str) -> str:
    """A type's name as Keras's files have it, under which two types have another class."""
    return snake_case(_CLASSES.get(type_name, type_name))


_CLASSES = {"GroupQueryAttention": "GroupedQueryAttention"}
"""The classes in Keras of types whose name is an alias of it."""
