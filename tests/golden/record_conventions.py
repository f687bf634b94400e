"""Record what PyTorch counts, and what Keras's optimizers keep: `python tests/golden/record_conventions.py`.

Needs PyTorch, and Keras with any backend. Writes `data/conventions.json`: for each module of PyTorch its parameters and
the numbers in its buffers (a count of batches apart), for each optimizer the bytes of its slots for two weights.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import torch
from torch import nn

PATH = Path(__file__).resolve().parent / "data" / "conventions.json"
SHAPES = ((4, 3), (3,))
"""The shapes of the two weights."""

MODULES: dict[str, nn.Module] = {
    "lstm": nn.LSTM(1, 5),
    "lstm_without_bias": nn.LSTM(1, 5, bias=False),
    "lstm_both_ways": nn.LSTM(3, 4, bidirectional=True),
    "lstm_cell": nn.LSTMCell(3, 4),
    "gru": nn.GRU(3, 4),
    "gru_without_bias": nn.GRU(3, 4, bias=False),
    "gru_cell": nn.GRUCell(3, 4),
    "simple_rnn": nn.RNN(3, 4),
    "simple_rnn_cell": nn.RNNCell(3, 4),
    "batch_norm_1d": nn.BatchNorm1d(8),
    "batch_norm_2d": nn.BatchNorm2d(6),
    "batch_norm_unscaled": nn.BatchNorm2d(6, affine=False),
    "linear": nn.Linear(4, 5),
    "conv2d": nn.Conv2d(3, 6, 5),
    "conv2d_in_groups": nn.Conv2d(4, 8, 3, groups=2),
    "conv2d_transpose": nn.ConvTranspose2d(3, 6, 4, stride=2),
    "layer_norm": nn.LayerNorm(8),
    "embedding": nn.Embedding(10, 4),
    "attention": nn.MultiheadAttention(8, 2),
    "conv_norm": nn.Sequential(
        nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6), nn.Conv2d(6, 4, 1), nn.BatchNorm2d(4)
    ),
}
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "rmsprop": ("RMSprop", {}),
    "adagrad": ("Adagrad", {}),
    "adadelta": ("Adadelta", {}),
    "adam": ("Adam", {}),
    "amsgrad": ("Adam", {"amsgrad": True}),
    "adamw": ("AdamW", {}),
    "adamax": ("Adamax", {}),
    "nadam": ("Nadam", {}),
    "ftrl": ("Ftrl", {}),
    "lamb": ("Lamb", {}),
    "lion": ("Lion", {}),
    "adafactor": ("Adafactor", {}),
    "muon": ("Muon", {}),
    "schedule_free_adamw": ("ScheduleFreeAdamW", {}),
}


def counted(module: nn.Module) -> dict[str, int]:
    """Parameters, and numbers in buffers."""
    buffers = [held for name, held in module.named_buffers() if not name.endswith("num_batches_tracked")]
    return {
        "params": sum(held.numel() for held in module.parameters()),
        "buffers": sum(held.numel() for held in buffers),
    }


def slots(name: str, config: dict[str, Any], dtype: str) -> int:
    """Bytes of what an optimizer keeps for each weight; scalars are the optimizer's own."""
    optimizer = getattr(keras.optimizers, name)(**config)
    optimizer.build([keras.Variable(keras.ops.zeros(shape), dtype=dtype) for shape in SHAPES])
    kept = [held for held in optimizer.variables if len(held.shape)]
    return sum(held.value.element_size() * held.value.numel() for held in kept)


def main() -> None:
    record = {
        "versions": {"torch": torch.__version__.partition("+")[0], "keras": keras.__version__},
        "torch": {name: counted(module) for name, module in MODULES.items()},
        "optimizers": {
            name: {dtype: slots(kind, config, dtype) for dtype in ("float32", "float16")}
            for name, (kind, config) in OPTIMIZERS.items()
        },
    }
    PATH.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
