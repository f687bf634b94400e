"""What the layers of layers/wrappers.py keep for the backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.dims import prod
from shapecalc.layers.values import Inferred
from shapecalc.training.array import Array, make_array
from shapecalc.training.core import dense
from shapecalc.training.elementwise import add, combine, divide, make_scalar, map_entries, multiply, select
from shapecalc.training.keeping import find_keeping, keeps, run_layer
from shapecalc.training.loops import repeat, swap_time
from shapecalc.training.products import matmul
from shapecalc.training.reductions import average_squares
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import concatenate, flip, permute, reshape, stack, take_one

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer
    from shapecalc.layers.values import FeedOf
    from shapecalc.layers.wrappers import Bidirectional, Pipeline, SpectralNormalization, TimeDistributed

keeps("TimeDistributedDense")(dense)


@keeps("TimeDistributed")
def time_distributed(
    cfg: TimeDistributed, tape: Tape, inputs: Array | tuple[Array, ...], mask: Array | None = None
) -> tuple[Array, ...]:
    """What the layer keeps, at each step; its inputs are views of the sequence."""
    sequences = [swap_time(x) for x in (inputs if not isinstance(inputs, Array) else (inputs,))]
    mask = tape.find_mask(mask)
    inferred = tape.scope.inferred.inner[0].inferred
    feed: list[Array | tuple[Array, ...] | None] = [*cfg.sort_feed([take_one(x, 0) for x in sequences])]
    if mask is not None and "mask?" in cfg.layer.ports:
        feed += [None] * (cfg.layer.ports.index("mask?") - len(feed))
        feed.append(take_one(swap_time(mask), 0))
    time = sequences[0].shape[0]
    outputs: tuple[Array, ...] = ()

    def step(states: tuple[Array, ...]) -> tuple[Array, ...]:
        nonlocal outputs
        outputs = _call_plain(tape, cfg, cfg.layer, inferred, tuple(feed))
        return ()

    repeat(tape, time, step, ())
    return tuple(swap_time(stack(output, time, "outputs")) for output in outputs)


def _call_plain(tape: Tape, cfg: Layer, layer: Layer, inferred: Inferred, feed: FeedOf[Array]) -> tuple[Array, ...]:
    """The outputs of a layer whose `call` the wrapper `cfg` calls as it is.

    Its inputs are not cast, no regularizer measures its output, and its weights are cast as the wrapper's would be.
    """
    function = find_keeping(layer)
    if function is None or inferred.walk is not None:
        return run_layer(tape, layer, inferred, feed)
    dtype = cfg.dtype if cfg.compute_dtype != cfg.variable_dtype else layer.variable_dtype
    before, tape.masks = tape.masks, {}
    with tape.enter(layer if layer.dtype == dtype else layer.replace(dtype=dtype), inferred):
        outputs = function(layer, tape, *feed)
    tape.masks = before
    return (outputs,) if isinstance(outputs, Array) else outputs


@keeps("Bidirectional")
def bidirectional(
    cfg: Bidirectional, tape: Tape, sequences: Array, initial_state: Sequence[Array] = (), mask: Array | None = None
) -> tuple[Array, ...]:
    """What both directions keep, and both outputs where they are multiplied."""
    mask = mask if initial_state else tape.find_mask(mask, "sequences")
    there, back = tape.scope.inferred.inner
    first = len(cfg.forward.states)  # type: ignore[attr-defined]  # a recurrent layer
    feed = (sequences, tuple(initial_state[:first]), mask), (sequences, tuple(initial_state[first:]), mask)
    output, *states = run_layer(tape, cfg.forward, there.inferred, feed[0])
    reverse, *reverse_states = run_layer(tape, cfg.backward, back.inferred, feed[1])
    output, reverse = cast(output, cfg.compute_dtype), cast(reverse, cfg.compute_dtype)
    if cfg.layer.return_sequences:  # type: ignore[attr-defined]
        reverse = flip(reverse, "output reversed")
    return (*_merge(cfg, tape, output, reverse), *states, *reverse_states)


def _merge(cfg: Bidirectional, tape: Tape, output: Array, reverse: Array) -> tuple[Array, ...]:
    if cfg.merge_mode is None:
        return output, reverse
    if cfg.merge_mode == "concat":
        return (concatenate([output, reverse], -1, "both directions"),)
    if cfg.merge_mode == "mul":
        return (multiply(tape, output, reverse),)
    total = add(output, reverse)
    return (total if cfg.merge_mode == "sum" else combine(total, name="mean"),)


@keeps("Pipeline")
def pipeline(cfg: Pipeline, tape: Tape, inputs: Array) -> tuple[Array, ...]:
    """What its layers keep."""
    outputs: tuple[Array, ...] = (inputs,)
    mask = tape.find_mask(None)
    for layer, inner in zip(cfg.layers, tape.scope.inferred.inner, strict=True):
        outputs = run_layer(tape, layer, inner.inferred, (outputs[0],), (mask,))
        shape = inner.inferred.output.mask
        mask = None if shape is None else make_array("mask", (outputs[0].shape[0], *shape[1:]), "bool")
    return outputs


@keeps("SpectralNormalization")
def spectral_normalization(cfg: SpectralNormalization, tape: Tape, inputs: Array) -> Array:
    """What the layer keeps, and what the power iteration that divides its kernel keeps; the kernel counts as this
    layer's own.
    """
    kernel = next(weight for weight in tape.scope.inferred.weights if weight.name != "vector_u")
    inner = tape.scope.inferred.inner[0].inferred
    own = (kernel._replace(name=kernel.name.rpartition("/")[2]), *inner.weights)
    whole = Inferred(inner.outputs, own, inner.macs, inner.inner, inner.assumes, inner.walk, inner.workspace)
    _find_singular_value(cfg, tape, kernel.name)
    output, *_ = run_layer(tape, cfg.layer, whole, (inputs,))
    return cast(output, inputs.dtype)


def _find_singular_value(cfg: SpectralNormalization, tape: Tape, name: str) -> None:
    """The power iteration: the greatest singular value, by which the kernel of this name is divided."""
    kernel = tape.weight(name)
    rows = reshape(kernel, (prod(kernel.shape[:-1]), kernel.shape[-1]))
    right = left = tape.weight("vector_u")
    for _ in range(cfg.power_iterations):
        left = _normalize(tape, matmul(tape, right, permute(rows, (1, 0))))
        right = _normalize(tape, matmul(tape, left, rows))
    left, right = left._replace(needs_grad=False), right._replace(needs_grad=False)
    value = matmul(tape, matmul(tape, left, rows), permute(right, (1, 0)))
    divide(tape, tape.weight(name), value)


def _normalize(tape: Tape, x: Array) -> Array:
    """x divided by its length, which is at least a small number."""
    square = average_squares(tape, x, range(x.ndim), "sum of squares", more=2)
    inverse = map_entries(tape, "rsqrt", square, "1 / length")
    return multiply(tape, x, select(tape, inverse, make_scalar(x.dtype), "1 / length"), "normalized")
