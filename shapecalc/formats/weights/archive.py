"""The weights in a `.keras` archive: the file of `model.save_weights`, as one of its members."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from shapecalc.diagnostics import Fault
from shapecalc.dims import binary_text
from shapecalc.document.files import MAX_BYTES
from shapecalc.formats.json_text import parse_json
from shapecalc.formats.weights.stored import Refused, refuse_damage

_CONFIG = "config.json"
MEMBER = "model.weights.h5"
_NUMPY = "model.weights.npz"


def read_config(archive: zipfile.ZipFile) -> Any:
    """The model's config in an archive; None where there is none that can be read."""
    if _CONFIG not in archive.namelist() or archive.getinfo(_CONFIG).file_size > MAX_BYTES:
        return None
    try:
        with refuse_damage("the archive"):
            return parse_json(archive.read(_CONFIG).decode("utf-8", "replace"))
    except (Fault, Refused):
        return None


def is_keras_archive(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is a model's, and none of NumPy."""
    return _CONFIG in archive.namelist() or MEMBER in archive.namelist()


@contextmanager
def open_member(archive: zipfile.ZipFile, file: IO[bytes], limit: int | None) -> Iterator[tuple[IO[bytes], int]]:
    """The weights' file in an archive, which is read from `file`, and its bytes. Raises Refused."""
    for name in archive.namelist():
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name.partition("/")[0]:
            raise Refused(f"its member `{name}` would lie outside the archive", "SC613")
    if MEMBER not in archive.namelist():
        reason = "its weights are pickled, and would run code" if _NUMPY in archive.namelist() else "it has no weights"
        raise Refused(reason)
    member = archive.getinfo(MEMBER)
    if limit is not None and member.file_size > limit:
        words = f"its weights unpack to {binary_text(member.file_size)}, more than the {binary_text(limit)} allowed"
        raise Refused(words, "SC603")
    with refuse_damage("the archive"):
        opened = _open(archive, file, member)
    yield opened, member.file_size


def _open(archive: zipfile.ZipFile, file: IO[bytes], member: zipfile.ZipInfo) -> IO[bytes]:
    """A member as a file in which one may go back and forth."""
    if member.compress_type != zipfile.ZIP_STORED:
        return io.BytesIO(archive.read(member))
    return io.BufferedReader(_Window(file, _find_data(file, member), member.file_size))


def _find_data(file: IO[bytes], member: zipfile.ZipInfo) -> int:
    """Where the data of a member that is not compressed begins."""
    file.seek(member.header_offset)
    name_size, extra_size = struct.unpack("<26xHH", file.read(30))
    return member.header_offset + 30 + int(name_size) + int(extra_size)


class _Window(io.RawIOBase):
    """A part of a file as a file: HDF5 reads here and there, for which zipfile would read all that is before."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self.file = file
        self.start = start
        self.size = size
        self.place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        self.place = max(0, origin + offset)
        return self.place

    def readinto(self, buffer: Any) -> int:
        self.file.seek(self.start + self.place)
        data = self.file.read(min(len(buffer), max(0, self.size - self.place)))
        buffer[: len(data)] = data
        self.place += len(data)
        return len(data)
