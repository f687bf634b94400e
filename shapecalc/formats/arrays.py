"""Arrays in files: `.npy` and `.npz`, read without running what is in them, and written all or nothing."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shapecalc.diagnostics import Diagnostic, Fault, shorten
from shapecalc.formats.files import whole_file

Array: TypeAlias = NDArray[Any]


def read_npy(path: str, code: str) -> Array:
    """The array of a `.npy` file. Raises Fault with `code`."""
    try:
        # Mapped first: a header that promises more than the file holds is refused before anything is allocated.
        return _checked(np.array(np.load(path, mmap_mode="r", allow_pickle=False)), path, code)
    except Fault:
        raise
    except Exception as error:  # NumPy has no list of what a damaged file may raise
        raise _fault(path, code, error) from None


def read_npz(path: str, code: str, limit: int | None = None) -> dict[str, Array]:
    """The arrays of a `.npz` file by name, in its order. Raises Fault with `code`, or SC603 beyond `limit` bytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if limit is not None and size > limit:
            message = (
                f"{shorten(path)} unpacks to {size / 2**20:,.1f} MiB, more than the {limit / 2**20:,.1f} MiB allowed"
            )
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
