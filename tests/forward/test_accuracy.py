"""Functions in single precision are right to a millionth of themselves, over all numbers, against double precision."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from shapecalc.forward.activation_functions import ACTIVATIONS
from shapecalc.forward.base import Array, apply
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.catalogue import find
from tests.layering import layer_of

SMALLEST = float(np.finfo(np.float32).tiny)
LARGEST = float(np.finfo(np.float32).max)


def numbers() -> Array:
    """Float32 numbers of every size and both signs, and densely where functions bend."""
    sizes = np.geomspace(SMALLEST, LARGEST, 4_001)
    bends = np.concatenate([place + np.linspace(-1e-3, 1e-3, 101) for place in (-3, -1, -0.5, -0.01, 0.01, 0.5, 1, 3)])
    x = np.concatenate([-sizes, sizes, [0.0], np.linspace(-120, 120, 24_001), np.linspace(-6, 6, 24_001), bends])
    return np.unique(x.astype(np.float32))


X = numbers()


def tanh_shrink(x: Array) -> Array:
    square = x * x
    series = sum(c * square**n for n, c in enumerate((1 / 3, -2 / 15, 17 / 315, -62 / 2835, 1382 / 155925)))
    return np.where(np.abs(x) < 0.05, x * square * series, x - np.tanh(x))


def erf(x: Array) -> Array:
    return np.asarray(np.vectorize(math.erf)(x))


def erfc(x: Array) -> Array:
    return np.asarray(np.vectorize(math.erfc)(x))


def elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def gelu_by_tanh(x: Array) -> Array:
    return np.asarray(x * sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


SELU = (1.0507009873554805, 1.6732632423543772)

EXACT: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "celu": elu,
    "elu": elu,
    "exponential": np.exp,
    "gelu": lambda x: x / 2 * erfc(-x / math.sqrt(2)),
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "hard_sigmoid": lambda x: np.clip((x + 3) / 6, 0, 1),
    "hard_silu": lambda x: x * np.clip((x + 3) / 6, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "keras2_hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "log_sigmoid": lambda x: -np.logaddexp(0, -x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "selu": lambda x: SELU[0] * np.where(x > 0, x, SELU[1] * np.expm1(np.minimum(x, 0))),
    "sigmoid": sigmoid,
    "silu": lambda x: x * sigmoid(x),
    "soft_shrink": lambda x: np.where(x > 0.5, x - 0.5, np.where(x < -0.5, x + 0.5, 0)),
    "softplus": lambda x: np.logaddexp(0, x),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x < 1, 0.25 * (x + 1) ** 2, x)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "squareplus": lambda x: np.where(x < 0, 2 / (np.hypot(x, 2) - x), (x + np.hypot(x, 2)) / 2),
    "tanh": np.tanh,
    "tanh_shrink": tanh_shrink,
}
EXACT |= {"hard_swish": EXACT["hard_silu"], "swish": EXACT["silu"]}
OF_AN_AXIS = {"glu", "log_softmax", "softmax", "sparsemax"}


def agree(found: Array, exact: Array) -> None:
    """Equal to a millionth, infinite beyond the largest number, of any error below the smallest normal one."""
    assert found.dtype == np.float32
    with np.errstate(over="ignore"):
        rounded = exact.astype(np.float32)
    finite = np.isfinite(rounded)
    np.testing.assert_array_equal(found[~finite], rounded[~finite])
    np.testing.assert_allclose(found[finite].astype(np.float64), exact[finite], rtol=1e-6, atol=SMALLEST)


def call(type_name: str, *feed: Array, **values: Any) -> Array:
    """What a layer gives."""
    layer_type = find(type_name)
    assert layer_type is not None
    cfg = layer_type(**{name: layer_type.args[name].read(value, layer_type) for name, value in values.items()})
    return apply(cfg, Weights(WeightStore()), *feed)[0]


def test_every_activation_is_held_to_it() -> None:
    assert set(EXACT) | OF_AN_AXIS == set(ACTIVATIONS)


@pytest.mark.parametrize("name", sorted(EXACT))
def test_activations_are_exact_over_all_numbers(name: str) -> None:
    with np.errstate(all="ignore"):
        exact = EXACT[name](X.astype(np.float64))
    agree(call("Activation", X, activation=name), exact)


OPS: dict[str, Callable[[Array], Array]] = {
    name: getattr(np, name)
    for name in [
        "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "sinh", "cosh", "tanh", "arcsin", "arccos",
        "arctan", "arcsinh", "arccosh", "arctanh", "reciprocal", "square", "sin", "cos", "tan",
    ]
} | {
    name: EXACT[name]
    for name in [
        "sigmoid", "silu", "swish", "selu", "softplus", "softsign", "hard_sigmoid", "hard_silu", "hard_swish",
        "hard_tanh", "log_sigmoid", "sparse_plus", "sparse_sigmoid", "tanh_shrink", "elu", "leaky_relu",
    ]
} | {"gelu": gelu_by_tanh, "erf": erf, "rsqrt": lambda x: 1 / np.sqrt(x)}  # fmt: skip


@pytest.mark.parametrize("name", sorted(OPS))
def test_operations_are_exact_over_all_numbers(name: str) -> None:
    x = X[np.abs(X) < 1e4] if name in ("sin", "cos", "tan") else X
    with np.errstate(all="ignore"):
        exact = OPS[name](x.astype(np.float64))
    agree(call(f"ops.{name}", x), exact)


ROWS = np.random.default_rng(5)


def rows(scale: float, *, shift: float = 0) -> Array:
    """Rows whose entries lie apart by `scale`, about `shift`."""
    return (scale * ROWS.standard_normal((50, 7)) + shift).astype(np.float32)


def log_softmax(x: Array) -> Array:
    """The greatest entry apart: what the others add to it may be less than it is exact to."""
    places, first = np.arange(len(x)), x.argmax(axis=-1)
    apart = x - x[places, first][:, None]
    apart[places, first] = -np.inf
    rest = np.exp(apart).sum(axis=-1, keepdims=True)
    apart[places, first] = 0
    return np.asarray(apart - np.log1p(rest))


def sparsemax(x: Array) -> Array:
    """As Keras has it, see the forward."""
    ordered = -np.sort(-x, axis=-1)
    running = ordered.cumsum(axis=-1)
    support = ordered - (running - 1) / np.arange(1, x.shape[-1] + 1) > 0
    return np.asarray(
        np.maximum(x - ((running * support).sum(-1, keepdims=True) - 1) / support.sum(-1, keepdims=True), 0)
    )


def logsumexp(x: Array) -> Array:
    greatest = x.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(x - greatest).sum(axis=-1)) + greatest[:, 0])


ON_ROWS: dict[str, tuple[str, dict[str, Any], Callable[[Array], Array]]] = {
    "softmax": ("Activation", {"activation": "softmax"}, lambda x: np.exp(log_softmax(x))),
    "log_softmax": ("Activation", {"activation": "log_softmax"}, log_softmax),
    "sparsemax": ("Activation", {"activation": "sparsemax"}, sparsemax),
    "Softmax": ("Softmax", {}, lambda x: np.exp(log_softmax(x))),
    "ops.softmax": ("ops.softmax", {}, lambda x: np.exp(log_softmax(x))),
    "ops.log_softmax": ("ops.log_softmax", {}, log_softmax),
    "ops.logsumexp": ("ops.logsumexp", {"axis": -1}, logsumexp),
    "ops.sum": ("ops.sum", {"axis": -1}, lambda x: x.sum(-1)),
    "ops.mean": ("ops.mean", {"axis": -1}, lambda x: x.mean(-1)),
    "ops.var": ("ops.var", {"axis": -1}, lambda x: x.var(-1)),
    "ops.std": ("ops.std", {"axis": -1}, lambda x: x.std(-1)),
    "ops.norm": ("ops.norm", {"axis": -1}, lambda x: np.sqrt((x * x).sum(-1))),
    "ops.normalize": (
        "ops.normalize",
        {"axis": -1, "order": 2},
        lambda x: x / np.maximum(np.sqrt((x * x).sum(-1, keepdims=True)), 1e-7),
    ),
}


SIZES = [rows(1e-20), rows(1), rows(30), rows(1, shift=1e5), rows(1e4), rows(1e20)]


@pytest.mark.parametrize("name", ON_ROWS)
@pytest.mark.parametrize("size", range(len(SIZES)))
def test_functions_of_rows_are_exact_at_every_size(name: str, size: int) -> None:
    """But for sparsemax of numbers beside which its 1 vanishes: Keras's is not a number there."""
    x = SIZES[size] if name != "sparsemax" else np.clip(SIZES[size], -1e6, 1e6)
    type_name, values, function = ON_ROWS[name]
    agree(call(type_name, x, **values), function(x.astype(np.float64)))


def pick(array: Array, gate: int, units: int) -> Array:
    return array[..., gate * units : (gate + 1) * units]


def lstm(x: Array, states: list[Array], w: dict[str, Array]) -> Array:
    """Every output of an LSTM with Keras's weights."""
    h, c = states
    outputs = []
    for step in x.swapaxes(0, 1):
        z = step @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"]
        i, f, g, o = np.split(z, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return np.stack(outputs, axis=1)


def gru(x: Array, states: list[Array], w: dict[str, Array]) -> Array:
    """Every output of a GRU with Keras's weights; a bias in one row says that it resets before the product."""
    (h,), units = states, states[0].shape[-1]
    outputs = []
    first, second = w["bias"] if w["bias"].ndim == 2 else (w["bias"], np.zeros(3 * units))
    for step in x.swapaxes(0, 1):
        inputs, inner = step @ w["kernel"] + first, h @ w["recurrent_kernel"] + second
        u, r = (pick(inputs, gate, units) + pick(inner, gate, units) for gate in (0, 1))
        after = sigmoid(r) * pick(inner, 2, units)
        before = (sigmoid(r) * h) @ pick(w["recurrent_kernel"], 2, units)
        n = np.tanh(pick(inputs, 2, units) + (after if w["bias"].ndim == 2 else before))
        h = sigmoid(u) * h + sigmoid(-u) * n
        outputs.append(h)
    return np.stack(outputs, axis=1)


def simple_rnn(x: Array, states: list[Array], w: dict[str, Array]) -> Array:
    """Every output of a SimpleRNN whose activation is the sigmoid."""
    (h,) = states
    outputs = []
    for step in x.swapaxes(0, 1):
        h = sigmoid(step @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"])
        outputs.append(h)
    return np.stack(outputs, axis=1)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("bias", [-80.0, -18.0, 0.0, 18.0, 80.0])
def test_small_outputs_of_a_simple_rnn_keep_their_accuracy(batch: int, bias: float) -> None:
    units, features, random = 4, 3, np.random.default_rng(1)
    x = random.uniform(0.5, 1, (batch, 5, features)).astype(np.float32)
    weights = {
        "kernel": np.zeros((features, units), np.float32),
        "recurrent_kernel": np.zeros((units, units), np.float32),
        "bias": np.full(units, bias, np.float32),
    }
    cfg = layer_of("SimpleRNN", {"units": units, "activation": "sigmoid", "return_sequences": True})
    found = apply(cfg, Weights(WeightStore(weights)), x)[0]
    wide = {name: array.astype(np.float64) for name, array in weights.items()}
    agree(found, simple_rnn(x.astype(np.float64), [np.zeros((batch, units))], wide))


@pytest.mark.parametrize("gates", [(-18, -18), (-80, -80), (-18, 18), (18, -18), (80, 80), (-100, 100), (0, -40)])
@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_small_gates_of_a_conv_lstm_keep_their_accuracy(size: float, gates: tuple[float, float]) -> None:
    """At a kernel of one entry it is an LSTM at every place."""
    units, features, places, random = 4, 3, 5, np.random.default_rng(1)
    states = [(size * random.uniform(0.5, 1, (2, places, units))).astype(np.float32)] * 2
    x = random.uniform(0.5, 1, (2, 2, places, features)).astype(np.float32)
    kernel, recurrent = (np.zeros((rows, 4 * units), np.float32) for rows in (features, units))
    kernel[:, 2 * units : 3 * units] = random.uniform(0.1, 0.5, (features, units))
    bias = np.repeat(np.array([*gates, 0, 1], np.float32), units)
    store = WeightStore({"kernel": kernel[None], "recurrent_kernel": recurrent[None], "bias": bias})
    values = {"filters": units, "kernel_size": 1, "recurrent_activation": "sigmoid", "return_sequences": True}
    found = apply(layer_of("ConvLSTM1D", values), Weights(store), x, tuple(states))[0]
    wide = {"kernel": kernel, "recurrent_kernel": recurrent, "bias": bias}
    wide = {name: array.astype(np.float64) for name, array in wide.items()}
    agree(found, lstm(x.astype(np.float64), [array.astype(np.float64) for array in states], wide))


RECURRENT: dict[str, tuple[str, dict[str, Any], Callable[..., Array], int]] = {
    "LSTM": ("LSTM", {}, lstm, 4),
    "GRU": ("GRU", {}, gru, 3),
    "GRU, reset before": ("GRU", {"reset_after": False}, gru, 3),
}


@pytest.mark.parametrize("kind", RECURRENT)
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("gates", [(-18, -18), (-80, -80), (-18, 18), (18, -18), (80, 80), (-100, 100), (0, -40)])
def test_small_gates_of_a_recurrent_layer_keep_their_accuracy(
    kind: str, batch: int, size: float, gates: tuple[float, float]
) -> None:
    """Biases hold the gates nearly shut or open, the states at the start are small, usual or large."""
    type_name, values, twin, count = RECURRENT[kind]
    units, features, random = 4, 3, np.random.default_rng(1)
    state = [(size * random.uniform(0.5, 1, (batch, units))).astype(np.float32)] * (2 if type_name == "LSTM" else 1)
    x = random.uniform(0.5, 1, (batch, 2, features)).astype(np.float32)
    # Kernels of the gates are zero, so that what they are is known exactly.
    kernel, recurrent = (np.zeros((rows, count * units), np.float32) for rows in (features, units))
    candidate = slice(2 * units, 3 * units)
    kernel[:, candidate] = random.uniform(0.1, 0.5, (features, units))
    bias = np.repeat(np.array([*gates, 0, 1][:count], np.float32), units)
    weights = {"kernel": kernel, "recurrent_kernel": recurrent, "bias": bias}
    if kind == "GRU":
        weights["bias"] = np.stack([bias, 0 * bias + 0.25])
        weights["bias"][1, : 2 * units] = 0
    layer_type = find(type_name)
    assert layer_type is not None
    cfg = layer_type(units=units, return_sequences=True, **values)
    found = apply(cfg, Weights(WeightStore(weights)), x, tuple(state))[0]
    wide = {name: array.astype(np.float64) for name, array in weights.items()}
    agree(found, twin(x.astype(np.float64), [array.astype(np.float64) for array in state], wide))


@pytest.mark.parametrize("gate", [-80.0, -18.0, 0.0, 18.0, 80.0])
def test_glu_keeps_small_gates(gate: float) -> None:
    x = np.array([[3.0, -5.0, gate, gate]], np.float32)
    agree(call("Activation", x, activation="glu"), x[:, :2] * sigmoid(np.array(gate)))
