"""What the layers of layers/regularization.py keep for the backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import Shape, Size
from shapecalc.training.array import Array, arrange_like, make_array
from shapecalc.training.elementwise import add, choose, combine, make_scalar, multiply
from shapecalc.training.keeping import keeps
from shapecalc.training.regularizers import regularize
from shapecalc.training.tape import Tape

if TYPE_CHECKING:
    from shapecalc.layers.regularization import (
        ActivityRegularization,
        AlphaDropout,
        Dropout,
        GaussianDropout,
        GaussianNoise,
        Regularization,
        SpatialDropout,
    )


def is_training(cfg: Regularization) -> bool:
    """Whether a layer acts: training calls it so unless the call says otherwise."""
    return bool(cfg.__dict__.get("training", True))


def drop(
    tape: Tape, x: Array, rate: float, seed: object = None, noise_shape: tuple[Size | None, ...] | None = None
) -> Array:
    """Entries set to zero at random: a mask as wide as the input, or of a byte where its seed or shape is given."""
    if rate == 0:
        return x
    if rate == 1:
        return make_array("dropped", x.shape, x.dtype, strides=arrange_like(x))
    if seed is None and noise_shape is None:
        return multiply(tape, x, make_array("dropout mask", x.shape, x.dtype, strides=arrange_like(x)), "dropped")
    shape = _fill_in(x.shape, noise_shape)
    mask = make_array("dropout mask", shape, "bool")
    return choose(tape, mask, combine(x, name="scaled"), make_scalar(x.dtype), "dropped")


def _fill_in(shape: Shape, noise_shape: tuple[Size | None, ...] | None) -> Shape:
    if noise_shape is None:
        return shape
    return Shape(own if wanted is None else wanted for own, wanted in zip(shape, noise_shape, strict=True))


@keeps("Dropout")
def dropout(cfg: Dropout, tape: Tape, inputs: Array) -> Array:
    return drop(tape, inputs, cfg.rate, cfg.seed, cfg.noise_shape) if is_training(cfg) else inputs


@keeps("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
def spatial_dropout(cfg: SpatialDropout, tape: Tape, inputs: Array) -> Array:
    """A byte a feature map."""
    first = getattr(cfg, "data_format", None) == "channels_first"
    channels = 1 if first else inputs.ndim - 1
    shape = tuple(size if axis in (0, channels) else 1 for axis, size in enumerate(inputs.shape))
    return drop(tape, inputs, cfg.rate, cfg.seed, shape) if is_training(cfg) else inputs


@keeps("GaussianDropout")
def gaussian_dropout(cfg: GaussianDropout, tape: Tape, inputs: Array) -> Array:
    if not is_training(cfg) or cfg.rate == 0:
        return inputs
    return multiply(tape, inputs, make_array("noise", inputs.shape, inputs.dtype))


@keeps("GaussianNoise")
def gaussian_noise(cfg: GaussianNoise, tape: Tape, inputs: Array) -> Array:
    if not is_training(cfg) or cfg.stddev == 0:
        return inputs
    return add(inputs, make_array("noise", inputs.shape, inputs.dtype), "noisy")


@keeps("AlphaDropout")
def alpha_dropout(cfg: AlphaDropout, tape: Tape, inputs: Array) -> Array:
    if not is_training(cfg) or cfg.rate == 0:
        return inputs
    mask = make_array("dropout mask", _fill_in(inputs.shape, cfg.noise_shape), inputs.dtype)
    return add(multiply(tape, inputs, mask), mask, "dropped")


@keeps("ActivityRegularization")
def activity_regularization(cfg: ActivityRegularization, tape: Tape, inputs: Array) -> Array:
    """What its penalties need; it gives the input itself."""
    regularize(tape, {"l1l2": {"l1": cfg.l1, "l2": cfg.l2}}, inputs)
    return inputs
