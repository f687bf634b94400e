"""Pooling: a window, a whole axis, or as many windows as are wanted, reduced to one number each.

https://keras.io/api/layers/pooling_layers/
"""

from __future__ import annotations

from typing import ClassVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.names import FLOATS, NUMBERS
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.dtypes import is_float, pass_dtype, require_floats, require_numbers
from shapecalc.layers.spatial import join_axes, slide_window, split_axes
from shapecalc.layers.values import Inferred, Tensor


class Pool(Layer):
    """What every pooling layer has: a spatial rank, a data format, no weights."""

    masking = "lose"
    rank: ClassVar[int]
    takes_integers: ClassVar[bool] = False
    data_format = arg.data_format()


def _choose_dtype(cfg: Pool, inputs: Tensor) -> str | None:
    """A maximum of integers is an integer; an average of them Keras does not take."""
    if not cfg.takes_integers:
        require_floats(inputs, subject="an average over windows")
    if inputs.dtype in ("bool", "string"):
        raise ShapeError(
            f"a maximum over windows needs numbers, got {inputs.dtype}",
            input="inputs",
            code="SC407",
            help="give the input a dtype of numbers",
        )
    return pass_dtype(inputs.dtype)


class WindowPool(Pool):
    """What MaxPooling and AveragePooling take."""

    pool_size = arg.window(2, doc="Size of the window, an axis each.")
    strides = arg.optional(arg.window(doc="Steps between windows; the window's size by default."))
    padding = arg.choice(
        "valid",
        "same",
        any_case=True,
        default="valid",
        doc="valid: only whole windows; same: windows may reach over the borders.",
    )


@rule(WindowPool)
def window_pool(cfg: WindowPool, inputs: Tensor) -> Inferred:
    batch, spatial, channels = split_axes(cfg, inputs)
    slots = slide_window(spatial, cfg.pool_size, cfg.strides or cfg.pool_size, cfg.padding, arg="pool_size")
    return Inferred(outputs={"output": Tensor(join_axes(cfg, batch, slots, channels), _choose_dtype(cfg, inputs))})


class MaxPool(WindowPool):
    """The largest number under each window."""

    dtypes = NUMBERS
    takes_integers = True


class AveragePool(WindowPool):
    """The mean of the numbers under each window; what `same` adds at the borders does not count."""

    dtypes = FLOATS
    pool_size = arg.window(doc="Size of the window, an axis each.")


class MaxPooling1D(MaxPool):
    """The maximum under windows along time. https://keras.io/api/layers/pooling_layers/max_pooling1d/

    Input (batch, time, features), output (batch, new time, features).
    """

    rank = 1


class MaxPooling2D(MaxPool):
    """The maximum under windows over images. https://keras.io/api/layers/pooling_layers/max_pooling2d/

    Input (batch, height, width, channels), output (batch, new height, new width, channels).
    """

    rank = 2


class MaxPooling3D(MaxPool):
    """The maximum under windows over volumes. https://keras.io/api/layers/pooling_layers/max_pooling3d/

    Input (batch, depth, height, width, channels), output (batch, new depth, new height, new width, channels).
    """

    rank = 3


class AveragePooling1D(AveragePool):
    """The mean under windows along time. https://keras.io/api/layers/pooling_layers/average_pooling1d/

    Input (batch, time, features), output (batch, new time, features).
    """

    rank = 1


class AveragePooling2D(AveragePool):
    """The mean under windows over images. https://keras.io/api/layers/pooling_layers/average_pooling2d/

    Input (batch, height, width, channels), output (batch, new height, new width, channels).
    """

    rank = 2


class AveragePooling3D(AveragePool):
    """The mean under windows over volumes. https://keras.io/api/layers/pooling_layers/average_pooling3d/

    Input (batch, depth, height, width, channels), output (batch, new depth, new height, new width, channels).
    """

    rank = 3


class GlobalPool(Pool):
    """What global pooling takes: whole spatial axes become one number."""

    keepdims = arg.flag(False, doc="Keep the spatial axes, of size 1.", off="drops its spatial axes")


class GlobalMaxPool(GlobalPool):
    """The maximum over whole spatial axes; its dtype is the input's."""


class GlobalAveragePool(GlobalPool):
    """The mean over whole spatial axes; that of integers is a floating number."""

    dtypes = FLOATS


def _drop_space(cfg: GlobalPool, inputs: Tensor, dtype: str | None) -> Inferred:
    require_numbers(inputs)
    batch, spatial, channels = split_axes(cfg, inputs)
    ones = (1,) * len(spatial) if cfg.keepdims else ()
    return Inferred(outputs={"output": Tensor(join_axes(cfg, batch, ones, channels), dtype)})


@rule(GlobalMaxPool)
def global_max_pool(cfg: GlobalMaxPool, inputs: Tensor) -> Inferred:
    return _drop_space(cfg, inputs, pass_dtype(inputs.dtype))


@rule(GlobalAveragePool)
def global_average_pool(cfg: GlobalAveragePool, inputs: Tensor) -> Inferred:
    return _drop_space(cfg, inputs, None if is_float(inputs.dtype) else "float32")


class GlobalMaxPooling1D(GlobalMaxPool):
    """The maximum over all of time. https://keras.io/api/layers/pooling_layers/global_max_pooling1d/

    Input (batch, time, features), output (batch, features).
    """

    rank = 1


class GlobalMaxPooling2D(GlobalMaxPool):
    """The maximum over the whole image. https://keras.io/api/layers/pooling_layers/global_max_pooling2d/

    Input (batch, height, width, channels), output (batch, channels).
    """

    rank = 2


class GlobalMaxPooling3D(GlobalMaxPool):
    """The maximum over the whole volume. https://keras.io/api/layers/pooling_layers/global_max_pooling3d/

    Input (batch, depth, height, width, channels), output (batch, channels).
    """

    rank = 3


class GlobalAveragePooling1D(GlobalAveragePool):
    """The mean over all of time, over the steps a mask keeps if there is one. https://keras.io/api/layers/pooling_layers/global_average_pooling1d/

    Input (batch, time, features), output (batch, features).
    """

    rank = 1
    ports = ("inputs", "mask?")
    masking = "stop"


@rule(GlobalAveragePooling1D)
def global_average_pooling1d(cfg: GlobalAveragePooling1D, inputs: Tensor, mask: Tensor | None = None) -> Inferred:
    shape, port = (inputs.mask, "inputs") if mask is None else (mask.shape, "mask")
    if shape is not None:
        batch, (time,), _ = split_axes(cfg, inputs)
        if shape.ndim != 2:
            message = f"needs a mask (batch, time), got {shape}"
            raise ShapeError(message, input=port, code="SC411", help="drop the mask before it, or pool over both axes")
        require_same(batch, shape[0], input=port)
        require_same(time, shape[1], f"needs a mask of {time} steps, got {shape[1]}", input=port)
    return global_average_pool(cfg, inputs)


class GlobalAveragePooling2D(GlobalAveragePool):
    """The mean over the whole image. https://keras.io/api/layers/pooling_layers/global_average_pooling2d/

    Input (batch, height, width, channels), output (batch, channels). Lin et al., Network in Network, 2013.
    """

    rank = 2


class GlobalAveragePooling3D(GlobalAveragePool):
    """The mean over the whole volume. https://keras.io/api/layers/pooling_layers/global_average_pooling3d/

    Input (batch, depth, height, width, channels), output (batch, channels).
    """

    rank = 3


class AdaptivePool(Pool):
    """What adaptive pooling takes: the number of windows, whose sizes follow from the input's."""

    data_format = arg.data_format(any_case=False)
    output_size = arg.window(doc="Size of the output, an axis each, whatever the input's.")


@rule(AdaptivePool)
def adaptive_pool(cfg: AdaptivePool, inputs: Tensor) -> Inferred:
    batch, _, channels = split_axes(cfg, inputs)
    shape = join_axes(cfg, batch, cfg.output_size, channels)
    return Inferred(outputs={"output": Tensor(shape, _choose_dtype(cfg, inputs))})


class AdaptiveMaxPooling1D(AdaptivePool):
    """The maximum under so many windows along time. https://keras.io/api/layers/pooling_layers/adaptive_max_pooling1d/

    Input (batch, time, features), output (batch, output_size, features). Window i of n spans floor(i*time/n) to
    ceil((i+1)*time/n).
    """

    rank = 1
    takes_integers = True


class AdaptiveMaxPooling2D(AdaptivePool):
    """The maximum under so many windows over images. https://keras.io/api/layers/pooling_layers/adaptive_max_pooling2d/

    Input (batch, height, width, channels), output (batch, *output_size, channels).
    """

    rank = 2
    takes_integers = True


class AdaptiveMaxPooling3D(AdaptivePool):
    """The maximum under so many windows over volumes. https://keras.io/api/layers/pooling_layers/adaptive_max_pooling3d/

    Input (batch, depth, height, width, channels), output (batch, *output_size, channels).
    """

    rank = 3
    takes_integers = True


class AdaptiveAveragePooling1D(AdaptivePool):
    """The mean under so many windows along time. https://keras.io/api/layers/pooling_layers/adaptive_average_pooling1d/

    Input (batch, time, features), output (batch, output_size, features). Window i of n spans floor(i*time/n) to
    ceil((i+1)*time/n).
    """

    dtypes = FLOATS
    rank = 1


class AdaptiveAveragePooling2D(AdaptivePool):
    """The mean under so many windows over images. https://keras.io/api/layers/pooling_layers/adaptive_average_pooling2d/

    Input (batch, height, width, channels), output (batch, *output_size, channels).
    """

    dtypes = FLOATS
    rank = 2


class AdaptiveAveragePooling3D(AdaptivePool):
    """The mean under so many windows over volumes. https://keras.io/api/layers/pooling_layers/adaptive_average_pooling3d/

    Input (batch, depth, height, width, channels), output (batch, *output_size, channels).
    """

    dtypes = FLOATS
    rank = 3
