"""Forwards of layers/preprocessing.py."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array, CannotRun, forward
from shapecalc.forward.hashes import hash_by_farmhash, hash_by_siphash, join_fingerprints
from shapecalc.forward.memory import TEXT, bytes_of, copy_memory, entries, list_outputs
from shapecalc.forward.sizes import number
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer
    from shapecalc.layers.preprocessing import (
        CategoryEncoding,
        Discretization,
        HashedCrossing,
        Hashing,
        IntegerLookup,
        Lookup,
        Normalization,
        Rescaling,
        StringLookup,
        TextVectorization,
    )

_COUNTED = 1 << 20
"""Categories that are compared at a time."""

_CROSSING_KEY = 0xDECAFCAFFE
_LARGEST = np.iinfo(np.int64).max
_EPSILON = 1e-7
_PUNCTUATION = b"!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"


def list_texts(values: Array) -> list[bytes]:
    """Every entry as text in UTF-8: numbers as they are written, floats without their fraction."""
    if values.dtype.kind == "b":
        return [b"true" if value else b"false" for value in values.flat]
    if values.dtype.kind == "f":
        values = values.astype(np.int64)
    return [text if isinstance(text, bytes) else str(text).encode() for text in values.ravel().tolist()]


def encode(numbers: Array, mode: str, depth: int, dtype: str, weights: Array | None = None) -> Array:
    """Categories in an output mode; numbers outside 0 to depth - 1 are not counted."""
    if mode == "int":
        return np.asarray(numbers.astype(dtype))
    if mode == "one_hot" and numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    if mode == "one_hot":
        return np.asarray((numbers[..., None] == np.arange(depth)).astype(dtype))
    counted = mode not in ("multi_hot", "binary")
    total: Array | None = None
    row = math.prod((len(numbers), *numbers.shape[2:], depth))
    step = max(1, _COUNTED // max(1, row))
    for start in range(0, max(1, numbers.shape[1]), step):
        part = (slice(None), slice(start, start + step))
        hot = numbers[part][..., None] == np.arange(depth)
        if counted and weights is not None:
            hot = hot * weights[part][..., None]
        encoded = np.asarray(hot.sum(axis=1) if counted else hot.any(axis=1))
        total = encoded if total is None else np.add(total, encoded, out=total) if counted else total | encoded
    return np.asarray(total).astype(dtype)


def category_memory(cfg: Layer, feed: Any, inferred: Any) -> int:
    """Bytes of the numbers in 64 bits, and of the counts and comparisons of some of them at a time."""
    return 16 * entries(*feed) + 24 * entries(*list_outputs(inferred)) + 8 * _COUNTED


def text_memory(cfg: Layer, feed: Any, inferred: Any) -> int:
    """Bytes as for numbers, and of each entry as text, in lists and in a table."""
    return category_memory(cfg, feed, inferred) + 6 * TEXT * entries(*feed)


def token_memory(cfg: TextVectorization, feed: Any, inferred: Any) -> int:
    """Bytes as for texts, and of every token."""
    needed: int = text_memory(cfg, feed, inferred) + 3 * TEXT * entries(*list_outputs(inferred)) * (
        cfg.output_mode == "int"
    )
    return needed


def scaled_memory(cfg: Layer, feed: Any, inferred: Any) -> int:
    """Bytes of the input cast, and of it scaled before the offset is added."""
    return copy_memory(cfg, feed, inferred) + bytes_of(*list_outputs(inferred))


@forward("Rescaling", memory=scaled_memory)
def rescaling(cfg: Rescaling, weight: Weights, inputs: Array) -> Array:
    x, scale, offset = (np.asarray(value).astype(cfg.compute_dtype) for value in (inputs, cfg.scale, cfg.offset))
    return np.asarray(x * scale + offset)


@forward("Normalization", memory=scaled_memory)
def normalization(cfg: Normalization, weight: Weights, inputs: Array) -> Array:
    x = np.asarray(inputs, cfg.compute_dtype)
    axes = () if cfg.axis is None else np.atleast_1d(cfg.axis).tolist()
    kept = sorted(int(axis) % x.ndim for axis in axes)
    if cfg.mean is None:
        sizes = tuple(x.shape[axis] for axis in kept)
        mean, variance = weight("mean", sizes, "zeros"), weight("variance", sizes, "ones")
        weight.of_dtype("int32")("count", (), "zeros")
    else:
        mean, variance = np.asarray(cfg.mean, np.float32), np.asarray(cfg.variance, np.float32)
    shape = [1] * x.ndim
    for axis, size in zip(reversed(kept), reversed(mean.shape), strict=False):
        shape[axis] = size
    mean, variance = mean.reshape(shape).astype(x.dtype), variance.reshape(shape).astype(x.dtype)
    deviation = np.maximum(np.sqrt(variance), x.dtype.type(_EPSILON))
    return np.asarray(mean + x * deviation if cfg.invert else (x - mean) / deviation)


@forward("Discretization", memory=category_memory)
def discretization(cfg: Discretization, weight: Weights, inputs: Array) -> Array:
    """A value on a boundary belongs to the bin above it."""
    if cfg.bin_boundaries is None:
        message = f"the boundaries of {cfg.num_bins} bins are not known"
        help = "give them, `bin_boundaries: [...]`: what Keras learns from data by `adapt` is no part of a spec"
        raise CannotRun(message, code="SC203", help=help)
    values = np.asarray(inputs)
    values = values.astype(cfg.compute_dtype).astype(np.float32) if values.dtype.kind == "f" else values
    bins = np.searchsorted(np.asarray(cfg.bin_boundaries, np.float32), values, side="right")
    depth = len(cfg.bin_boundaries) + 1
    return encode(bins, cfg.output_mode, depth, "int32" if cfg.output_mode == "int" else cfg.compute_dtype)


@forward("CategoryEncoding", memory=category_memory)
def category_encoding(
    cfg: CategoryEncoding, weight: Weights, inputs: Array, count_weights: Array | None = None
) -> Array:
    return encode(
        np.asarray(inputs).astype(np.int64),
        cfg.output_mode,
        number(cfg.num_tokens or 0),
        cfg.variable_dtype,
        count_weights,
    )


def hash_words(words: Iterable[bytes], bins: int, salt: Any) -> list[int]:
    """The bin of each text: by FarmHash, or with a salt by SipHash."""
    function: Callable[[bytes], int] = hash_by_farmhash
    if salt is not None:
        key = salt if isinstance(salt, tuple) else (salt, salt)

        def function(word: bytes) -> int:
            return hash_by_siphash(word, key)

    known: dict[bytes, int] = {}
    for word in words:
        if word not in known:
            known[word] = function(word) % bins
    return [known[word] for word in words]


@forward("Hashing", memory=text_memory)
def hashing(cfg: Hashing, weight: Weights, inputs: Array) -> Array:
    """With a `mask_value`, bin 0 is its own and the others share the rest."""
    values = np.asarray(inputs)
    reserved = 1 if cfg.mask_value is not None and number(cfg.num_bins) > 1 else 0
    bins = np.array(hash_words(list_texts(values), number(cfg.num_bins) - reserved, cfg.salt), np.int64).reshape(
        values.shape
    )
    if reserved:
        bins = np.where(values == cfg.mask_value, 0, bins + 1)
    return encode(bins, cfg.output_mode, number(cfg.num_bins), cfg.result_dtype)


@forward("HashedCrossing", memory=text_memory)
def hashed_crossing(cfg: HashedCrossing, weight: Weights, inputs: tuple[Array, ...]) -> Array:
    """Fingerprints of texts, and numbers themselves, joined from left to right."""
    shape = np.asarray(inputs[0]).shape
    columns = [_list_features(np.asarray(array)) for array in inputs]
    crossed = []
    for row in zip(*columns, strict=True):
        joined = _CROSSING_KEY
        for feature in row:
            joined = join_fingerprints(joined, feature)
        crossed.append(joined % number(cfg.num_bins))
    return encode(np.array(crossed, np.int64).reshape(shape), cfg.output_mode, number(cfg.num_bins), cfg.result_dtype)


def _list_features(values: Array) -> list[int]:
    if values.dtype.kind in "biu":
        return [int(value) & ((1 << 64) - 1) for value in values.flat]
    return [hash_by_farmhash(word) for word in list_texts(values)]


class Table:
    """A vocabulary: the number of each entry, and the special entries."""

    def __init__(self, cfg: Lookup | TextVectorization, mask_token: Any, oov_token: Any) -> None:
        if cfg.vocabulary is None:
            message = f"{cfg.type_name} has no vocabulary to look anything up in"
            help = "give it a list, `vocabulary: [...]`: what Keras learns from data by `adapt` is no part of a spec"
            raise CannotRun(message, code="SC203", help=help)
        masks = 1 if mask_token is not None and cfg.output_mode == "int" else 0
        self.special = [mask_token] * masks + [oov_token] * cfg.num_oov_indices
        is_given = list(cfg.vocabulary[: len(self.special)]) == self.special
        self.entries = list(cfg.vocabulary[len(self.special) :] if is_given else cfg.vocabulary)
        self.first_oov = masks
        self.places = {entry: len(self.special) + position for position, entry in enumerate(self.entries)}
        if mask_token is not None:
            self.places[mask_token] = 0 if masks else _LARGEST
        self.size = len(self.special) + len(self.entries)
        self.specials_are_given = is_given

    def weights(self, cfg: Lookup | TextVectorization, depth: int) -> Array:
        """The weight of each entry; special ones without a weight of their own get the mean."""
        given = np.asarray(cfg.idf_weights, np.float32)
        front = np.full(0 if self.specials_are_given else len(self.special), given.mean(dtype=np.float64), np.float32)
        idf = np.concatenate([front, given])
        return np.concatenate([idf, np.zeros(depth - len(idf), np.float32)])


def look_up(
    cfg: Lookup | TextVectorization, table: Table, words: list[Any], share: Callable[[list[Any]], list[int]]
) -> list[int]:
    """The number of each word; one outside the vocabulary gets a number kept for such, chosen by `share`."""
    missing = [word for word in words if word not in table.places]
    if missing and not cfg.num_oov_indices:
        raise ValueError(f"{missing[0]!r} is not in the vocabulary of {cfg.type_name}, which has no entry for such")
    spread = iter(share(missing) if cfg.num_oov_indices > 1 else [0] * len(missing))
    return [table.places[word] if word in table.places else table.first_oov + next(spread) for word in words]


def encode_numbers(cfg: Lookup | TextVectorization, table: Table, numbers: Array) -> Array:
    """Numbers in the layer's output mode, weighted with `tf_idf`."""
    depth = cfg.max_tokens if cfg.pad_to_max_tokens and cfg.max_tokens is not None else table.size
    if cfg.output_mode in ("tf_idf", "tf-idf"):
        return encode(numbers, "count", depth, "float32") * table.weights(cfg, depth)
    return encode(numbers, cfg.output_mode, depth, "int64")


@forward("StringLookup", memory=text_memory)
def string_lookup(cfg: StringLookup, weight: Weights, inputs: Array) -> Array:
    table, values = Table(cfg, cfg.mask_token, cfg.oov_token), np.asarray(inputs)
    if cfg.invert:
        return np.array(_look_back(cfg, table, values)).reshape(values.shape)
    words = [word.decode() for word in list_texts(values)]
    numbers = look_up(
        cfg, table, words, lambda rest: hash_words([w.encode() for w in rest], cfg.num_oov_indices, cfg.salt)
    )
    return encode_numbers(cfg, table, np.array(numbers, np.int64).reshape(values.shape))


@forward("IntegerLookup", memory=text_memory)
def integer_lookup(cfg: IntegerLookup, weight: Weights, inputs: Array) -> Array:
    table, values = Table(cfg, cfg.mask_token, cfg.oov_token), np.asarray(inputs).astype(np.int64)
    if cfg.invert:
        return np.array(_look_back(cfg, table, values), np.int64).reshape(values.shape)

    def share(rest: list[Any]) -> list[int]:
        if cfg.oov_method == "floormod":
            return [number % cfg.num_oov_indices for number in rest]
        return hash_words([str(number).encode() for number in rest], cfg.num_oov_indices, cfg.salt)

    numbers = look_up(cfg, table, values.ravel().tolist(), share)
    return encode_numbers(cfg, table, np.array(numbers, np.int64).reshape(values.shape))


def _look_back(cfg: StringLookup | IntegerLookup, table: Table, numbers: Array) -> list[Any]:
    """The entry of each number; `oov_token` where there is none."""
    entries = dict(enumerate(table.entries, start=len(table.special)))
    if cfg.mask_token is not None:
        entries[0] = cfg.mask_token
    return [entries.get(number, cfg.oov_token) for number in numbers.ravel().tolist()]


@forward("TextVectorization", memory=token_memory)
def text_vectorization(cfg: TextVectorization, weight: Weights, inputs: Array) -> Array:
    table, values = Table(cfg, "", "[UNK]"), np.asarray(inputs)
    rows = [_list_tokens(cfg, sample) for sample in values.reshape(len(values), math.prod(values.shape[1:]))]
    numbers = [look_up(cfg, table, row, lambda rest: [0] * len(rest)) for row in rows]
    if cfg.output_mode == "int":
        return _pad_rows(numbers, cfg.output_sequence_length, 0)
    return encode_numbers(cfg, table, _pad_rows(numbers, None, _LARGEST))


def _list_tokens(cfg: TextVectorization, sample: Array) -> list[str]:
    """The tokens of one sample's text, and the runs of them that `ngrams` asks for; only ASCII has its case changed."""
    words = list_texts(sample)
    if cfg.standardize in ("lower", "lower_and_strip_punctuation"):
        words = [word.lower() for word in words]
    if cfg.standardize in ("strip_punctuation", "lower_and_strip_punctuation"):
        words = [word.translate(None, _PUNCTUATION) for word in words]
    if cfg.split == "whitespace":
        words = [token for word in words for token in word.split()]
    tokens = [word.decode(errors="replace") for word in words]
    if cfg.split == "character":
        tokens = [letter for token in tokens for letter in token]
    if cfg.ngrams is None:
        return tokens
    widths = cfg.ngrams if isinstance(cfg.ngrams, tuple) else range(1, cfg.ngrams + 1)
    return [" ".join(tokens[at : at + width]) for width in widths for at in range(len(tokens) - width + 1)]


def _pad_rows(rows: list[list[int]], length: int | None, fill: int) -> Array:
    """An array (rows, length) filled up with `fill`; the length is that of the longest row if none is given."""
    length = max(map(len, rows), default=0) if length is None else length
    result = np.full((len(rows), length), fill, np.int64)
    for position, row in enumerate(rows):
        result[position, : len(row)] = row[:length]
    return result
