"""Derives what a layer keeps for the backward pass: its calls run once on its arrays, and once on symbols."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from shapecalc.analysis.report import Row
from shapecalc.analysis.trained import find_trained
from shapecalc.diagnostics import Fault
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, bind, prod, symbol, watch_assumptions
from shapecalc.inference.batch import put_in_batch
from shapecalc.layers.base import Feed, Layer
from shapecalc.layers.infer import infer
from shapecalc.layers.values import BYTES, FeedOf, Inferred, Tensor
from shapecalc.model.feeds import flatten
from shapecalc.training.array import Array, Storage, make_array
from shapecalc.training.graph import run_graph
from shapecalc.training.keeping import run_layer
from shapecalc.training.peak import Training
from shapecalc.training.strides import is_dense, make_strides, sort_axes
from shapecalc.training.tape import Step, Tape

T = TypeVar("T")


class Piece(NamedTuple):
    """A piece of memory that a layer keeps: its name, its sizes and the bytes of each number, in symbols and numbers.

    `note` says that a layer above keeps it already, or that only Keras on PyTorch makes it; `is_new` that none does.
    """

    name: str
    factors: tuple[Size, ...]
    numbers: tuple[Size, ...]
    note: str = ""
    is_new: bool = True

    @property
    def total(self) -> Size:
        return prod(self.numbers)


def list_pieces(row: Row, training: Training, named: tuple[Layer, Feed] | None, values: dict[str, Size]) -> list[Piece]:
    """What a layer keeps, in the order in which it is saved; nothing for a block, whose rows tell it.

    `named` are the layer and its feed on symbols, which `values` gives numbers.
    """
    trained = find_trained(row.root, training)
    path = row.path + row.name
    steps = trained.tape.steps
    step = next((step for step in steps if step.path == path), None)
    if step is None or row.inferred.walk is not None or row.node.layer is None:
        return []
    saved = _run(row.node.layer, row.inferred, step.feed, step)
    symbolic = _find_symbolic(named, step, saved, values)
    earlier = {storage: before.path for before in steps[: steps.index(step)] for storage in before.saved}
    return _join_alike(
        Piece(name, _list_factors(sized), _list_factors(storage), _write_note(storage, earlier), storage not in earlier)
        for sized, (storage, name) in zip(symbolic, saved.items(), strict=True)
    )


def _join_alike(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces that are alike as one, with their number as a factor."""
    return [
        piece if count == 1 else piece._replace(factors=(count, *piece.factors), numbers=(count, *piece.numbers))
        for piece, count in Counter(pieces).items()
    ]


def _find_symbolic(
    named: tuple[Layer, Feed] | None, step: Step, saved: dict[Storage, str], values: dict[str, Size]
) -> dict[Storage, str]:
    """What the same call on symbols saves: with a batch of any size, or of this one, which may be laid out otherwise.

    `saved` itself where neither comes to the same numbers.
    """
    batch = next((array.shape[0] for array in step.fed if array.shape), 1)
    for size in (symbol("batch"), batch):
        symbolic = None if named is None else _run_on_symbols(*named, step, size)
        if symbolic is not None and _agree(symbolic, saved, {**values, "batch": batch}):
            return symbolic
    return saved


def _list_factors(storage: Storage) -> tuple[Size, ...]:
    return (*storage.factors, BYTES[storage.dtype])


def _write_note(storage: Storage, earlier: dict[Storage, str]) -> str:
    if storage in earlier:
        return f"kept by {earlier[storage]} already"
    return "a copy that only Keras on PyTorch makes" if storage.copied else ""


def _run(layer: Layer, inferred: Inferred, feed: FeedOf[Array], step: Step) -> dict[Storage, str]:
    """What a call saves, on a tape of its own."""
    tape = Tape(run_graph)
    run_layer(tape, layer, inferred, feed, step.masks)
    return tape.saved


def _run_on_symbols(layer: Layer, feed: Feed, step: Step, batch: Size) -> dict[Storage, str] | None:
    """What the same call on symbols saves; None where its rule refuses, or an array is a part of another."""
    arrays = flatten(step.feed, Array)
    tensors = [tensor for tensor in flatten(feed, Tensor) if tensor is not None]
    if len(arrays) != len(tensors) or not all(is_dense(array.shape, array.strides) for array in arrays):
        return None
    first: dict[object, tuple[Tensor, Array]] = {}  # what is fed twice is kept once, and has one name
    twins: dict[int, tuple[Tensor, Array]] = {}
    for tensor, array in zip(tensors, arrays, strict=True):
        filled = tensor._replace(shape=Shape([put_in_batch(size, batch) for size in tensor.shape]))
        place = (array.storage, tuple(array.shape), array.strides)
        twins[id(tensor)] = first.setdefault(place, (filled, _make_like(array, filled)))
    with watch_assumptions:
        try:
            inferred = infer(layer, _map_feed(feed, lambda tensor: twins[id(tensor)][0]))
            return _run(layer, inferred, _map_feed(feed, lambda tensor: twins[id(tensor)][1]), step)
        except (ShapeError, Fault, LookupError, TypeError):
            return None


def _map_feed(feed: Feed, change: Callable[[Tensor], T]) -> FeedOf[T]:
    return tuple(
        None if fed is None else change(fed) if isinstance(fed, Tensor) else tuple(map(change, fed)) for fed in feed
    )


def _make_like(array: Array, tensor: Tensor) -> Array:
    """An array of a tensor's sizes, laid out as another."""
    strides = make_strides(tensor.shape, sort_axes(array.shape, array.strides))
    return make_array(array.storage.name, tensor.shape, array.dtype, array.needs_grad, strides=strides)


def _agree(symbolic: dict[Storage, str], saved: dict[Storage, str], values: dict[str, Size]) -> bool:
    """Whether both runs saved the same, of the same bytes where the symbols have these values."""
    pairs = zip(symbolic, saved, strict=False)
    return list(symbolic.values()) == list(saved.values()) and all(
        bind(sized.bytes, values) == storage.bytes for sized, storage in pairs
    )
