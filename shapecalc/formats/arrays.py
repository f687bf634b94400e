"""Arrays in files: `.npy` and `.npz`, known by their headers before they are read, and written all or nothing.

What a header says is not believed: NumPy would allocate what it promises, and has words of its own for what it cannot.
"""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import IO, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.dims import binary_text
from shapecalc.document.files import open_file
from shapecalc.formats.archives import Damaged, open_archive
from shapecalc.formats.files import open_whole

Array: TypeAlias = NDArray[Any]

_ROOM = 2**20
"""Bytes that headers and small extras may take; arrays may be of twice the precision that is wanted."""
_NUMBERS, _NUMBERS_OR_TEXT = "biuf", "biufU"  # kinds of NumPy's dtypes
_MAX_HEADER = 10_000  # bytes, as NumPy has it: headers are parsed as Python's literals
_MAX_NDIM = 64  # of NumPy
_HEADERS = {
    (1, 0): (2, np.lib.format.read_array_header_1_0),
    (2, 0): (4, np.lib.format.read_array_header_2_0),
}
"""By version: bytes that the length takes, and what reads the rest. Later versions are for names beyond Latin-1."""


class Stored:
    """An array in a file that was not read yet; `member` is its name in an archive."""

    def __init__(self, path: str, member: str | None, code: str, header: Header) -> None:
        self.path = path
        self.member = member
        self.code = code
        self.header = header

    @property
    def shape(self) -> tuple[int, ...]:
        return self.header.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.header.dtype

    @property
    def nbytes(self) -> int:
        return self.header.nbytes

    def read(self) -> Array:
        """The array. Raises Fault."""
        with _telling(self.path, self.code, _name_member(self.member)), _open_seekable(self.path) as file:
            if self.member is None:
                return self._behind(file)
            with open_archive(file) as archive, archive.open(self.member) as member:
                return self._behind(member)

    def _behind(self, stream: IO[bytes]) -> Array:
        stream.read(self.header.start)
        return _data(stream, self.header)


def stored_npy(path: str, code: str) -> Stored:
    """The array of a `.npy` file. Raises Fault with `code`."""
    with _telling(path, code), _open_seekable(path) as file:
        return Stored(path, None, code, _header(file, os.fstat(file.fileno()).st_size, None, _NUMBERS_OR_TEXT))


def stored_npz(path: str, code: str) -> dict[str, Stored]:
    """The arrays of a `.npz` file by name, in its order. Raises Fault with `code`."""
    found = {}
    with _telling(path, code), _archive(path) as archive:
        for member in archive.infolist():
            name = member.filename
            with _telling(path, code, _name_member(name)), archive.open(member) as stream:
                header = _header(stream, member.file_size, name, _NUMBERS_OR_TEXT)
            found[name.removesuffix(".npy")] = Stored(path, name, code, header)
    return found


def read_npz(path: str, code: str, limit: int | None = None, wanted: int | None = None) -> dict[str, Array]:
    """The numbers of a `.npz` file by name, in its order. Raises Fault with `code`, or SC603 beyond `limit` bytes.

    `wanted` is how many bytes are of any use: a file that unpacks to far more is refused before it is unpacked.
    """
    arrays = {}
    with _telling(path, code), _archive(path) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        if wanted is not None and size > _ROOM + 2 * wanted:
            raise Damaged(f"it unpacks to {binary_text(size)}, and {binary_text(wanted)} are wanted")
        if limit is not None and size > limit:
            message = f"{shorten(path)} unpacks to {binary_text(size)}, more than the {binary_text(limit)} allowed"
            raise Fault(error("SC603", message, help="raise `--max-memory`"))
        for member in members:
            name = member.filename
            with _telling(path, code, _name_member(name)), archive.open(member) as stream:
                header = _header(stream, member.file_size, name, _NUMBERS)
                arrays[name.removesuffix(".npy")] = _data(stream, header)
    return arrays


class Header(NamedTuple):
    """What stands before an array's data, and how many bytes that takes."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int

    @property
    def nbytes(self) -> int:
        return prod(self.shape) * self.dtype.itemsize


@contextmanager
def _archive(path: str) -> Iterator[zipfile.ZipFile]:
    with _open_seekable(path) as file:
        if not zipfile.is_zipfile(file):
            raise Damaged("it is no .npz file")
        with open_archive(file) as archive:
            yield archive


def _open_seekable(path: str) -> IO[bytes]:
    """A file that can be read twice. Raises Damaged."""
    try:
        return open_file(path)
    except Fault as fault:
        # The caller's code says which file it is that cannot be read.
        raise Damaged(fault.diagnostics[0].message.rpartition(": ")[2]) from None


def _header(stream: IO[bytes], size: int, member: str | None, kinds: str) -> Header:
    """The header of an array in a stream of so many bytes. Raises Damaged where it is not to be trusted."""
    start = stream.read(len(np.lib.format.MAGIC_PREFIX) + 2)
    if start[:-2] != np.lib.format.MAGIC_PREFIX:
        raise Damaged(f"{_name_member(member)} is no .npy file")
    of = f"the header of `{_name(member)}`" if member is not None else "its header"
    header = _parse_header(stream, (start[-2], start[-1]))
    if header is None:
        raise Damaged(f"{of} makes no sense")
    if header.dtype.kind not in kinds or header.dtype.itemsize == 0:
        raise Damaged(f"{_name_member(member)} holds no plain numbers")
    follow = size - header.start
    if header.nbytes > follow:
        raise Damaged(f"{of} promises {binary_text(header.nbytes)}, and {binary_text(follow)} follow")
    return header


def _parse_header(stream: IO[bytes], version: tuple[int, int]) -> Header | None:
    """What follows the version, by NumPy; None where no array can be so."""
    if version not in _HEADERS:
        return None
    width, parse = _HEADERS[version]
    length = stream.read(width)
    rest = int.from_bytes(length, "little")
    if rest > _MAX_HEADER:
        return None
    try:
        shape, fortran, dtype = parse(io.BytesIO(length + stream.read(rest)))
    except Exception:  # NumPy has no list of what a damaged header may raise
        return None
    sound = len(shape) <= _MAX_NDIM and all(type(size) is int and 0 <= size < 2**63 for size in shape)
    return Header(shape, fortran, dtype, len(np.lib.format.MAGIC_PREFIX) + 2 + width + rest) if sound else None


def _data(stream: IO[bytes], header: Header) -> Array:
    """The array whose header was read. Raises EOFError where the data ends early."""
    data = np.empty(header.nbytes, np.uint8)
    view, place = data.data, 0
    while place < len(view):
        count = stream.readinto(view[place : place + 2**24])  # type: ignore[attr-defined]  # typeshed leaves it out
        if not count:
            raise EOFError
        place += count
    array: Array = data.view(header.dtype)
    return array.reshape(header.shape, order="F" if header.fortran else "C")


def _name(member: str | None) -> str:
    return shorten((member or "").removesuffix(".npy"))


def _name_member(member: str | None) -> str:
    return "it" if member is None else f"`{_name(member)}` in it"


@contextmanager
def _telling(path: str, code: str, what: str = "it") -> Iterator[None]:
    """Raises Fault where a file is not what it should be: with `code` and in our words, whoever found it out."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote
            yield
    except Fault:
        raise
    except Damaged as reason:
        raise _fault(path, code, str(reason)) from None
    except MemoryError:
        message = f"there is not enough memory for {shorten(path)}"
        raise Fault(error("SC603", message, help="free some, or feed less")) from None
    except Exception as failure:  # zipfile and what it unpacks with have no list of what they may raise
        raise _fault(path, code, getattr(failure, "strerror", None) or f"{what} is damaged") from None


def _fault(path: str, code: str, reason: str) -> Fault:
    return Fault(error(code, f"cannot read {shorten(path)}: {shorten(reason, 120)}"))


def save_npz(path: str, arrays: Mapping[str, Array]) -> None:
    """Writes arrays under their names, in order; the file is whole or not there. Raises Fault with SC607."""
    with open_whole(path) as file:
        _write(file, arrays)


def _write(file: IO[bytes], arrays: Mapping[str, Array]) -> None:
    """As `numpy.savez`, which would refuse an output called `file`."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
