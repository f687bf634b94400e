"""A graph with what was inferred of each of its nodes."""

from __future__ import annotations

from typing import Any, TypeAlias

from shapecalc.diagnostics import Diagnostic
from shapecalc.dims import Shape
from shapecalc.layers.base import Feed
from shapecalc.layers.values import Inferred, Tensor
from shapecalc.model.graph import Graph, GraphNode
from shapecalc.model.references import ALL, Reference

Source: TypeAlias = tuple[int, int]
"""An output by the position of its node and its own among the node's outputs."""


class Walk:
    """A graph with what was inferred of each node; None where that failed or something above did.

    `wires` says where each port of a node is fed from, for nodes that take more than one node's first output;
    `layers` counts those within its nodes.
    """

    __slots__ = ("graph", "layers", "problems", "results", "wires")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.results: list[Inferred | None] = []
        self.problems: list[Diagnostic] = list(graph.problems)
        self.wires: dict[int, tuple[Any, ...]] = {}
        self.layers = 0

    @property
    def has_masks(self) -> bool:
        """Whether a mask comes with any of its tensors."""
        outputs = [inferred.outputs for inferred in self.results if inferred is not None]
        return any(tensor.masked for tensors in outputs for tensor in tensors.values())

    def wires_of(self, node: GraphNode) -> tuple[Any, ...]:
        """Where each port of a node is fed from: a source, a tuple of them, or None."""
        wires = self.wires.get(node.index)
        return wires if wires is not None else tuple((ref.node, 0) for ref in node.feed if isinstance(ref, Reference))

    def sources_of(self, node: GraphNode) -> list[Source]:
        """Every output a node is fed, once for each use: the edges into it. None leads into a source."""
        return [] if node.layer is not None and node.layer.is_source else self.needs_of(node)

    def needs_of(self, node: GraphNode) -> list[Source]:
        """Every output that has to be there before a node is computed, once for each use: one only lent, too."""
        wires = [wire for wire in self.wires_of(node) if wire]
        return [source for wire in wires for source in ((wire,) if is_source(wire) else wire)]

    def feed_of(self, node: GraphNode) -> Feed:
        """The tensors a node was fed, port by port."""
        return tuple(
            None if wire is None else self.tensor(wire) if is_source(wire) else tuple(map(self.tensor, wire))
            for wire in self.wires_of(node)
        )

    def exits(self) -> dict[str, Source]:
        """What leaves the graph, by name: a single output that is a whole layer gives all its ports."""
        found: dict[str, Source] = {}
        every = len(self.graph.outputs) == 1
        for name, ref in self.graph.outputs.items():
            if every and ref.port is None and self.results[ref.node] is not None:
                ref = Reference(ref.node, ALL)
            for position, source in enumerate(self.sources(ref)):
                found[name if position == 0 else f"{name}.{position}"] = source
        return found

    def outputs(self) -> dict[str, Tensor]:
        """The tensors that leave the graph, by name."""
        return {name: self.tensor(source) for name, source in self.exits().items()}

    def tensor(self, source: Source) -> Tensor:
        """The tensor of an output that was inferred."""
        inferred = self.results[source[0]]
        return list(inferred.outputs.values())[source[1]] if inferred is not None else Tensor(Shape(()))

    def sources(self, ref: Reference) -> list[Source]:
        """The outputs a reference names; empty where nothing was inferred. Raises KeyError for an unknown port."""
        inferred = self.results[ref.node]
        if inferred is None:
            return []
        ports = list(inferred.outputs)
        if ref.port is None:
            return [(ref.node, 0)]
        if ref.port == ALL:
            return [(ref.node, position) for position in range(len(ports))]
        if ref.port in ports:
            return [(ref.node, ports.index(ref.port))]
        if ref.port.isdecimal() and int(ref.port) < len(ports):
            return [(ref.node, int(ref.port))]
        raise KeyError(ref.port)


def is_source(wire: Any) -> bool:
    """Whether a wire is one output, and not a list of them."""
    return len(wire) == 2 and isinstance(wire[0], int)
