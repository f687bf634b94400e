"""Steps that are repeated over a time axis, whose length may be a symbol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from shapecalc.dims import Shape, Size
from shapecalc.training.array import Array, Storage, make_array, next_serial
from shapecalc.training.elementwise import choose
from shapecalc.training.tape import Tape
from shapecalc.training.views import expand_dims, flip, permute, stack, take_one

States = tuple[Array, ...]
Step = Callable[[Array, States], tuple[Array, States]]
"""One step of a sequence: (input, states) to (output, new states)."""


def repeat(tape: Tape, times: Size, step: Callable[[States], States], states: States) -> States:
    """The states after `times` steps, each fed those before it.

    Three steps are run at most. What the third is the first to keep is kept by each step after it too: its memory
    stands for theirs, with their number as a factor.
    """
    start = next_serial()
    saved: list[list[Storage]] = []
    pinned: list[list[Storage]] = []
    for position in range(3):
        if isinstance(times, int) and position >= times:
            break
        before = len(tape.saved), len(tape.pinned)
        states = step(states)
        saved.append([storage for storage in list(tape.saved)[before[0] :] if storage.serial > start])
        pinned.append([storage for storage in list(tape.pinned)[before[1] :] if storage.serial > start])
    for storages in pinned:
        for storage in [storage for storage in storages if storage in tape.saved]:
            storages.remove(storage)
            del tape.pinned[storage]
    if len(saved) > 1:
        _join_steps(tape.saved, times, saved)
        _join_steps(tape.pinned, times, pinned)
    return states


def _join_steps(kept: dict[Storage, str], times: Size, new: list[list[Storage]]) -> None:
    """Lets one piece of memory stand for those alike that every step keeps, so that their number is `times`."""
    groups: dict[tuple[object, ...], list[list[Storage]]] = {}
    for position, storages in enumerate(new):
        for storage in storages:
            key = (storage.name, storage.factors, storage.dtype, storage.copied)
            groups.setdefault(key, [[] for _ in new])[position].append(storage)
    for first, second, *third in groups.values():
        if not second:
            continue  # pinned, but saved by the next step: that of the last one is left
        if not third:
            _stand_for(kept, second, [first] if len(first) == len(second) else [], 2)
        elif len(third[0]) != len(second):
            _stand_for(kept, third[0], [], times - 2)
        elif len(first) != len(second):
            _stand_for(kept, third[0], [second], times - 1)
        else:
            _stand_for(kept, third[0], [second, first], times)


def _stand_for(
    kept: dict[Storage, str], storages: Sequence[Storage], others: Sequence[Sequence[Storage]], times: Size
) -> None:
    """Drops `others`, for which `storages` stand, `times` each."""
    if not others and times == 2:
        return
    for storage in storages:
        storage.factors = (times, *storage.factors)
    for other in others:
        for storage in other:
            del kept[storage]


class Course(NamedTuple):
    """How a sequence is read, as Keras's `rnn` is told. `mask` is (batch, time), or with further axes of a step."""

    mask: Array | None = None
    go_backwards: bool = False
    unroll: bool = False
    zero_output_for_mask: bool = False
    return_sequences: bool = False


def run_steps(tape: Tape, step: Step, sequence: Array, states: States, course: Course) -> tuple[Array, Array, States]:
    """The last output, all outputs (batch, time, ...) and the last states of a step repeated over a sequence."""
    x = swap_time(sequence)
    mask = course.mask
    if mask is not None:
        mask = swap_time(expand_dims(mask, -1) if mask.ndim == 2 else mask)
    if not course.unroll:
        with try_out(tape, "first step, tried out"):
            step(take_one(x, 0), states)
    if course.go_backwards and not course.unroll:
        x = flip(x, "input reversed")
        mask = None if mask is None else flip(mask, "mask reversed")
    moment, time = take_one(x, 0), x.shape[0]

    def take_step(before: States) -> States:
        output, after = step(moment, before[1:])
        if mask is not None:
            held = take_one(mask, 0)
            start = make_array("zeros", output.shape, output.dtype)
            previous = (
                start if before[0].ndim == 0 or (course.zero_output_for_mask and not course.unroll) else before[0]
            )
            output = choose(tape, _spread(held, output, course.unroll), output, previous)
            after = tuple(
                choose(tape, _spread(held, new, course.unroll), new, old)
                for new, old in zip(after, before[1:], strict=True)
            )
        return (output, *after)

    nothing = make_array("nothing", ())
    last, *after = repeat(tape, time, take_step, (nothing, *states))
    outputs = stack(last, time if course.return_sequences else 1, "outputs")
    if not course.unroll:
        last = take_one(outputs, 0)
    elif mask is not None and course.zero_output_for_mask:
        last = choose(tape, _spread(take_one(mask, 0), last, True), last, last._replace(needs_grad=False))
        outputs = choose(tape, _spread_all(mask, outputs), outputs, outputs._replace(needs_grad=False))
    return last, swap_time(outputs), tuple(after)


def swap_time(x: Array) -> Array:
    """The time axis before the batch, or back."""
    return permute(x, (1, 0, *range(2, x.ndim)))


@contextmanager
def try_out(tape: Tape, name: str) -> Iterator[None]:
    """Names what is kept by a call whose result Keras only looks at: it is dropped again soon."""
    start, pinned = next_serial(), tape.pinned.copy()
    yield
    tape.pinned = pinned
    for storage in tape.saved:
        if storage.serial > start:
            storage.copied = True
            storage.name = tape.saved[storage] = name


def _spread(mask: Array, x: Array, unroll: bool) -> Array:
    """A copy of the mask of a step for a tensor of it: repeated along the axes that it lacks; unrolled, along all."""
    repeated = 1 if unroll else mask.ndim
    return _tile(mask, x, repeated)


def _spread_all(mask: Array, outputs: Array) -> Array:
    return _tile(mask, outputs, 2)


def _tile(mask: Array, x: Array, fixed: int) -> Array:
    sizes = (*mask.shape, *[1] * (x.ndim - mask.ndim))
    repeats = (*[1] * fixed, *x.shape[fixed:])
    shape = Shape([size * times for size, times in zip(sizes, repeats, strict=True)])
    return make_array("mask", shape, "bool")
