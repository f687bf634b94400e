"""Arrays in files: `.npy` and `.npz`, read without running what is in them, and written all or nothing."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shapecalc.diagnostics import Diagnostic, Fault, shorten
from shapecalc.dims import binary_text
from shapecalc.formats.files import whole_file

Array: TypeAlias = NDArray[Any]

_ROOM = 2**20
"""Bytes that headers and small extras may take; arrays may be of twice the precision that is wanted."""


def read_npy(path: str, code: str) -> Array:
    """The array of a `.npy` file. Raises Fault with `code`."""
    try:
        with open(path, "rb") as file:
            if file.read(len(np.lib.format.MAGIC_PREFIX)) != np.lib.format.MAGIC_PREFIX:
                raise _fault(path, code, "it is no .npy file")
        # Mapped first: a header that promises more than the file holds is refused before anything is allocated.
        with np.errstate(all="ignore"):
            return _checked(np.array(np.load(path, mmap_mode="r", allow_pickle=False)), path, code)
    except Fault:
        raise
    except Exception as error:  # NumPy has no list of what a damaged file may raise
        raise _fault(path, code, error) from None


def read_npz(path: str, code: str, limit: int | None = None, wanted: int | None = None) -> dict[str, Array]:
    """The arrays of a `.npz` file by name, in its order. Raises Fault with `code`, or SC603 beyond `limit` bytes.

    `wanted` is how many bytes are of any use: a file that unpacks to far more is refused before it is unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if wanted is not None and size > _ROOM + 2 * wanted:
            reason = f"it unpacks to {binary_text(size)}, and {binary_text(wanted)} are wanted"
            raise _fault(path, code, reason)
        if limit is not None and size > limit:
            message = f"{shorten(path)} unpacks to {binary_text(size)}, more than the {binary_text(limit)} allowed"
            raise Fault(Diagnostic("SC603", "error", "", message, help="raise `--max-memory`"))
        with np.load(path, allow_pickle=False) as arrays:
            return {name: _checked(arrays[name], path, code) for name in arrays.files}
    except Fault:
        raise
    except Exception as error:  # as above; damaged archives raise zlib's and zipfile's own
        raise _fault(path, code, error) from None


def _checked(array: Any, path: str, code: str) -> Array:
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biufU":
        raise _fault(path, code, "it holds no plain numbers")
    return array


def _fault(path: str, code: str, reason: object) -> Fault:
    words = getattr(reason, "strerror", None) or str(reason).split("\n")[0] or type(reason).__name__
    return Fault(Diagnostic(code, "error", "", f"cannot read {shorten(path)}: {shorten(words, 120)}"))


def save_npz(path: str, arrays: Mapping[str, Array]) -> None:
    """Writes arrays under their names, in order; the file is whole or not there. Raises Fault with SC607."""
    with whole_file(path) as file:
        _write(file, arrays)


def _write(file: IO[bytes], arrays: Mapping[str, Array]) -> None:
    """As `numpy.savez`, which would refuse an output called `file`."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
