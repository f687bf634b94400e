"""Attention in several heads, of the layers and nodes that it is written out as."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose
from typing import Any, NamedTuple

from shapecalc.dims import Size
from shapecalc.formats.flat_model import Held, Source
from shapecalc.formats.onnx.lifting.constants import list_constants, read_filled, read_number, split_held
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import TURNED, Candidate, given_number, other_port, pattern
from shapecalc.formats.onnx.lifting.projections import Heads, read_bias, read_chain, read_heads, read_plain
from shapecalc.formats.onnx.lifting.views import TURNS, View, keep_wide, list_axes, multiply, turn_all

_QUERY, _KEY, _VALUE = (
    ("batch", "query", "head", "size"),
    ("batch", "key", "head", "size"),
    ("batch", "key", "head", "mean"),
)
"""The axes of the projections."""


class _Output(NamedTuple):
    """The projection of mixed values: its nodes, the product among them, its weights, and whether steps come first."""

    nodes: list[Node]
    product: Node
    weights: dict[str, Held]
    is_turned: bool


@pattern("Softmax", stage=1)
def find_attention(net: Net, node: Node) -> Iterator[Candidate]:
    """`softmax(query @ key * factor) @ value`, each projected into heads, and the heads projected to the features."""
    source, mask = _read_mask(net, node.source("input"))
    turned, factor, above = read_chain(net, source)
    product = net.node_of(turned)
    below, mixed = _find_mixing(net, node)
    ndim = node.outputs[0].shape.ndim
    if (
        product is None
        or mixed is None
        or product.operator != "MatMul"
        or node.arguments.get("axis", -1) % ndim < ndim - 1
    ):
        return
    query = read_heads(net, product.source("A"), _QUERY, [0, 2, 1, 3])
    key = read_heads(net, product.source("B"), _KEY, [0, 2, 3, 1])
    value = read_heads(net, mixed.source("B"), _VALUE, [0, 2, 1, 3])
    if query is None or key is None or value is None:
        return
    parts = {"query": query, "key": key, "value": value}
    if len({part.sizes["batch"] for part in parts.values()}) > 1 or key.sizes["key"] != value.sizes["key"]:
        return
    sizes = query.sizes | key.sizes | value.sizes
    scores = turn_all(multiply(query.view, key.view, sizes), above, sizes)
    rows = [keep_wide([name], sizes) for name in ("query", "key")]
    if scores is None or list_axes(scores) != keep_wide(["batch", "head", "query", "key"], sizes):
        return
    if scores[-1] != rows[1] or (mask and scores[-2] != rows[0]):
        return
    output = _read_output(net, mixed, multiply(turn_all(scores, below, sizes), value.view, sizes), sizes)
    factor *= query.factor * key.factor * value.factor
    if output is None or not isclose(factor, float(str(sizes["size"])) ** -0.5, rel_tol=1e-5):
        return
    arguments = _list_arguments(net, parts, output)
    if arguments is None:
        return
    arguments |= {"use_causal_mask": True} if mask else {}
    every = [*query.nodes, *key.nodes, product, *above, *mask, node, *below, *value.nodes, mixed, *output.nodes]
    yield _make(net, parts, output, arguments, every, mask)


def _make(
    net: Net, parts: dict[str, Heads], output: _Output, arguments: dict[str, Any], nodes: list[Node], mask: list[Node]
) -> Candidate:
    """The layer of these nodes, with those that compute numbers for them."""
    every = list({node.name: node for node in nodes}.values())  # one projection may be that of all three
    constants = list_constants(net, every, {part.source for part in parts.values()})
    held_by = [other.inferred.params for other in (*constants, *mask)]
    query, key, value = parts.values()
    is_shared = (key.source, key.is_turned) == (value.source, value.is_turned)
    fed = {"query": query, "value": value} | ({} if is_shared else {"key": key})
    return Candidate(
        "MultiHeadAttention",
        arguments,
        {port: part.source for port, part in fed.items()},
        (*constants, *every),
        _list_weights(parts, output),
        named=output.product,
        surplus=sum(params for params in held_by if isinstance(params, int)),
        after=TURNED if output.is_turned else None,
        before=TURNED,
        ports_before=tuple(port for port, part in fed.items() if part.is_turned),
    )


def _list_weights(parts: dict[str, Heads], output: _Output) -> dict[str, Held]:
    """What held each weight of the layer."""
    held = {f"{name}/{weight}": kept for name, part in parts.items() for weight, kept in part.weights.items()}
    return held | {f"attention_output/{weight}": kept for weight, kept in output.weights.items()}


def _read_mask(net: Net, source: Source | None) -> tuple[Source | None, list[Node]]:
    """Scores before those of later positions are made minus infinity, and the nodes that do it."""
    added = net.node_of(source)
    if added is None or added.operator != "Add":
        return source, []
    for port in ("A", "B"):
        nodes = _read_past(net, added.source(port))
        if nodes is not None and added.source(other_port(added, port)) is not None:
            return added.source(other_port(added, port)), [*nodes, added]
    return source, []


def _read_past(net: Net, source: Source | None) -> list[Node] | None:
    """The nodes that give 0 on and below a diagonal, and minus infinity above; None where others do."""
    turns: list[Node] = []
    chosen = net.node_of(source)
    while chosen is not None and chosen.operator == "Unsqueeze":
        turns.append(chosen)
        chosen = net.node_of(chosen.source("data"))
    if chosen is None or chosen.operator != "Where" or _read_least(chosen) is None:
        return None
    above, zeros = _read_above(net, chosen.source("condition")), read_filled(net, chosen, "Y", 0.0)
    shape = chosen.outputs[0].shape
    if above is None or zeros is None or shape.ndim != 2 or shape[0] != shape[1]:
        return None
    is_last = not turns or turns[0].outputs[0].shape[-2:] == shape
    return [*zeros, *above, chosen, *turns[::-1]] if is_last else None


def _read_least(chosen: Node) -> float | None:
    """What stands for minus infinity: that itself, or the least number of the type; None for others."""
    given = chosen.arguments.get("X")
    values = given.get("values") if isinstance(given, dict) else None
    return values[0] if values and len(values) == 1 and values[0] <= _LEAST else None


_LEAST = -3.4e38
"""No sum of it and a score differs from it by as much as an exponential function of float32 would show."""


def _read_above(net: Net, source: Source | None) -> list[Node] | None:
    """The nodes that tell what is above a diagonal, as triangles of ones that stay or are made zeros."""
    last = net.node_of(source)
    if last is not None and last.operator == "Trilu":
        ones = read_filled(net, last, "input", 1.0)
        is_above = last.arguments.get("upper", True) and read_number(net, last, "k") == 1.0
        return [*ones, last] if is_above and ones is not None else None
    if last is None or last.operator != "Equal" or given_number(last, "B") != 0.0:
        return None
    below = net.node_of(last.source("A"))
    if below is None or below.operator != "Trilu" or below.arguments.get("upper", True):
        return None
    ones = read_filled(net, below, "input", 1.0)
    is_whole = "k" not in below.arguments and "k" not in below.feed
    return [*ones, below, last] if is_whole and ones is not None else None


def _list_arguments(net: Net, parts: dict[str, Heads], output: _Output) -> dict[str, Any] | None:
    """The arguments of the layer; None where it would need a bias here and none there, or heads of several counts.

    Also where two of its kernels would be the same part of one.
    """
    query, key, value = parts.values()
    if len({part.weights["kernel"] for part in parts.values()}) < len(parts):
        return None
    has_bias = {"bias" in held for held in (query.weights, key.weights, value.weights, output.weights)}
    if len(has_bias) > 1 or query.sizes["head"] != key.sizes["head"] or query.sizes["size"] != key.sizes["size"]:
        return None
    arguments: dict[str, Any] = {"num_heads": query.sizes["head"], "key_dim": query.sizes["size"]}
    if value.sizes["mean"] != query.sizes["size"]:
        arguments["value_dim"] = value.sizes["mean"]
    if has_bias == {False}:
        arguments["use_bias"] = False
    features = output.product.outputs[0].shape[-1]
    if features != net.tensor(query.source).shape[-1]:
        arguments["output_shape"] = features
    return arguments


def _find_mixing(net: Net, softmax: Node) -> tuple[list[Node], Node | None]:
    """The nodes that put the axes of the weights otherwise, and the product with the values."""
    nodes: list[Node] = []
    node = net.only_user(softmax.output)
    while node is not None and node.operator in TURNS:
        nodes.append(node)
        node = net.only_user(node.output)
    is_product = node is not None and node.operator == "MatMul" and node.source("A") == (nodes or [softmax])[-1].output
    return nodes, node if is_product else None


def _read_output(net: Net, mixed: Node, view: View | None, sizes: dict[str, Size]) -> _Output | None:
    """The projection of the heads put together; None for others."""
    nodes: list[Node] = []
    out = net.only_user(mixed.output)
    while out is not None and out.operator in TURNS:
        nodes.append(out)
        out = net.only_user(out.output)
    view, heads = turn_all(view, nodes, sizes), sizes["head"]
    if out is None or view is None or not isinstance(heads, int):
        return None
    if out.type_name == "EinsumDense":
        is_whole = out.arguments["equation"] == "abcd,cde->abe" and view == [
            keep_wide([name], sizes) for name in ("batch", "query", "head", "mean")
        ]
        return _Output([*nodes, out], out, net.origins[out.name].weights, False) if is_whole else None
    read = _read_joining(net, out)
    if read is None or view[-1] != keep_wide(["head", "mean"], sizes):
        return None
    made, weights = read
    nodes += made
    sizes = sizes | {"features": made[-1].outputs[0].shape[-1]}
    is_turned = _follow_apart(net, nodes, [*view[:-1], keep_wide(["features"], sizes)], sizes)
    weights = weights | {"kernel": split_held(weights["kernel"], "first", heads)}
    return None if is_turned is None else _Output(nodes, out, weights, is_turned)


def _follow_apart(net: Net, nodes: list[Node], view: View | None, sizes: dict[str, Size]) -> bool | None:
    """Adds nodes until the batch and the steps have an axis each; whether the steps are the first; None if never."""
    names = ("batch", "query", "features"), ("query", "batch", "features")
    orders = [[keep_wide([name], sizes) for name in order] for order in names]
    while view is not None and view not in orders:
        node = net.only_user(nodes[-1].output)
        if node is None or node.operator not in TURNS:
            return None
        view = turn_all(view, [node], sizes)
        nodes.append(node)
    return None if view is None else orders.index(view) == 1


def _read_joining(net: Net, node: Node) -> tuple[list[Node], dict[str, Held]] | None:
    """The nodes of a product, a layer or plain, of which this is the first to be fed the heads, and its weights."""
    if node.type_name == "Dense":
        nodes, weights = [node], dict(net.origins[node.name].weights)
    else:
        product = read_plain(net, node)
        if product is None:
            return None
        nodes, weights = [*product.nodes], product.weights
    added = net.only_user(node.output)
    read = None if added is None or "bias" in weights else read_bias(net, added)
    if added is not None and read is not None and [*read[1].shape] == [*node.outputs[0].shape[-1:]]:
        return [*nodes, *read[1].nodes, added], weights | {"bias": read[1].held}
    return nodes, weights
