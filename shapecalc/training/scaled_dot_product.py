"""Attention in one call, `torch.nn.functional.scaled_dot_product_attention`, as Keras calls it on a processor."""

from __future__ import annotations

from shapecalc.dims import Shape
from shapecalc.training.array import Array, make_array
from shapecalc.training.elementwise import combine
from shapecalc.training.products import multiply_matrices
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import contiguous, permute, turn_matrices


def attend(tape: Tape, query: Array, key: Array, value: Array, mask: Array | None = None) -> Array:
    """The context (batch, query, heads, features) of arrays of these axes; `mask` is added to the scores.

    Where the heads of key and value are as wide, no scores are kept, but their sums, a number for each row. Else they
    are computed one after the other; so they are where one feature of one step stands as if more followed.
    """
    given = query, key, value
    heads = query, key, value = tuple(
        contiguous(permute(x, (0, 2, 1, 3)), f"{name} copy")
        for name, x in (("query", query), ("key", key), ("value", value))
    )
    tape.work_on(*(x for x, copy in zip(given, heads, strict=True) if copy.storage is not x.storage))
    if query.shape[-1] != value.shape[-1] or any(x.strides[-1] != 1 for x in heads):
        return permute(_attend_by_parts(tape, query, key, value), (0, 2, 1, 3))
    needs_grad = any(x.needs_grad for x in heads)
    output = make_array("attention output", query.shape, query.dtype, needs_grad)
    if needs_grad:
        for x in heads:
            tape.save(x)
        tape.save(output)
        dtype = query.dtype if query.dtype == "float64" else "float32"
        tape.save(make_array("sums of the scores", query.shape[:-1], dtype))
        if mask is not None:
            tape.save(mask)
    return permute(output, (0, 2, 1, 3))


def _attend_by_parts(tape: Tape, query: Array, key: Array, value: Array) -> Array:
    """Half precision is computed in float32."""
    dtype = query.dtype if query.dtype == "float64" else "float32"
    query = combine(cast(query, dtype), name="query scaled")
    key = combine(turn_matrices(cast(key, dtype)), name="key scaled")
    scores = multiply_matrices(tape, query, key, "scores")
    weights = make_array("scores", Shape(scores.shape), dtype, scores.needs_grad)
    if scores.needs_grad:
        tape.save(weights)
    output = multiply_matrices(tape, weights, cast(value, dtype), "attention output")
    return cast(output, value.dtype)
