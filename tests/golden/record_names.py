"""Record what PyTorch, Keras 2 and Keras 3 call their layers: `python tests/golden/record_names.py`.

Needs PyTorch, tf_keras and Keras with the TensorFlow backend. Writes `data/names.json`, described in README.md.
"""

from __future__ import annotations

import inspect
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import tf_keras
import torch

TARGET = Path(__file__).resolve().parent / "data" / "names.json"


def parameters(module: Any) -> list[str]:
    """The arguments of a constructor in their order, `*args` apart."""
    found = inspect.signature(module).parameters.values()
    return [one.name for one in found if one.name != "self" and one.kind is one.POSITIONAL_OR_KEYWORD]


def classes(module: ModuleType) -> list[str]:
    return sorted(name for name in dir(module) if inspect.isclass(getattr(module, name)))


def main() -> None:
    modules = {name: getattr(torch.nn, name) for name in classes(torch.nn)}
    data = {
        "torch": {name: parameters(one) for name, one in modules.items() if issubclass(one, torch.nn.Module)},
        "keras2": classes(tf_keras.layers),
        "keras3": classes(keras.layers),
    }
    TARGET.write_text(json.dumps(data, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
