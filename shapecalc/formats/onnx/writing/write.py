"""A model as the graph of an ONNX file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Fault
from shapecalc.dims import Dim, Shape
from shapecalc.dims.dim import Unknown
from shapecalc.formats.flat_model import refusal
from shapecalc.formats.onnx.writing.base import Array, Value, WeightView
from shapecalc.formats.onnx.writing.block import write_graph
from shapecalc.formats.onnx.writing.nodes import Node, Nodes


class Graph:
    """A written graph: its nodes, what comes in and what leaves, and the names of sizes that are no numbers."""

    def __init__(self, name: str, nodes: list[Node], inputs: list[Value], outputs: list[Value]) -> None:
        self.name = name
        self.nodes = nodes
        self.inputs = inputs
        self.outputs = outputs
        self.sizes = _name_sizes(inputs)

    def dims(self, shape: Shape) -> list[int | str | None]:
        """The axes of a tensor: numbers, names, None where neither is known."""
        return [size if isinstance(size, int) else self.sizes.get(size) for size in shape]


def write_model(
    report: Report,
    weights: WeightView,
    opset: int,
    versions: Callable[[str], Any],
    add_array: Callable[[str, Array], None],
) -> Graph:
    """The graph of a model that has no errors. Raises Fault with SC609 for a layer that has no form in ONNX."""
    walk = report.walk
    if walk is None:
        raise Fault(*report.diagnostics)
    if not report.inputs:
        raise refusal("a model of ONNX has inputs, and this one has none", report.name, "give it one: `input: [8]`")
    nodes = Nodes(opset, versions, add_array)
    inputs = [nodes.input(name, tensor._replace(masked=False)) for name, tensor in report.inputs.items()]
    names = [nodes.fresh(name) for name in walk.output_sources()]
    outputs, _ = write_graph(nodes, walk, weights, tuple(inputs), (None,) * len(inputs))
    return close_graph(nodes, report.name, inputs, dict(zip(names, outputs, strict=True)))


def close_graph(nodes: Nodes, name: str, inputs: list[Value], outputs: dict[str, Value]) -> Graph:
    """The graph of all that leads to the outputs, which leave it by these names."""
    left = [_leave(nodes, value, name) for name, value in outputs.items()]
    return Graph(name, prune(nodes.nodes, left), inputs, left)


def _leave(nodes: Nodes, value: Value, name: str) -> Value:
    """An output of the model under its name."""
    named = Value(name, value.tensor)
    nodes.nodes.append(Node("Identity", f"output/{name}", [value.name], [name], {}))
    return named


_OPTIONAL_OUTPUTS = ("GRU", "LSTM", "RNN")
"""Operators that need not give what nobody reads."""


def prune(nodes: list[Node], outputs: list[Value]) -> list[Node]:
    """The nodes that lead to an output; outputs that a node need not give lose their name where nobody reads them."""
    needed = {value.name for value in outputs}
    kept = []
    for node in reversed(nodes):
        if needed.isdisjoint(node.outputs):
            continue
        if node.body is not None:
            node.body.nodes = prune(node.body.nodes, node.body.outputs)
        needed.update(node.reads())
        if node.kind in _OPTIONAL_OUTPUTS:
            node.outputs = [name if name in needed else "" for name in node.outputs]
        kept.append(node)
    return _merge_identities(kept[::-1], outputs)


def _merge_identities(nodes: list[Node], outputs: list[Value]) -> list[Node]:
    """The nodes, without copies: what makes a tensor gives it the name that it leaves the graph by."""
    makers = {name: node for node in nodes for name in node.outputs}
    final = {value.name for value in outputs}
    renamed: dict[str, str] = {}
    kept = []
    for node in nodes:
        source = node.inputs[0] if node.kind == "Identity" else ""
        if source in makers and node.outputs[0] in final and source not in renamed and source not in final:
            renamed[source] = node.outputs[0]
        else:
            kept.append(node)
    for node in kept:
        _rename(node, renamed)
    return kept


def _rename(node: Node, renamed: dict[str, str]) -> None:
    node.inputs = [renamed.get(name, name) for name in node.inputs]
    node.outputs = [renamed.get(name, name) for name in node.outputs]
    if node.body is not None:
        for inner in node.body.nodes:
            _rename(inner, renamed)
        for value in node.body.outputs:
            value.name = renamed.get(value.name, value.name)


def _name_sizes(inputs: list[Value]) -> dict[Dim, str]:
    """The name of each size that an input's axis has: a symbol keeps its own, a batch without one is `batch`."""
    names: dict[Dim, str] = {}
    taken: set[str] = set()
    for value in inputs:
        for size in value.shape:
            if isinstance(size, Dim) and len(size.terms) == 1:
                ((monomial, factor),) = size.terms.items()
                if factor == 1 and len(monomial) == 1 and isinstance(monomial[0][0], str) and monomial[0][1] == 1:
                    names[size] = monomial[0][0]
                    taken.add(monomial[0][0])
    for value in inputs:
        for axis, size in enumerate(value.shape):
            if isinstance(size, Dim) and size not in names and _is_unknown_alone(size):
                name = "batch" if axis == 0 else f"{value.name}_{axis}"
                while name in taken:
                    name += "_"
                names[size] = name
                taken.add(name)
    return names


def _is_unknown_alone(size: Dim) -> bool:
    return len(size.terms) == 1 and all(
        factor == 1 and len(monomial) == 1 and isinstance(monomial[0][0], Unknown)
        for monomial, factor in size.terms.items()
    )
