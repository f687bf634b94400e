"""Nodes replaced by layers: a layer is taken only where it infers to what its nodes do."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import add_up
from shapecalc.dims.division import exact_quotient
from shapecalc.formats.flat_model import Origin, Source
from shapecalc.formats.onnx.lifting.exact import build_layer
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import PATTERNS, Candidate, given_numbers
from shapecalc.layers.base import Feed as Tensors
from shapecalc.layers.base import port_name
from shapecalc.layers.infer import infer
from shapecalc.layers.onnx.base import PREFIX
from shapecalc.layers.values import Inferred, Tensor

FAMILIES = ("activations", "convolution", "core", "merging", "normalization", "pooling", "recurrent", "reshaping")


def replace_patterns(net: Net) -> None:
    """Puts a layer in the place of every pattern that is found."""
    for family in FAMILIES:
        import_module(f"shapecalc.formats.onnx.lifting.patterns.{family}")
    for name in sorted(net.nodes, key=net.ranks.__getitem__):
        node = net.nodes.get(name)
        for find_layer in () if node is None else PATTERNS.get(node.operator, ()):
            if node is not None and any(_try(net, candidate) for candidate in find_layer(net, node)):
                break
    net.redirect(_find_turned_back(net))
    net.drop_unused()


def _find_turned_back(net: Net) -> dict[Source, Source]:
    """What the outputs of nodes stand for that put axes back where they were."""
    turned: dict[Source, Source] = {}
    for node in net.nodes.values():
        before = net.node_of(node.source("data")) if node.operator == "Transpose" else None
        if before is None or before.operator != "Transpose":
            continue
        order, first = given_numbers(node, "perm"), given_numbers(before, "perm")
        source = before.source("data")
        if source is None or order is None or first is None or net.node_of(source) is None:
            continue
        if [first[axis] for axis in order] == list(range(len(order))):
            turned[node.output] = source
    return turned


def _try(net: Net, candidate: Candidate) -> bool:
    """Puts a layer in the place of its nodes, if it is the same; returns whether it is."""
    if not _is_closed(net, candidate):
        return False
    last = candidate.nodes[-1]
    dtype = last.outputs[0].dtype
    arguments = candidate.arguments if dtype == "float32" else candidate.arguments | {"dtype": dtype}
    layer = build_layer(candidate.type_name, arguments)
    if layer is None:
        return False
    feed: Tensors = tuple(
        tuple(map(net.tensor, fed)) if isinstance(fed, list) else None if fed is None else net.tensor(fed)
        for fed in (candidate.feed.get(port_name(port)) for port in layer.ports[: len(candidate.feed)])
    )
    try:
        inferred = infer(layer, feed)
        after = None if candidate.after is None else _infer_after(*candidate.after, inferred.output)
    except ShapeError:
        return False
    if not _is_same(net, candidate, inferred, inferred.output if after is None else after.output):
        return False
    named = candidate.named or candidate.nodes[0]
    new = Node(named.name, candidate.type_name, arguments, candidate.feed, inferred)
    origin = Origin(tuple(node.name for node in candidate.nodes), candidate.weights)
    net.replace(candidate.nodes, candidate.port, new, origin)
    if candidate.surplus:
        net.surplus[new.name] = candidate.surplus
    if candidate.after is not None and after is not None:
        operator, arguments = candidate.after
        name = last.name if last.name != new.name else net.flat.fresh(last.name)
        net.insert_after(new, Node(name, PREFIX + operator, dict(arguments), {"data": new.output}, after))
    return True


def _infer_after(operator: str, arguments: dict[str, Any], fed: Tensor) -> Inferred:
    """What an operator makes of a layer's output. Raises ShapeError."""
    layer = build_layer(PREFIX + operator, arguments)
    assert layer is not None
    return infer(layer, (fed,))


def _is_closed(net: Net, candidate: Candidate) -> bool:
    """Whether nothing but the nodes themselves uses what they give, other than the first output of the last."""
    leaving = set(net.outputs.values())
    names = {node.name for node in candidate.nodes}
    for node in candidate.nodes:
        for port in range(len(node.outputs)):
            source = node.name, 0, port
            if source == (candidate.nodes[-1].name, 0, candidate.port):
                continue
            if source in leaving or any(user.name not in names for user in net.users(source)):
                return False
    return True


def _is_same(net: Net, candidate: Candidate, inferred: Inferred, given: Tensor) -> bool:
    """Whether a layer gives the shape and dtype of its nodes, and has their parameters, MACs and assumptions."""
    nodes, output = [node.inferred for node in candidate.nodes], candidate.nodes[-1].outputs[candidate.port]
    macs = exact_quotient(add_up(node.total_macs for node in nodes), net.samples)
    return (
        (given.shape, given.dtype) == (output.shape, output.dtype)
        and inferred.params + candidate.surplus == add_up(node.params for node in nodes)
        and inferred.trainable_params + candidate.surplus == add_up(node.trainable_params for node in nodes)
        and inferred.total_macs == macs
        and set(inferred.assumes) == {relation for node in nodes for relation in node.assumes}
    )
