"""An assumption about sizes, and its text, solved for the symbol where there is just one."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, lcm
from typing import NamedTuple

from shapecalc.dims.bounds import at_least, same
from shapecalc.dims.dim import Atom, Dim, Leaf, Quotient, Size, formula, from_terms, leaves, terms_of
from shapecalc.dims.division import bind, exact_quotient, substitute

# Thresholds beyond this many doublings are not looked for.
MAX_DOUBLINGS = 256

# Remainders by more than this are not tried one by one.
MAX_PERIOD = 1024


class Relation(NamedTuple):
    """`left op right`, where `op` is `==`, `>=`, or `%` for "is divisible by"."""

    left: Size
    op: str
    right: Size

    def holds(self, values: Mapping[str, int]) -> bool | None:
        """Whether the relation is true of these values; None where a size without a value leaves it open."""
        left, right = bind(self.left, values), bind(self.right, values)
        if self.op == "==":
            return same(left, right)
        if self.op == ">=":
            return at_least(left, right)
        return divides(right, left)

    def __str__(self) -> str:
        if self.op == "%":
            return _write_divisible(self.left, self.right)
        difference = self.left - self.right
        if isinstance(difference, int):
            return f"{formula(self.left)} {self.op} {formula(self.right)}"
        difference = _divide_out(difference)
        return (
            _write_solved(difference, self.op)
            or (_write_periodic(difference) or _write_whole(difference) if self.op == "==" else None)
            or _write_balanced(difference, self.op)
        )


def divides(divisor: Size, size: Size) -> bool | None:
    """Whether `size` is a multiple of `divisor`: always, never, or None."""
    if exact_quotient(size, divisor) is not None:
        return True
    if isinstance(divisor, int):
        if isinstance(size, int) or divisor == 0:
            return False
        steps = (coefficient for monomial, coefficient in size.terms.items() if monomial)
        return False if size.terms.get((), 0) % gcd(divisor, *steps) else None
    if at_least(size, 1) and at_least(size, divisor) is False:
        return False
    return None


def _write_solved(difference: Dim, op: str) -> str | None:
    """`difference op 0` for one symbol, by looking for the value where a growing formula passes 0."""
    coefficients = [coefficient for monomial, coefficient in difference.terms.items() if monomial]
    falling = coefficients[0] < 0
    if len(leaves(difference)) != 1 or any((coefficient < 0) != falling for coefficient in coefficients):
        return None
    (leaf,) = leaves(difference)
    growing = -difference if falling else difference
    first, beyond = _find_first(growing, leaf, 0), _find_first(growing, leaf, 1)
    if first is None or beyond is None:
        return None
    name = leaf if isinstance(leaf, str) else repr(leaf)
    last = beyond - 1
    if op == ">=" and not falling:
        return f"{name} >= {formula(first)}"
    if op == ">=":
        return f"{name} <= {formula(last)}" if last >= 1 else None
    if last < first:
        return None
    return f"{name} == {formula(first)}" if first == last else f"{formula(first)} <= {name} <= {formula(last)}"


def _divide_out(difference: Dim) -> Dim:
    """`difference op 0` without the factors that all terms share: sizes are at least 1, so they change nothing."""
    terms = list(difference.terms)
    powers = dict(terms[0])
    for monomial in terms[1:]:
        others = dict(monomial)
        powers = {atom: min(power, others[atom]) for atom, power in powers.items() if atom in others}
    # A quotient may be 0.
    shared: dict[Atom, int] = {atom: power for atom, power in powers.items() if not isinstance(atom, Quotient)}
    if not shared:
        return difference
    divided = {
        tuple(
            (atom, power - shared.get(atom, 0)) for atom, power in monomial if power > shared.get(atom, 0)
        ): coefficient
        for monomial, coefficient in difference.terms.items()
    }
    result = from_terms(divided)
    return result if isinstance(result, Dim) else difference


def _write_periodic(difference: Dim) -> str | None:
    """`difference == 0` for one symbol that only its remainder decides: `H % 4 == 0`, or `H % 4 in (0, 3)`."""
    divisors = _list_divisors(difference)
    if len(leaves(difference)) != 1 or not divisors or lcm(*divisors) > MAX_PERIOD:
        return None
    (leaf,) = leaves(difference)
    period = lcm(*divisors)

    def values(start: int) -> list[Size]:
        return [substitute(difference, {leaf: start + step}) for step in range(period)]

    once = values(period)
    if once != values(2 * period):
        return None
    rests = [remainder for remainder, value in enumerate(once) if value == 0]
    shorter = (size for size in range(1, period + 1) if period % size == 0 and _repeats(rests, size, period))
    period = next(shorter)
    rests = [remainder for remainder in rests if remainder < period]
    name = leaf if isinstance(leaf, str) else repr(leaf)
    if not rests or len(rests) == period:
        return None
    return f"{name} % {period} " + (f"== {rests[0]}" if len(rests) == 1 else f"in ({', '.join(map(str, rests))})")


def _write_whole(difference: Dim) -> str | None:
    """`difference == 0` where it says that a size loses nothing when it is divided and multiplied again."""
    shortest = exact_quotient(difference, gcd(*difference.terms.values()))
    for monomial in difference.terms:
        ((atom, power),) = monomial if len(monomial) == 1 else (("", 0),)
        if isinstance(atom, Quotient) and power == 1:
            rest = atom.numerator - atom.divisor * from_terms({monomial: 1})
            if shortest in (rest, -rest):
                return _write_divisible(atom.numerator, atom.divisor)
    return None


def _repeats(rests: list[int], size: int, period: int) -> bool:
    """Whether remainders by a period are those by a shorter one."""
    kept = {remainder % size for remainder in rests}
    return len(rests) == len(kept) * (period // size)


def _list_divisors(size: Dim) -> list[int]:
    """The divisors of all quotients in a size, those within others too; none where a leaf stands alone in a product."""
    divisors = []
    waiting = [size]
    while waiting:
        for monomial in waiting.pop().terms:
            for atom, power in monomial:
                if isinstance(atom, Quotient) and power == 1 and len(monomial) == 1:
                    divisors.append(atom.divisor)
                    waiting.append(atom.numerator)
                elif power != 1 or len(monomial) != 1:
                    return []
    return divisors


def _find_first(growing: Dim, leaf: Leaf, target: int) -> int | None:
    """The least value of `leaf`, from 1, at which `growing` reaches `target`."""

    def is_reached(value: int) -> bool:
        value_there = substitute(growing, {leaf: value})
        return isinstance(value_there, int) and value_there >= target

    high = next((1 << doublings for doublings in range(MAX_DOUBLINGS) if is_reached(1 << doublings)), None)
    if high is None:
        return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_reached(middle) else (middle, high)
    return high


def _write_balanced(difference: Dim, op: str) -> str:
    """`difference op 0` with what is positive on the left, what is negative on the right, and no common factor."""
    common = gcd(*difference.terms.values())
    left = from_terms({monomial: value // common for monomial, value in difference.terms.items() if value > 0})
    right = from_terms({monomial: -value // common for monomial, value in difference.terms.items() if value < 0})
    if isinstance(left, int):
        return f"{formula(right)} {'<=' if op == '>=' else op} {formula(left)}"
    if op == "==" and not isinstance(right, int):  # whichever was written first
        left, right = sorted((left, right), key=lambda size: any(isinstance(atom, Quotient) for atom in _atoms(size)))
    return f"{formula(left)} {op} {formula(right)}"


def _atoms(size: Size) -> list[Atom]:
    return [atom for monomial in terms_of(size) for atom, _ in monomial]


class Congruence(NamedTuple):
    """`leaf % modulus == remainder`."""

    leaf: Leaf
    modulus: int
    remainder: int


def solve_congruence(size: Size, divisor: Size) -> Congruence | None:
    """The remainder that `size % divisor == 0` demands of the one leaf in `size`; None where it demands more."""
    if not isinstance(size, Dim) or not isinstance(divisor, int) or divisor < 1:
        return None
    rest, modulus = _reduce(size, divisor)
    leaf, slope, constant = _split_linear(rest)
    if leaf is None or gcd(slope, modulus) != 1:
        return None
    return Congruence(leaf, modulus, -constant * pow(slope, -1, modulus) % modulus)


def _write_divisible(size: Size, divisor: Size) -> str:
    remainder = 0
    solved = solve_congruence(size, divisor)
    if solved is not None:
        leaf, divisor, remainder = solved
        size = Dim({((leaf, 1),): 1})
    elif isinstance(size, Dim) and isinstance(divisor, int) and divisor > 0:
        size, divisor = _reduce(size, divisor)
    left, right = (
        text if text.isidentifier() or text.isdecimal() else f"({text})" for text in (formula(size), formula(divisor))
    )
    return f"{left} % {right} == {formula(remainder)}"


def _split_linear(size: Size) -> tuple[Leaf | None, int, int]:
    """Leaf, slope and constant of `slope*leaf + constant`; no leaf where the size is of another form."""
    terms = dict(terms_of(size))
    constant = terms.pop((), 0)
    if len(terms) == 1:
        ((atom, power), *others), slope = next(iter(terms.items()))
        if power == 1 and not others and not isinstance(atom, Quotient):
            return atom, slope, constant
    return None, 0, constant


def _reduce(size: Dim, divisor: int) -> tuple[Size, int]:
    """The same question in the smallest numbers: coefficients below the divisor, the common factor cancelled."""
    terms = {monomial: coefficient % divisor for monomial, coefficient in size.terms.items() if coefficient % divisor}
    common = gcd(divisor, *terms.values())
    return from_terms({monomial: value // common for monomial, value in terms.items()}), divisor // common
