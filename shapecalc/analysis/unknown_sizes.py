"""Puts numbers in place of the unknown sizes of a walked graph.

A model that is run knows the sizes of its inputs. Only sizes that depend on values are unknown before: how many
tokens the longest text has.
"""

from __future__ import annotations

from shapecalc.dims import Shape, Size, is_unknown
from shapecalc.dims.dim import Leaf, Unknown, leaves
from shapecalc.dims.division import substitute
from shapecalc.inference.walk import Walk
from shapecalc.layers.values import Inferred, Inner, Tensor


def has_unknown(walk: Walk) -> bool:
    """Whether any tensor of the graph, or of the graphs within, has an axis of unknown size."""
    return any(inferred is not None and _has_unknown(inferred) for inferred in walk.results)


def _has_unknown(inferred: Inferred) -> bool:
    if any(is_unknown(size) for tensor in inferred.outputs.values() for size in tensor.shape):
        return True
    if any(is_unknown(part.calls) or _has_unknown(part.inferred) for part in inferred.inner):
        return True
    return inferred.walk is not None and has_unknown(inferred.walk)


def number_unknowns(size: int, walk: Walk) -> Walk:
    """The same graph with every unknown taken as `size`."""
    numbered = Walk(walk.graph)
    numbered.feeds, numbered.layers = walk.feeds, walk.layers
    numbered.results = [None if inferred is None else _number_inferred(size, inferred) for inferred in walk.results]
    return numbered


def _number_inferred(number: int, inferred: Inferred) -> Inferred:
    return Inferred(
        {port: _number_tensor(number, tensor) for port, tensor in inferred.outputs.items()},
        inferred.weights,
        inner=tuple(
            Inner(part.name, _number_inferred(number, part.inferred), _number_size(number, part.calls), part.reused)
            for part in inferred.inner
        ),
        walk=None if inferred.walk is None else number_unknowns(number, inferred.walk),
    )


def _number_tensor(number: int, tensor: Tensor) -> Tensor:
    masked = (
        tensor.masked
        if isinstance(tensor.masked, bool) or tensor.masked is None
        else _number_shape(number, tensor.masked)
    )
    return tensor._replace(shape=_number_shape(number, tensor.shape), masked=masked)


def _number_shape(number: int, shape: Shape) -> Shape:
    return Shape(_number_size(number, size) for size in shape)


def _number_size(number: int, size: Size) -> Size:
    values: dict[Leaf, Size] = {leaf: number for leaf in leaves(size) if isinstance(leaf, Unknown)}
    return substitute(size, values)
