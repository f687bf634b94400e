"""Normalisation with constant weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecalc.formats.flat_model import Held
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import (
    Candidate,
    constant_port,
    given_number,
    given_numbers,
    given_shape,
    pattern,
)

_EPSILON = 1e-5
"""What is added to the variance where a node does not say it."""


def _candidate(
    node: Node, type_name: str, ports: dict[str, str], source_port: str, **arguments: Any
) -> Iterator[Candidate]:
    """A layer whose weights are what the node is given; nothing where one of them is fed."""
    source = node.source(source_port)
    if source is None or any(given_shape(node, port) is None for port in ports.values()):
        return
    arguments["epsilon"] = node.arguments.get("epsilon", _EPSILON)
    weights = {name: Held(node.name, port) for name, port in ports.items()}
    yield Candidate(type_name, arguments, {"inputs": source}, (node,), weights)


@pattern("BatchNormalization")
def find_batch_normalization(net: Net, node: Node) -> Iterator[Candidate]:
    """Channels by the means of training."""
    if not node.arguments.get("training_mode"):
        ports = {"gamma": "scale", "beta": "B", "moving_mean": "input_mean", "moving_variance": "input_var"}
        momentum = node.arguments.get("momentum", 0.9)
        yield from _candidate(node, "BatchNormalization", ports, "X", axis=1, momentum=momentum)


@pattern("LayerNormalization")
def find_layer_normalization(net: Net, node: Node) -> Iterator[Candidate]:
    """Numbers by their mean from one axis on."""
    ports = {"gamma": "Scale"}
    if "B" in node.arguments or "B" in node.feed:
        ports["beta"] = "B"
    arguments = _list_axes(node) | ({} if "beta" in ports else {"center": False})
    yield from _candidate(node, "LayerNormalization", ports, "X", **arguments)


@pattern("RMSNormalization")
def find_rms_normalization(net: Net, node: Node) -> Iterator[Candidate]:
    """Numbers by their root mean square from one axis on."""
    yield from _candidate(node, "RMSNormalization", {"scale": "scale"}, "X", **_list_axes(node))


def _list_axes(node: Node) -> dict[str, Any]:
    """The argument `axis` of a layer: all axes from the node's on."""
    ndim = node.outputs[0].shape.ndim
    first = node.arguments.get("axis", -1) % max(ndim, 1)
    return {} if first == ndim - 1 else {"axis": list(range(first, ndim))}


@pattern("GroupNormalization")
def find_group_normalization(net: Net, node: Node) -> Iterator[Candidate]:
    """Groups of channels by their own mean."""
    groups = node.arguments.get("num_groups")
    yield from _candidate(node, "GroupNormalization", {"gamma": "scale", "beta": "bias"}, "X", axis=1, groups=groups)


@pattern("InstanceNormalization")
def find_instance_normalization(net: Net, node: Node) -> Iterator[Candidate]:
    """Each channel by its own mean: as many groups as channels."""
    yield from _candidate(node, "GroupNormalization", {"gamma": "scale", "beta": "B"}, "input", axis=1, groups=-1)


@pattern("ReduceMean")
def find_layer_normalization_of_means(net: Net, node: Node) -> Iterator[Candidate]:
    """`(x - mean) / sqrt(variance + epsilon) * gamma + beta` along the last axis, written out."""
    source = node.source("data")
    centred = net.only_user(node.output)
    if source is None or not _is_last_mean(net, node) or centred is None or centred.operator != "Sub":
        return
    power = next((user for user in net.users(centred.output) if user.operator == "Pow"), None)
    if centred.sources() != [source, node.output] or power is None or given_number(power, "B") != 2.0:
        return
    chain = _follow(net, power, ("ReduceMean", "Add", "Sqrt", "Div", "Mul", "Add"))
    if chain is None or not _is_last_mean(net, chain[0]):
        return
    _, added, root, divided, scaled, shifted = chain
    ports = [constant_port(other) for other in (added, scaled, shifted)]
    epsilon = None if ports[0] is None else given_number(added, ports[0])
    width = [net.tensor(source).shape[-1]]
    if divided.sources() != [centred.output, root.output] or epsilon is None or not ports[1] or not ports[2]:
        return
    if given_shape(scaled, ports[1]) == given_shape(shifted, ports[2]) == width:
        weights = {"gamma": Held(scaled.name, ports[1]), "beta": Held(shifted.name, ports[2])}
        nodes = (node, centred, power, *chain)
        yield Candidate("LayerNormalization", {"epsilon": epsilon}, {"inputs": source}, nodes, weights, named=divided)


def _is_last_mean(net: Net, node: Node) -> bool:
    """Whether a node is a mean along the last axis, which stays as 1."""
    source = node.source("data")
    last = 0 if source is None else net.tensor(source).shape.ndim - 1
    return given_numbers(node, "axes") in ([-1], [last]) and node.arguments.get("keepdims", True) in (True, 1)


def _follow(net: Net, node: Node, operators: tuple[str, ...]) -> list[Node] | None:
    """The nodes after a node that are these operators, each the only user of the one before; None for others."""
    chain = [node]
    for operator in operators:
        after = net.only_user(chain[-1].output)
        if after is None or after.operator != operator:
            return None
        chain.append(after)
    return chain[1:]
