"""Records the numbers of the node tests of the standard: what each is fed and what it gives.

Run in an environment of its own, with onnx: `python -m tests.formats.onnx.record_numbers`. It writes `numbers.xz`,
which `tests.formats.onnx.numbers` reads. Tests with an array of more than `MOST` bytes, and those of training, are left
out.
"""

from __future__ import annotations

import json
import lzma
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, numpy_helper
from onnx.backend.test.case.node import collect_testcases

PATH = Path(__file__).parent / "numbers.xz"
TRAINING = "ai.onnx.preview.training"
MOST = 2048
"""Bytes of an array; larger ones would be most of the file."""


def read_array(value: Any) -> Any:
    """An array in a dtype of NumPy; None for nothing and for what is no tensor."""
    if value is None or isinstance(value, (list, tuple)):
        return None
    array = numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)
    name = array.dtype.name
    if array.dtype.kind in "OSU":
        return array.astype(str)
    if name in ("int2", "int4"):
        return array.astype(np.int8)
    if name in ("uint2", "uint4"):
        return array.astype(np.uint8)
    if name == "bfloat16" or name.startswith(("float8", "float6_", "float6e", "float4")):
        return array.astype(np.float32)
    return array


class Store:
    """Bytes of arrays one after the other, equal ones once."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.places: dict[bytes, int] = {}

    def add(self, array: Any) -> Any:
        """What the head says of an array: its dtype, shape and place, or its texts."""
        if array is None:
            return None
        if array.dtype.kind == "U":
            return ["string", list(array.shape), array.reshape(-1).tolist()]
        piece = np.ascontiguousarray(array).tobytes()
        if piece not in self.places:
            self.places[piece] = len(self.data)
            self.data += piece
        return [array.dtype.name, list(array.shape), self.places[piece]]


def main() -> None:
    """Records all tests."""
    warnings.simplefilter("ignore")
    store, tests, left_out = Store(), {}, 0
    for case in collect_testcases(None):
        if any(known.domain == TRAINING for known in case.model.opset_import):
            continue
        ((inputs, outputs),) = case.data_sets
        fed, given = [read_array(value) for value in inputs], [read_array(value) for value in outputs]
        if any(array is not None and array.nbytes > MOST for array in (*fed, *given)):
            left_out += 1
            continue
        tests[case.name] = [[store.add(array) for array in fed], [store.add(array) for array in given]]
    head = json.dumps({"left_out": left_out, "tests": tests}, separators=(",", ":"))
    packed = lzma.compress(head.encode() + b"\n" + bytes(store.data), preset=9 | lzma.PRESET_EXTREME)
    PATH.write_bytes(packed)
    print(f"{len(tests):,} tests, {len(store.data):,} bytes of numbers as {len(packed):,}; left out: {left_out}")


if __name__ == "__main__":
    main()
