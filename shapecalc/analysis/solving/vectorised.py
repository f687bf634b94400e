"""Formulas evaluated over whole arrays of values, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from shapecalc.dims import Relation, Size
from shapecalc.dims.dim import Atom, Quotient, terms_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

_LARGEST = 2**63 - 1


def evaluate_on_grid(size: Size, values: Mapping[str, Array]) -> Array:
    """`size` where its symbols take these whole numbers; the arrays broadcast against each other.

    The result has dtype int64 where no intermediate result can leave its range, else it holds Python's ints. Raises
    KeyError for a symbol without values.
    """
    import numpy as np

    largest = {name: max(abs(int(array.max())), abs(int(array.min()))) for name, array in values.items()}
    if reach(size, largest) > _LARGEST:
        values = {name: array.astype(object) for name, array in values.items()}
        return np.asarray(_Evaluation(values).evaluate_size(size), dtype=object)
    return np.asarray(_Evaluation(values).evaluate_size(size), dtype=np.int64)


def reach(size: Size, largest: Mapping[str, int]) -> int:
    """A bound of every intermediate result of evaluating `size`, while no symbol exceeds its largest value."""
    total = 0
    for monomial, coefficient in terms_of(size).items():
        bound = abs(coefficient)
        for atom, power in monomial:
            inner = reach(atom.numerator, largest) if isinstance(atom, Quotient) else largest[str(atom)]
            bound *= max(inner, 1) ** power
        total += bound
    return total


class _Evaluation:
    """Evaluates terms on arrays; each quotient once."""

    def __init__(self, values: Mapping[str, Array]) -> None:
        self.values = values
        self.quotients: dict[Quotient, Any] = {}

    def evaluate_size(self, size: Size) -> Any:
        total: Any = 0
        # Terms of few symbols are small arrays while they are not yet broadcast against the others.
        for monomial, coefficient in sorted(terms_of(size).items(), key=lambda term: len(term[0])):
            term: Any = coefficient
            for atom, power in monomial:
                factor = self.evaluate_atom(atom)
                term = term * (factor if power == 1 else factor**power)
            total = total + term
        return total

    def evaluate_atom(self, atom: Atom) -> Any:
        if not isinstance(atom, Quotient):
            return self.values[str(atom)]
        if atom not in self.quotients:
            self.quotients[atom] = self.evaluate_size(atom.numerator) // atom.divisor
        return self.quotients[atom]


def holds_on_grid(relation: Relation, values: Mapping[str, Array]) -> Array:
    """True for each point at which a relation holds."""
    import numpy as np

    holding: Any
    if relation.op == "%":
        size, divisor = evaluate_on_grid(relation.left, values), evaluate_on_grid(relation.right, values)
        some = divisor != 0
        holding = some & (size % np.where(some, divisor, 1) == 0)
    else:
        difference = evaluate_on_grid(relation.left - relation.right, values)
        holding = difference == 0 if relation.op == "==" else difference >= 0
    return np.asarray(holding, dtype=bool)
