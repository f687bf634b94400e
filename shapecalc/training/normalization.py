"""What the layers of layers/normalization.py keep for the backward pass. Statistics are computed in float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.dims import Shape, Size, exact
from shapecalc.training.array import Array, make_array
from shapecalc.training.elementwise import add, choose, divide, make_scalar, map_entries, multiply, select
from shapecalc.training.keeping import keeps
from shapecalc.training.lengths import normalize_length
from shapecalc.training.reductions import average, average_squares
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import contiguous, expand_dims, reshape

if TYPE_CHECKING:
    from shapecalc.layers.normalization import (
        BatchNormalization,
        GroupNormalization,
        LayerNormalization,
        RMSNormalization,
        UnitNormalization,
    )


def _widen(x: Array) -> Array:
    """In float32, whatever it is in: Keras takes float64 and float32 together for float32."""
    return cast(x, "float32")


def _ask(tape: Tape, name: str, dtype: str) -> Array | None:
    """A weight in the dtype of the statistics, into which Keras casts it at once; None where the layer has none."""
    weight = tape.find_weight(name)
    return None if weight is None else cast(weight, dtype)


def find_moments(tape: Tape, x: Array, axes: Sequence[int], more: int = 3) -> tuple[Array, Array]:
    """The mean and the variance over some axes, as mean of squares less square of the mean.

    The gradient needs so many `more` arrays as large as x while it is computed.
    """
    mean = average(x, axes, name="mean")
    squares = average_squares(tape, x, axes, more=more)
    return mean, add(squares, map_entries(tape, "square", mean))


def _squeeze(x: Array) -> Array:
    return reshape(x, [size for size in x.shape if not (isinstance(size, int) and size == 1)] or [1])


@keeps("BatchNormalization")
def batch_normalization(cfg: BatchNormalization, tape: Tape, inputs: Array, mask: Array | None = None) -> Array:
    """The input, what is left of it without its mean, and three numbers a channel; frozen one number a channel."""
    x = _widen(inputs)
    axis = cfg.axis % x.ndim
    channels = (x.shape[axis],)
    gamma, beta = _ask(tape, "gamma", x.dtype), _ask(tape, "beta", x.dtype)
    mean = variance = make_array("moving statistics", channels, x.dtype)
    if cfg.trainable and not tape.scope.frozen and cfg.__dict__.get("training", True):
        axes = [each for each in range(x.ndim) if each != axis]
        mask = tape.find_mask(mask)
        mean, variance = find_moments(tape, x, axes, more=2) if mask is None else _find_masked(tape, x, axes, mask)
        mean, variance = reshape(mean, channels), reshape(variance, channels)
        if cfg.renorm:
            gamma, beta = _renormalize(cfg, tape, variance, gamma, beta)
    return cast(_normalize(tape, x, axis, mean, variance, gamma, beta), cfg.compute_dtype)


def _normalize(
    tape: Tape, x: Array, axis: int, mean: Array, variance: Array, gamma: Array | None, beta: Array | None
) -> Array:
    """(x - mean) / deviation * gamma + beta, computed in place: the factor's gradient needs a copy of x - mean."""
    shape = Shape([size if place == axis else 1 for place, size in enumerate(x.shape)])
    mean, variance = reshape(mean, shape), reshape(variance, shape)
    centred = add(x, mean, "input - mean")
    scale = make_array("ones", shape, x.dtype) if gamma is None else reshape(gamma, shape)
    factor = multiply(tape, map_entries(tape, "rsqrt", variance, "1 / deviation"), scale, "gamma / deviation")
    if factor.needs_grad:
        tape.save(make_array("input - mean", x.shape, x.dtype))
    if centred.needs_grad:
        tape.save(factor)
    needs_grad = centred.needs_grad or factor.needs_grad or (beta is not None and beta.needs_grad)
    return centred._replace(needs_grad=needs_grad)


def _find_masked(tape: Tape, x: Array, axes: Sequence[int], mask: Array) -> tuple[Array, Array]:
    """The mean and the variance of the entries that a mask (all axes but the last) leaves."""
    shown = expand_dims(mask, -1)
    zero = make_scalar(x.dtype)
    count = make_array("entries counted", average(x, axes).shape, x.dtype)
    mean = divide(tape, average(choose(tape, shown, x, zero), axes, name="sum"), count, "mean")
    left = choose(tape, shown, add(x, mean), zero)
    squares = average_squares(tape, left, axes, "sum of squares", more=1)
    again = make_array("entries counted", count.shape, x.dtype)
    return _squeeze(mean), _squeeze(divide(tape, squares, again, "variance"))


def _renormalize(
    cfg: BatchNormalization, tape: Tape, variance: Array, gamma: Array | None, beta: Array | None
) -> tuple[Array, Array]:
    """The gain and the offset with the corrections r and d, which are constants to the gradient."""
    statistics = make_array("moving deviation", variance.shape, variance.dtype)
    deviation = map_entries(tape, "sqrt", variance, "deviation")
    correction = divide(tape, deviation, statistics)
    bounds = cfg.renorm_clipping or {}
    for name in ("rmin", "rmax"):
        if bounds.get(name) is not None:
            correction = select(tape, correction, make_scalar(variance.dtype), name)
    shifted = divide(tape, variance, statistics)
    if bounds.get("dmax") is not None and variance.needs_grad:
        for array in (shifted, make_scalar(), make_scalar()):
            tape.save(array)
    # The statistics are moved by operations that save what they would need, though nothing trains them.
    moved = map_entries(tape, "sqrt", variance, "deviation")
    map_entries(tape, "relu", multiply(tape, add(moved, statistics, "new deviation"), moved), "new variance")
    constant, shift = (make_array(name, variance.shape, variance.dtype) for name in ("r", "d"))
    if gamma is not None:
        constant, shift = multiply(tape, constant, gamma), multiply(tape, shift, gamma)
    return constant, shift if beta is None else add(shift, beta)


@keeps("LayerNormalization")
def layer_normalization(cfg: LayerNormalization, tape: Tape, inputs: Array) -> Array:
    """The input, and the mean and the deviation of each row."""
    x = _widen(inputs)
    axes = sorted([cfg.axis] if isinstance(cfg.axis, int) else cfg.axis)
    gamma, beta = _ask(tape, "gamma", x.dtype), _ask(tape, "beta", x.dtype)
    if _is_run(axes) and not cfg.rms_scaling:
        return cast(_normalize_rows(tape, x, len(axes), gamma, beta), inputs.dtype)
    kept = [axis % x.ndim for axis in axes]
    shape = [size if axis in kept else 1 for axis, size in enumerate(x.shape)]
    gain, offset = (None if each is None else reshape(each, shape) for each in (gamma, beta))
    if cfg.rms_scaling:
        return cast(_scale_by_deviation(tape, x, axes, gain), inputs.dtype)
    return cast(_scale_and_shift(tape, x, axes, gain, offset), inputs.dtype)


def _is_run(axes: Sequence[int]) -> bool:
    """Whether axes follow each other: Keras then takes them for the last ones, for which PyTorch has a function."""
    return list(axes) == list(range(axes[0], axes[0] + len(axes)))


def _normalize_rows(tape: Tape, x: Array, count: int, gamma: Array | None, beta: Array | None) -> Array:
    """PyTorch's layer norm over the last axes."""
    rows = x.shape[: x.ndim - count]
    needs_grad = any(each is not None and each.needs_grad for each in (x, gamma, beta))
    if needs_grad:
        for array in (x, gamma, beta):
            if array is not None:
                tape.save(array)
        tape.save(make_array("mean of each row", rows, x.dtype))
        tape.save(make_array("1 / deviation of each row", rows, x.dtype))
    return make_array("normalized", x.shape, x.dtype, needs_grad)


def _scale_by_deviation(tape: Tape, x: Array, axes: Sequence[int], gamma: Array | None) -> Array:
    """x / deviation * gamma, which Keras calls RMS scaling."""
    if x.needs_grad:
        tape.save(x)
    variance = average(x, axes, name="variance")
    inverse = map_entries(tape, "rsqrt", variance, "1 / deviation")
    scaled = multiply(tape, x, inverse, "normalized")
    return scaled if gamma is None else multiply(tape, scaled, gamma)


def _scale_and_shift(tape: Tape, x: Array, axes: Sequence[int], gamma: Array | None, beta: Array | None) -> Array:
    """x * factor + offset, with factor = gamma / deviation and offset = beta - mean * factor."""
    mean, variance = find_moments(tape, x, axes)
    factor = map_entries(tape, "rsqrt", variance, "1 / deviation")
    if gamma is not None:
        factor = multiply(tape, factor, gamma, "gamma / deviation")
    negative = make_array("-mean", mean.shape, mean.dtype, mean.needs_grad)
    offset = multiply(tape, negative, factor)
    if beta is not None:
        offset = add(offset, beta)
    return add(multiply(tape, x, factor), offset, "normalized")


@keeps("GroupNormalization")
def group_normalization(cfg: GroupNormalization, tape: Tape, inputs: Array) -> Array:
    """The input, and three numbers a group and sample."""
    axis = cfg.axis % inputs.ndim
    channels = inputs.shape[axis]
    groups: Size = channels if cfg.groups == -1 else cfg.groups
    width = exact(channels, groups, "") if isinstance(groups, int) else 1
    shape = Shape((*inputs.shape[:axis], groups, width, *inputs.shape[axis + 1 :]))
    x = _widen(reshape(inputs, shape, "input copy"))
    axes = [each for each in range(1, x.ndim) if each != axis]
    broadcast = [size if place in (axis, axis + 1) else 1 for place, size in enumerate(shape)]
    gamma, beta = (_ask(tape, name, x.dtype) for name in ("gamma", "beta"))
    gain, offset = (None if each is None else reshape(each, broadcast) for each in (gamma, beta))
    output = reshape(cast(_scale_and_shift(tape, x, axes, gain, offset), inputs.dtype), inputs.shape)
    return cast(output, cfg.compute_dtype)


@keeps("UnitNormalization")
def unit_normalization(cfg: UnitNormalization, tape: Tape, inputs: Array) -> Array:
    """The input, and three numbers a row."""
    return normalize_length(tape, inputs, (cfg.axis,) if isinstance(cfg.axis, int) else cfg.axis)


@keeps("RMSNormalization")
def rms_normalization(cfg: RMSNormalization, tape: Tape, x: Array) -> Array:
    """The input, what it is normalized to, and one number a row."""
    dtype = x.dtype
    x = _widen(x)
    axes = [cfg.axis] if isinstance(cfg.axis, int) else cfg.axis
    squares = average_squares(tape, x, axes, more=3 if tape.find_weight("scale") is None else 2)
    normalized = multiply(tape, x, map_entries(tape, "rsqrt", squares, "1 / root mean square"), "normalized")
    scale = tape.find_weight("scale")
    scale = None if scale is None else cast(tape.weight("scale"), x.dtype)
    output = normalized if scale is None else multiply(tape, normalized, scale)
    return cast(contiguous(output) if _is_run(sorted(axes)) else output, dtype)  # as PyTorch's own function has it
