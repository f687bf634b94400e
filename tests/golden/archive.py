"""Recorded arrays in a file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import numpy as np

from tests.golden.arrays import Array


def archive(values: Mapping[str, Array]) -> bytes:
    """An `.npz` that is the same byte for byte when the values are: no times, keys in order."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for key in sorted(values):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(values[key]), allow_pickle=False)
            packed.writestr(
                zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0)), member.getvalue(), zipfile.ZIP_DEFLATED
            )
    return target.getvalue()
