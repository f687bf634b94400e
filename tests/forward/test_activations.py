"""Activations: each fast path equals its plain twin, and laws that hold for every name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.forward.activation_functions import ACTIVATIONS, activate, clip_relu, erf, gelu, relu, softmax, sparsemax
from shapecalc.forward.base import Array, apply
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.activations import Softmax
from shapecalc.layers.arguments.names import ACTIVATIONS as NAMES

SELU = (1.0507009873554805, 1.6732632423543772)


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def exp_below(x: float, alpha: float = 1.0) -> float:
    return x if x > 0 else alpha * (math.exp(x) - 1)


def parabola(x: float) -> float:
    return 0.0 if x <= -1 else x if x >= 1 else (x + 1) ** 2 / 4


PLAIN: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "celu": exp_below,
    "elu": exp_below,
    "exponential": math.exp,
    "gelu": lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2))),
    "hard_shrink": lambda x: x if abs(x) > 0.5 else 0.0,
    "hard_sigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
    "hard_silu": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "hard_swish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "hard_tanh": lambda x: min(max(x, -1), 1),
    "keras2_hard_sigmoid": lambda x: min(max(0.2 * x + 0.5, 0), 1),
    "leaky_relu": lambda x: x if x > 0 else 0.2 * x,
    "log_sigmoid": lambda x: -math.log1p(math.exp(-x)),
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "relu": lambda x: max(x, 0.0),
    "relu6": lambda x: min(max(x, 0.0), 6.0),
    "selu": lambda x: SELU[0] * exp_below(x, SELU[1]),
    "sigmoid": logistic,
    "silu": lambda x: x * logistic(x),
    "soft_shrink": lambda x: math.copysign(max(abs(x) - 0.5, 0), x),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "sparse_plus": parabola,
    "sparse_sigmoid": lambda x: min(max((x + 1) / 2, 0), 1),
    "squareplus": lambda x: (x + math.sqrt(x * x + 4)) / 2,
    "swish": lambda x: x * logistic(x),
    "tanh": math.tanh,
    "tanh_shrink": lambda x: x - math.tanh(x),
}
ON_AN_AXIS = {"glu", "log_softmax", "softmax", "sparsemax"}


def test_every_name_has_a_forward() -> None:
    assert set(ACTIVATIONS) == set(NAMES) - {"threshold"} == set(PLAIN) | ON_AN_AXIS


@pytest.mark.parametrize("name", sorted(PLAIN))
@pytest.mark.parametrize("size", [81, 40_001], ids=["one block", "several blocks"])
def test_elementwise_functions_equal_their_definitions(name: str, size: int) -> None:
    x = np.linspace(-12, 12, size).astype(np.float32)
    plain = np.array([PLAIN[name](float(value)) for value in x])
    out = activate(name, x)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, plain, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_activations_keep_dtype_shape_and_input(name: str, dtype: str) -> None:
    x = np.linspace(-3, 3, 24).reshape(2, 3, 4).astype(dtype)
    before = x.copy()
    out = activate(name, x)
    assert out.dtype == dtype
    assert out.shape == ((2, 3, 2) if name == "glu" else (2, 3, 4))
    np.testing.assert_array_equal(x, before)
    single = activate(name, x.astype(np.float32))
    np.testing.assert_allclose(out.astype(np.float32), single, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_a_transposed_array_gives_the_same(name: str) -> None:
    x = np.random.default_rng(3).standard_normal((200, 150)).astype(np.float32)
    np.testing.assert_allclose(activate(name, x.T), activate(name, np.ascontiguousarray(x.T)), rtol=1e-6, atol=1e-7)


def test_whole_numbers_become_floats_but_for_relu() -> None:
    x = np.array([[-3, 0, 9]], np.int32)
    assert activate("relu6", x).dtype == np.int32
    assert activate("relu6", x).tolist() == [[0, 0, 6]]
    assert activate("tanh", x).dtype == np.float32
    assert activate(None, x) is x


def test_nothing_overflows_far_out() -> None:
    far = np.array([[-1e4, -200.0, 200.0, 1e4]], np.float32)
    for name in sorted(set(ACTIVATIONS) - {"exponential"}):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            assert np.isfinite(activate(name, far)).all(), name


def test_erf_in_both_precisions() -> None:
    x = np.linspace(-6, 6, 1001)
    exact = np.array([math.erf(value) for value in x])
    np.testing.assert_allclose(erf(x.astype(np.float32)), exact, atol=3e-7)
    np.testing.assert_allclose(erf(x), exact, rtol=1e-15)
    np.testing.assert_allclose(
        gelu(x), x / 2 * (1 + np.array([math.erf(v / math.sqrt(2)) for v in x])), rtol=1e-12, atol=1e-15
    )


def test_erf_within_gelu_and_by_itself_is_near_the_exact_one_everywhere() -> None:
    x = np.linspace(-10, 10, 200_001).astype(np.float32)
    exact = np.array([math.erf(value) for value in x.tolist()])
    np.testing.assert_allclose(erf(x), exact, rtol=0, atol=3e-7)
    exact = np.array([value / 2 * (1 + math.erf(value / math.sqrt(2))) for value in x.tolist()])
    assert (np.abs(gelu(x) - exact) <= 2e-7 * np.abs(x)).all()


def test_erf_and_gelu_far_out_and_at_what_is_no_number() -> None:
    far = np.array([0.0, 1e-40, 5.0, 30.0, 1e18, 3e38, np.inf], np.float32)
    one = np.array([0.0, 1e-40 * 2 / math.sqrt(math.pi), 1, 1, 1, 1, 1])
    with np.errstate(over="ignore", invalid="ignore"):
        np.testing.assert_allclose(erf(far), one, rtol=1e-5)
        np.testing.assert_array_equal(erf(-far), -erf(far))
        np.testing.assert_allclose(gelu(far), far * np.where(far > 1, 1, 0.5), rtol=1e-5)
        np.testing.assert_array_equal(gelu(-far[:-1])[3:], np.zeros(3))
        assert np.isnan(erf(np.array([np.nan], np.float32))).all()
        assert np.isnan(gelu(np.array([np.nan], np.float32))).all()


def test_relu_hands_on_what_is_not_a_number() -> None:
    assert np.isnan(relu(np.array([np.nan], np.float32))).all()


@pytest.mark.parametrize("slope", [0.0, 0.5])
@pytest.mark.parametrize("ceiling", [None, 1.0])
@pytest.mark.parametrize("threshold", [0.0, 0.25])
def test_relu_with_all_its_arguments(slope: float, ceiling: float | None, threshold: float) -> None:
    def plain(x: float) -> float:
        if x <= threshold:
            return slope * (x - threshold)
        return x if ceiling is None else min(x, ceiling)

    x = np.linspace(-2, 2, 33).astype(np.float32)
    np.testing.assert_allclose(clip_relu(x, slope, ceiling, threshold), [plain(float(v)) for v in x], atol=1e-6)


@given(st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=12), st.floats(-5, 5, width=32))
def test_softmax_sums_to_one_and_ignores_a_shift(values: list[float], shift: float) -> None:
    x = np.array([values], np.float32)
    out = softmax(x)
    assert abs(float(out.sum()) - 1) < 1e-5
    np.testing.assert_allclose(softmax(x + np.float32(shift)), out, atol=2e-5)


def test_softmax_on_several_axes_is_softmax_on_the_flattened() -> None:
    x = np.random.default_rng(2).standard_normal((2, 3, 4)).astype(np.float32)
    np.testing.assert_allclose(softmax(x, (1, 2)).reshape(2, 12), softmax(x.reshape(2, 12)), rtol=1e-6)


def test_sparsemax_is_exactly_zero_outside_its_support() -> None:
    out = sparsemax(np.array([[3.0, 0.0, -1.0]], np.float32))
    assert out.tolist() == [[1.0, 0.0, 0.0]]


def softmax_layer(x: Array, mask: Any, **config: Any) -> Array:
    return apply(Softmax(**config), Weights(WeightStore()), x, mask)[0]


def test_softmax_leaves_masked_values_at_zero() -> None:
    x = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], np.float32)
    mask = np.array([[True, True, False], [False, False, False]])
    out = softmax_layer(x, mask)
    np.testing.assert_allclose(out[0, :2], softmax(x[:1, :2])[0], rtol=1e-6)
    assert out[0, 2] == 0
    assert out[1].tolist() == [0, 0, 0]
