"""Which family each layer type belongs to: the index that lets a spec import only the families it names."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from shapecalc.layers.base import Layer
from shapecalc.layers.class_names import snake_case
from shapecalc.layers.ops import index as ops

_FAMILIES = {
    "core": "Dense EinsumDense Embedding ReversibleEmbedding Identity Masking InputLayer Weight Lambda",
    "activations": "Activation ReLU LeakyReLU PReLU ELU Softmax",
    "convolution": (
        "Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D DepthwiseConv2D "
        "SeparableConv1D SeparableConv2D"
    ),
    "pooling": (
        "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D "
        "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D "
        "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D "
        "AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D "
        "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D"
    ),
    "recurrent": "LSTM GRU SimpleRNN RNN LSTMCell GRUCell SimpleRNNCell StackedRNNCells",
    "conv_recurrent": "ConvLSTM1D ConvLSTM2D ConvLSTM3D",
    "wrappers": "TimeDistributed TimeDistributedDense Bidirectional SpectralNormalization Pipeline",
    "attention": "MultiHeadAttention GroupQueryAttention Attention AdditiveAttention",
    "normalization": (
        "BatchNormalization LayerNormalization GroupNormalization UnitNormalization RMSNormalization"
    ),
    "reshaping": (
        "Reshape Flatten Permute RepeatVector Cropping1D Cropping2D Cropping3D ZeroPadding1D ZeroPadding2D "
        "ZeroPadding3D UpSampling1D UpSampling2D UpSampling3D"
    ),
    "merging": "Add Subtract Multiply Average Maximum Minimum Concatenate Dot",
    "regularization": (
        "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout GaussianNoise AlphaDropout "
        "ActivityRegularization"
    ),
    "preprocessing": (
        "Rescaling Normalization Discretization CategoryEncoding Hashing HashedCrossing IntegerLookup StringLookup "
        "TextVectorization"
    ),
    "image": "Resizing CenterCrop AutoContrast ContrastLimitedAdaptiveHistogramEqualization",
    "augmentation": (
        "RandomFlip RandomRotation RandomZoom RandomTranslation RandomShear RandomElasticTransform RandomPerspective "
        "RandomCrop RandomErasing RandomGaussianBlur RandomSharpness RandomBrightness RandomContrast "
        "RandomColorDegeneration RandomSaturation RandomHue RandomInvert RandomPosterization RandomGrayscale "
        "RandomColorJitter Solarization Equalization MaxNumBoundingBoxes MixUp CutMix RandAugment AugMix"
    ),
    "audio": "STFTSpectrogram MelSpectrogram",
}  # fmt: skip

CATALOGUE: dict[str, str] = {name: family for family, names in _FAMILIES.items() for name in names.split()}
CATALOGUE |= ops.NAMES
"""Layer type to the module it stands in, in the order of the families; operations come last."""

_OTHER_NAMES = {
    "Convolution#D": "Conv#D", "Convolution#DTranspose": "Conv#DTranspose", "SeparableConvolution#D": "SeparableConv#D",
    "MaxPool#D": "MaxPooling#D", "AvgPool#D": "AveragePooling#D", "GlobalMaxPool#D": "GlobalMaxPooling#D",
    "GlobalAvgPool#D": "GlobalAveragePooling#D",
}  # fmt: skip

ALIASES: dict[str, str] = {
    alias.replace("#", rank): name.replace("#", rank)
    for alias, name in _OTHER_NAMES.items()
    for rank in "123"
    if name.replace("#", rank) in CATALOGUE
}
"""The other names under which keras.layers exports a type, each with the name of its class."""

FAMILIES: tuple[str, ...] = (*_FAMILIES, "ops")


def canonical(type_name: str) -> str:
    """The name of the class that Keras exports under this name too: `MaxPooling2D` of `MaxPool2D`; else the same."""
    return ALIASES.get(type_name, type_name)


def automatic_name(type_name: str) -> str:
    """The name that Keras gives a layer of this type, or of a block of this name, if it has none of its own."""
    return snake_case(canonical(type_name))


def family_of(type_name: str) -> str:
    """The family of a layer type; the operations are one, though they fill several modules, and ONNX's operators."""
    if type_name.startswith("onnx."):
        return "onnx"
    return "ops" if type_name in ops.NAMES else CATALOGUE[type_name]


@cache
def find(type_name: str) -> type[Layer] | None:
    """The class of a layer type, importing its family; None where no type has that name."""
    if type_name in ALIASES:
        return find(ALIASES[type_name])
    name = CATALOGUE.get(type_name)
    if name is None:
        return _find_operator(type_name) if type_name.startswith("onnx.") else None
    if type_name in ops.NAMES:
        return ops.find(type_name)
    layer_type: type[Layer] = getattr(import_module(f"shapecalc.layers.{name}"), type_name)
    return layer_type


def _find_operator(type_name: str) -> type[Layer] | None:
    """The class of an operator of ONNX."""
    from shapecalc.layers.onnx import index

    return index.find(type_name)
