"""Activation functions as layers. https://keras.io/api/layers/activation_layers/"""

from __future__ import annotations

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, axis_from_front, require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.names import FLOATS
from shapecalc.layers.arguments.words import ActivationKind
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.core import infer_activation
from shapecalc.layers.dtypes import is_float, pass_dtype, require_floats, require_numbers
from shapecalc.layers.values import Inferred, Tensor, weights

_KEEP_INTEGERS = ("linear", "relu", "relu6")
_MAKE_FLOATS = ("exponential", "leaky_relu", "tanh")
_AXES = {
    2: ("batch", "features"),
    3: ("batch", "time", "features"),
    4: ("batch", "height", "width", "channels"),
    5: ("batch", "depth", "height", "width", "channels"),
}


def float_dtype(dtype: str | None) -> str | None:
    """The dtype of what is computed from a tensor of `dtype`: the layer's own for floats, float32 for whole numbers."""
    return None if is_float(dtype) else "float32"


class Activation(Layer):
    """A function of keras.activations. https://keras.io/api/layers/activation_layers/activation/

    Input and output have the same shape of any rank; `glu` halves the last axis.
    """

    dtypes = FLOATS
    activation: arg.Arg[str | None] = arg.Arg(ActivationKind(), doc="Its name.")


@rule(Activation)
def activation(cfg: Activation, inputs: Tensor) -> Inferred:
    dtype = pass_dtype(inputs.dtype)
    name = cfg.activation or "linear"
    if name != "linear":
        require_numbers(inputs)
    if name in _MAKE_FLOATS:
        dtype = float_dtype(inputs.dtype)
    elif name not in _KEEP_INTEGERS:
        require_floats(inputs)
    return Inferred({"output": Tensor(infer_activation(inputs.shape, cfg.activation), dtype)})


class ReLU(Layer):
    """max(x, 0), with an upper limit, a slope below and a threshold. https://keras.io/api/layers/activation_layers/relu/

    Input and output have the same shape of any rank. Above `threshold` x itself, at most `max_value`; below it
    negative_slope * (x - threshold).
    """

    max_value = arg.optional(arg.number(doc="Upper limit of the output.", low=0))
    negative_slope = arg.number(0.0, "Slope below the threshold.", low=0)
    threshold = arg.number(0.0, "Below this the output is zero, or scaled by the slope.", low=0)


@rule(ReLU)
def relu(cfg: ReLU, inputs: Tensor) -> Inferred:
    require_numbers(inputs)
    if inputs.dtype == "bool":
        require_floats(inputs)
    dtype = pass_dtype(inputs.dtype)
    if cfg.negative_slope != 0:
        if cfg.max_value is not None or cfg.threshold != 0:
            require_floats(inputs)
        dtype = float_dtype(inputs.dtype)
    return Inferred({"output": Tensor(inputs.shape, dtype)})


class LeakyReLU(Layer):
    """x above zero, negative_slope * x below. https://keras.io/api/layers/activation_layers/leaky_relu/

    Input and output have the same shape of any rank. Maas et al., 2013.
    """

    dtypes = FLOATS
    negative_slope = arg.number(0.3, "Slope below zero.", low=0)


@rule(LeakyReLU)
def leaky_relu(cfg: LeakyReLU, inputs: Tensor) -> Inferred:
    require_numbers(inputs)
    return Inferred({"output": Tensor(inputs.shape, float_dtype(inputs.dtype))})


class ELU(Layer):
    """x above zero, alpha * (exp(x) - 1) below. https://keras.io/api/layers/activation_layers/elu/

    Input and output have the same shape of any rank. Clevert et al., 2016, https://arxiv.org/abs/1511.07289
    """

    dtypes = FLOATS
    alpha = arg.number(1.0, "Below zero the output tends to minus this.")


@rule(ELU)
def elu(cfg: ELU, inputs: Tensor) -> Inferred:
    require_floats(inputs)
    return Inferred({"output": Tensor(inputs.shape)})


class PReLU(Layer):
    """x above zero, alpha * x below, with a learned alpha. https://keras.io/api/layers/activation_layers/prelu/

    Input and output (batch, ...); alpha has the shape of one sample, with 1 on the axes that share theirs.
    He et al., 2015, https://arxiv.org/abs/1502.01852
    """

    alpha_initializer = arg.initializer("zeros")
    alpha_regularizer = arg.regularizer()
    alpha_constraint = arg.constraint()
    shared_axes = arg.optional(arg.axes(doc="Axes, counted from the batch axis as 0, along which alpha is the same."))


@rule(PReLU)
def prelu(cfg: PReLU, inputs: Tensor) -> Inferred:
    require_floats(inputs)
    names = _AXES.get(inputs.shape.ndim, ("batch", ..., "features"))
    inputs.shape.axes(*names)
    alpha: list[Size] = list(inputs.shape[1:])
    shared = (cfg.shared_axes,) if isinstance(cfg.shared_axes, int) else cfg.shared_axes or ()
    for axis in shared:
        # Keras looks axis - 1 up in the shape of a sample, so that 0 is the last axis and -1 the last but one.
        if axis - 1 not in range(-len(alpha), len(alpha)):
            way_out = f"the axes of a sample are 1 to {len(alpha)}"
            raise ShapeError(
                f"there is no axis {axis} in {inputs.shape}", arg="shared_axes", code="SC205", help=way_out
            )
        alpha[axis - 1] = 1
    return Inferred({"output": Tensor(inputs.shape)}, weights=weights(alpha=tuple(alpha)))


class Softmax(Layer):
    """exp(x) over its sum along one axis or several. https://keras.io/api/layers/activation_layers/softmax/

    Input and output have the same shape of any rank; `mask`, true where a value counts, has to broadcast to it.
    """

    dtypes = FLOATS
    ports = ("inputs", "mask?")
    axis = arg.axes(-1, "Axis, or axes, along which the output sums to one.")


@rule(Softmax)
def softmax(cfg: Softmax, inputs: Tensor, mask: Tensor | None = None) -> Inferred:
    require_floats(inputs)
    shape = inputs.shape
    axes = (cfg.axis,) if isinstance(cfg.axis, int) else cfg.axis
    positions = [axis_from_front(axis, shape.ndim) for axis in axes]
    known = [position for position in positions if position is not None]
    if len(set(known)) != len(known):
        raise ShapeError(f"names an axis of {shape} twice", arg="axis", code="SC205", help="name each axis once")
    if not axes:
        raise ShapeError(
            "needs at least one axis",
            arg="axis",
            code="SC205",
            change=("axis", None),
            help="leave `axis` out for the last one",
        )
    for axis, position in zip(axes, positions, strict=True):
        if position is None:
            way_out = f"the axes are 0 to {shape.ndim - 1}, the batch axis first; -1 is the last"
            raise ShapeError(f"there is no axis {axis} in {shape}", arg="axis", code="SC205", help=way_out)
    if mask is not None:
        _fits(mask.shape, shape, f"the mask {mask.shape}", "mask")
    elif inputs.mask is not None:
        described = f"the mask {inputs.mask} that comes with the input"
        _fits(inputs.mask, shape, described, "inputs")
    return Inferred({"output": Tensor(shape, masked=(inputs.mask or False) if mask is None else mask.shape)})


def _fits(mask: Shape, shape: Shape, described: str, port: str) -> None:
    """Refuses a mask with more axes than the input, or with one that is neither 1 nor as long as the input's."""
    message = f"{described} does not broadcast to {shape}"
    way_out = "counted from the last, each of a mask's axes has to be 1 or as long as the input's"
    if mask.ndim != shape.ndim and not isinstance(shape[0], int) and mask[:1] == shape[:1]:
        way_out = (
            "it is laid over the last axes, its batch on another axis: drop the mask before it, or use `ops.softmax`"
        )
        raise ShapeError(message, input=port, help=way_out)
    if len(mask) not in range(len(shape) + 1):
        raise ShapeError(message, input=port, help=way_out)
    for size, wanted in zip(reversed(mask), reversed(shape), strict=False):
        if size != 1:
            require_same(wanted, size, message, input=port, help=way_out)
