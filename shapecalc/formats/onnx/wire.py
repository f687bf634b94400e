"""The wire format of protocol buffers, read by tables of fields into plain objects.

https://protobuf.dev/programming-guides/encoding/. Long data stays in the file until it is asked for. It is not mapped:
a mapped file that somebody cuts short meanwhile ends the process. What the tables do not name is passed over, as the
format asks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from shapecalc.document.files import HeldFile

MAX_DEPTH = 100
"""Messages within messages: as many as the reader of protocol buffers itself allows."""
MAX_FIELDS = 4_000_000
"""Fields of one file that become objects: a file of 32 MiB could hold four times as many, of two bytes each."""
_WINDOW = 1 << 13
"""Bytes of a file that are read at a time; longer data stays in it."""
_HEAD = 20
"""Bytes that are enough for the number of a field and its length."""

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
"""Bytes as they are, which may stay in the file."""
PACKED = Kind(_BYTES, "packed")
"""Numbers one after another, left as bytes until they are asked for."""


class Stretch:
    """Bytes of a file, from one place up to another, that are read where they are asked for: `bytes(stretch)`."""

    __slots__ = ("file", "start", "stop")

    def __init__(self, file: HeldFile, start: int, stop: int) -> None:
        self.file = file
        self.start = start
        self.stop = stop

    def __len__(self) -> int:
        return self.stop - self.start

    def __bytes__(self) -> bytes:
        return self.file.read(self.start, self.stop)


Data: TypeAlias = "memoryview | Stretch"
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


def read_message(kind: type[M], data: memoryview | HeldFile) -> M:
    """A message of this kind, of all the bytes. Raises WireError, and of a file Fault where it cannot be read."""
    if isinstance(data, memoryview):
        return _Reader(data).read(kind, 0, len(data), 0)
    return _FileReader(data).read_long(kind, 0, len(data), 0)


def load(data: Data) -> memoryview | bytes:
    """The bytes of data, read where they are still in their file."""
    return data if isinstance(data, memoryview) else bytes(data)


def read_varints(data: Data) -> Iterator[int]:
    """Signed whole numbers that stand one after another. Raises WireError."""
    loaded = load(data)
    reader, at = _Reader(memoryview(loaded)), 0
    while at < len(loaded):
        number, at = reader.read_varint(at, len(loaded))
        yield _sign(number)


def _sign(number: int) -> int:
    return number if number < 1 << 63 else number - (1 << 64)


class _Reader:
    """Reads messages within bytes in memory, of which the first is the byte `base` of the file."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.base = 0
        self.left = MAX_FIELDS

    def read(self, kind: type[M], at: int, end: int, depth: int) -> M:
        """The message that stands from one byte up to another."""
        message = _make(kind, self.base + at, depth)
        self.read_fields(message, at, end, end, depth)
        return message

    def read_fields(self, message: Message, at: int, end: int, last: int, depth: int) -> int:
        """Reads the fields of a message that ends at a byte, up to the first that goes beyond `last`; where that is.

        Each field takes a microsecond: the commonest kinds are read and put into the message here, without a call.
        """
        values, fields, data = message.__dict__, message.fields, self.data
        safe = end if last == end else last - _HEAD
        while at < safe:
            begin = at
            key, at = (data[at], at + 1) if data[at] < 128 else self.read_varint(at, end)
            field, wire, start = fields.get(key >> 3), key & 7, at
            value: Any = None
            if wire == _BYTES:
                size, start = (data[at], at + 1) if at < end and data[at] < 128 else self.read_varint(at, end)
                at = start + size
            elif wire == _VARINT:
                value, at = (data[at], at + 1) if at < end and data[at] < 128 else self.read_varint(at, end)
            else:
                at += _find_length(wire, self.base + at)
            if at > last:
                if at > end:
                    raise WireError(f"a field at byte {self.base + start:,} is longer than what is left")
                return begin
            if field is None:
                continue
            name, what, many, _ = field
            if wire == _BYTES and what is TEXT:
                value = str(data[start:at], "utf-8", "replace")
            elif wire == _BYTES and what.__class__ is not Kind:
                value = self.read(what, start, at, depth + 1)  # type: ignore[arg-type]
            elif wire == _VARINT and what is INT:
                value = value if value < 1 << 63 else value - (1 << 64)
            else:
                value = self.read_plain(field, wire, value, start, at)
            if many:
                self.append(values, field, value)
            else:
                values[name] = value
                self.left -= 1
        if self.left < 0:
            raise TooManyError(f"more than {MAX_FIELDS:,} fields")
        return at

    def read_plain(self, field: Field, wire: int, value: Any, start: int, stop: int) -> Any:
        """What a field holds that is no text and no message: bytes, a number, or the numbers of a list."""
        kind = field.kind
        if kind is PACKED:
            return wire, self.data[start:stop]
        if wire == _BYTES and kind is VIEW:
            return self.data[start:stop]
        if wire == _BYTES and field.many and (kind is INT or kind is FLOAT):
            return list(self.unpack(kind, start, stop))
        if wire == _VARINT and kind is INT:
            return _sign(value)
        if wire == _FIXED32 and kind is FLOAT:
            return struct.unpack_from("<f", self.data, start)[0]
        raise _make_kind_error(field, self.base + start)

    def append(self, values: dict[str, Any], field: Field, value: Any) -> None:
        """Puts what a field holds into its message, which may have it many times."""
        self.left -= 1
        if self.left < 0:
            raise TooManyError(f"more than {MAX_FIELDS:,} fields")
        listed = values.get(field.name)
        if listed is None:
            listed = values[field.name] = []
        if value.__class__ is list:
            listed += value
        elif len(listed) >= field.most:
            raise TooManyError(f"more than {field.most:,} of `{field.name}`")
        else:
            listed.append(value)

    def unpack(self, kind: Any, at: int, stop: int) -> Iterator[int | float]:
        """Numbers that stand one after another from one byte up to another."""
        if kind is FLOAT:
            if (stop - at) % 4:
                raise WireError(f"numbers at byte {self.base + at:,} end within one")
            self.left -= (stop - at) // 4
            yield from struct.unpack_from(f"<{(stop - at) // 4}f", self.data, at)
            return
        while at < stop:
            self.left -= 1
            if self.left < 0:
                raise TooManyError(f"more than {MAX_FIELDS:,} fields")
            number, at = self.read_varint(at, stop)
            yield _sign(number)

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
            raise WireError(f"a number at byte {self.base + at:,} has no end")
        raise WireError(f"a number at byte {self.base + at:,} is longer than {_LONGEST_VARINT} bytes")


class _FileReader(_Reader):
    """Reads a file window by window. What is longer than one is read part by part, or left there."""

    def __init__(self, file: HeldFile) -> None:
        super().__init__(memoryview(b""))
        self.file = file

    def show(self, start: int, stop: int) -> None:
        """Makes sure that all bytes from one place up to another are in memory."""
        if not self.base <= start <= stop <= self.base + len(self.data):
            end = min(max(stop, start + _WINDOW), len(self.file))
            self.base, self.data = start, memoryview(self.file.read(start, end))

    def read_long(self, kind: type[M], at: int, end: int, depth: int) -> M:
        """The message that stands from one byte of the file up to another."""
        message = _make(kind, at, depth)
        while at < end:
            self.show(at, min(at + 2 * _HEAD, end))
            base, last = self.base, min(self.base + len(self.data), end)
            begin = at
            at = base + self.read_fields(message, at - base, end - base, last - base, depth)
            if at == begin:
                at = self.read_field(message, at, depth)
        return message

    def read_field(self, message: Message, at: int, depth: int) -> int:
        """Reads a field of a message of the file that is not in memory as a whole; returns where the next begins."""
        key, local = self.read_varint(at - self.base, len(self.data))
        size, local = self.read_varint(local, len(self.data))
        field, start = message.fields.get(key >> 3), self.base + local
        stop = start + size
        if field is not None:
            value = self.read_value(field, start, stop, depth)
            if field.many:
                self.append(message.__dict__, field, value)
            else:
                message.__dict__[field.name] = value
        return stop

    def read_value(self, field: Field, start: int, stop: int, depth: int) -> Any:
        """What a field holds that stands from one byte of the file up to another."""
        kind = field.kind
        if not isinstance(kind, Kind):
            return self.read_long(kind, start, stop, depth + 1)
        if stop - start > _WINDOW and (kind is VIEW or kind is PACKED):
            stretch = Stretch(self.file, start, stop)
            return (_BYTES, stretch) if kind is PACKED else stretch
        if stop - start > MAX_FIELDS * _LONGEST_VARINT:
            raise TooManyError(f"more than {MAX_FIELDS:,} numbers or letters of `{field.name}`")
        self.show(start, stop)
        if kind is TEXT:
            return str(self.data[start - self.base : stop - self.base], "utf-8", "replace")
        return self.read_plain(field, _BYTES, None, start - self.base, stop - self.base)


def _make(kind: type[M], at: int, depth: int) -> M:
    """An empty message that stands at a byte. Raises WireError where it stands too deep in others."""
    if depth > MAX_DEPTH:
        raise WireError(f"messages nest deeper than {MAX_DEPTH} at byte {at:,}")
    return kind()


def _find_length(wire: int, at: int) -> int:
    """How many bytes a field of a fixed length takes."""
    if wire not in (_FIXED32, _FIXED64):
        raise WireError(f"a field of the unknown kind {wire} at byte {at:,}")
    return 4 if wire == _FIXED32 else 8


def _make_kind_error(field: Field, at: int) -> WireError:
    return WireError(f"the field `{field.name}` at byte {at:,} is of another kind")
