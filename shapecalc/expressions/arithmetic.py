"""Exact arithmetic on the values of expressions: ints, fractions, sizes.

Every function raises `Refusal` for what it will not do, and answers at once: results are bounded before they are
computed, so that `9**9**9` costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.diagnostics import shorten
from shapecalc.diagnostics.errors import Refusal

if TYPE_CHECKING:
    from shapecalc.dims import Dim

LARGEST = 10**18
_LARGEST_PART = 10**400  # numerator or denominator of a fraction: the range of a float, with room
_LARGEST_SIZE_POWER = 8

_KINDS = {bool: "true or false", str: "text", list: "a list", dict: "a mapping", type(None): "null"}


def calculate(operator: str, left: object, right: object) -> object:
    """One of `+ - * / // % **` on two numbers or sizes; whole results are ints."""
    first, second = read_number(left, operator), read_number(right, operator)
    try:
        if isinstance(first, int | Fraction) and isinstance(second, int | Fraction):
            return make_whole(_NUMERIC[operator](first, second))
        return _calculate_size(operator, first, second)
    except ZeroDivisionError:
        raise Refusal(f"`{operator}` by zero", code="SC207") from None


def negate(value: object) -> object:
    """Minus the value."""
    operand = read_number(value, "-")
    return make_whole(-operand) if isinstance(operand, int | Fraction) else 0 - operand


def compare(operator: str, left: object, right: object) -> bool:
    """One of `< <= > >= == !=`; order is for numbers, equality for anything but sizes."""
    for side in (left, right):
        refuse_symbol(side)
    if operator in ("==", "!="):
        equal = type(left) is type(right) and left == right
        if not equal and _is_number(left) and _is_number(right):
            equal = read_number(left, operator) == read_number(right, operator)
        return equal == (operator == "==")
    first, second = read_number(left, operator), read_number(right, operator)
    return bool(_ORDER[operator](first, second))


def is_true(value: object) -> bool:
    """Whether `if`, `and`, `or`, `not` take the value for true: by Python's rules."""
    refuse_symbol(value)
    return bool(value)


def refuse_symbol(value: object) -> None:
    """Refuse a size that is a symbol where a question is asked."""
    if not isinstance(value, int | float | Fraction | str | list | tuple | dict | None):
        raise Refusal(
            f"`{value}` has no value here", code="SC207", help="conditions are decided by arguments, not by shapes"
        )


def get_item(value: object, position: object) -> object:
    """An item of a list, counted from 0, or from the end by negative numbers."""
    if not isinstance(value, list | tuple):
        raise Refusal(f"only a list has items, not {name_kind(value)}", code="SC207")
    if isinstance(position, bool) or not isinstance(position, int):
        raise Refusal(f"an item is counted by a whole number, not `{shorten(position)}`", code="SC207")
    if not -len(value) <= position < len(value):
        items = f"{len(value)} item" + ("s" if len(value) != 1 else "")
        raise Refusal(f"no item {position} in a list of {items}", code="SC207")
    item: object = value[position]
    return item


def read_number(value: object, operation: str) -> Any:
    """The value as an int, a Fraction (floats by their decimal text) or a size."""
    if isinstance(value, bool | str | list | tuple | dict | None):
        way_out = "write `1 if $flag else 0`" if isinstance(value, bool) else None
        raise Refusal(f"`{operation}` needs numbers, not {name_kind(value)}", code="SC207", help=way_out)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Refusal(f"`{operation}` needs finite numbers, not {value}", code="SC207")
        return make_whole(Fraction(repr(value)))
    return value


def make_whole(value: int | Fraction) -> int | Fraction:
    """The value within limits, as an int if it is one."""
    if value.denominator == 1:
        if not -LARGEST <= value.numerator <= LARGEST:
            raise Refusal("the result is beyond 10**18", code="SC207")
        return value.numerator
    if max(abs(value.numerator), value.denominator) > _LARGEST_PART:
        raise Refusal("the result has too many digits", code="SC207")
    return value


def name_kind(value: object) -> str:
    """What the value is, in the words of a message."""
    return _KINDS.get(type(value), "a number")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Fraction) and not isinstance(value, bool) and math.isfinite(value)


def _raise_to_power(base: int | Fraction, exponent: int | Fraction) -> int | Fraction:
    if not isinstance(exponent, int):
        return _take_root(base, exponent)
    if base in (0, 1, -1):
        return Fraction(base) ** (exponent if base == 0 else exponent % 2)
    bits = max(abs(base.numerator), base.denominator).bit_length() - 1
    if abs(exponent) * bits > (60 if base.denominator == 1 and exponent > 0 else 1400):
        raise Refusal("the result is beyond 10**18", code="SC207")
    return Fraction(base) ** exponent


def _take_root(base: int | Fraction, exponent: Fraction) -> Fraction:
    """A power with a fraction as its exponent, `64 ** -0.5`, as the nearest float: few of them are fractions."""
    if base < 0:
        raise Refusal("`**` of a negative number needs a whole exponent", code="SC207")
    try:
        return Fraction(repr(float(base) ** float(exponent)))
    except OverflowError:
        raise Refusal("the result is beyond 10**18", code="SC207") from None


_NUMERIC: dict[str, Callable[[Any, Any], int | Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: Fraction(a) / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": _raise_to_power,
}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _calculate_size(operator: str, left: Any, right: Any) -> object:
    """The same operations where a symbol takes part."""
    try:
        return _SIZED[operator](left, right)
    except TypeError:
        raise Refusal(f"`{left} {operator} {right}` cannot be said of a size", code="SC207") from None


def _read_size(value: Any, operator: str) -> int | Dim:
    if isinstance(value, Fraction):
        message = f"`{operator} {float(value):g}` leaves a size that is not whole"
        is_quotient = operator == "/"
        raise Refusal(
            message, code="SC211", help="divide with `//`", instead="//" if is_quotient else None, safe=False, wrong="/"
        )
    size: int | Dim = value
    return size


def _read_divisor(value: Any, operator: str) -> int:
    if not isinstance(value, int):
        raise Refusal(f"a size is divided by a whole number, not by `{value}`", code="SC207")
    if value <= 0:
        raise Refusal(f"`{operator}` of a size needs a divisor of at least 1", code="SC207")
    return value


def _multiply(left: Any, right: Any) -> object:
    """A size times a number. Raises Refusal where a fraction leaves no whole coefficients."""
    if isinstance(left, Fraction):
        left, right = right, left
    if isinstance(right, Fraction):
        return _divide(left * right.numerator, right.denominator)
    return left * right


def _divide(left: Any, right: Any) -> object:
    from shapecalc.dims import exact

    if isinstance(right, Fraction):
        return _multiply(left, 1 / right)
    divisor = _read_divisor(right, "/")
    return exact(_read_size(left, "/"), divisor)


def _divide_down(left: Any, right: Any) -> Any:
    from shapecalc.dims import floor_div

    divisor = _read_divisor(right, "//")
    return floor_div(_read_size(left, "//"), divisor)


def _take_remainder(left: Any, right: Any) -> object:
    from shapecalc.dims import floor_div

    divisor = _read_divisor(right, "%")
    return left - floor_div(_read_size(left, "%"), divisor) * divisor


def _raise_size(left: Any, right: Any) -> object:
    if not isinstance(right, int) or not 0 <= right <= _LARGEST_SIZE_POWER:
        raise Refusal(f"a size is raised to 0 to {_LARGEST_SIZE_POWER}, not to `{right}`", code="SC207")
    return left**right


_SIZED: dict[str, Callable[[Any, Any], object]] = {
    "+": lambda a, b: _read_size(a, "+") + _read_size(b, "+"),
    "-": lambda a, b: _read_size(a, "-") - _read_size(b, "-"),
    "*": _multiply,
    "/": _divide,
    "//": _divide_down,
    "%": _take_remainder,
    "**": _raise_size,
}


class Function(NamedTuple):
    """A function of the language: its parameters, how many of them must be given (`most` None: any number)."""

    call: Callable[..., object]
    parameters: tuple[str, ...]
    least: int
    most: int | None


def _pick(name: str) -> Callable[..., object]:
    better = "<" if name == "min" else ">"

    def pick(*values: object) -> object:
        if len(values) == 1 and isinstance(values[0], list | tuple):
            values = tuple(values[0])
        if not values:
            raise Refusal(f"`{name}` of nothing", code="SC207")
        best = read_number(values[0], name)
        refuse_symbol(best)
        for value in values[1:]:
            if compare(better, value, best):
                best = read_number(value, name)
        return best

    return pick


def _make_rounding(how: Callable[[Any], int], name: str) -> Callable[[object], object]:
    def round_value(value: object) -> object:
        operand = read_number(value, name)
        return how(operand) if isinstance(operand, int | Fraction) else operand

    return round_value


def _round_number(value: object, digits: object = 0) -> object:
    operand = read_number(value, "round")
    if isinstance(digits, bool) or not isinstance(digits, int) or abs(digits) > 20:
        raise Refusal("`round` takes a whole number of digits, at most 20", code="SC207")
    return make_whole(round(Fraction(operand), digits)) if isinstance(operand, int | Fraction) else operand


def _make_divisible(value: object, divisor: object = 8, min_value: object = None) -> object:
    """The nearest multiple of `divisor`, at least `min_value`, never below 90% of the value.

    Howard et al., MobileNets, 2017: how widths are rounded when a multiplier scales them.
    """
    exact, step = read_number(value, "make_divisible"), read_number(divisor, "make_divisible")
    least = step if min_value is None else read_number(min_value, "make_divisible")
    for each in (exact, step, least):
        refuse_symbol(each)
    if not isinstance(step, int) or step < 1:
        raise Refusal("`make_divisible` needs a divisor of at least 1", code="SC207")
    nearest = max(least, math.floor((exact + Fraction(step, 2)) / step) * step)
    return make_whole(nearest + step if nearest < Fraction(9, 10) * exact else nearest)


def _take_logarithm(value: object) -> object:
    """The natural logarithm, as the nearest float."""
    operand = read_number(value, "log")
    refuse_symbol(operand)
    if operand <= 0:
        raise Refusal("`log` needs a number above 0", code="SC207")
    return make_whole(Fraction(repr(math.log(operand))))


def _count_items(value: object) -> object:
    if not isinstance(value, list | tuple | dict):
        raise Refusal(f"`len` counts the items of a list or mapping, not of {name_kind(value)}", code="SC207")
    return len(value)


FUNCTIONS: dict[str, Function] = {
    "min": Function(_pick("min"), (), 1, None),
    "max": Function(_pick("max"), (), 1, None),
    "floor": Function(_make_rounding(math.floor, "floor"), ("value",), 1, 1),
    "ceil": Function(_make_rounding(math.ceil, "ceil"), ("value",), 1, 1),
    "round": Function(_round_number, ("value", "digits"), 1, 2),
    "log": Function(_take_logarithm, ("value",), 1, 1),
    "len": Function(_count_items, ("list",), 1, 1),
    "make_divisible": Function(_make_divisible, ("v", "divisor", "min_value"), 1, 3),
}
