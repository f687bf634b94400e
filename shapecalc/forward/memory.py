"""The bytes of memory that a call takes beside its inputs, weights and outputs, from shapes alone.

A forward that works in blocks, or on views, states nothing: `copy_memory` holds for it. One that needs more is
registered with a function of its config, of the tensors it is fed port by port, and of what was inferred.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer

Memory: TypeAlias = Callable[[Any, Any, Any], int]
"""`function(cfg, feed, inferred) -> bytes`: tensors have shape and dtype, `inferred` has outputs, weights, inner."""


class Computing(Protocol):
    """A config that says in what precision it computes."""

    @property
    def compute_dtype(self) -> str: ...


TEXT = 64
"""Bytes of a short text: as an object, and in an array."""


def flatten_feed(feed: Iterable[Any]) -> Iterator[Any]:
    """The tensors of a feed, those of a list one after the other."""
    for port in feed:
        if port is not None:
            yield from (port,) if hasattr(port, "shape") else flatten_feed(port)


def entries(*feed: Any) -> int:
    """How many numbers the tensors hold."""
    return sum(math.prod(tensor.shape) for tensor in flatten_feed(feed))


def bytes_of(*feed: Any, least: int = 0) -> int:
    """Bytes of tensors, an entry taking `least` at least."""
    return sum(math.prod(tensor.shape) * max(least, width(tensor.dtype)) for tensor in flatten_feed(feed))


def width(dtype: str | None) -> int:
    """Bytes of an entry; what NumPy has no dtype for is held in a wider one, and text in objects."""
    if dtype is None or dtype.startswith(("bfloat", "float8", "float6", "float4")):
        return 4
    if dtype in ("int4", "uint4", "int2", "uint2"):
        return 1
    return TEXT if dtype == "string" else np.dtype(dtype).itemsize


def list_outputs(inferred: Any) -> tuple[Any, ...]:
    """The tensors that leave a call."""
    return tuple(inferred.outputs.values())


def parameters(inferred: Any) -> int:
    """How many numbers the weights hold, those of layers within included."""
    own: int = sum(math.prod(weight.shape) for weight in inferred.weights)
    return own + sum(parameters(part.inferred) for part in inferred.inner)


def is_half(cfg: Layer) -> bool:
    """Whether a layer is of half precision; NumPy then computes in single."""
    return width(cfg.compute_dtype) < 4 or cfg.compute_dtype == "bfloat16"


def working_width(cfg: Computing) -> int:
    """Bytes of a number while a layer computes: half precision is computed in single."""
    return max(4, width(cfg.compute_dtype))


def copy_memory(cfg: Layer, feed: Any, inferred: Any) -> int:
    """Bytes of a copy of the inputs: cast to the layer's precision, or made contiguous where they are views."""
    return bytes_of(*feed, least=width(cfg.compute_dtype))


def three_inputs_memory(cfg: Layer, feed: Any, inferred: Any) -> int:
    """Bytes of three arrays of the input's size in working precision: a copy of it, and two steps."""
    return 3 * bytes_of(*feed, least=working_width(cfg))


def inputs_and_result_memory(cfg: Layer, feed: Any, inferred: Any) -> int:
    """Bytes of a copy of the inputs, and of a result between two steps."""
    return copy_memory(cfg, feed, inferred) + bytes_of(*list_outputs(inferred), least=width(cfg.compute_dtype))


def half_memory(cfg: Layer, feed: Any, inferred: Any) -> int:
    """Bytes that half precision adds: inputs and outputs in single, and the weights rounded, then in single too."""
    return 4 * (entries(*feed) + entries(*list_outputs(inferred))) + 6 * parameters(inferred) if is_half(cfg) else 0


class InferredCall(NamedTuple):
    """What is inferred of a call that a forward makes in another way than the rule: with steps as samples."""

    outputs: dict[str, Any]
    weights: tuple[Any, ...]
    inner: tuple[Any, ...]
    walk: Any


def steps_as_samples(feed: tuple[Any, ...], time: int, inferred: Any) -> tuple[tuple[Any, ...], InferredCall]:
    """A call's feed (batch, time, ...), and what its layer states of one step, with the steps as samples."""

    def join_steps(tensor: Any) -> Any:
        return tensor._replace(shape=(tensor.shape[0] * time, *tensor.shape[2:]))

    steps = tuple(
        None
        if port_feed is None
        else join_steps(port_feed)
        if hasattr(port_feed, "shape")
        else tuple(map(join_steps, port_feed))
        for port_feed in feed
    )
    rows = next(flatten_feed(feed)).shape[0] * time
    made = {port: tensor._replace(shape=(rows, *tensor.shape[1:])) for port, tensor in inferred.outputs.items()}
    return steps, InferredCall(made, inferred.weights, inferred.inner, inferred.walk)
