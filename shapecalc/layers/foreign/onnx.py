"""ONNX's operators and what a spec writes in their place, in the notation of `torch.py`."""

from __future__ import annotations

from shapecalc.layers.foreign.torch import LOSS, STEPS

LAYERS = """
Gemm(~alpha, ~beta, ~transA, ~transB) = Dense()
MatMul() = ops.matmul()
Conv(kernel_shape, strides, ~pads, ~auto_pad, dilations, group) = Conv2D(kernel_size=kernel_shape, strides=strides, \
dilation_rate=dilations, groups=group)
ConvTranspose(kernel_shape, strides, ~pads, ~auto_pad, dilations) = Conv2DTranspose(kernel_size=kernel_shape, \
strides=strides, dilation_rate=dilations)
MaxPool(kernel_shape, strides, ~pads, ~auto_pad) = MaxPooling2D(pool_size=kernel_shape, strides=strides)
AveragePool(kernel_shape, strides, ~pads, ~auto_pad) = AveragePooling2D(pool_size=kernel_shape, strides=strides)
GlobalAveragePool() = GlobalAveragePooling2D()
GlobalMaxPool() = GlobalMaxPooling2D()
InstanceNormalization(epsilon) = GroupNormalization(groups=-1, epsilon=epsilon)
GroupNormalization(epsilon, num_groups) = GroupNormalization(groups=num_groups, epsilon=epsilon)
LpNormalization(axis) = UnitNormalization(axis=axis)
Relu() = ReLU()
LeakyRelu(alpha) = LeakyReLU(negative_slope=alpha)
PRelu() = PReLU()
ThresholdedRelu(alpha) = ReLU(threshold=alpha)
Elu(alpha) = ELU(alpha=alpha)
Selu() = Activation(activation="selu")
Celu() = Activation(activation="celu")
Gelu() = Activation(activation="gelu")
Swish() = Activation(activation="swish")
Mish() = Activation(activation="mish")
HardSigmoid() = Activation(activation="hard_sigmoid")
HardSwish() = Activation(activation="hard_swish")
Softplus() = Activation(activation="softplus")
Softsign() = Activation(activation="softsign")
Shrink() = Activation(activation="hard_shrink")
Sigmoid() = Activation(activation="sigmoid")
Tanh() = Activation(activation="tanh")
LogSoftmax(axis) = ops.log_softmax(axis=axis)
Attention() = MultiHeadAttention()
Upsample(scales) = UpSampling2D(size=scales)
Concat(axis) = Concatenate(axis=axis)
Sum() = Add()
Mean() = Average()
Max() = Maximum()
Min() = Minimum()
Mul() = Multiply()
Sub() = Subtract()
Div() = ops.divide()
Mod() = ops.mod()
Pow() = ops.power()
Neg() = ops.negative()
Abs() = ops.abs()
Acos() = ops.arccos()
Acosh() = ops.arccosh()
Asin() = ops.arcsin()
Asinh() = ops.arcsinh()
Atan() = ops.arctan()
Atanh() = ops.arctanh()
Ceil() = ops.ceil()
Floor() = ops.floor()
Round() = ops.round()
Clip(min, max) = ops.clip(x_min=min, x_max=max)
Cos() = ops.cos()
Cosh() = ops.cosh()
Sin() = ops.sin()
Sinh() = ops.sinh()
Tan() = ops.tan()
Erf() = ops.erf()
Exp() = ops.exp()
Log() = ops.log()
Sqrt() = ops.sqrt()
Reciprocal() = ops.reciprocal()
Sign() = ops.sign()
IsInf() = ops.isinf()
IsNaN() = ops.isnan()
And() = ops.logical_and()
Or() = ops.logical_or()
Xor() = ops.logical_xor()
Not() = ops.logical_not()
Equal() = ops.equal()
Greater() = ops.greater()
GreaterOrEqual() = ops.greater_equal()
Less() = ops.less()
LessOrEqual() = ops.less_equal()
Where() = ops.where()
Cast(to) = ops.cast(dtype=to)
Einsum(equation) = ops.einsum(subscripts=equation)
ArgMax(axis, keepdims) = ops.argmax(axis=axis, keepdims=keepdims)
ArgMin(axis, keepdims) = ops.argmin(axis=axis, keepdims=keepdims)
ReduceMax(axes, keepdims) = ops.max(axis=axes, keepdims=keepdims)
ReduceMean(axes, keepdims) = ops.mean(axis=axes, keepdims=keepdims)
ReduceMin(axes, keepdims) = ops.min(axis=axes, keepdims=keepdims)
ReduceProd(axes, keepdims) = ops.prod(axis=axes, keepdims=keepdims)
ReduceSum(axes, keepdims) = ops.sum(axis=axes, keepdims=keepdims)
ReduceLogSumExp(axes, keepdims) = ops.logsumexp(axis=axes, keepdims=keepdims)
ReduceL1(axes, keepdims) = ops.norm(ord=1, axis=axes, keepdims=keepdims)
ReduceL2(axes, keepdims) = ops.norm(ord=2, axis=axes, keepdims=keepdims)
CumSum(axis) = ops.cumsum(axis=axis)
Expand(shape) = ops.broadcast_to(shape=shape)
Gather(axis) = ops.take(axis=axis)
GatherElements(axis) = ops.take_along_axis(axis=axis)
OneHot(depth, axis) = ops.one_hot(num_classes=depth, axis=axis)
Pad(pads) = ops.pad(pad_width=pads)
Slice() = ops.get_item()
Split(num_outputs, axis) = ops.split(indices_or_sections=num_outputs, axis=axis)
Squeeze(axes) = ops.squeeze(axis=axes)
Unsqueeze(axes) = ops.expand_dims(axis=axes)
Tile(repeats) = ops.tile(repeats=repeats)
TopK(k) = ops.top_k(k=k)
Transpose(perm) = ops.transpose(axes=perm)
Trilu() = ops.triu()
Range() = ops.arange()
Resize() = Resizing()
STFT() = STFTSpectrogram()
MelWeightMatrix() = MelSpectrogram()
TfIdfVectorizer() = TextVectorization()
"""

_CONTROL = "a spec has no control flow: `if` and `repeat` stand beside an entry, and are decided by arguments"

NO_LAYER = {
    "If Loop Scan SequenceMap": _CONTROL,
    "Constant ConstantOfShape RandomNormal RandomUniform RandomNormalLike RandomUniformLike Bernoulli Multinomial "
    "EyeLike": "a tensor that is not fed is `Weight: {shape: [...], initializer: ones, trainable: false}`",
    "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss": LOSS,
    "QuantizeLinear DequantizeLinear DynamicQuantizeLinear QLinearConv QLinearMatMul ConvInteger MatMulInteger "
    "QLinearAdd": "quantised operators are not part of a spec: write the layer they stand for",
    "DepthToSpace SpaceToDepth": "use `Reshape`, `Permute` and `Reshape`: there is no layer for it",
    "ReduceLogSum ReduceSumSquare MeanVarianceNormalization GlobalLpPool LpPool LRN": STEPS,
    "AffineGrid BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow CastLike CenterCropPad Col2Im "
    "Compress ConcatFromSequence DFT DeformConv Det GatherND GridSample HammingWindow HannWindow Hardmax ImageDecoder "
    "MaxRoiPool MaxUnpool NonMaxSuppression NonZero Optional OptionalGetElement OptionalHasElement RegexFullMatch "
    "ReverseSequence RoiAlign RotaryEmbedding Scatter ScatterElements ScatterND SequenceAt SequenceConstruct "
    "SequenceEmpty SequenceErase SequenceInsert SequenceLength Shape Size SplitToSequence StringConcat "
    "StringNormalizer StringSplit TensorScatter Unique": STEPS,
}
"""Operators without a counterpart in one layer, several to a way out."""
