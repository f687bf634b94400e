"""Records what Keras, PyTorch and transformers export of small models with random weights, and what the files compute.

Run in an environment of its own, with keras, tensorflow, tf2onnx, torch, transformers, onnx, onnxscript and
onnxruntime: `python -m tests.formats.onnx.record_exports`. It writes `exports/NAME.onnx`, `exports/NAME.npz` with the
inputs and outputs of one run, and `exports.xz`: of each file the parameters, of one by Keras its layers with theirs,
and at two bindings of the open axes the shape of every tensor and the multiply-accumulates. Those are counted from the
shapes that ONNX Runtime computes, and of PyTorch's models by PyTorch's own counter too.
"""

from __future__ import annotations

import contextlib
import io
import json
import lzma
import math
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

FOLDER = Path(__file__).parent
EXPORTS = FOLDER / "exports"
RECORDS = FOLDER / "exports.xz"
MAKERS = ("tensorflow", "torch", "pytorch")
"""Keras by two of its backends, and PyTorch itself."""


def run(path: Path, feeds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What ONNX Runtime computes for each feed: the shapes of all tensors, and the multiply-accumulates."""
    model = onnx.load(path)
    outputs = {output.name for output in model.graph.output}
    wanted = [name for node in model.graph.node for name in node.output if name and name not in outputs]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in wanted)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    constants = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    runs = []
    for feed in feeds:
        arrays = dict(zip(names, session.run(names, feed), strict=True))
        shapes = {name: list(array.shape) for name, array in arrays.items()}
        inputs = {name: list(array.shape) for name, array in feed.items()}
        has_loops = any(node.op_type in ("Loop", "Scan", "If") for node in model.graph.node)
        macs = None if has_loops else count_macs(model.graph, constants | inputs | shapes)
        runs.append({"inputs": inputs, "shapes": shapes, "macs": macs})
        if len(runs) == 1:
            kept = {name: arrays[name] for name in names if name in outputs}
            np.savez_compressed(path.with_suffix(".npz"), **feed, **{f"y:{name}": kept[name] for name in kept})
    return runs


def count_macs(graph: Any, shapes: dict[str, list[int]]) -> int:
    """Multiply-accumulates of the products and convolutions of a graph."""
    total = 0
    for node in graph.node:
        fed = [shapes.get(name, []) for name in node.input]
        gives = shapes.get(node.output[0], [])
        given = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        if node.op_type == "MatMul":
            total += math.prod(gives) * fed[0][-1]
        elif node.op_type == "Gemm":
            total += math.prod(gives) * fed[0][0 if given.get("transA") else 1]
        elif node.op_type == "Conv":
            total += math.prod(gives) * math.prod(fed[1][1:])
        elif node.op_type == "ConvTranspose":
            total += math.prod(fed[0]) * math.prod(fed[1][1:])
        elif node.op_type in ("LSTM", "GRU", "RNN"):
            steps, batch, features = fed[0]
            directions, rows, units = fed[2]
            total += steps * batch * directions * rows * (features + units)
        elif node.op_type == "Einsum":
            left = given["equation"].decode().replace(" ", "").partition("->")[0].split(",")
            sizes: dict[str, int] = {}
            for term, shape in zip(left, fed, strict=True):
                sizes |= dict(zip(term, shape, strict=True))
            total += math.prod(sizes.values()) if len(left) > 1 else 0
        elif node.op_type == "Attention":
            raise NotImplementedError(node.op_type)
    return total


def record_keras(backend: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The models of Keras, exported by a backend."""
    os.environ |= {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    import keras

    from tests.formats.onnx.exported_keras import MODELS, OF_TORCH

    for name, build in MODELS.items():
        if backend == "torch" and name not in OF_TORCH:
            continue
        keras.utils.set_random_seed(1)
        keras.backend.clear_session()
        model = build()
        random = np.random.default_rng(1)
        model.set_weights([draw(random, weight.path, weight.shape) for weight in model.weights])
        dtype = model.inputs[0].dtype
        bindings = [[size or default for size, default in zip(model.input_shape, (2, *open_sizes), strict=False)]
                    for open_sizes in ((5, 5, 5, 5), (7, 7, 7, 7))]  # fmt: skip
        feeds = [random.normal(size=(rows, *sizes[1:])) * 1.5 for rows, sizes in zip((2, 3), bindings, strict=True)]
        if dtype == "int32":
            feeds = [np.abs(feed) * 3 for feed in feeds]
        feeds = [feed.astype(dtype) for feed in feeds]
        expected = np.asarray(model(feeds[0]).detach() if backend == "torch" else model(feeds[0]))
        path = EXPORTS / f"keras_{backend}_{name}.onnx"
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            model.export(str(path), format="onnx", verbose=False)
        given = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).get_inputs()[0].name
        runs = run(path, [{given: feed} for feed in feeds])
        with np.load(path.with_suffix(".npz")) as saved:
            (output,) = [saved[key] for key in saved if key.startswith("y:")]
            assert np.abs(output - expected).max() < 1e-5, name
        layers = [[type(layer).__name__, layer.count_params()] for layer in model.layers if layer.count_params()]
        record = {"maker": f"keras {keras.__version__} {backend}", "params": model.count_params(), "layers": layers}
        yield path.stem, record | {"runs": runs}


def draw(random: Any, path: str, shape: Any) -> Any:
    """Random numbers for a weight: a variance is above 0."""
    numbers = random.normal(size=tuple(shape)) * 0.4
    return (np.abs(numbers) + 0.5 if "variance" in path else numbers).astype(np.float32)


def record_pytorch() -> Iterator[tuple[str, dict[str, Any]]]:
    """The models of PyTorch and transformers, by the exporter that traces and by the one that captures graphs."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    from tests.formats.onnx.exported_torch import MODELS, make_feed

    for name, (build, inputs, axes, bindings, dynamo) in MODELS.items():
        torch.manual_seed(1)
        model = build().eval()
        for weight in [*model.parameters(), *model.buffers()]:
            weight.requires_grad_(False)
            if weight.dtype.is_floating_point and weight.ndim:  # equal ones would be merged, and zeros left out
                torch.nn.init.uniform_(weight, 0.05, 0.6)
                weight *= torch.randint(0, 2, weight.shape) * 2 - 1 if isinstance(weight, torch.nn.Parameter) else 1
        feeds = [make_feed(inputs, axes, binding) for binding in bindings]
        path = EXPORTS / f"torch_{name}.onnx"
        options: dict[str, Any] = {"input_names": list(inputs), "dynamo": dynamo}
        if dynamo:
            sizes = {word: torch.export.Dim(word) for found in axes.values() for word in found.values()}
            shapes = tuple({axis: sizes[word] for axis, word in axes.get(given, {}).items()} for given in inputs)
            options |= {"dynamic_shapes": shapes, "external_data": False}
        else:
            options |= {"dynamic_axes": axes, "opset_version": 17}
        example = tuple(torch.from_numpy(array) for array in feeds[0].values())
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            torch.onnx.export(model, example, str(path), **options)
        drop_notes(path)
        runs = run(path, feeds)
        for feed, found in zip(feeds, runs, strict=True):
            tensors = [torch.from_numpy(array) for array in feed.values()]
            with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
                model(*tensors)
            found["macs of torch"] = counter.get_total_flops() // 2
        params = sum(weight.numel() for weight in dict.fromkeys(model.parameters()))
        yield path.stem, {"maker": f"torch {torch.__version__}", "params": params, "layers": None, "runs": runs}


def drop_notes(path: Path) -> None:
    """Leaves out what a file says of where its nodes come from, most of its bytes."""
    model = onnx.load(path)
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output, model.graph):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    path.write_bytes(model.SerializeToString(deterministic=True))


def main() -> None:
    """Records all exports, each maker in a process of its own."""
    warnings.filterwarnings("ignore")
    if len(sys.argv) > 1:
        maker, target = sys.argv[1:]
        records = record_pytorch() if maker == "pytorch" else record_keras(maker)
        Path(target).write_text(json.dumps(dict(records)), "utf-8")
        return
    EXPORTS.mkdir(exist_ok=True)
    for path in EXPORTS.iterdir():
        path.unlink()
    every: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for maker in MAKERS:
            made = Path(folder) / "records.json"
            subprocess.run([sys.executable, "-m", "tests.formats.onnx.record_exports", maker, str(made)], check=True)
            every |= json.loads(made.read_text("utf-8"))
    RECORDS.write_bytes(lzma.compress(json.dumps(every, sort_keys=True).encode()))
    print(len(every), "files,", sum(path.stat().st_size for path in EXPORTS.iterdir()), "bytes")


if __name__ == "__main__":
    main()
