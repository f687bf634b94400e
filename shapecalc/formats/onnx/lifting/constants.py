"""Constants that nodes are given or fed, and those that are computed of others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import sqrt
from typing import NamedTuple

from shapecalc.dims import Size
from shapecalc.formats.flat_model import Held, Source
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import given_number, given_numbers, given_shape


class Constant(NamedTuple):
    """A constant: what held it, the nodes that make it of that, and its shape."""

    held: Held
    nodes: tuple[Node, ...]
    shape: Sequence[Size]


def read_constant(net: Net, node: Node, port: str) -> Constant | None:
    """The constant that a port gets, which may be turned, or rows of a larger one; None where it gets none."""
    given = given_shape(node, port)
    if given is not None:
        return Constant(Held(node.name, port), (), given)
    source = node.source(port)
    giver = net.node_of(source)
    if source is None or giver is None:
        return None
    shape = giver.outputs[source[2]].shape
    if giver.operator == "Initializer":
        return Constant(Held(giver.name, "value"), (giver,), shape)
    if giver.operator == "Transpose" and (given_numbers(giver, "perm") or [1, 0]) == [1, 0]:
        whole, change = read_constant(net, giver, "data"), "transpose"
    else:
        start, fed = _find_start(giver, source[2]), "input" if giver.operator == "Split" else "data"
        stop = start + shape[0] if start is not None and shape.ndim else None
        whole = read_constant(net, giver, fed) if isinstance(stop, int) else None
        change = f"rows {start}:{stop}"
    return None if whole is None else Constant(change_held(whole.held, change), (*whole.nodes, giver), shape)


def _find_start(node: Node, port: int) -> int | None:
    """The row that what is taken of a tensor begins at; None where no rows are taken."""
    if node.operator == "Split" and node.arguments.get("axis", 0) == 0:
        sizes = [output.shape[0] for output in node.outputs[:port]]
        return sum(size for size in sizes if isinstance(size, int))
    starts = given_numbers(node, "starts") or []
    is_rows = given_numbers(node, "axes") == [0] and given_numbers(node, "steps") in (None, [1])
    return starts[0] if node.operator == "Slice" and is_rows and len(starts) == 1 and starts[0] >= 0 else None


def change_held(held: Held, change: str) -> Held:
    """A weight with one more change of its axes."""
    return held._replace(change=f"{held.change}+{change}".lstrip("+"))


def split_held(held: Held, axis: str, count: int) -> Held:
    """A weight of which an axis is as many heads."""
    return change_held(held, axis)._replace(number=count)


def read_filled(net: Net, node: Node, port: str, number: float) -> list[Node] | None:
    """The nodes by which a port gets a tensor of this number alone; None where it gets another."""
    giver = net.node_of(node.source(port))
    if giver is not None:
        inner = {"Expand": "input", "ConstantOfShape": "value", "Initializer": "value"}.get(giver.operator)
        return None if inner is None or not _is_filled(giver, inner, number) else [giver]
    return [] if _is_filled(node, port, number) else None


def _is_filled(node: Node, port: str, number: float) -> bool:
    """Whether all numbers that a port is given are this one."""
    given = node.arguments.get(port)
    values = given.get("values") if isinstance(given, dict) else [given]
    return bool(values) and all(value == number for value in values or [])


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


def list_constants(net: Net, nodes: Sequence[Node], fed: Collection[Source]) -> list[Node]:
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
