"""Calls of a layer that has weights already: they need the weights that it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, require_same, watch_assumptions
from shapecalc.layers.values import Inferred

if TYPE_CHECKING:
    from shapecalc.model.graph import GraphNode


def require_same_weights(
    node: GraphNode, inferred: Inferred, find_result: Callable[[str], Inferred | None]
) -> Inferred:
    """What a call gives, with the assumptions that its weights are those of the layers that it calls again.

    `find_result` gives what was inferred of the node of a name, None where it failed. Raises ShapeError with SC401
    where the weights cannot be the same.
    """
    with watch_assumptions as relations:
        for owner, call in _list_calls_again(node, inferred):
            first = find_result(owner)
            if first is not None:
                _compare(owner, first, call)
    if not relations:
        return inferred
    assumes = inferred.assumes + tuple(dict.fromkeys(relations))
    return Inferred(
        inferred.outputs, inferred.weights, inferred.macs, inferred.inner, assumes, inferred.walk, inferred.workspace
    )


def _list_calls_again(node: GraphNode, inferred: Inferred) -> Iterator[tuple[str, Inferred]]:
    """The calls of layers that stand elsewhere in the graph: the node's own, and those within a wrapper."""
    if node.weights_of != node.name:
        yield node.weights_of, inferred
    waiting = [] if inferred.walk is not None else [inferred]  # a block's graph looks after itself
    while waiting:
        for part in waiting.pop().inner:
            if part.reused:
                yield part.name, part.inferred
            elif part.inferred.walk is None:
                waiting.append(part.inferred)


def _compare(owner: str, first: Inferred, call: Inferred) -> None:
    """Demands that each weight has one shape in both calls. Raises ShapeError."""
    own = dict(first.all_weights())
    for path, weight in call.all_weights():
        held = own.get(path)
        if held is None:
            continue
        message = f"needs `{path}` of {Shape(weight.shape)}, and `{owner}` has one of {Shape(held.shape)}"
        help = f"feed it what `{owner}` is fed, or write a layer of its own in place of `reuse`"
        if len(held.shape) != len(weight.shape):
            raise ShapeError(message, input="", code="SC401", help=help)
        for size, other in zip(weight.shape, held.shape, strict=True):
            require_same(size, other, message, input="", code="SC401", help=help)
