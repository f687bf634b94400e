"""Values that a block's entries have in all of its instances, and how few arguments say them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from itertools import count as count_from
from typing import Any

from shapecalc.formats.folding.listing import Expression

_SMALLEST_SIZE = 4
"""A number below this is no size of which another could be a multiple."""

_MOST_TIMES = 32


class Hole:
    """Stands where an instance has no such entry."""


HOLE = Hole()


class Column:
    """A value in every instance, HOLE where there is none; `key` is what an argument for it would be called, and
    `owner` a word for the entry that it stands in."""

    __slots__ = ("key", "owner", "text", "values")

    def __init__(self, key: str, values: list[Any]) -> None:
        self.key = key
        self.owner = ""
        self.values = values
        self.text: Any = HOLE  # the literal or the Expression that stands for it, once it is settled


class Parameter:
    """An argument of a block: its value in every instance, and its default where it has one.

    `wish` is what it would be called if no other had the name.
    """

    __slots__ = ("default", "has_default", "name", "values", "wish")

    def __init__(self, name: str, wish: str, values: list[Any]) -> None:
        self.name = name
        self.wish = wish
        common, often = _most_common(values)
        present = sum(value is not HOLE for value in values)
        is_usual = 2 * often >= present if isinstance(common, bool) else 2 * often > present
        self.has_default = is_usual or present < len(values)  # a call that does not read it says nothing
        self.default = common
        self.values = [common if value is HOLE else value for value in values]


def settle(columns: list[Column], channels: list[int | None], taken: set[str]) -> tuple[list[Parameter], bool]:
    """Gives every column its text; returns the arguments that the texts read, and whether they read `$C`, the
    channels of what the block is fed."""
    settling = _Settling(columns, channels)
    for group in sorted(settling.groups, key=_rank):
        settling.settle(group)
    return settling.parameters({*taken}), settling.reads_channels


class _Settling:
    """The columns of one block on the way to their texts."""

    def __init__(self, columns: list[Column], channels: list[int | None]) -> None:
        self.columns = columns
        self.channels = channels
        self.groups = _groups(columns)
        self.bases: list[Column] = []
        self.wishes: dict[str, str] = {}
        self.reads_channels = False

    def settle(self, group: list[Column]) -> None:
        """Gives the columns of a group their text: a value, an expression, or an argument of their own."""
        first = group[0]
        if first.text is not HOLE:
            return
        text = _constant(first.values)
        if text is HOLE:
            text = _derive(first, self.bases)
        if text is HOLE:
            text = self.of_channels(first)
        if text is HOLE:
            text = self.in_two_cases(first)
        if text is HOLE:
            wish, first.key = first.key, f"argument{len(self.bases)}_"
            self.wishes[first.key] = wish
            self.bases.append(first)
            text = Expression(f"${first.key}")
        for column in group:
            column.text = text

    def of_channels(self, column: Column) -> Any:
        """A column as so many times the channels that come in, or such a part of them."""
        text = _of_channels(column, self.channels)
        self.reads_channels = self.reads_channels or text is not HOLE
        return text

    def in_two_cases(self, column: Column) -> Any:
        """A column that follows from the channels that come in, in one way where a flag is set and in another where it
        is not; HOLE where there is no such flag."""
        for group in self.groups:
            flags = group[0].values
            if any(not isinstance(flag, bool) for flag in flags) or group[0] is column:
                continue
            where, elsewhere = (
                Column(
                    column.key,
                    [value if flag is side else HOLE for value, flag in zip(column.values, flags, strict=True)],
                )
                for side in (True, False)
            )
            texts = [_part(part, self.channels) for part in (where, elsewhere)]
            if HOLE in texts or not any(isinstance(text, Expression) for text in texts):
                continue
            self.settle(group)
            condition = group[0].text
            self.reads_channels = True
            return write_condition(str(condition), texts[0], texts[1])
        return HOLE

    def parameters(self, taken: set[str]) -> list[Parameter]:
        """The arguments in the order in which they are read, those without a default first."""
        order = {id(column): position for position, column in enumerate(self.columns)}
        self.bases.sort(key=lambda column: order[id(column)])
        owners = dict.fromkeys(taken, "")
        parameters = []
        for base in self.bases:
            temporary, wish = base.key, self.wishes[base.key]
            base.key = name = _name_argument(wish, base.owner, owners)
            owners[name] = base.owner
            for column in self.columns:
                if isinstance(column.text, Expression):
                    column.text = Expression(column.text.replace(f"${temporary}", f"${name}"))
            parameters.append(Parameter(name, wish, base.values))
        return sorted(parameters, key=lambda parameter: parameter.has_default)


def _part(column: Column, channels: list[int | None]) -> Any:
    """The text of a column that has values in some of the instances only; HOLE where it has none or they need an
    argument."""
    present = [value for value in column.values if value is not HOLE]
    if not present:
        return HOLE
    text = _constant(column.values) if len(present) > 1 else HOLE
    if text is HOLE:
        pairs = [(fed, value) for fed, value in zip(channels, column.values, strict=True) if value is not HOLE]
        text = HOLE if any(fed is None for fed, _ in pairs) else _multiple("$C", pairs, least=1)
    return text


def _name_argument(wish: str, owner: str, owners: dict[str, str]) -> str:
    """A name that none of the arguments has whose `owners` are given: `filters`, `project_filters`, `filters_2`."""
    if wish not in owners:
        return wish
    if owner and owner not in (owners[wish], wish) and f"{owner}_{wish}" not in owners:
        return f"{owner}_{wish}"
    return next(name for count in count_from(2) if (name := f"{wish}_{count}") not in owners)


def _groups(columns: list[Column]) -> list[list[Column]]:
    """Columns that agree wherever both have a value; the first of each group has all their values."""
    groups: list[list[Column]] = []
    for column in columns:
        for group in groups:
            united = _unite(group[0].values, column.values)
            if united is not None:
                group[0].values = united
                group.append(column)
                break
        else:
            groups.append([column])
    return groups


def _unite(values: list[Any], others: list[Any]) -> list[Any] | None:
    """Two columns as one; None where they differ, or have no value in common, or each has one that the other lacks."""
    both = alone = beside = 0
    for value, other in zip(values, others, strict=True):
        if value is HOLE or other is HOLE:
            alone += other is HOLE and value is not HOLE
            beside += value is HOLE and other is not HOLE
        elif not is_equal(value, other):
            return None
        else:
            both += 1
    if not both or (alone and beside):
        return None
    return [other if value is HOLE else value for value, other in zip(values, others, strict=True)]


def is_equal(value: Any, other: Any) -> bool:
    """Whether two values are the same in a spec: `true` is no 1, and 1 is no `1.0`."""
    return type(value) is type(other) and bool(value == other)


def _rank(group: list[Column]) -> tuple[int, float]:
    """Flags come last: they may follow from numbers. Small numbers come first: others may be multiples of them."""
    values = [value for value in group[0].values if value is not HOLE]
    if all(isinstance(value, bool) for value in values):
        return 2, 0.0
    if all(_is_number(value) for value in values):
        return 0, float(sum(values)) / max(1, len(values))
    return 1, 0.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _constant(values: list[Any]) -> Any:
    """The one value of a column; HOLE where there are several."""
    present = [value for value in values if value is not HOLE]
    first = present[0] if present else None
    return first if all(is_equal(value, first) for value in present) else HOLE


def _derive(column: Column, bases: list[Column]) -> Any:
    """An expression in one of the arguments that gives a column; HOLE where there is none."""
    for base in bases:
        pairs = [(b, v) for b, v in zip(base.values, column.values, strict=True) if v is not HOLE]
        if any(b is HOLE for b, _ in pairs) or len(pairs) < 2:
            continue
        text = _multiple(f"${base.key}", pairs)
        if text is HOLE:
            text = _choice(base, pairs)
        if text is not HOLE:
            return text
    return HOLE


def _multiple(name: str, pairs: list[tuple[Any, Any]], *, least: int = 2) -> Any:
    """A column that is always so many times another one, or such a part of it; `least` values must differ."""
    if not all(_is_number(size) and size >= _SMALLEST_SIZE for pair in pairs for size in pair):
        return HOLE
    ratios = {Fraction(value, base) for base, value in pairs}
    if len(ratios) != 1 or len({base for base, _ in pairs}) < least:
        return HOLE
    ratio = ratios.pop()
    if ratio.denominator == 1 and 1 <= ratio.numerator <= _MOST_TIMES:
        return Expression(name if ratio == 1 else f"{ratio.numerator} * {name}")
    if ratio.numerator == 1 and ratio.denominator <= _MOST_TIMES:
        return Expression(f"{name} // {ratio.denominator}")
    return HOLE


def _choice(base: Column, pairs: list[tuple[Any, Any]]) -> Any:
    """A column of two values that another one of few values decides."""
    if any(_is_number(key) and key >= _SMALLEST_SIZE for key, _ in pairs):
        return HOLE  # that a size decides something else is chance
    of = _by_value(pairs)
    if of is None or not 2 <= len(of) <= 3:
        return HOLE
    results = [value for _, value in of]
    if any(_is_number(value) and sum(is_equal(key, other) for other, _ in pairs) < 2 for key, value in of):
        return HOLE  # that one call has a number of its own may be chance
    first, second = results[0], next((value for value in results if not is_equal(value, results[0])), HOLE)
    if second is HOLE or any(not is_equal(value, first) and not is_equal(value, second) for value in results):
        return HOLE
    singles = [(key, value) for key, value in of if sum(is_equal(value, other) for other in results) == 1]
    key, value = next(((k, v) for k, v in singles if v is not False), singles[0])
    other = second if is_equal(value, first) else first
    if isinstance(key, (list, dict)) or isinstance(value, (list, dict)) or isinstance(other, (list, dict)):
        return HOLE
    name = f"${base.key}"
    flag = name if key else f"not {name}"
    condition = flag if isinstance(key, bool) else f"{name} == {write_word(key)}"
    return write_condition(condition, value, other)


def write_condition(condition: str, value: Any, other: Any) -> Expression:
    """One value where a condition holds, and another one where it does not."""
    if value is True and other is False:
        return Expression(condition)
    if value is False and other is True and " == " in condition:
        return Expression(condition.replace(" == ", " != "))
    if value is False and other is True:
        return Expression(f"not ({condition})" if " " in condition else f"not {condition}")
    return Expression(f"{write_word(value)} if {condition} else {write_word(other)}")


def write_word(value: Any) -> str:
    """A value within an expression."""
    if isinstance(value, Expression):
        text = str(value)
        return f"({text})" if " if " in text else text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, list):
        return "[" + ", ".join(write_word(item) for item in value) + "]"
    return "null" if value is None else repr(value)


def _by_value(pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]] | None:
    """What each value of one column comes with in another; None where it comes with several."""
    results: list[tuple[Any, Any]] = []
    for key, value in pairs:
        known = [other for seen, other in results if is_equal(seen, key)]
        if not known:
            results.append((key, value))
            if len(results) > 3:
                return None
        elif not is_equal(known[0], value):
            return None
    return results


def _of_channels(column: Column, channels: list[int | None]) -> Any:
    """A column that is always so many times the channels that come in, or such a part of them."""
    pairs = [(fed, value) for fed, value in zip(channels, column.values, strict=True) if value is not HOLE]
    if len(pairs) < 4 or any(fed is None for fed, _ in pairs):
        return HOLE
    return _multiple("$C", pairs)


def _most_common(values: Iterable[Any]) -> tuple[Any, int]:
    counts: Counter[str] = Counter()
    kept: dict[str, Any] = {}
    for value in values:
        if value is not HOLE:
            key = f"{type(value).__name__} {value!r}"
            counts[key] += 1
            kept[key] = value
    (key, often) = counts.most_common(1)[0]
    return kept[key], often
