"""The wire format of protocol buffers, read by tables of fields into plain objects.

https://protobuf.dev/programming-guides/encoding/. Nothing is copied that can stay in the file: long data is a view of
its bytes. What the tables do not name is passed over, as the format asks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple, TypeAlias, TypeVar

MAX_DEPTH = 100
"""Messages within messages: as many as the reader of protocol buffers itself allows."""
MAX_FIELDS = 4_000_000
"""Fields of one file that become objects: a file of 32 MiB could hold four times as many, of two bytes each."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


class WireError(ValueError):
    """Raised where bytes are no protocol buffers, or too many; says at which byte."""


class TooManyError(WireError):
    """Raised where a file holds more than is read."""


class Kind(NamedTuple):
    """How a field is written: its wire type, and what it holds."""

    wire: int
    name: str


INT = Kind(_VARINT, "int")
FLOAT = Kind(_FIXED32, "float")
TEXT = Kind(_BYTES, "text")
VIEW = Kind(_BYTES, "view")
"""Bytes that stay where they are."""
PACKED = Kind(_BYTES, "packed")
"""Numbers one after another, left as bytes until they are asked for."""

Data: TypeAlias = memoryview
M = TypeVar("M", bound="Message")


class Field(NamedTuple):
    """A field of a message: its name, what it holds, whether it may stand there many times, and how many at most."""

    name: str
    kind: Kind | type[Message]
    many: bool = False
    most: int = MAX_FIELDS


class Message:
    """A message: `fields` by number; what a file leaves out has the class's value."""

    fields: ClassVar[dict[int, Field]] = {}


def read_message(kind: type[M], data: Data) -> M:
    """A message of this kind, of all the bytes. Raises WireError."""
    return _Reader(data).read(kind, 0, len(data), 0)


def read_varints(data: Data) -> Iterator[int]:
    """Signed whole numbers that stand one after another. Raises WireError."""
    reader, at = _Reader(data), 0
    while at < len(data):
        number, at = reader.read_varint(at, len(data))
        yield number if number < 1 << 63 else number - (1 << 64)


class _Reader:
    """Reads one file."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.left = MAX_FIELDS

    def read(self, kind: type[M], at: int, end: int, depth: int) -> M:
        """The message that stands from one byte up to another."""
        if depth > MAX_DEPTH:
            raise WireError(f"messages nest deeper than {MAX_DEPTH} at byte {at:,}")
        message = kind()
        values, fields, data = message.__dict__, kind.fields, self.data
        while at < end:
            key, at = (data[at], at + 1) if data[at] < 128 else self.read_varint(at, end)
            field, wire = fields.get(key >> 3), key & 7
            value: Any
            if wire == _VARINT:
                value, at = (data[at], at + 1) if at < end and data[at] < 128 else self.read_varint(at, end)
                value = value if value < 1 << 63 else value - (1 << 64)
                stop = at
            elif wire == _BYTES:
                size, at = (data[at], at + 1) if at < end and data[at] < 128 else self.read_varint(at, end)
                stop = at + size
                value = None
            elif wire in (_FIXED32, _FIXED64):
                stop = at + (4 if wire == _FIXED32 else 8)
                value = None
            else:
                raise WireError(f"a field of the unknown kind {wire} at byte {at:,}")
            if stop > end:
                raise WireError(f"a field at byte {at:,} is longer than what is left")
            if field is not None:
                self.add(values, field, wire, value, at, stop, depth)
            at = stop
        return message

    def add(self, values: dict[str, Any], field: Field, wire: int, value: Any, at: int, stop: int, depth: int) -> None:
        """Puts a field that stands from one byte up to another into its message."""
        self.left -= 1
        if self.left < 0:
            raise TooManyError(f"more than {MAX_FIELDS:,} fields")
        name, kind, many, most = field
        if isinstance(kind, Kind):
            if kind is INT or kind is FLOAT:
                if wire == _BYTES and many:
                    values.setdefault(name, []).extend(self.unpack(kind, at, stop))
                    return
                if wire != kind.wire:
                    raise WireError(f"the field `{name}` at byte {at:,} is of another kind")
                if kind is FLOAT:
                    value = struct.unpack_from("<f", self.data, at)[0]
            elif kind is PACKED:
                value = self.data[at:stop]
                values.setdefault(name, []).append((wire, value))
                return
            elif wire != _BYTES:
                raise WireError(f"the field `{name}` at byte {at:,} is of another kind")
            else:
                value = str(self.data[at:stop], "utf-8", "replace") if kind is TEXT else self.data[at:stop]
        elif wire != _BYTES:
            raise WireError(f"the field `{name}` at byte {at:,} is of another kind")
        else:
            value = self.read(kind, at, stop, depth + 1)
        if many:
            listed = values.setdefault(name, [])
            if len(listed) >= most:
                raise TooManyError(f"more than {most:,} of `{name}`")
            listed.append(value)
        else:
            values[name] = value

    def unpack(self, kind: Kind, at: int, stop: int) -> Iterator[int | float]:
        """Numbers that stand one after another from one byte up to another."""
        if kind is FLOAT:
            if (stop - at) % 4:
                raise WireError(f"numbers at byte {at:,} end within one")
            self.left -= (stop - at) // 4
            yield from struct.unpack_from(f"<{(stop - at) // 4}f", self.data, at)
            return
        while at < stop:
            self.left -= 1
            number, at = self.read_varint(at, stop)
            yield number if number < 1 << 63 else number - (1 << 64)
        if self.left < 0:
            raise TooManyError(f"more than {MAX_FIELDS:,} fields")

    def read_varint(self, at: int, end: int) -> tuple[int, int]:
        """A whole number of up to 64 bits, and where it ends."""
        number = shift = 0
        data, last = self.data, min(at + _LONGEST_VARINT, end)
        for position in range(at, last):
            byte = data[position]
            number |= (byte & 127) << shift
            if byte < 128:
                return number & ((1 << 64) - 1), position + 1
            shift += 7
        if last == end:
            raise WireError(f"a number at byte {at:,} has no end")
        raise WireError(f"a number at byte {at:,} is longer than {_LONGEST_VARINT} bytes")
