"""Preprocessing that is arithmetic: scaled, counted and looked up numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.formats.onnx.writing.base import Array, NoForm, Value, WeightView, number, number_type, numbers, writer
from shapecalc.formats.onnx.writing.core import any_of
from shapecalc.formats.onnx.writing.ops.shape import positions

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.preprocessing import CategoryEncoding, Discretization, Normalization, Rescaling

_EPSILON = 1e-7
_NOWHERE = np.iinfo(np.int64).max
"""The number of an entry that counts nowhere."""
_MOST_ENTRIES = 1 << 16
"""Entries of a vocabulary: each value is compared with all of them."""


@writer("Rescaling")
def rescaling(nodes: Nodes, cfg: Rescaling, weight: WeightView, inputs: Value) -> Value:
    x = nodes.cast(inputs, cfg.compute_dtype)
    scaled = nodes.op("Mul", x, nodes.constant(cfg.scale, x.dtype))
    return nodes.op("Add", scaled, nodes.constant(cfg.offset, x.dtype))


@writer("Normalization")
def normalization(nodes: Nodes, cfg: Normalization, weight: WeightView, inputs: Value) -> Value:
    x = nodes.cast(inputs, cfg.compute_dtype)
    axes = () if cfg.axis is None else np.atleast_1d(cfg.axis).tolist()
    kept = sorted(int(axis) % x.ndim for axis in axes)
    if cfg.mean is None:
        sizes = numbers(tuple(x.shape[axis] for axis in kept), "the shape of its mean")
        mean, variance = weight("mean", sizes, "zeros"), weight("variance", sizes, "ones")
    else:
        mean, variance = np.asarray(cfg.mean, np.float32), np.asarray(cfg.variance, np.float32)
    shape = [1] * x.ndim
    for axis, size in zip(reversed(kept), reversed(mean.shape), strict=False):
        shape[axis] = size
    kind = number_type(x.dtype)
    deviation = np.maximum(np.sqrt(variance.astype(kind)), kind.type(_EPSILON))
    middle = nodes.weight(weight, "mean", mean.reshape(shape).astype(kind))
    held = nodes.weight(weight, "deviation", deviation.reshape(shape))
    if cfg.invert:
        return nodes.op("Add", nodes.op("Mul", x, held), middle)
    return nodes.op("Div", nodes.op("Sub", x, middle), held)


def encode(nodes: Nodes, x: Value, mode: str, depth: int, dtype: str, weights: Value | None = None) -> Value:
    """Categories in an output mode; numbers outside 0 to depth - 1 are not counted."""
    if mode == "int":
        return nodes.cast(x, dtype)
    if mode == "one_hot" and x.ndim > 1 and x.shape[-1] == 1:
        x = nodes.squeeze(x, x.ndim - 1)
    classes = nodes.array("constant", positions(depth))
    hot = nodes.op("Equal", nodes.unsqueeze(nodes.cast(x, "int64"), x.ndim), classes)
    if mode == "one_hot":
        return nodes.cast(hot, dtype)
    if mode in ("multi_hot", "binary"):
        return nodes.cast(any_of(nodes, hot, [1]), dtype)
    counted = nodes.cast(hot, "float32")
    if weights is not None:
        counted = nodes.op("Mul", counted, nodes.unsqueeze(nodes.cast(weights, "float32"), weights.ndim))
    return nodes.cast(nodes.reduce("ReduceSum", counted, [1]), dtype)


@writer("Discretization")
def discretization(nodes: Nodes, cfg: Discretization, weight: WeightView, inputs: Value) -> Value:
    """How many boundaries a value has reached: one on a boundary belongs to the bin above it."""
    if cfg.bin_boundaries is None:
        help = "give them, `bin_boundaries: [...]`: what Keras learns from data by `adapt` is no part of a spec"
        raise NoForm(f"the boundaries of {cfg.num_bins} bins are not known", help)
    x = nodes.cast(inputs, cfg.compute_dtype) if inputs.is_float else inputs
    x = nodes.cast(x, "float32")
    boundaries = nodes.array("constant", np.asarray(cfg.bin_boundaries, np.float32))
    reached = nodes.cast(nodes.op("GreaterOrEqual", nodes.unsqueeze(x, x.ndim), boundaries), "int64")
    bins = nodes.reduce("ReduceSum", reached, [-1])
    dtype = "int32" if cfg.output_mode == "int" else cfg.compute_dtype
    return encode(nodes, bins, cfg.output_mode, len(cfg.bin_boundaries) + 1, dtype)


@writer("CategoryEncoding")
def category_encoding(
    nodes: Nodes, cfg: CategoryEncoding, weight: WeightView, inputs: Value, count_weights: Value | None = None
) -> Value:
    depth = number(cfg.num_tokens or 0, "`num_tokens`")
    return encode(nodes, nodes.cast(inputs, "int64"), cfg.output_mode, depth, cfg.variable_dtype, count_weights)


class Table:
    """A vocabulary: what stands for each number, and which numbers the special entries have."""

    def __init__(self, cfg: Any) -> None:
        if cfg.vocabulary is None:
            help = "give it a list, `vocabulary: [...]`: what Keras learns from data by `adapt` is no part of a spec"
            raise NoForm(f"{cfg.type_name} has no vocabulary to look anything up in", help)
        self.masks = 1 if cfg.mask_token is not None and cfg.output_mode == "int" else 0
        special = [cfg.mask_token] * self.masks + [cfg.oov_token] * cfg.num_oov_indices
        self.is_given = list(cfg.vocabulary[: len(special)]) == special
        self.entries = list(cfg.vocabulary[len(special) :] if self.is_given else cfg.vocabulary)
        self.first = len(special)
        self.size = self.first + len(self.entries)

    def weights(self, cfg: Any, depth: int) -> Array:
        """The weight of each entry; special ones without a weight of their own get the mean."""
        given = np.asarray(cfg.idf_weights, np.float32)
        front = np.full(0 if self.is_given else self.first, given.mean(dtype=np.float64), np.float32)
        return np.concatenate([front, given, np.zeros(depth - len(front) - len(given), np.float32)])


@writer("IntegerLookup", "StringLookup")
def look_up(nodes: Nodes, cfg: Any, weight: WeightView, inputs: Value) -> Value:
    """The place of a value in the vocabulary, which it is compared with as a whole."""
    table, is_text = Table(cfg), cfg.type_name == "StringLookup"
    if is_text and nodes.opset < _TEXT_OPSET:
        raise NoForm(
            f"before version {_TEXT_OPSET} of ONNX no operator compares text", f"write `--opset {_TEXT_OPSET}`"
        )
    if is_text and inputs.dtype != "string":
        raise NoForm("it looks up numbers as text, and no operator of ONNX writes them", "feed it text")
    if len(table.entries) > _MOST_ENTRIES:
        raise NoForm(f"its vocabulary has {len(table.entries):,} entries", "look them up in front of the model")
    if cfg.invert:
        return _look_back(nodes, cfg, table, inputs, is_text)
    x = inputs if is_text else nodes.cast(inputs, "int64")
    entries, places = list(table.entries), [table.first + place for place in range(len(table.entries))]
    if cfg.mask_token is not None:
        entries.append(cfg.mask_token)
        places.append(0 if table.masks else int(_NOWHERE))
    kind = object if is_text else np.int64
    equal = nodes.op("Equal", nodes.unsqueeze(x, x.ndim), nodes.array("constant", np.asarray(entries, kind)))
    hits = nodes.cast(equal, "int32")
    place = nodes.op("ArgMax", hits, axis=x.ndim, keepdims=0, select_last_index=1)
    found = nodes.cast(nodes.reduce("ReduceMax", hits, [-1]), "bool")
    known = nodes.op("Gather", nodes.array("constant", np.asarray(places, np.int64)), place, axis=0)
    result = nodes.where(found, known, _place_unknown(nodes, cfg, table, x))
    return _encode_places(nodes, cfg, table, result)


_TEXT_OPSET = 19


def _place_unknown(nodes: Nodes, cfg: Any, table: Table, x: Value) -> Value:
    """The place of a value outside the vocabulary; -1 where none is kept for such, which Keras refuses."""
    if cfg.num_oov_indices <= 1:
        return nodes.constant(table.masks if cfg.num_oov_indices else -1, "int64")
    if x.dtype == "string" or cfg.oov_method != "floormod":
        help = "use one entry for unknown ones: `num_oov_indices: 1`"
        raise NoForm("it shares unknown entries out by a hash that no operator of ONNX computes", help)
    shares = nodes.op("Mod", x, nodes.constant(cfg.num_oov_indices, "int64"))
    return nodes.op("Add", shares, nodes.constant(table.masks, "int64"))


def _encode_places(nodes: Nodes, cfg: Any, table: Table, places: Value) -> Value:
    """Places in the layer's output mode, weighted with `tf_idf`."""
    depth = cfg.max_tokens if cfg.pad_to_max_tokens and cfg.max_tokens is not None else table.size
    if cfg.output_mode in ("tf_idf", "tf-idf"):
        counted = encode(nodes, places, "count", depth, "float32")
        return nodes.op("Mul", counted, nodes.array("constant", table.weights(cfg, depth)))
    return encode(nodes, places, cfg.output_mode, depth, "int64")


def _look_back(nodes: Nodes, cfg: Any, table: Table, inputs: Value, is_text: bool) -> Value:
    """The entry of each number; `oov_token` where there is none."""
    front = [cfg.oov_token] * table.first
    if cfg.mask_token is not None:
        front[:1] = [cfg.mask_token]
    entries = [*front, *table.entries, cfg.oov_token]
    x, last = nodes.cast(inputs, "int64"), nodes.constant(len(entries) - 1, "int64")
    below = nodes.op("Less", x, nodes.constant(0, "int64"))
    place = nodes.where(below, last, nodes.op("Min", x, last))
    return nodes.op(
        "Gather", nodes.array("constant", np.asarray(entries, object if is_text else np.int64)), place, axis=0
    )
