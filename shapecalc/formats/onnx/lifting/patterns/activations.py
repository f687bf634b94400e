"""Functions of each number by itself, and softmax."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose, pi, sqrt
from typing import Any

from shapecalc.formats.flat_model import Held, Source
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import (
    Candidate,
    constant_port,
    given_number,
    given_shape,
    pattern,
)

_NAMES = {
    "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Softsign": "softsign", "HardSwish": "hard_silu",
    "Mish": "mish", "Exp": "exponential",
}  # fmt: skip
"""What Keras calls the functions that have no arguments."""
_USUAL: dict[str, tuple[str, dict[str, float]]] = {
    "Selu": ("selu", {"alpha": 1.6732632, "gamma": 1.050701}),
    "HardSigmoid": ("hard_sigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "Celu": ("celu", {"alpha": 1.0}),
    "Swish": ("silu", {"alpha": 1.0}),
}
"""Functions that Keras has with these arguments alone."""
_DEFAULTS = {"Selu": {"alpha": 1.6732632, "gamma": 1.050701}, "HardSigmoid": {"alpha": 0.2, "beta": 0.5}}


def _activation(name: str, source: Source, *nodes: Node, named: Node | None = None) -> Candidate:
    return Candidate("Activation", {"activation": name}, {"inputs": source}, nodes, named=named)


@pattern("Relu", "LeakyRelu", "Elu", "ThresholdedRelu")
def find_layer(net: Net, node: Node) -> Iterator[Candidate]:
    """Functions that are layers of their own."""
    source, alpha = node.source("X"), node.arguments.get("alpha")
    if source is None:
        return
    layer: tuple[str, dict[str, Any]] = {
        "Relu": ("ReLU", {}),
        "LeakyRelu": ("LeakyReLU", {"negative_slope": 0.01 if alpha is None else alpha}),
        "Elu": ("ELU", {"alpha": 1.0 if alpha is None else alpha}),
        "ThresholdedRelu": ("ReLU", {"threshold": 1.0 if alpha is None else alpha}),
    }[node.operator]
    yield Candidate(*layer, {"inputs": source}, (node,))


@pattern(*_NAMES, *_USUAL, stage=2)
def find_activation(net: Net, node: Node) -> Iterator[Candidate]:
    """Functions of `keras.activations`; `x * sigmoid(x)` is `silu`."""
    source = node.source("X")
    if source is None:
        return
    if node.operator in _NAMES:
        product = net.only_user(node.output) if node.operator == "Sigmoid" else None
        if (
            product is not None
            and product.operator == "Mul"
            and sorted(product.sources()) == sorted([node.output, source])
        ):
            yield _activation("silu", source, node, product)
        yield _activation(_NAMES[node.operator], source, node)
        return
    name, wanted = _USUAL[node.operator]
    given = _DEFAULTS.get(node.operator, wanted) | node.arguments
    if all(isclose(given[argument], value, rel_tol=1e-6) for argument, value in wanted.items()):
        yield _activation(name, source, node)


@pattern("Gelu")
def find_gelu(net: Net, node: Node) -> Iterator[Candidate]:
    """`gelu` with the exact error function, or by tanh."""
    source = node.source("X")
    if source is not None:
        yield _make_gelu(source, (node,), by_tanh=node.arguments.get("approximate", "none") == "tanh")


def _make_gelu(source: Source, nodes: tuple[Node, ...], *, by_tanh: bool, named: Node | None = None) -> Candidate:
    if by_tanh:
        return Candidate("ops.gelu", {}, {"x": source}, nodes, named=named)
    return _activation("gelu", source, *nodes, named=named)


_WITHIN = {"Erf": {1: 1 / sqrt(2)}, "Tanh": {1: sqrt(2 / pi), 3: 0.044715 * sqrt(2 / pi)}}
"""What stands within the function of each form of `gelu`: factors by the power of `x`."""


@pattern("Erf", "Tanh")
def find_gelu_written_out(net: Net, node: Node) -> Iterator[Candidate]:
    """`x * (1 + f(x)) * 0.5` in its orders, where `f` is the error function, or nearly that by tanh."""
    added, within = net.only_user(node.output), node.source("X")
    if within is None or added is None or not _has_constant(added, "Add", 1.0):
        return
    product = net.only_user(added.output)
    if product is None or product.operator != "Mul" or len(product.sources()) != 2:
        return
    other = next((fed for fed in product.sources() if fed != added.output), None)
    halved, half = net.only_user(product.output), net.node_of(other)
    ways: list[tuple[Source, tuple[Node, ...], tuple[Node, ...]]] = []
    if other is not None and halved is not None and _has_constant(halved, "Mul", 0.5):
        ways.append((other, (), (product, halved)))
    source = None if half is None else _find_scaled(half, 0.5)
    if half is not None and source is not None:
        ways.append((source, (half,), (product,)))
    for source, before, after in ways:
        inner: dict[str, Node] = {}
        factors = _read_polynomial(net, within, source, inner)
        if factors is not None and _are_close(factors, _WITHIN[node.operator]):
            nodes = (*before, *inner.values(), node, added, *after)
            yield _make_gelu(source, nodes, by_tanh=node.operator == "Tanh", named=node)


def _are_close(factors: dict[int, float], wanted: dict[int, float]) -> bool:
    return factors.keys() == wanted.keys() and all(
        isclose(factors[power], factor, rel_tol=1e-4) for power, factor in wanted.items()
    )


def _read_polynomial(net: Net, source: Source, x: Source, inner: dict[str, Node]) -> dict[int, float] | None:
    """A tensor as a polynomial in `x`: factors by power. `inner` gets the nodes that compute it. None for others."""
    if source == x:
        return {1: 1.0}
    node = net.node_of(source)
    if node is None or len(inner) >= _MOST_NODES:
        return None
    inner.setdefault(node.name, node)
    parts = []
    for port in ("A", "B"):
        fed = node.source(port)
        number = given_number(node, port)
        part = _read_polynomial(net, fed, x, inner) if fed is not None else None if number is None else {0: number}
        if part is None:
            return None
        parts.append(part)
    return _combine(node.operator, *parts)


_MOST_NODES = 8


def _combine(operator: str, left: dict[int, float], right: dict[int, float]) -> dict[int, float] | None:
    """Two polynomials put together; None for an operator that makes none of them."""
    if operator == "Pow" and right.keys() == {0} and right[0] in (2.0, 3.0):
        square = _combine("Mul", left, left)
        return square if right[0] == 2.0 or square is None else _combine("Mul", square, left)
    result: dict[int, float] = {}
    if operator == "Mul":
        for power, factor in left.items():
            for more, other in right.items():
                result[power + more] = result.get(power + more, 0.0) + factor * other
        return result
    if operator == "Div" and right.keys() == {0} and right[0]:
        return {power: factor / right[0] for power, factor in left.items()}
    if operator == "Add":
        return {power: left.get(power, 0.0) + right.get(power, 0.0) for power in left | right}
    return None


def _find_scaled(node: Node, factor: float) -> Source | None:
    """What a node multiplies by a factor, or divides by its inverse; None where it does something else."""
    if _has_constant(node, "Mul", factor) or ("B" in node.arguments and _has_constant(node, "Div", 1 / factor)):
        return node.sources()[0]
    return None


def _has_constant(node: Node, operator: str, number: float) -> bool:
    """Whether a node is this operator with this number."""
    port = constant_port(node) if node.operator == operator else None
    given = None if port is None else given_number(node, port)
    return given is not None and isclose(given, number, rel_tol=1e-6)


@pattern("Clip")
def find_bounded_relu(net: Net, node: Node) -> Iterator[Candidate]:
    """Numbers held between 0 and a bound."""
    source, most = node.source("input"), given_number(node, "max")
    if source is not None and given_number(node, "min") == 0.0 and most is not None:
        yield Candidate("ReLU", {"max_value": most}, {"inputs": source}, (node,))


@pattern("Softmax", "LogSoftmax", stage=2)
def find_softmax(net: Net, node: Node) -> Iterator[Candidate]:
    """Softmax along an axis that is not the batch."""
    source, axis, ndim = node.source("input"), node.arguments.get("axis", -1), node.outputs[0].shape.ndim
    if source is None or not ndim or axis % ndim == 0:
        return
    if node.operator == "Softmax":
        yield Candidate("Softmax", {} if axis == -1 else {"axis": axis}, {"inputs": source}, (node,))
    elif axis % ndim == ndim - 1:
        yield _activation("log_softmax", source, node)


@pattern("PRelu")
def find_prelu(net: Net, node: Node) -> Iterator[Candidate]:
    """A learned slope, the same along the axes where it has 1."""
    source, slope = node.source("X"), given_shape(node, "slope")
    if source is None or slope is None or len(slope) != node.outputs[0].shape.ndim - 1:
        return
    shared = [axis for axis, size in enumerate(slope, 1) if size == 1]
    arguments = {"shared_axes": shared} if shared else {}
    yield Candidate("PReLU", arguments, {"inputs": source}, (node,), {"alpha": Held(node.name, "slope")})
