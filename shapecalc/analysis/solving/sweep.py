"""A model measured at every point of a grid of values: by its formulas where a value may be a symbol, else anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.analysis.measured import QUANTITIES, Measured, SpecFiles, measure
from shapecalc.analysis.solving.question import BATCH
from shapecalc.analysis.solving.vectorised import evaluate_on_grid, holds_on_grid
from shapecalc.diagnostics import Diagnostic, Fault, error
from shapecalc.dims import symbol, symbols
from shapecalc.dims.dim import leaves
from shapecalc.layers.arguments.numbers import LARGEST

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from shapecalc.analysis.solving.vectorised import Array
    from shapecalc.model.spec import ModelSpec
    from shapecalc.training.peak import Training

MAX_POINTS = 20_000_000
"""Most points of a grid."""
MAX_INFERRED = 100_000
"""Most points that are inferred one by one, because no formula covers them."""
SLAB = 2**18
"""Most points that are evaluated at once."""
COMBOS = 32
"""Most graphs that one job infers."""


class Axis(NamedTuple):
    """A name and the values it takes."""

    name: str
    values: tuple[Any, ...]

    @property
    def is_sizes(self) -> bool:
        """Whether every value is one that a symbol stands for."""
        return all(value.__class__ is int and 1 <= value <= LARGEST for value in self.values)


class Measures(NamedTuple):
    """What is measured: quantities, of training or inference; the batch size, or that it is the axis `BATCH`."""

    batch: int | None = None
    sweeps_batch: bool = False
    wanted: tuple[str, ...] = QUANTITIES
    training: Training | None = None
    dtype: str | None = None

    def measure(self, spec: ModelSpec, point: Mapping[str, Any], wanted: Iterable[str] | None = None) -> Measured:
        """The model at a point of the grid. Raises Fault with what is wrong with it."""
        values = dict(point)
        batch = values.pop(BATCH) if self.sweeps_batch else self.batch
        return measure(spec, values, batch, self.wanted if wanted is None else wanted, self.training, self.dtype)


class Job(NamedTuple):
    """A part of a grid: each of `combos`, values that are put in, with every point of `grid`, values of symbols."""

    source: SpecFiles
    measures: Measures
    combos: list[dict[str, Any]]
    grid: tuple[Axis, ...]


class Slab(NamedTuple):
    """Rows of the result, column by column; how many points were left out, and why the first of them."""

    columns: dict[str, Array]
    omitted: int = 0
    why: tuple[str, tuple[Diagnostic, ...]] | None = None


class Plan(NamedTuple):
    """The axes whose values are put in, and those that are symbols."""

    fixed: tuple[Axis, ...]
    symbolic: tuple[Axis, ...]


def count_points(axes: Iterable[Axis]) -> int:
    """How many points a grid has."""
    return prod(len(axis.values) for axis in axes)


def plan_sweep(source: SpecFiles, axes: tuple[Axis, ...], measures: Measures) -> Plan:
    """Makes every axis a symbol that can be one. Raises Fault where there are too many points for what is left."""
    if count_points(axes) > MAX_POINTS:
        raise _make_size_fault(f"the grid has {count_points(axes):,} points, more than {MAX_POINTS:,}")
    model = _Model(source, measures)
    candidates = [axis for axis in axes if axis.is_sizes and len(axis.values) > 1]
    first = {axis.name: axis.values[0] for axis in axes}
    symbolic: list[Axis] = []
    for tried in (candidates, *([axis] for axis in candidates)):
        names = [axis.name for axis in (*symbolic, *tried)]
        if len(symbolic) < len(candidates) and model.find_formulas(first, names) is not None:
            symbolic += [axis for axis in tried if axis not in symbolic]
    chosen = Plan(
        tuple(axis for axis in axes if axis not in symbolic), tuple(axis for axis in axes if axis in symbolic)
    )
    anew = count_points(chosen.fixed)
    if anew > MAX_INFERRED:
        listed = ", ".join(f"`{axis.name}`" for axis in chosen.fixed if len(axis.values) > 1)
        raise _make_size_fault(
            f"{listed} cannot be symbols, so {anew:,} models are inferred, more than {MAX_INFERRED:,}"
        )
    return chosen


def _make_size_fault(message: str) -> Fault:
    return Fault(error("SC602", message, help="take fewer values, or larger steps: `a=1..512:8`"))


def list_jobs(source: SpecFiles, chosen: Plan, measures: Measures) -> Iterator[Job]:
    """The parts of a grid, the fixed axes varying slowest, each axis slower than those after it."""
    names = [axis.name for axis in chosen.fixed]
    combos = [dict(zip(names, values, strict=True)) for values in product(*(axis.values for axis in chosen.fixed))]
    at_once = max(1, min(COMBOS, SLAB // count_points(chosen.symbolic)))
    for start in range(0, len(combos), at_once):
        for grid in split_grid(chosen.symbolic, SLAB):
            yield Job(source, measures, combos[start : start + at_once], grid)


def split_grid(axes: tuple[Axis, ...], most: int) -> Iterator[tuple[Axis, ...]]:
    """A grid in parts of at most so many points, in order."""
    if count_points(axes) <= most:
        yield axes
        return
    at = next(index for index, axis in enumerate(axes) if len(axis.values) > 1)
    name, values = axes[at]
    step = max(1, most // count_points(axes[at + 1 :]))
    for start in range(0, len(values), step):
        part = Axis(name, values[start : start + step])
        yield from split_grid((*axes[:at], part, *axes[at + 1 :]), most)


def sweep(parts: Iterable[Job], executor: Executor | None = None) -> Iterator[Slab]:
    """The rows of every part, in order; `executor` does them elsewhere. Raises Fault."""
    yield from map(run_job, parts) if executor is None else executor.map(run_job, parts)


def run_job(job: Job) -> Slab:
    """The rows of one part. Raises Fault."""
    if not _latest or (_latest[0].source, _latest[0].measures) != (job.source, job.measures):
        _latest[:] = [_Model(job.source, job.measures)]
    return join_slabs([_latest[0].compute_slab(combo, job.grid) for combo in job.combos])


def join_slabs(slabs: list[Slab]) -> Slab:
    """The rows of several slabs as one."""
    import numpy as np

    if len(slabs) == 1:
        return slabs[0]
    columns = {
        name: np.concatenate([slab.columns[name] for slab in slabs]) for name in (slabs[0].columns if slabs else ())
    }
    why = next((slab.why for slab in slabs if slab.why), None)
    return Slab(columns, sum(slab.omitted for slab in slabs), why)


class _Model:
    """One spec, measured with symbols and with numbers; the formulas last asked for are remembered."""

    def __init__(self, source: SpecFiles, measures: Measures) -> None:
        self.source = source
        self.spec = source.read_spec()
        self.measures = measures
        self.remembered: tuple[dict[str, Any], Measured | None] | None = None

    def find_formulas(self, point: Mapping[str, Any], names: Iterable[str]) -> Measured | None:
        """The model with symbols for `names` in place of their values at a point; None where it has no formulas."""
        given = {**point, **{name: symbol(name) for name in names}}
        if self.remembered is None or self.remembered[0] != given:
            self.remembered = given, self.measure_with_symbols(given, point)
        return self.remembered[1]

    def measure_with_symbols(self, given: Mapping[str, Any], point: Mapping[str, Any]) -> Measured | None:
        """As `find_formulas`, not remembered. None where a quantity is known with numbers alone."""
        try:
            measured = self.measures.measure(self.spec, given)
        except Fault:
            return None
        lacking = [name for name, sizes in measured.quantities.items() if not sizes]
        try:
            known = self.measures.measure(self.spec, point, lacking).quantities if lacking else {}
        except Fault:
            known = {}
        return None if any(known.values()) else measured

    def compute_slab(self, combo: Mapping[str, Any], grid: tuple[Axis, ...]) -> Slab:
        """Every point of a grid under one combination of the other values."""
        names = [axis.name for axis in grid]
        first = {axis.name: axis.values[0] for axis in grid}
        measured = self.find_formulas({**combo, **first}, names) if grid else None
        if measured is None:
            self.refuse(count_points(grid))
            return self.measure_each(combo, [dict(zip(names, at, strict=True)) for at in _list_rows(grid)])
        return self.evaluate_grid(measured, combo, grid)

    def refuse(self, count: int) -> None:
        """Raises Fault where too many points are to be inferred one by one."""
        if count > MAX_INFERRED:
            raise _make_size_fault(f"{count:,} points have no formula and are inferred, more than {MAX_INFERRED:,}")

    def measure_each(self, combo: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> Slab:
        """Points whose graphs are their own."""
        kept: list[list[Any]] = []
        omitted = 0
        why = None
        names: list[str] = [*combo]
        for row in rows:
            values = {**combo, **row}
            names = list(values)
            try:
                measured = self.measures.measure(self.spec, values)
            except Fault as fault:
                omitted += 1
                why = why or (_write_point(values), fault.diagnostics)
            else:
                kept.append(
                    [*values.values(), *(_read_number(measured.quantities[name]) for name in self.measures.wanted)]
                )
        cells = list(zip(*kept, strict=True)) or [()] * (len(names) + len(self.measures.wanted))
        columns = {name: _make_column(cell) for name, cell in zip((*names, *self.measures.wanted), cells, strict=True)}
        return Slab(columns, omitted, why)

    def evaluate_grid(self, measured: Measured, combo: Mapping[str, Any], grid: tuple[Axis, ...]) -> Slab:
        """The rows of points by formula; where an assumption fails they are inferred, or left out as unsound."""
        import numpy as np

        open_grid = np.ix_(*(np.array(axis.values, dtype=np.int64) for axis in grid))
        values = {axis.name: array for axis, array in zip(grid, open_grid, strict=True)}
        shape = tuple(len(axis.values) for axis in grid)
        columns = {name: _fill(value, shape) for name, value in combo.items()}
        columns |= {name: np.broadcast_to(array, shape).reshape(-1) for name, array in values.items()}
        for name in self.measures.wanted:
            columns[name] = _evaluate(measured, name, values, shape)
        failing, again = _find_failing(measured, values, shape)
        if not failing.any():
            return Slab(columns)
        self.refuse(int(again.sum()))
        rows = [{axis.name: int(columns[axis.name][at]) for axis in grid} for at in np.flatnonzero(again)]
        redone = self.measure_each(combo, rows) if rows else None
        remaining = {name: column[~failing] for name, column in columns.items()}
        omitted = int(failing.sum()) - len(rows)
        point = {axis.name: int(columns[axis.name][np.flatnonzero(failing)[0]]) for axis in grid}
        slab = Slab(remaining, omitted, self.find_reason({**combo, **point}) if omitted else None)
        return slab if redone is None else _sort_rows(join_slabs([slab, redone]), grid)

    def find_reason(self, values: Mapping[str, Any]) -> tuple[str, tuple[Diagnostic, ...]]:
        """Why a point is left out, in the words of its own inference."""
        try:
            self.measures.measure(self.spec, values)
        except Fault as fault:
            return _write_point(values), fault.diagnostics
        return _write_point(values), ()


_latest: list[_Model] = []


def _list_rows(grid: tuple[Axis, ...]) -> Iterator[tuple[Any, ...]]:
    return product(*(axis.values for axis in grid))


def _read_number(sizes: tuple[Any, ...]) -> int | None:
    """The greatest of numbers; None where one is a formula or there is none."""
    return max(sizes) if sizes and all(isinstance(size, int) for size in sizes) else None


def _make_column(values: Sequence[Any]) -> Array:
    """int64 where that holds every value exactly, else objects, lists among them."""
    import numpy as np

    if all(value.__class__ is int and abs(value) < 2**63 for value in values):
        return np.array(values, dtype=np.int64)
    column = np.empty(len(values), dtype=object)
    for at, value in enumerate(values):
        column[at] = value
    return column


def _fill(value: Any, shape: tuple[int, ...]) -> Array:
    import numpy as np

    return np.repeat(_make_column([value]), prod(shape))


def _evaluate(measured: Measured, name: str, values: Mapping[str, Array], shape: tuple[int, ...]) -> Array:
    """One quantity over the grid; None at every point if it is not known."""
    import numpy as np

    sizes = measured.quantities[name]
    if not sizes or any(not symbols(size) <= values.keys() for size in sizes):
        return np.full(prod(shape), None, dtype=object)
    best = evaluate_on_grid(sizes[0], values)
    for size in sizes[1:]:
        best = np.maximum(best, evaluate_on_grid(size, values))
    return np.broadcast_to(best, shape).reshape(-1)


def _find_failing(measured: Measured, values: Mapping[str, Array], shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Where an assumption fails, and where that may be because a size of 1 stretches to another: no rule refuses it."""
    import numpy as np

    failing = np.zeros(shape, dtype=bool)
    final = np.zeros(shape, dtype=bool)
    for relation in measured.assumes:
        if not leaves(relation.left) | leaves(relation.right) <= values.keys():
            continue  # it is about a size that is not swept, and stays an assumption
        fails = ~holds_on_grid(relation, values)
        failing |= fails
        if relation.op == "==":
            fails &= (evaluate_on_grid(relation.left, values) != 1) & (evaluate_on_grid(relation.right, values) != 1)
        final |= fails
    return failing.reshape(-1), (failing & ~final).reshape(-1)


def _sort_rows(slab: Slab, grid: tuple[Axis, ...]) -> Slab:
    """Rows sorted back into the order of the grid."""
    import numpy as np

    places = []
    for axis in reversed(grid):
        position = {value: at for at, value in enumerate(axis.values)}
        places.append(np.array([position[int(value)] for value in slab.columns[axis.name]], dtype=np.int64))
    order = np.lexsort(places)
    return slab._replace(columns={name: column[order] for name, column in slab.columns.items()})


def _write_point(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())
