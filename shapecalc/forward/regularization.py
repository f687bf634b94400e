"""Forwards of layers/regularization.py: in inference their input leaves them unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.forward.base import Array, cast_floats, forward, refuse_training
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.regularization import Regularization


@forward(
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "GaussianDropout",
    "GaussianNoise",
    "AlphaDropout",
    "ActivityRegularization",
)
def unchanged(cfg: Regularization, weight: Weights, inputs: Array) -> Array:
    if cfg.training and any(getattr(cfg, name, None) for name in ("rate", "stddev")):
        refuse_training("draws at random in training, so it has no single answer there")
    return cast_floats(inputs, cfg.compute_dtype)
