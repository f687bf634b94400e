"""The reader of protocol buffers: what it gives of small messages, and that hostile bytes end in one error."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.formats.onnx.messages import Attribute, Graph, Model, Node, Tensor
from shapecalc.formats.onnx.tensors import read_items
from shapecalc.formats.onnx.wire import MAX_DEPTH, WireError, read_message, read_varints
from tests.formats.onnx.building import field, varint

FILE = Path(__file__).parent / "files" / "pyramid.onnx"


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1)))
@settings(deadline=None)
def test_whole_numbers_come_back(numbers: list[int]) -> None:
    assert list(read_varints(memoryview(b"".join(map(varint, numbers))))) == numbers
    assert list(read_message(Attribute, memoryview(field(8, b"".join(map(varint, numbers))))).ints) == numbers
    assert list(read_message(Attribute, memoryview(b"".join(field(8, number) for number in numbers))).ints) == numbers


def test_a_node_with_its_attribute() -> None:
    attribute = field(1, b"axis") + field(3, -1) + field(20, 2)
    data = field(1, b"x") + field(1, b"w") + field(2, b"y") + field(4, b"Concat") + field(5, attribute) + field(99, 7)
    node = read_message(Node, memoryview(data))
    assert (list(node.input), list(node.output), node.op_type, node.name) == (["x", "w"], ["y"], "Concat", "")
    (read,) = node.attribute
    assert (read.name, read.i, read.kind, list(read.ints)) == ("axis", -1, 2, [])


@pytest.mark.parametrize(
    ("data", "items"),
    [
        (field(1, 2) + field(2, 1) + field(9, struct.pack("<2f", 1.5, -2)), (1.5, -2.0)),
        (field(1, 2) + field(2, 1) + field(4, struct.pack("<2f", 1.5, -2)), (1.5, -2.0)),
        (field(1, 3) + field(2, 7) + field(7, varint(1) + varint(-2) + varint(1 << 40)), (1, -2, 1 << 40)),
        (field(2, 7) + field(9, struct.pack("<q", -5)), (-5,)),
        (field(1, 2) + field(2, 9) + field(9, b"\x01\x00"), (True, False)),
        (field(1, 1) + field(2, 10) + field(5, varint(0x3C00)), (1.0,)),
        (field(1, 1) + field(2, 8) + field(6, b"ab"), ("ab",)),
        (field(1, 1) + field(2, 16) + field(9, b"\x80\x3f"), (1.0,)),
        (field(1, 9) + field(2, 1) + field(14, 1), None),
    ],
)
def test_the_numbers_of_a_tensor(data: bytes, items: tuple[object, ...] | None) -> None:
    assert read_items(read_message(Tensor, memoryview(data))) == items


@pytest.mark.parametrize(
    "data",
    [
        field(1, 3) + field(2, 1) + field(9, struct.pack("<2f", 1, 2)),
        field(1, -1) + field(2, 1),
        field(1, 1 << 40) + field(2, 1) + field(9, b""),
        field(2, 77),
    ],
)
def test_a_tensor_that_is_not_as_large_as_it_says(data: bytes) -> None:
    with pytest.raises(WireError):
        read_items(read_message(Tensor, memoryview(data)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x80", "a number at byte 0 has no end"),
        (b"\x80" * 11, "a number at byte 0 is longer than 10 bytes"),
        (b"\x0a\x05ab", "a field at byte 2 is longer than what is left"),
        (b"\x0b", "a field of the unknown kind 3 at byte 1"),
        (varint(8 << 3 | 2) + b"\x02\x08", "a field at byte 2 is longer than what is left"),
        (varint(7 << 3 | 0) + b"\x01", "the field `graph` at byte 2 is of another kind"),
    ],
)
def test_what_is_no_message(data: bytes, message: str) -> None:
    with pytest.raises(WireError) as caught:
        read_message(Model, memoryview(data))
    assert str(caught.value) == message


def test_deep_nests_end() -> None:
    data = b""
    for _ in range(MAX_DEPTH):
        data = field(5, field(1, b"b") + field(6, field(1, data)))
    with pytest.raises(WireError, match="nest deeper"):
        read_message(Node, memoryview(data))


def test_a_file_cut_anywhere_is_read_or_refused() -> None:
    whole = FILE.read_bytes()
    for end in range(0, len(whole), 7):
        with contextlib.suppress(WireError):
            read_message(Model, memoryview(whole[:end]))


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for kind in (Model, Graph, Node, Tensor):
        with contextlib.suppress(WireError):
            read_message(kind, memoryview(data))
