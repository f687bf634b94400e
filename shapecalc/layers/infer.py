"""`infer`: the only way to apply a rule. It fills in what a rule leaves out, and remembers equal calls."""

from __future__ import annotations

from threading import local
from typing import Literal, NamedTuple, NoReturn

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Relation, Shape, is_unknown, watch_assumptions
from shapecalc.layers.arguments.names import FLOATS
from shapecalc.layers.arguments.numbers import LARGEST
from shapecalc.layers.base import Feed, Layer
from shapecalc.layers.values import WIDE, Inferred, Numbers, Tensor, Weight, new


class Call(NamedTuple):
    """A layer, what it was fed, and what was inferred of it."""

    layer: Layer
    feed: Feed
    inferred: Inferred


_MEMO: dict[tuple[Layer, Feed], Inferred] = {}
_MEMO_LIMIT = 8_192
_SIZES = range(1, LARGEST + 1)


class _Watched(local):
    """The list that takes down the calls of layers within one that this thread watches; None where it watches none."""

    calls: list[Call] | None = None


_WATCHED = _Watched()


def clear_memo() -> None:
    """Forgets all remembered calls: each analysis makes its own layers, so those of the one before never recur."""
    _MEMO.clear()


def list_calls(layer: Layer, feed: Feed) -> list[Call]:
    """The calls of other layers that a call of `layer` makes, in order; those make theirs unseen."""
    calls: list[Call] = []
    _WATCHED.calls = calls
    try:
        layer.rule(layer, *feed)
    finally:
        _WATCHED.calls = None
    return calls


def infer(layer: Layer, feed: Feed) -> Inferred:
    """The outputs, weights and MACs of one call of `layer` on `feed`. Rules are pure, so equal calls are remembered.

    Raises ShapeError with this layer's label in front of its path of blame.
    """
    calls = _WATCHED.calls
    if calls is not None:
        _WATCHED.calls = None
        inferred = infer(layer, feed)
        calls.append(Call(layer, feed, inferred))
        _WATCHED.calls = calls
        return inferred
    key = (layer, feed)
    known = _MEMO.get(key)
    if known is not None:
        return known
    with watch_assumptions as relations:
        try:
            dtype = layer.dtype
            if dtype not in layer.dtypes and dtype is not None and dtype.removeprefix("mixed_") not in layer.dtypes:
                _refuse_dtype(layer)
            if not layer.may_be_empty:
                _refuse_empty(feed)
            stated = layer.rule(layer, *feed)
        except ShapeError as error:
            error.path = (layer.label, *error.path)
            raise
    result = _fill_in(layer, feed, stated, tuple(dict.fromkeys(relations)) if relations else ())
    if len(_MEMO) >= _MEMO_LIMIT:
        _MEMO.clear()
    _MEMO[key] = result
    return result


def _fill_in(layer: Layer, feed: Feed, stated: Inferred, relations: tuple[Relation, ...]) -> Inferred:
    """What a rule stated, with what it left to the layer's dtype, masking and trainable. Refuses impossible sizes.

    It is a new value: what a wrapper states may be what `infer` gave for the layer within, and is remembered.
    """
    compute_dtype = layer.compute_dtype
    mask = _find_first_mask(feed) if layer.masking == "pass" else False
    kept_numbers = _find_numbers(feed) if layer.keeps_values else None
    outputs = {}
    for port, (shape, dtype, masked, numbers, values) in stated.outputs.items():
        dtype = compute_dtype if dtype is None else dtype
        if kept_numbers is not None and dtype in WIDE:
            numbers = kept_numbers
        outputs[port] = new(Tensor, (shape, dtype, mask if masked is None else masked, numbers, values))
        for size in shape:
            if size.__class__ is int and size not in _SIZES:
                _refuse_size(size, layer, shape)
    inner, walk = stated.inner, stated.walk
    if inner and not layer.trainable and layer.freezes:
        done: dict[int, Inferred] = {}
        inner = tuple(part._replace(inferred=freeze(part.inferred, done)) for part in inner)
        walk = None if walk is None else walk.freeze(done)
    workspace = stated.workspace
    if workspace:
        workspace = {
            name: tensor if tensor.dtype is not None else tensor._replace(dtype=compute_dtype)
            for name, tensor in workspace.items()
        }
    return Inferred(
        outputs,
        _complete_weights(layer, stated),
        stated.macs,
        inner,
        stated.assumes + relations,
        walk,
        workspace,
    )


def _complete_weights(layer: Layer, stated: Inferred) -> tuple[Weight, ...]:
    """The weights that a rule stated, with their dtype and whether they are trained. Refuses one of unknown size."""
    if not stated.weights:
        return ()
    trainable, variable_dtype = layer.trainable or not layer.freezes, layer.variable_dtype
    own = []
    for weight in stated.weights:
        name, shape, trained, dtype = weight
        for size in shape:
            if size.__class__ is not int and is_unknown(size) and not layer.is_opaque:
                _refuse_unknown(weight)
        own.append(new(Weight, (name, shape, trainable and trained, variable_dtype if dtype is None else dtype)))
    return tuple(own)


def _find_numbers(feed: Feed) -> Numbers | None:
    """What whole numbers the one tensor of a feed is known to hold."""
    tensors = [tensor for fed in feed for tensor in ((fed,) if isinstance(fed, Tensor) else fed or ())]
    return tensors[0].numbers if len(tensors) == 1 else None


def _find_first_mask(feed: Feed) -> Shape | Literal[False]:
    """The shape of the first mask that comes with what is fed; false where none does."""
    for fed in feed:
        for tensor in (fed,) if isinstance(fed, Tensor) else fed or ():
            if tensor.masked:
                return tensor.mask or False
    return False


def freeze(inferred: Inferred, done: dict[int, Inferred]) -> Inferred:
    """The same with no weight trainable, as `trainable: false` on a block makes the layers in it.

    `done` has what was frozen already, by the ids of what it was made of: parts of a block and of its graph are one.
    """
    known = done.get(id(inferred))
    if known is None:
        inner = tuple(part._replace(inferred=freeze(part.inferred, done)) for part in inferred.inner)
        own = tuple(weight._replace(trainable=False) for weight in inferred.weights)
        walk = None if inferred.walk is None else inferred.walk.freeze(done)
        known = Inferred(inferred.outputs, own, inferred.macs, inner, inferred.assumes, walk, inferred.workspace)
        done[id(inferred)] = known
    return known


def _refuse_dtype(layer: Layer) -> NoReturn:
    """Refuses text as the dtype of a layer that computes with numbers, and integers for one of floating numbers."""
    kind = "floating numbers" if layer.dtypes == FLOATS else "numbers"
    message = f"computes in {kind}, not in {layer.dtype}"
    raise ShapeError(
        message,
        arg="dtype",
        code="SC407",
        change=("dtype", "float32"),
        help="leave `dtype` out, or write `dtype: float32`",
    )


def _refuse_size(size: int, layer: Layer, shape: Shape) -> None:
    """Refuses an axis that is too long or below 0, and one of 0 out of a layer; a batch or a function may be empty."""
    if size < 0:
        raise ShapeError(f"gives an axis of {size}", code="SC402", help="no axis has fewer than 0 numbers")
    if size > LARGEST:
        raise ShapeError("gives an axis of more than 10**18", code="SC602", help="make the sizes smaller")
    if not layer.may_be_empty and 0 in shape[1:]:
        message = f"gives an axis of {size}, which leaves nothing to compute with"
        raise ShapeError(message, code="SC402", help="every axis needs at least one number")


def _refuse_empty(feed: Feed) -> None:
    """Refuses tensors that have an axis of 0 besides an empty batch: a layer has nothing to compute of them."""
    for fed in feed:
        for tensor in (fed,) if isinstance(fed, Tensor) else fed or ():
            if tuple.__contains__(tensor.shape, 0) and 0 in tensor.shape[1:]:
                message = f"is fed {tensor.shape}, which holds nothing to compute with"
                raise ShapeError(message, code="SC402", help="every axis needs at least one number")


def _refuse_unknown(weight: Weight) -> NoReturn:
    """Refuses a weight with an unknown size: it must be a number or a symbol to be allocated."""
    raise ShapeError(
        f"cannot size the weight `{weight.name}`: an axis of its input is unknown",
        input="",
        code="SC403",
        help="give that axis a number, or a name such as `C`, in the input's shape",
    )
