"""The base of the kinds of argument, and the kinds that take plain data.

A kind never guesses: it raises `Refusal` for a value it cannot take, and the message says what it takes.
"""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.errors import Refusal
from shapecalc.layers.arguments.plain import as_yaml, convert_fraction
from shapecalc.layers.arguments.tuples import convert_tuples


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

    def write(self, value: Any, owner: type) -> Any:
        """The value of a config as a spec writes it."""
        return value

    def schema(self, owner: type) -> dict[str, Any]:
        """The JSON Schema of the values as a spec writes them, null apart."""
        return {}


class DataKind(Kind):
    """Numbers, text, lists and mappings; lists are held as tuples so that a config never changes."""

    name = "data"
    takes_text = True

    def read(self, value: object, owner: type) -> Any:
        return _freeze(convert_tuples(value) if isinstance(value, str) else value)

    def expand(self, default: Any, owner: type) -> Any:
        return _freeze(default)


class NumbersKind(DataKind):
    """A number, or a list of numbers that the type's own rule judges."""

    name = "number or list of numbers"
    takes_text = False

    def read(self, value: object, owner: type) -> Any:
        numbers = super().read(value, owner)
        if isinstance(numbers, str):
            raise Refusal(f"must be a number or a list of numbers, got {as_yaml(value)}", code="SC204")
        return numbers

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import EVALUATED

        return {"pattern": EVALUATED, "patternErrorMessage": "This must be a number or a list of numbers."}


def _freeze(value: object) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(_freeze(item) for item in value)
    if isinstance(value, dict):
        return {key: _freeze(item) for key, item in value.items()}
    return convert_fraction(value)
