"""Nodes that compute sizes are taken out: what they give becomes an argument of the nodes that they served."""

from __future__ import annotations

from typing import Any

from shapecalc.formats.flat_model import Source
from shapecalc.formats.onnx.lifting.net import Net, Node, list_edges
from shapecalc.formats.onnx.lifting.written import write_values
from shapecalc.layers.onnx import index
from shapecalc.layers.onnx.base import PREFIX, Operator, is_weight
from shapecalc.layers.onnx.given import Given, GivenKind
from shapecalc.layers.values import Tensor

_MEASURES = ("Shape", "Size")
"""Operators whose numbers depend on the shape of what they are fed alone."""


def fold(net: Net) -> None:
    """Takes out what leaves tensors as they are and what computes sizes, and then all that leads to no output."""
    net.redirect(_find_idle(net))
    _give_known(net, _find_known(net))


def _find_idle(net: Net) -> dict[Source, Source]:
    """What the outputs of nodes that change nothing stand for."""
    leaving = set(net.outputs.values())
    idle: dict[Source, Source] = {}
    for node in net.nodes.values():
        source = _find_same(net, node)
        if source is None or any(net.users((node.name, 0, port)) for port in range(1, len(node.outputs))):
            continue
        if any((node.name, 0, port) in leaving for port in range(len(node.outputs))) and not _may_leave(net, source):
            continue
        idle[node.output] = source
    return idle


def _find_same(net: Net, node: Node) -> Source | None:
    """The tensor that a node gives as it is; None where it changes something."""
    if node.operator == "Identity":
        return node.source("X")
    if node.operator == "Dropout":
        return None if "training_mode" in node.feed or _is_training(node) else node.source("data")
    if node.operator == "Reshape":
        source = node.source("data")
        return source if source is not None and net.tensor(source).shape == node.outputs[0].shape else None
    if node.operator == "Cast":
        source = node.source("input")
        return source if source is not None and net.tensor(source).dtype == node.outputs[0].dtype else None
    return None


def _is_training(node: Node) -> bool:
    mode = node.arguments.get("training_mode")
    return mode is not None and (not isinstance(mode, dict) or mode.get("values") != [False])


def _may_leave(net: Net, source: Source) -> bool:
    """Whether a tensor may be an output in place of a copy of it: an input or a constant keeps the copy's name."""
    node = net.node_of(source)
    return node is not None and node.operator != "Initializer"


def _find_known(net: Net) -> dict[Source, Any]:
    """The tensors of which all numbers are known and come of sizes and constants alone, with their numbers."""
    known: dict[Source, Any] = {}
    for node in net.nodes.values():
        if node.inferred.inner or node.inferred.weights or node.inferred.macs or node.inferred.assumes:
            continue
        if node.operator in _MEASURES or all(source in known for source in node.sources()):
            for port, tensor in enumerate(node.outputs):
                values = write_values(tensor)
                if values is not None:
                    known[node.name, 0, port] = values
    return known


def _give_known(net: Net, known: dict[Source, Any]) -> None:
    """Gives known tensors as arguments, from the outputs upwards; what cannot be given stays as a constant."""
    needed = {source[0] for source in net.outputs.values()}
    constants: set[Source] = set()
    for node in reversed(net.nodes.values()):
        if node.name not in needed:
            continue
        if node.output in constants and len(node.outputs) == 1 and _is_no_weight(node.outputs[0]):
            node.type_name, node.arguments, node.feed = f"{PREFIX}Initializer", {"value": known[node.output]}, {}
            continue
        _give_ports(net, node, known)
        for source in node.sources():
            needed.add(source[0])
            if source in known:
                constants.add(source)
    net.keep(needed)


def _give_ports(net: Net, node: Node, known: dict[Source, Any]) -> None:
    """Turns what a node is fed and is known into arguments; one tensor it must be fed."""
    operator = index.find(node.type_name)
    left = len(node.sources())
    for port, source, is_many in list(list_edges(node.feed)):
        if left > 1 and not is_many and source in known and _can_be_given(operator, port, net.tensor(source)):
            node.arguments[port] = known[source]
            del node.feed[port]
            left -= 1


def _can_be_given(operator: type[Operator] | None, port: str, tensor: Tensor) -> bool:
    """Whether a port takes a constant that does not count as a weight there."""
    argument = None if operator is None else operator.args.get(port)
    if operator is None or argument is None or not isinstance(argument.kind, GivenKind):
        return False
    return not is_weight(operator, port, _make_given(tensor))


def _is_no_weight(tensor: Tensor) -> bool:
    return not is_weight(Operator, "value", _make_given(tensor))


def _make_given(tensor: Tensor) -> Given:
    return Given(tuple(size for size in tensor.shape if isinstance(size, int)), tensor.dtype or "float32")
