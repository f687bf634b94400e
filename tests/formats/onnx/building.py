"""Writes ONNX files field by field, sound ones and others: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, TypeAlias

Axis: TypeAlias = int | str | None


def varint(number: int) -> bytes:
    """A whole number of up to 64 bits."""
    number &= (1 << 64) - 1
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes([*encoded, number])


def field(number: int, value: bytes | int | float) -> bytes:
    """A field of a message: a number, a float, or bytes."""
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def write_tensor(
    name: str, axes: Sequence[int], data_type: int = 1, raw: bytes | None = b"", more: bytes = b""
) -> bytes:
    """A tensor with its numbers as bytes."""
    data = b"".join(field(1, size) for size in axes) + field(2, data_type) + field(8, name.encode())
    return data + (b"" if raw is None else field(9, raw)) + more


def write_numbers(name: str, numbers: Sequence[int], axes: Sequence[int] | None = None) -> bytes:
    """A tensor of 64-bit whole numbers."""
    shape = [len(numbers)] if axes is None else axes
    return write_tensor(name, shape, 7, struct.pack(f"<{len(numbers)}q", *numbers))


def write_value(name: str | bytes, axes: Sequence[Axis] | None = (), data_type: int = 1) -> bytes:
    """An input or an output: its name, its axes and its dtype."""
    encoded = name if isinstance(name, bytes) else name.encode()
    if axes is None:
        return field(1, encoded) + field(2, field(1, field(1, data_type)))
    sizes = (field(1, size) if isinstance(size, int) else field(2, (size or "").encode()) for size in axes)
    shape = b"".join(field(1, size) for size in sizes)
    return field(1, encoded) + field(2, field(1, field(1, data_type) + field(2, shape)))


def write_attribute(name: str, value: Any) -> bytes:
    """An attribute: a whole number, a float, a text, whole numbers, or a tensor (bytes) or a graph (`Graph`)."""
    head = field(1, name.encode())
    if isinstance(value, Graph):
        return head + field(6, value.data) + field(20, 5)
    if isinstance(value, bytes):
        return head + field(5, value) + field(20, 4)
    if isinstance(value, float):
        return head + field(2, value) + field(20, 1)
    if isinstance(value, int):
        return head + field(3, value) + field(20, 2)
    if isinstance(value, str):
        return head + field(4, value.encode()) + field(20, 3)
    return head + b"".join(field(8, number) for number in value) + field(20, 7)


def write_node(
    operator: str, fed: Sequence[str], gives: Sequence[str], name: str = "", domain: str = "", **attributes: Any
) -> bytes:
    """A node: what it is fed, what it gives, its name and attributes."""
    data = b"".join(field(1, tensor.encode()) for tensor in fed)
    data += b"".join(field(2, tensor.encode("utf-8", "surrogateescape")) for tensor in gives)
    data += field(3, name.encode("utf-8", "surrogateescape")) + field(4, operator.encode())
    data += b"".join(field(5, write_attribute(key, value)) for key, value in attributes.items())
    return data + (field(7, domain.encode()) if domain else b"")


class Graph:
    """A graph as bytes."""

    def __init__(
        self, nodes: Sequence[bytes], inputs: Sequence[bytes], outputs: Sequence[bytes], tensors: Sequence[bytes] = ()
    ) -> None:
        self.data = b"".join(
            [
                *(field(1, node) for node in nodes),
                field(2, b"main"),
                *(field(5, tensor) for tensor in tensors),
                *(field(11, value) for value in inputs),
                *(field(12, value) for value in outputs),
            ]
        )


def write_function(name: str, inputs: Sequence[str], outputs: Sequence[str], nodes: Sequence[bytes]) -> bytes:
    """An operator of the model's own, of the domain `own`."""
    data = field(1, name.encode()) + b"".join(field(4, given.encode()) for given in inputs)
    data += b"".join(field(5, given.encode()) for given in outputs) + b"".join(field(7, node) for node in nodes)
    return data + field(10, b"own")


def write_model(graph: Graph, opset: int = 17, functions: Sequence[bytes] = ()) -> bytes:
    """A whole file."""
    imports = field(8, field(1, b"") + field(2, opset)) + field(8, field(1, b"own") + field(2, 1))
    return field(1, 8) + field(7, graph.data) + imports + b"".join(field(25, made) for made in functions)


def write_chain(
    nodes: Sequence[bytes], axes: Sequence[Axis] = (4,), tensors: Sequence[bytes] = (), **more: Any
) -> bytes:
    """A file whose input is `x` and whose output is `y`."""
    return write_model(Graph(nodes, [write_value("x", axes)], [write_value("y", axes)], tensors), **more)
