"""What the layers of layers/preprocessing.py keep for the backward pass: of data that needs no gradient nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import Shape
from shapecalc.training.array import Array, make_array
from shapecalc.training.elementwise import add, divide, multiply
from shapecalc.training.keeping import keeps
from shapecalc.training.reductions import average
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import expand_dims

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer
    from shapecalc.layers.preprocessing import CategoryEncoding, Normalization, Rescaling


@keeps("Rescaling")
def rescaling(cfg: Rescaling, tape: Tape, inputs: Array) -> Array:
    """The scale."""
    x = cast(inputs, cfg.compute_dtype)
    scale, offset = (
        make_array(name, Shape((len(value),)) if isinstance(value, tuple) else (), x.dtype)
        for name, value in (("scale", cfg.scale), ("offset", cfg.offset))
    )
    return add(multiply(tape, x, scale), offset, "rescaled")


@keeps("Normalization")
def normalization(cfg: Normalization, tape: Tape, inputs: Array) -> Array:
    """The deviation, an array that broadcasts with the input."""
    x = cast(inputs, cfg.compute_dtype)
    axes = () if cfg.axis is None else (cfg.axis,) if isinstance(cfg.axis, int) else cfg.axis
    kept = {axis % x.ndim for axis in axes}
    shape = Shape([size if axis in kept else 1 for axis, size in enumerate(x.shape)])
    mean, deviation = make_array("mean", shape, x.dtype), make_array("deviation", shape, x.dtype)
    if cfg.invert:
        return add(mean, multiply(tape, x, deviation), "denormalized")
    return divide(tape, add(x, mean), deviation, "normalized")


@keeps("CategoryEncoding")
def category_encoding(cfg: CategoryEncoding, tape: Tape, inputs: Array, count_weights: Array | None = None) -> Array:
    """What each token counts for, where that needs a gradient: the tokens, one of `num_tokens` each."""
    output = tape.scope.inferred.output
    if count_weights is None:
        return make_array("encoding", tape.shape_output(inputs), output.dtype or "float32")
    tokens = output.shape[-1]
    encoding = make_array("tokens", Shape((*inputs.shape, tokens)), count_weights.dtype)
    counted = multiply(tape, encoding, expand_dims(count_weights, -1))
    return average(counted, (min(1, inputs.ndim - 1),), keepdims=False, name="counts")


@keeps("Discretization", "Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization")
def look_up(cfg: Layer, tape: Tape, inputs: Array | tuple[Array, ...]) -> Array:
    """Nothing: bins and tokens have no gradient."""
    output = tape.scope.inferred.output
    first = inputs if isinstance(inputs, Array) else inputs[0]
    return make_array("tokens", tape.shape_output(first), output.dtype or "float32")
