"""Functions of each number by itself, and softmax."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose, sqrt
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


@pattern(*_NAMES, *_USUAL)
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
    """`gelu` with the exact error function."""
    source = node.source("X")
    if source is not None and node.arguments.get("approximate", "none") == "none":
        yield _activation("gelu", source, node)


@pattern("Erf")
def find_gelu_of_erf(net: Net, node: Node) -> Iterator[Candidate]:
    """`x * (1 + erf(x / sqrt(2))) * 0.5` in its orders."""
    scaled = net.node_of(node.source("X"))
    source = None if scaled is None else _find_scaled(scaled, 1 / sqrt(2))
    added = net.only_user(node.output)
    if scaled is None or source is None or added is None or not _has_constant(added, "Add", 1.0):
        return
    product = net.only_user(added.output)
    if product is None or product.operator != "Mul" or len(product.sources()) != 2:
        return
    other = next((fed for fed in product.sources() if fed != added.output), None)
    halved = net.only_user(product.output)
    if other == source and halved is not None and _has_constant(halved, "Mul", 0.5):
        yield _activation("gelu", source, scaled, node, added, product, halved, named=node)
    half = net.node_of(other)
    if half is not None and _find_scaled(half, 0.5) == source:
        yield _activation("gelu", source, half, scaled, node, added, product, named=node)


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


@pattern("Softmax", "LogSoftmax")
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
