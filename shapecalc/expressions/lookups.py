"""Reads the names in expressions, and refuses those that have no value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shapecalc.diagnostics import Refusal, did_you_mean, has_rival, shorten

Value = object
Lookup = Callable[[str], Value] | Mapping[str, Value]


def read_name(name: str, offset: int, lookup: Lookup) -> Value:
    """The value of `$name`, or SC208 with what was probably meant."""
    try:
        return lookup[name] if isinstance(lookup, Mapping) else lookup(name)
    except KeyError:
        near = did_you_mean(name, lookup) if isinstance(lookup, Mapping) else None
        message = f"unknown name `${name}`"
        if near is None:
            help = f"declare it, `args: {{{shorten(name)}: 8}}`, or write a number"
            raise Refusal(message, code="SC208", help=help, offset=offset) from None
        safe = not has_rival(name, near, lookup if isinstance(lookup, Mapping) else ())
        help = f"did you mean `${near}`?"
        raise Refusal(message, code="SC208", help=help, instead=near, safe=safe, offset=offset, wrong=name) from None
