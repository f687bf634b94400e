"""Layers that act in training only: their input leaves them unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.formats.onnx.writing.base import NoForm, Value, WeightView, writer
from shapecalc.formats.onnx.writing.casts import cast_floats

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.regularization import Regularization

IN_TRAINING = "leave `training` out of its call: the file is for inference"


@writer(
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "GaussianDropout",
    "GaussianNoise",
    "AlphaDropout",
    "ActivityRegularization",
)
def unchanged(nodes: Nodes, cfg: Regularization, weight: WeightView, inputs: Value) -> Value:
    if cfg.training and any(getattr(cfg, name, None) for name in ("rate", "stddev")):
        raise NoForm("draws at random in training, so it has no single answer there", IN_TRAINING)
    return cast_floats(nodes, inputs, cfg)
