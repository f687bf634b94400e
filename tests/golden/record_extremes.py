"""Records what Keras makes of infinities, NaN and the ends of float32: `python -m tests.golden.record_extremes`.

In the environment of README.md. Layers whose weights start as zeros and ones, and the elementwise activations. Left out
are softmax, since of a row with NaN TensorFlow gives NaN in some entries alone, and squareplus, where ours does not
overflow.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "extremes.json"

VALUES = ("nan", "inf", "-inf", "3e38", "-3e38", "1e-40", "-1e-40", "-0.0", "90", "-104")

ACTIVATIONS = (
    "celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid mish "
    "relu relu6 selu sigmoid silu soft_shrink softplus softsign sparse_plus sparse_sigmoid tanh "
    "tanh_shrink"
)

LAYERS: tuple[tuple[str, dict[str, Any], tuple[int, ...], int], ...] = (
    *(("LayerNormalization", config, (6, 4), 1) for config in ({}, {"axis": [1], "epsilon": 0.1})),
    ("RMSNormalization", {}, (6, 4), 1),
    ("UnitNormalization", {}, (6, 4), 1),
    ("GroupNormalization", {"groups": 2}, (6, 2, 4), 1),
    ("BatchNormalization", {}, (6, 4), 1),
    *(
        (f"{kind}Pooling1D", config, (6, 4, 2), 1)
        for kind in ("Max", "Average")
        for config in ({"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"})
    ),
    ("MaxPooling2D", {"pool_size": 2}, (3, 4, 4, 2), 1),
    ("GlobalMaxPooling1D", {}, (6, 4, 2), 1),
    ("GlobalAveragePooling1D", {}, (6, 4, 2), 1),
    ("AdaptiveMaxPooling1D", {"output_size": 2}, (6, 4, 2), 1),
    ("AdaptiveAveragePooling1D", {"output_size": 3}, (6, 4, 2), 1),
    *(
        ("ReLU", {"threshold": threshold, "max_value": most, "negative_slope": slope}, (8, 4), 1)
        for threshold in (0.0, 1.0)
        for most in (None, 6.0)
        for slope in (0.0, 0.5)
    ),
    ("LeakyReLU", {}, (8, 4), 1),
    ("ELU", {}, (8, 4), 1),
    ("PReLU", {}, (8, 4), 1),
    ("Masking", {}, (6, 2, 4), 1),
    ("Rescaling", {"scale": 2.0, "offset": 1.0}, (6, 4), 1),
    *((name, {}, (6, 4), 2) for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")),
    *(("Dot", {"axes": 1, "normalize": normalize}, (6, 4), 2) for normalize in (False, True)),
    *((name, {"use_scale": False}, (3, 3, 4), 2) for name in ("Attention", "AdditiveAttention")),
    *(("Activation", {"activation": name}, (10, 4), 1) for name in ACTIVATIONS.split()),
)
"""Type, arguments, shape of an input, how many of them."""


def draw(shape: tuple[int, ...], seed: int) -> Any:
    """Usual numbers, a quarter of them replaced by extreme ones."""
    import numpy as np

    random = np.random.default_rng(seed)
    x = random.standard_normal(shape).astype(np.float32)
    replaced = random.random(shape) < 0.25
    x[replaced] = random.choice(np.array(VALUES, np.float32), int(replaced.sum()))
    return x


def record() -> None:
    import keras
    import numpy as np

    cases = []
    for seed, (name, config, shape, count) in enumerate(LAYERS):
        feed = [draw(shape, 2 * seed + number) for number in range(count)]
        layer = getattr(keras.layers, name)(**config)
        y = np.asarray(layer(feed[0] if count == 1 else feed))
        cases.append({"type": name, "config": config, "feed": [x.tolist() for x in feed], "output": y.tolist()})
    DATA.write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n", "utf-8")


if __name__ == "__main__":
    record()
