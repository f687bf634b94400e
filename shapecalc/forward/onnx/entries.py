"""Forwards of layers/onnx/entries.py."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.onnx.base import as_single, operator, place_axis
from shapecalc.forward.onnx.dtypes import hold

if TYPE_CHECKING:
    from shapecalc.layers.onnx.entries import (
        Bernoulli,
        BitCast,
        Compress,
        Einsum,
        EyeLike,
        Multinomial,
        NegativeLogLikelihoodLoss,
        RandomNormal,
        RandomNormalLike,
        RandomUniform,
        RandomUniformLike,
        ReverseSequence,
        ScatterElements,
        ScatterND,
        SoftmaxCrossEntropyLoss,
        TensorScatter,
        Unique,
    )


class Seeded(Protocol):
    """A config of random numbers."""

    @property
    def seed(self) -> float | None: ...


class Typed(Protocol):
    """A config that may say the dtype of its output."""

    @property
    def output_dtype(self) -> str | None: ...


class Windowing(Protocol):
    """A config of a window."""

    @property
    def periodic(self) -> bool: ...


_COMBINE: dict[str, Any] = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}
"""What becomes of a number and of one that is put in its place."""


def _put(y: Array, places: tuple[Array, ...], updates: Array, reduction: str | None) -> Array:
    """Puts numbers in their places, one after the other where several have the same."""
    if reduction in _COMBINE:
        _COMBINE[reduction].at(y, places, updates)
    else:
        y[places] = updates
    return y


@operator("ScatterElements", "Scatter")
def scatter_elements(cfg: ScatterElements, data: Array, indices: Array, updates: Array) -> Any:
    axis = place_axis(cfg.axis, data.ndim)
    chosen = np.where(indices < 0, indices + data.shape[axis], indices)
    grid: tuple[Array, ...] = np.indices(indices.shape, sparse=True)
    places = tuple(chosen if at == axis else line for at, line in enumerate(grid))
    return _put(data.copy(), places, updates, cfg.reduction)


@operator("ScatterND")
def scatter_nd(cfg: ScatterND, data: Array, indices: Array, updates: Array) -> Any:
    return _put(data.copy(), tuple(np.moveaxis(indices, -1, 0)), updates, cfg.reduction)


@operator("TensorScatter")
def tensor_scatter(cfg: TensorScatter, past_cache: Array, update: Array, write_indices: Array | None) -> Any:
    axis = place_axis(cfg.axis, past_cache.ndim)
    y = past_cache.copy()
    for sample in range(y.shape[0]):
        start = 0 if write_indices is None else int(write_indices[sample])
        places = start + np.arange(update.shape[axis])
        places = places % y.shape[axis] if cfg.mode == "circular" else places
        np.moveaxis(y[sample], axis - 1, 0)[places] = np.moveaxis(update[sample], axis - 1, 0)
    return y


@operator("Compress")
def compress(cfg: Compress, input: Array, condition: Array) -> Any:
    return np.compress(condition.reshape(-1), input, cfg.axis)


@operator("Unique")
def unique(cfg: Unique, X: Array) -> Any:
    values, first, inverse, counts = np.unique(X, True, True, True, cfg.axis)
    inverse = inverse.reshape(-1)
    if not cfg.sorted:
        order = np.argsort(first)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        values, first, counts = np.take(values, order, cfg.axis or 0), first[order], counts[order]
        inverse = place[inverse]
    return values, first.astype(np.int64), inverse.astype(np.int64), counts.astype(np.int64)


@operator("ReverseSequence")
def reverse_sequence(cfg: ReverseSequence, input: Array, sequence_lens: Array) -> Any:
    x = np.moveaxis(input, (place_axis(cfg.batch_axis, input.ndim), place_axis(cfg.time_axis, input.ndim)), (0, 1))
    y = x.copy()
    for sample, length in enumerate(sequence_lens):
        y[sample, : int(length)] = x[sample, : int(length)][::-1]
    return np.moveaxis(y, (0, 1), (place_axis(cfg.batch_axis, input.ndim), place_axis(cfg.time_axis, input.ndim)))


@operator("EyeLike")
def eye_like(cfg: EyeLike, input: Array) -> Any:
    rows, columns = input.shape
    return np.eye(rows, columns, cfg.k).astype(_dtype_of(cfg, input.dtype))


def _make_generator(cfg: Seeded) -> np.random.Generator:
    """Random numbers from the node's seed; without one, the same ones each time."""
    seed = 0.0 if cfg.seed is None else float(cfg.seed)
    return np.random.default_rng(zlib.crc32(repr(seed).encode()))


def _dtype_of(cfg: Typed, default: Any) -> Any:
    return hold(cfg.output_dtype) if cfg.output_dtype else default


@operator("Bernoulli")
def bernoulli(cfg: Bernoulli, input: Array) -> Any:
    return (_make_generator(cfg).random(input.shape) < input).astype(_dtype_of(cfg, input.dtype))


@operator("RandomNormalLike")
def random_normal_like(cfg: RandomNormalLike, input: Array) -> Any:
    return _make_generator(cfg).normal(cfg.mean, cfg.scale, input.shape).astype(_dtype_of(cfg, input.dtype))


@operator("RandomUniformLike")
def random_uniform_like(cfg: RandomUniformLike, input: Array) -> Any:
    return _make_generator(cfg).uniform(cfg.low, cfg.high, input.shape).astype(_dtype_of(cfg, input.dtype))


@operator("RandomNormal")
def random_normal(cfg: RandomNormal) -> Any:
    return _make_generator(cfg).normal(cfg.mean, cfg.scale, cfg.shape).astype(_dtype_of(cfg, np.float32))


@operator("RandomUniform")
def random_uniform(cfg: RandomUniform) -> Any:
    return _make_generator(cfg).uniform(cfg.low, cfg.high, cfg.shape).astype(_dtype_of(cfg, np.float32))


@operator("Multinomial")
def multinomial(cfg: Multinomial, input: Array) -> Any:
    generator = _make_generator(cfg)
    noise = generator.gumbel(size=(input.shape[0], cfg.sample_size, input.shape[1]))
    return np.argmax(input[:, None, :] + noise, -1).astype(_dtype_of(cfg, np.int32))


def _lose(
    cfg: NegativeLogLikelihoodLoss | SoftmaxCrossEntropyLoss, chances: Array, target: Array, weight: Array | None
) -> Array:
    """Minus the log chance of each target, put together as the reduction says."""
    ignored = np.zeros(target.shape, bool) if cfg.ignore_index is None else target == cfg.ignore_index
    classes = np.where(ignored, 0, target)
    losses = -np.take_along_axis(chances, classes[:, None], 1)[:, 0]
    factors = np.ones(target.shape, chances.dtype) if weight is None else as_single(weight)[classes]
    factors = np.where(ignored, 0, factors).astype(chances.dtype)
    losses = np.where(ignored, 0, losses * factors).astype(chances.dtype)
    if cfg.reduction == "none":
        return losses
    total = losses.sum()
    return np.asarray(total if cfg.reduction == "sum" else total / factors.sum())


@operator("NegativeLogLikelihoodLoss")
def negative_log_likelihood_loss(
    cfg: NegativeLogLikelihoodLoss, input: Array, target: Array, weight: Array | None
) -> Any:
    return _lose(cfg, as_single(input), target, weight).astype(input.dtype, copy=False)


@operator("SoftmaxCrossEntropyLoss")
def softmax_cross_entropy_loss(
    cfg: SoftmaxCrossEntropyLoss, scores: Array, labels: Array, weights: Array | None
) -> Any:
    x = as_single(scores)
    shifted = x - x.max(1, keepdims=True)
    chances = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    loss = _lose(cfg, chances, labels, weights)
    return loss.astype(scores.dtype, copy=False), chances.astype(scores.dtype, copy=False)


@operator("Einsum")
def einsum(cfg: Einsum, Inputs: tuple[Array, ...]) -> Any:
    equation = str(cfg.equation).replace(" ", "")
    product = np.einsum(equation, *map(as_single, Inputs), optimize=len(Inputs) > 1)
    return np.asarray(product).astype(Inputs[0].dtype, copy=False)


@operator("BitCast")
def bit_cast(cfg: BitCast, input: Array) -> Any:
    if hold(cfg.to) != cfg.to:
        raise ValueError(f"NumPy has no {cfg.to}")
    return np.ascontiguousarray(input).view(cfg.to).reshape(input.shape)


def _window(size: Array, dtypes: tuple[str, ...], periodic: bool, *factors: float) -> Any:
    """A sum of cosines, one more turn for each factor."""
    count = int(np.asarray(size).reshape(-1)[0])
    turns = np.arange(count) * 2 * np.pi / (count if periodic else max(count - 1, 1))
    values = np.sum([factor * np.cos(number * turns) for number, factor in enumerate(factors)], axis=0)
    return values.astype(hold(dtypes[0]) if dtypes else np.float32)


@operator("HannWindow", dtypes=True)
def hann_window(cfg: Windowing, size: Array, dtypes: tuple[str, ...] = ()) -> Any:
    return _window(size, dtypes, cfg.periodic, 0.5, -0.5)


@operator("HammingWindow", dtypes=True)
def hamming_window(cfg: Windowing, size: Array, dtypes: tuple[str, ...] = ()) -> Any:
    return _window(size, dtypes, cfg.periodic, 25 / 46, -21 / 46)


@operator("BlackmanWindow", dtypes=True)
def blackman_window(cfg: Windowing, size: Array, dtypes: tuple[str, ...] = ()) -> Any:
    return _window(size, dtypes, cfg.periodic, 0.42, -0.5, 0.08)
