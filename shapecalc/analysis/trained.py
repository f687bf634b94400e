"""What training a model takes: what each layer keeps for the backward pass, optimizer state, and the peak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.analysis.costs import select_greatest
from shapecalc.diagnostics import Fault, did_you_mean, error, shorten
from shapecalc.dims import Size, add_up
from shapecalc.training.graph import train
from shapecalc.training.optimizers import State, measure_state
from shapecalc.training.peak import Moments, Training, find_moments, list_trained

if TYPE_CHECKING:
    from shapecalc.analysis.report import Row
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.values import Weight
    from shapecalc.training.array import Storage
    from shapecalc.training.tape import Step


class Kept(NamedTuple):
    """A piece of memory that a layer keeps: what it is called, the sizes whose product is its elements, its bytes.

    `copied` says that it is a copy which only Keras on PyTorch makes; `pinned` that Keras holds it, not the gradient.
    """

    name: str
    factors: tuple[Size, ...]
    dtype: str
    bytes: Size
    copied: bool
    pinned: bool


class Trained:
    """The training of a model, for `batch` samples where the batch size is unknown.

    The convention is what Keras 3 keeps on its PyTorch backend in eager mode, inputs without gradient.
    """

    def __init__(self, walked: Walk, training: Training, batch: Size = 1) -> None:
        """Raises Fault with SC210 for a checkpoint that is no block of the model."""
        self.training = training
        _refuse_unknown(walked, training.checkpoints)
        self.tape = train(walked, batch, frozenset(training.checkpoints))
        self.weights: list[tuple[str, Weight]] = list_trained(self.tape)
        self.state: State = measure_state(training.optimizer, self.weights, training.accumulate > 1)

    @cached_property
    def kept(self) -> Size:
        """Bytes kept for the backward pass, copies among them."""
        return add_up(storage.bytes for storage in self.tape.saved)

    @cached_property
    def copies(self) -> Size:
        """Bytes of those kept that are copies which only Keras on PyTorch makes."""
        return add_up(storage.bytes for storage in self.tape.saved if storage.copied)

    @cached_property
    def pinned(self) -> Size:
        """Bytes that Keras holds beside: the inputs of sigmoids and softmaxes."""
        return add_up(storage.bytes for storage in self.tape.pinned if storage not in self.tape.saved)

    @cached_property
    def gradients(self) -> Size:
        """Bytes of the gradients of the weights."""
        return add_up(weight.bytes for _, weight in self.weights)

    @cached_property
    def moments(self) -> Moments:
        """The bytes at the three moments of which the greatest is the peak."""
        return Moments(*map(select_greatest, find_moments(self.tape, self.training)))

    @cached_property
    def peaks(self) -> tuple[Size, ...]:
        """The most bytes at once: several formulas where any may be the most."""
        return select_greatest([*self.moments.forward, *self.moments.backward, *self.moments.update])

    def measure_weights(self, row: Row) -> Size:
        """Bytes of the gradients and the optimizer's state of a row's weights."""
        path = f"{row.path}{row.name}/"
        own = [(place, weight) for place, weight in self.weights if place.startswith(path)]
        state = measure_state(self.training.optimizer, own, self.training.accumulate > 1)
        return add_up(weight.bytes for _, weight in own) + state.bytes

    @cached_property
    def steps(self) -> dict[str, Step]:
        """The calls of layers by path."""
        return {step.path: step for step in self.tape.steps}

    def find_step(self, row: Row) -> Step:
        """The call of a row's layer, or of the wrapper that it is within."""
        path = f"{row.path}{row.name}"
        while path not in self.steps and "/" in path:
            path = path.rpartition("/")[0]
        return self.steps[path]

    def count_gradients(self, row: Row) -> int:
        """The gradients that each product of a row's layer takes: of its weights, and of what it is fed.

        Of a layer without weights it is those of its inputs, of which a product has two.
        """
        step = self.find_step(row)
        fed = sum(array.needs_grad for array in step.fed)
        weights = [weight for _, weight in step.inferred.all_weights()]
        if not weights:
            return min(fed, 2)
        return (not step.frozen and any(weight.trainable for weight in weights)) + (fed > 0)

    def measure_gradients(self, row: Row) -> Size:
        """Bytes of the gradients of the weights that a row has and no row before it has."""
        frozen = self.find_step(row).frozen
        return add_up(weight.bytes for _, weight in row.weights if weight.trainable and not frozen)

    def count_kept(self, row: Row) -> Size:
        """Bytes that a row keeps and no row before it keeps."""
        return self.kept_by.get(f"{row.path}{row.name}/", 0)

    @cached_property
    def kept_by(self) -> dict[str, Size]:
        """Bytes kept by path, of a block those of all layers in it; each path ends in a `/`."""
        kept: dict[str, Size] = {}
        for step in self.tape.steps:
            size = add_up(storage.bytes for storage in step.saved)
            path = f"{step.path}/"
            for end in (place + 1 for place, sign in enumerate(path) if sign == "/"):
                kept[path[:end]] = kept.get(path[:end], 0) + size
        return kept

    def list_kept(self, row: Row) -> list[Kept]:
        """The pieces of memory that a row keeps and no row before it keeps."""
        path = f"{row.path}{row.name}/"
        pieces: list[Kept] = []
        for step in self.tape.steps:
            if f"{step.path}/".startswith(path):
                pieces += [_describe(storage, name, pinned=False) for storage, name in step.saved.items()]
                pieces += [_describe(storage, name, pinned=True) for storage, name in step.pinned.items()]
        return pieces


def _refuse_unknown(walked: Walk, checkpoints: Iterable[str]) -> None:
    """Raises Fault with SC210 for what is neither the type nor the path of a block."""
    if not checkpoints:
        return
    blocks = dict(_list_blocks(walked, ""))
    types = dict.fromkeys(blocks.values())
    for name in checkpoints:
        if name not in blocks and name not in types:
            guess = did_you_mean(name, [*types, *blocks])
            help = f"did you mean `{guess}`?" if guess else f"it has {', '.join(types)}" if types else "it has none"
            raise Fault(error("SC210", f"--checkpoint: the model has no block `{shorten(name)}`", help=help))


def _list_blocks(walked: Walk, path: str) -> Iterator[tuple[str, str]]:
    """The blocks of a graph by path, with their types, and those within them."""
    for node, inferred in zip(walked.graph.nodes, walked.results, strict=False):
        if inferred is not None and inferred.walk is not None and node.layer is not None:
            yield f"{path}{node.name}", node.layer.type_name
            yield from _list_blocks(inferred.walk, f"{path}{node.name}/")


def _describe(storage: Storage, name: str, pinned: bool) -> Kept:
    return Kept(name, storage.factors, storage.dtype, storage.bytes, storage.copied, pinned)


@lru_cache(maxsize=8)
def find_trained(walked: Walk, training: Training, batch: Size = 1) -> Trained:
    """The training of a walked model: each row of a table asks for it, so the last ones are remembered."""
    return Trained(walked, training, batch)
