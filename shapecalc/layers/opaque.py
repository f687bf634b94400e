"""A layer whose code is in no file: what a model file recorded of its calls stands in place of a rule.

No type of the catalogue and no word of a spec: only a reader of model files makes one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from shapecalc.dims import Shape, Size, Unranked, unknown, unrecorded
from shapecalc.layers.arguments import arg
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.values import Inferred, Tensor, Weight

UNKNOWN = "?"
"""How the weights and the product are called of which nothing is recorded: no weight has this name."""


class Recorded(NamedTuple):
    """A tensor as a file recorded it, batch axis first, None for a size that was open; no shape where it says none."""

    shape: tuple[int | None, ...] | None
    dtype: str | None = None


class RecordedCall(NamedTuple):
    """One call of a layer: the tensors it was fed and those it gave."""

    inputs: tuple[Recorded, ...]
    outputs: tuple[Recorded, ...]


class Opaque(Layer):
    """A layer that holds code. `type_name` is its class, `owner` the class with whose it is: `mine>Attend`.

    Where it is fed what such a layer gives, and no shape of that is recorded, a layer without code is one too: nothing
    can be inferred of it. Then `is_code` is false.

    `calls` are those that the file recorded, in order; `held` are its weights, None where nothing says what it holds.
    """

    ports = ("inputs*",)
    masking = "stop"
    is_opaque = True
    may_be_empty = True

    is_code = True
    number = arg.value(0, "Which of the recorded calls it is.", call=True)

    def __init__(
        self, type_name: str, owner: str, calls: tuple[RecordedCall, ...], held: tuple[Weight, ...] | None = None
    ) -> None:
        super().__init__(type_name=type_name, owner=owner, calls=calls, held=held)
        self.calls = calls
        self.held = held
        self.owner = owner
        # The same for all of its calls: what is used twice is the same unknown twice.
        self.trained, self.fixed, self.macs = unrecorded(3)

    def holding(self, held: tuple[Weight, ...] | None) -> Opaque:
        """The same layer with these weights."""
        copy = Opaque(self.type_name, self.owner, self.calls, held)
        copy.__dict__.update({**self.__dict__, "held": held})
        return copy


class HeldCode(NamedTuple):
    """What a model file holds that no text can say: `layers` by the word that stands for each in the file's spec.

    `arguments` says of layers with a type which of their arguments hold code, and what code; the key is the block that
    a layer stands in, empty for the model itself, and the first of its nodes. `names` are those of the models around a
    layer and its own in the file, and `advice` how to find out more of the layers.
    """

    layers: dict[str, Opaque]
    names: dict[str, tuple[str, ...]]
    arguments: dict[tuple[str, int], dict[str, str]]
    advice: str | None = None


@rule(Opaque)
def opaque(cfg: Opaque, inputs: tuple[Tensor, ...]) -> Inferred:
    """What was recorded of the call; of one that is fed other sizes only the number of axes is known."""
    call = cfg.calls[min(cfg.number, len(cfg.calls) - 1)]
    batch = inputs[0].shape[0] if inputs and inputs[0].shape else unknown("batch")
    first = call.inputs[0].shape if call.inputs else None
    known = all(_admits_steps(fed, tensor.shape) for fed, tensor in zip(call.inputs, inputs, strict=False))
    outputs = {}
    for number, (shape, dtype) in enumerate(call.outputs):
        if shape and shape[0] in (None, first[0] if first else None):  # the batch, which may be given anew
            shape = (None, *shape[1:])
        outputs[f"output_{number}" if number else "output"] = Tensor(_shape(shape, batch, known), dtype)
    return Inferred(outputs, _weights(cfg), macs={UNKNOWN: (cfg.macs,)})


def _weights(cfg: Opaque) -> tuple[Weight, ...]:
    """The weights that are known, then what is not: so many numbers that are trained, and so many that are not.

    Where all weights are known, only their split is not: what is trained of them is missing in the rest.
    """
    if cfg.held == ():
        return ()
    fixed = cfg.fixed if cfg.held is None else -cfg.trained
    return (*(cfg.held or ()), Weight(UNKNOWN, (cfg.trained,)), Weight(UNKNOWN, (fixed,), trainable=False))


def admits(recorded: Recorded, shape: Shape) -> bool:
    """Whether a tensor may be the recorded one: a size that is open on either side may be any."""
    if recorded.shape is None or isinstance(shape, Unranked):
        return True
    return len(recorded.shape) == len(shape) and all(map(_admits_size, recorded.shape, shape))


def _admits_steps(recorded: Recorded, shape: Shape) -> bool:
    """As `admits`, whatever the batch."""
    if not recorded.shape or not shape:
        return admits(recorded, shape)
    return admits(Recorded((None, *recorded.shape[1:])), shape)


def shape_text(recorded: Iterable[int | None] | None) -> str:
    """A recorded shape as Keras prints it."""
    return "unknown" if recorded is None else str(Shape(unknown() if size is None else size for size in recorded))


def _admits_size(recorded: int | None, size: Size) -> bool:
    return recorded is None or not isinstance(size, int) or recorded == size


def _shape(recorded: tuple[int | None, ...] | None, batch: Size, known: bool) -> Shape:
    """The recorded shape with the batch that was fed; with sizes that nobody knows where they were of another feed."""
    if recorded is None:
        return Unranked((batch, *unrecorded(1)))
    sizes = [unknown() if size is None or not known else size for size in recorded[1:]]
    first = (batch if recorded[0] is None else recorded[0],) if recorded else ()
    return Shape((*first, *sizes))
