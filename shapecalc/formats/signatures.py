"""The bytes that files which are no text begin with."""

from __future__ import annotations

ARCHIVE = b"PK\x03\x04"
HDF5 = b"\x89HDF\r\n\x1a\n"


def is_hdf5(start: bytes) -> bool:
    """Whether a file that begins like this is an HDF5 file."""
    return start.startswith(HDF5)


def is_onnx(start: bytes) -> bool:
    """Whether a file begins as ONNX files do: with the version of the format, a small number, as the first field.

    So do TensorFlow's SavedModels, whose version is 1: no ONNX file of that version has operators that are read.
    """
    return len(start) > 1 and start[0] == 8 and 1 < start[1] < 64
