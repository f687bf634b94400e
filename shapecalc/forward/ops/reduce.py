"""Forwards of layers/ops/reduce.py. Sums and what they are used for are computed in double precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward import activation_functions
from shapecalc.forward.activation_functions import compute_in_single
from shapecalc.forward.base import Array, forward
from shapecalc.forward.memory import copy_memory, entries, three_inputs_memory
from shapecalc.forward.ops.base import name_class
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.ops.base import Operation
    from shapecalc.layers.ops.reduce import (
        Extreme,
        OpsCountNonzero,
        OpsNorm,
        OpsNormalize,
        OpsTopK,
        Place,
        Reduction,
        Running,
        Softmax,
        Sorting,
    )


def places_memory(cfg: Operation, feed: Any, inferred: Any) -> int:
    """Bytes of the input sorted, and of the indices of its entries in 64 bits, twice."""
    return copy_memory(cfg, feed, inferred) + 16 * entries(*feed)


def _widen(x: Array) -> Array:
    """`x` as it is summed: integers of fewer than 32 bits in 32."""
    if x.dtype.kind in "bi" and x.dtype.itemsize < 4:
        return x.astype(np.int32)
    return x.astype(np.uint32) if x.dtype.kind == "u" and x.dtype.itemsize < 4 else x


def _make_total(function: Callable[..., Any]) -> Callable[..., Array]:
    def run(cfg: Reduction, weight: Weights, x: Array) -> Array:
        wide = _widen(x)
        exact = wide.astype(np.float64) if wide.dtype.kind == "f" else wide
        with np.errstate(all="ignore"):
            return np.asarray(function(exact, axis=cfg.axis, keepdims=cfg.keepdims)).astype(wide.dtype, copy=False)

    return run


def _make_moment(function: Callable[..., Any]) -> Callable[..., Array]:
    def run(cfg: Reduction, weight: Weights, x: Array) -> Array:
        with np.errstate(all="ignore"):
            return compute_in_double(lambda y: function(y, axis=cfg.axis, keepdims=cfg.keepdims), x)

    return run


def _make_plain(function: Callable[..., Any]) -> Callable[..., Array]:
    def run(cfg: Reduction, weight: Weights, x: Array) -> Array:
        return np.asarray(function(x, axis=cfg.axis, keepdims=cfg.keepdims))

    return run


def sum_exponentials(x: Array, axis: Any, keepdims: bool) -> Array:
    """log(sum(exp(x))), the greatest value taken out first so that nothing overflows."""
    greatest = np.max(x, axis=axis, keepdims=True)
    greatest = np.where(np.isfinite(greatest), greatest, 0).astype(x.dtype)
    total = np.log(np.sum(np.exp(x - greatest), axis=axis, keepdims=True)) + greatest
    return np.asarray(total if keepdims else np.squeeze(total, axis=axis))


def compute_in_double(function: Callable[[Array], Any], x: Array) -> Array:
    """`function(x)` computed in double precision, in the dtype of x, or in single for whole numbers."""
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float32)
    return np.asarray(function(x.astype(np.float64))).astype(dtype)


for _name, _run in {
    "sum": _make_total(np.sum),
    "prod": _make_total(np.prod),
    "mean": _make_moment(np.mean),
    "var": _make_moment(np.var),
    "std": _make_moment(np.std),
    "logsumexp": _make_moment(sum_exponentials),
    "any": _make_plain(np.any),
    "all": _make_plain(np.all),
}.items():
    forward(name_class(_name), memory=three_inputs_memory)(_run)


@forward("OpsMax", "OpsMin")
def extreme(cfg: Extreme, weight: Weights, x: Array) -> Array:
    greatest = type(cfg).__name__ == "OpsMax"
    extremes = (np.max if greatest else np.min)(x, axis=cfg.axis, keepdims=cfg.keepdims)
    if cfg.initial is None:
        return np.asarray(extremes)
    initial = np.float64(cfg.initial).astype(x.dtype)
    return np.asarray((np.maximum if greatest else np.minimum)(extremes, initial))


@forward("OpsArgmax", "OpsArgmin")
def find_extreme(cfg: Place, weight: Weights, x: Array) -> Array:
    function = np.argmax if type(cfg).__name__ == "OpsArgmax" else np.argmin
    return np.asarray(function(x, axis=cfg.axis, keepdims=cfg.keepdims)).astype(np.int32)


@forward("OpsCountNonzero")
def count_nonzero(cfg: OpsCountNonzero, weight: Weights, x: Array) -> Array:
    return np.asarray(np.count_nonzero(x, axis=cfg.axis)).astype(np.int32)


@forward("OpsCumsum", "OpsCumprod")
def accumulate(cfg: Running, weight: Weights, x: Array) -> Array:
    function = np.cumsum if type(cfg).__name__ == "OpsCumsum" else np.cumprod
    dtype = cfg.dtype or (np.int32 if x.dtype.kind == "b" else x.dtype)
    with np.errstate(all="ignore"):
        return np.asarray(function(x.astype(dtype), axis=cfg.axis, dtype=dtype))


@forward("OpsSoftmax", memory=three_inputs_memory)
def softmax(cfg: Softmax, weight: Weights, x: Array) -> Array:
    return compute_in_single(activation_functions.softmax, x, cfg.axis)


@forward("OpsLogSoftmax", memory=three_inputs_memory)
def log_softmax(cfg: Softmax, weight: Weights, x: Array) -> Array:
    return compute_in_single(activation_functions.log_softmax, x, cfg.axis)


@forward("OpsNorm", memory=three_inputs_memory)
def norm(cfg: OpsNorm, weight: Weights, x: Array) -> Array:
    along = cfg.axis if cfg.axis is None or isinstance(cfg.axis, int) or len(cfg.axis) == 2 else cfg.axis[0]
    with np.errstate(all="ignore"):
        return compute_in_double(lambda y: np.linalg.norm(y, cfg.ord, along, cfg.keepdims), x)


@forward("OpsNormalize", memory=three_inputs_memory)
def normalize(cfg: OpsNormalize, weight: Weights, x: Array) -> Array:
    def compute(y: Array) -> Any:
        if cfg.order == 2:
            length = np.sqrt(np.sum(np.square(y), axis=cfg.axis, keepdims=True))
        else:
            length = np.sum(np.abs(y) ** cfg.order, axis=cfg.axis, keepdims=True) ** (1 / cfg.order)
        return y / np.maximum(length, least)

    least = 1e-7 if cfg.epsilon is None else cfg.epsilon
    with np.errstate(all="ignore"):
        return compute_in_double(compute, x)


@forward("OpsTopK", memory=places_memory)
def top_k(cfg: OpsTopK, weight: Weights, x: Array) -> tuple[Array, Array]:
    """Of equal values the first comes first: a stable sort of the reversed axis, read backwards."""
    size = x.shape[-1]
    rising = np.argsort(x[..., ::-1], axis=-1, kind="stable")
    places = (size - 1 - rising)[..., ::-1][..., : cfg.k]
    return np.take_along_axis(x, places, axis=-1), places.astype(np.int32)


@forward("OpsSort", memory=places_memory)
def sort(cfg: Sorting, weight: Weights, x: Array) -> Array:
    return np.sort(x, axis=cfg.axis)


@forward("OpsArgsort", memory=places_memory)
def argsort(cfg: Sorting, weight: Weights, x: Array) -> Array:
    return np.argsort(x, axis=cfg.axis, kind="stable").astype(np.int32)
