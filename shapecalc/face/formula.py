"""Formulas in a model's sizes, as objects that can be called."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index

from shapecalc.dims import Size, bind, formula, is_unknown, symbols, unknowns


class Formula:
    """A count or a number of bytes that depends on sizes: `formula(T=128)` is it at that size.

    Where any of several may be the greatest, it is the greatest of them; as text `max(A, B)`.
    """

    __slots__ = ("sizes",)

    def __init__(self, sizes: Sequence[Size]) -> None:
        self.sizes = tuple(sizes)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the sizes that it depends on."""
        return tuple(sorted({name for size in self.sizes for name in symbols(size)}))

    def __call__(self, **values: int) -> int:
        """The number at these sizes, whole numbers of at least 1.

        Raises TypeError where one is missing, no whole number, or none of the formula's; ValueError for one below 1.
        """
        missing = [name for name in self.names if name not in values]
        foreign = [name for name in values if name not in self.names]
        if missing or foreign:
            wanted = ", ".join(self.names) or "no sizes"
            raise TypeError(f"the formula {self} takes {wanted}; got {', '.join(values) or 'nothing'}")
        given = {name: _read_size(name, value) for name, value in values.items()}
        numbers = [bind(size, given) for size in self.sizes]
        if any(not isinstance(number, int) for number in numbers):
            raise ValueError(f"the formula {self} has a size that is unknown: give the input's axis a name")
        return max(number for number in numbers if isinstance(number, int))

    def __int__(self) -> int:
        """The number of a formula that depends on no size. Raises TypeError for another."""
        return self()

    def __format__(self, spec: str) -> str:
        """The formula as a text; digits of a number alone can stand in groups."""
        return format(str(self), spec.replace(",", "").replace("_", ""))

    def __str__(self) -> str:
        texts = [formula(size) for size in self.sizes]
        return texts[0] if len(texts) == 1 else f"max({', '.join(texts)})"

    def __repr__(self) -> str:
        return f"Formula({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Formula):
            return set(self.sizes) == set(other.sizes)
        return len(self.sizes) == 1 and self.sizes[0] == other

    def __hash__(self) -> int:
        distinct = frozenset(self.sizes)
        return hash(self.sizes[0] if len(distinct) == 1 else distinct)


def _read_size(name: str, value: object) -> int:
    """A size that a formula is asked at."""
    try:
        size = index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"`{name}` is a whole number, not of the type {type(value).__name__}") from None
    if size < 1:
        raise ValueError(f"`{name}` is a whole number of at least 1, got {size}")
    return size


def as_number(size: Size) -> int | Formula:
    """A size as users read it: a number, or a formula."""
    return size if isinstance(size, int) else Formula((size,))


def as_axis(size: Size) -> int | str | None:
    """An axis of a shape: a number, the text of its formula, or None where it is unknown."""
    if isinstance(size, int):
        return size
    return None if is_unknown(size) and unknowns(size) and not symbols(size) else formula(size)
