"""Values of arguments as Python literals and calls of Keras."""

from __future__ import annotations

import math
from typing import Any

from shapecalc.formats.keras.writing.code.layout import Code, Group, Named, call, keyword, sequence, tuple_of
from shapecalc.layers.arguments.argument import Arg
from shapecalc.layers.arguments.words import InitializerKind
from shapecalc.layers.class_names import camel_case

_LONGEST_TUPLE = 6
_LISTS = ("bin_boundaries", "vocabulary")
"""Arguments that are lists however short."""


def write_literal(value: Any) -> Code:
    """A plain value; short lists of numbers as tuples, as sizes and windows are written."""
    if isinstance(value, str):
        return write_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, (list, tuple)):
        items = [write_literal(item) for item in value]
        is_short = 0 < len(items) <= _LONGEST_TUPLE and not any(isinstance(item, str) for item in value)
        return tuple_of(items) if is_short else sequence(items)
    if isinstance(value, dict):
        return Group(
            "{", tuple(Named(write_text(str(key)), ": ", write_literal(item)) for key, item in value.items()), "}"
        )
    return repr(value)


def write_default(value: Any) -> Code:
    """The default of a parameter: what stands in one for all calls is a tuple."""
    if isinstance(value, (list, tuple)) and value:
        return tuple_of([write_default(item) for item in value])
    return write_literal(value)


def write_list(value: Any) -> Code:
    """A constant: lists stay lists, however deep."""
    return sequence([write_list(item) for item in value]) if isinstance(value, (list, tuple)) else write_literal(value)


def write_text(text: str) -> str:
    """A text in double quotes, where that takes no backslash."""
    quoted = repr(text).replace("##[", r"\x23#[")  # which begins a command in the logs of GitHub
    return f'"{quoted[1:-1]}"' if quoted[0] == "'" and '"' not in text else quoted


def write_value(argument: Arg[Any], value: Any) -> Code:
    """The value of an argument as a spec gives it: initializers, regularizers and constraints are objects of Keras."""
    is_object = isinstance(argument.kind, InitializerKind) or argument.name.endswith(("_regularizer", "_constraint"))
    if is_object and isinstance(value, dict) and len(value) == 1:
        ((name, arguments),) = value.items()
        return write_object(argument, name, {key: write_literal(item) for key, item in (arguments or {}).items()})
    if argument.name in _LISTS:
        return write_list(value)
    return write_literal(value)


def write_object(argument: Arg[Any], name: str, arguments: dict[str, Code]) -> Code:
    """An initializer, regularizer or constraint with its arguments."""
    if isinstance(argument.kind, InitializerKind):
        module, name = "initializers", camel_case(name)
    else:
        module = f"{argument.name.rpartition('_')[2]}s"
    return call(f"keras.{module}.{name}", *[keyword(key, item) for key, item in arguments.items()])
