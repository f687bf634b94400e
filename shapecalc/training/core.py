"""What the layers of layers/core.py keep for the backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.layers.equations import parse_equation
from shapecalc.training.activation_functions import activate
from shapecalc.training.array import Array, make_array
from shapecalc.training.einsum import einsum
from shapecalc.training.elementwise import add, choose, combine, make_scalar, map_entries, multiply
from shapecalc.training.keeping import keeps
from shapecalc.training.products import matmul
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import expand, reshape, turn_matrices

if TYPE_CHECKING:
    from shapecalc.layers.core import Dense, EinsumDense, Embedding, Identity, Masking, ReversibleEmbedding, Weight


def ask_adapted(tape: Tape, name: str) -> Array:
    """The weight of this name; with LoRA the sum of it and the product of the two narrow ones beside it."""
    weight = tape.weight(name)
    narrow = f"lora_{name}_a"
    if tape.find_weight(narrow) is None:
        return weight
    product = matmul(tape, tape.weight(narrow), tape.weight(f"lora_{name}_b"))
    return cast(add(weight, product, f"adapted {name}"), tape.scope.layer.compute_dtype)


@keeps("Dense")
def dense(cfg: Dense, tape: Tape, inputs: Array) -> Array:
    """The input, for the gradient of the kernel, and what the activation needs."""
    x = matmul(tape, inputs, ask_adapted(tape, "kernel"))
    if cfg.use_bias:
        x = add(x, tape.weight("bias"))
    return activate(tape, cfg.activation, x)


@keeps("EinsumDense")
def einsum_dense(cfg: EinsumDense, tape: Tape, inputs: Array) -> Array:
    """As Dense."""
    equation = parse_equation(cfg.equation)
    dots = {"left": "...{}", "right": "{}..."}.get(equation.ellipsis, "{}")
    letters = [dots.format(equation.inputs), equation.kernel]
    kernel = ask_adapted(tape, "kernel")
    x = einsum(tape, [inputs, kernel], letters, dots.format(equation.outputs))
    if cfg.bias_axes is not None:
        x = add(x, tape.weight("bias"))
    return activate(tape, cfg.activation, x)


@keeps("Embedding")
def embedding(cfg: Embedding, tape: Tape, inputs: Array) -> Array:
    """The rows that were taken: 8 bytes each."""
    table = ask_adapted(tape, "embeddings")
    if table.needs_grad:
        tape.save(make_array("indices", inputs.shape, "int64"))
    return make_array("rows", (*inputs.shape, table.shape[-1]), table.dtype, table.needs_grad)


@keeps("ReversibleEmbedding")
def reversible_embedding(cfg: ReversibleEmbedding, tape: Tape, inputs: Array) -> Array:
    """Forwards the rows that were taken; in reverse the input, as Dense."""
    if not cfg.reverse:
        return embedding(cfg, tape, inputs)
    kernel = turn_matrices(ask_adapted(tape, "embeddings")) if cfg.tie_weights else tape.weight("reverse_embeddings")
    x = inputs
    if cfg.reverse_dtype is not None:
        x, kernel = cast(x, cfg.reverse_dtype), cast(kernel, cfg.reverse_dtype)
    logits = matmul(tape, x, kernel, "logits")
    if cfg.logit_soft_cap is None:
        return logits
    scaled = map_entries(tape, "tanh", combine(logits, name="scaled"), "tanh")
    return multiply(tape, scaled, make_scalar(scaled.dtype), "capped logits")


@keeps("Masking")
def masking(cfg: Masking, tape: Tape, inputs: Array) -> Array:
    """A byte a step."""
    mask = make_array("mask", (*inputs.shape[:-1], 1), "bool")
    tape.made = reshape(mask, inputs.shape[:-1])
    return choose(tape, mask, inputs, make_scalar(inputs.dtype), "masked")


@keeps("Identity")
def identity(cfg: Identity, tape: Tape, inputs: Array | tuple[Array, ...]) -> Array | tuple[Array, ...]:
    return inputs


@keeps("Weight")
def weight(cfg: Weight, tape: Tape, like: Array) -> Array:
    """Nothing: the learned array, repeated for each sample in place."""
    return expand(tape.weight("weight"), (like.shape[0], *cfg.shape))
