"""Records what ONNX Runtime and PyTorch compute of small models with random weights, and arrays of all dtypes.

Run in an environment of its own, with torch, onnx and onnxruntime: `python -m tests.formats.onnx.record_runs`. It
writes `runs/NAME.onnx` with `runs/NAME.npz`, which has the input `x`, the output `y` and, of recurrent nets, the
output of PyTorch in double precision, `torch`.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from tests.formats.onnx.record import MODELS

RUNS = Path(__file__).parent / "runs"
RECURRENT = ("tagger", "gated")

STORED = (
    "FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16", "INT8", "UINT8", "INT16", "UINT16", "INT32", "INT64", "UINT32", "UINT64",
    "BOOL", "INT4", "UINT4", "INT2", "UINT2", "FLOAT4E2M1", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2",
    "FLOAT8E5M2FNUZ", "FLOAT8E8M0",
)  # fmt: skip
"""The dtypes of which an array is stored, as bytes and, where the format has a field for it, as numbers."""


def export_random(name: str) -> Path:
    """The file of a model with random weights, and its arrays."""
    model, shape, axes, _, words = MODELS[name]
    torch.manual_seed(3)
    for weight in [*model.parameters(), *model.buffers()]:
        if weight.dtype.is_floating_point:
            torch.nn.init.uniform_(weight, 0.05, 0.6)
            weight.data *= torch.randint(0, 2, weight.shape) * 2 - 1 if weight.requires_grad else 1
    example = torch.randint(0, 50, shape) if words else torch.randn(shape)
    path = RUNS / f"{name}.onnx"
    options: dict[str, Any] = {
        "input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": axes, "y": {0: "batch"}},
        "dynamo": False, "opset_version": 17,
    }  # fmt: skip
    torch.onnx.export(model.eval(), (example,), str(path), **options)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    arrays = {"x": example.numpy(), "y": session.run(["y"], {"x": example.numpy()})[0]}
    if name in RECURRENT:
        arrays["torch"] = model.double()(example.double()).detach().numpy()
        model.float()
    np.savez(RUNS / f"{name}.npz", **arrays)
    return path


def keep_outside(path: Path) -> None:
    """The same model with its weights in another file."""
    model = onnx.load(path)
    outside = path.with_name(f"{path.stem}_outside.onnx")
    weights = f"{path.stem}.weights"
    (RUNS / weights).unlink(missing_ok=True)
    onnx.save_model(model, outside, save_as_external_data=True, location=weights, size_threshold=0)


def store_dtypes() -> None:
    """A model that gives an array of each dtype, stored in each way, and a sparse one; each as float32."""
    numbers = np.array([0, 1, 2, 0.5, -1, 3, 1.5], np.float32)
    nodes, outputs, tensors, arrays = [], [], [], {}
    for name in STORED:
        kind = TensorProto.DataType.Value(name)
        values = np.abs(numbers) if "U" in name[:1] or name in ("BOOL", "FLOAT8E8M0") else numbers
        values = np.clip(values, -2, 1) if name == "INT2" else values
        values = values[1:] if name == "FLOAT8E8M0" else values
        array = values.astype(helper.tensor_dtype_to_np_dtype(kind))
        ways = {"bytes": numpy_helper.from_array(array, f"{name}_bytes")}
        if name not in ("INT2", "UINT2", "FLOAT8E8M0"):
            ways["numbers"] = helper.make_tensor(f"{name}_numbers", kind, array.shape, array)
        for way, tensor in ways.items():
            tensors.append(tensor)
            nodes.append(helper.make_node("Cast", [tensor.name], [f"y_{name}_{way}"], to=TensorProto.FLOAT))
            outputs.append(helper.make_tensor_value_info(f"y_{name}_{way}", TensorProto.FLOAT, array.shape))
            arrays[f"y_{name}_{way}"] = array.astype(np.float32)
    indices = {"places": np.array([1, 4], np.int64), "pairs": np.array([[0, 1], [1, 1]], np.int64)}
    for name, places in indices.items():
        sparse = helper.make_sparse_tensor(
            numpy_helper.from_array(np.array([2.5, -1], np.float32), name), numpy_helper.from_array(places), [2, 3]
        )
        nodes.append(helper.make_node("Constant", [], [name], sparse_value=sparse))
        nodes.append(helper.make_node("Cast", [name], [f"y_{name}"], to=TensorProto.FLOAT))
        outputs.append(helper.make_tensor_value_info(f"y_{name}", TensorProto.FLOAT, [2, 3]))
        arrays[f"y_{name}"] = np.array([[0, 2.5, 0], [0, -1, 0]], np.float32)
    graph = helper.make_graph(nodes, "dtypes", [], outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 25)])
    (RUNS / "dtypes.onnx").write_bytes(model.SerializeToString(deterministic=True))
    np.savez(RUNS / "dtypes.npz", **arrays)  # type: ignore[arg-type]


def main() -> None:
    """Records all runs."""
    warnings.filterwarnings("ignore")
    RUNS.mkdir(exist_ok=True)
    paths = [export_random(name) for name in MODELS]
    keep_outside(paths[list(MODELS).index("gated")])
    store_dtypes()
    print(sum(path.stat().st_size for path in RUNS.iterdir()), "bytes")


if __name__ == "__main__":
    main()
