"""The layers that a wrapper applies, as a graph: `Bidirectional`, `TimeDistributed`, `RNN` have none of their own."""

from __future__ import annotations

from shapecalc.inference.walk import Source, Walk
from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.base import Layer
from shapecalc.layers.infer import Call, list_calls
from shapecalc.layers.values import FeedOf, Inferred, Inner, Tensor
from shapecalc.model.graph import Graph, GraphNode
from shapecalc.model.references import Reference


class Parts(Graph):
    """The layers within a layer side by side, each with inputs of its own, named as its ports are."""

    __slots__ = ()

    def is_chain(self) -> bool:
        """They are no chain, but what they are fed says nothing: it is what the layer around them is fed."""
        return True


def walk_parts(outer: Walk, node: GraphNode, inferred: Inferred) -> tuple[Walk, list[Inner]] | None:
    """The layers that a node's layer has by its arguments, walked, and how it has each; None for any other layer.

    A layer whose weights are another's is left out. `inferred` is what was inferred of the node.
    """
    layer = node.layer
    if layer is None or not inferred.inner or inferred.walk is not None or not _holds_layers(layer):
        return None
    calls = list_calls(layer, outer.feed_of(node))
    if len(calls) != len(inferred.inner):
        return None
    held = [(call, part) for call, part in zip(calls, inferred.inner, strict=True) if not part.reused]
    walk = Walk(Parts(outer.graph.spec, outer.graph.scope))
    feeds = [_add_inputs(walk, call) for call, _ in held]
    walk.graph.inputs = tuple(result.output for result in walk.results if result is not None)
    for (call, part), feed in zip(held, feeds, strict=True):
        index = len(walk.results)
        references = tuple(_refer(fed) for fed in feed)
        walk.graph.nodes.append(GraphNode(index, part.name, call.layer, node.entry, references))
        walk.feeds[index] = feed
        walk.results.append(part.inferred)
    return walk, [part for _, part in held]


def _holds_layers(layer: Layer) -> bool:
    return any(isinstance(argument.kind, LayerKind | LayersKind) for argument in type(layer).args.values())


def _add_inputs(walk: Walk, call: Call) -> FeedOf[Source]:
    """A node for each tensor that a layer is fed; the layer's feed."""

    def add(tensor: Tensor, port: str) -> Source:
        index = len(walk.results)
        walk.graph.nodes.append(GraphNode(index, port.rstrip("?+*"), None, None, ()))
        walk.results.append(Inferred({"output": tensor}))
        return Source(index, 0)

    ports = call.layer.ports
    return tuple(
        None
        if fed is None
        else add(fed, ports[min(position, len(ports) - 1)])
        if isinstance(fed, Tensor)
        else tuple(add(tensor, ports[min(position, len(ports) - 1)]) for tensor in fed)
        for position, fed in enumerate(call.feed)
    )


def _refer(fed: Source | tuple[Source, ...] | None) -> Reference | tuple[Reference, ...] | None:
    if fed is None or isinstance(fed, Source):
        return None if fed is None else Reference(fed.node, None)
    return tuple(Reference(source.node, None) for source in fed)
