"""Reads the names in expressions, and refuses those that have no value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shapecalc.diagnostics import Refusal, did_you_mean, shorten

Value = object
Lookup = Callable[[str], Value] | Mapping[str, Value]


def read_name(name: str, offset: int, lookup: Lookup) -> Value:
    """The value of `$name`, or SC208 with what was probably meant."""
    try:
        return lookup[name] if isinstance(lookup, Mapping) else lookup(name)
    except KeyError:
        near = did_you_mean(name, lookup) if isinstance(lookup, Mapping) else None
        way_out = (
            f"did you mean `${near}`?" if near else f"declare it, `args: {{{shorten(name)}: 8}}`, or write a number"
        )
        raise Refusal(f"unknown name `${name}`", code="SC208", help=way_out, offset=offset) from None
