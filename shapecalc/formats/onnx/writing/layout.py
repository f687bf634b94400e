"""Transposes moved behind what does not mind them, so that two meet and are gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shapecalc.formats.onnx.writing.base import Adding, Value

Order = tuple[int, ...]

_BY_ENTRY = frozenset(
    [
        *(
            "Abs",
            "Acos",
            "Acosh",
            "Asin",
            "Asinh",
            "Atan",
            "Atanh",
            "Cast",
            "Ceil",
            "Celu",
            "Cos",
            "Cosh",
            "Elu",
            "Erf",
        ),
        *("Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish", "Identity", "IsInf", "IsNaN", "LeakyRelu", "Log", "Mish"),
        *(
            "Neg",
            "Not",
            "Reciprocal",
            "Relu",
            "Round",
            "Selu",
            "Sigmoid",
            "Sign",
            "Sin",
            "Sinh",
            "Softplus",
            "Softsign",
        ),
        *("Sqrt", "Tan", "Tanh", "ThresholdedRelu", "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Where", "And"),
        *("Or", "Xor", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Clip"),
    ]
)
"""Operators whose numbers stand where those of their inputs do."""


class Layout:
    """Which tensors are others with their axes in another order."""

    def __init__(self, nodes: Adding) -> None:
        self.nodes = nodes
        self._turned: dict[str, tuple[Value, Order]] = {}

    def transpose(self, x: Value, order: Order) -> Value:
        source, before = self._turned.get(x.name, (x, tuple(range(x.ndim))))
        order = tuple(before[axis] for axis in order)
        if order == tuple(range(len(order))):
            return source
        turned = self.nodes.add("Transpose", (source,), 1, {"perm": list(order)})[0]
        self._turned[turned.name] = source, order
        return turned

    def apply(self, kind: str, feed: Sequence[Value | None], attributes: dict[str, Any]) -> Value | None:
        """The output of an operator on turned tensors, turned after it; None where it has to be as it is."""
        if kind == "Concat":
            order = self._find_order(feed)
            if order is None:
                return None
            attributes = {"axis": order[attributes["axis"]]}
        elif kind in _BY_ENTRY:
            order = self._find_order(feed)
        else:
            return None
        if order is None:
            return None
        sources = [None if value is None else self._source(value, order) for value in feed]
        output = self.nodes.add(kind, sources, 1, attributes)[0]
        return self.transpose(output, order)

    def _find_order(self, feed: Sequence[Value | None]) -> Order | None:
        """The one order of all tensors that are turned, where every other is a constant of no more axes."""
        orders: set[Order] = set()
        for value in feed:
            if value is None or not value.ndim:
                continue
            turned = self._turned.get(value.name)
            if turned is not None:
                orders.add(turned[1])
            elif value.array is None:
                return None
        if len(orders) != 1:
            return None
        (order,) = orders
        fits = all(value is None or value.ndim <= len(order) for value in feed)
        return order if fits else None

    def _source(self, value: Value, order: Order) -> Value:
        """A tensor before it was turned; a constant turned back."""
        turned = self._turned.get(value.name)
        if turned is not None:
            return turned[0]
        if not value.ndim or value.array is None:
            return value
        array = value.array.reshape((1,) * (len(order) - value.ndim) + value.array.shape)
        back = np.ascontiguousarray(array.transpose(np.argsort(order)))
        return self.nodes.array(value.name, back)

    def reduce(self, kind: str, x: Value, axes: Sequence[int], keepdims: bool) -> Value:
        """`x` reduced, before it is turned where what is left stands in the same order."""
        turned = self._turned.get(x.name)
        if turned is not None:
            source, order = turned
            left = [axis for place, axis in enumerate(order) if place not in axes]
            before = self.nodes.ints(sorted(order[axis] for axis in axes))
            if keepdims or left == sorted(left):
                output = self.nodes.add(kind, (source, before), 1, {"keepdims": int(keepdims)})[0]
                return self.transpose(output, order) if keepdims else output
        return self.nodes.add(kind, (x, self.nodes.ints(axes)), 1, {"keepdims": int(keepdims)})[0]

    def pad(self, x: Value, pairs: Sequence[tuple[int, int]], value: float, mode: str) -> Value:
        """`x` with borders, added before it is turned."""
        source, order = self._turned.get(x.name, (x, tuple(range(x.ndim))))
        back = [int(axis) for axis in np.argsort(order)]
        ends = [pairs[axis][0] for axis in back] + [pairs[axis][1] for axis in back]
        feed = [source, self.nodes.ints(ends)]
        if mode == "constant":
            feed.append(self.nodes.constant(value, x.dtype))
        output = self.nodes.add("Pad", feed, 1, {"mode": mode})[0]
        return self.transpose(output, order)
