"""Record what whole models keep and take at most in training: `python -m tests.training.record_models [MODEL...]`.

Needs keras and torch. Each model of `models.py` is built in Keras from the JSON that shapecalc writes of it. Writes
`data/models.json`: by model and batch size the bytes kept for the backward pass, and the most bytes that PyTorch's
allocator held during a step of Adam.
"""

from __future__ import annotations

import gc
import json
import sys
import warnings
from pathlib import Path
from typing import Any

from shapecalc.analysis.report import Report
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.keras.writing.json import keras_json
from tests.training.measure import keras, measure, np, torch  # which chooses the backend first
from tests.training.measure_peak import measure_peak
from tests.training.models import BATCHES, MODELS

PATH = Path(__file__).resolve().parent / "data" / "models.json"


def make_inputs(report: Report, batch: int) -> dict[str, Any]:
    """Inputs of the model: whole numbers below 2, so that every table has them, and numbers below 1."""
    chosen = np.random.default_rng(1)
    inputs: dict[str, Any] = {}
    for name, tensor in report.inputs.items():
        shape = (batch, *tensor.shape[1:])
        dtype = tensor.dtype or "float32"
        whole = not dtype.startswith("float")
        array = chosen.integers(0, 2, shape) if whole else chosen.uniform(0.1, 0.9, shape)
        inputs[name] = torch.from_numpy(np.ones(shape, "bool") if dtype == "bool" else array.astype(dtype))
    return inputs


def record_model(name: str, batch: int) -> dict[str, int]:
    """The bytes that a model keeps, and the most that a step of training takes."""
    report = MODELS[name].report(batch)
    inputs = make_inputs(report, batch)
    text = keras_json(flatten(report))
    feed = inputs if len(inputs) > 1 else next(iter(inputs.values()))
    kept, targets = _measure_kept(keras.models.model_from_json(text), feed)
    gc.collect()

    def build() -> Any:
        built = keras.models.model_from_json(text)
        built.compile("adam", "mse")
        return built

    peak, _ = measure_peak(build, lambda built: built.train_on_batch(feed, targets if len(targets) > 1 else targets[0]))
    return {"kept": kept, "peak": peak}


def _measure_kept(model: Any, feed: Any) -> tuple[int, list[Any]]:
    """The bytes that a model keeps, and targets shaped as what it gives."""
    kept, outputs = measure(lambda: model(feed, training=True), list(model.variables))
    return kept, [np.zeros(tuple(output.shape), "float32") for output in keras.tree.flatten(outputs)]


def main(names: list[str]) -> None:
    warnings.simplefilter("ignore")
    recorded: dict[str, Any] = json.loads(PATH.read_text()) if PATH.exists() else {}
    for name in names or MODELS:
        recorded[name] = {}
        for batch in BATCHES:
            recorded[name][str(batch)] = record_model(name, batch)
            print(name, batch, recorded[name][str(batch)], flush=True)
        lines = [f"{json.dumps(each)}: {json.dumps(recorded[each])}" for each in MODELS if each in recorded]
        PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
