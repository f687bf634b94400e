"""Arrays of numbers that calls in a model's file are given, and how a spec holds them."""

from __future__ import annotations

from typing import Any, NamedTuple

from shapecalc.layers.arguments.names import FLOATS

FEW = 64
"""As many numbers of an array stand in a spec."""
_EXACT = 2**24
"""Up to here a float32 holds every whole number."""


class Array(NamedTuple):
    """An array of a file: nested lists of numbers, its shape and dtype."""

    value: Any
    shape: tuple[int, ...]
    dtype: str

    @property
    def size(self) -> int:
        """How many numbers it has."""
        size = 1
        for length in self.shape:
            size *= length
        return size

    @property
    def is_short(self) -> bool:
        """Whether its numbers may stand in a spec."""
        return self.size <= FEW

    @property
    def weight_dtype(self) -> str:
        """The dtype of the weight that holds it: a float that has all its numbers."""
        if self.dtype in FLOATS:
            return self.dtype
        return "float32" if all(abs(number) <= _EXACT for number in list_numbers(self.value)) else "float64"

    @property
    def initializer(self) -> Any:
        """How the weight starts: with the numbers, if they are few or all the same, else as zeros."""
        numbers = list_numbers(self.value)
        if numbers and numbers.count(numbers[0]) == len(numbers):
            return {"constant": {"value": numbers[0]}}
        return {"constant": {"value": self.value}} if self.is_short else "zeros"

    @property
    def is_in_initializer(self) -> bool:
        """Whether the initializer says every number."""
        return bool(self.initializer != "zeros")


def list_numbers(value: Any) -> list[Any]:
    """The numbers in nested lists, in order."""
    return [number for item in value for number in list_numbers(item)] if isinstance(value, list) else [value]
