"""Budgets: limits that a project sets its models, and which layers take the most where a model is beyond one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.analysis.memory import Memory, activations_of, row_memory
from shapecalc.analysis.trained import find_trained
from shapecalc.diagnostics import Diagnostic, Label, Span, error, shorten
from shapecalc.dims import Size, add_up, binary_text, bind, count_text, is_unknown, symbols
from shapecalc.dims.dim import split_unrecorded
from shapecalc.training.peak import Training

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row

BUDGETS = ("max-params", "max-macs", "max-weights", "max-memory", "max-training")
"""Limits of parameters, MACs of one sample, bytes of weights, bytes at once in inference, and in training."""

MOST_NAMED = 4
"""Layers that are named of a model beyond a budget."""

_ROUND = re.compile(r"/\d+(?=/|\Z)")


class Budget(NamedTuple):
    """One limit: `written` is how the settings say it, and `glob` where. `sizes` gives symbols numbers.

    The batch size counts where the model has none, and the optimizer in training alone. `device` names the device whose
    memory it is.
    """

    name: str
    limit: Fraction
    written: str
    glob: str = "*"
    batch: int = 1
    optimizer: str = "adam"
    sizes: tuple[tuple[str, int], ...] = ()
    device: str = ""

    @property
    def help(self) -> str:
        """What to change in the settings where a model may be so large."""
        change = f"name a larger `device` for `{self.glob}`" if self.device else f"raise `{self.name}` of `{self.glob}`"
        return f"{change} in the settings"


class Base(NamedTuple):
    """The model as it was in a revision; where there is no report, `reason` says why."""

    revision: str
    report: Report | None
    reason: str = ""


class Part(NamedTuple):
    """Layers of equal paths but for the numbers of rounds, and what they take together; `first` is one of them.

    `old` is what they took before, None where they are new, and `old_path` their path where that was another.
    """

    path: str
    rows: list[Row]
    amount: int
    old: int | None = None
    old_path: str = ""


def check_budgets(
    report: Report, budgets: Iterable[Budget], read_base: Callable[[], Base] | None = None
) -> list[Diagnostic]:
    """A finding for each budget that a sound model exceeds, or that cannot be compared with it."""
    findings = []
    base: Base | None = None
    for budget in budgets:
        amounts = _Amounts(report, budget)
        least, lacking = split_unrecorded(amounts.total)
        if isinstance(least, int) and least > budget.limit and lacking >= 0:
            if base is None and read_base is not None:
                base = read_base()
            findings.append(_report_excess(amounts, least, base))
        elif lacking or not isinstance(least, int):
            findings.append(_refuse_formula(amounts))
    return findings


class _Amounts:
    """What one model takes of the quantity that a budget limits."""

    def __init__(self, report: Report, budget: Budget) -> None:
        self.report = report
        self.budget = budget
        self.quantity = budget.name.removeprefix("max-")
        self.in_bytes = self.quantity not in ("params", "macs")
        training = Training(budget.optimizer) if self.quantity == "training" else None
        self.memory = Memory(report, training, budget.batch)
        first = next(iter(report.inputs.values()), None)
        self.batch: Size = first.shape[0] if first is not None and len(first.shape) else budget.batch
        self.sizes: dict[str, Size] = dict.fromkeys(symbols(self.batch), budget.batch)
        self.sizes.update(budget.sizes)
        self.total = self.find_total()
        self.borrowers: set[str] = set()

    def find_total(self) -> Size:
        """The quantity of the whole model, a number where all sizes in it are."""
        if self.quantity in ("params", "macs"):
            return self.bind(getattr(self.report, self.quantity))
        if self.quantity == "weights":
            return self.bind(self.report.weights_bytes)
        sizes = [self.bind(size) for size in self.memory.needed]
        numbers = [size for size in sizes if isinstance(size, int)]
        return max(numbers) if len(numbers) == len(sizes) else next(size for size in sizes if not isinstance(size, int))

    def list_layers(self) -> list[Row]:
        """Every layer, those within blocks too; those that have another's weights are noted."""
        return list(self.open_rows(self.report.rows, within=False, borrows=False))

    def open_rows(self, rows: list[Row], within: bool, borrows: bool) -> Iterator[Row]:
        for row in rows:
            if row.inferred.walk is not None:
                yield from self.open_rows(row.rows, True, borrows or row.reused)
            elif row.node.entry is not None or not within:  # the inputs of a block are fed from outside
                if borrows:
                    self.borrowers.add(row.path + row.name)
                yield row

    def measure(self, rows: list[Row]) -> int:
        """What layers take, once all of them were listed. At once in inference: all weights, and the most outputs."""
        if self.quantity == "memory":
            return self.measure_weights(rows) + max(map(self.measure_activations, rows))
        return sum(map(self.measure_row, rows))

    def measure_row(self, row: Row) -> int:
        borrows = row.path + row.name in self.borrowers
        if self.quantity == "macs":
            return self.count(row.macs)
        if self.quantity == "training":
            return self.count(self.measure_trained(row, borrows))
        if self.quantity == "params":
            return 0 if borrows else self.count(row.params)
        return self.measure_weights([row])

    def measure_trained(self, row: Row, borrows: bool) -> Size:
        """Bytes of a row in training; of one whose weights are another's what it keeps alone."""
        training, batch = self.memory.training, self.budget.batch
        if training is None or not borrows:
            return row_memory(row, training, batch)
        return find_trained(row.root, training, batch).count_kept(row)

    def measure_weights(self, rows: list[Row]) -> int:
        """Bytes of the weights that are the layers' own."""
        own = (row for row in rows if row.path + row.name not in self.borrowers)
        return self.count(add_up(weight.bytes for row in own for _, weight in row.weights))

    def measure_activations(self, row: Row) -> int:
        return self.count(activations_of(row, self.budget.batch))

    def count(self, size: Size) -> int:
        """A size as a number; nothing where it is none."""
        size = self.bind(size)
        return size if isinstance(size, int) else 0

    def bind(self, size: Size) -> Size:
        return bind(size, self.sizes) if self.sizes else size

    def write(self, amount: Size) -> str:
        """An amount as messages have it: `5,312,456`, `20.3 MiB`."""
        return binary_text(amount) if self.in_bytes else count_text(amount)

    def write_short(self, amount: int) -> str:
        """An amount in few digits: `5.31M`, `20.3 MiB`."""
        return binary_text(amount) if self.in_bytes else shorten_count(amount)

    @property
    def words(self) -> str:
        """What is counted: `params`, `of memory in training with adam at batch 32`."""
        if not self.in_bytes:
            return "MACs" if self.quantity == "macs" else self.quantity
        if self.quantity == "weights":
            return "of weights"
        batch = self.bind(self.batch)
        at = f" at batch {batch if isinstance(batch, int) else self.budget.batch}"
        return f"of memory{'' if self.memory.training is None else f' in training with {self.memory.training}'}{at}"


def _refuse_formula(amounts: _Amounts) -> Diagnostic:
    """The finding for a quantity that is no number."""
    total, budget = amounts.total, amounts.budget
    reason = f"{amounts.write(total)} is no number"
    if split_unrecorded(total)[1]:
        help = "take the model out of the budget's glob: what layers that hold code take is recorded nowhere"
    elif is_unknown(total):
        reason = "an axis has no known length"
        help = "give it a number, or a name such as `T` in the input and `set = {T = 128}` beside the budget"
    else:
        given = ", ".join(f"{name} = 128" for name in sorted(symbols(total)))
        help = f"say how large they may be: `set = {{{given}}}` beside `{budget.name}`"
    message = f"{amounts.words.removeprefix('of ')} cannot be held to the budget of {budget.written}: {reason}"
    return error("SC512", message, find_span(amounts.report), help=help)


def _report_excess(amounts: _Amounts, actual: int, base: Base | None) -> Diagnostic:
    """The finding for a budget that is exceeded, with what takes the most."""
    budget, report = amounts.budget, amounts.report
    excess = actual - int(budget.limit)
    ratio = Fraction(excess) / budget.limit if budget.limit else None
    percent = f" ({float(ratio):.1%})" if ratio is not None and ratio < 10 else ""
    message = f"{amounts.write(amounts.total)} {amounts.words}: {amounts.write(excess)}{percent} over the budget of "
    notes = []
    before: _Amounts | None = None
    if base is not None and base.report is not None:
        before = _Amounts(base.report, budget)
        notes.append(_compare_totals(amounts, before, actual, base.revision))
    elif base is not None:
        notes.append(base.reason)
    largest = _list_parts(amounts, before)[:MOST_NAMED]
    notes += [_describe_part(part, amounts, actual, base if before is not None else None) for part in largest]
    labels: tuple[Label, ...] = ()
    help = budget.help
    if largest:
        row = largest[0].rows[0]
        if row.span.line:
            labels = (Label(row.span, f"the most: {amounts.write_short(largest[0].amount)}"),)
        help = f"`shapecalc explain {report.file} {row.path}{row.name}` shows where the most comes from; or {help}"
    span = find_span(report)
    return error("SC512", message + budget.written, span, labels=labels, notes=tuple(notes), help=help)


def _compare_totals(amounts: _Amounts, before: _Amounts, actual: int, revision: str) -> str:
    """The note of what the whole model took in the base revision."""
    old = before.total
    if not isinstance(old, int):
        return f"{before.write(old)} at {shorten(revision)}"
    if old == actual:
        return f"as much at {shorten(revision)}"
    return f"{amounts.write(old)} at {shorten(revision)} ({_sign(actual - old, amounts)})"


def _describe_part(part: Part, amounts: _Amounts, total: int, base: Base | None) -> str:
    """`encoder/*/dense x 12: 2.36M, 44.4%; 1.18M at main (+1.18M)`."""
    times = f" x {len(part.rows)}" if len(part.rows) > 1 else ""
    text = f"{part.path}{times}: {_describe_amount(part, amounts, total)}"
    if base is None:
        return text
    revision = shorten(base.revision)
    if part.old is None:
        return f"{text}; new since {revision}"
    name = f" as {part.old_path}" if part.old_path else ""
    if part.old == part.amount:
        return f"{text}; the same{name} at {revision}"
    return f"{text}; {amounts.write_short(part.old)}{name} at {revision} ({_sign(part.amount - part.old, amounts)})"


def _describe_amount(part: Part, amounts: _Amounts, total: int) -> str:
    """`2.36M, 44.4%`; of memory that is needed at once `9.0 MiB of weights, 2.0 MiB of activations each`."""
    if amounts.quantity != "memory":
        share = f", {part.amount / total:.1%}" if total < 2**1000 else ""
        return f"{amounts.write_short(part.amount)}{share}"
    weights = amounts.measure_weights(part.rows)
    each = " each" if len(part.rows) > 1 else ""
    texts = [f"{binary_text(weights)} of weights"] if weights else []
    if part.amount > weights:
        texts.append(f"{binary_text(part.amount - weights)} of activations{each}")
    return ", ".join(texts)


def _sign(amount: int, amounts: _Amounts) -> str:
    return ("+" if amount >= 0 else "-") + amounts.write_short(abs(amount))


def _list_parts(amounts: _Amounts, before: _Amounts | None) -> list[Part]:
    """The layers that take something, equal rounds together, the largest first; with what they took before."""
    rows: dict[str, list[Row]] = {}
    for row in amounts.list_layers():
        rows.setdefault(fold_path(row), []).append(row)
    old = {} if before is None else _list_old_rows(amounts, before, rows)
    parts = []
    for path, group in rows.items():
        amount = amounts.measure(group)
        if amount > 0:
            parts.append(_make_part(path, group, amount, old.get(path), before))
    return sorted(parts, key=lambda part: -part.amount)


def _list_old_rows(amounts: _Amounts, before: _Amounts, paths: Iterable[str]) -> dict[str, list[Row]]:
    """The layers of the base by the paths of those that they are now; rounds that are gone by their own."""
    from shapecalc.analysis.diffs.models import compare_models

    before.list_layers()
    old: dict[str, list[Row]] = {}
    for change in compare_models(before.report, amounts.report).changes:
        if change.old is not None:
            path = fold_path(change.new or change.old)
            if path in paths:
                old.setdefault(path, []).append(change.old)
    return old


def _make_part(path: str, rows: list[Row], amount: int, old: list[Row] | None, before: _Amounts | None) -> Part:
    if old is None or before is None:
        return Part(path, rows, amount)
    old_paths = list(dict.fromkeys(map(fold_path, old)))
    return Part(path, rows, amount, before.measure(old), "" if path in old_paths else old_paths[0])


def fold_path(row: Row) -> str:
    """The path of a layer with `*` for the numbers of rounds."""
    return _ROUND.sub("/*", row.path + row.name)


def find_span(report: Report) -> Span:
    """The key `layers`; the file where it is no spec."""
    document = report.spec.document
    return Span(report.file, 0, 0, 0) if document.places else document.key_span(report.spec.node, "layers")


def shorten_count(count: int) -> str:
    """A count in three digits: `5.31M`."""
    for power, unit in enumerate("KMGT", 1):
        if 1000**power <= count < 1000 ** (power + 1):
            size = count / 1000**power
            return f"{size:.{2 if size < 10 else 1 if size < 100 else 0}f}{unit}"
    return count_text(count)
