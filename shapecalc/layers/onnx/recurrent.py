"""Recurrent operators. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.base import port_name
from shapecalc.layers.onnx.base import Operator, index_by_name, rule
from shapecalc.layers.values import Inferred, Tensor


class Recurrent(Operator):
    """A cell run along the steps, in one direction or both."""

    type_name = "onnx.Recurrent"
    numbers = ("sequence_lens",)
    gates: ClassVar[int] = 1
    states: ClassVar[tuple[str, ...]] = ("Y_h",)
    direction = arg.choice("forward", "reverse", "bidirectional", default="forward", doc="Which way the steps go.")
    hidden_size = arg.optional(arg.count(doc="Size of the state."))
    layout = arg.count(0, doc="1 puts the batch first.", low=0)
    activations = arg.value(None, "Functions of the gates.")
    activation_alpha = arg.value(None, "Their parameters.")
    activation_beta = arg.value(None, "Their parameters.")
    clip = arg.optional(arg.number(doc="Bound of what the functions are fed."))


class RNN(Recurrent):
    """A simple recurrent layer. https://onnx.ai/onnx/operators/onnx__RNN.html"""

    type_name = "onnx.RNN"
    ports = ("X", "W", "R", "B?", "sequence_lens?", "initial_h?")


class GRU(Recurrent):
    """Gated recurrent unit. https://onnx.ai/onnx/operators/onnx__GRU.html"""

    type_name = "onnx.GRU"
    ports = ("X", "W", "R", "B?", "sequence_lens?", "initial_h?")
    gates = 3
    linear_before_reset = arg.flag(doc="Multiply the state before it is reset.")


class LSTM(Recurrent):
    """Long short-term memory. https://onnx.ai/onnx/operators/onnx__LSTM.html"""

    type_name = "onnx.LSTM"
    ports = ("X", "W", "R", "B?", "sequence_lens?", "initial_h?", "initial_c?", "P?")
    gates = 4
    states = ("Y_h", "Y_c")
    input_forget = arg.flag(doc="Couple the input gate to the forget gate.")


@rule(RNN, GRU, LSTM)
def recurrent(cfg: Recurrent, X: Tensor, W: Tensor, R: Tensor, *more: Any) -> Inferred:
    first, second, features = X.shape.axes("steps", "batch", "features")
    steps, batch = (second, first) if cfg.layout else (first, second)
    directions = 2 if cfg.direction == "bidirectional" else 1
    gates = type(cfg).gates
    for port, weight in (("W", W), ("R", R)):
        if weight.shape.ndim != 3:
            message = f"has a weight (directions, gates * units, features), got {weight.shape}"
            raise ShapeError(message, input=port, code="SC404")
    units = R.shape[-1]
    if cfg.hidden_size is not None:
        message = f"has a weight of {R.shape}, and {cfg.hidden_size} units"
        require_same(units, cfg.hidden_size, message, input="R", code="SC404")
    message = f"has a weight of {W.shape}, and is fed {features} features"
    require_same(W.shape[-1], features, message, input="W", code="SC404")
    require_same(W.shape[-2], gates * units, f"has {gates} gates of {units}, got {W.shape}", input="W", code="SC404")
    outputs: tuple[Size, ...] = (steps, directions, batch, units)
    states: tuple[Size, ...] = (directions, batch, units)
    if cfg.layout:
        outputs, states = (batch, steps, directions, units), (batch, directions, units)
    rows = gates * units
    kernels = (directions, rows, features), (directions, rows, units), (directions, 2 * rows)
    _require_shapes(cfg, (W, R, *more), (*kernels, (batch,), states, states, (directions, 3 * units)))
    tensors = {"output": Tensor(Shape(outputs), X.dtype, False)}
    tensors |= {name: Tensor(Shape(states), X.dtype, False) for name in type(cfg).states}
    product = (batch, steps, directions, gates * units)
    return Inferred(tensors, macs={"W": (*product, features), "R": (*product, units)})


def _require_shapes(cfg: Recurrent, fed: Sequence[Any], wanted: Sequence[tuple[Size, ...]]) -> None:
    """Demands the shapes of all ports after the first, of which some may be left out. Raises ShapeError."""
    for port, tensor, sizes in zip(cfg.ports[1:], fed, wanted, strict=False):
        if tensor is None:
            continue
        name, message = port_name(port), f"needs {Shape(sizes)} as `{port_name(port)}`, got {tensor.shape}"
        if tensor.shape.ndim != len(sizes):
            raise ShapeError(message, input=name, code="SC404")
        for size, needed in zip(tensor.shape, sizes, strict=True):
            require_same(size, needed, message, input=name, code="SC404")


TYPES = index_by_name(RNN, GRU, LSTM)
