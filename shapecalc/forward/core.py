"""Forwards of layers/core.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from shapecalc.forward.activation_functions import activate
from shapecalc.forward.base import Array, cast_floats, forward, mask_rule
from shapecalc.forward.memory import bytes_of, copy_memory, entries, list_outputs, parameters, width
from shapecalc.forward.sizes import number, numbers
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.core import Dense, EinsumDense, Embedding, Identity, Masking, ReversibleEmbedding, Weight


class Adapted(Protocol):
    """A config whose matrix may have LoRA beside it."""

    @property
    def lora_rank(self) -> int | None: ...
    @property
    def compute_dtype(self) -> str: ...


def ask_matrix(cfg: Adapted, weight: Weights, name: str, shape: tuple[int, ...], scale: float = 1.0) -> Array:
    """The weight called `name`, with LoRA plus `scale` times the product of the two beside it.

    In Keras 3 Dense and Embedding ignore `lora_alpha`. https://arxiv.org/abs/2106.09685
    """
    values = weight(name, shape, getattr(cfg, f"{name}_initializer"))
    if cfg.lora_rank is not None:
        single = weight.of_dtype("float32")
        narrow = single(f"lora_{name}_a", (*shape[:-1], cfg.lora_rank), "he_uniform")
        wide = single(f"lora_{name}_b", (cfg.lora_rank, shape[-1]), "zeros")
        values = values + scale * (narrow @ wide)
    return values.astype(cfg.compute_dtype, copy=False)


def multiply(x: Array, kernel: Array) -> Array:
    """x @ kernel; sums of half precision are computed in float32."""
    if x.dtype == kernel.dtype == np.float16:
        return np.asarray(x.astype(np.float32) @ kernel.astype(np.float32)).astype(np.float16)
    return np.asarray(x @ kernel)


def dense_memory(cfg: Dense, feed: tuple[Any, ...], inferred: Any) -> int:
    """Bytes of a contiguous copy of the input, of the product before it is activated, and of the kernel with LoRA."""
    adapted = 8 * parameters(inferred) if cfg.lora_rank is not None else 0
    return copy_memory(cfg, feed, inferred) + bytes_of(*list_outputs(inferred)) + adapted


@forward("Dense", memory=dense_memory)
def dense(cfg: Dense, weight: Weights, inputs: Array) -> Array:
    """inputs @ kernel + bias, activated: one product over all rows, whatever the axes before the last."""
    x = np.asarray(inputs, dtype=cfg.compute_dtype)
    kernel = ask_matrix(cfg, weight, "kernel", (x.shape[-1], number(cfg.units)))
    y = multiply(x.reshape(-1, x.shape[-1]), kernel)
    if cfg.use_bias:
        y += weight("bias", (number(cfg.units),), cfg.bias_initializer).astype(y.dtype, copy=False)
    y = activate(cfg.activation, y)
    return y.reshape(*x.shape[:-1], y.shape[-1])


def einsum_memory(cfg: EinsumDense, feed: Any, inferred: Any) -> int:
    """Bytes of the operands with their axes in order, and of the product before its bias and activation."""
    size = width(cfg.compute_dtype)
    return 2 * (copy_memory(cfg, feed, inferred) + bytes_of(*list_outputs(inferred))) + 2 * size * parameters(inferred)


@forward("EinsumDense", memory=einsum_memory)
def einsum_dense(cfg: EinsumDense, weight: Weights, inputs: Array) -> Array:
    """The kernel's sizes come from the input's axes and, where the equation makes new ones, from `output_shape`."""
    x = np.asarray(inputs, dtype=cfg.compute_dtype)
    operands, _, outputs = cfg.equation.replace("...", "").partition("->")
    letters, _, kernel_letters = operands.partition(",")
    keeps_left = cfg.equation.startswith("...")
    sizes = dict(zip(letters, x.shape[-len(letters) :] if keeps_left else x.shape, strict=False))
    output_sizes = zip(outputs if keeps_left else outputs[1:], cfg.output_shape, strict=True)
    sizes |= {letter: size for letter, size in output_sizes if size is not None}
    scale = 1.0 if cfg.lora_rank is None or cfg.lora_alpha is None else cfg.lora_alpha / cfg.lora_rank
    kernel = ask_matrix(cfg, weight, "kernel", tuple(sizes[letter] for letter in kernel_letters), scale)
    y = _multiply_by_equation(cfg.equation, x, kernel)
    if cfg.bias_axes is not None:
        first = min(outputs.index(letter) for letter in cfg.bias_axes)
        after = (1,) * (x.ndim - len(letters)) if cfg.equation.endswith("...") else ()
        bias_shape = (*(sizes[letter] if letter in cfg.bias_axes else 1 for letter in outputs[first:]), *after)
        y = y + weight("bias", bias_shape, cfg.bias_initializer).astype(y.dtype, copy=False)
    return activate(cfg.activation, y)


def _multiply_by_equation(equation: str, x: Array, kernel: Array) -> Array:
    """The einsum of two operands, computed by matrix products where the equation allows it."""
    if x.dtype == np.float16:
        return _multiply_by_equation(equation, x.astype(np.float32), kernel.astype(np.float32)).astype(np.float16)
    return np.asarray(np.einsum(equation, x, kernel, optimize=True))


def lookup_memory(cfg: Embedding, feed: Any, inferred: Any) -> int:
    """Bytes of the indices and of comparisons with them, and of a copy of the table with LoRA or transposed."""
    turned = cfg.lora_rank is not None or getattr(cfg, "reverse", False)
    return (
        copy_memory(cfg, feed, inferred)
        + 8 * entries(*feed)
        + bytes_of(*list_outputs(inferred))
        + 8 * parameters(inferred) * turned
    )


@forward("Embedding", memory=lookup_memory)
def embedding(cfg: Embedding, weight: Weights, inputs: Array) -> Array:
    return _look_up(cfg, weight, inputs)


def _look_up(cfg: Embedding, weight: Weights, inputs: Array) -> Array:
    """Rows of the table, (..., output_dim); negative indices count from its end."""
    table = ask_matrix(cfg, weight, "embeddings", numbers((cfg.input_dim, cfg.output_dim)))
    indices = np.asarray(inputs)
    if indices.dtype not in (np.int32, np.int64):
        indices = indices.astype(np.int32)
    beyond = indices[(indices >= len(table)) | (indices < -len(table))]
    if beyond.size:
        raise ValueError(f"the embedding has rows 0 to {len(table) - 1}, and was asked for {beyond.flat[0]}")
    return np.asarray(table[indices])


@mask_rule("Embedding")
def embedding_mask(cfg: Embedding, feed: tuple[Array, ...], masks: tuple[Any, ...]) -> Array | None:
    return _find_nonzero(feed) if cfg.mask_zero else None


def _find_nonzero(feed: tuple[Array, ...]) -> Array:
    return np.asarray(np.asarray(feed[0]) != 0)


@forward("ReversibleEmbedding", memory=lookup_memory)
def reversible_embedding(cfg: ReversibleEmbedding, weight: Weights, inputs: Array) -> Array:
    back = None
    if not cfg.tie_weights:
        back = weight("reverse_embeddings", numbers((cfg.output_dim, cfg.input_dim)), cfg.embeddings_initializer)
    if not cfg.reverse:
        return _look_up(cfg, weight, inputs)
    table = ask_matrix(cfg, weight, "embeddings", numbers((cfg.input_dim, cfg.output_dim)))
    kernel = (table.T if back is None else back).astype(cfg.compute_dtype, copy=False)
    x = np.asarray(inputs)
    if cfg.reverse_dtype is not None:
        x, kernel = x.astype(cfg.reverse_dtype), kernel.astype(cfg.reverse_dtype)
    elif x.dtype.kind != "f":
        x = x.astype(kernel.dtype)
    logits = multiply(x, kernel)
    if cfg.logit_soft_cap is not None:
        logits = np.tanh(logits / cfg.logit_soft_cap) * cfg.logit_soft_cap
    return logits


@mask_rule("ReversibleEmbedding")
def reversible_embedding_mask(
    cfg: ReversibleEmbedding, feed: tuple[Array, ...], masks: tuple[Any, ...]
) -> Array | None:
    return _find_nonzero(feed) if cfg.mask_zero and not cfg.reverse else None


@forward("Identity")
def identity(cfg: Identity, weight: Weights, inputs: Array | tuple[Array, ...]) -> tuple[Array, ...]:
    arrays = inputs if isinstance(inputs, tuple) else (inputs,)
    return tuple(cast_floats(array, cfg.compute_dtype) for array in arrays)


@mask_rule("Identity")
def identity_mask(cfg: Identity, feed: tuple[Any, ...], masks: tuple[Any, ...]) -> tuple[Array | None, ...]:
    """Each tensor keeps its own mask."""
    several = len(feed[0]) if isinstance(feed[0], tuple) else 1
    came = masks[0]
    return came if isinstance(came, tuple) else (came,) * several


@forward("Masking")
def masking(cfg: Masking, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    if x.dtype == bool:
        x = x.astype(np.int32)
    return np.where(_find_steps(cfg, x)[..., None], x, x.dtype.type(0))


@mask_rule("Masking")
def masking_mask(cfg: Masking, feed: tuple[Array, ...], masks: tuple[Any, ...]) -> Array:
    return _find_steps(cfg, cast_floats(feed[0], cfg.compute_dtype))


def _find_steps(cfg: Masking, x: Array) -> Array:
    """The steps with a feature other than `mask_value`, compared in the precision of `x`."""
    value = x.dtype.type(cfg.mask_value) if x.dtype.kind == "f" else cfg.mask_value
    return np.asarray((x != value).any(axis=-1))


@forward("Weight")
def weight_entry(cfg: Weight, weight: Weights, like: Array) -> Array:
    value = weight("weight", numbers(cfg.shape), cfg.initializer)
    return np.broadcast_to(value, (like.shape[0], *value.shape))
