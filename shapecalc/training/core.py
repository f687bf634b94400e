"""What the layers of layers/core.py keep for the backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.training.activation_functions import activate
from shapecalc.training.array import Array
from shapecalc.training.elementwise import add
from shapecalc.training.keeping import keeps
from shapecalc.training.products import matmul
from shapecalc.training.tape import Tape

if TYPE_CHECKING:
    from shapecalc.layers.core import Dense, Identity


@keeps("Dense")
def dense(cfg: Dense, tape: Tape, inputs: Array) -> Array:
    """The input, for the gradient of the kernel, and what the activation needs."""
    x = matmul(tape, inputs, tape.weight("kernel"))
    if cfg.use_bias:
        x = add(x, tape.weight("bias"))
    return activate(tape, cfg.activation, x)


@keeps("Identity")
def identity(cfg: Identity, tape: Tape, inputs: Array) -> Array:
    return inputs
