"""The kinds of argument: each reads a plain value, describes itself, and gives its JSON Schema.

A kind never guesses: what it cannot take it refuses with an `ArgumentError` that says what would do.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from shapecalc.dims import Dim, symbols
from shapecalc.layers.names import ACTIVATIONS, DTYPES, INITIALIZER_ALIASES, INITIALIZERS, POLICIES
from shapecalc.layers.tuples import with_lists

LARGEST = 10**18
"""Larger whole numbers are refused: no tensor has such an axis, and products of a few stay quick to print."""
MAX_AXES = 100


class ArgumentError(Exception):
    """A value that does not fit its argument; `code` is the diagnostic's, `help` the way out."""

    def __init__(self, message: str, *, code: str = "SC204", help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.help = help


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


@lru_cache(maxsize=1024)
def snake_case(name: str) -> str:
    """`GlorotUniform` as `glorot_uniform`, `Conv2DTranspose` as `conv2d_transpose`: Keras's scheme for names."""
    pieces: list[str] = []
    for index, letter in enumerate(name):
        before = name[index - 1] if index else ""
        after = name[index + 1] if index + 1 < len(name) else ""
        starts_word = letter.isupper() and (before.islower() or (bool(before) and before != "_" and after.islower()))
        if starts_word and before != "_":
            pieces.append("_")
        pieces.append(letter.lower())
    return "".join(pieces)


def camel_case(name: str) -> str:
    """`random_normal` as `RandomNormal`: how Keras calls the classes of what has a name in words."""
    return "".join(word.capitalize() for word in name.split("_"))


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

    def schema(self, owner: type) -> dict[str, Any]:
        """The JSON Schema of the values, expressions apart."""
        return {}


class SizeKind(Kind):
    name = "size"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, Dim) or (value.__class__ is int and 1 <= value <= LARGEST):
            return value
        return _whole(value, 1, "a whole number of at least 1")

    def schema(self, owner: type) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1}


class CountKind(Kind):
    name = "whole number"

    def __init__(self, low: int | None) -> None:
        self.low = low

    def read(self, value: object, owner: type) -> Any:
        return _whole(value, self.low, "a whole number" + ("" if self.low is None else f" of at least {self.low}"))

    def schema(self, owner: type) -> dict[str, Any]:
        return {"type": "integer"} if self.low is None else {"type": "integer", "minimum": self.low}


def _whole(value: object, low: int | None, wanted: str) -> int:
    number = as_number(value)
    if isinstance(number, Dim):
        symbol = min(symbols(number), default="")
        raise ArgumentError(
            f"wants {wanted}, got the symbolic size {number}",
            help=f"give {symbol or 'it'} a value, for example with `--set {symbol}=8`" if symbol else None,
        )
    if isinstance(number, bool) or not isinstance(number, int):
        fraction = not isinstance(value, bool) and (isinstance(number, float) or hasattr(number, "numerator"))
        if not fraction:
            raise ArgumentError(f"wants {wanted}, got {shown(value)}", code="SC204")
        help = "divide with `//`, or round with `round`, `ceil`, `floor` or `make_divisible`"
        raise ArgumentError(f"wants {wanted}, got {float(number):g}", code="SC211", help=help)  # type: ignore[arg-type]
    if low is not None and number < low:
        raise ArgumentError(f"wants {wanted}, got {shown(value)}", code="SC205")
    if abs(number) > LARGEST:
        raise ArgumentError(f"wants {wanted}, got one beyond 10**18", code="SC205")
    return number


class AxesKind(Kind):
    name = "axis or list of axes"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, (list, tuple)):
            return tuple(_whole(item, None, "whole numbers") for item in value)
        return _whole(value, None, "a whole number or a list of them")

    def expand(self, default: Any, owner: type) -> Any:
        return tuple(default) if isinstance(default, list) else default

    def schema(self, owner: type) -> dict[str, Any]:
        return {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}


class WindowKind(Kind):
    """As many whole numbers as the type has spatial axes, which its class says in `rank`."""

    name = "window"

    def __init__(self, low: int) -> None:
        self.low = low

    def read(self, value: object, owner: type) -> Any:
        rank: int = owner.rank  # type: ignore[attr-defined]
        wanted = f"a whole number of at least {self.low}" if rank == 1 else f"one whole number or a list of {rank}"
        if isinstance(value, (list, tuple)):
            if len(value) != rank:
                raise ArgumentError(f"wants {wanted}, got {len(value)} numbers: {shown(value)}")
            return tuple(_whole(item, self.low, f"whole numbers of at least {self.low}") for item in value)
        return (_whole(value, self.low, wanted),) * rank

    def expand(self, default: Any, owner: type) -> Any:
        return tuple(default) if isinstance(default, (list, tuple)) else (default,) * owner.rank  # type: ignore[attr-defined]

    def schema(self, owner: type) -> dict[str, Any]:
        rank: int = owner.rank  # type: ignore[attr-defined]
        one = {"type": "integer", "minimum": self.low}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": rank, "maxItems": rank}]}


class BordersKind(Kind):
    """A pair (before, after) for each spatial axis."""

    name = "borders"

    def read(self, value: object, owner: type) -> Any:
        rank: int = owner.rank  # type: ignore[attr-defined]
        if not isinstance(value, (list, tuple)):
            return ((_whole(value, 0, "a whole number of at least 0, or a list"),) * 2,) * rank
        if rank == 1 and len(value) == 2 and not any(isinstance(item, (list, tuple)) for item in value):
            return (self._pair(value),)
        if len(value) != rank:
            raise ArgumentError(f"wants a number, or one number or pair for each of {rank} axes, got {shown(value)}")
        return tuple(self._pair(item if isinstance(item, (list, tuple)) else (item, item)) for item in value)

    def expand(self, default: Any, owner: type) -> Any:
        return self.read(default, owner)

    def _pair(self, value: list[Any] | tuple[Any, ...]) -> tuple[int, int]:
        if len(value) != 2:
            raise ArgumentError(f"wants pairs of whole numbers, got {shown(value)}")
        before, after = (_whole(item, 0, "whole numbers of at least 0") for item in value)
        return before, after

    def schema(self, owner: type) -> dict[str, Any]:
        one = {"type": "integer", "minimum": 0}
        pair = {"type": "array", "items": one, "minItems": 2, "maxItems": 2}
        return {"anyOf": [one, {"type": "array", "items": {"anyOf": [one, pair]}}]}


class ShapeKind(Kind):
    """A shape without its batch axis."""

    name = "shape"

    def read(self, value: object, owner: type) -> Any:
        if not isinstance(value, (list, tuple)):
            value = [value]
        if len(value) > MAX_AXES:
            raise ArgumentError(f"wants at most {MAX_AXES} axes, got {len(value)}", code="SC602")
        return tuple(item if isinstance(item, Dim) else _whole(item, -1, "whole numbers") for item in value)

    def expand(self, default: Any, owner: type) -> Any:
        return tuple(default)

    def schema(self, owner: type) -> dict[str, Any]:
        one = {"type": "integer", "minimum": -1}
        return {"anyOf": [one, {"type": "array", "items": one}]}


class FlagKind(Kind):
    name = "true or false"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, bool):
            return value
        words = {"yes": "true", "on": "true", "no": "false", "off": "false", "1": "true", "0": "false"}
        meant = words.get(str(value).lower()) or (
            str(value).lower() if str(value).lower() in ("true", "false") else None
        )
        raise ArgumentError(
            f"wants true or false, got {shown(value)}", help=f"write `{meant}`, without quotes" if meant else None
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
            raise ArgumentError(f"wants a number, got {shown(value)}")
        try:
            result = float(number)  # type: ignore[arg-type]
        except OverflowError:
            raise ArgumentError(f"wants a number within a float's range, got {shown(value)}", code="SC205") from None
        too_low = self.low is not None and not result >= self.low
        too_high = self.high is not None and not result <= self.high
        if too_low or too_high or math.isnan(result):
            raise ArgumentError(f"wants a number{self._bounds()}, got {shown(value)}", code="SC205")
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

    def __init__(self, options: tuple[str, ...]) -> None:
        self.options = options

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, str) and value.lower() in self.options:
            return value.lower()
        if isinstance(value, str) and value in self.options:
            return value
        raise ArgumentError(
            f"wants one of {', '.join(self.options)}; got {shown(value)}", help=_nearest(value, self.options)
        )

    def schema(self, owner: type) -> dict[str, Any]:
        return {"enum": list(self.options)}


class TextKind(Kind):
    name = "text"
    takes_text = True

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, str):
            return value
        raise ArgumentError(
            f"wants text, got {shown(value)}", help=f'quote it: "{value}"' if value is not None else None
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
        raise ArgumentError(
            f"wants the name of a Keras activation, got {shown(value)}",
            help=_nearest(value, ACTIVATIONS) or "`shapecalc layers Activation` lists them",
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
            raise ArgumentError(
                f"wants the name of a Keras initializer, got {shown(value)}", help=_nearest(name, tuple(INITIALIZERS))
            )
        for key in arguments or {}:
            if key not in INITIALIZERS[known]:
                takes = ", ".join(INITIALIZERS[known]) or "no arguments"
                raise ArgumentError(
                    f"the initializer {known} has no argument {shown(key)}; it takes {takes}", code="SC202"
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
    known = known if known in INITIALIZERS else snake_case(known)
    return known if known in INITIALIZERS else None


class DtypeKind(Kind):
    name = "dtype"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, str) and value in (*DTYPES, *POLICIES):
            return value
        raise ArgumentError(
            f"wants a dtype, got {shown(value)}", code="SC407", help=_nearest(value, (*DTYPES, *POLICIES))
        )

    def schema(self, owner: type) -> dict[str, Any]:
        return {"enum": [*DTYPES, *POLICIES]}


class LayerKind(Kind):
    name = "layer"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, Config):
            return value
        raise ArgumentError(f"wants a layer, got {shown(value)}", help="write it as `{Dense: {units: 8}}`")

    def schema(self, owner: type) -> dict[str, Any]:
        return {"$ref": "#/$defs/layer"}


class LayersKind(Kind):
    name = "list of layers"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, Config):
            return (value,)
        if isinstance(value, (list, tuple)) and value and all(isinstance(item, Config) for item in value):
            return tuple(value)
        raise ArgumentError(f"wants a layer or a list of layers, got {shown(value)}")

    def schema(self, owner: type) -> dict[str, Any]:
        layer = {"$ref": "#/$defs/layer"}
        return {"anyOf": [layer, {"type": "array", "items": layer, "minItems": 1}]}


def _nearest(word: object, options: tuple[str, ...] | list[str]) -> str | None:
    from shapecalc.diagnostics import did_you_mean

    guess = did_you_mean(str(word), options)
    return f"did you mean `{guess}`?" if guess else None
