"""Small arrays of sizes and of numbers that sizes are computed with, by the rules of ONNX and without NumPy.

An item is a whole number, a `Dim`, true or false, a float, or a `Ratio` of a size. What cannot be told is a size that
is not known, so that an array always has all its items.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from shapecalc.dims.bounds import at_least, same
from shapecalc.dims.dim import Dim, Size, is_unknown, unknown
from shapecalc.dims.division import ceil_div, exact_quotient, floor_div

if TYPE_CHECKING:
    from fractions import Fraction

MAX_ITEMS = 4096
"""Items of an array that is followed; of a larger one only the shape is known."""
_FINEST = 1 << 20
"""The largest denominator of a factor that is followed exactly: scales such as 0.5 and 1/32."""


class Ratio(NamedTuple):
    """A size divided by a whole number, before it is rounded."""

    size: Size
    divisor: int


Item: TypeAlias = Any
"""A whole number, a `Dim`, true or false, a float, or a `Ratio`: what it may be is asked where it matters."""


class Known(NamedTuple):
    """An array: its axes, and its items in row-major order."""

    shape: tuple[int, ...]
    items: tuple[Any, ...]


def scalar(item: Item) -> Known:
    """An array without axes."""
    return Known((), (item,))


def vector(items: Iterable[Item]) -> Known:
    """An array of one axis."""
    listed = tuple(items)
    return Known((len(listed),), listed)


def reshape(array: Known, shape: Sequence[int]) -> Known | None:
    """The same items in another shape; None where their number differs."""
    return Known(tuple(shape), array.items) if math.prod(shape) == len(array.items) else None


def strides_of(shape: Sequence[int]) -> list[int]:
    """How far apart the items of each axis stand."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return strides[::-1]


def stretch(array: Known, shape: Sequence[int]) -> list[Any]:
    """The items of an array broadcast to a shape, row-major."""
    if array.shape == tuple(shape):
        return list(array.items)
    lead = len(shape) - len(array.shape)
    strides = [0] * lead + [
        0 if size == 1 else stride for size, stride in zip(array.shape, strides_of(array.shape), strict=True)
    ]
    return [
        array.items[sum(index * stride for index, stride in zip(place, strides, strict=True))]
        for place in product(*map(range, shape))
    ]


def combine(operate: Callable[..., Item], *arrays: Known) -> Known | None:
    """An operation on items, broadcast; None where the shapes do not fit or the result is too large to follow."""
    rank = max(len(array.shape) for array in arrays)
    shape = []
    for axis in range(rank):
        sizes = {
            array.shape[axis - rank + len(array.shape)] for array in arrays if axis - rank + len(array.shape) >= 0
        } - {1}
        if len(sizes) > 1:
            return None
        shape.append(sizes.pop() if sizes else 1)
    if math.prod(shape) > MAX_ITEMS:
        return None
    columns = [stretch(array, shape) for array in arrays]
    return Known(tuple(shape), tuple(map(operate, *columns)))


def take(array: Known, indices: Known, axis: int) -> Known | None:
    """`Gather`: the parts at positions along an axis; None where a position is no number, or beyond the end."""
    size = array.shape[axis]
    positions = []
    for index in indices.items:
        if not isinstance(index, int) or not -size <= index < size:
            return None
        positions.append(index % size)
    outer, inner = math.prod(array.shape[:axis]), math.prod(array.shape[axis + 1 :])
    if outer * len(positions) * inner > MAX_ITEMS:
        return None
    items = [
        array.items[(before * size + position) * inner + after]
        for before in range(outer)
        for position in positions
        for after in range(inner)
    ]
    return Known((*array.shape[:axis], *indices.shape, *array.shape[axis + 1 :]), tuple(items))


def cut(array: Known, axis: int, positions: Iterable[int]) -> Known:
    """The parts at positions along an axis, which lie within."""
    taken = take(array, vector(positions), axis)
    assert taken is not None
    return taken


def join(arrays: Sequence[Known], axis: int) -> Known | None:
    """`Concat`: arrays one after another along an axis."""
    heads = {(array.shape[:axis], array.shape[axis + 1 :]) for array in arrays}
    if len(heads) != 1:
        return None
    ((before, after),) = heads
    total = sum(array.shape[axis] for array in arrays)
    if math.prod(before) * total * math.prod(after) > MAX_ITEMS:
        return None
    inner = math.prod(after)
    items: list[Any] = []
    for outer in range(math.prod(before)):
        for array in arrays:
            width = array.shape[axis] * inner
            items += array.items[outer * width : (outer + 1) * width]
    return Known((*before, total, *after), tuple(items))


def places_of(array: Known, holds: Callable[[Item], bool]) -> list[tuple[int, ...]]:
    """Where the items stand of which something holds, in row-major order."""
    return [place for place, item in zip(product(*map(range, array.shape)), array.items, strict=True) if holds(item)]


def transpose(array: Known, order: Sequence[int]) -> Known:
    """The axes in another order."""
    shape = tuple(array.shape[axis] for axis in order)
    strides = strides_of(array.shape)
    items = [
        array.items[sum(index * strides[axis] for index, axis in zip(place, order, strict=True))]
        for place in product(*map(range, shape))
    ]
    return Known(shape, tuple(items))


def add(left: Item, right: Item) -> Item:
    """The sum; of a ratio and a number exactly."""
    if isinstance(left, (int, Dim)) and isinstance(right, (int, Dim)):
        return _compute(lambda: left + right, left, right)
    if isinstance(left, (Ratio, Dim)) or isinstance(right, (Ratio, Dim)):
        (size, divisor), (other, other_divisor) = _as_ratio(left), _as_ratio(right)
        if is_unknown(size) or is_unknown(other):
            return unknown()
        return _make_ratio(size * other_divisor + other * divisor, divisor * other_divisor)
    return _compute(lambda: left + right, left, right)


def subtract(left: Item, right: Item) -> Item:
    """The difference."""
    return add(left, multiply(right, -1))


def multiply(left: Item, right: Item) -> Item:
    """The product; of a size and a fraction a ratio."""
    if isinstance(left, (Ratio, Dim)) or isinstance(right, (Ratio, Dim)):
        (size, divisor), (other, other_divisor) = _as_ratio(left), _as_ratio(right)
        return _make_ratio(size * other, divisor * other_divisor)
    return _compute(lambda: left * right, left, right)


def divide(left: Item, right: Item, *, whole: bool) -> Item:
    """The quotient; of whole numbers towards zero, as ONNX divides them, of which sizes are at least 0."""
    if isinstance(left, Dim) or (isinstance(right, Dim) and isinstance(left, int)):
        if isinstance(right, (int, Dim)) and not isinstance(right, bool):
            quotient = exact_quotient(left, right)
            if quotient is not None:
                return quotient
        if whole:
            return floor_div(left, right) if isinstance(right, int) and right > 0 else unknown()
    if isinstance(left, (Ratio, Dim)) or isinstance(right, (Ratio, Dim)):
        factor = _as_fraction(right)
        if factor is None or factor == 0:
            return unknown()
        return multiply(left, float(1 / factor)) if factor.numerator != 1 else multiply(left, factor.denominator)
    if right == 0:
        return unknown() if whole else _compute(lambda: math.copysign(math.inf, left) if left else math.nan, left)
    if whole:
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return _compute(lambda: left / right, left, right)


def remainder(left: Item, right: Item) -> Item:
    """The remainder with the divisor's sign, as Python has it."""
    if isinstance(left, (Ratio, Dim)) or isinstance(right, (Ratio, Dim)):
        if isinstance(left, Dim) and isinstance(right, int) and right > 0:
            return left - floor_div(left, right) * right
        if isinstance(left, int) and isinstance(right, Dim):
            return _wrap(left, right)
        return 0 if left == right else unknown()
    return left % right if right else unknown()


def _wrap(position: int, size: Dim) -> Item:
    """A position that counts from the end below 0, from the front; not known where it may be beyond an end."""
    if position < 0:
        return size + position if at_least(size, -position) else unknown()
    return position if at_least(size, position + 1) else unknown()


def floor(item: Item) -> Item:
    """The greatest whole number that is not greater."""
    if isinstance(item, Ratio):
        return floor_div(item.size, item.divisor)
    return item if isinstance(item, Dim) else _round_number(math.floor, item)


def ceil(item: Item) -> Item:
    """The least whole number that is not less."""
    if isinstance(item, Ratio):
        return ceil_div(item.size, item.divisor)
    return item if isinstance(item, Dim) else _round_number(math.ceil, item)


def cast(item: Item, dtype: str) -> Item:
    """The item as a value of a dtype: whole numbers are cut off towards zero, as sizes are at least 0."""
    if dtype == "bool":
        return truth(item)
    if dtype.startswith(("float", "bfloat", "double")):
        return item if isinstance(item, (Dim, Ratio)) else float(item)
    if isinstance(item, Ratio):
        return floor(item)
    if isinstance(item, Dim):
        return item
    return int(item) if isinstance(item, int) or math.isfinite(item) else unknown()


def truth(item: Item) -> Item:
    """Whether an item is not 0; a size that is not known where that cannot be told."""
    if isinstance(item, Ratio):
        item = item.size
    if not isinstance(item, Dim):
        return bool(item)
    if at_least(item, 1):
        return True
    return unknown()


def equal(left: Item, right: Item) -> Item:
    """Whether two items are the same; a size that is not known where that cannot be told."""
    if isinstance(left, Ratio) or isinstance(right, Ratio):
        return True if left == right else unknown()
    if isinstance(left, Dim) or isinstance(right, Dim):
        answer = same(left, right) if isinstance(left, (int, Dim)) and isinstance(right, (int, Dim)) else None
        return unknown() if answer is None else answer
    return left == right


def less(left: Item, right: Item) -> Item:
    """Whether the first is less than the second; a size that is not known where that cannot be told."""
    if isinstance(left, (Ratio, Dim)) or isinstance(right, (Ratio, Dim)):
        if isinstance(left, (int, Dim)) and isinstance(right, (int, Dim)):
            answer = at_least(left, right)
            return unknown() if answer is None else not answer
        return unknown()
    return left < right


def choose(condition: Item, left: Item, right: Item) -> Item:
    """`Where`: the first where the condition holds, else the second."""
    if isinstance(condition, (Dim, Ratio)):
        return left if left == right else unknown()
    return left if condition else right


def least(left: Item, right: Item) -> Item:
    """The less of two; a size that is not known where that cannot be told."""
    return choose(less(left, right), left, right)


def greatest(left: Item, right: Item) -> Item:
    """The greater of two; a size that is not known where that cannot be told."""
    return choose(less(left, right), right, left)


def greater(left: Item, right: Item) -> Item:
    """Whether the first is greater than the second."""
    return less(right, left)


def at_most(left: Item, right: Item) -> Item:
    """Whether the first is not greater than the second."""
    return invert(less(right, left))


def not_less(left: Item, right: Item) -> Item:
    """Whether the first is not less than the second."""
    return invert(less(left, right))


def invert(item: Item) -> Item:
    """The other truth value; not known where this one is not."""
    return not item if isinstance(item, bool) else unknown()


def both(left: Item, right: Item) -> Item:
    """Whether both hold."""
    return left and right if isinstance(left, bool) and isinstance(right, bool) else unknown()


def either(left: Item, right: Item) -> Item:
    """Whether one of two holds, or both."""
    return left or right if isinstance(left, bool) and isinstance(right, bool) else unknown()


def one_of_two(left: Item, right: Item) -> Item:
    """Whether one of two holds and the other does not."""
    return left != right if isinstance(left, bool) and isinstance(right, bool) else unknown()


def negate(item: Item) -> Item:
    """The number with the other sign."""
    return multiply(item, -1)


def measure(item: Item) -> Item:
    """The number without its sign; sizes have none."""
    return item if isinstance(item, (Dim, Ratio)) else abs(item)


def root(item: Item) -> Item:
    """The square root of a number."""
    return unknown() if isinstance(item, (Dim, Ratio)) or item < 0 else item**0.5


def relu(item: Item) -> Item:
    """The number, or 0 where it is less."""
    return greatest(item, 0)


def power(left: Item, right: Item) -> Item:
    """The first to the power of the second."""
    if isinstance(right, (Dim, Ratio)) or isinstance(left, Ratio):
        return unknown()
    if isinstance(left, Dim):
        return left ** int(right) if 0 <= right <= 8 and right == int(right) else unknown()
    if abs(left) > 1 and abs(right) > 64:
        return unknown()
    return _compute(lambda: left**right)


def fits(shape: Sequence[Size]) -> bool:
    """Whether an array of this shape is followed item by item."""
    numbers = [size for size in shape if isinstance(size, int)]
    return len(numbers) == len(shape) and math.prod(numbers) <= MAX_ITEMS


def count_up(first: Item, last: Item, step: Item) -> tuple[Size, Known | None]:
    """How many numbers there are from the first up to the last, and which, where that is known."""
    if not any(isinstance(bound, (Dim, Ratio)) for bound in (first, last, step)):
        turns = _compute(lambda: int((first - last) // step))
        if isinstance(turns, Dim):
            return unknown(), None
        count = max(0, -turns)
        return count, vector(first + number * step for number in range(count)) if count <= MAX_ITEMS else None
    length = ceil(divide(subtract(last, first), step, whole=False))
    return length if isinstance(length, Dim) else unknown(), None


def is_told(item: Item) -> bool:
    """Whether an item is more than a size that is not known."""
    return not (isinstance(item, Dim) and is_unknown(item))


def _as_ratio(item: Item) -> tuple[Size, int]:
    if isinstance(item, Ratio):
        return item
    if isinstance(item, (int, Dim)):
        return item, 1
    fraction = _as_fraction(item)
    return (unknown(), 1) if fraction is None else (fraction.numerator, fraction.denominator)


def _as_fraction(item: Item) -> Fraction | None:
    """A number as an exact fraction, a float as the simple one that it stands for; None where there is none."""
    if isinstance(item, (Dim, Ratio)) or (isinstance(item, float) and not math.isfinite(item)):
        return None
    from fractions import Fraction  # slow to import, and few models divide numbers that are no sizes

    if isinstance(item, int):
        return Fraction(int(item))
    exact = Fraction(item)
    simple = exact.limit_denominator(1024)
    if abs(float(simple) - item) <= 1e-7 * abs(item):  # float32 holds seven digits
        return simple
    return exact if exact.denominator <= _FINEST else None


def _make_ratio(size: Size, divisor: int) -> Item:
    if isinstance(size, int):
        return size // divisor if size % divisor == 0 else size / divisor
    if divisor == 1 or is_unknown(size):
        return size
    common = math.gcd(divisor, *size.terms.values())
    reduced = exact_quotient(size, common)
    assert reduced is not None
    return reduced if divisor == common else Ratio(reduced, divisor // common)


def _round_number(round_number: Callable[[Any], int], item: Any) -> Item:
    if isinstance(item, float):
        return float(round_number(item)) if math.isfinite(item) else item
    return item


def _compute(compute: Callable[[], Any], *items: Item) -> Item:
    """What numbers come to; not known where that overflows."""
    try:
        result: Item = compute()
    except (OverflowError, ValueError, ZeroDivisionError):
        return unknown()
    return result if isinstance(result, Dim) or abs(result) < 1 << 64 or isinstance(result, float) else unknown()
