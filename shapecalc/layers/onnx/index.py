"""The index of ONNX's operators: which module holds `onnx.NAME`.

A file with a few operators imports only the modules they stand in.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapecalc.layers.onnx.base import Operator

_MODULES = {
    "elementwise": (
        "Abs Acos Acosh Add And Asin Asinh Atan Atanh BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast "
        "CastLike Ceil Celu Clip Cos Cosh Div Dropout Elu Equal Erf Exp Floor Gelu Greater GreaterOrEqual "
        "HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Less LessOrEqual Log Max Mean Min Mish Mod Mul Neg "
        "Not Or PRelu Pow Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Sub Sum "
        "SwiGLU Swish Tan Tanh ThresholdedRelu Where Xor"
    ),
    "shape": (
        "ConstantOfShape DepthToSpace Expand Flatten Range Reshape Shape Size SpaceToDepth Squeeze Tile Transpose "
        "Unsqueeze"
    ),
    "parts": "Concat Gather GatherElements GatherND Initializer NonZero OneHot Pad Slice Split Trilu",
    "windows": (
        "AveragePool Col2Im Conv ConvInteger ConvTranspose DeformConv GlobalAveragePool GlobalLpPool GlobalMaxPool "
        "LpPool MaxPool MaxUnpool QLinearConv"
    ),
    "linear": "Det Gemm MatMul MatMulInteger QLinearMatMul",
    "reduce": (
        "ArgMax ArgMin CumProd CumSum Hardmax LogSoftmax LpNormalization ReduceL1 ReduceL2 ReduceLogSum "
        "ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Softmax TopK"
    ),
    "normalization": (
        "BatchNormalization GroupNormalization InstanceNormalization LRN LayerNormalization "
        "MeanVarianceNormalization RMSNormalization"
    ),
    "recurrent": "GRU LSTM RNN",
    "attention": "Attention CausalConvWithState FlexAttention LinearAttention RotaryEmbedding",
    "signal": "DFT ImageDecoder MelWeightMatrix STFT",
    "text": "RegexFullMatch StringConcat StringNormalizer StringSplit TfIdfVectorizer",
    "control": "If Loop Scan",
    "image": "AffineGrid CenterCropPad GridSample MaxRoiPool NonMaxSuppression Resize RoiAlign Upsample",
    "quantization": "DequantizeLinear DynamicQuantizeLinear QuantizeLinear",
    "entries": (
        "Bernoulli BitCast BlackmanWindow Compress Einsum EyeLike HammingWindow HannWindow Multinomial "
        "NegativeLogLikelihoodLoss RandomNormal RandomNormalLike RandomUniform RandomUniformLike ReverseSequence "
        "Scatter ScatterElements ScatterND SoftmaxCrossEntropyLoss TensorScatter Unique"
    ),
}

NAMES: dict[str, str] = {f"onnx.{name}": module for module, names in _MODULES.items() for name in names.split()}
"""The name of an operator in a spec, to its module."""


def find(type_name: str) -> type[Operator] | None:
    """The class of `onnx.NAME`, importing its module; None where no such operator is known."""
    module = NAMES.get(type_name)
    if module is None:
        return None
    operator: type[Operator] = import_module(f"shapecalc.layers.onnx.{module}").TYPES[type_name]
    return operator
