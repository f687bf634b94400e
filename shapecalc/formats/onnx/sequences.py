"""Sequences and optional values, followed while a file is read: what they hold must be known then.

https://onnx.ai/onnx/operators/. Nothing is left of them in the model: taking a tensor out of a sequence is that tensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Fault, Span, error, shorten
from shapecalc.formats.flat_model import FlatModel, Source
from shapecalc.formats.onnx.messages import Node, Tensor
from shapecalc.formats.onnx.tensors import read_items
from shapecalc.formats.onnx.wire import WireError

if TYPE_CHECKING:
    from shapecalc.formats.onnx.reading import Reading

OPERATORS = (
    "SequenceConstruct", "SequenceEmpty", "SequenceInsert", "SequenceErase", "SequenceAt", "SequenceLength",
    "ConcatFromSequence", "SplitToSequence", "Optional", "OptionalGetElement", "OptionalHasElement",
)  # fmt: skip

_NEEDED = {"SequenceEmpty": 0, "Optional": 0, "OptionalHasElement": 0, "SequenceInsert": 2, "SequenceAt": 2}
"""How many inputs a node has at least; the others one."""

_INT64, _BOOL = 7, 9
_MOST = 4096
"""Tensors of a sequence."""


def read_sequence_node(reader: Reading, node: Node) -> bool:
    """Follows a node that makes, changes or takes apart a sequence; false of any other. Raises Fault, WireError."""
    name, fed = node.op_type, list(node.input)
    if name == "Identity" and fed and fed[0] in reader.sequences and node.output:
        reader.sequences[node.output[0]] = reader.sequences[fed[0]]
        return True
    if name not in OPERATORS or not node.output:
        return False
    output = node.output[0]
    if len(fed) < _NEEDED.get(name, 1):
        raise WireError(f"the node `{shorten(name_of(node))}` has too few inputs")
    if name.startswith("Optional"):
        _read_optional(reader, node, output)
    elif name == "SequenceConstruct":
        reader.sequences[output] = [reader.find_source(given) for given in fed]
    elif name == "SequenceEmpty":
        reader.sequences[output] = []
    elif name == "SplitToSequence":
        reader.sequences[output] = _split(reader, node)
    else:
        _use_sequence(reader, node, output)
    return True


def _use_sequence(reader: Reading, node: Node, output: str) -> None:
    """A node that is fed a sequence. Raises Fault, WireError."""
    name, fed = node.op_type, list(node.input)
    if fed[0] not in reader.sequences:
        raise _refuse(reader, node, "is fed a sequence that is not known")
    items = list(reader.sequences[fed[0]])
    if name == "SequenceLength":
        reader.constants[output] = _make_constant(len(items))
    elif name == "SequenceAt":
        reader.sources[output] = items[_read_position(reader, node, fed[1], len(items))]
    elif name == "SequenceErase":
        del items[_read_position(reader, node, fed[1], len(items)) if len(fed) > 1 and fed[1] else -1]
        reader.sequences[output] = items
    elif name == "SequenceInsert":
        place = _read_position(reader, node, fed[2], len(items), end=1) if len(fed) > 2 and fed[2] else len(items)
        items.insert(place, reader.find_source(fed[1]))
        reader.sequences[output] = items
    else:
        _join(reader, node, items)


def _read_position(reader: Reading, node: Node, name: str, count: int, end: int = 0) -> int:
    """A position in a sequence of `count` tensors; with `end` 1, that after the last too. Raises Fault."""
    constant = reader.constants.get(name)
    values = None if constant is None else read_items(constant)
    if not values:
        raise _refuse(reader, node, "takes a position that is computed")
    position: int = int(values[0]) + count * int(values[0] < 0)
    if position not in range(count + end):
        raise _refuse(reader, node, f"takes position {values[0]} of {count}")
    return position


def _read_optional(reader: Reading, node: Node, output: str) -> None:
    """A value that may be there or not: whether it is must be known. Raises Fault, WireError."""
    given = node.input[0] if node.input else ""
    if node.op_type == "OptionalHasElement":
        reader.constants[output] = _make_constant(bool(given) and given not in reader.nothing)
    elif not given:
        reader.nothing.add(output)
    elif given in reader.sequences:
        reader.sequences[output] = reader.sequences[given]
    elif given in reader.nothing:
        raise _refuse(reader, node, "takes what is not there")
    else:
        reader.sources[output] = reader.find_source(given)


def _split(reader: Reading, node: Node) -> list[Source]:
    """The parts of a tensor: as many as constant lengths say, or a known axis. Raises Fault."""
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    axis, keep = attributes.get("axis", 0), bool(attributes.get("keepdims", 1))
    lengths = _read_lengths(reader, node, axis)
    keep = keep or len(node.input) > 1
    layer = add_call(
        reader, name_of(node), "Split", {"axis": axis, "split": lengths}, {"input": reader.find_source(node.input[0])}
    )
    parts = [(layer[0], layer[1], port) for port in range(len(lengths))]
    if keep:
        return parts
    return [add_call(reader, name_of(node), "Squeeze", {"axes": [axis]}, {"data": part}) for part in parts]


def _read_lengths(reader: Reading, node: Node, axis: int) -> list[int]:
    """The lengths of the parts. Raises Fault where they depend on what is fed."""
    values: tuple[Any, ...] | None = (1,)
    is_listed = False
    if len(node.input) > 1 and node.input[1]:
        constant = reader.constants.get(node.input[1])
        values = None if constant is None else read_items(constant)
        is_listed = constant is not None and len(constant.dims) == 1
    if values and is_listed:
        return [int(value) for value in values]
    size = reader.find_size(node.input[0], axis)
    if not values or size is None or values[0] < 1 or size // int(values[0]) >= _MOST:
        raise _refuse(reader, node, "makes a sequence whose length depends on what is fed")
    each = int(values[0])
    return [min(each, size - start) for start in range(0, size, each)]


def _join(reader: Reading, node: Node, items: list[Source]) -> None:
    """The tensors of a sequence one after another, or along an axis of their own."""
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    axis = attributes.get("axis", 0)
    if not items:
        raise _refuse(reader, node, "joins a sequence of nothing")
    if attributes.get("new_axis", 0):
        items = [add_call(reader, name_of(node), "Unsqueeze", {"axes": [axis]}, {"data": item}) for item in items]
    reader.sources[node.output[0]] = add_call(reader, name_of(node), "Concat", {"axis": axis}, {"inputs": items})


def add_call(reader: Reading, name: str, operator: str, arguments: dict[str, Any], feed: dict[str, Any]) -> Source:
    """A layer that does a part of what a node does, of the node's name; returns its first output."""
    layer = reader.flat.fresh(reader.flat_name(name))
    reader.flat.layers[layer] = f"onnx.{operator}", arguments
    reader.flat.places[layer] = name
    return layer, reader.flat.call(layer, feed, {}), 0


def drop_unused(flat: FlatModel) -> None:
    """Takes out the layers whose outputs went into sequences from which nothing was taken."""
    wanted = {source[0] for source in flat.outputs.values()}
    kept = []
    for call in reversed(flat.calls):
        if call.layer in wanted:
            wanted.update(source[0] for source in call.sources())
            kept.append(call)
        else:
            del flat.layers[call.layer], flat.places[call.layer]
            flat.held.pop(call.layer, None)
    flat.calls = kept[::-1]


def name_of(node: Node) -> str:
    """What a node is called, or what it gives."""
    return node.name or node.output[0]


def _make_constant(value: int) -> Tensor:
    """A number, or whether something holds, as a constant."""
    tensor = Tensor()
    is_flag = isinstance(value, bool)
    tensor.data_type = _BOOL if is_flag else _INT64
    tensor.raw_data = memoryview(bytes([value]) if is_flag else value.to_bytes(8, "little"))
    return tensor


def _refuse(reader: Reading, node: Node, what: str) -> Fault:
    message = f"{node.op_type} {what}; a sequence is followed only where it is known what it holds"
    return Fault(error("SC609", message, Span(reader.path, 0, 0, 0), subject=shorten(node.name or node.op_type)))
