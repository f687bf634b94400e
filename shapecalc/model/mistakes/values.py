"""Guesses what a refused value was meant to be. Each guess is read as it would be typed, so that the help works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from shapecalc.diagnostics.errors import Refusal
from shapecalc.document.flow import write_flow
from shapecalc.layers.arguments.plain import convert_fraction

_NUMBER_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
MOST_ITEMS, MOST_LETTERS = 8, 200
"""A longer list or text is not guessed at: each guess is read."""

_MULTIPLES = {"X": 1, "K": 1_000, "M": 1_000_000, "%": 0.01}
_TEMPLATE = re.compile(r"[{<(%]*\s*([A-Za-z_]\w*)\s*[}>)%]*")
_SIZES = re.compile(r"[\[(]?\s*\d+(?:\s*[x×*,;]\s*\d+|\s+\d+)+\s*[\])]?")


class Guess(NamedTuple):
    """What was probably meant, as it is written; safe where it is the same value in another form."""

    text: str
    safe: bool


def suggest_value(value: object, read: Callable[[Any], object], scope: dict[str, Any]) -> Guess | None:
    """What to write in place of `value`, which `read` refused; `scope` holds what `$name` may read."""
    for guesses, safe in ((_list_forms(value, scope), True), (_list_others(value), False)):
        for text, guess in guesses:
            try:
                read(guess)
            except Refusal:
                continue
            return Guess(text, safe)
    return None


def _list_forms(value: object, scope: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """A value in the forms that it may have been meant in, and what they are read as; the likeliest first."""
    if isinstance(value, str):
        if len(value) <= MOST_LETTERS:
            yield from _list_forms_of_text(value.strip(), scope)
    elif isinstance(value, float) and value.is_integer():
        yield str(int(value)), int(value)
    elif value is False:
        yield "null", None


def _list_others(value: object) -> Iterator[tuple[str, Any]]:
    """Other values that may have been meant, and what they are read as; the likeliest first."""
    if isinstance(value, (list, tuple)):
        if len(value) > MOST_ITEMS:
            return
        prefixes = [list(value[:length]) for length in range(len(value) - 1, 0, -1)]
        for plain in prefixes + [head for head in value[:1] if len(set(map(repr, value))) == 1]:
            yield write_flow(plain), plain
    elif isinstance(value, (int, float)) and 5 <= value <= 100:  # per cent
        yield write_flow(value / 100), value / 100


def _list_forms_of_text(text: str, scope: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    named = _TEMPLATE.fullmatch(text)
    if named is not None and named[1] in scope:
        yield f"${named[1]}", scope[named[1]]
    if text.lower() in ("yes", "on", "true", "y"):
        yield "true", True
    if text.lower() in ("no", "off", "false", "n"):
        yield "false", False
    if text.lower() in ("none", "null", "nil", ""):
        yield "null", None
    if text.lower() in _NUMBER_WORDS:
        number = _NUMBER_WORDS.index(text.lower())
        yield str(number), number
    if multiple := re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KkMxX%])", text):
        product = float(multiple[1]) * _MULTIPLES[multiple[2].upper()]
        product = int(product) if product.is_integer() else product
        yield write_flow(product), product
    if rounds := re.fullmatch(r"range\((\d{1,9})\)", text):
        yield rounds[1], int(rounds[1])
    if _SIZES.fullmatch(text):
        sizes = [int(size) for size in re.findall(r"\d+", text)]
        yield write_flow(sizes), sizes
    result = _work_out(text)
    if result is not None:
        yield write_flow(result), result
    with_names = re.sub(r"(?<![\w$.])([A-Za-z_]\w*)(?!\s*\()", lambda word: _mark_value(word[1], scope), text)
    if with_names != text and (result := _work_out(with_names, scope)) is not None:
        yield with_names if not re.search(r"[,\[\]{}#]", with_names) else f'"{with_names}"', result


def _mark_value(word: str, scope: dict[str, Any]) -> str:
    return f"${word}" if word in scope else word


def _work_out(text: str, scope: dict[str, Any] | None = None) -> Any:
    """The value of a text as an expression; None where it is not one."""
    from shapecalc.expressions.grammar import compile_text

    try:
        return convert_fraction(compile_text(text).value(scope or {}))
    except Refusal:
        return None
