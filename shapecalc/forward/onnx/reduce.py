"""Forwards of layers/onnx/reduce.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.onnx.base import as_single, list_whole, operator, place_axis

if TYPE_CHECKING:
    from shapecalc.layers.onnx.reduce import ArgMax, CumSum, Exponential, LpNormalization, Reduce, TopK

_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "ReduceSum": np.sum,
    "ReduceProd": np.prod,
    "ReduceMean": np.mean,
    "ReduceL1": lambda x, **how: np.sum(np.abs(x), **how),
    "ReduceL2": lambda x, **how: np.sqrt(np.sum(np.square(x), **how)),
    "ReduceLogSum": lambda x, **how: np.log(np.sum(x, **how)),
    "ReduceLogSumExp": lambda x, **how: _log_sum_exp(x, **how),
    "ReduceSumSquare": lambda x, **how: np.sum(np.square(x), **how),
}
_EXTREMES: dict[str, Callable[..., Any]] = {"ReduceMax": np.max, "ReduceMin": np.min}


def _log_sum_exp(x: Array, axis: tuple[int, ...], keepdims: bool) -> Any:
    """log(sum(exp(x))), with the greatest taken out so that nothing overflows."""
    if not x.size:
        return np.log(np.sum(x, axis=axis, keepdims=keepdims))
    wide = x.astype(np.float64) if x.dtype.kind != "f" else x
    greatest = np.max(wide, axis=axis, keepdims=True)
    greatest = np.where(np.isfinite(greatest), greatest, 0)
    total = np.log(np.sum(np.exp(wide - greatest), axis=axis, keepdims=True)) + greatest
    return total if keepdims else np.squeeze(total, axis)


def _find_axes(cfg: Reduce, data: Array, axes: Array | None) -> tuple[int, ...]:
    listed = list_whole(axes)
    if listed:
        return tuple(place_axis(axis, data.ndim) for axis in listed)
    return () if cfg.noop_with_empty_axes else tuple(range(data.ndim))


def _register(name: str, function: Callable[..., Any]) -> None:
    @operator(name)
    def run(cfg: Reduce, data: Array, axes: Array | None) -> Any:
        positions = _find_axes(cfg, data, axes)
        reduced = function(as_single(data), axis=positions, keepdims=cfg.keepdims)
        return np.asarray(reduced).astype(data.dtype, copy=False)


def _register_extreme(name: str, function: Callable[..., Any]) -> None:
    @operator(name)
    def run(cfg: Reduce, data: Array, axes: Array | None) -> Any:
        how = {"axis": _find_axes(cfg, data, axes), "keepdims": cfg.keepdims}
        if data.size:
            return function(data, **how)
        return function(data, initial=_find_neutral(data.dtype, least=name == "ReduceMax"), **how)


def _find_neutral(dtype: np.dtype[Any], *, least: bool) -> Any:
    """The extreme of no numbers: the bound that every number is beyond."""
    if dtype.kind == "f":
        return -np.inf if least else np.inf
    if dtype.kind == "b":
        return not least
    bounds = np.iinfo(dtype)
    return bounds.min if least else bounds.max


for _name, _function in _REDUCTIONS.items():
    _register(_name, _function)
for _name, _function in _EXTREMES.items():
    _register_extreme(_name, _function)


@operator("ArgMax", "ArgMin")
def arg_max(cfg: ArgMax, data: Array) -> Any:
    axis = place_axis(cfg.axis, data.ndim)
    find = np.argmax if type(cfg).__name__ == "ArgMax" else np.argmin
    if cfg.select_last_index:
        places = data.shape[axis] - 1 - find(np.flip(data, axis), axis=axis, keepdims=cfg.keepdims)
    else:
        places = find(data, axis=axis, keepdims=cfg.keepdims)
    return np.asarray(places).astype(np.int64)


def exponentials(x: Array, axis: int | tuple[int, ...]) -> Array:
    """Exponentials along axes, of which the greatest is 1."""
    return np.asarray(np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)))


AlongAxis = Callable[[Array, int], Array]


def _exponential(name: str) -> Callable[[AlongAxis], AlongAxis]:
    """Registers a function of (array, axis) for an operator of the softmax kind."""

    def register(function: AlongAxis) -> AlongAxis:
        @operator(name)
        def run(cfg: Exponential, input: Array) -> Any:
            x = as_single(input)
            if not cfg.flatten:
                return function(x, cfg.axis).astype(input.dtype, copy=False)
            rows = x.reshape(int(np.prod(x.shape[: place_axis(cfg.axis, x.ndim)], dtype=np.int64)), -1)
            return function(rows, 1).reshape(x.shape).astype(input.dtype, copy=False)

        return function

    return register


@_exponential("Softmax")
def softmax(x: Array, axis: int) -> Array:
    """Exponentials over their sum."""
    powers = exponentials(x, axis)
    return np.asarray(powers / np.sum(powers, axis=axis, keepdims=True))


@_exponential("LogSoftmax")
def log_softmax(x: Array, axis: int) -> Array:
    """The logarithm of softmax, of which no number gets too small."""
    shifted = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return np.asarray(shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True)))


@_exponential("Hardmax")
def hardmax(x: Array, axis: int) -> Array:
    """1 for the first of the greatest."""
    marks = np.zeros_like(x)
    np.put_along_axis(marks, np.argmax(x, axis=axis, keepdims=True), 1, axis=axis)
    return marks


@operator("LpNormalization")
def lp_normalization(cfg: LpNormalization, input: Array) -> Any:
    x = as_single(input)
    norm = np.sum(np.abs(x) ** cfg.p, axis=cfg.axis, keepdims=True) ** (1 / cfg.p)
    return np.where(norm == 0, 0, x / np.where(norm == 0, 1, norm)).astype(input.dtype, copy=False)


def _cumulate(cfg: CumSum, x: Array, axis: Array, add: Any, start: int) -> Any:
    along = int(np.asarray(axis).reshape(-1)[0])
    turned = np.flip(x, along) if cfg.reverse else x
    total = add(turned, axis=along, dtype=x.dtype)
    if cfg.exclusive:
        first = [slice(None)] * x.ndim
        first[along] = slice(0, 1)
        rest = [slice(None)] * x.ndim
        rest[along] = slice(None, -1)
        total = np.concatenate([np.full_like(turned[tuple(first)], start), total[tuple(rest)]], along)
    return np.flip(total, along) if cfg.reverse else total


@operator("CumSum")
def cum_sum(cfg: CumSum, x: Array, axis: Array) -> Any:
    return _cumulate(cfg, x, axis, np.cumsum, 0)


@operator("CumProd")
def cum_prod(cfg: CumSum, x: Array, axis: Array) -> Any:
    return _cumulate(cfg, x, axis, np.cumprod, 1)


@operator("TopK")
def top_k(cfg: TopK, X: Array, K: Array) -> Any:
    """The first of equal numbers first."""
    axis, count = place_axis(cfg.axis, X.ndim), int(np.asarray(K).reshape(-1)[0])
    if cfg.largest:
        turned = np.flip(X, axis)
        order = X.shape[axis] - 1 - np.flip(np.argsort(turned, axis=axis, kind="stable"), axis)
    else:
        order = np.argsort(X, axis=axis, kind="stable")
    places = np.take(order, np.arange(count), axis)
    return np.take_along_axis(X, places, axis), places.astype(np.int64)
