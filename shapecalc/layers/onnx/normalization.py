"""Normalisation. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import broadcast_shapes, require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.onnx.base import Operator, give, give_many, index_by_name, place_axis, rule
from shapecalc.layers.values import Inferred, Tensor

_EPSILON = "Added to the variance."


class BatchNormalization(Operator):
    """Channels by their mean and variance in training. https://onnx.ai/onnx/operators/onnx__BatchNormalization.html"""

    type_name = "onnx.BatchNormalization"
    ports = ("X", "scale", "B", "input_mean", "input_var")
    statistics = ("input_mean", "input_var")
    epsilon = arg.number(1e-5, doc=_EPSILON)
    momentum = arg.number(0.9, doc="Weight of the past in the running means.")
    training_mode = arg.flag(doc="Give the running means as well.")


@rule(BatchNormalization)
def batch_normalization(
    cfg: BatchNormalization,
    X: Tensor,
    scale: Tensor,
    B: Tensor,
    input_mean: Tensor,
    input_var: Tensor,
) -> Inferred:
    if len(X.shape) > 1:
        for weight in (scale, B, input_mean, input_var):
            size = weight.shape[0] if weight.shape.ndim == 1 else 0
            message = f"has a weight for each of {X.shape[1]} channels, got {weight.shape}"
            require_same(size, X.shape[1], message, code="SC404")
    output = Tensor(X.shape, X.dtype, False)
    if not cfg.training_mode:
        return give_many(output)
    return give_many(
        output, Tensor(input_mean.shape, input_mean.dtype, False), Tensor(input_var.shape, input_var.dtype, False)
    )


class LayerNormalization(Operator):
    """Numbers by the mean and variance from one axis on. https://onnx.ai/onnx/operators/onnx__LayerNormalization.html"""

    type_name = "onnx.LayerNormalization"
    ports = ("X", "Scale", "B?")
    axis = arg.axis(-1, doc="The first of the axes.")
    epsilon = arg.number(1e-5, doc=_EPSILON)
    stash_type = arg.count(1, doc="Number of the dtype in which means are computed.")


@rule(LayerNormalization)
def layer_normalization(cfg: LayerNormalization, X: Tensor, Scale: Tensor, B: Tensor | None = None) -> Inferred:
    axis = place_axis(cfg.axis, X.shape.ndim)
    broadcast_shapes(X.shape, Scale.shape)
    means = Tensor((X.shape[:axis] + tuple(1 for _ in X.shape[axis:])), "float32", False)
    return give_many(Tensor(X.shape, X.dtype, False), means, means)


class RMSNormalization(Operator):
    """Numbers by their root mean square. https://onnx.ai/onnx/operators/onnx__RMSNormalization.html"""

    type_name = "onnx.RMSNormalization"
    ports = ("X", "scale")
    axis = arg.axis(-1, doc="The first of the axes.")
    epsilon = arg.number(1e-5, doc=_EPSILON)
    stash_type = arg.count(1, doc="Number of the dtype in which means are computed.")


@rule(RMSNormalization)
def rms_normalization(cfg: RMSNormalization, X: Tensor, scale: Tensor) -> Inferred:
    place_axis(cfg.axis, X.shape.ndim)
    broadcast_shapes(X.shape, scale.shape)
    return give(X.shape, X.dtype)


class InstanceNormalization(Operator):
    """Channels of each sample by their own mean. https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html"""

    type_name = "onnx.InstanceNormalization"
    ports = ("input", "scale", "B")
    epsilon = arg.number(1e-5, doc=_EPSILON)


@rule(InstanceNormalization)
def instance_normalization(cfg: InstanceNormalization, input: Tensor, scale: Tensor, B: Tensor) -> Inferred:
    return _scale_channels(input, scale, B)


class GroupNormalization(Operator):
    """Groups of channels by their own mean. https://onnx.ai/onnx/operators/onnx__GroupNormalization.html"""

    type_name = "onnx.GroupNormalization"
    ports = ("X", "scale", "bias")
    epsilon = arg.number(1e-5, doc=_EPSILON)
    num_groups = arg.count(doc="Groups of channels.")
    stash_type = arg.count(1, doc="Number of the dtype in which means are computed.")


@rule(GroupNormalization)
def group_normalization(cfg: GroupNormalization, X: Tensor, scale: Tensor, bias: Tensor) -> Inferred:
    return give(X.shape, X.dtype)


def _scale_channels(x: Tensor, scale: Tensor, bias: Tensor) -> Inferred:
    if len(x.shape) < 2:
        raise ShapeError(f"needs (batch, channels, ...), got {x.shape}", code="SC411")
    for weight in (scale, bias):
        message = f"has a weight for each of {x.shape[1]} channels, got {weight.shape}"
        require_same(weight.shape[0] if weight.shape.ndim == 1 else 0, x.shape[1], message, code="SC404")
    return give(x.shape, x.dtype)


class MeanVarianceNormalization(Operator):
    """Numbers by mean and variance along axes. https://onnx.ai/onnx/operators/onnx__MeanVarianceNormalization.html"""

    type_name = "onnx.MeanVarianceNormalization"
    ports = ("X",)
    axes = arg.axes((0, 2, 3), doc="The axes.")


@rule(MeanVarianceNormalization)
def mean_variance_normalization(cfg: MeanVarianceNormalization, X: Tensor) -> Inferred:
    return give(X.shape, X.dtype)


class LRN(Operator):
    """Numbers by those of neighbouring channels. https://onnx.ai/onnx/operators/onnx__LRN.html"""

    type_name = "onnx.LRN"
    ports = ("X",)
    alpha = arg.number(0.0001, doc="Scale.")
    beta = arg.number(0.75, doc="Exponent.")
    bias = arg.number(1.0, doc="Added to the sum.")
    size = arg.count(doc="How many channels.")


@rule(LRN)
def lrn(cfg: LRN, X: Tensor) -> Inferred:
    return give(X.shape, X.dtype)


TYPES = index_by_name(
    BatchNormalization, LayerNormalization, RMSNormalization, InstanceNormalization, GroupNormalization,
    MeanVarianceNormalization, LRN,
)  # fmt: skip
