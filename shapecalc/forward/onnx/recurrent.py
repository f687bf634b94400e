"""Forwards of layers/onnx/recurrent.py.

The equations are those of https://onnx.ai/onnx/operators/onnx__LSTM.html and its neighbours: gates stand in the order
of the file, i o f c of an LSTM and z r h of a GRU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.onnx.base import as_single, choose, operator
from shapecalc.forward.onnx.elementwise import sigmoid, softplus

if TYPE_CHECKING:
    from shapecalc.layers.onnx.recurrent import GRU, LSTM, RNN, Recurrent

Function = Callable[[Array], Array]

_FUNCTIONS: dict[str, tuple[float, float, Callable[[Array, float, float], Any]]] = {
    "sigmoid": (0, 0, lambda x, alpha, beta: sigmoid(x)),
    "tanh": (0, 0, lambda x, alpha, beta: np.tanh(x)),
    "relu": (0, 0, lambda x, alpha, beta: np.maximum(x, 0)),
    "affine": (1, 0, lambda x, alpha, beta: alpha * x + beta),
    "leakyrelu": (0.01, 0, lambda x, alpha, beta: np.where(x < 0, alpha * x, x)),
    "thresholdedrelu": (1, 0, lambda x, alpha, beta: np.where(x > alpha, x, 0)),
    "scaledtanh": (1, 1, lambda x, alpha, beta: alpha * np.tanh(beta * x)),
    "hardsigmoid": (0.2, 0.5, lambda x, alpha, beta: np.clip(alpha * x + beta, 0, 1)),
    "elu": (1, 0, lambda x, alpha, beta: np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)),
    "softsign": (0, 0, lambda x, alpha, beta: x / (1 + np.abs(x))),
    "softplus": (0, 0, lambda x, alpha, beta: softplus(x)),
}
"""Functions of gates by their names in small letters, with the default of their two parameters."""

_WITH_ALPHA = ("affine", "leakyrelu", "thresholdedrelu", "scaledtanh", "hardsigmoid", "elu")
_WITH_BETA = ("affine", "scaledtanh", "hardsigmoid")


def _list_functions(cfg: Recurrent, default: Sequence[str], directions: int) -> list[list[Function]]:
    """The functions of each direction. Parameters stand in a row for the functions that have one."""
    names = [str(name).lower() for name in cfg.activations or [*default] * directions]
    alphas, betas = iter(_as_list(cfg.activation_alpha)), iter(_as_list(cfg.activation_beta))
    functions = [_make_function(cfg, name, alphas, betas) for name in names]
    each = len(default)
    return [functions[each * direction : each * (direction + 1)] for direction in range(directions)]


def _as_list(value: Any) -> list[float]:
    return [] if value is None else [float(item) for item in value]


def _make_function(cfg: Recurrent, name: str, alphas: Iterator[float], betas: Iterator[float]) -> Function:
    alpha, beta, function = choose(_FUNCTIONS, name, "activations")
    alpha = next(alphas, alpha) if name in _WITH_ALPHA else alpha
    beta = next(betas, beta) if name in _WITH_BETA else beta

    def run(x: Array) -> Array:
        bounded = x if cfg.clip is None else np.clip(x, -cfg.clip, cfg.clip)
        return np.asarray(function(bounded, alpha, beta)).astype(x.dtype, copy=False)

    return run


Step = Callable[[Array, "tuple[Array, ...]"], "tuple[Array, ...]"]
"""The states after a step, of what the step is fed and the states before; the first state is the output."""


def _run_direction(
    x: Array, states: tuple[Array, ...], lengths: Array | None, step: Step, *, backwards: bool
) -> tuple[Array, tuple[Array, ...]]:
    """The outputs of all steps (steps, batch, units), and the states after each sample's last step."""
    steps = x.shape[0]
    outputs = np.zeros((steps, *states[0].shape), states[0].dtype)
    for number in range(steps - 1, -1, -1) if backwards else range(steps):
        new = step(x[number], states)
        if lengths is None:
            states = new
            outputs[number] = new[0]
        else:
            runs = (number < lengths)[:, None]
            states = tuple(np.where(runs, after, before) for after, before in zip(new, states, strict=True))
            outputs[number] = np.where(runs, new[0], 0)
    return outputs, states


def _run(
    cfg: Recurrent,
    X: Array,
    lengths: Array | None,
    initial: Sequence[Array | None],
    units: int,
    make_step: Callable[[int], tuple[Array, Step]],
) -> tuple[Array, ...]:
    """All directions side by side. `make_step` gives the inputs times their weights for a direction, and its step."""
    directions = 2 if cfg.direction == "bidirectional" else 1
    batch = X.shape[0] if cfg.layout else X.shape[1]
    dtype = as_single(X).dtype
    outputs, lasts = [], []
    for direction in range(directions):
        fed, step = make_step(direction)
        states = tuple(
            np.zeros((batch, units), dtype) if state is None
            else as_single(state[:, direction] if cfg.layout else state[direction])
            for state in initial
        )  # fmt: skip
        backwards = direction == 1 or cfg.direction == "reverse"
        output, last = _run_direction(fed, states, lengths, step, backwards=backwards)
        outputs.append(output)
        lasts.append(last)
    y = np.stack(outputs, 1)
    finals = [np.stack([last[number] for last in lasts]) for number in range(len(initial))]
    if cfg.layout:
        y, finals = y.transpose(2, 0, 1, 3), [state.transpose(1, 0, 2) for state in finals]
    return tuple(array.astype(X.dtype, copy=False) for array in (y, *finals))


def _multiply_steps(cfg: Recurrent, X: Array, kernel: Array) -> Array:
    """The inputs of all steps times their weights: (steps, batch, gates * units)."""
    x = as_single(X)
    return np.asarray((x.transpose(1, 0, 2) if cfg.layout else x) @ kernel.T)


def _split_bias(B: Array | None, direction: int, size: int, dtype: Any) -> tuple[Array, Array]:
    """The biases of the inputs and of the states."""
    if B is None:
        return np.zeros(size, dtype), np.zeros(size, dtype)
    both = as_single(B[direction])
    return both[:size], both[size:]


@operator("RNN")
def rnn(
    cfg: RNN, X: Array, W: Array, R: Array, B: Array | None, sequence_lens: Array | None, initial_h: Array | None
) -> Any:
    units = R.shape[-1]
    functions = _list_functions(cfg, ("Tanh",), W.shape[0])

    def make_step(direction: int) -> tuple[Array, Step]:
        recurrent = as_single(R[direction]).T
        first, second = _split_bias(B, direction, units, recurrent.dtype)
        (function,) = functions[direction]

        def step(x: Array, states: tuple[Array, ...]) -> tuple[Array, ...]:
            return (function(x + states[0] @ recurrent),)

        return _multiply_steps(cfg, X, as_single(W[direction])) + (first + second), step

    return _run(cfg, X, sequence_lens, (initial_h,), units, make_step)


@operator("GRU")
def gru(
    cfg: GRU, X: Array, W: Array, R: Array, B: Array | None, sequence_lens: Array | None, initial_h: Array | None
) -> Any:
    units = R.shape[-1]
    functions = _list_functions(cfg, ("Sigmoid", "Tanh"), W.shape[0])

    def make_step(direction: int) -> tuple[Array, Step]:
        recurrent = as_single(R[direction]).T
        first, second = _split_bias(B, direction, 3 * units, recurrent.dtype)
        gate, activate = functions[direction]
        gates, new = recurrent[:, : 2 * units], recurrent[:, 2 * units :]

        def step(x: Array, states: tuple[Array, ...]) -> tuple[Array, ...]:
            (state,) = states
            both = gate(x[:, : 2 * units] + state @ gates + second[: 2 * units])
            update, reset = both[:, :units], both[:, units:]
            if cfg.linear_before_reset:
                inner = reset * (state @ new + second[2 * units :])
            else:
                inner = (reset * state) @ new + second[2 * units :]
            hidden = activate(x[:, 2 * units :] + inner)
            return ((1 - update) * hidden + update * state,)

        return _multiply_steps(cfg, X, as_single(W[direction])) + first, step

    return _run(cfg, X, sequence_lens, (initial_h,), units, make_step)


@operator("LSTM")
def lstm(
    cfg: LSTM, X: Array, W: Array, R: Array, B: Array | None, sequence_lens: Array | None,
    initial_h: Array | None, initial_c: Array | None, P: Array | None,
) -> Any:  # fmt: skip
    units = R.shape[-1]
    functions = _list_functions(cfg, ("Sigmoid", "Tanh", "Tanh"), W.shape[0])

    def make_step(direction: int) -> tuple[Array, Step]:
        recurrent = as_single(R[direction]).T
        first, second = _split_bias(B, direction, 4 * units, recurrent.dtype)
        peep = np.zeros(3 * units, recurrent.dtype) if P is None else as_single(P[direction])
        gate, activate, activate_output = functions[direction]

        def step(x: Array, states: tuple[Array, ...]) -> tuple[Array, ...]:
            state, cell = states
            gates = x + state @ recurrent
            enter, leave, forget, new = (gates[:, units * n : units * (n + 1)] for n in range(4))
            enter = gate(enter + peep[:units] * cell)
            forget = 1 - enter if cfg.input_forget else gate(forget + peep[2 * units :] * cell)
            cell = forget * cell + enter * activate(new)
            leave = gate(leave + peep[units : 2 * units] * cell)
            return leave * activate_output(cell), cell

        return _multiply_steps(cfg, X, as_single(W[direction])) + (first + second), step

    return _run(cfg, X, sequence_lens, (initial_h, initial_c), units, make_step)
