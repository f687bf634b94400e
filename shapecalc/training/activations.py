"""What the layers of layers/activations.py keep for the backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.training.activation_functions import activate, apply_function
from shapecalc.training.array import Array, make_array
from shapecalc.training.elementwise import add, choose, clip, make_condition, make_scalar, map_entries, multiply
from shapecalc.training.keeping import keeps
from shapecalc.training.reductions import reduce_shape
from shapecalc.training.tape import Tape

if TYPE_CHECKING:
    from shapecalc.layers.activations import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax


@keeps("Activation")
def activation(cfg: Activation, tape: Tape, inputs: Array) -> Array:
    return activate(tape, cfg.activation, inputs)


@keeps("LeakyReLU")
def leaky_relu(cfg: LeakyReLU, tape: Tape, inputs: Array) -> Array:
    return map_entries(tape, "leaky_relu", inputs)


@keeps("ELU")
def elu(cfg: ELU, tape: Tape, inputs: Array) -> Array:
    return map_entries(tape, "elu", inputs)


@keeps("ReLU")
def relu(cfg: ReLU, tape: Tape, inputs: Array) -> Array:
    """What it gives; with a threshold only a mask. An upper limit and a slope each need one array more."""
    if cfg.negative_slope != 0 and cfg.max_value is None and cfg.threshold == 0:
        return map_entries(tape, "leaky_relu", inputs)
    below = (
        None if cfg.negative_slope == 0 else map_entries(tape, "relu", add(inputs, make_scalar()), "below threshold")
    )
    if cfg.threshold != 0:
        x = choose(tape, make_condition(inputs), inputs, make_scalar(), "relu")
    else:
        x = map_entries(tape, "hardtanh" if cfg.max_value == 6 else "relu", inputs, "relu")
    if cfg.max_value is not None and (cfg.max_value != 6 or cfg.threshold != 0):
        x = clip(tape, x)
    return x if below is None else add(x, below, "relu")


@keeps("PReLU")
def prelu(cfg: PReLU, tape: Tape, inputs: Array) -> Array:
    """What is above zero, what is below it, and alpha with its sign turned."""
    above = map_entries(tape, "relu", inputs, "above zero")
    alpha = tape.weight("alpha")
    turned = make_array("-alpha", alpha.shape, alpha.dtype, alpha.needs_grad, copied=True)
    below = map_entries(tape, "relu", add(inputs, make_scalar()), "below zero")
    return add(above, multiply(tape, turned, below), "prelu")


@keeps("Softmax")
def softmax(cfg: Softmax, tape: Tape, inputs: Array, mask: Array | None = None) -> Array:
    """What it gives, and the mask."""
    mask = tape.find_mask(mask)
    x = inputs
    if mask is not None:
        if mask.dtype != "bool":
            mask = make_condition(mask)
        x = choose(tape, mask, x, make_scalar(x.dtype), "masked input")
    if isinstance(cfg.axis, tuple) and len(cfg.axis) > 1:
        if x.needs_grad:
            tape.save(x)
        total = make_array("log of the sum", reduce_shape(x.shape, cfg.axis, True), x.dtype, x.needs_grad)
        if x.needs_grad:
            tape.save(total)
        output = map_entries(tape, "exp", add(x, total), "softmax")
    else:
        # What is masked afterwards does not live on, and its logits with it.
        output = (activate if mask is None else apply_function)(tape, "softmax", x)
    return output if mask is None else choose(tape, mask, output, make_scalar(), "masked softmax")
