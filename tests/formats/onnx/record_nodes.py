"""Records the node tests of the standard: each model, and the shapes and dtypes of what it is fed and what it gives.

Run in an environment of its own, with onnx: `python -m tests.formats.onnx.record_nodes`. It writes `nodes.xz`, which
`tests.formats.onnx.nodes` reads. Each model is there twice: as it is, and with the values that it is fed as constants
where those say what is to be done: whole numbers, truth values, text, and the floats that are named below. Tests of
training are left out and counted.
"""

from __future__ import annotations

import json
import lzma
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PATH = Path(__file__).parent / "nodes.xz"
TRAINING = ("ai.onnx.preview.training",)
"""Domains whose operators train a model."""
FLOATS = ("roi", "scales", "ratio", "iou_threshold", "score_threshold", "start", "limit", "delta", "depth", "k")
"""Inputs of floats that say what is to be done, by the names that the tests give them."""
MOST = 512
"""Numbers of an input that becomes a constant."""


def describe(value: Any) -> Any:
    """A dtype and a shape; a list of them for a sequence, None for nothing."""
    if value is None or isinstance(value, list):
        return value if value is None else [describe(item) for item in value]
    if isinstance(value, TensorProto):
        return [number_name(value.data_type), list(value.dims)]
    array = np.asarray(value)
    text = array.dtype.kind in "OSU"
    return ["string" if text else number_name(helper.np_dtype_to_tensor_dtype(array.dtype)), list(array.shape)]


def number_name(number: int) -> str:
    """A dtype by its name in the product."""
    name = TensorProto.DataType.Name(number).lower()
    return str({"float": "float32", "double": "float64"}.get(name, name))


def fix_values(model: onnx.ModelProto, values: list[Any]) -> onnx.ModelProto | None:
    """The model with what says what is to be done as constants; None where nothing does."""
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    names = []
    for given, value in zip(model.graph.input, values, strict=True):
        if value is None or isinstance(value, list):
            continue
        tensor = value if isinstance(value, TensorProto) else None
        array = numpy_helper.to_array(value) if tensor is not None else np.asarray(value)
        if array.size <= MOST and (array.dtype.kind in "iubOSU" or given.name in FLOATS):
            constant = numpy_helper.from_array(array, given.name) if tensor is None else tensor
            constant.name = given.name
            fixed.graph.initializer.append(constant)
            names.append(given.name)
    kept = [given for given in model.graph.input if given.name not in names]
    del fixed.graph.input[:]
    fixed.graph.input.extend(kept)
    return fixed if names else None


def main() -> None:
    """Records all tests."""
    warnings.simplefilter("ignore")
    from onnx.backend.test.case.node import collect_testcases

    tests, left_out, data = [], Counter[str](), []
    for case in collect_testcases(None):
        if any(known.domain in TRAINING for known in case.model.opset_import):
            left_out["trains a model"] += 1
            continue
        ((inputs, outputs),) = case.data_sets
        case.model.ClearField("producer_name")
        fixed = fix_values(case.model, inputs)
        models = [case.model.SerializeToString(deterministic=True)]
        models += [fixed.SerializeToString(deterministic=True)] if fixed is not None else []
        data += models
        tests.append(
            {
                "name": case.name,
                "operator": operator_of(case),
                "inputs": [describe(value) for value in inputs],
                "outputs": [describe(value) for value in outputs],
                "bytes": [len(model) for model in models],
            }
        )
    head = json.dumps({"onnx": onnx.__version__, "left_out": left_out, "tests": tests}, separators=(",", ":"))
    packed = lzma.compress(head.encode() + b"\n" + b"".join(data), preset=9 | lzma.PRESET_EXTREME)
    PATH.write_bytes(packed)
    print(f"{len(tests):,} tests, {sum(map(len, data)):,} bytes as {len(packed):,}; left out: {dict(left_out)}")


def operator_of(case: Any) -> str:
    """The operator that a test is of: its one node's, or for a function written out, as the test is called."""
    nodes = [node for node in case.model.graph.node if node.op_type != "Constant"]
    if "expanded" in case.name or len(nodes) != 1:
        return "expanded" if "expanded" in case.name else "several"
    prefix = f"{nodes[0].domain}." if nodes[0].domain not in ("", "ai.onnx") else ""
    return prefix + str(nodes[0].op_type)


if __name__ == "__main__":
    main()
