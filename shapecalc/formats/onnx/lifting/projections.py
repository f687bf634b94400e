"""Projections into heads, read up from where they are multiplied: of one tensor each, or parts of one projection."""

from __future__ import annotations

from typing import NamedTuple

from shapecalc.dims import Size, prod
from shapecalc.formats.flat_model import Held, Source
from shapecalc.formats.onnx.lifting.constants import Constant, change_held, read_constant, read_number, split_held
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import find_taken, given_numbers, given_shape, other_port
from shapecalc.formats.onnx.lifting.views import TURNS, View, keep_wide, list_axes, take_apart, turn


class Product(NamedTuple):
    """A product with a constant matrix: what is multiplied, its weights, its nodes, and how wide it is.

    It may be one into heads already, and then it has a width for the heads and one for their size.
    """

    source: Source
    weights: dict[str, Held]
    nodes: tuple[Node, ...]
    widths: tuple[Size, ...]


class Heads(NamedTuple):
    """An operand of a product that is a projection into heads: what is projected, its weights, the sizes of its axes.

    Also its nodes, how its axes stand, a factor, and whether what is projected has its steps before the batch.
    """

    source: Source
    weights: dict[str, Held]
    sizes: dict[str, Size]
    nodes: list[Node]
    view: View
    factor: float
    is_turned: bool


def read_heads(net: Net, source: Source | None, names: tuple[str, ...], order: list[int]) -> Heads | None:
    """An operand of a product, in an order of its axes; None where it is no projection into heads.

    It is read upwards to the projection, and what that gives is followed down again.
    """
    steps: list[tuple[Node, int]] = []
    while source is not None and (product := _read_product(net, source)) is None:
        node = net.node_of(source)
        steps.append((node, source[2])) if node is not None else None
        source = None if node is None else _find_fed(net, node)
    if source is None or product is None:
        return None
    walk = _Walk(net, product)
    if not all(walk.follow(node, port) for node, port in reversed(steps)):
        return None
    return walk.name_axes(names, order)


def _find_fed(net: Net, node: Node) -> Source | None:
    """What a node that a projection may go through to a product is fed; None for other nodes."""
    scaled = _read_factor(net, node)
    if scaled is not None:
        return scaled[0]
    bias = read_bias(net, node)
    if bias is not None:
        return bias[0]
    return node.source("input" if node.operator == "Split" else "data") if node.operator in _THROUGH else None


_THROUGH = (*TURNS, "Gather", "Slice", "Split")
"""Operators that put axes otherwise, or take a part of one."""


class _Walk:
    """Where the axes of a projection stand, node by node: two in front, and the features, which may be taken apart.

    `features` are the parts of these that are left, in their order, and `changes` what is done to the weights for that.
    `by_heads` are weights that have an axis for the heads and one for their size, with what those are called.
    """

    def __init__(self, net: Net, product: Product) -> None:
        self.net, self.product = net, product
        self.factor = 1.0
        self.changes: list[str] = []
        self.nodes = [*product.nodes]
        self.weights = dict(product.weights)
        shape = product.nodes[-1].outputs[0].shape
        self.sizes: dict[str, Size] = dict(zip("01", shape, strict=False))
        self.features = [f"f{place}" for place in range(len(product.widths))]
        self.sizes |= dict(zip(self.features, product.widths, strict=True))
        self.features = keep_wide(self.features, self.sizes)
        self.view: View = [keep_wide([axis], self.sizes) for axis in self.sizes]
        self.by_heads = {name: [*self.features] for name in self.weights if len(product.widths) > 1}

    def follow(self, node: Node, port: int) -> bool:
        """Goes on behind a node; returns whether it is one that can be followed."""
        self.nodes.append(node)
        scaled = _read_factor(self.net, node)
        if scaled is not None:
            self.factor *= scaled[1]
        elif node.operator == "Add":
            return self._add_bias(node)
        elif node.operator in TURNS:
            view = turn(self.view, node, self.sizes, self.features)
            if view is None:
                return False
            self.view = view
        elif node.operator == "Gather":
            taken = find_taken(self.net, node)
            if taken is None or not self._take(taken.axis, taken.place, self.view_size(taken.axis)):
                return False
            del self.view[taken.axis]
        else:
            return self._take_share(node, port)
        return len(self.view) == node.outputs[0].shape.ndim

    def view_size(self, axis: int) -> Size:
        """The size of an axis as it stands."""
        return prod(self.sizes[name] for name in self.view[axis])

    def _add_bias(self, node: Node) -> bool:
        """Reads a bias of all features, as they are or by heads."""
        read = read_bias(self.net, node)
        if read is None or self.changes or self.factor != 1.0 or "bias" in self.weights:
            return False
        _, bias = read
        axes = self.view[-len(bias.shape) :]
        self.weights["bias"] = bias.held
        self.nodes += bias.nodes
        if len(axes) > 1:
            self.by_heads["bias"] = [*self.features]
        is_whole = axes in ([self.features], [[name] for name in self.features])
        return is_whole and [*bias.shape] == [prod(self.sizes[name] for name in group) for group in axes]

    def _take_share(self, node: Node, port: int) -> bool:
        """Takes one of equal parts of an axis, by `Split` or `Slice`."""
        shape = node.outputs[port].shape
        if node.operator == "Split":
            if len({output.shape for output in node.outputs}) > 1:
                return False
            return self._take(node.arguments.get("axis", 0) % shape.ndim, port, len(node.outputs))
        starts, axes = given_numbers(node, "starts"), given_numbers(node, "axes")
        if not starts or not axes or len(axes) != 1 or given_numbers(node, "steps") not in (None, [1]):
            return False
        axis = axes[0] % shape.ndim
        whole, part = self.view_size(axis), shape[axis]
        if not isinstance(whole, int) or not isinstance(part, int) or not part or whole % part:
            return False
        start = max(starts[0] + whole, 0) if starts[0] < 0 else starts[0]
        return start % part == 0 and self._take(axis, start // part, whole // part)

    def _take(self, axis: int, place: int, count: Size) -> bool:
        """Takes a part of an axis that has so many: of the features the outermost, others are left as they are."""
        group = self.view[axis]
        if count == 1:
            return True
        is_first = group[:1] == self.features[:1] != []
        if self.by_heads or not is_first or not isinstance(count, int):
            return False
        pieces = take_apart(group[0], count, self.sizes, self.features)
        if pieces is None:
            return False
        self.view[axis] = [*pieces[1:], *group[1:]]
        del self.features[0]
        self.changes.append(f"part {place}/{count}")
        return True

    def name_axes(self, names: tuple[str, ...], order: list[int]) -> Heads | None:
        """What was read, with these names of its axes; None where they do not stand in this order."""
        is_changed = any(features != self.features for features in self.by_heads.values())
        if is_changed or len(self.features) not in (1, 2):
            return None
        own = ["one", *self.features][-2:]
        for batch, steps in (("0", "1"), ("1", "0")):
            renamed = dict(zip((batch, steps, *own), names, strict=False))
            sizes = {name: self.sizes.get(axis, 1) for axis, name in renamed.items()}
            view = [[renamed[axis] for axis in group] for group in self.view]
            if list_axes(view) == keep_wide([names[place] for place in order], sizes):
                weights = self._list_weights(sizes[names[2]])
                return Heads(self.product.source, weights, sizes, self.nodes, view, self.factor, batch == "1")
        return None

    def _list_weights(self, heads: Size) -> dict[str, Held]:
        """What held the weights, changed to those of heads."""
        given = dict(self.weights)
        for name, held in given.items():
            if name not in self.by_heads and isinstance(heads, int):
                for change in self.changes:
                    held = change_held(held, change)
                given[name] = split_held(held, "last", heads)
        return given


def read_chain(net: Net, source: Source | None) -> tuple[Source | None, float, list[Node]]:
    """A tensor before its axes are put otherwise and it is multiplied by numbers; their product, and the nodes."""
    factor, nodes = 1.0, list[Node]()
    while (node := net.node_of(source)) is not None:
        if node.operator in TURNS and node.source("data") is not None:
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


def _read_product(net: Net, source: Source) -> Product | None:
    """The product of a tensor of steps and constants that gives a tensor; None where none does."""
    node = net.node_of(source)
    if node is None:
        return None
    fed, shape = node.source("inputs"), node.outputs[0].shape
    if node.type_name == "Dense" and fed is not None and shape.ndim == 3:
        return Product(fed, net.origins[node.name].weights, (node,), (shape[2],))
    if node.type_name == "EinsumDense" and fed is not None and node.arguments["equation"] == "abc,cde->abde":
        return Product(fed, net.origins[node.name].weights, (node,), shape[2:])
    return read_plain(net, node) if shape.ndim == 3 else None


def read_plain(net: Net, node: Node) -> Product | None:
    """A product that no layer was found for, whose kernel may be a part of a larger constant."""
    kernel, source = read_constant(net, node, "B"), node.source("A")
    if node.operator not in ("MatMul", "Gemm") or kernel is None or source is None or len(kernel.shape) != 2:
        return None
    if node.operator == "Gemm":
        scales = [node.arguments.get(name, 1.0) for name in ("alpha", "beta")]
        if scales != [1.0, 1.0] or node.arguments.get("transA") or "C" in node.feed:
            return None
    width = node.outputs[0].shape[-1]
    weights = {"kernel": change_held(kernel.held, "transpose") if node.arguments.get("transB") else kernel.held}
    if "C" in node.arguments:
        if given_shape(node, "C") != [width]:
            return None
        weights["bias"] = Held(node.name, "C")
    return Product(source, weights, (*kernel.nodes, node), (width,))


def read_bias(net: Net, node: Node) -> tuple[Source, Constant] | None:
    """What a node adds a constant to, and that; None where it adds none."""
    for port in ("A", "B") if node.operator == "Add" else ():
        constant, source = read_constant(net, node, port), node.source(other_port(node, port))
        if constant is not None and source is not None:
            return source, constant
    return None
