"""Sums of products by letters, as `torch.einsum` computes them: pair by pair from the left.

https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/Linear.cpp
"""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.training.array import Array
from shapecalc.training.elementwise import multiply
from shapecalc.training.products import sum_products
from shapecalc.training.reductions import average
from shapecalc.training.strides import is_one
from shapecalc.training.tape import Tape
from shapecalc.training.views import expand_dims, permute, reshape, take_diagonal

_DOTS = "..."


def einsum(tape: Tape, operands: Sequence[Array], letters: Sequence[str], output: str, name: str = "product") -> Array:
    """The sum of products of operands, whose axes have a letter each; `...` stands for axes without letters."""
    spread = max(
        array.ndim - len(text.replace(_DOTS, "")) if _DOTS in text else 0
        for array, text in zip(operands, letters, strict=True)
    )
    left = _list_letters(output, spread)
    named = {letter for text in letters for letter in text.replace(_DOTS, "")}
    order = [*left, *sorted(named - set(left))]
    arrays = [_arrange(array, text, spread, order) for array, text in zip(operands, letters, strict=True)]
    if len(arrays) == 1:
        rest = range(len(left), len(order))
        return average(arrays[0], rest, keepdims=False, name="sum") if rest else arrays[0]
    result, *others = arrays
    for place, other in enumerate(others):
        later = others[place + 1 :]
        summed = [axis for axis in range(len(left), len(order)) if all(is_one(array.shape[axis]) for array in later)]
        result = _combine(tape, result, other, summed, name)
    return reshape(result, result.shape[: len(left)])


def _list_letters(text: str, spread: int) -> list[str]:
    """The letters of an operand; each axis that `...` stands for has a number of its own."""
    before, dots, after = text.partition(_DOTS)
    return [*before, *(map(str, range(spread)) if dots else ()), *after]


def _arrange(x: Array, text: str, spread: int, order: Sequence[str]) -> Array:
    """An operand with its axes in this order: those that it lacks have one entry, repeated letters are a diagonal."""
    own = x.ndim - len(text.replace(_DOTS, ""))
    names = _list_letters(text, spread)
    for _ in range(spread - own if _DOTS in text else 0):
        x = expand_dims(x, text.index(_DOTS))
    for letter in dict.fromkeys(names):
        while names.count(letter) > 1:
            first = names.index(letter)
            second = names.index(letter, first + 1)
            x = take_diagonal(x, first, second)
            del names[second]
    for letter in order:
        if letter not in names:
            x = expand_dims(x, x.ndim)
            names.append(letter)
    return permute(x, [names.index(letter) for letter in order])


def _combine(tape: Tape, x: Array, y: Array, summed: Sequence[int], name: str) -> Array:
    """The product of two operands, summed over the axes that no later one has."""
    lone_x = [axis for axis in summed if not is_one(x.shape[axis]) and is_one(y.shape[axis])]
    lone_y = [axis for axis in summed if is_one(x.shape[axis]) and not is_one(y.shape[axis])]
    both = [axis for axis in summed if not is_one(x.shape[axis]) and not is_one(y.shape[axis])]
    if lone_x:
        x = average(x, lone_x, name="sum")
    if lone_y:
        y = average(y, lone_y, name="sum")
    return sum_products(tape, x, y, both, name) if both else multiply(tape, x, y, name)
