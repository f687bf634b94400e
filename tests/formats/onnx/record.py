"""Records what ONNX Runtime computes of small models that PyTorch exports: the shape of every tensor, at two bindings.

Run in an environment of its own, with torch, onnx and onnxruntime: `python -m tests.formats.onnx.record`. It writes
`files/NAME.onnx` and `shapes.json`; weights are zeros but for what decides a shape, so that the files are small.
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn
from torch.nn import functional

FOLDER = Path(__file__).parent
FILES = FOLDER / "files"


class Convolutions(nn.Module):  # type: ignore[misc]
    """Convolution, batch normalisation, pooling, depthwise convolution, padding and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 16, 3, groups=8)
        self.up = nn.ConvTranspose2d(16, 4, 3, stride=2, output_padding=1)
        self.dense = nn.Linear(4, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.norm(self.first(x)))
        x = functional.relu6(self.depthwise(functional.pad(functional.max_pool2d(x, 2, 1), (1, 1, 0, 2))))
        return self.dense(self.up(functional.avg_pool2d(x, 3, 2, ceil_mode=True)).mean((2, 3)))


class SelfAttention(nn.Module):  # type: ignore[misc]
    """`nn.MultiheadAttention`, of which the exporter bakes in how many steps its example had."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.attention(x, x, x)[0]


class Tagger(nn.Module):  # type: ignore[misc]
    """Two LSTM layers in both directions, and a Dense for each step."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 5, batch_first=True, num_layers=2, bidirectional=True)
        self.dense = nn.Linear(10, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dense(self.lstm(x)[0])


class Gated(nn.Module):  # type: ignore[misc]
    """A GRU whose last state is the output, and a simple recurrent layer before it."""

    def __init__(self) -> None:
        super().__init__()
        self.simple = nn.RNN(4, 6, batch_first=True)
        self.gru = nn.GRU(6, 5, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.gru(self.simple(x)[0])[1]


class Pyramid(nn.Module):  # type: ignore[misc]
    """Maps at three scales added: the sides must be multiples."""

    def __init__(self) -> None:
        super().__init__()
        self.halves = nn.ModuleList(nn.Conv2d(channels, 8, 2, 2) for channels in (3, 8, 8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps = []
        for half in self.halves:
            x = half(x)
            maps.append(x)
        low, middle, high = maps[2], maps[1], maps[0]
        middle = middle + functional.interpolate(low, scale_factor=2.0)
        return high + functional.interpolate(middle, scale_factor=2.0)


class Decoder(nn.Module):  # type: ignore[misc]
    """One block of a language model with a table of 64 positions."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(50, 16)
        self.places = nn.Parameter(torch.zeros(64, 16))
        self.norm = nn.LayerNorm(16)
        self.projection = nn.Linear(16, 48)
        self.head = nn.Linear(16, 50)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        batch, steps = tokens.shape
        x = self.words(tokens) + self.places[:steps]
        parts = self.projection(self.norm(x)).split(16, -1)
        query, key, value = (part.view(batch, steps, 4, 4).transpose(1, 2) for part in parts)
        scores = query @ key.transpose(-2, -1) * 0.5
        future = torch.ones(steps, steps, dtype=torch.bool).triu(1)
        weights = scores.masked_fill(future, -math.inf).softmax(-1)
        mixed = (weights @ value).transpose(1, 2).reshape(batch, steps, 16)
        return self.head(functional.gelu(x + mixed))


MODELS: dict[str, tuple[nn.Module, tuple[int, ...], dict[int, str], list[dict[str, int]], bool]] = {
    "convolutions": (Convolutions(), (2, 3, 32, 32), {0: "batch"}, [{"batch": 1}, {"batch": 3}], False),
    "self_attention": (
        SelfAttention(), (2, 6, 16), {0: "batch", 1: "seq"}, [{"batch": 1, "seq": 6}, {"batch": 3, "seq": 6}], False,
    ),
    "tagger": (
        Tagger(), (2, 6, 4), {0: "batch", 1: "seq"}, [{"batch": 1, "seq": 3}, {"batch": 4, "seq": 9}], False,
    ),
    "gated": (Gated(), (2, 6, 4), {0: "batch", 1: "seq"}, [{"batch": 1, "seq": 3}, {"batch": 4, "seq": 9}], False),
    "pyramid": (
        Pyramid(), (1, 3, 64, 64), {0: "batch", 2: "height", 3: "width"},
        [{"batch": 1, "height": 32, "width": 64}, {"batch": 2, "height": 40, "width": 8}], False,
    ),
    "decoder": (Decoder(), (2, 7), {0: "batch", 1: "seq"}, [{"batch": 1, "seq": 5}, {"batch": 3, "seq": 64}], True),
}  # fmt: skip
"""Models by name: the shape of the example, the axes that are open, bindings, and whether words are fed."""


def export(name: str, model: nn.Module, shape: tuple[int, ...], axes: dict[int, str], words: bool) -> Path:
    """The file of a model, with all weights 0."""
    for weight in model.parameters():
        nn.init.zeros_(weight)
    example = torch.zeros(shape, dtype=torch.int64 if words else torch.float32)
    path = FILES / f"{name}.onnx"
    names: dict[str, Any] = {
        "input_names": ["x"],
        "output_names": ["y"],
        "dynamic_axes": {"x": axes, "y": {0: "batch"}},
    }
    torch.onnx.export(model.eval(), (example,), str(path), dynamo=False, opset_version=17, **names)
    return path


def run(path: Path, shape: tuple[int, ...], axes: dict[int, str], binding: dict[str, int]) -> dict[str, list[int]]:
    """The shape of every tensor that the runtime computes."""
    model = onnx.load(path)
    named = {output.name for output in model.graph.output}
    for node in model.graph.node:
        for output in node.output:
            if output and output not in named:
                model.graph.output.append(onnx.ValueInfoProto(name=output))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    sizes = [binding.get(axes.get(axis, ""), size) for axis, size in enumerate(shape)]
    fed = np.zeros(sizes, np.int64 if "int64" in session.get_inputs()[0].type else np.float32)
    names = [output.name for output in session.get_outputs()]
    arrays = session.run(names, {session.get_inputs()[0].name: fed})
    return {name: list(array.shape) for name, array in zip(names, arrays, strict=True)}


def main() -> None:
    warnings.filterwarnings("ignore")
    FILES.mkdir(exist_ok=True)
    recorded = {}
    for name, (model, shape, axes, bindings, words) in MODELS.items():
        path = export(name, model, shape, axes, words)
        recorded[name] = [{"binding": binding, "shapes": run(path, shape, axes, binding)} for binding in bindings]
    (FOLDER / "shapes.json").write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
