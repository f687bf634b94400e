"""HDF5 files between the disk and h5py, whose library believes what a file says of its sizes.

It takes as much memory as a file asks for, and a heap whose objects have no length keeps it busy for ever.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any

_HEAP = b"GCOL"
_HEADER = 16  # bytes, of a heap and of each object in it
_MOST_OF_A_HEADER = 2**17  # bytes that are read of one at a time; data are not kept
_POINTER = 16  # bytes, of a text that stands in a heap: its length, four of them, and where it is


class GuardedFile(io.RawIOBase):
    """An HDF5 file of which no more than `most` bytes are read; `is_spent` says that more were asked for.

    Raises OSError where it is spent or damaged: h5py hands that on.
    """

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.file = file
        self.left = most
        self.is_spent = False
        self.pieces: dict[int, bytes] = {}
        self.heaps: dict[int, bytes] = {}

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        self.left -= len(view)
        if self.left < 0:
            self.is_spent = True
            raise OSError("more is asked for than may be read")
        position = self.file.tell()
        data = self.file.read(len(view))
        if len(self.pieces.get(position, b"")) < len(data) <= _MOST_OF_A_HEADER:
            self.pieces[position] = data
        if not self._is_sound(position, data):
            raise OSError("a heap is damaged")
        view[: len(data)] = data
        return len(data)

    def longest_text(self, attribute: str, count: int) -> int | None:
        """The length of the longest of the `count` texts in an attribute that was opened; None where none is found.

        HDF5 makes room for what it says before it looks whether there is as much.
        """
        name = attribute.encode() + b"\0"
        lengths = [
            int.from_bytes(piece[start + _POINTER * index :][:4], "little")
            for piece in self._join_pieces()
            for start in _starts_of_values(piece, name)
            for index in range(min(count, (len(piece) - start) // _POINTER))
        ]
        return max(lengths, default=None)

    def _is_sound(self, position: int, data: bytes) -> bool:
        """Whether what was read is no heap, or one whose objects follow one another. It may be read piece by piece."""
        start = position
        if not data.startswith(_HEAP):
            start = next((start for start, heap in self.heaps.items() if start + len(heap) == position), -1)
        if start >= 0:
            self.heaps[start] = data if start == position else self.heaps[start] + data
        return start < 0 or _is_sound_heap(self.heaps[start])

    def _join_pieces(self) -> Iterator[bytes]:
        """What was read of headers, pieces that follow one another in one."""
        joined, end = b"", -1
        for position, piece in sorted(self.pieces.items()):
            if position > end:
                yield joined
                joined, end = b"", position
            joined += piece[end - position :]
            end = max(end, position + len(piece))
        yield joined


def _is_sound_heap(data: bytes) -> bool:
    """Whether the objects of a heap, or of as much of it as was read, follow one another within it."""
    size, position = int.from_bytes(data[8:16], "little"), _HEADER
    while position + _HEADER <= min(size, len(data)):
        index = int.from_bytes(data[position : position + 2], "little")
        length = int.from_bytes(data[position + 8 : position + 16], "little")
        length = _HEADER + (length + 7) // 8 * 8 if index else length  # the one without a number is what is free
        if length < _HEADER or position + length > size:
            return False
        position += length
    return True


def _starts_of_values(piece: bytes, name: bytes) -> Iterator[int]:
    """Where the values begin of the attributes of a name: after the name, the type and the shape."""
    found = piece.find(name)
    while found >= 0:
        for version, header in ((1, 8), (2, 8), (3, 9)):
            head = piece[max(0, found - header) : found]
            sizes = [int.from_bytes(head[at : at + 2], "little") for at in (2, 4, 6)]
            if len(head) == header and head[0] == version and sizes[0] == len(name):
                yield found + sum([(size + 7) // 8 * 8 for size in sizes] if version == 1 else sizes)
        found = piece.find(name, found + 1)
