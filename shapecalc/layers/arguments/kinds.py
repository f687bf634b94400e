"""The kinds of argument: each reads a plain value, describes itself, and gives its JSON Schema.

A kind never guesses: what it cannot take it refuses with an `Refusal` that says what would do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import Dim, symbols
from shapecalc.layers.arguments.names import (
    ACTIVATIONS,
    DTYPE_FRIENDS,
    DTYPES,
    INITIALIZER_ALIASES,
    INITIALIZER_FRIENDS,
    INITIALIZERS,
    POLICIES,
)
from shapecalc.layers.arguments.tuples import with_lists
from shapecalc.layers.class_names import camel_case, snake_case

LARGEST = 10**18
"""Larger whole numbers are refused: no tensor has such an axis, and products of a few stay quick to print."""
MAX_AXES = 100


class Config:
    """What marks a value as a layer; `Layer` is the only class that derives from it."""


def shown(value: object) -> str:
    """A value as a message quotes it: as YAML would have it, and short."""
    words = _as_yaml(value, 3)
    return words if len(words) <= 60 else words[:57] + "..."


def _as_yaml(value: object, levels: int) -> str:
    """A value on one line of YAML, lists and mappings `levels` deep and of eight items at most."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Config):
        return f"a {type(value).__name__} layer"
    if isinstance(value, str):
        return repr(value[:60])
    if isinstance(value, dict):
        items = [f"{key}: {_as_yaml(item, levels - 1)}" for key, item in [*value.items()][:8]] if levels else []
        return "{" + ", ".join(items + ["..."] * (len(value) > len(items))) + "}"
    if isinstance(value, (list, tuple)):
        items = [_as_yaml(item, levels - 1) for item in value[:8]] if levels else []
        return "[" + ", ".join(items + ["..."] * (len(value) > len(items))) + "]"
    return str(plain_number(value))


def plain_number(value: Any) -> Any:
    """The float or int of an expression's exact fraction; anything else as it is."""
    if isinstance(value, (int, float)) or not hasattr(value, "denominator"):
        return value
    try:
        return value.numerator if value.denominator == 1 else float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def as_number(value: object) -> object:
    """Text that reads as a number is one where a number is wanted (`1e-5` too), and so is an exact fraction."""
    if isinstance(value, str) and len(value) <= 400:
        try:
            return int(value)
        except ValueError:
            try:
                return float(value)
            except ValueError:
                return value
    return plain_number(value)


class Kind:
    """How values of an argument are read; `name` is the word used in messages and in the catalogue.

    `takes_text` says that text in parentheses may be meant as text; elsewhere `(3, 3)` is the list of its numbers.
    """

    name = "value"
    takes_text = False

    def read(self, value: object, owner: type) -> Any:
        """`value` as the config holds it."""
        return value

    def expand(self, default: Any, owner: type) -> Any:
        """A default as a config of `owner` holds it."""
        return default

    def written(self, value: Any, owner: type) -> Any:
        """What a config holds, as a spec gives it."""
        return value

    def schema(self, owner: type) -> dict[str, Any]:
        """The JSON Schema of the values, expressions apart."""
        return {}


class SizeKind(Kind):
    name = "size"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, Dim) or (value.__class__ is int and 1 <= value <= LARGEST):
            return value
        if value is None:
            help = "give a number, or name the size in the input, such as `[T, 4]`, and write `$T`"
            raise Refusal("wants a whole number of at least 1, got null", code="SC204", help=help)
        return whole_number(value, 1, "a whole number of at least 1")

    def schema(self, owner: type) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1}


class CountKind(Kind):
    name = "whole number"

    def __init__(self, low: int | None) -> None:
        self.low = low

    def read(self, value: object, owner: type) -> Any:
        return whole_number(
            value, self.low, "a whole number" + ("" if self.low is None else f" of at least {self.low}")
        )

    def schema(self, owner: type) -> dict[str, Any]:
        return {"type": "integer"} if self.low is None else {"type": "integer", "minimum": self.low}


def whole_number(value: object, low: int | None, wanted: str) -> int:
    """`value` as a whole number of at least `low`; raises which says what is `wanted`."""
    number = as_number(value)
    if isinstance(number, Dim):
        symbol = min(symbols(number), default="")
        raise Refusal(
            f"wants {wanted}, got the symbolic size {number}",
            code="SC204",
            help=f"give {symbol or 'it'} a value, for example with `--set {symbol}=8`" if symbol else None,
        )
    if isinstance(number, bool) or not isinstance(number, int):
        fraction = not isinstance(value, bool) and (isinstance(number, float) or hasattr(number, "numerator"))
        if not fraction:
            raise Refusal(f"wants {wanted}, got {shown(value)}", code="SC204")
        raise _no_whole_number(number, wanted)
    if low is not None and number < low:
        raise Refusal(f"wants {wanted}, got {shown(value)}", code="SC205")
    if abs(number) > LARGEST:
        raise Refusal(f"wants {wanted}, got one beyond 10**18", code="SC205")
    return number


def _no_whole_number(number: Any, wanted: str) -> Refusal:
    """What is said of a fraction; of one like 5.0, which number was meant."""
    value = float(number)
    if isinstance(number, float) and value.is_integer() and abs(value) <= LARGEST:
        return Refusal(
            f"wants {wanted}, got {value!r}", code="SC211", help=f"write {int(value)}", instead=str(int(value))
        )
    help = "divide with `//`, or round with `round`, `ceil`, `floor` or `make_divisible`"
    return Refusal(f"wants {wanted}, got {value:g}", code="SC211", help=help)


class AxesKind(Kind):
    name = "axis or list of axes"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, (list, tuple)):
            return tuple(whole_number(item, None, "whole numbers") for item in value)
        return whole_number(value, None, "a whole number or a list of them")

    def expand(self, default: Any, owner: type) -> Any:
        return tuple(default) if isinstance(default, list) else default

    def schema(self, owner: type) -> dict[str, Any]:
        return {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}


class ShapeKind(Kind):
    """A shape without its batch axis; with `single` one number stands for a list of one."""

    name = "shape"

    def __init__(self, *, single: bool = True) -> None:
        self.single = single

    def read(self, value: object, owner: type) -> Any:
        if not isinstance(value, (list, tuple)):
            if not self.single:
                help = f"write `[{shown(value)}]`" if isinstance(value, (int, Dim)) else None
                raise Refusal(f"wants a list of sizes, got {shown(value)}", code="SC204", help=help)
            value = [value]
        if len(value) > MAX_AXES:
            raise Refusal(f"wants at most {MAX_AXES} axes, got {len(value)}", code="SC602")
        return tuple(item if isinstance(item, Dim) else whole_number(item, -1, "whole numbers") for item in value)

    def expand(self, default: Any, owner: type) -> Any:
        return tuple(default)

    def schema(self, owner: type) -> dict[str, Any]:
        one = {"type": "integer", "minimum": -1}
        several = {"type": "array", "items": one}
        return {"anyOf": [one, several]} if self.single else several


class FlagKind(Kind):
    name = "true or false"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, bool):
            return value
        said = {"true": ("true", "yes", "on", "1", "t", "y"), "false": ("false", "no", "off", "0", "f", "n")}
        meant = next((word for word, words in said.items() if str(value).lower() in words), None)
        raise Refusal(
            f"wants true or false, got {shown(value)}",
            code="SC204",
            help=f"write `{meant}`, without quotes" if meant else None,
            instead=meant,
        )

    def schema(self, owner: type) -> dict[str, Any]:
        return {"type": "boolean"}


class NumberKind(Kind):
    name = "number"

    def __init__(self, low: float | None, high: float | None) -> None:
        self.low = low
        self.high = high

    def read(self, value: object, owner: type) -> Any:
        number = as_number(value)
        if isinstance(number, (bool, Dim)) or not (isinstance(number, (int, float)) or hasattr(number, "numerator")):
            raise Refusal(f"wants a number, got {shown(value)}", code="SC204")
        try:
            result = float(number)  # type: ignore[arg-type]
        except OverflowError:
            raise Refusal(f"wants a number within a float's range, got {shown(value)}", code="SC205") from None
        too_low = self.low is not None and not result >= self.low
        too_high = self.high is not None and not result <= self.high
        if too_low or too_high or math.isnan(result):
            raise Refusal(f"wants a number{self._bounds()}, got {shown(value)}", code="SC205")
        return result

    def _bounds(self) -> str:
        if self.low is not None and self.high is not None:
            return f" from {self.low:g} to {self.high:g}"
        return (
            f" of at least {self.low:g}" if self.low is not None else f" of at most {self.high:g}" if self.high else ""
        )

    def schema(self, owner: type) -> dict[str, Any]:
        bounds = {"minimum": self.low, "maximum": self.high}
        return {"type": "number"} | {key: bound for key, bound in bounds.items() if bound is not None}


class ChoiceKind(Kind):
    name = "choice"

    def __init__(self, options: tuple[str, ...], *, any_case: bool = False) -> None:
        self.options = options
        self.any_case = any_case

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, str) and value in self.options:
            return value
        if self.any_case and isinstance(value, str) and value.lower() in self.options:
            return value.lower()
        raise Refusal(
            f"wants one of {', '.join(self.options)}; got {shown(value)}",
            code="SC204",
            instead=_nearest(value, self.options),
        )

    def schema(self, owner: type) -> dict[str, Any]:
        return {"enum": list(self.options)}


class TextKind(Kind):
    name = "text"
    takes_text = True

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, str):
            return value
        raise Refusal(
            f"wants text, got {shown(value)}",
            code="SC204",
            help=f'quote it: "{shown(value)}"' if value is not None else None,
            instead=f'"{shown(value)}"' if isinstance(value, (bool, int, float)) else None,
        )

    def schema(self, owner: type) -> dict[str, Any]:
        return {"type": "string"}


class DataKind(Kind):
    """Numbers, text, lists and mappings; lists are held as tuples so that a config never changes."""

    name = "data"
    takes_text = True

    def read(self, value: object, owner: type) -> Any:
        return _frozen(with_lists(value) if isinstance(value, str) else value)

    def expand(self, default: Any, owner: type) -> Any:
        return _frozen(default)


class NumbersKind(DataKind):
    """A number, or a list of numbers that the type's own rule judges."""

    name = "number or list of numbers"
    takes_text = False

    def read(self, value: object, owner: type) -> Any:
        found = super().read(value, owner)
        if isinstance(found, str):
            raise Refusal(f"wants a number or a list of numbers, got {shown(value)}", code="SC204")
        return found


def _frozen(value: object) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return plain_number(value)


class ActivationKind(Kind):
    name = "activation"

    def read(self, value: object, owner: type) -> Any:
        if value is None:
            return None
        if isinstance(value, str) and value in ACTIVATIONS:
            return value
        raise Refusal(
            f"wants the name of a Keras activation, got {shown(value)}",
            code="SC204",
            help=None if (guess := _nearest(value, ACTIVATIONS)) else "`shapecalc layers Activation` lists them",
            instead=guess,
        )

    def schema(self, owner: type) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(ACTIVATIONS)}, {"type": "null"}]}


class InitializerKind(Kind):
    """A name, or `{NAME: {argument: value}}`; held as (name, ((argument, value), ...))."""

    name = "initializer"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, tuple):
            return value
        name: object = value
        arguments: Any = {}
        if isinstance(value, dict) and len(value) == 1:
            name, arguments = next(iter(value.items()))
        known = _initializer_name(name)
        if known is None or not isinstance(arguments or {}, dict):
            raise Refusal(
                f"wants the name of a Keras initializer, got {shown(value)}",
                code="SC204",
                instead=_nearest(name, tuple(INITIALIZERS), INITIALIZER_FRIENDS),
            )
        for key in arguments or {}:
            if key not in INITIALIZERS[known]:
                takes = ", ".join(INITIALIZERS[known]) or "no arguments"
                raise Refusal(f"the initializer {known} has no argument {shown(key)}; it takes {takes}", code="SC202")
        if known == "constant" and "value" not in (arguments or {}):
            raise Refusal(
                "the initializer constant needs its value", code="SC204", help="write `{constant: {value: 0.1}}`"
            )
        return known, tuple(sorted((key, as_number(item)) for key, item in (arguments or {}).items()))

    def expand(self, default: Any, owner: type) -> Any:
        return self.read(default, owner)

    def schema(self, owner: type) -> dict[str, Any]:
        names = sorted(INITIALIZERS)
        return {"anyOf": [{"enum": names}, {"type": "object", "minProperties": 1, "maxProperties": 1}]}


def _initializer_name(name: object) -> str | None:
    if not isinstance(name, str):
        return None
    known = INITIALIZER_ALIASES.get(name, name)
    if known in INITIALIZERS:
        return known
    small = snake_case(known)
    return small if small in INITIALIZERS and known == camel_case(small) else None


class DtypeKind(Kind):
    name = "dtype"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, str) and value in (*DTYPES, *POLICIES):
            return value
        raise Refusal(
            f"wants a dtype, got {shown(value)}",
            code="SC407",
            instead=_nearest(value, (*DTYPES, *POLICIES), DTYPE_FRIENDS),
        )

    def schema(self, owner: type) -> dict[str, Any]:
        return {"enum": [*DTYPES, *POLICIES]}


class LayerKind(Kind):
    name = "layer"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, Config):
            return value
        raise Refusal(f"wants a layer, got {shown(value)}", code="SC204", help="write it as `{Dense: {units: 8}}`")

    def schema(self, owner: type) -> dict[str, Any]:
        return {"$ref": "#/$defs/layer"}


class LayersKind(Kind):
    name = "list of layers"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, Config):
            return (value,)
        if isinstance(value, (list, tuple)) and value and all(isinstance(item, Config) for item in value):
            return tuple(value)
        raise Refusal(f"wants a layer or a list of layers, got {shown(value)}", code="SC204")

    def schema(self, owner: type) -> dict[str, Any]:
        layer = {"$ref": "#/$defs/layer"}
        return {"anyOf": [layer, {"type": "array", "items": layer, "minItems": 1}]}


def _nearest(
    word: object, options: tuple[str, ...] | list[str], friends: Mapping[str, str] | None = None
) -> str | None:
    """The option that a word was probably meant to be."""
    from shapecalc.diagnostics import did_you_mean

    return did_you_mean(str(word), options, friends)
