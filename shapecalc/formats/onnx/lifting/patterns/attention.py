"""Attention in several heads, of the layers and nodes that it is written out as."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import inf, isclose, sqrt
from typing import Any, NamedTuple, TypeAlias

from shapecalc.dims import Shape, Size, prod
from shapecalc.formats.flat_model import Feed, Held, Source
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import (
    Candidate,
    Taken,
    constant_port,
    find_taken,
    given_number,
    given_numbers,
    given_shape,
    other_port,
    pattern,
)

View: TypeAlias = list[list[str]]
"""A tensor's axes, each as the axes of a projection into heads that stand in it, in order; one of 1 has none."""
_QUERY, _KEY, _VALUE = (
    ("batch", "query", "head", "size"),
    ("batch", "key", "head", "size"),
    ("batch", "key", "head", "mean"),
)
"""The axes of the projections."""


class _Heads(NamedTuple):
    """A projection into heads: what is projected, its weights, the sizes of its axes, its nodes, how its axes stand."""

    source: Source
    weights: dict[str, Held]
    sizes: dict[str, Size]
    nodes: tuple[Node, ...]
    view: View


class _Part(NamedTuple):
    """An operand of a product: the projection that it comes of, how its axes stand, a factor, and the nodes between."""

    heads: _Heads
    view: View
    factor: float
    nodes: list[Node]


@pattern("Softmax", stage=1)
def find_attention(net: Net, node: Node) -> Iterator[Candidate]:
    """`softmax(query @ key * factor) @ value`, each projected into heads, and the heads projected to the features."""
    source, mask = _read_mask(net, node.source("input"))
    turned, factor, above = _read_chain(net, source)
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
    query, key = _read_part(net, product.source("A"), _QUERY), _read_part(net, product.source("B"), _KEY)
    value = _read_part(net, mixed.source("B"), _VALUE)
    if query is None or key is None or value is None:
        return
    parts = {"query": query.heads, "key": key.heads, "value": value.heads}
    if len({part.sizes["batch"] for part in parts.values()}) > 1 or key.heads.sizes["key"] != value.heads.sizes["key"]:
        return
    sizes = query.heads.sizes | key.heads.sizes | value.heads.sizes
    views = [_multiply(query.view, key.view)]
    views.append(_view(views[-1], above, sizes))
    views.append(_view(views[-1], below, sizes))
    views.append(_multiply(views[-1], value.view))
    if views[1] is None or _list_axes(views[1]) != ["batch", "head", "query", "key"] or views[1][-1] != ["key"]:
        return
    output = _read_output(net, mixed, views[-1], sizes)
    factor *= query.factor * key.factor * value.factor
    if output is None or not isclose(factor, float(str(sizes["size"])) ** -0.5, rel_tol=1e-5):
        return
    joining, out, weights = output
    arguments = _list_arguments(net, parts, out, weights)
    if arguments is None or (mask and views[1][:-2] != [["batch"], ["head"]]):
        return
    arguments |= {"use_causal_mask": True} if mask else {}
    feed: Feed = {"query": query.heads.source, "value": value.heads.source}
    feed |= {"key": key.heads.source} if key.heads.source != value.heads.source else {}
    held = {f"{name}/{weight}": kept for name, part in parts.items() for weight, kept in part.weights.items()}
    held |= {f"attention_output/{weight}": kept for weight, kept in weights.items()}
    every = [node for part in (query, key) for node in (*part.heads.nodes, *part.nodes)] + [product, *above]
    every += [*mask, node, *below, *value.heads.nodes, *value.nodes, mixed, *joining, out]
    every = list({node.name: node for node in every}.values())  # one projection may be that of all three
    constants = _list_constants(net, every, {part.source for part in parts.values()})
    held_by = [other.inferred.params for other in (*constants, *mask)]
    surplus = sum(params for params in held_by if isinstance(params, int))
    yield Candidate("MultiHeadAttention", arguments, feed, (*constants, *every), held, named=out, surplus=surplus)


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
    chosen = net.node_of(source)
    if chosen is None or chosen.operator != "Where" or given_number(chosen, "Y") != 0.0:
        return None
    given = chosen.arguments.get("X")
    above = net.node_of(chosen.source("condition"))
    if not isinstance(given, dict) or given.get("values") != [-inf] or above is None or above.operator != "Equal":
        return None
    below = net.node_of(above.source("A"))
    if given_number(above, "B") != 0.0 or below is None or below.operator != "Trilu" or "k" in below.arguments:
        return None
    ones = net.node_of(below.source("input"))
    if below.arguments.get("upper", True) or "k" in below.feed or ones is None or ones.operator != "Expand":
        return None
    shape = chosen.outputs[0].shape
    is_square = shape.ndim == 2 and shape[0] == shape[1]
    return [ones, below, above, chosen] if is_square and given_number(ones, "input") == 1.0 else None


def _list_arguments(net: Net, parts: dict[str, _Heads], out: Node, weights: dict[str, Held]) -> dict[str, Any] | None:
    """The arguments of the layer; None where it would need a bias here and none there, or heads of several counts."""
    query, key, value = parts.values()
    has_bias = {"bias" in held for held in (query.weights, key.weights, value.weights, weights)}
    if len(has_bias) > 1 or query.sizes["head"] != key.sizes["head"] or query.sizes["size"] != key.sizes["size"]:
        return None
    arguments: dict[str, Any] = {"num_heads": query.sizes["head"], "key_dim": query.sizes["size"]}
    if value.sizes["mean"] != query.sizes["size"]:
        arguments["value_dim"] = value.sizes["mean"]
    if has_bias == {False}:
        arguments["use_bias"] = False
    features = out.outputs[0].shape[-1]
    if features != net.tensor(query.source).shape[-1]:
        arguments["output_shape"] = features
    return arguments


def _find_mixing(net: Net, softmax: Node) -> tuple[list[Node], Node | None]:
    """The nodes that put the axes of the weights otherwise, and the product with the values."""
    nodes: list[Node] = []
    node = net.only_user(softmax.output)
    while node is not None and node.operator in _TURNS:
        nodes.append(node)
        node = net.only_user(node.output)
    is_product = node is not None and node.operator == "MatMul" and node.source("A") == (nodes or [softmax])[-1].output
    return nodes, node if is_product else None


_TURNS = ("Reshape", "Transpose", "Squeeze", "Unsqueeze")
"""Operators that only put axes otherwise."""


def _read_chain(net: Net, source: Source | None) -> tuple[Source | None, float, list[Node]]:
    """A tensor before its axes are put otherwise and it is multiplied by numbers; their product, and the nodes."""
    factor, nodes = 1.0, list[Node]()
    while (node := net.node_of(source)) is not None and (_read_projection(net, node, _QUERY) is None):
        if node.operator in _TURNS and node.source("data") is not None:
            source = node.source("data")
        else:
            scaled = _read_factor(net, node)
            if scaled is None:
                break
            source, number = scaled
            factor *= number
        nodes.append(node)
    return source, factor, nodes[::-1]


def _read_factor(net: Net, node: Node) -> tuple[Source, float] | None:
    """What a node multiplies by a number, and the number; None where it does something else."""
    for port in {"Mul": "BA", "Div": "B"}.get(node.operator, ""):
        number, other = read_number(net, node, port), node.source(other_port(node, port))
        if number and other is not None:
            return other, number if node.operator == "Mul" else 1 / number
    return None


def _read_part(net: Net, source: Source | None, axes: tuple[str, ...]) -> _Part | None:
    """An operand of a product; None where it is no projection into heads."""
    source, factor, nodes = _read_chain(net, source)
    node = net.node_of(source)
    heads = None if node is None else _read_projection(net, node, axes)
    if heads is None:
        return None
    view = _view(heads.view, nodes, heads.sizes)
    return None if view is None else _Part(heads, view, factor, nodes)


def _view(view: View | None, nodes: Sequence[Node], sizes: dict[str, Size]) -> View | None:
    """How axes stand behind nodes; None where one of them takes an axis apart."""
    for node in nodes:
        if view is None:
            return None
        shape = node.outputs[0].shape
        axes = [axis % max(shape.ndim, len(view)) for axis in given_numbers(node, "axes") or []]
        if node.operator == "Transpose":
            view = [view[axis] for axis in given_numbers(node, "perm") or []]
        elif node.operator == "Unsqueeze":
            kept = iter(view)
            view = [[] if axis in axes else next(kept) for axis in range(shape.ndim)]
        elif node.operator == "Squeeze":
            view = [axis for place, axis in enumerate(view) if place not in axes]
        elif node.operator == "Reshape":
            view = _regroup(_list_axes(view), shape, sizes)
    return view


def _list_axes(view: View) -> list[str]:
    """All axes in order."""
    return [axis for group in view for axis in group]


def _regroup(axes: list[str], shape: Shape, sizes: dict[str, Size]) -> View | None:
    """Axes that stand in these sizes, each as a whole in one; None where they do not."""
    view, left = [], axes[::-1]
    for size in shape:
        group: list[str] = []
        while prod(sizes[axis] for axis in group) != size:
            if not left:
                return None
            group.append(left.pop())
        view.append(group)
    return None if left else view


def _multiply(left: View | None, right: View | None) -> View | None:
    """The axes of a product of matrices; None where they do not meet."""
    if left is None or right is None or left[:-2] != right[:-2] or len(left) < 3:
        return None
    meets = left[-1] == right[-2] and len(left[-1]) == len(left[-2]) == len(right[-1]) == 1
    return [*left[:-1], right[-1]] if meets and _list_axes(left[:-2]) == ["batch", "head"] else None


def _read_projection(net: Net, node: Node, axes: tuple[str, ...]) -> _Heads | None:
    """The projection into heads that ends with a node; None where there is none."""
    return _read_own(net, node, axes) or _read_joint(net, node, axes)


def _read_joint(net: Net, node: Node, axes: tuple[str, ...]) -> _Heads | None:
    """A third of the one projection that queries, keys and values have; None where there is none."""
    third = _read_third(net, node)
    if third is None or len(third.view) != 4:
        return None
    dense = net.node_of(third.source)
    source = None if dense is None else dense.source("inputs")
    if dense is None or source is None or dense.type_name != "Dense" or dense.outputs[0].shape.ndim != 3:
        return None
    names = [axes[place] for place in third.view]
    sizes = dict(zip(names, node.outputs[0].shape, strict=True))
    heads, size = sizes[axes[2]], sizes[axes[3]]
    if not isinstance(heads, int) or not isinstance(size, int) or dense.outputs[0].shape[2] != 3 * heads * size:
        return None
    if dense.outputs[0].shape[:2] != (sizes[axes[0]], sizes[axes[1]]):
        return None
    weights = {
        name: _split(held._replace(change=f"{held.change}+part {third.place}/3".lstrip("+")), "last", heads)
        for name, held in net.origins[dense.name].weights.items()
    }
    return _Heads(source, weights, sizes, (dense, *third.nodes), [[name] for name in names])


class _Third(NamedTuple):
    """One of three equal parts of the last axis of a tensor: which, the nodes that take it, and where the axes stand.

    `view` counts the batch, the steps, the heads and their size.
    """

    source: Source
    place: int
    nodes: tuple[Node, ...]
    view: list[int]


def _read_third(net: Net, node: Node) -> _Third | None:
    """The third that ends with a node: of the last axis, or of an axis of three that it was taken apart to."""
    fed = node.source("data")
    parts = net.node_of(fed)
    if fed is not None and parts is not None and node.operator == "Reshape" and parts.operator == "Split":
        source = parts.source("input")
        is_last = source is not None and parts.arguments.get("axis", 0) % net.tensor(source).shape.ndim == 2
        is_even = len(parts.outputs) == 3 and len({output.shape for output in parts.outputs}) == 1
        return _Third(source, fed[2], (parts, node), [0, 1, 2, 3]) if source and is_last and is_even else None
    taken = _read_taken(net, node)
    if taken is None:
        return None
    whole = _source_of(taken.nodes[0])
    turn = net.node_of(whole)
    order = [0, 1, 2, 3, 4]
    nodes = taken.nodes
    if turn is not None and turn.operator == "Transpose":
        order, nodes, whole = given_numbers(turn, "perm") or [], (turn, *nodes), turn.source("data")
    apart = net.node_of(whole)
    source = apart.source("data") if apart is not None and apart.operator == "Reshape" else None
    if apart is None or source is None or apart.outputs[0].shape.ndim != 5 or len(order) != 5:
        return None
    if apart.outputs[0].shape[2] != 3 or order[taken.axis] != 2:
        return None
    view = [axis - (axis > 2) for axis in order if axis != 2]
    return _Third(source, taken.place, (apart, *nodes), view)


def _source_of(node: Node) -> Source | None:
    return node.source("input" if node.operator == "Split" else "data")


def _read_taken(net: Net, node: Node) -> Taken | None:
    """What is taken of an axis up to a node: by `Gather`, or by `Slice` or `Split` with a `Squeeze`; else None."""
    if node.operator == "Gather":
        return find_taken(net, node)
    fed = node.source("data") if node.operator == "Squeeze" else None
    before = net.node_of(fed)
    if fed is None or before is None or before.operator not in ("Slice", "Split"):
        return None
    if before.operator == "Slice":
        return find_taken(net, before)
    axis = before.arguments.get("axis", 0) % before.outputs[0].shape.ndim
    is_one = all(output.shape[axis] == 1 for output in before.outputs)
    squeezed = [given % before.outputs[0].shape.ndim for given in given_numbers(node, "axes") or []]
    return Taken((before, node), axis, fed[2]) if is_one and squeezed == [axis] else None


def _read_own(net: Net, node: Node, axes: tuple[str, ...]) -> _Heads | None:
    """A projection of its own."""
    shape = node.outputs[0].shape
    heads, size = shape[2:] if shape.ndim == 4 else (None, None)
    if not isinstance(heads, int) or not isinstance(size, int):
        return None
    sizes = dict(zip(axes, shape, strict=True))
    view = [[axis] for axis in axes]
    source = node.source("inputs")
    if node.type_name == "EinsumDense" and source is not None and node.arguments["equation"] == "abc,cde->abde":
        return _Heads(source, net.origins[node.name].weights, sizes, (node,), view)
    port = constant_port(node) if node.operator == "Add" else None
    split = node if port is None else net.node_of(node.source(other_port(node, port)))
    dense = net.node_of(split.source("data")) if split is not None and split.operator == "Reshape" else None
    source = None if dense is None else dense.source("inputs")
    if split is None or dense is None or source is None or dense.type_name != "Dense":
        return None
    if dense.outputs[0].shape[:-1] != shape[:2]:
        return None
    weights = {name: _split(held, "last", heads) for name, held in net.origins[dense.name].weights.items()}
    if port is None:
        return _Heads(source, weights, sizes, (dense, split), view)
    if "bias" in weights or given_shape(node, port) != [heads, size]:
        return None
    return _Heads(source, weights | {"bias": Held(node.name, port)}, sizes, (dense, split, node), view)


def _read_output(
    net: Net, mixed: Node, view: View | None, sizes: dict[str, Size]
) -> tuple[list[Node], Node, dict[str, Held]] | None:
    """The nodes that put the heads together, the projection of them, and its weights; None for others."""
    nodes: list[Node] = []
    out = net.only_user(mixed.output)
    while out is not None and out.operator in _TURNS:
        nodes.append(out)
        out = net.only_user(out.output)
    view, heads = _view(view, nodes, sizes), sizes["head"]
    if out is None or view is None or not isinstance(heads, int):
        return None
    if out.type_name == "Dense" and view == [["batch"], ["query"], ["head", "mean"]]:
        weights = net.origins[out.name].weights
        return nodes, out, weights | {"kernel": _split(weights["kernel"], "first", heads)}
    is_einsum = out.type_name == "EinsumDense" and out.arguments["equation"] == "abcd,cde->abe"
    is_apart = view == [["batch"], ["query"], ["head"], ["mean"]]
    return (nodes, out, net.origins[out.name].weights) if is_einsum and is_apart else None


def _split(held: Held, axis: str, count: int) -> Held:
    """A weight of which an axis is as many heads."""
    return held._replace(change=f"{held.change}+{axis}".lstrip("+"), number=count)


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


def _list_constants(net: Net, nodes: Sequence[Node], fed: Collection[Source]) -> list[Node]:
    """The nodes that compute numbers for these alone; what they are `fed` is none of that."""
    names = {node.name for node in nodes}
    constants: list[Node] = []
    waiting = [source for node in nodes for source in node.sources()]
    while waiting:
        source = waiting.pop()
        giver = net.node_of(source)
        if giver is None or giver.name in names or giver.operator not in _COMPUTED:
            continue
        if source in fed or source in net.outputs.values():
            continue
        if all(user.name in names for user in net.users(source)):
            names.add(giver.name)
            constants.append(giver)
            waiting += giver.sources()
    return constants[::-1]
