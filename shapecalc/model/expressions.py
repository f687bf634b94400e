"""`$name` and the expressions around it: a language of values and nothing else.

The grammar is Python's for `+ - * / // % **`, comparisons (chained too), `and or not`, `A if C else B`, lists, items
of lists, and calls of `min max floor ceil round make_divisible`. There are no attributes, no other calls, no loops.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from shapecalc.diagnostics import did_you_mean

Value = object
Lookup = Callable[[str], Value] | Mapping[str, Value]

_ALONE = re.compile(r"\s*\$(?:\{([^\W\d]\w*)\}|([^\W\d]\w*))\s*\Z")


class ExpressionError(Exception):
    """An expression that cannot be read or has no value; `offset` counts characters of the text from 0."""

    def __init__(self, message: str, offset: int = 0, code: str = "SC207", help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.code = code
        self.help = help


def is_expression(text: str) -> bool:
    """Whether the text reads a value: whether it has a `$`."""
    return "$" in text


def evaluate(text: str, lookup: Lookup) -> Value:
    """The value of an expression; `lookup` gives the value of a name, or raises KeyError.

    A text that is `$name` alone has the value itself, of whatever type. Arithmetic is exact: floats count by their
    decimal text, what comes out whole is an int, the rest a `Fraction`. Raises `ExpressionError`.
    """
    if alone := _ALONE.match(text):
        return read_name(alone[1] or alone[2], text.index("$"), lookup)
    from shapecalc.model.grammar import compiled

    return compiled(text).value(lookup)


def names(text: str) -> tuple[str, ...]:
    """The names the expression reads, in order, each once. Raises `ExpressionError` if it cannot be read."""
    if alone := _ALONE.match(text):
        return (alone[1] or alone[2],)
    from shapecalc.model.grammar import compiled

    return compiled(text).names


def read_name(name: str, offset: int, lookup: Lookup) -> Value:
    """The value of `$name`, or SC208 with what was probably meant."""
    try:
        return lookup[name] if isinstance(lookup, Mapping) else lookup(name)
    except KeyError:
        near = did_you_mean(name, lookup) if isinstance(lookup, Mapping) else None
        way_out = f"did you mean `${near}`?" if near else None
        raise ExpressionError(f"unknown name `${name}`", offset, "SC208", way_out) from None
