"""Attributes of HDF5 that are texts, read from the bytes of the file.

The library takes the length that a text of any length claims, and allocates that before it looks for the text: four
bytes of a file could cost four gigabytes. https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import prod
from typing import IO

from shapecalc.formats.weights.stored import Refused, plain_name

_MOST_HEADER = 2**22  # bytes of the messages of one object
_MOST_TEXTS = 2**24  # bytes of the texts of one attribute
_ATTRIBUTE, _CONTINUATION = 0x0C, 0x10  # numbers of messages
_FIXED, _VARIABLE = 3, 9  # classes of datatypes
_DESCRIPTOR = struct.Struct("<IQI")  # of a text of any length: bytes, heap, number in the heap


def read_texts(file: IO[bytes], address: int, name: str) -> list[str] | None:
    """The texts of an attribute of the object whose header is at an address; None where it has no such attribute.

    None too for what is kept otherwise than h5py does it by default. Raises Refused for more texts than is sensible.
    """
    place = file.tell()
    try:
        for kind, message in _messages(file, address):
            if kind == _ATTRIBUTE and (texts := _texts(file, message, name.encode())) is not None:
                return [plain_name(text.rstrip(b"\0").decode("utf-8", "replace")) for text in texts]
    except (struct.error, OSError, OverflowError, ValueError):  # places that are not in the file
        return None
    finally:
        file.seek(place)
    return None


def _read(file: IO[bytes], address: int, size: int) -> bytes:
    file.seek(address)
    return file.read(size)


def _messages(file: IO[bytes], address: int) -> Iterator[tuple[int, bytes]]:
    """The messages of an object header of the first version, with their numbers."""
    version, count, size = struct.unpack("<BxHxxxxI", _read(file, address, 12))
    if version != 1:
        return
    blocks = [(address + 16, size)]
    total = 0
    for start, length in blocks:
        total += length
        if total > _MOST_HEADER:
            raise Refused("a header in it is longer than any", "SC614")
        data = _read(file, start, length)
        at = 0
        while at + 8 <= len(data) and count > 0:
            kind, length = struct.unpack_from("<HH", data, at)
            message = data[at + 8 : at + 8 + length]
            at += 8 + length
            count -= 1
            if kind == _CONTINUATION:
                blocks.append(struct.unpack_from("<QQ", message))
            yield kind, message


def _texts(file: IO[bytes], message: bytes, wanted: bytes) -> list[bytes] | None:
    """The texts of an attribute message; None where it has another name. Raises Refused where it holds no texts."""
    version, flags, name_size, type_size, space_size = struct.unpack_from("<BBHHH", message)
    if version not in (1, 2, 3) or (version > 1 and flags):
        return None
    at = 9 if version == 3 else 8
    parts = []
    for size in (name_size, type_size, space_size):
        parts.append(message[at : at + size])
        at += -(-size // 8) * 8 if version == 1 else size
    name, datatype, space = parts
    if name.rstrip(b"\0") != wanted:
        return None
    kind, bits, size = struct.unpack_from("<BB2xI", datatype)
    count = _count(space)
    if count == 0:
        return []
    is_text = kind & 0x0F == _FIXED or (kind & 0x0F == _VARIABLE and bits & 0x0F == 1)
    if not is_text or count * size > len(message) - at:
        raise Refused(f"its `{plain_name(wanted.decode())}` are no names")
    items = [message[at + size * number : at + size * (number + 1)] for number in range(count)]
    return items if kind & 0x0F == _FIXED else _follow(file, items)


def _count(space: bytes) -> int:
    """How many items a dataspace has; a scalar is one."""
    version, rank = struct.unpack_from("<BB", space)
    if version == 2 and space[3] == 2:
        return 0
    return prod(struct.unpack_from(f"<{rank}Q", space, 8 if version == 1 else 4))


def _follow(file: IO[bytes], descriptors: list[bytes]) -> list[bytes]:
    """The texts in the heaps of a file that these describe. Raises Refused."""
    texts = []
    heaps: dict[int, dict[int, bytes]] = {}
    total = 0
    for descriptor in descriptors:
        length, heap, number = _DESCRIPTOR.unpack(descriptor)
        total += length
        if total > _MOST_TEXTS:
            raise Refused("texts in it are longer than any", "SC614")
        if heap not in heaps:
            heaps[heap] = dict(_heap(file, heap))
        texts.append(heaps[heap].get(number, b"")[:length])
    return texts


def _heap(file: IO[bytes], address: int) -> Iterator[tuple[int, bytes]]:
    """The objects of a heap by number."""
    signature, size = struct.unpack("<4s4xQ", _read(file, address, 16))
    if signature != b"GCOL":
        return
    data = _read(file, address + 16, min(size, _MOST_TEXTS) - 16)
    at = 0
    while at + 16 <= len(data):
        number, length = struct.unpack_from("<H6xQ", data, at)
        if number == 0:
            return
        yield number, data[at + 16 : at + 16 + length]
        at += 16 + -(-length // 8) * 8
