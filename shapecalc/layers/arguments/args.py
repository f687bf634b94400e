"""Arguments as data: what a layer's constructor takes, its kind, bound, default and meaning.

One declaration is read by validation, `layers`, the JSON Schema, completions and `explain`; it stands in the `args` of
its type. What a config does not hold is the default: an `Arg` is a non-data descriptor, which gives it for the config's
type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from shapecalc.layers.arguments import kinds
from shapecalc.layers.arguments.spatial import BordersKind, WindowKind
from shapecalc.layers.arguments.training import CONSTRAINT, REGULARIZER
from shapecalc.layers.arguments.tuples import with_lists

if TYPE_CHECKING:
    from shapecalc.dims import Size

T = TypeVar("T")


class Required:
    """The default of an argument that has none."""

    def __repr__(self) -> str:
        return "required"


REQUIRED = Required()


class Arg(Generic[T]):
    """One argument: `kind` reads and describes its values, `off` says what a flag's absence does to the output.

    `call` marks an argument of the layer's call, not of its constructor; `inert` one that acts in training only.
    """

    __slots__ = ("_defaults", "call", "default", "doc", "holds_layers", "inert", "kind", "name", "off")

    def __init__(
        self,
        kind: kinds.Kind,
        default: Any = REQUIRED,
        doc: str = "",
        *,
        off: str = "",
        call: bool = False,
        inert: bool = False,
    ) -> None:
        self.name = ""
        self.kind = kind
        self.holds_layers = isinstance(kind, (kinds.LayerKind, kinds.LayersKind))
        self.default = default
        self.doc = doc
        self.off = off
        self.call = call
        self.inert = inert
        self._defaults: dict[type, Any] = {}

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, config: None, owner: type) -> Arg[T]: ...
    @overload
    def __get__(self, config: object, owner: type) -> T: ...
    def __get__(self, config: object | None, owner: type) -> Arg[T] | T:
        if config is None:
            return self
        try:
            value: T = self._defaults[owner]
        except KeyError:
            value = self._defaults[owner] = self.default_for(owner)
        return value

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    def default_for(self, owner: type) -> Any:
        """The default as a config of `owner` holds it: a window of 2 is (2, 2) on two spatial axes."""
        return self.default if self.default is None else self.kind.expand(self.default, owner)

    def read(self, value: object, owner: type[kinds.Config]) -> T:
        """`value` as this argument holds it; raises `Refusal` where it does not fit."""
        if value is None and self.default is None:
            return None  # type: ignore[return-value]
        if not self.kind.takes_text and (value.__class__ is str or value.__class__ is list):
            value = with_lists(value)
        result: T = self.kind.read(value, owner)
        return result


def size(default: Any = REQUIRED, doc: str = "") -> Arg[Size]:
    """A size that may be a symbol: units, filters, input_dim."""
    return Arg(kinds.SizeKind(), default, doc)


def optional_size(default: Any = None, doc: str = "") -> Arg[Size | None]:
    """A size or nothing."""
    return Arg(kinds.SizeKind(), default, doc)


def count(default: Any = REQUIRED, doc: str = "", *, low: int = 1) -> Arg[int]:
    """A whole number that is never a symbol: groups, axis positions, repetitions."""
    return Arg(kinds.CountKind(low), default, doc)


def optional_count(default: Any = None, doc: str = "", *, low: int = 1) -> Arg[int | None]:
    """A whole number or nothing."""
    return Arg(kinds.CountKind(low), default, doc)


def axis(default: Any = REQUIRED, doc: str = "") -> Arg[int]:
    """The position of an axis; negative counts from the end."""
    return Arg(kinds.CountKind(None), default, doc)


def axes(default: Any = REQUIRED, doc: str = "") -> Arg[int | tuple[int, ...]]:
    """The position of an axis, or of several."""
    return Arg(kinds.AxesKind(), default, doc)


def optional_axes(default: Any = None, doc: str = "") -> Arg[int | tuple[int, ...] | None]:
    """The position of an axis, of several, or nothing."""
    return Arg(kinds.AxesKind(), default, doc)


def window(default: Any = REQUIRED, doc: str = "", *, low: int = 1) -> Arg[tuple[int, ...]]:
    """One whole number for each spatial axis of the type (`rank` on the class); a single one serves all."""
    return Arg(WindowKind(low), default, doc)


def optional_window(default: Any = None, doc: str = "", *, low: int = 1) -> Arg[tuple[int, ...] | None]:
    """A window or nothing."""
    return Arg(WindowKind(low), default, doc)


def borders(default: Any = REQUIRED, doc: str = "") -> Arg[tuple[tuple[int, int], ...]]:
    """A pair (before, after) for each spatial axis; one number or one pair an axis serves too."""
    return Arg(BordersKind(), default, doc)


def shape(default: Any = REQUIRED, doc: str = "", *, single: bool = True) -> Arg[tuple[Size, ...]]:
    """A shape without its batch axis; -1 where the type allows an axis to be worked out."""
    return Arg(kinds.ShapeKind(single=single), default, doc)


def flag(default: bool = False, doc: str = "", *, off: str = "", call: bool = False, inert: bool = False) -> Arg[bool]:
    """True or false. `off` says what its absence does, for the diagnostics that propose it."""
    return Arg(kinds.FlagKind(), default, doc, off=off, call=call, inert=inert)


def number(
    default: Any = REQUIRED, doc: str = "", *, low: float | None = None, high: float | None = None, inert: bool = False
) -> Arg[float]:
    """A real number within bounds."""
    return Arg(kinds.NumberKind(low, high), default, doc, inert=inert)


def optional_number(
    default: Any = None, doc: str = "", *, low: float | None = None, high: float | None = None, inert: bool = False
) -> Arg[float | None]:
    """A real number or nothing."""
    return Arg(kinds.NumberKind(low, high), default, doc, inert=inert)


def choice(
    *options: str, default: Any = REQUIRED, doc: str = "", call: bool = False, any_case: bool = False
) -> Arg[str]:
    """One of a few words, as they stand or with `any_case` in any letters."""
    return Arg(kinds.ChoiceKind(options, any_case=any_case), default, doc, call=call)


def optional_choice(*options: str, default: Any = None, doc: str = "", any_case: bool = False) -> Arg[str | None]:
    """One of a few words, as they stand or with `any_case` in any letters, or nothing."""
    return Arg(kinds.ChoiceKind(options, any_case=any_case), default, doc)


def text(default: Any = REQUIRED, doc: str = "") -> Arg[str]:
    """Free text."""
    return Arg(kinds.TextKind(), default, doc)


def value(default: Any = REQUIRED, doc: str = "", *, inert: bool = False, call: bool = False) -> Arg[Any]:
    """Plain data of any kind: numbers, text, lists; what the type's own rule judges."""
    return Arg(kinds.DataKind(), default, doc, inert=inert, call=call)


def numbers(default: Any = REQUIRED, doc: str = "") -> Arg[Any]:
    """A number, or a list of numbers of any nesting."""
    return Arg(kinds.NumbersKind(), default, doc)


def activation(default: str | None = None, doc: str = "") -> Arg[str | None]:
    """The name of a function of keras.activations; nothing is linear."""
    return Arg(kinds.ActivationKind(), default, doc or "Activation function.")


def initializer(default: str | None, doc: str = "") -> Arg[Any]:
    """How a weight starts: a name of keras.initializers, or one with its arguments."""
    return Arg(kinds.InitializerKind(), default, doc or "How the weight starts.")


def regularizer(doc: str = "Used in training only.") -> Arg[Any]:
    """A regularizer: it acts in training, so no shape, count or forward number depends on it."""
    return Arg(REGULARIZER, None, doc, inert=True)


def constraint(doc: str = "Used in training only.") -> Arg[Any]:
    """A constraint of a weight, which acts in training as a regularizer does."""
    return Arg(CONSTRAINT, None, doc, inert=True)


def seed(doc: str = "Of what is drawn.") -> Arg[int | None]:
    """What random numbers start from: any whole number, or nothing."""
    return Arg(kinds.CountKind(None), None, doc)


def dtype(default: str | None = None, doc: str = "") -> Arg[str]:
    """A dtype, or a policy such as mixed_float16."""
    return Arg(kinds.DtypeKind(), default, doc)
