"""Dense layers, tables and what passes tensors on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.dims import Size
from shapecalc.formats.onnx.writing.activations import activate
from shapecalc.formats.onnx.writing.base import (
    Array,
    Masks,
    Value,
    WeightView,
    mask_writer,
    number,
    number_type,
    numbers,
    writer,
)
from shapecalc.formats.onnx.writing.casts import cast_floats

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.core import Dense, EinsumDense, Embedding, Identity, Masking, ReversibleEmbedding, Weight


def ask_matrix(cfg: Any, weight: WeightView, name: str, shape: tuple[int, ...], scale: float = 1.0) -> Array:
    """The weight called `name` in the layer's precision; LoRA is added to it."""
    values = weight(name, shape, getattr(cfg, f"{name}_initializer"))
    if cfg.lora_rank is not None:
        single = weight.of_dtype("float32")
        narrow = single(f"lora_{name}_a", (*shape[:-1], cfg.lora_rank), "he_uniform")
        wide = single(f"lora_{name}_b", (cfg.lora_rank, shape[-1]), "zeros")
        values = values + scale * (narrow @ wide)
    return values.astype(number_type(cfg.compute_dtype), copy=False)


@writer("Dense", "TimeDistributedDense")
def dense(nodes: Nodes, cfg: Dense, weight: WeightView, inputs: Value) -> Value:
    """inputs @ kernel + bias, activated."""
    x = nodes.cast(inputs, cfg.compute_dtype)
    units = number(cfg.units, "`units`")
    features = number(x.shape[-1], "the last axis of its input")
    kernel = ask_matrix(cfg, weight, "kernel", (features, units))
    y = nodes.matmul(x, nodes.weight(weight, "kernel", kernel))
    if cfg.use_bias:
        y = nodes.op("Add", y, add_weight(nodes, weight, "bias", (units,), cfg.bias_initializer, y.dtype))
    return activate(nodes, cfg.activation, y)


def add_weight(
    nodes: Nodes, weight: WeightView, name: str, shape: tuple[int, ...], initializer: Any, dtype: str
) -> Value:
    """A weight as it is, in another precision where one is asked for."""
    return nodes.weight(weight, name, weight(name, shape, initializer).astype(number_type(dtype), copy=False))


@writer("EinsumDense")
def einsum_dense(nodes: Nodes, cfg: EinsumDense, weight: WeightView, inputs: Value) -> Value:
    """The kernel's sizes come from the input's axes and, where the equation makes new ones, from `output_shape`."""
    x = nodes.cast(inputs, cfg.compute_dtype)
    operands, _, outputs = cfg.equation.replace("...", "").partition("->")
    letters, _, kernel_letters = operands.partition(",")
    keeps_left = cfg.equation.startswith("...")
    known: dict[str, Size] = dict(zip(letters, x.shape[-len(letters) :] if keeps_left else x.shape, strict=False))
    sizes = zip(outputs if keeps_left else outputs[1:], cfg.output_shape, strict=True)
    known |= {letter: size for letter, size in sizes if size is not None}
    scale = 1.0 if cfg.lora_rank is None or cfg.lora_alpha is None else cfg.lora_alpha / cfg.lora_rank
    shape = numbers(tuple(known[letter] for letter in kernel_letters), "the shape of its kernel")
    kernel = nodes.weight(weight, "kernel", ask_matrix(cfg, weight, "kernel", shape, scale))
    y = nodes.einsum(cfg.equation, x, kernel)
    if cfg.bias_axes is not None:
        first = min(outputs.index(letter) for letter in cfg.bias_axes)
        after = (1,) * (x.ndim - len(letters)) if cfg.equation.endswith("...") else ()
        axes = tuple(known[letter] if letter in cfg.bias_axes else 1 for letter in outputs[first:])
        bias = (*numbers(axes, "the shape of its bias"), *after)
        y = nodes.op("Add", y, add_weight(nodes, weight, "bias", bias, cfg.bias_initializer, y.dtype))
    return activate(nodes, cfg.activation, y)


@writer("Embedding")
def embedding(nodes: Nodes, cfg: Embedding, weight: WeightView, inputs: Value) -> Value:
    return _look_up(nodes, cfg, weight, inputs)


def _look_up(nodes: Nodes, cfg: Embedding, weight: WeightView, inputs: Value) -> Value:
    """Rows of the table, (..., output_dim)."""
    shape = numbers((cfg.input_dim, cfg.output_dim), "the shape of its table")
    table = nodes.weight(weight, "embeddings", ask_matrix(cfg, weight, "embeddings", shape))
    indices = inputs if inputs.dtype in ("int32", "int64") else nodes.cast(inputs, "int32")
    return nodes.op("Gather", table, indices, axis=0)


@mask_writer("Embedding")
def embedding_mask(nodes: Nodes, cfg: Embedding, feed: Any, masks: Masks) -> Value | None:
    return find_nonzero(nodes, feed[0]) if cfg.mask_zero else None


def find_nonzero(nodes: Nodes, x: Value) -> Value:
    """Where `x` is not 0."""
    if x.dtype not in ("int32", "int64", "float32", "float64"):
        x = nodes.cast(x, "int32")
    return nodes.op("Not", nodes.op("Equal", x, nodes.like(0, x)))


@writer("ReversibleEmbedding")
def reversible_embedding(nodes: Nodes, cfg: ReversibleEmbedding, weight: WeightView, inputs: Value) -> Value:
    shape = numbers((cfg.input_dim, cfg.output_dim), "the shape of its table")
    if not cfg.reverse:
        return _look_up(nodes, cfg, weight, inputs)
    table = ask_matrix(cfg, weight, "embeddings", shape)
    if cfg.tie_weights:
        kernel = nodes.transpose(nodes.weight(weight, "embeddings", table), (1, 0))
    else:
        back = weight("reverse_embeddings", shape[::-1], cfg.embeddings_initializer)
        kernel = nodes.weight(weight, "reverse_embeddings", back.astype(number_type(cfg.compute_dtype), copy=False))
    x = inputs
    if cfg.reverse_dtype is not None:
        x, kernel = nodes.cast(x, cfg.reverse_dtype), nodes.cast(kernel, cfg.reverse_dtype)
    else:
        x = nodes.cast(x, kernel.dtype)
    logits = nodes.matmul(x, kernel)
    if cfg.logit_soft_cap is not None:
        cap = nodes.like(cfg.logit_soft_cap, logits)
        logits = nodes.op("Mul", nodes.op("Tanh", nodes.op("Div", logits, cap)), cap)
    return logits


@mask_writer("ReversibleEmbedding")
def reversible_embedding_mask(nodes: Nodes, cfg: ReversibleEmbedding, feed: Any, masks: Masks) -> Value | None:
    return find_nonzero(nodes, feed[0]) if cfg.mask_zero and not cfg.reverse else None


@writer("Identity")
def identity(nodes: Nodes, cfg: Identity, weight: WeightView, inputs: Value | tuple[Value, ...]) -> tuple[Value, ...]:
    several = inputs if isinstance(inputs, tuple) else (inputs,)
    return tuple(cast_floats(nodes, x, cfg) for x in several)


@mask_writer("Identity")
def identity_mask(nodes: Nodes, cfg: Identity, feed: Any, masks: Masks) -> Any:
    """Each tensor keeps its own mask."""
    several = len(feed[0]) if isinstance(feed[0], tuple) else 1
    came = masks[0]
    return came if isinstance(came, tuple) else (came,) * several


@writer("Masking")
def masking(nodes: Nodes, cfg: Masking, weight: WeightView, inputs: Value) -> Value:
    x = _prepare_masked(nodes, cfg, inputs)
    kept = nodes.unsqueeze(_find_steps(nodes, cfg, x), -1)
    return nodes.where(kept, x, nodes.like(0, x))


@mask_writer("Masking")
def masking_mask(nodes: Nodes, cfg: Masking, feed: Any, masks: Masks) -> Value:
    return _find_steps(nodes, cfg, _prepare_masked(nodes, cfg, feed[0]))


def _prepare_masked(nodes: Nodes, cfg: Masking, inputs: Value) -> Value:
    x = cast_floats(nodes, inputs, cfg)
    return nodes.cast(x, "int32") if x.dtype == "bool" else x


def _find_steps(nodes: Nodes, cfg: Masking, x: Value) -> Value:
    """The steps with a feature other than `mask_value`."""
    differs = nodes.op("Not", nodes.op("Equal", x, nodes.like(np.asarray(cfg.mask_value).item(), x)))
    return any_of(nodes, differs, [-1])


def any_of(nodes: Nodes, x: Value, axes: list[int]) -> Value:
    """Whether any of the truth values along axes is true."""
    return nodes.cast(nodes.reduce("ReduceMax", nodes.cast(x, "int32"), axes), "bool")


def all_of(nodes: Nodes, x: Value, axes: list[int]) -> Value:
    """Whether all of the truth values along axes are true."""
    return nodes.cast(nodes.reduce("ReduceMin", nodes.cast(x, "int32"), axes), "bool")


@writer("Weight")
def weight_entry(nodes: Nodes, cfg: Weight, weight: WeightView, like: Value) -> Value:
    """The weight, the same for every sample."""
    shape = numbers(cfg.shape, "its shape")
    value = nodes.weight(weight, "weight", weight("weight", shape, cfg.initializer))
    return nodes.expand(nodes.unsqueeze(value, 0), (like.shape[0], *shape))
