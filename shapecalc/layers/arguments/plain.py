"""Plain values: numbers read from text and from exact fractions, and any value as YAML shows it."""

from __future__ import annotations

from typing import Any

LARGEST = 10**18
"""Larger whole numbers are refused: no tensor has such an axis, and products of a few stay quick to print."""


class Config:
    """The base of `Layer` alone: it tells that a value is a layer."""


def as_yaml(value: object) -> str:
    """A value as a message quotes it: as YAML would have it, and short."""
    words = _write_line(value, 3)
    return words if len(words) <= 60 else words[:57] + "..."


def _write_line(value: object, levels: int) -> str:
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
        items = [f"{key}: {_write_line(item, levels - 1)}" for key, item in [*value.items()][:8]] if levels else []
        return "{" + ", ".join(items + ["..."] * (len(value) > len(items))) + "}"
    if isinstance(value, (list, tuple)):
        items = [_write_line(item, levels - 1) for item in value[:8]] if levels else []
        return "[" + ", ".join(items + ["..."] * (len(value) > len(items))) + "]"
    return str(convert_fraction(value))


def convert_fraction(value: Any) -> Any:
    """The float or int of an expression's exact fraction; anything else as it is."""
    if isinstance(value, (int, float)) or not hasattr(value, "denominator"):
        return value
    try:
        return value.numerator if value.denominator == 1 else float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def convert_text(value: object) -> object:
    """A text that is written as a number, `1e-5`, as that number, and an exact fraction as a float; else the value."""
    if isinstance(value, str) and len(value) <= 400:
        try:
            return int(value)
        except ValueError:
            try:
                return float(value)
            except ValueError:
                return value
    return convert_fraction(value)
