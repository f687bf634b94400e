"""Values of one symbol that a model's formulas admit within limits, the largest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from math import lcm
from typing import TypeVar

from shapecalc.dims import Relation, Size, symbol
from shapecalc.dims.dim import leaves
from shapecalc.dims.envelopes import envelope, evaluate, find_sign_changes, find_threshold, is_positive
from shapecalc.dims.relation import solve_congruence

Demand = TypeVar("Demand")

MAX_SCANNED = 200_000
"""Most values that are put into formulas before a search gives up."""


class Candidates:
    """Formulas of counts that stay within limits, and assumptions that hold, for one symbol.

    A value that breaks an equality only because one side is 1 may still make a sound model, since a 1 stretches:
    `stretched` names those. Their counts are not in the formulas. Only multiples of `step` are meant.
    """

    def __init__(self, name: str, assumes: tuple[Relation, ...], least: int, most: int, step: int = 1) -> None:
        self.name = name
        self.relations = [relation for relation in assumes if leaves(relation.left) | leaves(relation.right) == {name}]
        self.step = step
        if step > 1:
            self.relations.append(Relation(symbol(name), "%", step))
        self.limits: list[tuple[Size, int]] = []
        self.least = max(least, 1)
        self.most = most
        self.scanned = 0

    def add_limit(self, sizes: tuple[Size, ...], most: int) -> None:
        """Demands that none of these formulas exceeds a number."""
        self.limits += [(size, most) for size in sizes]

    def is_sound(self, value: int) -> bool:
        """Whether every assumption holds."""
        return _all_hold(self.relations, lambda relation: _holds(relation, value))

    def is_within(self, value: int) -> bool:
        """Whether no limit is exceeded."""
        return _all_hold(self.limits, lambda pair: evaluate(pair[0], value) <= pair[1])

    def list_admitted(self) -> Iterator[tuple[int, bool]]:
        """Values that are sound and within the limits, the largest first, and whether nothing ends what fits there.

        Ends early where `given_up`.
        """
        step, offset = self._find_step()
        for low, high in self._spans():
            endless = high == self.most
            for value in range(high - (high - offset) % step, low - 1, -step):
                self.scanned += 1
                if self.given_up:
                    return
                if self.is_sound(value) and self.is_within(value):
                    yield value, endless

    @property
    def given_up(self) -> bool:
        """Whether more values were tried than a search may try."""
        return self.scanned > MAX_SCANNED

    def list_following(self, value: int, most: int) -> Iterator[int]:
        """The sound values among the `most` multiples above `value`."""
        first = value + self.step - value % self.step
        return (other for other in range(first, first + most * self.step, self.step) if self.is_sound(other))

    def list_stretched(self, above: int, most: int) -> list[int]:
        """At most `most` values above `above` at which a side of a broken equality is 1, the largest first."""
        stretched: set[int] = set()
        for relation in self.relations:
            for side in (relation.left, relation.right) if relation.op == "==" else ():
                spans = self._spans_of([side - 1, 1 - side])
                values = (value for low, high in spans for value in range(high, max(low, above + 1) - 1, -1))
                ones = (value for value in islice(values, MAX_SCANNED // 20) if evaluate(side, value) == 1)
                wanted = (value for value in ones if value % self.step == 0 and not _holds(relation, value))
                stretched.update(islice(wanted, most))
        return sorted(stretched, reverse=True)[:most]

    def _find_step(self) -> tuple[int, int]:
        """The step and the offset of the whole numbers that assumptions such as `H % 32 == 0` leave."""
        step, offset = 1, 0
        for relation in self.relations:
            solved = solve_congruence(relation.left, relation.right) if relation.op == "%" else None
            if solved is None or lcm(step, solved.modulus) == step:
                continue
            met = (offset + turn * step for turn in range(min(solved.modulus, MAX_SCANNED)))
            both = next((value for value in met if value % solved.modulus == solved.remainder), None)
            if both is not None:
                step, offset = lcm(step, solved.modulus), both
        return step, offset

    def _spans(self) -> list[tuple[int, int]]:
        """The spans of values, from the top; outside of them a limit is exceeded or an assumption fails for certain."""
        demands = [most - size for size, most in self.limits]
        for relation in self.relations:
            if relation.op != "%":
                difference = relation.left - relation.right
                demands += [difference, -difference] if relation.op == "==" else [difference]
        return self._spans_of(demands)

    def _spans_of(self, demands: list[Size]) -> list[tuple[int, int]]:
        """The spans of values, from the top, where none of these is certainly negative, and low values that are open.

        Between the changes of their signs all polynomials keep them, so that one value decides for a span.
        """
        start = max(self.least, find_threshold(demands, self.most))
        above = [envelope(size).above for size in demands]
        edges = sorted({start, *(at for polynomial in above for at in find_sign_changes(polynomial, start, self.most))})
        spans = [(low, following - 1) for low, following in zip(edges, [*edges[1:], self.most + 1], strict=True)]
        possible = [(low, high) for low, high in spans if all(is_positive(polynomial, low) for polynomial in above)]
        return [*reversed(possible), *([(self.least, start - 1)] if start > self.least else [])]


def _holds(relation: Relation, value: int) -> bool:
    left, right = evaluate(relation.left, value), evaluate(relation.right, value)
    if relation.op == "%":
        return right != 0 and left % right == 0
    return left == right if relation.op == "==" else left >= right


def _all_hold(demands: list[Demand], holds: Callable[[Demand], bool]) -> bool:
    """Whether all demands hold. The first that does not goes to the front: the next value most likely fails it too."""
    for position, demand in enumerate(demands):
        if not holds(demand):
            demands.insert(0, demands.pop(position))
            return False
    return True
