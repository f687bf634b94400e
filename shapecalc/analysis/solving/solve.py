"""The largest value of a size or an argument that keeps a model within limits.

Formulas, where the model has them, say which values may be the answer, from the largest down. What is answered was
inferred with the number put in: a formula proposes, a trial decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from shapecalc.analysis.measured import measure
from shapecalc.analysis.solving.candidates import Candidates
from shapecalc.analysis.solving.question import (
    Question,
    limit_text,
    make_no_answer_fault,
    refuse_empty_span,
    refuse_fixed_batch,
    refuse_symbols,
)
from shapecalc.analysis.solving.trials import Trials
from shapecalc.diagnostics import Fault
from shapecalc.dims import Size, symbol
from shapecalc.layers.arguments.numbers import LARGEST
from shapecalc.model.values import is_required
from shapecalc.training.peak import Training

STEPS = 10_000
"""How far above the answer a next value that meets every assumption is looked for."""
MOST_FORMULAS = 1_000
"""Most formulas of one quantity that are searched; with more, models are inferred value by value."""
DOUBTED = 32
"""Most values from formulas that may fail when they are tried, before formulas are given up."""
SMALL = 64
"""Below it a size may leave a side of 1 behind strides and windows."""
NEAR = 16
"""How many values after a small one are tried although formulas pass over them."""
PASSED = 4
"""How many small values after the answer that do not fit are passed over."""


class Verdict(NamedTuple):
    """One limit, the count at the answer, and that at the next value; of `formulas` the greatest counts."""

    quantity: str
    limit: Fraction
    at_value: int
    at_next: int | None
    formulas: tuple[Size, ...]


class Solution(NamedTuple):
    """The answer, and the next value that makes a sound model, None where none does or none is allowed.

    `method` says how it was found: `formula`, which proves that no larger value fits, or `inference, neighbours`,
    where so many values above as `tried` were tried too.
    """

    name: str
    value: int
    next: int | None
    method: str
    verdicts: list[Verdict]
    tried: int = 0
    training: Training | None = None
    step: int = 1


def solve(question: Question) -> Solution:
    """The answer. Raises Fault: what is wrong with the model, or SC507 where there is no answer."""
    if question.is_of_batch:
        refuse_fixed_batch(question.spec)
        question = question._replace(least=max(question.least, 1))
    refuse_empty_span(question)
    return _Search(question).find_answer()


def _strip_sizes(message: str, name: str) -> str:
    """A message without the sizes in it: the same with a symbol as with a number."""
    return re.sub(rf"\b{re.escape(name)}\b|[-+*/%(),\s\d]+", "", message)


class _Search:
    """The search for the answer to one question."""

    def __init__(self, question: Question) -> None:
        self.question = question
        most = question.most if question.most is not None else LARGEST
        self.trials = Trials(question, most)
        self.formulas: dict[str, tuple[Size, ...]] = {}
        self.candidates = self._find_candidates(most)

    def find_answer(self) -> Solution:
        """The answer and the next value. Raises Fault."""
        question, trials = self.question, self.trials
        method, value = "formula", None
        try:
            value = self.solve_by_formula()
        except _Undecided:
            method, value = "inference, neighbours", trials.find_largest()
        if method == "formula":
            value = self.climb(value)
        if value is None:
            wanted = " and ".join(f"{name} <= {limit_text(limit)}" for name, limit in question.limits.items())
            multiple = f" that is a multiple of {question.step:,}" if question.step > 1 else ""
            message = f"no `{question.name}` from {question.least} on{multiple} has {wanted}"
            raise make_no_answer_fault(message, "raise the limit")
        following = self.find_next(value, method)
        counts, after = (
            trials.measure(value) or {},
            (trials.measure(following) if following is not None else None) or {},
        )
        verdicts = [
            Verdict(name, limit, counts[name], after.get(name), self.formulas.get(name, ()))
            for name, limit in question.limits.items()
        ]
        return Solution(
            question.name, value, following, method, verdicts, trials.tried, question.training, question.step
        )

    def _find_candidates(self, most: int) -> Candidates | None:
        """The candidates from formulas; None where the model has none. Raises Fault with the model's own errors."""
        question, name = self.question, self.question.name
        broken = self.find_own_fault()
        try:
            measured = measure(
                question.spec, *question.put_in(symbol(name)), question.limits, question.training, question.dtype
            )
        except Fault as fault:
            if broken is not None:
                raise broken from None
            self.refuse_persistent(fault)
            return None
        for limited, sizes in measured.quantities.items():
            refuse_symbols(limited, sizes, frozenset((name,)))
        if not all(0 < len(sizes) <= MOST_FORMULAS for sizes in measured.quantities.values()):
            return None
        self.formulas = measured.quantities
        candidates = Candidates(name, measured.assumes, question.least, most, question.step)
        for limited, limit in question.limits.items():
            candidates.add_limit(self.formulas[limited], int(limit))
        return candidates

    def find_own_fault(self) -> Fault | None:
        """The Fault of the model with the default in place of what is asked for; None where it has none."""
        question = self.question
        given = question.spec.args.get(question.name)
        if given is not None and not is_required(given):
            try:
                measure(question.spec, question.values, question.batch, (), None, question.dtype)
            except Fault as fault:
                return fault
        return None

    def refuse_persistent(self, fault: Fault) -> None:
        """Raises Fault with the errors that occur both with a symbol and with the least value: no value mends them."""
        name = self.question.name
        least = {
            (finding.code, finding.span, _strip_sizes(finding.message, name)): finding
            for finding in self.trials.list_findings(self.trials.least)
        }
        keys = [(finding.code, finding.span, _strip_sizes(finding.message, name)) for finding in fault.diagnostics]
        if any(key in least for key in keys):
            raise Fault(*least.values())

    def solve_by_formula(self) -> int | None:
        """The answer from formulas, each proposal tried. Raises _Undecided where they leave it open, and Fault."""
        candidates, trials = self.candidates, self.trials
        if candidates is None:
            raise _Undecided
        value = None
        for doubted, (proposed, endless) in enumerate(candidates.list_admitted()):
            if doubted > DOUBTED:
                raise _Undecided
            if endless and self.question.most is None:
                self.question.require_bound(proposed)
            if trials.fits(proposed):
                value = proposed
                break
        if candidates.given_up:
            raise _Undecided
        stretched = (other for other in candidates.list_stretched(value or 0, DOUBTED) if trials.fits(other))
        value = next(stretched, value)
        return 0 if value is None and self.question.least == 0 and trials.fits(0) else value

    def climb(self, value: int | None) -> int | None:
        """The answer, moved to the values after it that fit: of training, a formula counts too much where a side is 1.

        An array with a side of 1 lies in order whatever the order of its axes, so less of it is copied.
        """
        at = value if value is not None else self.question.least - 1
        passed = 0
        while self.question.training is not None and at < SMALL and passed < PASSED:
            following = self.find_next(at, "formula")
            if following is None or following > (self.question.most or following):
                break
            at, passed = following, passed + 1
            if self.trials.fits(following):
                value, passed = following, 0
        return value

    def find_next(self, value: int, method: str) -> int | None:
        """The next sound value, as far as it is looked for."""
        if self.question.most is not None and value + self.question.step > self.question.most:
            return None
        if method == "formula" and self.candidates is not None:
            above = self.candidates.list_following(value, STEPS)
            near: Iterator[int] = (other for _, other in zip(range(DOUBTED), above, strict=False))
            if value < SMALL:
                near = self.list_small(value, near)
        else:
            near = (other for other, counts in sorted(self.trials.known.items()) if other > value and counts)
        return next((other for other in near if self.trials.is_sound(other)), None)

    def list_small(self, value: int, following: Iterator[int]) -> Iterator[int]:
        """The values from formulas, before them the first that these pass over: small sides may fit all the same."""
        first = next(following, None)
        step = self.question.step
        start = value - value % step + step
        yield from range(start, min(start + NEAR * step, first or LARGEST), step)
        if first is not None:
            yield first
        yield from following


class _Undecided(Exception):
    """Raised where formulas do not decide the answer."""
