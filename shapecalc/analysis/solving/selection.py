"""Rows picked from columns: those that meet a condition, and those that no other row beats."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.analysis.amounts import parse_amount
from shapecalc.analysis.expect import COMPARISONS
from shapecalc.diagnostics import did_you_mean, shorten

if TYPE_CHECKING:
    from shapecalc.analysis.solving.vectorised import Array

_CONDITION = re.compile(r"\s*([A-Za-z_]\w*)\s*(<=|>=|==|!=|=|<|>)\s*(\S.*?)\s*\Z")


class Condition(NamedTuple):
    """`params <= 5M`: a column held against an amount, or against text."""

    column: str
    operator: str
    value: Fraction | str

    def select_rows(self, columns: Mapping[str, Array]) -> Array:
        """True for each row that meets it; an unknown value does not."""
        import numpy as np

        column = columns[self.column]
        if column.dtype == np.int64 and isinstance(self.value, Fraction):
            return self._select_whole(column, self.value)
        return np.fromiter((self._meets(value) for value in column.tolist()), bool, len(column))

    def _select_whole(self, column: Array, value: Fraction) -> Array:
        """A column of whole numbers compared with a fraction: with the whole number next to it, which is exact."""
        import numpy as np

        if value.denominator != 1 and self.operator in ("==", "!="):
            return np.full(len(column), self.operator == "!=")
        bound = ceil(value) if self.operator in ("<", ">=") else floor(value)
        if bound >= 2**63:
            return np.full(len(column), self.operator in ("<", "<=", "!="))
        met: Array = _OPERATORS[self.operator](column, bound)
        return met

    def _meets(self, value: Any) -> bool:
        if isinstance(self.value, str) or isinstance(value, str):
            return bool(_OPERATORS[self.operator](str(value), str(self.value))) and self.operator in ("==", "!=")
        if value is None or isinstance(value, bool):
            return False
        return bool(_OPERATORS[self.operator](Fraction(value), self.value))


_OPERATORS: dict[str, Any] = {**COMPARISONS, "!=": lambda a, b: a != b}


class Goal(NamedTuple):
    """A column to be made small or large."""

    column: str
    largest: bool


def parse_condition(text: str, columns: Iterable[str]) -> Condition:
    """`params <= 5M`, `units != 8`, `act == relu`. Raises ValueError."""
    match = _CONDITION.match(text)
    if match is None:
        raise ValueError(f"`{shorten(text)}` is no condition such as `params <= 5M`")
    name, operator, value = find_column(match[1], columns), match[2].replace("==", "=").replace("!=", "!"), match[3]
    operator = {"=": "==", "!": "!="}.get(operator, operator)
    try:
        return Condition(name, operator, parse_amount(value))
    except ValueError:
        if operator not in ("==", "!=") or value[:1].isdigit():
            raise
        return Condition(name, operator, value)


def parse_goals(text: str, columns: Iterable[str]) -> list[Goal]:
    """`params,macs:min,units:max`; the least is best where neither is written. Raises ValueError."""
    goals = []
    for part in text.split(","):
        name, colon, direction = part.strip().partition(":")
        if colon and direction not in ("min", "max"):
            raise ValueError(f"`{shorten(part)}`: a column is followed by `:min` or `:max`")
        goals.append(Goal(find_column(name, columns), direction == "max"))
    return goals


def find_column(name: str, columns: Iterable[str]) -> str:
    """The name of a column. Raises ValueError."""
    names = list(columns)
    if name in names:
        return name
    guess = did_you_mean(name, names)
    words = f"did you mean `{guess}`?" if guess else f"the columns are {', '.join(names)}"
    raise ValueError(f"there is no column `{shorten(name)}`; {words}")


def select_front(columns: Mapping[str, Array], goals: list[Goal]) -> Array:
    """True for each row that no other row beats, by being as good in every goal and better in one.

    Raises ValueError for text.
    """
    import numpy as np

    ranks = np.stack([_rank_values(columns[goal.column], goal) for goal in goals], axis=1)
    order = np.lexsort(ranks.T[::-1])
    ranked = ranks[order]
    fresh = np.ones(len(ranked), dtype=bool)
    fresh[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    best = _mark_unbeaten(ranked[fresh])
    mask = np.zeros(len(ranked), dtype=bool)
    mask[order] = best[np.cumsum(fresh) - 1] if len(ranked) else False
    return mask


def _rank_values(column: Array, goal: Goal) -> Array:
    """Ranks of a column in int64, which grow as its values get worse."""
    import numpy as np

    if column.dtype == object:
        if any(value is None or isinstance(value, (str, bool)) for value in column):
            raise ValueError(f"`{goal.column}` is not a number everywhere")
        column = np.unique(column, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return -column if goal.largest else column


def _mark_unbeaten(rows: Array) -> Array:
    """True for each of different rows in lexical order that no other beats; a row never beats one above it."""
    import numpy as np

    kept = np.zeros(len(rows), dtype=bool)
    if rows.shape[1] <= 2:
        last = rows[:, -1]
        kept[:1] = True
        if rows.shape[1] == 2:
            kept[1:] = last[1:] < np.minimum.accumulate(last)[:-1]
        return kept
    places = np.arange(len(rows))
    while len(places):
        kept[places[0]] = True
        better = (rows[places] < rows[places[0]]).any(axis=1)
        places = places[better]
    return kept
