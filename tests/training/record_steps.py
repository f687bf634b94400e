"""Record what optimizers, checkpoints and half precision take: `python -m tests.training.record_steps`.

Needs keras and torch. Writes `data/steps.json`: of each optimizer its variables, its numbers and the most bytes that
PyTorch's allocator held in a step; of a model with and without checkpoints, in single and in half precision, the bytes
kept for the backward pass.
"""

from __future__ import annotations

import gc
import json
import warnings
from pathlib import Path
from typing import Any

from tests.training.measure import keras, measure, np, torch  # which chooses the backend first
from tests.training.measure_peak import measure_peak
from tests.training.steps import BATCH, BLOCKS, CLASSES, DTYPES, HIDDEN, STEPS, UNITS, WORDS

PATH = Path(__file__).resolve().parent / "data" / "steps.json"


def build_model(remat: bool = False, dtype: str = "float32") -> Any:
    """The model of `steps.py`: an Embedding, blocks of two Dense with a residual, and a head."""
    names = [f"block_{number}" for number in range(BLOCKS)] if remat else []
    with keras.RematScope(mode="list_of_layers", layer_names=names):
        words = keras.Input((STEPS,), dtype="int32")
        x = keras.layers.Embedding(WORDS, UNITS, dtype=dtype)(words)
        for number in range(BLOCKS):
            x = make_block(f"block_{number}", dtype)(x)
        x = keras.layers.GlobalMaxPooling1D(dtype=dtype)(x)
        return keras.Model(words, keras.layers.Dense(CLASSES, dtype=dtype)(x))


def make_block(name: str, dtype: str) -> Any:
    """One block, a model of its own."""
    fed = keras.Input((STEPS, UNITS))
    x = keras.layers.Dense(HIDDEN, activation="gelu", dtype=dtype)(fed)
    x = keras.layers.Dense(UNITS, dtype=dtype)(x)
    return keras.Model(fed, keras.layers.Add(dtype=dtype)([fed, x]), name=name)


def record_kept(remat: bool, dtype: str) -> int:
    """The bytes that the model keeps for a batch."""
    model = build_model(remat, dtype)
    return measure(lambda: model(make_words(), training=True), list(model.variables))[0]


def make_words() -> Any:
    return torch.from_numpy(np.random.default_rng(1).integers(0, WORDS, (BATCH, STEPS)).astype("int32"))


def make_optimizer(name: str) -> Any:
    """The optimizer that `--training` names."""
    if name == "momentum":
        return keras.optimizers.SGD(momentum=0.9)
    if name == "amsgrad":
        return keras.optimizers.Adam(amsgrad=True)
    classes = {each.lower(): getattr(keras.optimizers, each) for each in dir(keras.optimizers)}
    return classes[name.replace("_", "")]()


def record_optimizer(name: str, **options: Any) -> dict[str, int]:
    """The variables of an optimizer, the numbers in them, and the most bytes that a step takes."""
    made: list[Any] = []

    def build() -> Any:
        made[:] = [build_model()]
        optimizer = make_optimizer(name)
        optimizer.gradient_accumulation_steps = options.get("accumulate")
        made[0].compile(optimizer, "mse")
        return made[0]

    words, targets = make_words(), np.zeros((BATCH, CLASSES), "float32")
    peak, _ = measure_peak(build, lambda model: model.train_on_batch(words, targets), options.get("steps", 3))
    variables = made[0].optimizer.variables
    return {"variables": len(variables), "numbers": sum(int(np.prod(each.shape)) for each in variables), "peak": peak}


def main() -> None:
    warnings.simplefilter("ignore")
    from shapecalc.training.optimizers import OPTIMIZERS

    found: dict[str, Any] = {"kept": {}, "optimizers": {}}
    for dtype in DTYPES:
        for remat in (False, True):
            found["kept"][f"{dtype}{' checkpointed' if remat else ''}"] = record_kept(remat, dtype)
    for name in OPTIMIZERS:
        gc.collect()
        found["optimizers"][name] = record_optimizer(name)
    found["optimizers"]["adam of 4 steps"] = record_optimizer("adam", accumulate=4, steps=8)
    print(found)
    PATH.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
