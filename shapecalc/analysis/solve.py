"""The largest value of a size or an argument that keeps a model within limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.analysis.measured import Measured, measure
from shapecalc.diagnostics import Diagnostic, Fault
from shapecalc.dims import Relation, Size, at_least, bind, symbol, symbols
from shapecalc.dims.dim import leaves, terms_of
from shapecalc.layers.kinds import LARGEST

if TYPE_CHECKING:
    from shapecalc.model.spec import ModelSpec

LIMITED = ("params", "macs", "weights", "memory")
"""What may be limited: a count, a count of one sample, bytes of weights, bytes of weights and live activations."""
NEIGHBOURS = 16
"""How many values above an answer are tried where nothing proves that none of them fits."""
STEPS = 10_000
"""How far the nearest value is looked for that every assumption admits."""


class Question(NamedTuple):
    """What is asked: `name` is a model argument or a declared size, from `least` to `most`."""

    spec: ModelSpec
    name: str
    limits: Mapping[str, Fraction]
    values: Mapping[str, Any]
    batch: int | None = None
    least: int = 1
    most: int | None = None


class Verdict(NamedTuple):
    """One limit, what the answer comes to, and what the next value does; `formulas`: the greatest of these counts."""

    quantity: str
    limit: Fraction
    at_value: int
    at_next: int | None
    formulas: tuple[Size, ...]


class Solution(NamedTuple):
    """The answer, and the next value that makes a sound model, None where none does or none is allowed.

    `method` says what stands behind it: `formula`, one that is proven to grow; `formula, neighbours`, one that is not;
    `inference, neighbours`, models inferred one by one.
    """

    name: str
    value: int
    next: int | None
    method: str
    verdicts: list[Verdict]


def solve(question: Question) -> Solution:
    """The answer. Raises Fault: what is wrong with the model, or SC507 where there is no answer."""
    model = _with_symbol(question) or _Inferred(question)
    value = model.largest()
    if value is None:
        wanted = " and ".join(f"{name} <= {limit_text(limit)}" for name, limit in question.limits.items())
        raise _no_answer(f"no `{question.name}` from {question.least} on has {wanted}", "raise the limit")
    following = model.following(value) if value != question.most else None
    counts, after = model.counts(value), model.counts(following) if following is not None else {}
    verdicts = [
        Verdict(name, limit, counts[name], after.get(name), model.formulas.get(name, ()))
        for name, limit in question.limits.items()
    ]
    return Solution(question.name, value, following, model.method, verdicts)


def limit_text(limit: Fraction) -> str:
    """`1,000,000`."""
    return f"{limit.numerator:,}" if limit.denominator == 1 else f"{float(limit):,}"


def limited(found: Measured, quantity: str) -> tuple[Size, ...]:
    """A quantity of `LIMITED`, as formulas of which the greatest counts; empty where it is unknown."""
    weights = found.quantities["weights_bytes"]
    if quantity == "memory":
        return tuple(weight + live for weight in weights for live in found.quantities["peak_activation"])
    return weights if quantity == "weights" else found.quantities[quantity]


def _no_answer(message: str, help: str) -> Fault:
    return Fault(Diagnostic("SC507", "error", "", message, help=help))


def _sizes(found: Measured, question: Question, known: frozenset[str]) -> dict[str, tuple[Size, ...]]:
    """The limited quantities as formulas in known symbols. Raises Fault with SC403 where there is more in them."""
    formulas = {name: limited(found, name) for name in question.limits}
    for name, sizes in formulas.items():
        others = sorted(frozenset[str]().union(*map(symbols, sizes)) - known)
        if others:
            help = f"give it a value: `--set {others[0]}=8`"
            raise Fault(Diagnostic("SC403", "error", "", f"{name} depends on the size `{others[0]}`", help=help))
        if not sizes:
            help = "write a number or a name in place of `null` in the input's shape"
            raise Fault(Diagnostic("SC403", "error", "", f"{name} depends on a size that is not known", help=help))
    return formulas


class _Model:
    """What can be said of one value: whether it makes a sound model, what that comes to, and whether it fits."""

    method = ""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.formulas: dict[str, tuple[Size, ...]] = {}
        self.most = question.most if question.most is not None else LARGEST

    def sound(self, value: int) -> bool:
        """Whether the value makes a sound model."""
        raise LookupError(value)

    def counts(self, value: int) -> dict[str, int]:
        """The limited quantities at a sound value."""
        raise LookupError(value)

    def largest(self) -> int | None:
        """The largest sound value that fits."""
        raise LookupError(self.question.name)

    def within(self, value: int) -> bool:
        """Whether the counts keep the limits."""
        counts = self.counts(value)
        return all(counts[name] <= limit for name, limit in self.question.limits.items())

    def fits(self, value: int) -> bool:
        return self.sound(value) and self.within(value)

    def above(self, value: int) -> int:
        """The answer, where a value close above fits as well: the last that does in steps as far apart, and so on."""
        while True:
            near = range(value + 1, min(value + NEIGHBOURS, self.most) + 1)
            better = next((other for other in near if self.fits(other)), None)
            if better is None:
                return value
            value = self.grown(value, better - value)

    def grown(self, low: int, step: int = 1) -> int:
        """From a value that fits, in equal steps, the last that does before one that does not.

        Raises Fault where there is no end to what fits.
        """

        def fits(steps: int) -> bool:
            return self.fits(low + steps * step)

        most = (self.most - low) // step
        high = 1
        while high <= most and fits(high):
            high *= 2
        if high > most:
            if fits(most):
                return self.bounded(low + most * step)
            high = most
        return low + bisect(fits, high // 2 if high > 1 else 0, high) * step

    def bounded(self, value: int) -> int:
        """The greatest value that may be: an answer only where somebody said so. Raises Fault."""
        if self.question.most is None:
            names = " and ".join(self.question.limits)
            message = f"`{self.question.name}` has no largest value: whatever it is, the limit on {names} is kept"
            raise _no_answer(message, "give `--max`, or limit something that depends on it")
        return value

    def following(self, value: int, steps: int = NEIGHBOURS) -> int | None:
        """The next sound value."""
        return next((other for other in range(value + 1, value + 1 + steps) if self.sound(other)), None)


def bisect(fits: Callable[[int], bool], low: int, high: int) -> int:
    """A value that fits and whose successor does not, where `low` fits and `high` does not."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _with_symbol(question: Question) -> _Symbolic | None:
    """The model with a symbol for the value; None where the value cannot be one."""
    if question.least < 1:
        return None
    try:
        found = measure(question.spec, {**question.values, question.name: symbol(question.name)}, question.batch)
    except Fault:
        return None
    return _Symbolic(question, found)


class _Symbolic(_Model):
    """A model whose counts are formulas in one symbol."""

    def __init__(self, question: Question, found: Measured) -> None:
        super().__init__(question)
        name = question.name
        self.formulas = _sizes(found, question, frozenset((name,)))
        own = [one for one in found.assumes if leaves(one.left) | leaves(one.right) == {name}]
        self.relations: list[Relation] = own
        bounds = [size for relation in own for size in _at_least_zero(relation)]
        self.floors = [size for size in bounds if _direction(size) > 0]
        self.ceilings = [size for size in bounds if _direction(size) < 0]
        self.method = "formula"

    def sound(self, value: int) -> bool:
        return all(relation.holds({self.question.name: value}) for relation in self.relations)

    def counts(self, value: int) -> dict[str, int]:
        return {name: max(self.at(size, value) for size in sizes) for name, sizes in self.formulas.items()}

    def at(self, size: Size, value: int) -> int:
        found = bind(size, {self.question.name: value})
        assert isinstance(found, int)
        return found

    def fits(self, value: int) -> bool:
        """Whether the limits and the ceilings of assumptions are kept; divisibility is left for the end."""
        return self.within(value) and all(self.at(size, value) >= 0 for size in self.ceilings)

    def largest(self) -> int | None:
        """By bisection; then down to the nearest value that every assumption admits."""
        start = self.start()
        if start is None or not self.fits(start):
            return None
        value = self.grown(start)
        if not self.proven(start):
            self.method = "formula, neighbours"
            value = self.above(value)
        down = range(value, max(start - 1, value - STEPS), -1)
        return next((one for one in down if self.sound(one)), None)

    def start(self) -> int | None:
        """The least value that assumptions such as `H >= 5` admit."""
        start = self.question.least
        for size in self.floors:
            if self.at(size, start) < 0:
                if self.at(size, self.most) < 0:
                    return None
                start = bisect(lambda value, size=size: self.at(size, value) < 0, start, self.most) + 1  # type: ignore[misc]
        return start

    def proven(self, start: int) -> bool:
        """Whether no count ever falls from `start` on."""
        name = self.question.name
        here, after = symbol(name) + (start - 1), symbol(name) + start
        return all(
            _direction(size) >= 0 or bool(at_least(bind(size, {name: after}), bind(size, {name: here})))
            for sizes in self.formulas.values()
            for size in sizes
        )

    def following(self, value: int, steps: int = STEPS) -> int | None:
        return super().following(value, steps)


def _at_least_zero(relation: Relation) -> list[Size]:
    """What a relation wants to be 0 or more."""
    if relation.op == "%":
        return []
    difference = relation.left - relation.right
    return [difference] if relation.op == ">=" else [difference, -difference]


def _direction(size: Size) -> int:
    """1 for a formula that grows with its symbol, -1 for one that falls, 0 for a number, -2 where terms differ."""
    signs = {coefficient > 0 for monomial, coefficient in terms_of(size).items() if monomial}
    if len(signs) == 2:
        return -2
    return 0 if not signs else 1 if True in signs else -1


class _Inferred(_Model):
    """A model inferred for every value that is tried: its graph depends on it."""

    method = "inference, neighbours"

    def __init__(self, question: Question) -> None:
        super().__init__(question)
        self.tried: dict[int, dict[str, int] | Fault] = {}

    def outcome(self, value: int) -> dict[str, int] | Fault:
        """The counts at a value, or what is wrong with it. Raises Fault where a count is no number."""
        if value not in self.tried:
            question = self.question
            try:
                found = measure(question.spec, {**question.values, question.name: value}, question.batch)
            except Fault as fault:
                self.tried[value] = fault
            else:
                sizes = _sizes(found, question, frozenset())
                self.tried[value] = {
                    name: max(size for size in each if isinstance(size, int)) for name, each in sizes.items()
                }
        return self.tried[value]

    def sound(self, value: int) -> bool:
        return not isinstance(self.outcome(value), Fault)

    def counts(self, value: int) -> dict[str, int]:
        outcome = self.outcome(value)
        if isinstance(outcome, Fault):
            raise outcome
        return outcome

    def largest(self) -> int | None:
        """From the first sound value that doubling steps meet; then whatever fits close above.

        Raises Fault where no value makes a sound model.
        """
        least = self.question.least
        probes = [least, *(least + 2**power for power in range(60) if least + 2**power <= self.most)]
        start = next((value for value in probes if self.sound(value)), None)
        if start is None:
            self.counts(least)
            return None
        if not self.within(start):
            below = range(min(start, least + STEPS), least - 1, -1)
            return next((value for value in below if self.fits(value)), None)
        return self.above(self.grown(start))
