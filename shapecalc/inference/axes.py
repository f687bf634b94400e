"""Which layer gave an output its axes: the one to change where another shape is expected."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Fault, Fix
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape
from shapecalc.inference.ways_out import ask_for_batch, list_flips, set_on
from shapecalc.layers.arguments.numbers import SizeKind
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from shapecalc.model.feeds import flatten
from shapecalc.model.references import Reference

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer
    from shapecalc.model.graph import GraphNode


_HIGHEST = 1_000
"""Layers above an output among which the one to change is looked for."""


def find_shape_help(walked: Walk, node: GraphNode, wanted: Shape, actual: Shape) -> str | Fix | None:
    """The layer above an output that kept, lost or sized the axis that is not as expected, and what changes it."""
    chain = list(islice(_list_chain(walked, node), _HIGHEST))
    if len(wanted) != len(actual):
        return _find_rank_help(walked, chain, wanted, actual)
    pairs = enumerate(zip(map(str, wanted), map(str, actual), strict=True))
    axis = next((axis for axis, (size, other) in pairs if size != other), None)
    if axis is None:
        return None
    for position, above in enumerate(chain):
        layer = above.layer
        for name, argument in type(layer).args.items() if layer is not None else ():
            value = getattr(layer, name)
            if isinstance(argument.kind, SizeKind) and value == actual[axis] and isinstance(wanted[axis], int):
                changed = layer.replace(**{name: wanted[axis]})  # type: ignore[union-attr]
                if str(_infer_after(walked, chain[position::-1], changed)) == str(wanted):
                    return set_on(walked, above, name, str(wanted[axis]))
        fed = _find_first_shape(walked, above)
        if fed is None or len(fed) != len(actual) or fed[axis] != actual[axis]:
            return f"`{above.name}` makes that axis {actual[axis]}"
    return None


def _find_rank_help(walked: Walk, chain: list[GraphNode], wanted: Shape, actual: Shape) -> str | Fix | None:
    """The flag whose flip gives as many axes as are wanted, else the layer that drops one."""
    word = "keeps" if len(wanted) < len(actual) else "drops"
    for position, above in enumerate(chain):
        layer = above.layer
        if layer is None:
            return None
        for name, flipped in list_flips(layer):
            if len(_infer_after(walked, chain[position::-1], flipped) or ()) == len(wanted):
                value = "true" if getattr(flipped, name) else "false"
                return set_on(walked, above, name, value, f"`{{name}}` {word} the axis: set `{{}}` on it")
    if chain and str(Shape((*actual[:1], *actual[2:]))) == str(wanted):
        return ask_for_batch(walked, chain[-1])
    for above in chain:
        fed, inferred = _find_first_shape(walked, above), walked.results[above.index]
        if word == "drops" and fed is not None and inferred is not None and len(fed) > inferred.output.shape.ndim:
            return f"`{above.name}` drops the axis: place what is expected before it, or leave it out"
    return None


def _list_chain(walked: Walk, node: GraphNode) -> Iterator[GraphNode]:
    """The layers from an output upwards, along what each is fed first."""
    while node.entry is not None and node.layer is not None and walked.results[node.index] is not None:
        yield node
        refs = flatten(node.feed, Reference)
        if not refs:
            return
        node = walked.graph.nodes[refs[0].node]


def _find_first_shape(walked: Walk, node: GraphNode) -> Shape | None:
    """The shape of the tensor a node is fed first; None where that is no single tensor."""
    feed = walked.feed_of(node)
    return feed[0].shape if feed and isinstance(feed[0], Tensor) else None


def _infer_after(walked: Walk, steps: list[GraphNode], layer: Layer) -> Shape | None:
    """The shape that the last of the steps gives when `layer` stands for the first; None where a rule refuses it."""
    try:
        tensor = infer(layer, walked.feed_of(steps[0])).output
        for node in steps[1:]:
            feed = walked.feed_of(node)
            if node.layer is None or not isinstance(feed[0], Tensor):
                return None
            tensor = infer(node.layer, (tensor, *feed[1:])).output
    except (ShapeError, Fault):  # a block refuses with findings
        return None
    return tensor.shape
