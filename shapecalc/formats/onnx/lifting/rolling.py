"""Steps that a file has written out one by one, each computed alike, put together again.

TensorFlow writes `TimeDistributed` so: each step is taken out of a tensor, goes through nodes of its own, and all are
stacked.
"""

from __future__ import annotations

from typing import NamedTuple

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.formats.flat_model import Feed, Source
from shapecalc.formats.onnx.lifting.exact import build_layer
from shapecalc.formats.onnx.lifting.net import Net, Node, list_edges
from shapecalc.formats.onnx.lifting.pattern import Taken, find_taken, given_numbers
from shapecalc.layers.base import port_name
from shapecalc.layers.catalogue import find
from shapecalc.layers.infer import infer
from shapecalc.layers.onnx.base import Operator
from shapecalc.layers.onnx.given import GivenKind

_MERGES = ("Add", "Sub", "Mul", "Div")


class _Branch(NamedTuple):
    """One step: what takes it, the nodes that compute with it from top to bottom, and what makes room for its axis."""

    taken: Taken
    nodes: tuple[Node, ...]
    end: Node

    @property
    def source(self) -> Source | None:
        """What the step is taken of."""
        return self.taken.nodes[0].source("data")


def roll_up(net: Net) -> None:
    """Puts steps together wherever all of a tensor's are computed alike and stacked in their order."""
    for node in [node for node in net.nodes.values() if node.operator == "Concat"]:
        branches = [_read_branch(net, source, node) for source in node.sources()]
        if len(branches) > 1 and all(branches):
            _roll(net, node, [branch for branch in branches if branch is not None])


def _read_branch(net: Net, source: Source, joined: Node) -> _Branch | None:
    """The step that is an input of a `Concat`; None where it is something else."""
    end = net.node_of(source)
    if end is None or end.operator != "Unsqueeze" or net.only_user(end.output) is not joined:
        return None
    axes = given_numbers(end, "axes")
    if axes is None or len(axes) != 1 or (axes[0] - joined.arguments.get("axis", 0)) % end.outputs[0].shape.ndim:
        return None
    nodes: list[Node] = []
    node = net.node_of(end.source("data"))
    while node is not None:
        taken = _find_taken_above(net, node)
        if taken is not None:
            is_alone = bool(nodes) and net.only_user(taken.output) is nodes[-1]
            return _Branch(taken, tuple(nodes[::-1]), end) if is_alone else None
        flowing = _find_flowing(net, node)
        if flowing is None or net.only_user(node.output) is None:
            return None
        nodes.append(node)
        node = net.node_of(flowing)
    return None


def _find_taken_above(net: Net, node: Node) -> Taken | None:
    """The step that a node gives."""
    above = net.node_of(node.source("data")) if node.operator == "Squeeze" else None
    taken = find_taken(net, node if above is None else above)
    return taken if taken is not None and taken.nodes[-1] is node else None


def _find_flowing(net: Net, node: Node) -> Source | None:
    """The one thing that a node computes with, besides constants; None where a further axis in front would matter."""
    flowing = [source for source in node.sources() if not _is_constant(net, source)]
    ndim = node.outputs[0].shape.ndim
    if len(flowing) != 1 or net.tensor(flowing[0]).shape.ndim != ndim or not _is_told_by_arguments(node):
        return None
    if node.operator == "MatMul":
        kernel = node.source("B")
        is_kernel = kernel is not None and _is_constant(net, kernel) and net.tensor(kernel).shape.ndim == 2
        return flowing[0] if is_kernel and node.source("A") == flowing[0] else None
    if node.operator in _MERGES:
        return flowing[0]
    layer_type = find(node.type_name)
    is_function = layer_type is not None and layer_type.ports == ("X?",) and "axis" not in layer_type.args
    return flowing[0] if is_function else None


def _is_told_by_arguments(node: Node) -> bool:
    """Whether nodes with the arguments of this one compute the same: none holds numbers that are not listed."""
    values = [value for value in node.arguments.values() if isinstance(value, dict)]
    return not node.inferred.weights and all("values" in value for value in values)


def _is_constant(net: Net, source: Source) -> bool:
    node = net.node_of(source)
    return node is not None and node.operator == "Initializer"


def _roll(net: Net, joined: Node, branches: list[_Branch]) -> None:
    """Computes all steps at once, if they are all of one tensor, and computed alike."""
    first = branches[0]
    source, axis = first.source, first.taken.axis
    if source is None or [branch.taken.place for branch in branches] != list(range(len(branches))):
        return
    if net.tensor(source).shape[axis] != len(branches) or any(branch.source != source for branch in branches):
        return
    ndim = joined.outputs[0].shape.ndim
    if joined.arguments.get("axis", 0) % ndim != axis or axis >= ndim - 1:
        return
    forms = [_write_form(net, branch) for branch in branches]
    if forms != [forms[0]] * len(forms):
        return
    old = [node for branch in branches for node in (*branch.taken.nodes, *branch.nodes, branch.end)] + [joined]
    names = {node.name for node in old}
    given: dict[tuple[str, str], Source] = {}
    feed: Feed = {}
    rolled: list[Node] = []
    flowing = source
    for node in first.nodes:
        feed = {}
        for port, fed, _ in list_edges(node.feed):
            if not _is_constant(net, fed):
                feed[port] = flowing
            elif _takes_constant(node, port) and all(user.name in names for user in net.users(fed)):
                given[node.name, port] = fed
            else:
                feed[port] = fed
        new = _infer(net, node, feed, given, rolled)
        if new is None:
            return
        rolled.append(new)
        flowing = new.output
    if rolled[-1].outputs[0].shape == joined.outputs[0].shape:
        net.given |= {place: (fed[0], "value") for place, fed in given.items()}
        net.replace_all(old, rolled, joined.output)


def _write_form(net: Net, branch: _Branch) -> object:
    """What is equal for steps that are computed alike."""
    own = {node.name for node in (*branch.taken.nodes, *branch.nodes)}
    return [
        (node.type_name, node.arguments, [edge for edge in list_edges(node.feed) if edge[1][0] not in own])
        for node in branch.nodes
    ]


def _takes_constant(node: Node, port: str) -> bool:
    """Whether a port may be given a constant in place of a tensor."""
    operator = find(node.type_name)
    argument = operator.args.get(port) if operator is not None and issubclass(operator, Operator) else None
    return argument is not None and isinstance(argument.kind, GivenKind)


def _infer(net: Net, node: Node, feed: Feed, given: dict[tuple[str, str], Source], above: list[Node]) -> Node | None:
    """The node of one step, of all steps at once: it is given constants, and fed by those above; None if it refuses."""
    arguments = dict(node.arguments)
    for (name, port), source in given.items():
        if name == node.name:
            arguments[port] = net.nodes[source[0]].arguments["value"]
    layer = build_layer(node.type_name, arguments)
    if layer is None:
        return None
    outputs = {new.output: new.outputs[0] for new in above}
    fed = [feed.get(port_name(port)) for port in layer.ports]
    tensors = [outputs.get(one) or net.tensor(one) if isinstance(one, tuple) else None for one in fed]
    while tensors and tensors[-1] is None:
        tensors.pop()
    try:
        return Node(node.name, node.type_name, arguments, feed, infer(layer, tuple(tensors)))
    except ShapeError:
        return None
