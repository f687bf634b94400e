"""Configs of layers as Keras 2 wrote them, made into what Keras 3 writes: what says no more is left out."""

from __future__ import annotations

from typing import Any, TypeAlias

from shapecalc.formats.flat_model import refusal
from shapecalc.layers.arguments.names import INITIALIZER_ALIASES, INITIALIZERS, KERAS2_HARD_SIGMOID
from shapecalc.layers.catalogue import canonical, find
from shapecalc.layers.class_names import snake_case

Config: TypeAlias = dict[str, Any]

_TYPES = {
    "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization", "CuDNNGRU": "GRU", "CuDNNLSTM": "LSTM", "ThresholdedReLU": "ReLU",
}  # fmt: skip
"""Types that Keras 3 has under another name."""

_RENAMED = {
    ("LeakyReLU", "alpha"): "negative_slope",
    ("ThresholdedReLU", "theta"): "threshold",
    ("CategoryEncoding", "max_tokens"): "num_tokens",
    ("IntegerLookup", "max_values"): "max_tokens",
    ("IntegerLookup", "mask_value"): "mask_token",
    ("IntegerLookup", "oov_value"): "oov_token",
}
"""Arguments that Keras 3 has under another name."""

_OF_KERAS1 = {"border_mode", "init", "nb_filter"}
"""Arguments of Keras 1, one of which each layer with weights has."""

_UNUSED = {
    "batch_input_shape", "implementation", "input_length", "key_shape", "query_shape", "rng_type", "value_shape",
}  # fmt: skip
"""What says how a layer is computed, or what it is fed, and changes no number."""

_HARMLESS: dict[str, tuple[Any, ...]] = {
    "causal": (False,), "fused": (True, False, None), "groups": (1,), "ragged": (False,), "sparse": (False,),
    "softmax_robust_masking": (False,), "time_major": (False,), "virtual_batch_size": (None,),
}  # fmt: skip
"""Arguments that Keras 3 has not, or not of every type, with the values that change nothing."""

_FED = ("dtype", "string")
"""Of what a layer is fed that is called with text, and not of what it makes."""

_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}
_SEPARABLE = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")


def modern_config(class_name: str, config: Config, subject: str) -> tuple[str, Config]:
    """The type and the config of a layer in Keras 3. Raises Fault for what Keras 3 does not compute."""
    if _OF_KERAS1 & config.keys():
        help = "load it with Keras 2, and save it again"
        raise refusal("Keras 1 wrote it, whose layers have other arguments", subject, help)
    type_name = _TYPES.get(class_name, canonical(class_name))
    layer_type = find(type_name)
    known = {} if layer_type is None else layer_type.args
    if config.get("time_major"):
        help = "exchange the first two axes before and after it, in Keras, and set `time_major=False`"
        raise refusal(f"{class_name} with `time_major` is fed the time axis first, which Keras 3 cannot", subject, help)
    modern: Config = {}
    for name, value in config.items():
        new = _RENAMED.get((class_name, name), name)
        if name in _UNUSED or (name, value) == _FED or (new not in known and value in _HARMLESS.get(name, ())):
            continue
        modern[new] = _modern_value(new, value)
    return type_name, _of_type(class_name, modern)


def _modern_value(name: str, value: Any) -> Any:
    """A value that Keras 3 has under another name, or in another form."""
    if value == "hard_sigmoid" and name in ("activation", "recurrent_activation"):
        return KERAS2_HARD_SIGMOID
    if name == "output_mode" and isinstance(value, str):
        return _MODES.get(value, value)
    if name == "dtype" and isinstance(value, dict) and isinstance(value.get("config"), dict):
        return value["config"].get("name")
    return value


def _of_type(class_name: str, config: Config) -> Config:
    """A config with what is special to its type."""
    axis = config.get("axis")
    if "Normalization" in class_name and isinstance(axis, list) and len(axis) == 1:
        return {**config, "axis": axis[0]}
    if class_name in ("CuDNNGRU", "GRU", "GRUCell"):  # before the argument was there, it was false
        return {"reset_after": class_name == "CuDNNGRU", **config}
    if class_name.startswith("Separable"):  # they repeat what they never use
        return {name: value for name, value in config.items() if name not in _SEPARABLE}
    if class_name == "Discretization" and "bins" in config:
        bins = config.pop("bins")
        return {**config, "bin_boundaries" if isinstance(bins, list) else "num_bins": bins}
    return config


def modern_initializer(class_name: str, config: Config) -> Config:
    """The config of an initializer in Keras 3: only what it takes, by its present names."""
    takes = INITIALIZERS.get(snake_case(INITIALIZER_ALIASES.get(class_name, class_name)))
    if takes is None:
        return config
    if config.get("distribution") == "normal":
        config = {**config, "distribution": "truncated_normal"}
    return {name: value for name, value in config.items() if name in takes}
