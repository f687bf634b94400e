"""Layers that move, repeat, cut and pad their input. https://keras.io/api/layers/reshaping_layers/

All of them give integers and booleans unchanged, and drop a mask, as Keras does with a warning.
"""

from __future__ import annotations

from typing import ClassVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, exact, formula, prod, require_at_least, require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.shapes import WindowKind
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.dtypes import pass_dtype
from shapecalc.layers.spatial import SPATIAL, join_axes, split_axes
from shapecalc.layers.values import Inferred, Tensor


class Moving(Layer):
    """The base of all types here: values pass unchanged, a mask does not."""

    masking = "lose"
    keeps_values = True


def move_values(inputs: Tensor, *sizes: Size) -> Inferred:
    """One output of these sizes, of the input's dtype."""
    return Inferred(outputs={"output": Tensor(Shape(sizes), pass_dtype(inputs.dtype))})


class Reshape(Moving):
    """The same values in another shape. https://keras.io/api/layers/reshaping_layers/reshape/

    Input (batch, ...), output (batch, *target_shape); one entry of -1 is worked out from the rest.
    """

    target_shape = arg.target_shape("Shape without the batch axis; one entry may be -1.")


@rule(Reshape)
def reshape(cfg: Reshape, inputs: Tensor) -> Inferred:
    batch, rest = inputs.shape.axes("batch", ...)
    return move_values(inputs, batch, *fill_in_target(rest, cfg.target_shape, "target_shape"))


def fill_in_target(shape: Shape, target: tuple[Size, ...], argument: str) -> tuple[Size, ...]:
    """`target` with its -1 worked out, which must hold as many values as `shape`."""
    holes = [axis for axis, size in enumerate(target) if size == -1]
    total = prod(shape)
    if len(holes) > 1:
        raise ShapeError(
            f"only one entry of `{argument}` may be -1, got {Shape(target)}",
            arg=argument,
            code="SC205",
            help="write all sizes but one as numbers",
        )
    if not holes:
        message = f"cannot reshape {shape} with {formula(total)} values to {Shape(target)} with {formula(prod(target))}"
        help = "write -1 for the size that may be worked out"
        require_same(total, prod(target), message, arg=argument, help=help, code="SC406")
        return target
    known = prod(size for size in target if size != -1)
    message = (
        f"cannot reshape {shape} with {formula(total)} values to {Shape(target)}: {formula(known)} does not divide it"
    )
    help = "choose sizes whose product divides the number of values"
    missing = exact(total, known, message, arg=argument, help=help, code="SC406")
    return (*target[: holes[0]], missing, *target[holes[0] + 1 :])


class Flatten(Moving):
    """All axes but the batch in one. https://keras.io/api/layers/reshaping_layers/flatten/

    Input (batch, ...), output (batch, features); of a plain (batch,) it makes (batch, 1).
    """

    data_format = arg.data_format("With channels_first, channels are moved last before flattening.")


@rule(Flatten)
def flatten(cfg: Flatten, inputs: Tensor) -> Inferred:
    batch, rest = inputs.shape.axes("batch", ...)
    return move_values(inputs, batch, prod(rest))


class Permute(Moving):
    """The axes in another order. https://keras.io/api/layers/reshaping_layers/permute/

    Input (batch, axis 1, axis 2, ...), output (batch, axis dims[0], axis dims[1], ...).
    """

    dims = arg.axes(doc="The input's axes, counted from 1, in the order they leave.")


@rule(Permute)
def permute(cfg: Permute, inputs: Tensor) -> Inferred:
    dims = cfg.dims
    if isinstance(dims, int) or sorted(dims) != list(range(1, len(dims) + 1)):
        raise ShapeError(
            f"dims must hold each axis from 1 once, got {dims}",
            arg="dims",
            code="SC205",
            help="count axes from 1, the batch axis left out: `[2, 1]` swaps two",
        )
    batch, *rest = inputs.shape.axes("batch", *(f"axis {axis + 1}" for axis in range(len(dims))))
    return move_values(inputs, batch, *(rest[axis - 1] for axis in dims))


class RepeatVector(Moving):
    """A vector, once for every step. https://keras.io/api/layers/reshaping_layers/repeat_vector/

    Input (batch, features), output (batch, n, features).
    """

    n = arg.size(doc="How often it is repeated: the steps of the output.")


@rule(RepeatVector)
def repeat_vector(cfg: RepeatVector, inputs: Tensor) -> Inferred:
    batch, features = inputs.shape.axes("batch", "features")
    return move_values(inputs, batch, cfg.n, features)


class OfSpace(Moving):
    """A layer that works on each of `rank` spatial axes by itself. Channels are last, or after the batch axis."""

    keeps_values = False
    rank: ClassVar[int]
    data_format = arg.data_format("Where the channels stand; last by default.")


class Cropping(OfSpace):
    """Cuts off the ends of each spatial axis."""

    cropping = arg.borders(doc="How much to cut (before, after) on each spatial axis.")


@rule(Cropping)
def crop(cfg: Cropping, inputs: Tensor) -> Inferred:
    batch, spatial, channels = split_axes(cfg, inputs)
    cropped = [
        require_at_least(
            size - sum(cut),
            1,
            f"cropping {sum(cut)} of the {name} leaves nothing of {formula(size)}",
            arg="cropping",
            code="SC402",
            help=f"crop less than the {name}",
        )
        for name, size, cut in zip(SPATIAL[cfg.rank], spatial, cfg.cropping, strict=True)
    ]
    return move_values(inputs, *join_axes(cfg, batch, cropped, channels))


class Cropping1D(Cropping):
    """Cuts steps off. https://keras.io/api/layers/reshaping_layers/cropping1d/

    Input (batch, time, features), output (batch, time - before - after, features).
    """

    rank = 1
    data_format = None
    cropping = arg.borders((1, 1), doc="How many steps to cut: a number, or [before, after].")


class Cropping2D(Cropping):
    """Cuts rows and columns off. https://keras.io/api/layers/reshaping_layers/cropping2d/

    Input (batch, height, width, channels), output the same with less height and width.
    """

    rank = 2
    cropping = arg.borders(
        ((0, 0), (0, 0)), doc="[[top, bottom], [left, right]], a number for each axis, or one for all."
    )


class Cropping3D(Cropping):
    """Cuts off the ends of three axes. https://keras.io/api/layers/reshaping_layers/cropping3d/

    Input (batch, depth, height, width, channels), output the same with less of each spatial axis.
    """

    rank = 3
    cropping = arg.borders(((1, 1), (1, 1), (1, 1)), doc="A pair for each axis, a number for each, or one for all.")


class ZeroPadding(OfSpace):
    """Adds zeros at the ends of each spatial axis."""

    padding = arg.borders(doc="How many zeros to add (before, after) on each spatial axis.")


@rule(ZeroPadding)
def zero_padding(cfg: ZeroPadding, inputs: Tensor) -> Inferred:
    batch, spatial, channels = split_axes(cfg, inputs)
    padded = [size + sum(more) for size, more in zip(spatial, cfg.padding, strict=True)]
    return move_values(inputs, *join_axes(cfg, batch, padded, channels))


class ZeroPadding1D(ZeroPadding):
    """Adds steps of zeros. https://keras.io/api/layers/reshaping_layers/zero_padding1d/

    Input (batch, time, features), output (batch, before + time + after, features).
    """

    rank = 1
    padding = arg.borders(1, doc="How many steps of zeros to add: a number, or [before, after].")


class ZeroPadding2D(ZeroPadding):
    """Adds rows and columns of zeros. https://keras.io/api/layers/reshaping_layers/zero_padding2d/

    Input (batch, height, width, channels), output the same with more height and width.
    """

    rank = 2
    padding = arg.borders((1, 1), doc="[[top, bottom], [left, right]], a number for each axis, or one for all.")


class ZeroPadding3D(ZeroPadding):
    """Adds zeros around a volume. https://keras.io/api/layers/reshaping_layers/zero_padding3d/

    Input (batch, depth, height, width, channels), output the same with more of each spatial axis.
    """

    rank = 3
    padding = arg.borders(((1, 1), (1, 1), (1, 1)), doc="A pair for each axis, a number for each, or one for all.")


class UpSampling(OfSpace):
    """Repeats the entries of each spatial axis."""

    size = arg.window(2, doc="How often each entry of a spatial axis is repeated.")


@rule(UpSampling)
def upsample(cfg: UpSampling, inputs: Tensor) -> Inferred:
    batch, spatial, channels = split_axes(cfg, inputs)
    grown = [size * factor for size, factor in zip(spatial, cfg.size, strict=True)]
    return move_values(inputs, *join_axes(cfg, batch, grown, channels))


class UpSampling1D(UpSampling):
    """Repeats each step. https://keras.io/api/layers/reshaping_layers/up_sampling1d/

    Input (batch, time, features), output (batch, time * size, features).
    """

    rank = 1
    size: arg.Arg[tuple[int, ...]] = arg.Arg(WindowKind(1, listed=False), 2, "How often each step is repeated.")
    data_format = None


class UpSampling2D(UpSampling):
    """Enlarges images by whole factors. https://keras.io/api/layers/reshaping_layers/up_sampling2d/

    Input (batch, height, width, channels), output (batch, height * size[0], width * size[1], channels).
    """

    rank = 2
    interpolation = arg.choice(
        "nearest",
        "bilinear",
        "bicubic",
        "lanczos3",
        "lanczos5",
        "area",
        any_case=True,
        default="nearest",
        doc="How the values between are found; nearest repeats rows and columns.",
    )


class UpSampling3D(UpSampling):
    """Enlarges volumes by repeating. https://keras.io/api/layers/reshaping_layers/up_sampling3d/

    Input (batch, depth, height, width, channels), output each spatial axis times its factor.
    """

    rank = 3
