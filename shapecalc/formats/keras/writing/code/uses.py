"""Where the specs and entries of a report are used: their graphs, nodes and scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.layers.values import Tensor
from shapecalc.model.repeats import read_rounds
from shapecalc.model.values import Values

if TYPE_CHECKING:
    from shapecalc.dims import Shape
    from shapecalc.document.nodes import Node
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Feed
    from shapecalc.layers.values import Inferred
    from shapecalc.model.graph import GraphNode
    from shapecalc.model.spec import Entry, ModelSpec

_MOST_SCOPES = 200
"""How many different scopes of an entry an expression is tried in."""


class Uses:
    """The graphs that were built of each spec; the nodes of each entry, and in which graph it was fed what."""

    def __init__(self, walk: Walk) -> None:
        self.graphs: dict[ModelSpec, list[Walk]] = {}
        self.nodes: dict[int, list[tuple[GraphNode, Inferred]]] = {}
        self.feeds: dict[int, list[tuple[int, Feed]]] = {}
        self._seen: set[int] = set()
        self._add(walk)

    def _add(self, walk: Walk) -> None:
        if id(walk) in self._seen:
            return
        self._seen.add(id(walk))
        self.graphs.setdefault(walk.graph.spec, []).append(walk)
        for node, inferred in zip(walk.graph.nodes, walk.results, strict=True):
            if node.entry is not None and inferred is not None:
                self.nodes.setdefault(id(node.entry), []).append((node, inferred))
                self.feeds.setdefault(id(node.entry), []).append((id(walk), walk.feed_of(node)))
                self._add_within(inferred)

    def _add_within(self, inferred: Inferred) -> None:
        if inferred.walk is not None:
            self._add(inferred.walk)
            return
        for inner in inferred.inner:
            self._add_within(inner.inferred)

    def nodes_of(self, entry: Entry) -> list[tuple[GraphNode, Inferred]]:
        """The calls that an entry made, over all graphs of its spec."""
        return self.nodes.get(id(entry), [])

    def list_varying_axes(self, entries: list[Entry], port: int) -> set[int]:
        """The axes of what a port is fed that are not of one size in all these entries' calls within a graph."""
        first: dict[int, Shape] = {}
        varying: set[int] = set()
        for entry in entries:
            for graph, feed in self.feeds.get(id(entry), []):
                fed = feed[port]
                assert isinstance(fed, Tensor)
                known = first.setdefault(graph, fed.shape)
                pairs = enumerate(zip(known, fed.shape, strict=True))
                varying |= {axis for axis, (before, size) in pairs if before != size}
        return varying

    def ports_of(self, entry: Entry) -> set[tuple[str, ...]]:
        """The names of the outputs of an entry's calls: one set of names, unless they differ from call to call."""
        return {tuple(inferred.outputs) for _, inferred in self.nodes_of(entry)}

    def scopes_of(self, spec: ModelSpec) -> list[dict[str, Any]]:
        """What `$name` read in each graph of a spec, each once."""
        return _distinct([walk.graph.scope for walk in self.graphs.get(spec, [])])

    def scopes_in(self, spec: ModelSpec, repeat: Node | None) -> list[dict[str, Any]]:
        """What `$name` read at an entry: with the loop variables of every round where it is repeated."""
        scopes = self.scopes_of(spec)
        if repeat is None:
            return scopes
        rounds = [(scope, read_rounds(Values(spec, scope, []), repeat)) for scope in scopes]
        return _distinct([{**scope, **variables} for scope, each in rounds for variables in each or ()])


def _distinct(scopes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The scopes without those that say the same."""
    found: dict[str, dict[str, Any]] = {}
    for scope in scopes:
        if len(found) < _MOST_SCOPES:
            found.setdefault(repr(scope), scope)
    return list(found.values())
