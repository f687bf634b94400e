"""The order of a model's layers in Keras, which numbers those of a class by it in files of weights."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from shapecalc.layers.class_names import snake_case

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer
    from shapecalc.layers.values import Inferred

Operation = TypeVar("Operation", bound=Hashable)

MODEL = "functional"
"""The class that a block has in Keras."""
_CLASSES = {
    "GroupQueryAttention": "GroupedQueryAttention", "TimeDistributedDense": "TimeDistributed", "Weight": "EinsumDense",
}  # fmt: skip
"""The classes in Keras of types that have another name there, or that another class stands in for."""


class Placed(NamedTuple):
    """A layer in a graph: its path there, and its class with its number among those of its class: `dense_1`."""

    path: str
    place: str
    layer: Layer
    inferred: Inferred


def sort_operations(operations: Sequence[Operation], feeds: Sequence[list[int]], exits: list[int]) -> list[Operation]:
    """Operations by how far they are from the outputs, and then as a search from the outputs meets them.

    A call is a place in `operations`, which says what is called there, and in `feeds`, the calls that it is fed by.
    `exits` are the calls that give the outputs.
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


def place_layers(walk: Walk, *, flat: bool = False) -> list[Placed]:
    """The layers of a graph in Keras's order; with `flat` the blocks in it are opened, as `convert` writes them."""
    calls = _Calls(flat)
    entries = [[call] for call in calls.add_inputs(walk)]
    exits = calls.add_graph(walk, "", entries)
    order = sort_operations(calls.operations, calls.feeds, exits)
    known = [(path, *calls.layers[path]) for path in order if path in calls.layers]
    names = number_names(_class_of(layer, inferred) for _, layer, inferred in known)
    return [Placed(path, place, layer, inferred) for (path, layer, inferred), place in zip(known, names, strict=True)]


def number_names(names: Iterable[str]) -> Iterator[str]:
    """Names with their number among their equals: `dense`, `dense_1`."""
    counts: dict[str, int] = {}
    for name in names:
        number = counts.get(name, 0)
        counts[name] = number + 1
        yield f"{name}_{number}" if number else name


def class_name(type_name: str) -> str:
    """The name of a type's class in Keras's files."""
    return snake_case(_CLASSES.get(type_name, type_name))


def _class_of(layer: Layer, inferred: Inferred) -> str:
    return MODEL if inferred.walk is not None else class_name(layer.type_name)


class _Calls:
    """The calls of a graph: the path of what is called, and the calls that it is fed by."""

    def __init__(self, flat: bool) -> None:
        self.flat = flat
        self.operations: list[str] = []
        self.feeds: list[list[int]] = []
        self.layers: dict[str, tuple[Layer, Inferred]] = {}

    def add_inputs(self, walk: Walk) -> list[int]:
        return [self.add(f"input {node.name}", []) for node in walk.graph.nodes[: len(walk.graph.inputs)]]

    def add(self, path: str, feed: list[int]) -> int:
        self.operations.append(path)
        self.feeds.append(feed)
        return len(self.operations) - 1

    def add_graph(self, walk: Walk, prefix: str, fed: list[list[int]]) -> list[int]:
        """Adds the calls of a graph whose inputs are outputs of these calls; those that give the graph's outputs."""
        given: dict[int, list[int]] = {}
        for node, inferred in zip(walk.graph.nodes, walk.results, strict=True):
            if node.entry is None:
                given[node.index] = fed[node.index]
            elif node.layer is not None and inferred is not None:
                path = prefix + node.weights_of
                feed = [given[index][min(at, len(given[index]) - 1)] for index, at in walk.sources_of(node)]
                if self.flat and inferred.walk is not None:
                    given[node.index] = self.add_graph(inferred.walk, f"{path}/", [[call] for call in feed])
                else:
                    self.layers.setdefault(path, (node.layer, inferred))
                    given[node.index] = [self.add(path, feed)]
        return [given[index][min(at, len(given[index]) - 1)] for index, at in walk.output_sources().values()]
