"""The question that `solve` answers: a size or an argument, the limits to keep, and the values it may have."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.analysis.measured import find_quantity
from shapecalc.diagnostics import Fault, error
from shapecalc.dims import Size, symbols

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.model.spec import ModelSpec


class Question(NamedTuple):
    """What is asked: `name` is a model argument or a declared size, from `least` to `most`.

    `limits` may have `params`, `macs` of one sample, `weights` in bytes, and `memory`: the bytes in use at once, with
    `training`, an optimizer's name, in a step of training.
    """

    spec: ModelSpec
    name: str
    limits: Mapping[str, Fraction]
    values: Mapping[str, Any]
    batch: int | None = None
    least: int = 1
    most: int | None = None
    training: str | None = None

    def read_numbers(self, report: Report) -> dict[str, int]:
        """The limited quantities of a sound model. Raises Fault with SC403 where a size has no number."""
        quantities = {}
        for name in self.limits:
            sizes = find_quantity(report, name, self.batch or 1, self.training)
            refuse_symbols(name, sizes, frozenset())
            if not sizes:
                help = "write a number or a name in place of `null` in the input's shape"
                message = f"{name} depends on a size that is not known"
                raise Fault(error("SC403", message, help=help))
            quantities[name] = max(size for size in sizes if isinstance(size, int))
        return quantities

    def require_bound(self, value: int) -> int:
        """`value`, the greatest allowed one, where `most` bounds it. Raises Fault where nothing bounds it."""
        if self.most is None:
            names = " and ".join(self.limits)
            message = f"`{self.name}` has no largest value: whatever it is, the limit on {names} is kept"
            raise make_no_answer_fault(message, "give `--max`, or limit something that depends on it")
        return value


def refuse_symbols(name: str, sizes: tuple[Size, ...], known: frozenset[str]) -> None:
    """Raises Fault with SC403 where a quantity depends on a symbol that is not known."""
    others = sorted(frozenset[str]().union(*map(symbols, sizes)) - known)
    if others:
        help = f"give it a value: `--set {others[0]}=8`"
        raise Fault(error("SC403", f"{name} depends on the size `{others[0]}`", help=help))


def limit_text(limit: Fraction) -> str:
    """`1,000,000`."""
    return f"{limit.numerator:,}" if limit.denominator == 1 else f"{float(limit):,}"


def make_no_answer_fault(message: str, help: str) -> Fault:
    """The finding that a question has no answer."""
    return Fault(error("SC507", message, help=help))
