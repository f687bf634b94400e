"""Train the tutorial's networks in Keras to echo a sequence: `python tests/golden/train_tutorial.py [NAME...]`.

Needs Keras and TensorFlow, and what shapecalc needs. Each spec is written as Keras's JSON, loaded by Keras, trained
with Adam on the mean squared error, and its weights are saved as `specs/tutorial/weights/NAME.npz`, which
`shapecalc run --weights` reads. The same machine writes the same bytes every time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "specs" / "tutorial"
WEIGHTS = TUTORIAL / "weights"

SEQUENCE = np.array([0.0, 0.2, 0.4, 0.6, 0.8], np.float32)
"""What each network learns to give back."""

SHAPES = {
    "one_to_one": ((5, 1, 1), (5, 1)),
    "many_to_one": ((1, 5, 1), (1, 5)),
    "many_to_many": ((1, 5, 1), (1, 5, 1)),
}
"""How the sequence is laid out as inputs and as targets: as five samples, or as the five steps of one."""

EPOCHS = 2_000


def train(name: str) -> Any:
    """The trained Keras model of a spec."""
    keras.utils.set_random_seed(1)
    command = [sys.executable, "-m", "shapecalc", "convert", str(TUTORIAL / f"{name}.yaml"), "--to", "keras-json"]
    exported = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    model = keras.models.model_from_json(exported.stdout)
    inputs, targets = (SEQUENCE.reshape(shape) for shape in SHAPES[name])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mean_squared_error")
    model.fit(inputs, targets, epochs=EPOCHS, batch_size=len(inputs), verbose=0)
    error = float(np.abs(model.predict(inputs, verbose=0) - targets).max())
    print(f"{name}: {model.count_params()} parameters, largest error {error:.4f}")
    return model


def save(model: Any, name: str) -> None:
    """Writes the weights under the paths that shapecalc gives them: `lstm/kernel`, `time_distributed/dense/bias`."""
    arrays: dict[str, Any] = {}
    for layer in model.layers:
        inner = f"{layer.layer.name}/" if isinstance(layer, keras.layers.TimeDistributed) else ""
        arrays |= {f"{layer.name}/{inner}{weight.name}": weight.numpy() for weight in layer.weights}
    WEIGHTS.mkdir(exist_ok=True)
    np.savez(WEIGHTS / f"{name}.npz", **arrays)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SHAPES:
        save(train(chosen), chosen)
