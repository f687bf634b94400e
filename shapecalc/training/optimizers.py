"""What the optimizers of Keras keep for each trainable weight, and what they take while they update.

https://keras.io/api/optimizers/ Slots are counted as Keras builds them; the copies that an update makes were measured
on PyTorch, whose optimizers update all weights at once (`copies`) or one after the other (`largest`).
"""

from __future__ import annotations

from typing import NamedTuple

from shapecalc.dims import Size, add_up, prod
from shapecalc.layers.values import BYTES, Weight


class Optimizer(NamedTuple):
    """`slots` are kept for each weight, of its shape and dtype; `scalars` are single numbers of its own.

    While it updates it takes `copies` of all trainable weights, and `largest` copies of the largest one.
    """

    slots: tuple[str, ...] = ()
    copies: int = 0
    largest: int = 0
    scalars: int = 2


OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(),
    "momentum": Optimizer(("momentum",)),
    "rmsprop": Optimizer(("velocity",), copies=3),
    "adagrad": Optimizer(("accumulator",), copies=3),
    "adadelta": Optimizer(("accumulated_grad", "accumulated_delta_var"), copies=3),
    "adam": Optimizer(("momentum", "velocity"), copies=3),
    "amsgrad": Optimizer(("momentum", "velocity", "velocity_hat"), copies=3),
    "adamw": Optimizer(("momentum", "velocity"), copies=3),
    "adamax": Optimizer(("momentum", "norm"), copies=3),
    "nadam": Optimizer(("momentum", "velocity"), copies=5, scalars=3),
    "ftrl": Optimizer(("accumulator", "linear"), largest=6),
    "lamb": Optimizer(("momentum", "velocity"), largest=5),
    "lion": Optimizer(("momentum",), copies=2),
    "adafactor": Optimizer(("velocity",), largest=5),
    "muon": Optimizer(("momentum",), largest=7),
    "schedule_free_adamw": Optimizer(("momentum", "velocity"), largest=7),
}
"""By the names that `--training` takes: `momentum` is SGD with momentum, `amsgrad` Adam with that argument."""


def list_slots(name: str, path: str, weight: Weight) -> dict[str, tuple[Size, ...]]:
    """The slots that an optimizer keeps for a weight, each by the sizes whose product is its numbers."""
    slots: dict[str, tuple[Size, ...]] = {slot: tuple(weight.shape) for slot in OPTIMIZERS[name].slots}
    if name == "adafactor":
        return _factor(weight.shape) | slots
    if name == "muon" and (len(weight.shape) != 2 or "embedding" in path.lower()):
        # What is no matrix is left to Adam, which has a second slot.
        return slots | {"velocity": tuple(weight.shape)}
    return slots


def _factor(shape: tuple[Size, ...]) -> dict[str, tuple[Size, ...]]:
    """Adafactor's means over the last axis and over the one before it: single numbers for a vector.

    Shazeer & Stern, 2018, https://arxiv.org/abs/1804.04235
    """
    if len(shape) < 2:
        return {"row": (), "column": ()}
    return {"row": tuple(shape[:-1]), "column": (*shape[:-2], shape[-1])}


class State(NamedTuple):
    """What an optimizer keeps: numbers and variables, scalars among them, and bytes without these."""

    params: Size
    bytes: Size
    variables: int


def measure_state(name: str, weights: list[tuple[str, Weight]], accumulates: bool = False) -> State:
    """The state of an optimizer for trainable weights by path; with a sum of gradients for each if it accumulates."""
    params: list[Size] = []
    sizes: list[Size] = []
    for path, weight in weights:
        slots = list(list_slots(name, path, weight).values())
        if accumulates:
            slots.append(tuple(weight.shape))
        params += [prod(slot) for slot in slots]
        sizes += [prod(slot) * BYTES[weight.dtype or "float32"] for slot in slots if slot]
    scalars = OPTIMIZERS[name].scalars
    return State(add_up(params) + scalars, add_up(sizes), len(params) + scalars)


def measure_update(name: str, weights: list[tuple[str, Weight]]) -> tuple[Size, ...]:
    """Bytes that an update takes beside weights, gradients and state: several where any weight may be the largest."""
    optimizer = OPTIMIZERS[name]
    copies = optimizer.copies * add_up(weight.bytes for _, weight in weights)
    if not optimizer.largest:
        return (copies,)
    return tuple(copies + optimizer.largest * size for size in {weight.bytes: None for _, weight in weights}) or (0,)
