"""`$name` and the expressions around it: a language of values and nothing else.

The grammar is Python's for `+ - * / // % **`, comparisons (chained too), `and or not`, `A if C else B`, lists, items
of lists, and calls of `min max floor ceil round log len make_divisible`. There are no attributes, no other calls, no
loops.
"""

from __future__ import annotations

import re

from shapecalc.expressions.lookups import Lookup, Value, read_name

__all__ = ["Lookup", "Value", "evaluate", "names"]

_ALONE = re.compile(r"\s*\$(?:\{([^\W\d]\w*)\}|([^\W\d]\w*))\s*\Z")


def evaluate(text: str, lookup: Lookup) -> Value:
    """The value of an expression; `lookup` gives the value of a name, or raises KeyError.

    A text that is `$name` alone has the value itself, of whatever type. Arithmetic is exact: floats count by their
    decimal text, what comes out whole is an int, the rest a `Fraction`. Raises `Refusal`.
    """
    if alone := _ALONE.match(text):
        return read_name(alone[1] or alone[2], text.index("$"), lookup)
    from shapecalc.expressions.grammar import compile_text

    return compile_text(text).value(lookup)


def names(text: str) -> tuple[str, ...]:
    """The names the expression reads, in order, each once. Raises `Refusal` if it cannot be read."""
    if alone := _ALONE.match(text):
        return (alone[1] or alone[2],)
    from shapecalc.expressions.grammar import compile_text

    return compile_text(text).names
