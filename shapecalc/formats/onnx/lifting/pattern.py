"""What a pattern finds, and the register of patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any, NamedTuple, TypeAlias

from shapecalc.formats.flat_model import Feed, Held, Source
from shapecalc.formats.onnx.lifting.net import Net, Node


class Candidate(NamedTuple):
    """A layer that nodes may be, which is tried on what they are fed. The last node gives its output.

    It is called as the node that it is `named` after, the first where that is left out. `weights` says for each of
    its weights what held its numbers, `surplus` how many numbers more the nodes hold: biases of which
    the layer has the sum. `port` is the output of the last node that it gives, `after` a layer type that makes it of
    the layer's own, `before` one that makes what the layer is fed: at these ports, or the first where they are None.
    """

    type_name: str
    arguments: dict[str, Any]
    feed: Feed
    nodes: tuple[Node, ...]
    weights: dict[str, Held] = {}  # noqa: RUF012
    named: Node | None = None
    surplus: int = 0
    port: int = 0
    after: tuple[str, dict[str, Any]] | None = None
    before: tuple[str, dict[str, Any]] | None = None
    ports_before: tuple[str, ...] | None = None


TURNED = "onnx.Transpose", {"perm": [1, 0, 2]}
"""Puts the batch before steps, or behind them."""

Pattern: TypeAlias = Callable[[Net, Node], Iterator[Candidate]]

STAGES = 3
PATTERNS: list[dict[str, list[Pattern]]] = [{} for _ in range(STAGES)]
"""The patterns of each stage, by the operator that they begin at."""


def pattern(*operators: str, stage: int = 0) -> Callable[[Pattern], Pattern]:
    """Registers a function that yields the layers which a node of these operators may be part of, best first.

    Those of a later `stage` are tried when all nodes have been tried for the ones before: what is put together of
    layers, and single nodes that would be missing in larger patterns.
    """

    def register(function: Pattern) -> Pattern:
        for operator in operators:
            PATTERNS[stage].setdefault(operator, []).append(function)
        return function

    return register


def given_shape(node: Node, port: str) -> list[int] | None:
    """The shape of the constant that a port is given; None where it is fed or left out."""
    given = node.arguments.get(port)
    return list(given["shape"]) if isinstance(given, dict) and "shape" in given else None


def given_number(node: Node, port: str) -> float | None:
    """The number that a port is given; None where there is none, or several, or one without bound."""
    given = node.arguments.get(port)
    values = given.get("values") if isinstance(given, dict) else given
    if isinstance(values, list):
        values = values[0] if len(values) == 1 else None
    return float(values) if isinstance(values, (int, float)) and isfinite(values) else None


def given_numbers(node: Node, port: str) -> list[int] | None:
    """The whole numbers that a port or an argument is given; None where there are none."""
    given = node.arguments.get(port)
    values = given.get("values") if isinstance(given, dict) else given
    values = [values] if isinstance(values, int) else values
    return values if isinstance(values, list) and all(isinstance(value, int) for value in values) else None


def other_port(node: Node, port: str) -> str:
    """The port of a binary operator beside this one."""
    return "B" if port == "A" else "A"


def constant_port(node: Node) -> str | None:
    """The port of a binary operator that is given, where the other one is fed."""
    for port in ("A", "B"):
        if port in node.arguments and other_port(node, port) in node.feed:
            return port
    return None


class Taken(NamedTuple):
    """One place along an axis of a tensor, without that axis: the nodes that take it, the axis, and which place."""

    nodes: tuple[Node, ...]
    axis: int
    place: int

    @property
    def output(self) -> Source:
        """The tensor that is left."""
        return self.nodes[-1].output


def find_taken(net: Net, node: Node) -> Taken | None:
    """What a node takes, which may be a `Slice` of one place with a `Squeeze` after it; None where it does otherwise.

    A place counts from the end where it is below 0, and the axis is not of a known length.
    """
    source = node.source("data")
    if source is None:
        return None
    after = net.only_user(node.output)
    if node.operator == "Gather":
        axis, place, nodes = node.arguments.get("axis", 0), _read_index(node), (node,)
    elif node.operator == "Slice" and after is not None and after.operator == "Squeeze":
        axis, place = _read_slice(node)
        nodes = node, after  # type: ignore[assignment]
        axes = given_numbers(after, "axes")
        if axes is None or len(axes) != 1 or axis is None or (axes[0] - axis) % net.tensor(source).shape.ndim:
            return None
    else:
        return None
    if axis is None or place is None:
        return None
    shape = net.tensor(source).shape
    axis %= shape.ndim
    size = shape[axis]
    return Taken(nodes, axis, place % size if isinstance(size, int) and size else place)


def _read_index(node: Node) -> int | None:
    """The one place that a `Gather` is given; None where it takes several, or they are computed."""
    given = node.arguments.get("indices")
    if isinstance(given, dict):
        return given["values"][0] if given.get("shape") == [] and "values" in given else None
    return given if isinstance(given, int) else None


def _read_slice(node: Node) -> tuple[int | None, int | None]:
    """The axis and the one place that a `Slice` takes; None for both where it takes several, or they are computed."""
    starts, ends, axes = (given_numbers(node, port) for port in ("starts", "ends", "axes"))
    if not starts or not ends or not axes or len(axes) != 1 or given_numbers(node, "steps") not in (None, [1]):
        return None, None
    is_one = ends == [starts[0] + 1] if starts != [-1] else ends[0] >= _FAR
    return (axes[0], starts[0]) if is_one else (None, None)


_FAR = 2**31 - 1
"""An end of a slice that is beyond every axis."""
