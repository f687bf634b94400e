"""A graph: nodes in order, each with its config and what it is fed."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Diagnostic
from shapecalc.layers.base import Layer
from shapecalc.layers.values import FeedOf, Tensor
from shapecalc.model.references import Reference

if TYPE_CHECKING:
    from shapecalc.dims import Relation
    from shapecalc.document.nodes import Document, Node
    from shapecalc.model.spec import Entry, ModelSpec


class GraphNode:
    """One call of a layer. `layer` is None where its config was refused; `weights_of` names the node that owns the
    weights, itself unless it is a reuse; `entry` is None for an input.
    """

    __slots__ = ("entry", "feed", "index", "layer", "name", "weights_of")

    def __init__(
        self, index: int, name: str, layer: Layer | None, entry: Entry | None, feed: FeedOf[Reference]
    ) -> None:
        self.index = index
        self.name = name
        self.layer = layer
        self.entry = entry
        self.feed = feed
        self.weights_of = name


class Graph:
    """Nodes from top to bottom, the inputs first; `outputs` name the ports that leave it.

    `assumed` holds the assumptions of expressions about symbolic sizes, and their places. `active` is the part of the
    weights that one token needs.
    """

    __slots__ = ("active", "assumed", "inputs", "nodes", "outputs", "problems", "scope", "spec")

    def __init__(self, spec: ModelSpec, scope: dict[str, Any]) -> None:
        self.spec = spec
        self.scope = scope
        self.inputs: tuple[Tensor, ...] = ()
        self.nodes: list[GraphNode] = []
        self.outputs: dict[str, Reference] = {}
        self.problems: list[Diagnostic] = []
        self.assumed: dict[Relation, Node] = {}
        self.active: int | Fraction = 1

    @property
    def document(self) -> Document:
        """The document that it was written in."""
        return self.spec.document

    def is_chain(self) -> bool:
        """Whether every node is fed the first output of the node above and nothing else, as in Keras's Sequential."""
        called = self.nodes[len(self.inputs) :]
        straight = all(
            node.feed == ((node.index - 1, None),)
            and node.weights_of == node.name
            and not (node.layer is not None and node.layer.is_source)
            for node in called
        )
        return straight and len(self.inputs) == 1 and len(self.outputs) == 1
