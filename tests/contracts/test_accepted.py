"""Each argument takes the values that Keras 3.15.1's takes, and no others; where they differ, it says why."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from shapecalc.layers.catalogue import CATALOGUE, find
from tests.contracts.accepted import RECORDED, accepts, knows, probes, refusal_text
from tests.contracts.signatures import OF_KERAS_1, OURS

TYPES = sorted(RECORDED)

OURS_ALONE: dict[str, tuple[str, str]] = {
    "activity_regularizer": (
        "Keras refuses the orthogonal one by the rank of what is put out, in training",
        "Dense",
    ),
    "bias_initializer": (
        "Keras refuses these by the rank of the weight, when it is made",
        "Dense",
    ),
    "data_format": (
        "TensorFlow has no such convolution on a processor",
        ("Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3DTranspose ConvLSTM1D ConvLSTM2D"),
    ),
    "dilation_rate": (
        "TensorFlow has no such convolution on a processor",
        "Conv1DTranspose Conv2DTranspose Conv3DTranspose",
    ),
    "strides": (
        "TensorFlow has no such depthwise convolution on a processor",
        "DepthwiseConv2D SeparableConv2D",
    ),
    "flash_attention": (
        "how Keras computes, which its backend may lack; the numbers are the same",
        "GroupQueryAttention MultiHeadAttention",
    ),
    "use_cudnn": (
        "how Keras computes, which its backend may lack; the numbers are the same",
        "GRU LSTM",
    ),
    "input_dim": (
        "refused for the ids that were looked up",
        "Embedding",
    ),
    "num_oov_indices": (
        "refused for the texts and numbers that were looked up",
        "IntegerLookup StringLookup",
    ),
    "tile_grid_size": (
        "refused for the image, which is smaller than a tile",
        "ContrastLimitedAdaptiveHistogramEqualization",
    ),
    "vocabulary": (
        "sizes are known without one; `run` says that it is not there",
        "IntegerLookup StringLookup TextVectorization",
    ),
    "ngrams": (
        "a list stands for Python's tuple",
        "TextVectorization",
    ),
}
"""Arguments of which ours takes values that Keras, on TensorFlow and a processor, refused for something else: why, and
of which types."""

KERAS_ALONE: dict[str, tuple[str, str]] = {
    "dropout": (
        "a fraction outside 0 to 1, which Keras takes for the nearest or does not look at in inference",
        (
            "AdditiveAttention Attention ConvLSTM1D ConvLSTM2D ConvLSTM3D GRU GRUCell LSTM LSTMCell "
            "SimpleRNN SimpleRNNCell"
        ),
    ),
    "recurrent_dropout": (
        "a fraction outside 0 to 1, which Keras takes for the nearest or does not look at in inference",
        ("ConvLSTM1D ConvLSTM2D ConvLSTM3D GRU GRUCell LSTM LSTMCell SimpleRNN SimpleRNNCell"),
    ),
    "seed": (
        "text, lists and fractions that Keras does not look at in inference",
        ("AdditiveAttention Attention GroupQueryAttention MultiHeadAttention"),
    ),
    "alpha": (
        "a weight below 0, which Keras does not look at in inference",
        "AugMix MixUp",
    ),
    "num_chains": (
        "no chains, which Keras does not look at in inference",
        "AugMix",
    ),
    "chain_depth": (
        "no chains, which Keras does not look at in inference",
        "AugMix",
    ),
    "num_ops": (
        "fewer than none",
        "RandAugment",
    ),
    "bins": (
        "no bins, which Keras does not look at in inference",
        "Equalization",
    ),
    "max_number": (
        "no boxes, which Keras does not look at without boxes",
        "MaxNumBoundingBoxes",
    ),
    "fill_value": (
        "null, which Keras does not look at in inference",
        (
            "MaxNumBoundingBoxes RandomElasticTransform RandomPerspective RandomRotation RandomShear "
            "RandomTranslation RandomZoom Resizing"
        ),
    ),
    "factor": (
        "ranges of which Keras does not look at the larger end",
        (
            "CutMix RandomBrightness RandomColorDegeneration RandomContrast RandomElasticTransform "
            "RandomErasing RandomGaussianBlur RandomHue RandomInvert RandomPerspective RandomPosterization "
            "RandomRotation RandomSaturation RandomSharpness"
        ),
    ),
    "brightness_factor": (
        "ranges of which Keras does not look at the larger end",
        "RandomColorJitter",
    ),
    "contrast_factor": (
        "ranges of which Keras does not look at the larger end",
        "RandomColorJitter",
    ),
    "saturation_factor": (
        "ranges of which Keras does not look at the larger end",
        "RandomColorJitter",
    ),
    "hue_factor": (
        "ranges of which Keras does not look at the larger end",
        "RandomColorJitter",
    ),
    "scale": (
        "ranges of which Keras does not look at the larger end",
        "RandomElasticTransform RandomErasing",
    ),
    "sigma": (
        "ranges of which Keras does not look at the larger end",
        "RandomGaussianBlur",
    ),
    "value_range": (
        "what is no range, which Keras does not look at in inference",
        (
            "RandomColorJitter RandomContrast RandomElasticTransform RandomErasing RandomGaussianBlur "
            "RandomHue RandomInvert"
        ),
    ),
    "mode": (
        "words that are none, which Keras does not look at in inference",
        "RandomFlip",
    ),
    "encoding": (
        "texts of a spec are UTF-8",
        "StringLookup TextVectorization",
    ),
    "height": (
        "pieces of no height or below it, of which Keras makes nothing",
        "CenterCrop RandomCrop",
    ),
    "width": (
        "pieces of no height or below it, of which Keras makes nothing",
        "CenterCrop RandomCrop",
    ),
    "output_shape": (
        "sizes of 0, or other sizes than those of the kernel that is made",
        "EinsumDense MultiHeadAttention",
    ),
    "output_sequence_length": (
        "an axis of no entries",
        "TextVectorization",
    ),
    "num_bins": (
        "fractions, or no bins, which Keras hashes into all the same",
        "HashedCrossing Hashing",
    ),
    "noise_shape": (
        "sizes of 0 and below, which Keras does not look at in inference",
        "AlphaDropout",
    ),
    "attention_axes": (
        "the batch axis, or an axis twice",
        "MultiHeadAttention",
    ),
    "axis": (
        "null, the batch axis, fractions or an axis twice, which no kernel is for in another backend",
        "BatchNormalization GroupNormalization Normalization Softmax",
    ),
    "pool_size": (
        "a fraction that is whole, or a window larger than the input, refused before Keras runs it",
        "AveragePooling2D MaxPooling2D",
    ),
    "frame_step": (
        "a fraction",
        "STFTSpectrogram",
    ),
    "power_iterations": (
        "a fraction, which Keras does not look at in inference",
        "SpectralNormalization",
    ),
    "sequence_length": (
        "0 for none",
        "MelSpectrogram",
    ),
    "lora_rank": (
        "0 for none",
        ("Conv1D Conv2D Conv3D Dense EinsumDense Embedding ReversibleEmbedding"),
    ),
    "sampling_rate": (
        "a rate below 0",
        "MelSpectrogram",
    ),
    "epsilon": (
        "null, which Keras fails on in training or does not look at",
        "Discretization LayerNormalization RMSNormalization",
    ),
    "l1": (
        "null for 0",
        "ActivityRegularization",
    ),
    "l2": (
        "null for 0",
        "ActivityRegularization",
    ),
    "renorm_momentum": (
        "null, which Keras does not look at in inference",
        "BatchNormalization",
    ),
    "output_mode": (
        "`one_hot` of a text, which Keras's documentation does not name",
        "TextVectorization",
    ),
    "kernel_regularizer": (
        "`regularizer` and `constraint`, which are the classes that the others derive from",
        "Dense",
    ),
    "bias_regularizer": (
        "`regularizer` and `constraint`, which are the classes that the others derive from",
        "Dense",
    ),
    "kernel_constraint": (
        "`regularizer` and `constraint`, which are the classes that the others derive from",
        "Dense",
    ),
    "bias_constraint": (
        "`regularizer` and `constraint`, which are the classes that the others derive from",
        "Dense",
    ),
    "reverse_dtype": (
        "`int`, which is int32",
        "ReversibleEmbedding",
    ),
}
"""Arguments of which Keras takes values that ours refuses: what has no meaning, or is said another way; and of which
types."""

OPERATIONS_ALONE = {
    "ops.get_item": {"key": "one number, or none, which Keras asks for in a tuple"},
    "ops.log_softmax": {"axis": "a list with a negative axis, which Keras permutes wrongly"},
    "ops.softmax": {"axis": "a list with a negative axis, which Keras permutes wrongly"},
    "ops.normalize": {"epsilon": "0, by which Keras divides when nothing is to be divided"},
    "ops.roll": {
        "shift": "a list of one beside one number, of which TensorFlow wants two of a kind",
        "axis": "a list of one beside one number, of which TensorFlow wants two of a kind",
    },
    "ops.split": {"indices_or_sections": "no place to cut at, which leaves one piece in NumPy and fails in TensorFlow"},
    "ops.take": {"axis": "refused for the indices, which lie beyond that axis"},
    "ops.take_along_axis": {"axis": "refused for the indices, which lie beyond that axis"},
}
"""Functions of which ours takes values that Keras, on TensorFlow, refuses: which argument, and why."""

OF_KERAS_ALONE = {
    "ops.arange": {"step": "a fraction: how many numbers there are is a size"},
    "ops.argsort": {"axis": "null, which flattens: `ops.reshape` says so; and fractions, which are cut off"},
    "ops.sort": {"axis": "null, which flattens: `ops.reshape` says so; and fractions, which are cut off"},
    "ops.expand_dims": {"axis": "an axis twice"},
    "ops.moveaxis": {"destination": "an axis twice"},
    "ops.squeeze": {"axis": "an axis twice"},
    "ops.roll": {"axis": "an axis twice"},
    "ops.norm": {"ord": "a list of one, for the number"},
    "ops.image.resize": {"fill_value": "null, which is not looked at where nothing is padded"},
    "ops.leaky_relu": {"negative_slope": "null for the default"},
    "ops.normalize": {"axis": "null, which is all axes: a list says them"},
    "ops.one_hot": {"num_classes": "no classes", "axis": "null for -1, and fractions, which are cut off"},
    "ops.round": {"decimals": "fractions, which are cut off"},
    "ops.stack": {"axis": "fractions, which are cut off"},
    "ops.top_k": {"k": "no values"},
    "ops.unstack": {"num": "0 and fractions, which are not looked at where the size is known"},
}
"""Functions of which Keras takes values that ours refuses: which argument, and what has no meaning there, or another
form."""

FREE = {"DataKind", "TextKind", "KeyKind", "ConstantKind"}
"""Kinds that the type's own rule judges: of these only what ours takes and Keras refuses is compared."""
NUMBERS = {"NumberKind", "CountKind", "SizeKind"}
WORDS = {"ChoiceKind", "ActivationKind", "InitializerKind", "NamedKind", "MergeKind", "DtypeKind"}


def kind_of(type_name: str, argument: str) -> Any:
    layer_type = find(type_name)
    assert layer_type is not None
    kind = layer_type.args[argument].kind
    return getattr(kind, "kind", kind)


def is_text_of_a_number(value: Any) -> bool:
    """A number in quotes is one wherever a number is wanted, as what expressions give."""
    return value in ("2", "0.5", ["2"])


def is_meant(type_name: str, argument: str, value: Any) -> bool:
    """Whether a value is of the kind that the argument is for: a truth value is no number, and a word no list."""
    kind = type(kind_of(type_name, argument)).__name__
    if kind == "FlagKind" or kind in FREE or any(value is truth for truth in (True, False)):
        return False
    if kind in NUMBERS:
        return value is None or type(value) in (int, float)
    if kind in WORDS:
        return value is None or (isinstance(value, str) and value not in ("", "nonsense") and not value[:1].isdigit())
    return value is None or type(value) is int or (isinstance(value, list) and all(type(item) is int for item in value))


@cache
def differences(type_name: str) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """What Keras takes and ours refuses, and the other way round, by argument."""
    keras: dict[str, list[Any]] = defaultdict(list)
    ours: dict[str, list[Any]] = defaultdict(list)
    for argument, value, accepted in probes(type_name):
        if not knows(type_name, argument):
            continue
        if accepts(type_name, argument, value) == accepted or is_text_of_a_number(value):
            continue
        if not accepted:
            ours[argument].append(value)
        elif is_meant(type_name, argument, value):
            keras[argument].append(value)
    return keras, ours


def excused(table: dict[str, tuple[str, str]], operations: dict[str, dict[str, str]], type_name: str) -> set[str]:
    """The arguments of a type that a table has a reason for."""
    return {argument for argument, (_, types) in table.items() if type_name in types.split()} | {
        *operations.get(type_name, ())
    }


@pytest.mark.parametrize("type_name", TYPES)
def test_nothing_is_taken_that_keras_refuses(type_name: str) -> None:
    ours = differences(type_name)[1]
    assert set(ours) == excused(OURS_ALONE, OPERATIONS_ALONE, type_name), ours


@pytest.mark.parametrize("type_name", TYPES)
def test_what_keras_takes_is_taken(type_name: str) -> None:
    """But for null as an initializer, which is glorot_uniform in Keras, even of a bias, as none of its pages says."""
    keras = differences(type_name)[0]
    found = {name for name, values in keras.items() if not (name.endswith("initializer") and values == [None])}
    assert found == excused(KERAS_ALONE, OF_KERAS_ALONE, type_name), keras


@pytest.mark.parametrize("type_name", TYPES)
def test_no_argument_is_unknown_that_keras_takes(type_name: str) -> None:
    unknown = {name for name, _, accepted in probes(type_name) if accepted and not knows(type_name, name)}
    assert unknown <= {"score_mode", "factor"}


@pytest.mark.parametrize("type_name", TYPES)
def test_messages_show_values_as_yaml_has_them(type_name: str) -> None:
    for argument, value, _ in probes(type_name):
        if knows(type_name, argument) and not isinstance(value, str):
            text = refusal_text(type_name, argument, value)
            assert not re.search(r"\b(None|True|False)\b|Fraction", text), (argument, value, text)


def test_every_type_with_a_golden_case_was_recorded() -> None:
    without_cases = {*OURS, OF_KERAS_1, "InputLayer", "Lambda"}
    assert set(CATALOGUE) - without_cases == set(TYPES)
