"""Training on an accelerator beside what is said of it: `python -m tests.benchmarks.accelerator [MODEL...]`.

Needs keras, torch and a device that torch.cuda drives; `--limit BYTES` (4 GiB) is how much of it may be used. For each
model it prints the peak of a step (`torch.cuda.max_memory_allocated`) and what is said of it at three batch sizes, and
whether the largest batch that `solve` names trains within the limit, and one 1.15 times as large.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
from fractions import Fraction
from math import ceil
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

from shapecalc.analysis.solving.question import BATCH, Question
from shapecalc.analysis.solving.solve import solve
from shapecalc.analysis.trained import Trained
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.model.load import Library
from shapecalc.training.peak import Training
from tests.training.models import BATCHES, MODELS, SPECS, Model

CHOSEN = ("resnet50", "unet", "vit_b_16", "bert_base", "gpt2_small", "mobilenet_v2", "lstm_stack", "convlstm_video")
ADAM = Training("adam")


def say_peak(model: Model, batch: int) -> int:
    """The most bytes that a step is said to take."""
    walk = model.report(batch).walk
    assert walk is not None
    return max(peak for peak in Trained(walk, ADAM, batch).peaks if isinstance(peak, int))


def find_batch(model: Model, limit: int) -> int:
    """The largest batch that is said to train within the limit."""
    library = Library()
    spec = library.parse(model.text, "model.yaml") if model.text else library.open(str(SPECS / model.file))
    limits = {"memory": Fraction(limit)}
    return solve(Question(spec, BATCH, limits, dict(model.values), None, 1, None, ADAM)).value


def measure_step(model: Model, batch: int) -> int:
    """The most bytes that PyTorch held on the device during the second step of training."""
    import keras
    import numpy as np
    import torch

    report = model.report(batch)
    built: Any = keras.models.model_from_json(keras_json(flatten(report)))
    built.compile("adam", "mse")
    feed = {
        name: np.ones((batch, *tensor.shape[1:]), tensor.dtype or "float32") for name, tensor in report.inputs.items()
    }
    fed = feed if len(feed) > 1 else next(iter(feed.values()))
    targets = [np.zeros((batch, *tensor.shape[1:]), "float32") for tensor in report.outputs.values()]
    wanted = targets if len(targets) > 1 else targets[0]
    built.train_on_batch(fed, wanted)
    gc.collect()
    torch.cuda.reset_peak_memory_stats()
    built.train_on_batch(fed, wanted)
    return int(torch.cuda.max_memory_allocated())


def trains(model: Model, batch: int) -> bool:
    """Whether a step of this batch ends within what the device gives."""
    import torch

    try:
        measure_step(model, batch)
    except torch.cuda.OutOfMemoryError:
        return False
    finally:
        gc.collect()
        torch.cuda.empty_cache()
    return True


def main() -> None:
    """Prints a line of JSON for each model."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("models", nargs="*", default=CHOSEN)
    options.add_argument("--limit", type=int, default=4 * 2**30)
    given = options.parse_args()
    import torch

    if not torch.cuda.is_available():
        raise SystemExit("no accelerator: torch.cuda drives none here")
    whole = torch.cuda.get_device_properties(0).total_memory
    for name in given.models:
        model = MODELS[name]
        torch.cuda.set_per_process_memory_fraction(1.0)
        ratios = {batch: round(say_peak(model, batch) / measure_step(model, batch), 3) for batch in BATCHES}
        largest = find_batch(model, given.limit)
        torch.cuda.set_per_process_memory_fraction(given.limit / whole)
        held, more = trains(model, largest), trains(model, ceil(1.15 * largest))
        print(
            json.dumps({"model": name, "said / held": ratios, "batch": largest, "trains": held, "1.15": more}),
            flush=True,
        )


if __name__ == "__main__":
    main()
