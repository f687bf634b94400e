"""How the axes of a tensor stand behind nodes that only put them otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from shapecalc.dims import Shape, Size
from shapecalc.dims.division import exact_quotient
from shapecalc.formats.onnx.lifting.net import Node
from shapecalc.formats.onnx.lifting.pattern import given_numbers

View: TypeAlias = list[list[str]]
"""A tensor's axes, each as the axes of a projection into heads that stand in it, in order; one of 1 has none."""

TURNS = ("Reshape", "Transpose", "Squeeze", "Unsqueeze")
"""Operators that only put axes otherwise."""


def keep_wide(axes: list[str], sizes: dict[str, Size]) -> list[str]:
    """The axes of these that views have: those that are not of 1."""
    return [axis for axis in axes if sizes[axis] != 1]


def list_axes(view: View) -> list[str]:
    """All axes in order."""
    return [axis for group in view for axis in group]


def turn_all(view: View | None, nodes: Sequence[Node], sizes: dict[str, Size]) -> View | None:
    """How axes stand behind nodes; None where one of them takes an axis apart."""
    for node in nodes:
        view = None if view is None else turn(view, node, sizes, [])
    return view


def turn(view: View, node: Node, sizes: dict[str, Size], features: list[str]) -> View | None:
    """How axes stand behind a node; `features` are those that it may take apart."""
    shape = node.outputs[0].shape
    axes = [axis % max(shape.ndim, len(view)) for axis in given_numbers(node, "axes") or []]
    if node.operator == "Transpose":
        return [view[axis] for axis in given_numbers(node, "perm") or range(len(view))[::-1]]
    if node.operator == "Unsqueeze":
        kept = iter(view)
        return [[] if axis in axes else next(kept) for axis in range(shape.ndim)]
    if node.operator == "Squeeze":
        return [axis for place, axis in enumerate(view) if place not in axes]
    return _regroup(list_axes(view), shape, sizes, features) if node.operator == "Reshape" else view


def _regroup(axes: list[str], shape: Shape, sizes: dict[str, Size], features: list[str]) -> View | None:
    """Axes that stand in these sizes, each as a whole in one or, of features, in parts; None where they do not."""
    view, left = [], axes[::-1]
    for size in shape:
        group: list[str] = []
        while size != 1:
            if not left:
                return None
            axis = left.pop()
            rest = exact_quotient(size, sizes[axis])
            if rest is None:
                pieces = take_apart(axis, size, sizes, features)
                if pieces is None:
                    return None
                (axis, other), rest = pieces, 1
                left.append(other)
            group.append(axis)
            size = rest
        view.append(group)
    return None if left else view


def take_apart(axis: str, size: Size, sizes: dict[str, Size], features: list[str]) -> list[str] | None:
    """An axis of features as one of this size and one of the rest, if any; None where it is no multiple of it."""
    whole = sizes[axis]
    if axis not in features or not isinstance(whole, int) or not isinstance(size, int) or not size or whole % size:
        return None
    if whole == size:
        return [axis]
    pieces = [f"{axis}.0", f"{axis}.1"]
    sizes |= {pieces[0]: size, pieces[1]: whole // size}
    place = features.index(axis)
    features[place : place + 1] = pieces
    return pieces


def multiply(left: View | None, right: View | None, sizes: dict[str, Size]) -> View | None:
    """The axes of a product of matrices; None where they do not meet."""
    if left is None or right is None or left[:-2] != right[:-2] or len(left) < 3:
        return None
    meets = left[-1] == right[-2] and max(map(len, (left[-1], left[-2], right[-1]))) == 1
    return [*left[:-1], right[-1]] if meets and list_axes(left[:-2]) == keep_wide(["batch", "head"], sizes) else None
