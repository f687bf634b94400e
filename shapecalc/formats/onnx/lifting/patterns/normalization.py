"""Normalisation with constant weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecalc.formats.flat_model import Held, Source
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


@pattern("Pow", "Mul")
def find_rms_normalization_written_out(net: Net, node: Node) -> Iterator[Candidate]:
    """`x / sqrt(mean(x * x) + epsilon) * scale` along the last axis, written out."""
    source = _find_squared(node)
    chain = None if source is None else _follow(net, node, ("ReduceMean", "Add", "Sqrt"))
    if source is None or chain is None or not _is_last_mean(net, chain[0]):
        return
    port = constant_port(chain[1])
    epsilon = None if port is None else given_number(chain[1], port)
    inverse = net.only_user(chain[-1].output)
    if epsilon is None or inverse is None or not _is_inverse(inverse):
        return
    product = net.only_user(inverse.output)
    scaled = None if product is None else net.only_user(product.output)
    if product is None or product.operator != "Mul" or sorted(product.sources()) != sorted([source, inverse.output]):
        return
    port = constant_port(scaled) if scaled is not None and scaled.operator == "Mul" else None
    if scaled is None or port is None or given_shape(scaled, port) != [net.tensor(source).shape[-1]]:
        return
    nodes = (node, *chain, inverse, product, scaled)
    weights = {"scale": Held(scaled.name, port)}
    yield Candidate("RMSNormalization", {"epsilon": epsilon}, {"x": source}, nodes, weights, named=product)


def _find_squared(node: Node) -> Source | None:
    """What a node squares; None where it does something else."""
    if node.operator == "Pow":
        return node.source("A") if given_number(node, "B") == 2.0 else None
    return node.source("A") if node.source("A") == node.source("B") else None


def _is_inverse(node: Node) -> bool:
    """Whether a node divides 1 by what it is fed."""
    return node.operator == "Reciprocal" or (node.operator == "Div" and given_number(node, "A") == 1.0)


@pattern("ReduceMean")
def find_layer_normalization_of_keras(net: Net, node: Node) -> Iterator[Candidate]:
    """`x * f + (beta - mean * f)` along the last axis, where `f` is `gamma / sqrt(variance + epsilon)`."""
    source = node.source("data")
    users = {user.operator: user for user in net.users(node.output)}
    if source is None or not _is_last_mean(net, node) or users.keys() != {"Sub", "Neg"}:
        return
    squared = next((user for user in net.users(users["Sub"].output)), None)
    if users["Sub"].sources() != [source, node.output] or squared is None or _find_squared(squared) is None:
        return
    chain = _follow(net, squared, ("ReduceMean", "Add", "Sqrt"))
    inverse = None if chain is None else net.only_user(chain[-1].output)
    factor = None if inverse is None or not _is_inverse(inverse) else net.only_user(inverse.output)
    if chain is None or inverse is None or factor is None or not _is_last_mean(net, chain[0]):
        return
    products = {user.name: user for user in net.users(factor.output) if user.operator == "Mul"}
    moved = {sorted(set(product.sources()) - {factor.output})[0]: product for product in products.values()}
    if factor.operator != "Mul" or moved.keys() != {source, users["Neg"].output}:
        return
    shifted = net.only_user(moved[users["Neg"].output].output)
    total = None if shifted is None else net.only_user(shifted.output)
    if shifted is None or total is None or shifted.operator != "Add" or total.operator != "Add":
        return
    ports = [constant_port(other) for other in (chain[1], factor, shifted)]
    epsilon = None if ports[0] is None else given_number(chain[1], ports[0])
    width = [net.tensor(source).shape[-1]]
    if epsilon is None or not ports[1] or not ports[2] or moved[source].output not in total.sources():
        return
    if given_shape(factor, ports[1]) == given_shape(shifted, ports[2]) == width:
        nodes = (node, *users.values(), squared, *chain, inverse, factor, *products.values(), shifted, total)
        weights = {"gamma": Held(factor.name, ports[1]), "beta": Held(shifted.name, ports[2])}
        yield Candidate("LayerNormalization", {"epsilon": epsilon}, {"inputs": source}, nodes, weights, named=total)
