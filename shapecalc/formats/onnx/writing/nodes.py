"""The graph while it is written: nodes, constants and weights, with the shape of each tensor by ONNX's own rules."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.dims import Shape, Size
from shapecalc.formats.onnx.writing.base import Array, NoForm, Value, number_type
from shapecalc.formats.onnx.writing.layout import Layout
from shapecalc.formats.onnx.writing.sizes import Sizes
from shapecalc.layers.catalogue import find
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecalc.formats.onnx.writing.base import WeightView

_FOLLOWED = 64
"""Numbers of a constant that rules see: sizes and axes are few."""
_SIDE = (
    *("Cast", "Concat", "Expand", "Gather", "Identity", "Reshape", "Shape", "Slice", "Squeeze", "Transpose"),
    "Unsqueeze",
)
"""Operators that only prepare what a layer computes with."""
_KEPT = 1 << 16
"""Numbers of a weight that are kept at hand, to be turned where what they are added to is."""


class Body:
    """A graph within a node: what it is fed, its nodes and what leaves it."""

    def __init__(self, inputs: list[Value], nodes: list[Node], outputs: list[Value]) -> None:
        self.inputs = inputs
        self.nodes = nodes
        self.outputs = outputs


class Node:
    """A node: its operator, the names of its tensors, its attributes, and the graph that it runs."""

    __slots__ = ("attributes", "body", "inputs", "kind", "name", "outputs")

    def __init__(self, kind: str, name: str, inputs: list[str], outputs: list[str], attributes: dict[str, Any]) -> None:
        self.kind = kind
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
        self.body: Body | None = None

    def reads(self) -> list[str]:
        """The names that it reads, those that its graph takes from around it among them."""
        within = () if self.body is None else (name for node in self.body.nodes for name in node.reads())
        left = () if self.body is None else (value.name for value in self.body.outputs)
        return [*self.inputs, *within, *left]


class Nodes:
    """Nodes as they are added. `path` is the layer that is being written, `opset` the version of the standard.

    `results` are the outputs of the call that is being written, as its rule has them, until another call is written;
    `masks_left` are the masks that have left calls which know their own.

    `add_array` is called with each constant and weight, by name, once: it puts them into the file.
    """

    def __init__(self, opset: int, versions: Callable[[str], Any], add_array: Callable[[str, Array], None]) -> None:
        self.opset = opset
        self.versions = versions
        self.add_array = add_array
        self.nodes: list[Node] = []
        self.path = ""
        self.depth = 0
        self.layout = Layout(self)
        self.sizes_of = Sizes(self)
        self.results: list[Tensor] = []
        self.masks_left: list[tuple[Value | None, ...]] = []
        self._made: list[dict[tuple[Any, ...], list[Value]]] = [{}]
        self._names: dict[str, int] = {}
        self._named: set[str] = set()
        self._arrays: dict[tuple[Any, ...], Value] = {}

    def fresh(self, name: str) -> str:
        """A name that no other tensor has."""
        count = self._names.get(name)
        self._names[name] = 1 if count is None else count + 1
        return name if count is None else self.fresh(f"{name}_{count}")

    @contextmanager
    def within(self, path: str) -> Iterator[None]:
        """A context in which nodes are named below a layer's path."""
        before, self.path = self.path, f"{self.path}/{path}" if self.path and path else self.path or path
        try:
            yield
        finally:
            self.path = before

    def input(self, name: str, tensor: Tensor) -> Value:
        """An input of the model."""
        value = Value(self.fresh(name), tensor)
        self.sizes_of.note(value)
        return value

    def op(self, kind: str, *feed: Value | None, **attributes: Any) -> Value:
        """The first output of a new node; inputs that were turned are turned after it where that is the same."""
        return self.layout.apply(kind, feed, attributes) or self.add(kind, feed, 1, attributes)[0]

    def ops(self, kind: str, *feed: Value | None, outputs: int, **attributes: Any) -> list[Value]:
        """The outputs of a node that has several."""
        return self.add(kind, feed, outputs, attributes)

    def add(self, kind: str, feed: Sequence[Value | None], outputs: int, attributes: dict[str, Any]) -> list[Value]:
        """The outputs of a new node, as they are."""
        while feed and feed[-1] is None:
            feed = feed[:-1]
        tensors: Any = tuple(None if value is None else value.tensor for value in feed)
        operator = find(f"onnx.{kind}")
        assert operator is not None, kind
        if operator.ports and operator.ports[0][-1] in "*+":
            tensors = (tensors,)
        config = {name: value for name, value in attributes.items() if name in operator.args}
        inferred = infer(operator(**config), tensors)
        results = [*inferred.outputs.values()][:outputs]
        return self.place(kind, feed, results, attributes)

    def place(
        self,
        kind: str,
        feed: Sequence[Value | None],
        results: Sequence[Tensor],
        attributes: dict[str, Any],
        body: Body | None = None,
    ) -> list[Value]:
        """The outputs of a node whose shapes are known: of a new one, or of one that computes the same already."""
        schema = self.require_version(kind)
        inputs = ["" if value is None else value.name for value in feed]
        if len(feed) == 2 and "axes" in schema.attributes and "axes" not in attributes and feed[1] is not None:
            attributes = attributes | {"axes": [int(axis) for axis in feed[1].tensor.values or ()]}
            inputs = inputs[:1]
        key = (kind, *inputs, repr(sorted(attributes.items())), len(results))
        made = next((known[key] for known in self._made if key in known), None)
        if made is not None and body is None and kind not in ("ConstantOfShape", "Identity"):
            return made
        base = f"{self.path}/{kind}" if self.path else kind
        values = [Value(self.fresh(base), tensor) for tensor in results]
        node = Node(kind, self._choose_name(kind, values[0].name), inputs, [value.name for value in values], attributes)
        node.body = body
        self.nodes.append(node)
        self._made[-1][key] = values
        for value in values:
            self.sizes_of.note(value)
        return values

    def name_node(self, wanted: str) -> str:
        """A name that no other node has."""
        name, count = wanted, 0
        while name in self._named:
            count += 1
            name = f"{wanted}_{count}"
        self._named.add(name)
        return name

    def _choose_name(self, kind: str, name: str) -> str:
        """The name of a node: that of its layer for the first that computes something, else that of its output."""
        is_first = kind not in _SIDE and self.path and self.path not in self._named
        return self.name_node(self.path if is_first else name)

    def require_version(self, kind: str) -> Any:
        """The definition of an operator. Raises NoForm where the version that is written has none."""
        schema = self.versions(kind)
        if schema is None:
            raise NoForm(f"it needs the operator {kind}, which version {self.opset} of ONNX has not", "raise `--opset`")
        return schema

    def array(self, name: str, array: Array) -> Value:
        """A tensor of the file; equal ones of a name are one."""
        array = np.asarray(array)
        if array.dtype.kind in "SU":
            array = array.astype(object)
        dtype = "string" if array.dtype == object else str(array.dtype)
        data = repr(array.tolist()).encode() if dtype == "string" else np.ascontiguousarray(array)
        key = (name, array.shape, dtype, hashlib.blake2b(data).digest())  # type: ignore[arg-type]
        value = self._arrays.get(key)
        if value is None:
            items = array.reshape(-1).tolist() if array.size <= _FOLLOWED and array.dtype.kind in "iub" else None
            tensor = Tensor(Shape(array.shape), dtype, False, None, None if items is None else tuple(items))
            value = Value(self.fresh(name), tensor, array if array.size <= _KEPT else None)
            self.add_array(value.name, array)
            self._arrays[key] = value
        return value

    def constant(self, numbers: Any, dtype: str = "float32") -> Value:
        """A constant that is no weight of a layer."""
        return self.array("constant", np.array(numbers, number_type(dtype)))

    def ints(self, numbers: Sequence[int]) -> Value:
        """Whole numbers in a row: axes, sizes."""
        return self.constant(list(numbers), "int64")

    def weight(self, view: WeightView, name: str, array: Array) -> Value:
        """The weight at a path, in the layout that the operator wants it in."""
        return self.array(view.path + name, array)

    def like(self, value: float, x: Value) -> Value:
        """A number in the dtype of `x`."""
        return self.constant(value, x.dtype)

    def cast(self, x: Value, dtype: str) -> Value:
        """`x` in another dtype."""
        return x if x.dtype == dtype else self.op("Cast", x, to=dtype)

    def transpose(self, x: Value, order: Sequence[int]) -> Value:
        """`x` with its axes in another order; two in a row are one, or none."""
        return self.layout.transpose(x, tuple(order))

    def swap(self, x: Value, one: int, other: int) -> Value:
        """`x` with two axes exchanged."""
        order = list(range(x.ndim))
        order[one], order[other] = order[other], order[one]
        return self.transpose(x, order)

    def move(self, x: Value, source: int, target: int) -> Value:
        """`x` with an axis moved, as numpy.moveaxis does."""
        return self.transpose(x, _moved(x.ndim, source % x.ndim, target % x.ndim))

    def reshape(self, x: Value, shape: Sequence[Size]) -> Value:
        """`x` in a shape whose sizes may be formulas."""
        target = Shape(shape)
        if x.shape == target:
            return x
        open_sizes = [size for size in target if not isinstance(size, int)]
        if len(open_sizes) > 1:
            kept = [0 if axis < x.ndim and x.shape[axis] == size else size for axis, size in enumerate(target)]
            remaining = [size for size in kept if not isinstance(size, int)]
        else:
            kept, remaining = [*target], open_sizes
        if len(remaining) <= 1 and not any(size == 0 for size in target if isinstance(size, int)):
            wanted = self.ints([size if isinstance(size, int) else -1 for size in kept])
        else:
            wanted = self.sizes(target)
        values = x.tensor.values
        return self.place("Reshape", (x, wanted), [Tensor(target, x.dtype, False, None, values)], {})[0]

    def sizes(self, shape: Sequence[Size]) -> Value:
        """The sizes as numbers in a row; those that are no numbers are computed."""
        return self.sizes_of.vector(shape)

    def expand(self, x: Value, shape: Sequence[Size]) -> Value:
        """`x` repeated along axes of 1, and along new ones in front."""
        target = Shape(shape)
        if x.shape == target:
            return x
        return self.place("Expand", (x, self.sizes(target)), [Tensor(target, x.dtype)], {})[0]

    def full(self, value: float, shape: Sequence[Size], dtype: str) -> Value:
        """A tensor of one number."""
        return self.expand(self.constant(value, dtype), shape)

    def unsqueeze(self, x: Value, *axes: int) -> Value:
        """`x` with new axes of 1."""
        return self.op("Unsqueeze", x, self.ints(axes)) if axes else x

    def squeeze(self, x: Value, *axes: int) -> Value:
        """`x` without axes of 1."""
        return self.op("Squeeze", x, self.ints(axes)) if axes else x

    def reduce(self, kind: str, x: Value, axes: Sequence[int], *, keepdims: bool = False) -> Value:
        """`x` reduced along axes by ReduceMean and its like."""
        if not axes:
            return x
        return self.layout.reduce(kind, x, sorted(axis % x.ndim for axis in axes), keepdims)

    def slice(self, x: Value, axis: int, start: int, end: int | None = None, step: int = 1) -> Value:
        """Entries of an axis from `start` on, before `end`."""
        if end is None:
            end = (1 << 31) - 1 if step > 0 else -(1 << 31)
        bounds = (self.ints([start]), self.ints([end]), self.ints([axis]), self.ints([step]))
        return self.op("Slice", x, *bounds)

    def reverse(self, x: Value, axis: int) -> Value:
        """`x` from the end of an axis."""
        return self.slice(x, axis, -1, None, -1)

    def take(self, x: Value, axis: int, index: int) -> Value:
        """One entry of an axis, which is then gone."""
        return self.op("Gather", x, self.constant(index, "int64"), axis=axis)

    def split(self, x: Value, parts: Sequence[int], axis: int) -> list[Value]:
        """`x` in parts of these sizes."""
        if len(parts) == 1:
            return [x]
        return self.ops("Split", x, self.ints(parts), outputs=len(parts), axis=axis)

    def concat(self, parts: Sequence[Value], axis: int) -> Value:
        """Tensors one after another along an axis."""
        return parts[0] if len(parts) == 1 else self.op("Concat", *parts, axis=axis % parts[0].ndim)

    def pad(self, x: Value, pairs: Sequence[tuple[int, int]], value: float = 0.0, mode: str = "constant") -> Value:
        """`x` with borders, a pair for each axis; negative ones cut."""
        if not any(before or after for before, after in pairs):
            return x
        return self.layout.pad(x, pairs, value, mode)

    def where(self, condition: Value, x: Value, y: Value) -> Value:
        """`x` where the condition holds, else `y`."""
        return self.op("Where", condition, x, y)

    def matmul(self, x: Value, kernel: Value) -> Value:
        return self.op("MatMul", x, kernel)

    def einsum(self, equation: str, *feed: Value) -> Value:
        return self.op("Einsum", *feed, equation=equation)

    def total(self, *values: Value) -> Value:
        """The sum."""
        result = values[0]
        for value in values[1:]:
            result = self.op("Add", result, value)
        return result

    def scan(
        self,
        step: Callable[[list[Value], list[Value]], tuple[Sequence[Value], Sequence[Value]]],
        states: Sequence[Value],
        sequences: Sequence[Value],
    ) -> tuple[list[Value], list[Value]]:
        """The states after the last step, and what every step gives, along axis 1 of `sequences`.

        `step(states, entries)` adds the nodes of one step; it gives the new states and what is collected.
        """
        time = sequences[0].shape[1]
        held = [self._inner_input("state", state.tensor) for state in states]
        entries = [
            self._inner_input("step", x.tensor._replace(shape=x.shape[:1] + x.shape[2:], values=None))
            for x in sequences
        ]
        outer, self.nodes, self.depth = self.nodes, [], self.depth + 1
        self._made.append({})
        try:
            new, collected = step(held, entries)
            left = [self.add("Identity", (value,), 1, {})[0] for value in (*new, *collected)]
        finally:
            nodes, self.nodes, self.depth = self.nodes, outer, self.depth - 1
            self._made.pop()
        results = [value.tensor for value in states]
        results += [
            value.tensor._replace(shape=Shape((*value.shape[:1], time, *value.shape[1:]))) for value in collected
        ]
        attributes = {"num_scan_inputs": len(sequences), "scan_input_axes": [1] * len(sequences)}
        if collected:
            attributes["scan_output_axes"] = [1] * len(collected)
        body = Body([*held, *entries], nodes, left)
        values = self.place("Scan", (*states, *sequences), results, attributes, body)
        return values[: len(states)], values[len(states) :]

    def _inner_input(self, name: str, tensor: Tensor) -> Value:
        return Value(self.fresh(f"{self.path}/{name}" if self.path else name), tensor)


def _moved(ndim: int, source: int, target: int) -> list[int]:
    """The order of axes after one is moved."""
    order = [axis for axis in range(ndim) if axis != source]
    order.insert(target, source)
    return order
