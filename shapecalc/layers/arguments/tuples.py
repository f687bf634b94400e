"""Tuples in text, as Python and Keras write them: `(3, 3)` in place of a list of numbers."""

from __future__ import annotations

import re
from typing import Any

_WORDS = {"None": None, "null": None, "True": True, "true": True, "False": False, "false": False}
_TOKEN = re.compile(r"\s*([(),]|[\w.+-]+)\s*")
MAX_DEPTH = 8


def convert_tuples(value: Any) -> Any:
    """The value with every text that is a tuple as the list of its items; any other text stays what it is."""
    if isinstance(value, str):
        return _read(value) if value.lstrip()[:1] == "(" else value
    if isinstance(value, list):
        return [convert_tuples(item) for item in value]
    return value


def _read(text: str) -> Any:
    """The list of numbers in a text in parentheses; the text itself where it is no tuple of numbers."""
    tokens = _TOKEN.findall(text)
    if len("".join(tokens)) != len("".join(text.split())) or text.count("(") > 10_000:
        return text
    try:
        value, rest = _read_item(tokens, 0, 0)
    except (IndexError, ValueError):
        return text
    return value if rest == len(tokens) else text


def _read_item(tokens: list[str], start: int, depth: int) -> tuple[Any, int]:
    """The item at `start`, and where it ends. Raises ValueError or IndexError where there is none."""
    token = tokens[start]
    position = start + 1
    if token != "(":
        return (_WORDS[token] if token in _WORDS else _read_number(token)), position
    if depth == MAX_DEPTH:
        raise ValueError
    items: list[Any] = []
    comma = None
    while tokens[position] != ")":
        if comma is False:
            raise ValueError
        item, position = _read_item(tokens, position, depth + 1)
        items.append(item)
        comma = tokens[position] == ","
        position += comma
    # As in Python, one item without a comma is that item in brackets.
    return (items[0] if len(items) == 1 and not comma else items), position + 1


def _read_number(token: str) -> int | float:
    try:
        return int(token)
    except ValueError:
        return float(token)
