"""The bytes that files which are no text begin with."""

from __future__ import annotations

ARCHIVE = b"PK\x03\x04"
HDF5 = b"\x89HDF\r\n\x1a\n"


def is_hdf5(start: bytes) -> bool:
    """Whether a file that begins like this is an HDF5 file."""
    return start.startswith(HDF5)
