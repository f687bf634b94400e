"""Attention in several heads, of the layers and nodes that it is written out as."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose, sqrt
from typing import Any, NamedTuple

from shapecalc.formats.flat_model import Feed, Held, Source
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import Candidate, given_number, given_numbers, other_port, pattern

_BY_HEAD = [0, 2, 1, 3]
_TURNED = [0, 2, 3, 1]
"""The axes (batch, steps, heads, size) as scores and means are computed, and as the keys stand for a product."""


class _Heads(NamedTuple):
    """A projection into heads: what is projected, its weights, how many heads of which size, a factor, its nodes."""

    source: Source
    weights: dict[str, Held]
    heads: int
    size: int
    factor: float
    nodes: tuple[Node, ...]


@pattern("Softmax", stage=1)
def find_attention(net: Net, node: Node) -> Iterator[Candidate]:
    """`softmax(query @ key * factor) @ value`, each projected into heads, and the heads projected to the features."""
    scores = _read_scores(net, node)
    mixed = net.only_user(node.output)
    if scores is None or mixed is None or mixed.operator != "MatMul" or mixed.source("A") != node.output:
        return
    query, key, factor, nodes = scores
    value = _read_heads(net, mixed.source("B"), _BY_HEAD)
    after = _read_output(net, mixed)
    if value is None or after is None or not query.heads == key.heads == value.heads or query.size != key.size:
        return
    joining, out, weights = after
    parts = {"query": query, "key": key, "value": value}
    has_bias = {"bias" in held for held in (*(part.weights for part in parts.values()), weights)}
    if len(has_bias) > 1 or not isclose(
        factor * query.factor * key.factor * value.factor, query.size**-0.5, rel_tol=1e-5
    ):
        return
    arguments: dict[str, Any] = {"num_heads": query.heads, "key_dim": query.size}
    arguments |= {"value_dim": value.size} if value.size != query.size else {}
    arguments |= {} if has_bias == {True} else {"use_bias": False}
    features = out.outputs[0].shape[-1]
    arguments |= {"output_shape": features} if features != net.tensor(query.source).shape[-1] else {}
    feed: Feed = {"query": query.source, "value": value.source}
    feed |= {"key": key.source} if key.source != value.source else {}
    held = {f"{name}/{weight}": kept for name, part in parts.items() for weight, kept in part.weights.items()}
    held |= {f"attention_output/{weight}": kept for weight, kept in weights.items()}
    every = [*query.nodes, *key.nodes, *nodes, node, *value.nodes, mixed, *joining, out]
    constants = _list_constants(net, every)
    surplus = sum(constant.inferred.params for constant in constants if isinstance(constant.inferred.params, int))
    yield Candidate("MultiHeadAttention", arguments, feed, (*constants, *every), held, named=out, surplus=surplus)


def _read_scores(net: Net, softmax: Node) -> tuple[_Heads, _Heads, float, list[Node]] | None:
    """The queries and keys of which scores are computed, a factor, and the nodes that do it; None for others."""
    if softmax.arguments.get("axis", -1) not in (-1, 3):
        return None
    source, factor, nodes = _read_factors(net, softmax.source("input"))
    product = net.node_of(source)
    if product is None or product.operator != "MatMul":
        return None
    query, key = _read_heads(net, product.source("A"), _BY_HEAD), _read_heads(net, product.source("B"), _TURNED)
    return None if query is None or key is None else (query, key, factor, [product, *nodes])


def _read_factors(net: Net, source: Source | None) -> tuple[Source | None, float, list[Node]]:
    """A tensor before it is multiplied by numbers, their product, and the nodes that multiply."""
    factor, nodes = 1.0, list[Node]()
    while (node := net.node_of(source)) is not None and node.operator in ("Mul", "Div"):
        for port in ("B", "A") if node.operator == "Mul" else ("B",):
            number = read_number(net, node, port)
            other = node.source(other_port(node, port))
            if number and other is not None:
                factor = factor * number if node.operator == "Mul" else factor / number
                source = other
                nodes.append(node)
                break
        else:
            break
    return source, factor, nodes


def read_number(net: Net, node: Node, port: str) -> float | None:
    """The one number that a port is given, or that is computed of constants for it; None for others."""
    source = node.source(port)
    if source is None:
        return given_number(node, port)
    values = net.tensor(source).values
    if values is not None and len(values) == 1 and isinstance(values[0], (int, float)):
        return float(values[0])
    giver = net.node_of(source)
    if giver is None or giver.operator not in _COMPUTED:
        return None
    numbers = [read_number(net, giver, name) for name in _COMPUTED[giver.operator]]
    if None in numbers:
        return None
    left, *right = [number for number in numbers if number is not None]
    if giver.operator == "Sqrt":
        return sqrt(left) if left >= 0 else None
    if giver.operator in ("Div", "Reciprocal"):
        above, below = (left, right[0]) if right else (1.0, left)
        return above / below if below else None
    return left * right[0] if right else left


_COMPUTED = {
    "Initializer": ("value",), "Cast": ("input",), "Sqrt": ("X",), "Reciprocal": ("X",), "Div": ("A", "B"),
    "Mul": ("A", "B"),
}  # fmt: skip
"""Operators by which exporters compute a factor, and the ports of the numbers that they do it of."""


def _list_constants(net: Net, nodes: Sequence[Node]) -> list[Node]:
    """The nodes that compute numbers for these alone."""
    names = {node.name for node in nodes}
    constants: list[Node] = []
    waiting = [source for node in nodes for source in node.sources()]
    while waiting:
        source = waiting.pop()
        giver = net.node_of(source)
        if giver is None or giver.name in names or giver.operator not in _COMPUTED or source in net.outputs.values():
            continue
        if all(user.name in names for user in net.users(source)):
            names.add(giver.name)
            constants.append(giver)
            waiting += giver.sources()
    return constants[::-1]


def _read_heads(net: Net, source: Source | None, order: list[int]) -> _Heads | None:
    """A projection into heads whose axes stand in this order; None for others."""
    nodes: list[Node] = []
    factor, axes = 1.0, [0, 1, 2, 3]
    while True:
        source, more, scaling = _read_factors(net, source)
        factor, nodes = factor * more, nodes + scaling
        node = net.node_of(source)
        turned = None if node is None else _read_turn(net, node)
        if turned is None:
            break
        source, turn, turning = turned
        axes = [turn[axis] for axis in axes]
        nodes += turning
    if node is None or axes != order or node.outputs[0].shape.ndim != 4:
        return None
    count, size = node.outputs[0].shape[2:]
    if not isinstance(count, int) or not isinstance(size, int):
        return None
    dense = net.node_of(node.source("data")) if node.operator == "Reshape" else None
    if dense is None or dense.type_name != "Dense":
        return None
    fed = dense.source("inputs")
    if fed is None or dense.outputs[0].shape[:2] != node.outputs[0].shape[:2] or "activation" in dense.arguments:
        return None
    weights = {name: _split(held, "last", count) for name, held in net.origins[dense.name].weights.items()}
    return _Heads(fed, weights, count, size, factor, (dense, node, *nodes[::-1]))


def _read_turn(net: Net, node: Node) -> tuple[Source, list[int], list[Node]] | None:
    """What a node turns, and how; three that turn the last two axes of matrices laid in one row count as one."""
    source = node.source("data")
    if source is None:
        return None
    order = given_numbers(node, "perm") if node.operator == "Transpose" else None
    if order is not None:
        return (source, order, [node]) if len(order) == 4 else None
    inner = net.node_of(source)
    before = None if inner is None else net.node_of(inner.source("data"))
    if node.operator != "Reshape" or inner is None or before is None or before.operator != "Reshape":
        return None
    if inner.operator != "Transpose" or given_numbers(inner, "perm") != [0, 2, 1]:
        return None
    first = before.source("data")
    shape = None if first is None else net.tensor(first).shape
    turned = node.outputs[0].shape
    if first is None or shape is None or shape.ndim != 4 or before.outputs[0].shape[1:] != shape[2:]:
        return None
    return (first, [0, 1, 3, 2], [node, inner, before]) if [*turned] == [*shape[:2], shape[3], shape[2]] else None


def _read_output(net: Net, mixed: Node) -> tuple[list[Node], Node, dict[str, Held]] | None:
    """The nodes that put the heads together, the projection of them, and its weights; None for others."""
    turned = net.only_user(mixed.output)
    joined = None if turned is None else net.only_user(turned.output)
    out = None if joined is None else net.only_user(joined.output)
    if turned is None or joined is None or out is None or given_numbers(turned, "perm") != _BY_HEAD:
        return None
    shape = turned.outputs[0].shape
    if joined.operator != "Reshape" or out.type_name != "Dense" or joined.outputs[0].shape[:2] != shape[:2]:
        return None
    count = shape[2]
    if joined.outputs[0].shape.ndim != 3 or not isinstance(count, int) or "activation" in out.arguments:
        return None
    weights = net.origins[out.name].weights
    return [turned, joined], out, weights | {"kernel": _split(weights["kernel"], "first", count)}


def _split(held: Held, axis: str, count: int) -> Held:
    """A weight of which an axis is as many heads."""
    return held._replace(change=f"{held.change}+{axis}".lstrip("+"), number=count)
