"""Reading a name in an expression, and the fault of one that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shapecalc.diagnostics import did_you_mean, shorten

Value = object
Lookup = Callable[[str], Value] | Mapping[str, Value]


class ExpressionError(Exception):
    """An expression that cannot be read or has no value; `offset` counts characters of the text from 0."""

    def __init__(self, message: str, offset: int = 0, code: str = "SC207", help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.code = code
        self.help = help


def read_name(name: str, offset: int, lookup: Lookup) -> Value:
    """The value of `$name`, or SC208 with what was probably meant."""
    try:
        return lookup[name] if isinstance(lookup, Mapping) else lookup(name)
    except KeyError:
        near = did_you_mean(name, lookup) if isinstance(lookup, Mapping) else None
        way_out = (
            f"did you mean `${near}`?" if near else f"declare it, `args: {{{shorten(name)}: 8}}`, or write a number"
        )
        raise ExpressionError(f"unknown name `${name}`", offset, "SC208", way_out) from None
