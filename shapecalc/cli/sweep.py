"""`shapecalc sweep`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from shapecalc.cli import options, ranges, usage

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from shapecalc.analysis.devices import Device
    from shapecalc.analysis.solving.selection import Condition, Goal
    from shapecalc.analysis.solving.sweep import Axis, Measures, Plan, Slab
    from shapecalc.diagnostics import Diagnostic
    from shapecalc.training.peak import Training

_FEW = 200  # graphs that are inferred before other processes would have started
_CONNECT = 10  # seconds that a Dask scheduler has to answer


def _read_quantities(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """Names of quantities with commas between."""
    if not value:
        return ()
    from shapecalc.analysis.measured import MORE_QUANTITIES

    return options.read_names(ctx, param, value, MORE_QUANTITIES, "quantity", "quantities")


@usage.command("sweep")
@click.argument("spec", type=click.Path(allow_dash=True), metavar="FILE")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUES",
    help="Values of an argument or a declared size: `1..512`, `1..100:5`, `8,16,32`. Repeatable.",
)
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="Keep only rows that meet this condition. Repeatable.",
)
@click.option(
    "--pareto", metavar="COLUMNS", help="Keep only rows that no other row beats: `params,macs`, `params,units:max`."
)
@click.option("--out", type=click.Path(), metavar="FILE", help="Write to this file instead of standard output.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Use so many processes; default: one for each core."
)
@click.option("--dask", metavar="ADDRESS", help="Use the Dask cluster of this scheduler.")
@ranges.batches
@options.training
@options.device
@options.dtype
@click.option(
    "--measure",
    "measured",
    default="",
    callback=_read_quantities,
    metavar="NAMES",
    help="Add columns, with commas between: flops, activations, memory, kv_cache, active_params, active_macs.",
)
def command(
    spec: str,
    assignments: tuple[str, ...],
    conditions: tuple[str, ...],
    pareto: str | None,
    out: str | None,
    jobs: int | None,
    dask: str | None,
    batch: tuple[int, ...],
    training: Training | None,
    device: Device | None,
    dtype: str | None,
    measured: tuple[str, ...],
) -> int:
    """Measure a model for every combination of values, as CSV.

    The columns are the names that are set, then params, trainable, macs (for one sample), weights_bytes and
    peak_activation (bytes of activations at once, for one sample if the batch size is unknown); with --training,
    memory: the bytes that training takes. --device keeps the rows that fit its memory. Rows come in the order of the
    values; names that change the layers themselves, such as a depth, vary slowest. Combinations with which the model
    has errors are left out, and a warning counts them.

    A condition is `COLUMN OPERATOR AMOUNT` with < <= == != >= >; K, M, G are powers of 1000, KiB, MiB, GiB of 1024.

    \b
    Examples:
      shapecalc sweep model.yaml --set units=1..512 --out sweep.csv
      shapecalc sweep model.yaml --set T=10..500:10 --where "params <= 5M"
      shapecalc sweep model.yaml --set units=1..512 --pareto params,units:max
      shapecalc sweep model.yaml --batch 8..512:8 --training adam --device t4
    """
    import gc

    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Fault
    from shapecalc.face.resources import prepare_numpy

    gc.enable()  # many analyses, one after the other
    prepare_numpy()
    from shapecalc.analysis.solving import sweep

    session = Session()
    try:
        wanted = _list_quantities(measured, training is not None or device is not None)
        axes, measures = _read_grid(assignments, batch, sweep.Measures(None, False, wanted, training, dtype))
        conditions += (f"memory <= {device.memory}",) if device is not None else ()
        rows = Rows((*(axis.name for axis in axes), *measures.wanted), conditions, pareto)
        source = session.source(spec)
        plan = sweep.plan_sweep(source, axes, measures)
        with _start_executor(plan, jobs, dask) as executor:
            parts = sweep.list_jobs(source, plan, measures)
            _write_rows(rows, sweep.sweep(parts if executor is None else list(parts), executor), out)
        total = sweep.count_points(axes)
        session.diagnostics += rows.list_findings(total)
        if rows.omitted < total:
            _print_notes(measures)
    except Fault as fault:
        session.diagnostics += fault.diagnostics
    session.show(session.diagnostics)
    return session.code


def _write_rows(rows: Rows, slabs: Iterator[Slab], out: str | None) -> None:
    """Writes the header and the rows that are wanted. Raises Fault with SC607."""
    with _open_target(out) as write:
        write(",".join(rows.names).encode() + b"\n")
        for text in rows.write_texts(slabs):
            write(text)


def _print_notes(measures: Measures) -> None:
    """Prints to standard error what columns count."""
    from shapecalc.render.notes import write_notes

    names = [*measures.wanted, *(["training"] if measures.training is not None else [])]
    sys.stderr.write("".join(f"{text}\n" for text in write_notes(names)))


def _list_quantities(measured: tuple[str, ...], needs_memory: bool) -> tuple[str, ...]:
    """The columns of what is measured; the memory is one of them where something depends on it."""
    from shapecalc.analysis.measured import QUANTITIES

    return tuple(dict.fromkeys((*QUANTITIES, *measured, *(["memory"] if needs_memory else []))))


def _read_grid(
    assignments: tuple[str, ...], batches: tuple[int, ...], measures: Measures
) -> tuple[tuple[Axis, ...], Measures]:
    """The values of every name, and what is measured with the batch size or over several. Raises click.UsageError."""
    axes, measures = _add_batch(ranges.read_axes(assignments), measures, batches)
    _refuse_columns(axes, measures)
    return axes, measures


def _add_batch(
    axes: tuple[Axis, ...], measures: Measures, batches: tuple[int, ...]
) -> tuple[tuple[Axis, ...], Measures]:
    """The axes with that of the batch size where it has several values. Raises click.UsageError."""
    from shapecalc.analysis.solving.question import BATCH
    from shapecalc.analysis.solving.sweep import Axis

    if len(batches) > 1:
        return (*axes, Axis(BATCH, batches)), measures._replace(sweeps_batch=True)
    if not axes:
        raise click.UsageError("sweep needs values: `--set units=1..512`, or `--batch 8,16,32`")
    return axes, measures._replace(batch=batches[0] if batches else None)


def _refuse_columns(axes: tuple[Axis, ...], measures: Measures) -> None:
    """Raises click.UsageError where two columns have one name."""
    names = [axis.name for axis in axes]
    for name in names:
        if name in measures.wanted:
            raise click.UsageError(f"--set: `{name}` is a column of the result")
        if names.count(name) > 1:
            raise click.UsageError(f"--set and --batch both give `{name}` values")


def _read_criteria(
    names: tuple[str, ...], conditions: tuple[str, ...], pareto: str | None
) -> tuple[list[Condition], list[Goal]]:
    """Which rows are wanted. Raises click.UsageError."""
    from shapecalc.analysis.solving.selection import parse_condition, parse_goals

    option = "--where"
    try:
        wanted = [parse_condition(text, names) for text in conditions]
        option = "--pareto"
        return wanted, parse_goals(pareto, names) if pareto is not None else []
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


class Rows:
    """The rows to print, of all that are measured: those that meet the conditions, and are on the Pareto front.

    Raises click.UsageError for conditions and goals that name no column.
    """

    def __init__(self, names: tuple[str, ...], conditions: tuple[str, ...], pareto: str | None) -> None:
        self.names = names
        self.conditions, self.goals = _read_criteria(names, conditions, pareto)
        self.omitted = 0
        self.why: tuple[str, tuple[Diagnostic, ...]] | None = None

    def write_texts(self, slabs: Iterator[Slab]) -> Iterator[bytes]:
        """The rows as CSV; those of a front at the end, when all are known."""
        from shapecalc.analysis.solving.sweep import join_slabs
        from shapecalc.render.grid_csv import grid_csv

        best: Slab | None = None
        for slab in slabs:
            self.omitted += slab.omitted
            self.why = self.why or slab.why
            rows = self.select_wanted(slab)
            if self.goals:
                best = self.select_front(rows if best is None else join_slabs([best, rows]))
            else:
                yield grid_csv([rows.columns[name] for name in self.names])
        if best is not None:
            yield grid_csv([best.columns[name] for name in self.names])

    def select_wanted(self, slab: Slab) -> Slab:
        """The rows that meet every condition."""
        for condition in self.conditions:
            mask = condition.select_rows(slab.columns)
            slab = slab._replace(columns={name: column[mask] for name, column in slab.columns.items()})
        return slab

    def select_front(self, slab: Slab) -> Slab:
        """The rows that none beats. Raises click.UsageError."""
        from shapecalc.analysis.solving.selection import select_front

        try:
            mask = select_front(slab.columns, self.goals)
        except ValueError as error:
            raise click.UsageError(f"--pareto: {error}") from None
        return slab._replace(columns={name: column[mask] for name, column in slab.columns.items()})

    def list_findings(self, total: int) -> list[Diagnostic]:
        """The findings about points that were left out: a warning, or an error where no point is left."""
        from shapecalc.diagnostics import warning

        if self.why is None:
            return []
        point, reasons = self.why
        if self.omitted == total:
            return list(reasons)
        first = f": {reasons[0].sentence}" if reasons else ""
        message = f"{self.omitted:,} of {total:,} combinations make no sound model and are left out"
        return [warning("SC508", message, notes=(f"the first is {point}{first}",))]


@contextmanager
def _open_target(out: str | None) -> Iterator[Callable[[bytes], object]]:
    """Where the rows go. Raises Fault with SC607."""
    if out is None or out == "-":
        yield lambda text: sys.stdout.write(text.decode())
        return
    from shapecalc.formats.files import open_whole

    with open_whole(out) as file:
        yield file.write


@contextmanager
def _start_executor(plan: Plan, jobs: int | None, dask: str | None) -> Iterator[Executor | None]:
    """Other processes, a cluster, or None where few graphs are to be inferred. Raises Fault."""
    from shapecalc.analysis.solving.sweep import count_points

    if dask is not None:
        with _start_cluster(dask) as cluster:
            yield cluster
        return
    workers = min(jobs or os.cpu_count() or 1, count_points(plan.fixed))
    if workers == 1 or (jobs is None and count_points(plan.fixed) < _FEW):
        yield None
        return
    from shapecalc.cli.workers import start_processes

    with start_processes(workers) as pool:
        yield pool


@contextmanager
def _start_cluster(address: str) -> Iterator[Executor]:
    """The cluster of a scheduler, as an executor. Raises Fault with SC608."""
    from shapecalc.diagnostics import Fault, error, shorten

    try:
        from distributed import Client
    except ImportError:
        help = "install it with `pip install 'shapecalc-cli[dask]'`"
        raise Fault(error("SC608", "--dask needs the package `distributed`", help=help)) from None
    try:
        client: Any = Client(address, timeout=_CONNECT)  # type: ignore[no-untyped-call, unused-ignore]
    except (OSError, ValueError) as failure:
        message = f"--dask: no scheduler at {shorten(address)}: {shorten(str(failure), 120)}"
        raise Fault(error("SC608", message)) from None
    with client:
        yield client.get_executor()
