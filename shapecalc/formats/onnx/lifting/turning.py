"""Axes that are put in another order and back again: neither is done."""

from __future__ import annotations

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.formats.onnx.lifting.exact import build_layer
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import given_numbers
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor

_POINTWISE = ("Activation", "ReLU", "LeakyReLU", "ELU")
"""Layers that compute each number by itself, in whatever order the axes are."""
_ALONG_AXIS = ("softmax", "log_softmax")
"""Activations that do not."""


def turn_back(net: Net) -> None:
    """Takes out transposes that undo each other, with nothing between them or functions of each number by itself."""
    for node in list(net.nodes.values()):
        order = _read_order(node)
        source = node.source("data")
        if order is None or source is None:
            continue
        between: list[Node] = []
        after = net.only_user(node.output)
        while after is not None and _is_pointwise(after):
            between.append(after)
            after = net.only_user(after.output)
        ends = [after] if between else net.users(node.output)
        for end in list(ends):
            back = None if end is None else _read_order(end)
            if end is None or back is None or [order[axis] for axis in back] != list(range(len(back))):
                continue
            if between or net.node_of(source) is not None or end.output not in net.outputs.values():
                _take_out(net, node, between, end)


def _is_pointwise(node: Node) -> bool:
    return node.type_name in _POINTWISE and node.arguments.get("activation") not in _ALONG_AXIS


def _read_order(node: Node) -> list[int] | None:
    """The order of axes that a node makes; None where it is no transpose."""
    return given_numbers(node, "perm") if node.operator == "Transpose" else None


def _take_out(net: Net, node: Node, between: list[Node], end: Node) -> None:
    """Feeds what is between two transposes without the first, and what is behind them without the second."""
    source = node.source("data")
    assert source is not None
    flowing, tensor, turned = source, net.tensor(source), list[Node]()
    for layer in between:
        new = _infer(layer, tensor)
        if new is None:
            return
        ((port, _),) = layer.feed.items()
        new.feed = {port: flowing}
        turned.append(new)
        flowing, tensor = new.output, new.outputs[0]
    for new in turned:
        net.nodes[new.name] = new
    net.redirect({end.output: flowing})


def _infer(layer: Node, tensor: Tensor) -> Node | None:
    """A layer that is fed a tensor; None where it does not take it."""
    built = build_layer(layer.type_name, layer.arguments)
    try:
        return (
            None
            if built is None
            else Node(layer.name, layer.type_name, layer.arguments, layer.feed, infer(built, (tensor,)))
        )
    except ShapeError:
        return None
