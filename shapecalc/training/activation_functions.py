"""What Keras's activation functions keep. https://keras.io/api/layers/activations/

Each follows what Keras calls on PyTorch; an activation that is one function of PyTorch is in `_FUNCTIONS`.
"""

from __future__ import annotations

from shapecalc.training.array import Array
from shapecalc.training.elementwise import map_entries
from shapecalc.training.tape import Tape

_FUNCTIONS = {
    "relu": "relu",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softmax": "softmax",
    "log_softmax": "log_softmax",
    "exponential": "exp",
    "gelu": "gelu",
    "silu": "silu",
    "elu": "elu",
    "selu": "selu",
    "celu": "celu",
    "softplus": "softplus",
    "leaky_relu": "leaky_relu",
    "relu6": "relu6",
    "hard_sigmoid": "hardsigmoid",
    "hard_silu": "hardswish",
    "hard_tanh": "hardtanh",
}
"""Keras's name to PyTorch's."""

_REMEMBERED = ("sigmoid", "softmax")
"""Functions whose input Keras remembers on the output, for a loss that wants logits."""


def activate(tape: Tape, name: str | None, x: Array) -> Array:
    """What an activation function gives."""
    if name is None or name == "linear":
        return x
    if name in _REMEMBERED:
        tape.pin(x, "logits")
    if name in _FUNCTIONS:
        return map_entries(tape, _FUNCTIONS[name], x, name)
    raise NotImplementedError(name)
