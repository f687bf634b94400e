"""The words that arguments take: activations, dtypes; initializers, regularizers, constraints with what these take."""

from __future__ import annotations

_ACTIVATION_NAMES = """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh keras2_hard_sigmoid leaky_relu
    linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus
    sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink
"""
ACTIVATIONS: tuple[str, ...] = tuple(_ACTIVATION_NAMES.split())
KERAS2_HARD_SIGMOID = "keras2_hard_sigmoid"
"""What Keras 2 computed as `hard_sigmoid`, 0.2 x + 0.5 between 0 and 1; the slope of Keras 3 is a sixth."""

INITIALIZERS: dict[str, tuple[str, ...]] = {
    "zeros": (),
    "ones": (),
    "constant": ("value",),
    "identity": ("gain",),
    "orthogonal": ("gain", "seed"),
    "random_normal": ("mean", "stddev", "seed"),
    "random_uniform": ("minval", "maxval", "seed"),
    "truncated_normal": ("mean", "stddev", "seed"),
    "variance_scaling": ("scale", "mode", "distribution", "seed"),
    "glorot_uniform": ("seed",),
    "glorot_normal": ("seed",),
    "he_uniform": ("seed",),
    "he_normal": ("seed",),
    "lecun_uniform": ("seed",),
    "lecun_normal": ("seed",),
}
INITIALIZER_ALIASES = {
    "zero": "zeros",
    "one": "ones",
    "uniform": "random_uniform",
    "normal": "random_normal",
    "IdentityInitializer": "identity",
    "OrthogonalInitializer": "orthogonal",
}

REGULARIZERS: dict[str, tuple[str, ...]] = {
    "L1": ("l1",),
    "L2": ("l2",),
    "L1L2": ("l1", "l2"),
    "OrthogonalRegularizer": ("factor", "mode"),
}
CONSTRAINTS: dict[str, tuple[str, ...]] = {
    "MaxNorm": ("max_value", "axis"),
    "MinMaxNorm": ("min_value", "max_value", "rate", "axis"),
    "NonNeg": (),
    "UnitNorm": ("axis",),
}

INITIALIZER_FRIENDS = {
    "glorot": "glorot_uniform", "xavier": "glorot_uniform", "xavier_uniform": "glorot_uniform",
    "xavier_normal": "glorot_normal", "he": "he_normal", "kaiming": "he_normal", "kaiming_uniform": "he_uniform",
    "kaiming_normal": "he_normal", "lecun": "lecun_normal", "gaussian": "random_normal", "eye": "identity",
}  # fmt: skip
"""The names of initializers in other libraries, and short forms of them."""

FLOATS = ("float16", "bfloat16", "float32", "float64")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
NUMBERS = (*FLOATS, *INTEGERS)
DTYPES = (*NUMBERS, "bool", "string")
POLICIES = ("mixed_float16", "mixed_bfloat16")
DTYPE_FRIENDS = {
    "int": "int32", "integer": "int32", "long": "int64", "i32": "int32", "i64": "int64", "short": "int16",
    "float": "float32", "f32": "float32", "fp32": "float32", "single": "float32", "double": "float64",
    "f64": "float64", "fp64": "float64", "half": "float16", "f16": "float16", "fp16": "float16", "bf16": "bfloat16",
    "boolean": "bool", "byte": "uint8", "str": "string", "text": "string", "mixed": "mixed_float16",
}  # fmt: skip
"""The names of dtypes in other libraries, and short forms of them."""
