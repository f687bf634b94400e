"""The reader of protocol buffers: what it gives of small messages, and that hostile bytes end in one error."""

from __future__ import annotations

import contextlib
import struct
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.document.files import HeldFile, hold_file
from shapecalc.formats.onnx import wire
from shapecalc.formats.onnx.messages import Attribute, Graph, Model, Node, Tensor
from shapecalc.formats.onnx.tensors import read_items
from shapecalc.formats.onnx.wire import MAX_DEPTH, Message, Stretch, WireError, read_message, read_varints
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
        (varint(7 << 3 | 0) + b"\x01", "the field `graph` at byte 1 is of another kind"),
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


def list_messages(message: object) -> object:
    """A message with all that stands in it, data that is left in the file read."""
    if isinstance(message, Message):
        return type(message), {name: list_messages(value) for name, value in message.__dict__.items()}
    if isinstance(message, (list, tuple)):
        return [list_messages(value) for value in message]
    return bytes(message) if isinstance(message, (memoryview, Stretch)) else message


def judge(kind: type[Message], data: memoryview | HeldFile) -> object:
    """What is read, or the words of the refusal."""
    try:
        return list_messages(read_message(kind, data))
    except WireError as failure:
        return str(failure)


@pytest.mark.parametrize("window", [20, 37, 64, 1000])
def test_a_file_is_read_as_its_bytes_are(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_WINDOW", window)
    for path in sorted(FILE.parent.glob("*.onnx")):
        assert judge(Model, hold_file(str(path))) == judge(Model, memoryview(path.read_bytes()))


@given(st.binary(max_size=300), st.integers(20, 60))
@settings(deadline=None)
def test_bytes_in_a_file_are_read_or_refused_as_in_memory(data: bytes, window: int) -> None:
    whole = FILE.read_bytes()
    with tempfile.NamedTemporaryFile() as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "_WINDOW", window)
        for content in (data, field(7, data), whole[: len(data) * 7] + data):
            file.seek(0)
            file.truncate()
            file.write(content)
            file.flush()
            assert judge(Model, HeldFile(file.file, "model.onnx")) == judge(Model, memoryview(content))


def test_numbers_that_are_not_packed_are_read() -> None:
    data = field(1, 3) + field(2, 7) + b"".join(field(7, number) for number in (1, -2, 1 << 40))
    assert read_items(read_message(Tensor, memoryview(data))) == (1, -2, 1 << 40)
    data = field(1, 2) + field(2, 1) + field(4, 1.5) + field(4, -2.0)
    assert read_items(read_message(Tensor, memoryview(data))) == (1.5, -2.0)
