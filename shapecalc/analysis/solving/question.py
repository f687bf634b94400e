"""The question that `solve` answers: a size or an argument, the limits to keep, and the values it may have."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.analysis.measured import find_quantity
from shapecalc.analysis.names import list_settings
from shapecalc.diagnostics import Fault, error
from shapecalc.dims import Size, symbols
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.model.declarations import is_size_name

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.document.nodes import Node
    from shapecalc.model.spec import ModelSpec
    from shapecalc.training.peak import Training


BATCH = "batch"
"""The name of the batch size, for a model that calls nothing else so."""


class Question(NamedTuple):
    """What is asked: `name` is a model argument, a declared size or `BATCH`, from `least` to `most`, in multiples of
    `step`.

    `dtype` is that of layers that give none, in place of the model's.

    `limits` may have `params`, `macs` of one sample, `weights` in bytes, and `memory`: the bytes in use at once, with
    `training` in a step of it.
    """

    spec: ModelSpec
    name: str
    limits: Mapping[str, Fraction]
    values: Mapping[str, Any]
    batch: int | None = None
    least: int = 1
    most: int | None = None
    training: Training | None = None
    step: int = 1
    dtype: str | None = None

    @property
    def is_of_batch(self) -> bool:
        """Whether the batch size is asked for: the model has no argument and no size of its name."""
        return self.name == BATCH and all(setting.name != BATCH for setting in list_settings(self.spec))

    def put_in(self, value: Size) -> tuple[dict[str, Any], Size | None]:
        """The values and the batch size of the model in which `value` is what is asked for."""
        return (dict(self.values), value) if self.is_of_batch else ({**self.values, self.name: value}, self.batch)

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


def refuse_empty_span(question: Question) -> None:
    """Raises Fault with SC507 where no multiple of the step is allowed."""
    least, most, step = question.least, question.most, question.step
    if most is not None and most // step * step < least:
        message = f"no multiple of {step:,} is from {least:,} to {most:,}"
        raise make_no_answer_fault(message, "give a smaller `--step`, or a larger `--max`")


def refuse_fixed_batch(spec: ModelSpec) -> None:
    """Raises Fault with SC507 where every input says its own batch size, so that no other can be asked for."""
    firsts = [_read_own_batch(node) for node in spec.inputs.values()]
    if not firsts or None in firsts:
        return
    names = [first for first in firsts if isinstance(first, str) and is_size_name(first)]
    if names:
        raise make_no_answer_fault(f"the inputs call the batch size `{names[0]}`", f"write `--for {names[0]}`")
    message = f"the inputs fix the batch size at {firsts[0]}"
    raise make_no_answer_fault(message, "write `null` in place of it in `batch_shape`, or a name such as `B`")


def _read_own_batch(node: Node | None) -> object:
    """The batch size that an input says itself: a number, or a text; None where it has the model's."""
    shape = node.fields.get("batch_shape") if isinstance(node, MappingNode) else None
    first = shape.items[0] if isinstance(shape, SequenceNode) and shape.items else None
    return resolve(first) if isinstance(first, ScalarNode) else None


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
