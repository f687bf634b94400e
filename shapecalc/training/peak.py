"""The most memory that a step of training takes: the greatest of three moments.

At the end of the forward pass the gradients of the step before are still there; in the backward pass what is kept goes
layer by layer, and gradients come; the optimizer needs room for its update. What a loss takes is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shapecalc.dims import Size, add_up
from shapecalc.layers.values import Weight
from shapecalc.training.array import Array, Storage
from shapecalc.training.optimizers import measure_state, measure_update
from shapecalc.training.tape import Step, Tape


class Training(NamedTuple):
    """How a model is trained: the optimizer, the steps whose gradients are added up, the blocks that are run again."""

    optimizer: str
    accumulate: int = 1
    checkpoints: tuple[str, ...] = ()

    def __str__(self) -> str:
        """`adam`, `adam, gradients of 4 steps, Layer run again`: as messages and headers have it."""
        parts = [self.optimizer]
        if self.accumulate > 1:
            parts.append(f"gradients of {self.accumulate} steps")
        if self.checkpoints:
            parts.append(f"{' and '.join(self.checkpoints)} run again")
        return ", ".join(parts)


class Moments(NamedTuple):
    """Bytes at the three moments; several formulas where any of them may be the most."""

    forward: tuple[Size, ...]
    backward: tuple[Size, ...]
    update: tuple[Size, ...]


def list_trained(tape: Tape) -> list[tuple[str, Weight]]:
    """The weights that training changes, by path."""
    return [(path, weight) for path, weight in list_weights(tape) if weight.trainable]


def list_weights(tape: Tape) -> Iterator[tuple[str, Weight]]:
    """Every weight by path, shared ones once."""
    for owner, step in {step.owner: step for step in reversed(tape.steps)}.items():
        for path, weight in step.inferred.all_weights(f"{owner}/"):
            yield path, weight._replace(trainable=False) if step.frozen else weight


def find_moments(tape: Tape, training: Training) -> Moments:
    """The bytes at each moment of a step."""
    weights = list(list_weights(tape))
    trained = [(path, weight) for path, weight in weights if weight.trainable]
    total, learned = (add_up(weight.bytes for _, weight in each) for each in (weights, trained))
    state = measure_state(training.optimizer, trained, training.accumulate > 1).bytes
    base = total + state
    outputs = _list_outputs(tape)
    whole = add_up(storage.bytes for storage in outputs)
    forward = tuple(base + learned + size for size in (whole, *_follow_forward(tape)))
    backward = tuple(base + size for size in _follow_back(tape))
    means = learned if training.accumulate > 1 else 0  # of the gradients of all steps, a copy
    update = tuple(base + learned + means + size for size in measure_update(training.optimizer, trained))
    return Moments(forward, backward, update)


def _list_outputs(tape: Tape) -> dict[Storage, None]:
    """Everything alive when the forward pass ends: what is kept and pinned, and every output, which Keras holds."""
    alive = dict.fromkeys(tape.saved) | dict.fromkeys(tape.pinned)
    for step in tape.steps:
        for array in (*step.fed, *step.outputs):
            alive[array.storage] = None
    return alive


def _follow_forward(tape: Tape) -> Iterator[Size]:
    """The bytes beside weights, state and gradients while each layer runs that keeps nothing and works on much."""
    alive: set[Storage] = set()
    total: Size = 0
    for step in tape.steps:
        held = {*step.saved, *step.pinned, *(array.storage for array in (*step.fed, *step.outputs))} - alive
        alive |= held
        total = add_up((total, *(storage.bytes for storage in held)))
        if step.worked != 0:
            yield total + step.worked


def _follow_back(tape: Tape) -> Iterator[Size]:
    """The bytes beside weights and state while the backward pass of each layer runs, the last layer first."""
    kept: Size = add_up(storage.bytes for storage in tape.saved)
    live: dict[Storage, Size] = {}
    learned: Size = 0
    last_calls = {step.owner: step for step in tape.steps}  # the backward pass comes to the last call first
    for step in reversed(tape.steps):
        live |= _list_gradients(step.outputs)
        own = _count_learned(step) if last_calls[step.owner] is step else 0
        given = _list_gradients(step.fed)
        both = add_up((live | given).values())
        yield kept + step.recomputed + step.borrowed + both + learned + own
        for array in step.outputs:
            if array.storage not in given:
                live.pop(array.storage, None)
        live |= given
        learned = learned + own
        kept = kept - add_up(storage.bytes for storage in step.saved)


def _list_gradients(arrays: Iterable[Array]) -> dict[Storage, Size]:
    """The bytes of the gradients of arrays that need one, once for each piece of memory they look at."""
    return {array.storage: array.bytes for array in arrays if array.needs_grad}


def _count_learned(step: Step) -> Size:
    """Bytes of the gradients of a layer's weights."""
    if step.frozen:
        return 0
    return add_up(weight.bytes for _, weight in step.inferred.all_weights() if weight.trainable)
