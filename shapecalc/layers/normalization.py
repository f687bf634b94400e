"""Layers that bring values to a common scale. https://keras.io/api/layers/normalization_layers/"""

from __future__ import annotations

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, axis_from_front, exact, require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.names import FLOATS
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.dtypes import require_numbers
from shapecalc.layers.regularization import TRAINING
from shapecalc.layers.values import Inferred, Tensor, fixed, weights

_AXIS_NAMES = {
    2: ("batch", "features"),
    3: ("batch", "time", "features"),
    4: ("batch", "height", "width", "channels"),
    5: ("batch", "depth", "height", "width", "channels"),
}


def list_positions(shape: Shape, axis: int | tuple[int, ...]) -> tuple[int, ...]:
    """The axes meant, counted from the start, in the order given; refuses ones that `shape` lacks, or repeated."""
    listed = axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(position for number in listed if (position := axis_from_front(number, shape.ndim)) is not None)
    if len(axes) != len(listed):
        raise ShapeError(
            f"axis {as_yaml(axis)} is out of bounds for {shape}",
            arg="axis",
            help=f"axes are counted with the batch: 0 to {shape.ndim - 1}, or -{shape.ndim} to -1",
        )
    if len(set(axes)) != len(axes):
        raise ShapeError(f"axis {as_yaml(axis)} names an axis of {shape} twice", arg="axis", help="name each axis once")
    return axes


def list_sizes(shape: Shape, axis: int | tuple[int, ...]) -> tuple[Size, ...]:
    """The sizes of the axes meant, asked for by the names that axes go by at this rank."""
    axes = list_positions(shape, axis)
    last = shape.ndim - 1
    names = _AXIS_NAMES.get(shape.ndim) or ("batch", *(f"axis_{position}" for position in range(1, last)), "features")
    if axes == (1,) and last != 1 and "channels" in names:
        names = ("batch", "channels", *names[1:-1])
    named = shape.axes(*names[: shape.ndim])
    return tuple(named[position] for position in axes)


class Affine(Layer):
    """The arguments of normalizations with a learned gain and offset."""

    epsilon = arg.number(1e-3, "Added to the variance, against division by zero.")
    center = arg.flag(True, doc="Add the offset beta.")
    scale = arg.flag(True, doc="Multiply by the gain gamma.")
    beta_initializer = arg.initializer("zeros")
    gamma_initializer = arg.initializer("ones")
    beta_regularizer = arg.regularizer()
    gamma_regularizer = arg.regularizer()
    beta_constraint = arg.constraint()
    gamma_constraint = arg.constraint()


class BatchNormalization(Affine):
    """Normalizes each channel by its moving mean and variance. Ioffe & Szegedy, 2015.

    Input of any rank, output of the same shape. The moving statistics are weights that training does not learn.
    https://keras.io/api/layers/normalization_layers/batch_normalization/
    """

    ports = ("inputs", "mask?")
    axis = arg.axis(-1, "The axis that is kept: the channels.")
    momentum = arg.number(0.99, "Momentum of the moving statistics, in training only.", inert=True)
    moving_mean_initializer = arg.initializer("zeros")
    moving_variance_initializer = arg.initializer("ones")
    renorm = arg.flag(False, doc="Batch renormalization (Ioffe, 2017): three more statistics, the same inference.")
    renorm_clipping = arg.value(None, "Bounds rmin, rmax and dmax of the correction, in training only.", inert=True)
    renorm_momentum = arg.number(0.99, "Momentum of the statistics of renorm, in training only.", inert=True)
    training = arg.flag(False, doc=TRAINING, call=True)
    synchronized = arg.flag(False, doc="Share statistics between devices, in training only.", inert=True)


@rule(BatchNormalization)
def batch_normalization(cfg: BatchNormalization, inputs: Tensor, mask: Tensor | None = None) -> Inferred:
    require_numbers(inputs)
    shape, port = (inputs.mask, "inputs") if mask is None else (mask.shape, "mask")
    if shape is not None and shape.ndim != inputs.shape.ndim - 1:
        raise ShapeError(
            f"needs a mask of {inputs.shape.ndim - 1} axes, one fewer than its input, got {shape}",
            input=port,
            help=f"give a mask of shape {inputs.shape[:-1]}" if mask is not None else "drop the mask before it",
        )
    if cfg.renorm:
        check_clipping(cfg.renorm_clipping)
    channels = list_sizes(inputs.shape, cfg.axis)
    extra = channels if cfg.renorm else None
    return Inferred(
        outputs={"output": Tensor(inputs.shape, masked=(inputs.mask or False) if mask is None else mask.shape)},
        weights=weights(gamma=channels if cfg.scale else None, beta=channels if cfg.center else None)
        + fixed(
            moving_mean=channels,
            moving_variance=channels,
            moving_stddev=extra,
            renorm_mean=extra,
            renorm_stddev=extra,
        ),
    )


def check_clipping(clipping: object) -> None:
    """Refuses bounds of the renorm correction that Keras would: other keys, rmax under rmin, dmax under zero."""
    bounds = {} if clipping is None else clipping
    known = isinstance(bounds, dict) and set(bounds).issubset({"rmax", "rmin", "dmax"})
    given = {name: bound for name, bound in bounds.items() if bound is not None} if isinstance(bounds, dict) else {}
    wanted = None
    if not known or not all(isinstance(bound, (int, float)) for bound in given.values()):
        wanted = "numbers called rmin, rmax and dmax"
    elif {"rmin", "rmax"}.issubset(given) and max(given["rmin"], given["rmax"]) != given["rmax"]:
        wanted = "bounds with rmin up to rmax"
    elif min(0, given.get("dmax", 0)) != 0:
        wanted = "bounds with dmax of at least 0"
    if wanted is not None:
        raise ShapeError(
            f"`renorm_clipping` must be {wanted}, got {as_yaml(clipping)}",
            arg="renorm_clipping",
            code="SC205",
            help="write the bounds of the correction as in `{rmin: 0.3, rmax: 3, dmax: 5}`",
        )


class LayerNormalization(Affine):
    """Normalizes each sample over the given axes. Ba et al., 2016.

    Input of any rank, output of the same shape; gamma and beta have the sizes of the axes.
    https://keras.io/api/layers/normalization_layers/layer_normalization/
    """

    axis = arg.axes(-1, "The axis or axes normalized over; a list is sorted.")
    rms_scaling = arg.flag(False, doc="Deprecated: scale by the standard deviation only, without centring or beta.")


@rule(LayerNormalization)
def layer_normalization(cfg: LayerNormalization, inputs: Tensor) -> Inferred:
    require_numbers(inputs)
    sizes = list_sizes(inputs.shape, sort_axes(cfg.axis))
    return Inferred(
        outputs={"output": Tensor(inputs.shape)},
        weights=weights(
            gamma=sizes if cfg.scale or cfg.rms_scaling else None,
            beta=sizes if cfg.center and not cfg.rms_scaling else None,
        ),
    )


def sort_axes(axis: int | tuple[int, ...]) -> int | tuple[int, ...]:
    """Axes as Keras sorts them: as written, so that -1 stands before 1."""
    return tuple(sorted(axis)) if isinstance(axis, tuple) else axis


class GroupNormalization(Affine):
    """Normalizes groups of channels, each over all other axes of a sample. Wu & He, 2018.

    Input of any rank, output of the same shape. With `groups: -1` each channel is a group (instance normalization).
    https://keras.io/api/layers/normalization_layers/group_normalization/
    """

    groups = arg.count(32, "Number of groups, a divisor of the channels; -1 for one a channel.", low=-1)
    axis = arg.axis(-1, "The axis of the channels.")


@rule(GroupNormalization)
def group_normalization(cfg: GroupNormalization, inputs: Tensor) -> Inferred:
    require_numbers(inputs)
    if cfg.groups == 0:
        raise ShapeError(
            "`groups` must be at least 1, or -1",
            arg="groups",
            code="SC205",
            help="-1 is one group a channel",
        )
    if list_positions(inputs.shape, cfg.axis) == (0,):
        raise ShapeError(
            "cannot group the samples of a batch", arg="axis", help="name the axis of the channels, such as -1"
        )
    (channels,) = list_sizes(inputs.shape, cfg.axis)
    if cfg.groups != -1:
        exact(
            channels,
            cfg.groups,
            f"cannot split {channels} channels into {cfg.groups} groups",
            arg="groups",
            help=f"use a divisor of {channels}, or -1 for one group a channel",
        )
    return Inferred(
        outputs={"output": Tensor(inputs.shape)},
        weights=weights(gamma=(channels,) if cfg.scale else None, beta=(channels,) if cfg.center else None),
    )


class UnitNormalization(Layer):
    """Scales to length 1 over the given axes; it has no weights.

    Input of any rank, output of the same shape. https://keras.io/api/layers/normalization_layers/unit_normalization/
    """

    dtypes = FLOATS
    axis = arg.axes(-1, "The axis or axes whose L2 norm becomes 1.")


@rule(UnitNormalization)
def unit_normalization(cfg: UnitNormalization, inputs: Tensor) -> Inferred:
    list_sizes(inputs.shape, cfg.axis)
    if keep_whole_dtype(inputs) is not None:
        raise ShapeError(
            f"needs floating inputs, got {inputs.dtype}",
            input="inputs",
            code="SC407",
            help="give the input a dtype of float32",
        )
    return Inferred(outputs={"output": Tensor(inputs.shape)})


def keep_whole_dtype(inputs: Tensor) -> str | None:
    """The dtype of inputs that are not floating: a layer does not cast those."""
    return None if inputs.dtype in (None, *FLOATS) else inputs.dtype


class RMSNormalization(Layer):
    """Divides by the root mean square over the given axes, then multiplies by a learned scale. Zhang & Sennrich, 2019.

    Input of any rank, output of the same shape; integers come back cut to integers, as in Keras.
    https://keras.io/api/layers/normalization_layers/rms_normalization/
    """

    ports = ("x",)
    masking = "lose"
    axis = arg.axes(-1, "The axis or axes normalized over: the last ones, in order.")
    epsilon = arg.number(1e-6, "Added to the mean square, against division by zero.")


@rule(RMSNormalization)
def rms_normalization(cfg: RMSNormalization, x: Tensor) -> Inferred:
    require_numbers(x, "x")
    sizes = list_sizes(x.shape, sort_axes(cfg.axis))
    trailing = x.shape[x.shape.ndim - len(sizes) :]
    for size, aligned in zip(sizes, trailing, strict=True):
        require_same(
            aligned,
            size,
            f"multiplies by a scale of shape {Shape(sizes)}, which Keras aligns with the last axes of {x.shape}",
            arg="axis",
            help="normalize over the last axis (-1), or over the last ones in order, as in [-2, -1]",
        )
    return Inferred(outputs={"output": Tensor(x.shape, keep_whole_dtype(x))}, weights=weights(scale=sizes))
