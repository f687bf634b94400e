"""A `.npz` file of NumPy."""

from __future__ import annotations

from shapecalc.formats.arrays import stored_npz
from shapecalc.formats.weights.stored import StoredWeight, refuse


def list_arrays(path: str) -> dict[str, StoredWeight]:
    """Every array of a file, in its order. Raises Fault."""
    found = {}
    for name, array in stored_npz(path, "SC606").items():
        if array.dtype.kind == "U":
            raise refuse(path, f"`{name}` in it holds no plain numbers")
        found[name] = StoredWeight(array.shape, array.dtype.name, array.read)
    return found
