"""`run_layer` follows one call of a layer on a tape; `keeps` registers what a type does."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import is_unknown
from shapecalc.inference.batch import put_in_batch
from shapecalc.layers.base import port_name
from shapecalc.layers.infer import infer
from shapecalc.layers.values import FeedOf, Tensor
from shapecalc.model.block import Reuse
from shapecalc.training.array import Array, make_array
from shapecalc.training.regularizers import find_regularizer, regularize
from shapecalc.training.tape import Result, Tape, cast

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer
    from shapecalc.layers.values import Inferred

Keeping = Callable[..., Result]
KeepingT = TypeVar("KeepingT", bound=Keeping)

_KEEPING: dict[str, Keeping] = {}


def keeps(*types: str) -> Callable[[KeepingT], KeepingT]:
    """Registers `function(cfg, tape, *feed) -> Array or tuple of arrays` (in port order) for layer types."""

    def register(function: KeepingT) -> KeepingT:
        for name in types:
            _KEEPING[name] = function
        return function

    return register


def find_keeping(layer: Layer) -> Keeping | None:
    """The function of a type, out of the file that mirrors the one of its rule; None where its keeping is unknown."""
    if layer.type_name not in _KEEPING:
        room, _, family = type(layer).__module__.partition("layers.")
        group, _, _ = family.rpartition(".")
        known = group in ("", "ops") and room == "shapecalc."
        if known and find_spec(f"shapecalc.training.{family}") is not None:
            import_module(f"shapecalc.training.{family}")
    return _KEEPING.get(layer.type_name)


def make_tensor(array: Array, mask: Array | None = None) -> Tensor:
    """The tensor that a rule is fed for an array."""
    return Tensor(array.shape, array.dtype, mask.shape if mask is not None else False)


def infer_again(layer: Layer, feed: FeedOf[Array], masks: FeedOf[Array] = ()) -> Inferred:
    """What the rule of a layer gives for arrays: what was inferred of the model may have no number for the batch."""
    tensors: list[Tensor | tuple[Tensor, ...] | None] = []
    for place, fed in enumerate(feed):
        mask = masks[place] if place < len(masks) else None
        if isinstance(fed, Array):
            tensors.append(make_tensor(fed, mask if isinstance(mask, Array) else None))
        else:
            tensors.append(None if fed is None else tuple(make_tensor(each) for each in fed))
    return infer(layer, tuple(tensors))


def call_layer(tape: Tape, layer: Layer, feed: FeedOf[Array], masks: FeedOf[Array] = ()) -> tuple[Array, ...]:
    """The outputs of a layer that stands within the one that runs: its rule says which weights it has."""
    return run_layer(tape, layer, infer_again(layer, feed, masks), feed, masks)


def run_layer(
    tape: Tape, layer: Layer, inferred: Inferred, feed: FeedOf[Array], masks: FeedOf[Array] = ()
) -> tuple[Array, ...]:
    """The outputs of one call, in the order of its ports; what it saves goes to the tape.

    A block runs the layers of its graph. A layer whose keeping is not known keeps its inputs and outputs.
    """
    if isinstance(layer, Reuse):
        return call_layer(tape, layer.layer, feed, masks)
    inferred = _settle(layer, inferred, feed, masks)
    with tape.enter(layer, inferred):
        if inferred.walk is not None:
            return tape.run_graph(tape, inferred.walk, feed, masks)
        function = find_keeping(layer)
        if function is None:
            return _keep_all(tape, inferred, feed)
        before, tape.masks = tape.masks, _name_ports(layer, masks)
        outputs = function(layer, tape, *_cast_feed(layer, feed))
        tape.masks = before
        given = (outputs,) if isinstance(outputs, Array) else outputs
        for output in given:
            regularize(tape, find_regularizer(layer), output)
        return given


def _settle(layer: Layer, inferred: Inferred, feed: FeedOf[Array], masks: FeedOf[Array]) -> Inferred:
    """What was inferred of a call, with the sizes of the arrays that it is fed in place of unknown ones."""
    if inferred.walk is not None or not any(
        map(is_unknown, chain(*(each.shape for each in inferred.outputs.values())))
    ):
        return inferred
    try:
        return infer_again(layer, feed, masks)
    except ShapeError:
        return inferred  # the layer cannot be called with this batch


def _name_ports(layer: Layer, masks: FeedOf[Array]) -> dict[str, Array | tuple[Array | None, ...] | None]:
    return {port_name(port): mask for port, mask in zip(layer.ports, masks, strict=False)}


def _cast_feed(layer: Layer, feed: FeedOf[Array]) -> FeedOf[Array]:
    """The feed in the layer's dtype, as Keras casts floating inputs before it calls a layer."""
    return tuple(
        None if fed is None else _cast_float(layer, fed) if isinstance(fed, Array) else
        tuple(_cast_float(layer, each) for each in fed)
        for fed in feed
    )  # fmt: skip


def _cast_float(layer: Layer, array: Array) -> Array:
    is_float = array.dtype.startswith(("float", "bfloat"))
    return cast(array, layer.compute_dtype) if is_float and not layer.type_name.startswith("ops.") else array


def _keep_all(tape: Tape, inferred: Inferred, feed: FeedOf[Array]) -> tuple[Array, ...]:
    """Inputs and outputs: what a layer keeps of which nothing more is known."""
    arrays = [each for fed in feed if fed is not None for each in ((fed,) if isinstance(fed, Array) else fed)]
    trained = any(weight.trainable for _, weight in inferred.all_weights()) and not tape.scope.frozen
    needs_grad = trained or any(array.needs_grad for array in arrays)
    batch = next((array.shape[0] for array in arrays if array.shape), 1)
    outputs = tuple(
        make_array(port, [put_in_batch(size, batch) for size in tensor.shape], tensor.dtype or "float32", needs_grad)
        for port, tensor in inferred.outputs.items()
    )
    if needs_grad:
        for array in (*arrays, *outputs):
            tape.save(array)
    return outputs
