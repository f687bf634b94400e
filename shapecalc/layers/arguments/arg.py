"""One function for each kind of argument: a family declares the arguments of its types with these.

They make an `Arg`, a descriptor from argument.py, whose kind reads the values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from shapecalc.layers.arguments.argument import REQUIRED as REQUIRED
from shapecalc.layers.arguments.argument import Arg as Arg
from shapecalc.layers.arguments.kind import DataKind, NumbersKind
from shapecalc.layers.arguments.numbers import CountKind, NumberKind, RangeKind, SizeKind
from shapecalc.layers.arguments.shapes import AxesKind, BordersKind, PartialShapeKind, ShapeKind, TargetKind, WindowKind
from shapecalc.layers.arguments.words import (
    CONSTRAINT,
    REGULARIZER,
    ActivationKind,
    ChoiceKind,
    DtypeKind,
    FlagKind,
    InitializerKind,
    TextKind,
)

if TYPE_CHECKING:
    from shapecalc.dims import Size

T = TypeVar("T")


def optional(argument: Arg[T]) -> Arg[T | None]:
    """The same argument, which takes null as well; null is its default where it has no other."""
    default = None if argument.required else argument.default
    return Arg(
        argument.kind,
        default,
        argument.doc,
        off=argument.off,
        call=argument.call,
        inert=argument.inert,
        nullable=True,
    )


def size(default: Any = REQUIRED, doc: str = "") -> Arg[Size]:
    """A size that may be a symbol: units, filters, input_dim."""
    return Arg(SizeKind(), default, doc)


def count(default: Any = REQUIRED, doc: str = "", *, low: int | None = 1) -> Arg[int]:
    """A whole number that is never a symbol: groups, axis positions, repetitions."""
    return Arg(CountKind(low), default, doc)


def axis(default: Any = REQUIRED, doc: str = "") -> Arg[int]:
    """The position of an axis; negative counts from the end."""
    return Arg(CountKind(None), default, doc)


def axes(default: Any = REQUIRED, doc: str = "") -> Arg[int | tuple[int, ...]]:
    """The position of an axis, or of several."""
    return Arg(AxesKind(), default, doc)


def number(
    default: Any = REQUIRED, doc: str = "", *, low: float | None = None, high: float | None = None, inert: bool = False
) -> Arg[float]:
    """A real number within bounds."""
    return Arg(NumberKind(low, high), default, doc, inert=inert)


def strength(
    default: Any = REQUIRED,
    doc: str = "",
    *,
    low: float = 0,
    high: float = 1,
    whole: bool = False,
    above: float | None = None,
) -> Arg[float | tuple[float, float]]:
    """How strong something random may get: one number or two. Used in training only."""
    return Arg(RangeKind(low, high, True, whole=whole, above=above), default, doc, inert=True)


def pixel_range(*, inert: bool = True) -> Arg[tuple[float, float]]:
    """The values that pixels take."""
    return Arg(RangeKind(None, None, False), (0, 255), "Smallest and largest value of a pixel.", inert=inert)


def window(default: Any = REQUIRED, doc: str = "", *, low: int = 1) -> Arg[tuple[int, ...]]:
    """One whole number for each spatial axis of the type (`rank` on the class); a single one serves all."""
    return Arg(WindowKind(low), default, doc)


def borders(default: Any = REQUIRED, doc: str = "") -> Arg[tuple[tuple[int, int], ...]]:
    """A pair (before, after) for each spatial axis; one number or one pair an axis serves too."""
    return Arg(BordersKind(), default, doc)


def shape(doc: str = "") -> Arg[tuple[Size, ...]]:
    """A shape without its batch axis; -1 where the type allows an axis to be worked out."""
    return Arg(ShapeKind(), REQUIRED, doc)


def partial_shape(
    default: Any = REQUIRED, doc: str = "", *, inert: bool = False, single: bool = True
) -> Arg[tuple[Size | None, ...]]:
    """A shape with gaps; with `single` one number stands for a list of one."""
    return Arg(PartialShapeKind(single=single), default, doc, inert=inert)


def target_shape(doc: str, *, single: bool = False) -> Arg[tuple[Size, ...]]:
    """The shape that values are put in; with `single` one number stands for a list of one."""
    return Arg(TargetKind(single=single), REQUIRED, doc)


def flag(default: bool = False, doc: str = "", *, off: str = "", call: bool = False, inert: bool = False) -> Arg[bool]:
    """True or false. `off` says what its absence does, for the diagnostics that propose it."""
    return Arg(FlagKind(), default, doc, off=off, call=call, inert=inert)


def choice(
    *options: str, default: Any = REQUIRED, doc: str = "", call: bool = False, any_case: bool = False
) -> Arg[str]:
    """One of a few words, as they stand or with `any_case` in any letters."""
    return Arg(ChoiceKind(options, any_case=any_case), default, doc, call=call)


def data_format(
    doc: str = "Where the channels stand; channels_last by default.", *, any_case: bool = True
) -> Arg[str | None]:
    """Whether channels are the last axis or the first after the batch; null is Keras's default, the last."""
    return optional(choice("channels_last", "channels_first", doc=doc, any_case=any_case))


def text(doc: str = "") -> Arg[str]:
    """Free text."""
    return Arg(TextKind(), REQUIRED, doc)


def value(default: Any = REQUIRED, doc: str = "", *, inert: bool = False, call: bool = False) -> Arg[Any]:
    """Plain data of any kind, numbers, text or lists, which the type's own rule checks."""
    return Arg(DataKind(), default, doc, inert=inert, call=call)


def numbers(default: Any = REQUIRED, doc: str = "") -> Arg[Any]:
    """A number, or a list of numbers of any nesting."""
    return Arg(NumbersKind(), default, doc)


def activation(default: str | None = None, doc: str = "") -> Arg[str | None]:
    """The name of a function of keras.activations; null is linear."""
    return Arg(ActivationKind(), default, doc or "Activation function.")


def initializer(default: str | None) -> Arg[Any]:
    """How a weight starts: a name of keras.initializers, or one with its arguments."""
    return Arg(InitializerKind(), default, "How the weight starts.")


def regularizer() -> Arg[Any]:
    """A regularizer: it acts in training, so no shape, count or forward number depends on it."""
    return Arg(REGULARIZER, None, "Used in training only.", inert=True)


def constraint() -> Arg[Any]:
    """A constraint of a weight, which acts in training as a regularizer does."""
    return Arg(CONSTRAINT, None, "Used in training only.", inert=True)


def seed(doc: str = "Seed of the random numbers.") -> Arg[int | None]:
    """What random numbers start from: any whole number, or nothing."""
    return Arg(CountKind(None), None, doc)


def dtype(default: str | None = None, doc: str = "") -> Arg[str]:
    """A dtype, or a policy such as mixed_float16."""
    return Arg(DtypeKind(), default, doc)
