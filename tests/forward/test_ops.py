"""Forwards of the operations: every one has one, none warns, and none changes what it is fed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from shapecalc.forward import base
from shapecalc.forward.base import Array, apply
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.ops import index as ops
from shapecalc.layers.ops.base import name_class


def run(name: str, *feed: Any, **values: Any) -> Array:
    found = ops.list_types()[f"ops.{name}"]
    cfg = found(**{key: found.args[key].read(value, found) for key, value in values.items()})
    return apply(cfg, Weights(WeightStore(), "layer/"), *feed)[0]


@pytest.mark.parametrize(("name", "module"), ops.NAMES.items())
def test_every_operation_has_a_forward(name: str, module: str) -> None:
    import_module(f"shapecalc.forward.ops.{module}")
    assert name_class(name) in base._FORWARDS


def test_where_a_function_has_no_value_nothing_is_said() -> None:
    zeros = np.zeros((1, 2), np.float32)
    assert np.isneginf(run("log", zeros)).all()
    assert np.isnan(run("sqrt", zeros - 1)).all()
    assert np.isnan(run("divide", zeros, zeros)).all()
    assert np.isinf(run("exp", zeros + 1e4)).all()
    assert run("divide_no_nan", zeros, zeros).tolist() == [[0.0, 0.0]]


def test_powers_of_whole_numbers() -> None:
    x = np.array([[2, 3]], np.int32)
    assert run("power", x, x2=3).tolist() == [[8, 27]]
    assert run("power", x, x2=-1).tolist() == [[0, 0]]


def test_softmax_of_great_numbers_is_finite() -> None:
    x = np.array([[1e4, 1e4, -1e4]], np.float32)
    np.testing.assert_allclose(run("softmax", x), [[0.5, 0.5, 0.0]])
    np.testing.assert_allclose(run("log_softmax", x)[0, 0], np.log(0.5), rtol=1e-3)
    np.testing.assert_allclose(run("logsumexp", x, axis=1), [1e4 + np.log(2)], rtol=1e-6)


def test_the_first_of_equal_values_comes_first() -> None:
    x = np.array([[3, 1, 3, 2]], np.float32)
    cfg = ops.list_types()["ops.top_k"](k=3)
    values, places = apply(cfg, Weights(WeightStore(), "layer/"), x)
    assert (values.tolist(), places.tolist()) == ([[3, 3, 2]], [[0, 2, 3]])


def test_operations_change_nothing_they_are_fed() -> None:
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    kept = x.copy()
    for name, values in (("add", {"x2": 1}), ("relu", {}), ("cumsum", {"axis": 1}), ("sort", {}), ("normalize", {})):
        run(name, x, **values)
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_number_keeps_the_dtype_of_what_it_meets(dtype: str) -> None:
    x = np.ones((1, 2), dtype)
    assert run("multiply", x, x2=0.1).dtype == dtype
    assert run("subtract", x, x1=1).dtype == dtype
