"""Arguments as data: what a layer's constructor takes, its kind, bound, default and meaning.

One declaration is read by validation, `layers`, the JSON Schema, completions and `explain`; it stands in the `args` of
its type. A config holds only values that are not the default: an `Arg` is a non-data descriptor, which gives the
default of the config's type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.arguments.tuples import convert_tuples

if TYPE_CHECKING:
    from shapecalc.layers.arguments.kind import Kind
    from shapecalc.layers.arguments.plain import Config

T = TypeVar("T")


class Required:
    """The default of an argument that has none."""

    def __repr__(self) -> str:
        return "required"


REQUIRED = Required()


class Arg(Generic[T]):
    """One argument: `kind` reads and describes its values, `off` says what a flag's absence does to the output.

    `call` marks an argument of the layer's call, not of its constructor; `inert` one that acts in training only;
    `nullable` one that takes null as well as what its kind takes.
    """

    __slots__ = ("_defaults", "call", "default", "doc", "holds_layers", "inert", "kind", "name", "nullable", "off")

    def __init__(
        self,
        kind: Kind,
        default: Any = REQUIRED,
        doc: str = "",
        *,
        off: str = "",
        call: bool = False,
        inert: bool = False,
        nullable: bool = False,
    ) -> None:
        self.name = ""
        self.kind = kind
        self.holds_layers = isinstance(kind, (LayerKind, LayersKind))
        self.default = default
        self.doc = doc
        self.off = off
        self.call = call
        self.inert = inert
        self.nullable = nullable or default is None
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

    @property
    def kind_name(self) -> str:
        """What it takes, in a word or two; null is named where the default does not show it."""
        return f"{self.kind.name} or null" if self.nullable and self.default is not None else self.kind.name

    def default_for(self, owner: type) -> Any:
        """The default as a config of `owner` holds it: a window of 2 is (2, 2) on two spatial axes."""
        return self.default if self.default is None else self.kind.expand(self.default, owner)

    def read(self, value: object, owner: type[Config]) -> T:
        """`value` as this argument holds it; raises `Refusal` where it does not fit."""
        if value is None and self.nullable:
            return None  # type: ignore[return-value]
        if not self.kind.takes_text and (value.__class__ is str or value.__class__ is list):
            value = convert_tuples(value)
        result: T = self.kind.read(value, owner)
        return result
