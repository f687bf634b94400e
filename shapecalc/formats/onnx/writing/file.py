"""The file itself, by the `onnx` package."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO, Any

import numpy as np

from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.formats.files import open_whole
from shapecalc.formats.onnx.writing.base import Array, Value, WeightView
from shapecalc.formats.onnx.writing.nodes import Node
from shapecalc.formats.onnx.writing.write import Graph, write_model
from shapecalc.layers.onnx.dtypes import NAMES

INSTALL = "install it: pip install 'shapecalc-cli[onnx]'"
OPSET = 20
"""The version of the standard that is written where none is asked for: the first whose operators compare text."""
OPSETS = range(15, 24)
"""The versions that can be asked for."""

MOST = (1 << 31) - (1 << 24)
"""Bytes of arrays that a file holds itself: protocol buffers end at 2 GiB. More stand in a file beside it."""
_ALIGNED = 64
_NUMBERS = {name: number for number, name in NAMES.items()}


def import_onnx(path: str, opset: int) -> Any:
    """The `onnx` package. Raises Fault with SC607 where it is not installed, or older than a version of operators."""
    try:
        import onnx
        import onnx.checker
        import onnx.defs
    except ImportError:
        message = f"cannot write {shorten(path)}: ONNX files are written by the package onnx, which is not installed"
        raise Fault(error("SC607", message, help=INSTALL)) from None
    newest = onnx.defs.onnx_opset_version()
    if opset > newest:
        message = f"cannot write {shorten(path)}: the installed onnx knows versions up to {newest}, not {opset}"
        raise Fault(error("SC607", message, help=f"write `--opset {newest}`, or install a newer onnx"))
    return onnx


def save_model(report: Report, path: str, weights: WeightView, opset: int = OPSET, most: int = MOST) -> str | None:
    """Writes a model; returns the file beside it that holds its arrays, None where it holds them itself.

    Raises Fault: SC607 where that cannot be done, SC609 for a layer that has no form in ONNX.
    """
    onnx = import_onnx(path, opset)
    beside = _name_beside(path) if _count_bytes(report) > most else None
    with ExitStack() as stack:
        data = None if beside is None else stack.enter_context(open_whole(beside))
        arrays = Arrays(onnx, data, "" if beside is None else os.path.basename(beside))
        graph = write_model(report, weights, opset, list_versions(onnx, opset), arrays.add)
        text = make_message(onnx, graph, arrays, opset).SerializeToString()
        stack.enter_context(open_whole(path)).write(text)
    return beside


def _name_beside(path: str) -> str:
    """The file for the arrays. Raises Fault with SC607 where there can be none beside it."""
    if path == "-":
        message = "a model of more than 2 GiB has its arrays in a file beside it, and standard output has none"
        raise Fault(error("SC607", message, help="name a file: `--out model.onnx`"))
    return f"{path}.data"


def _count_bytes(report: Report) -> int:
    """Bytes of all weights."""
    total = 0
    for row in report.rows:
        for _, weight in row.weights:
            size = weight.bytes
            total += size if isinstance(size, int) else 0
    return total


def list_versions(onnx: Any, opset: int) -> Callable[[str], Any]:
    """What gives the definition of an operator in a version of the standard; None where it has none."""
    known: dict[str, Any] = {}

    def find(kind: str) -> Any:
        if kind not in known:
            try:
                known[kind] = onnx.defs.get_schema(kind, opset, "")
            except onnx.defs.SchemaError:
                known[kind] = None
        return known[kind]

    return find


class Arrays:
    """The tensors of a model; with `data`, their numbers are written there at once, and none is kept.

    They are put into the message itself: a copy of a large model is one too many.
    """

    def __init__(self, onnx: Any, data: IO[bytes] | None, location: str) -> None:
        self.onnx = onnx
        self.model = onnx.ModelProto()
        self.data = data
        self.location = location
        self.written = 0

    def add(self, name: str, array: Array) -> None:
        tensor = self.model.graph.initializer.add(name=name, dims=array.shape)
        if array.dtype == object:
            tensor.data_type = _NUMBERS["string"]
            tensor.string_data.extend(str(item).encode() for item in array.reshape(-1))
            return
        tensor.data_type = _NUMBERS[str(array.dtype)]
        contents = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
        if self.data is None or array.nbytes < 1024:
            tensor.raw_data = contents.tobytes()
            return
        padding = -self.written % _ALIGNED
        self.data.write(b"\0" * padding)
        self.data.write(contents.data)
        place = {"location": self.location, "offset": self.written + padding, "length": array.nbytes}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        tensor.data_location = self.onnx.TensorProto.EXTERNAL
        self.written += padding + array.nbytes


def make_message(onnx: Any, graph: Graph, arrays: Arrays, opset: int) -> Any:
    """The whole model as a message of protocol buffers."""
    from shapecalc import __version__

    model, helper = arrays.model, onnx.helper
    used = {name for node in graph.nodes for name in node.reads()}
    held = model.graph.initializer
    for place in reversed([place for place, tensor in enumerate(held) if tensor.name not in used]):
        del held[place]
    model.graph.MergeFrom(_make_graph(onnx, graph.name or "model", graph.nodes, graph.inputs, graph.outputs, graph))
    model.opset_import.extend([helper.make_opsetid("", opset)])
    model.ir_version = helper.find_min_ir_version_for(model.opset_import, ignore_unknown=True)
    model.producer_name, model.producer_version = "shapecalc", __version__
    return model


def _make_graph(
    onnx: Any, name: str, nodes: list[Node], inputs: list[Value], outputs: list[Value], whole: Graph
) -> Any:
    """A graph, of the model or within a node; `whole` knows the names of sizes."""

    def describe(value: Value) -> Any:
        return onnx.helper.make_tensor_value_info(value.name, _NUMBERS[value.dtype], whole.dims(value.shape))

    return onnx.helper.make_graph(
        [_make_node(onnx, node, whole) for node in nodes],
        name,
        [describe(value) for value in inputs],
        [describe(value) for value in outputs],
    )


def _make_attribute(onnx: Any, name: str, value: Any) -> Any:
    """An attribute: a dtype is a number, an array a tensor."""
    if name in ("to", "dtype", "output_dtype"):
        return _NUMBERS[value]
    return onnx.numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value


def _make_node(onnx: Any, node: Node, whole: Graph) -> Any:
    """A node with its attributes."""
    attributes = {name: _make_attribute(onnx, name, value) for name, value in node.attributes.items()}
    if node.body is not None:
        body = node.body
        attributes["body"] = _make_graph(onnx, node.name, body.nodes, body.inputs, body.outputs, whole)
    return onnx.helper.make_node(node.kind, node.inputs, node.outputs, name=node.name, **attributes)
