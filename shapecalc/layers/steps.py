"""What layers over a time axis demand of the states and of the mask that they are fed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, is_unknown, require_same
from shapecalc.layers.values import Tensor

States = tuple[tuple[str, Size], ...]
"""Name and size of each state, in Keras's order."""


def require_known_batch(stateful: bool, batch: Size) -> None:
    """Refuses a layer that keeps its states between batches where the size of a batch is not known."""
    if stateful and is_unknown(batch):
        message = "keeps its states between batches, which are then of one known size"
        help = "leave out `stateful`, or write `batch_size: 32` at the top of the spec"
        raise ShapeError(message, arg="stateful", code="SC206", change=("stateful", None), help=help)


def check_state_count(states: Sequence[Tensor], kept: States, port: str = "initial_state") -> None:
    """Refuses another number of states than the layer keeps."""
    if len(states) != len(kept):
        names = " and ".join(name for name, _ in kept)
        words = "states" if port == "states" else "initial states" if len(kept) > 1 else "initial state"
        message = f"needs {len(kept)} {words} ({names}), got {len(states)}"
        listed = ", ".join(name.removeprefix("state_") for name, _ in kept)
        help = f"list them in that order: `{port}: [{listed}]`"
        raise ShapeError(message, input=port, code="SC306", help=help)


def check_states(states: Sequence[Tensor], kept: States, batch: Size, port: str = "initial_state") -> None:
    """Refuses another number of states than the layer keeps, or states that are not (batch, units)."""
    check_state_count(states, kept, port)
    for position, ((name, units), state) in enumerate(zip(kept, states, strict=True)):
        if state.shape.ndim != 2:
            message = f"{name} needs 2 axes (batch, units), got {state.shape}"
            help = "set `return_state: true` on the layer that makes it, and feed its states, not its sequence"
            raise ShapeError(message, input=port, item=position, code="SC411", help=help)
        rows, size = state.shape
        require_same(batch, rows, f"{name} needs a batch of {batch}, got {rows}", input=port, item=position)
        require_same(units, size, f"{name} needs {units} units, got {size}", input=port, item=position)


class Mask(NamedTuple):
    """The shape of the mask that a call with a time axis is fed or that comes along, and the port to blame for it.

    `obeyed`: whether Keras looks at it, which it does at one that comes along only if no state is fed.
    """

    shape: Shape
    port: str
    obeyed: bool


def find_step_mask(
    sequences: Tensor, mask: Tensor | None, port: str = "sequences", initial_state: Sequence[Tensor] = ()
) -> Mask | None:
    """The mask of a sequence, refused where it has not one entry for each step."""
    shape = sequences.mask if mask is None else mask.shape
    if shape is None:
        return None
    fed = Mask(shape, port if mask is None else "mask", mask is not None or not initial_state)
    if fed.obeyed:
        batch, time = sequences.shape[:2]
        if shape.ndim in (0, 1):
            message = f"needs a mask with an entry for each step, (batch, time), got {shape}"
            raise ShapeError(message, input=fed.port, code="SC411", help="start the mask where there is a time axis")
        require_same(batch, shape[0], f"the mask needs a batch of {batch}, got {shape[0]}", input=fed.port)
        require_same(time, shape[1], f"the mask needs {time} steps, got {shape[1]}", input=fed.port)
    return fed


def require_state_mask(mask: Mask | None, step: Shape) -> None:
    """Refuses a mask whose entries for one step do not stretch to the state, (batch, ...)."""
    if mask is None or not mask.obeyed:
        return
    within = mask.shape[2:]
    message = f"cannot lay a mask of shape {mask.shape} on states of shape {step}"
    help = "a mask has one entry for each step, (batch, time): start it on an input (batch, time, features)"
    if len(within) not in range(step.ndim):
        raise ShapeError(message, input=mask.port, code="SC411", help=help)
    for size, wanted in zip(within, step[1:], strict=False):
        if size != 1:
            require_same(wanted, size, message, input=mask.port, help=help)
