"""The messages of an ONNX file, field by field. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from shapecalc.formats.onnx.wire import FLOAT, INT, PACKED, TEXT, VIEW, Data, Field, Message

EXTERNAL = 1
"""The `data_location` of a tensor whose numbers stand in another file."""


MAX_NODES = 100_000
"""Nodes of a graph, as many as a spec may have."""
_MAX_VALUES = 2 * MAX_NODES
"""Tensors that a graph says something of."""


class Pair(Message):
    """StringStringEntryProto."""

    key = ""
    value = ""
    fields: ClassVar[dict[int, Field]] = {1: Field("key", TEXT), 2: Field("value", TEXT)}


class Tensor(Message):
    """TensorProto: numbers with their shape, in one of several forms."""

    dims: Sequence[int] = ()
    data_type = 0
    float_data: Sequence[tuple[int, Data]] = ()
    int32_data: Sequence[tuple[int, Data]] = ()
    string_data: Sequence[Data] = ()
    int64_data: Sequence[tuple[int, Data]] = ()
    name = ""
    raw_data: Data | None = None
    external_data: Sequence[Pair] = ()
    data_location = 0
    double_data: Sequence[tuple[int, Data]] = ()
    uint64_data: Sequence[tuple[int, Data]] = ()
    sparse: SparseTensor | None = None
    """What this stands for in full, where the file has it so."""
    fields: ClassVar[dict[int, Field]] = {
        1: Field("dims", INT, many=True),
        2: Field("data_type", INT),
        4: Field("float_data", PACKED, many=True),
        5: Field("int32_data", PACKED, many=True),
        6: Field("string_data", VIEW, many=True),
        7: Field("int64_data", PACKED, many=True),
        8: Field("name", TEXT),
        9: Field("raw_data", VIEW),
        10: Field("double_data", PACKED, many=True),
        11: Field("uint64_data", PACKED, many=True),
        13: Field("external_data", Pair, many=True),
        14: Field("data_location", INT),
    }


class SparseTensor(Message):
    """SparseTensorProto: the numbers that are not 0, and where they stand."""

    values: Tensor | None = None
    indices: Tensor | None = None
    dims: Sequence[int] = ()
    fields: ClassVar[dict[int, Field]] = {
        1: Field("values", Tensor),
        2: Field("indices", Tensor),
        3: Field("dims", INT, many=True),
    }


class Axis(Message):
    """TensorShapeProto.Dimension: a number, a name, or nothing."""

    dim_value: int | None = None
    dim_param: str | None = None
    fields: ClassVar[dict[int, Field]] = {1: Field("dim_value", INT), 2: Field("dim_param", TEXT)}


class Axes(Message):
    """TensorShapeProto."""

    dim: Sequence[Axis] = ()
    fields: ClassVar[dict[int, Field]] = {1: Field("dim", Axis, many=True)}


class TensorType(Message):
    """TypeProto.Tensor: what numbers, and the axes where those are said."""

    elem_type = 0
    shape: Axes | None = None
    fields: ClassVar[dict[int, Field]] = {1: Field("elem_type", INT), 2: Field("shape", Axes)}


class Type(Message):
    """TypeProto: a tensor, or a sequence or an optional value of such."""

    tensor_type: TensorType | None = None
    sequence_type: ElementType | None = None
    map_type: ElementType | None = None
    optional_type: ElementType | None = None
    sparse_tensor_type: TensorType | None = None


class ElementType(Message):
    """TypeProto.Sequence and TypeProto.Optional: what they hold."""

    elem_type: Type | None = None
    fields: ClassVar[dict[int, Field]] = {1: Field("elem_type", Type)}


Type.fields = {
    1: Field("tensor_type", TensorType),
    4: Field("sequence_type", ElementType),
    8: Field("sparse_tensor_type", TensorType),
    9: Field("optional_type", ElementType),
}


class ValueInfo(Message):
    """ValueInfoProto: a tensor by name, with its type."""

    name = ""
    type: Type | None = None
    fields: ClassVar[dict[int, Field]] = {1: Field("name", TEXT), 2: Field("type", Type)}


class Attribute(Message):
    """AttributeProto: an argument of a node; `kind` says which of the values it has."""

    name = ""
    ref_attr_name = ""
    kind = 0
    f = 0.0
    i = 0
    s: Data | None = None
    t: Tensor | None = None
    g: Graph | None = None
    floats: Sequence[float] = ()
    ints: Sequence[int] = ()
    strings: Sequence[Data] = ()
    tensors: Sequence[Tensor] = ()
    graphs: Sequence[Graph] = ()
    sparse_tensor: SparseTensor | None = None
    tp: Type | None = None


class Node(Message):
    """NodeProto: one call of an operator."""

    input: Sequence[str] = ()
    output: Sequence[str] = ()
    name = ""
    op_type = ""
    domain = ""
    overload = ""
    attribute: Sequence[Attribute] = ()
    opset = 0
    """The version of its operator where it comes of a function that says one; no field of the file."""
    position: int | None = None
    """Where it stood in its graph, if that had to be sorted; no field of the file."""
    fields: ClassVar[dict[int, Field]] = {
        1: Field("input", TEXT, many=True),
        2: Field("output", TEXT, many=True),
        3: Field("name", TEXT),
        4: Field("op_type", TEXT),
        5: Field("attribute", Attribute, many=True),
        7: Field("domain", TEXT),
        8: Field("overload", TEXT),
    }


class Graph(Message):
    """GraphProto: nodes in an order in which they can be computed, with their weights, inputs and outputs."""

    node: Sequence[Node] = ()
    name = ""
    initializer: Sequence[Tensor] = ()
    sparse_initializer: Sequence[SparseTensor] = ()
    input: Sequence[ValueInfo] = ()
    output: Sequence[ValueInfo] = ()
    value_info: Sequence[ValueInfo] = ()
    fields: ClassVar[dict[int, Field]] = {
        1: Field("node", Node, True, MAX_NODES),
        2: Field("name", TEXT),
        5: Field("initializer", Tensor, True, MAX_NODES),
        11: Field("input", ValueInfo, True, MAX_NODES),
        12: Field("output", ValueInfo, True, MAX_NODES),
        13: Field("value_info", ValueInfo, True, _MAX_VALUES),
        15: Field("sparse_initializer", SparseTensor, True, MAX_NODES),
    }


Attribute.fields = {
    1: Field("name", TEXT),
    2: Field("f", FLOAT),
    3: Field("i", INT),
    4: Field("s", VIEW),
    5: Field("t", Tensor),
    6: Field("g", Graph),
    7: Field("floats", FLOAT, many=True),
    8: Field("ints", INT, many=True),
    9: Field("strings", VIEW, many=True),
    10: Field("tensors", Tensor, many=True),
    11: Field("graphs", Graph, many=True),
    14: Field("tp", Type),
    20: Field("kind", INT),
    21: Field("ref_attr_name", TEXT),
    22: Field("sparse_tensor", SparseTensor),
}


class OperatorSet(Message):
    """OperatorSetIdProto: which version of which operators."""

    domain = ""
    version = 0
    fields: ClassVar[dict[int, Field]] = {1: Field("domain", TEXT), 2: Field("version", INT)}


class Function(Message):
    """FunctionProto: an operator that the model itself defines by nodes."""

    name = ""
    input: Sequence[str] = ()
    output: Sequence[str] = ()
    attribute: Sequence[str] = ()
    attribute_proto: Sequence[Attribute] = ()
    node: Sequence[Node] = ()
    opset_import: Sequence[OperatorSet] = ()
    domain = ""
    overload = ""
    fields: ClassVar[dict[int, Field]] = {
        1: Field("name", TEXT),
        4: Field("input", TEXT, many=True),
        5: Field("output", TEXT, many=True),
        6: Field("attribute", TEXT, many=True),
        7: Field("node", Node, True, MAX_NODES),
        9: Field("opset_import", OperatorSet, many=True),
        10: Field("domain", TEXT),
        11: Field("attribute_proto", Attribute, many=True),
        13: Field("overload", TEXT),
    }


class Model(Message):
    """ModelProto: the file."""

    ir_version = 0
    opset_import: Sequence[OperatorSet] = ()
    producer_name = ""
    producer_version = ""
    domain = ""
    model_version = 0
    graph: Graph | None = None
    metadata_props: Sequence[Pair] = ()
    functions: Sequence[Function] = ()
    fields: ClassVar[dict[int, Field]] = {
        1: Field("ir_version", INT),
        2: Field("producer_name", TEXT),
        3: Field("producer_version", TEXT),
        4: Field("domain", TEXT),
        5: Field("model_version", INT),
        7: Field("graph", Graph),
        8: Field("opset_import", OperatorSet, many=True),
        14: Field("metadata_props", Pair, many=True),
        25: Field("functions", Function, many=True),
    }
