"""What one sample's token needs of a model: all of it, but for the blocks that are only in part active."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.diagnostics import Diagnostic, error
from shapecalc.dims import Size, prod
from shapecalc.dims.division import exact_quotient
from shapecalc.layers.values import Inferred

if TYPE_CHECKING:
    from shapecalc.model.graph import Graph


class Active(NamedTuple):
    """Parameters and bytes of weights that one token needs, and the multiply-accumulates with these alone."""

    params: Size = 0
    bytes: Size = 0
    macs: Size = 0


def count_active(inferred: Inferred, known: dict[int, Active] | None = None) -> Active:
    """What is active of a layer and of those within; `known` are layers that were counted already, by their ids.

    Raises ValueError where a part of a block is no whole number.
    """
    known = {} if known is None else known
    counted = known.get(id(inferred))
    if counted is not None:
        return counted
    params: Size = 0
    size: Size = 0
    macs: Size = 0
    for weight in inferred.weights:
        params += weight.params
        size += weight.bytes
    for factors in inferred.macs.values():
        macs += prod(factors)
    for part in inferred.inner:
        inner = count_active(part.inferred, known)
        macs += part.calls * inner.macs
        if not part.reused:
            params += inner.params
            size += inner.bytes
    counted = Active(params, size, macs)
    if inferred.walk is not None and inferred.walk.graph.active != 1:
        counted = Active(*(take_part(count, inferred.walk.graph.active) for count in counted))
    known[id(inferred)] = counted
    return counted


def report_part(graph: Graph) -> Diagnostic:
    """The finding that a part of what a graph holds would be a part of a parameter."""
    node = graph.spec.active or graph.spec.node
    message = f"`active` leaves a part of a parameter: {graph.active} of those here is no whole number"
    help = "put what every token needs, such as a router, outside the block"
    return error("SC211", message, graph.document.span(node), help=help)


def take_part(count: Size, part: int | Fraction) -> Size:
    """A part of a count. Raises ValueError where it is no whole number."""
    over, under = part.as_integer_ratio()
    taken = exact_quotient(count * over, under)
    if taken is None:
        raise ValueError("a part of a parameter")
    return taken
