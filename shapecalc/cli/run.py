"""`shapecalc run`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.analysis.verify import Run
    from shapecalc.cli.session import Session


@usage.command("run")
@click.argument("spec", type=click.Path(allow_dash=True), metavar="SPEC")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    default=("random",),
    show_default=True,
    metavar="[NAME=]X",
    help="JSON, a .npy, .npz or .json file, random, zeros or ones. Repeatable.",
)
@click.option("--weights", type=click.Path(), metavar="FILE", help="Weights from a .npz file, by LAYER/[INNER/]WEIGHT.")
@click.option(
    "--save",
    type=click.Path(),
    metavar="FILE",
    help="Write the outputs to a .npz file; `-`: standard output.",
)
@options.seed
@options.max_memory
@options.output_format("full", "json", "markdown", "csv")
@options.values
def command(
    spec: str,
    inputs: tuple[str, ...],
    weights: str | None,
    save: str | None,
    seed: int,
    max_memory: int | None,
    output_format: str,
    assignments: tuple[str, ...],
    batch: int | None,
) -> int:
    """Run a model in NumPy and hold what was computed against what was inferred.

    Weights start as Keras's initializers say, from --seed, unless --weights gives them. An input without its batch
    axis, or flat, is read as one sample where there is one way to.

    \b
    Examples:
      shapecalc run model.yaml --input '[0.0, 0.2, 0.4, 0.6, 0.8]'
      shapecalc run model.yaml --input x.npy --weights trained.npz --save y.npz
      shapecalc run model.yaml --input words=tokens.npy --input mask=ones
    """
    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Fault, error

    session = Session(options.settings(assignments, batch))
    report = session.report(spec)
    run, notes = None, list[str]()
    if report is not None and report.ok:
        with session.guard(spec):
            try:
                run = _run(session, report, inputs, weights, seed, batch, max_memory, notes)
                session.diagnostics += run.diagnostics
                if save is not None:
                    from shapecalc.formats.arrays import save_npz

                    save_npz(save, run.outputs)
            except Fault as fault:
                session.diagnostics += fault.diagnostics
            except MemoryError:
                help = "run a smaller batch or input"
                session.diagnostics.append(error("SC603", "there is not enough memory for this run", help=help))
    if save == "-":
        session.show(session.diagnostics)  # standard output is the arrays'
    else:
        _print(session, report, run, notes, output_format)
    return session.code


def _run(
    session: Session,
    report: Report,
    inputs: tuple[str, ...],
    weights: str | None,
    seed: int,
    batch: int | None,
    max_memory: int | None,
    notes: list[str],
) -> Run:
    """The forward pass. Raises Fault."""
    from shapecalc.cli.resources import limit, prepare_numpy, refuse_large_inputs

    prepare_numpy()
    from shapecalc.analysis.verify import refuse_large_run, run_model, sample_inputs
    from shapecalc.cli.progress import Progress
    from shapecalc.formats.arrays import read_npz
    from shapecalc.formats.inputs import read_inputs

    most = limit(max_memory)
    refuse_large_inputs(report, batch or 1, most)
    fed = read_inputs(
        report,
        inputs,
        lambda kind: sample_inputs(report, kind, seed, batch or 1, most),
        most,
        lambda shapes: refuse_large_run(report, shapes, most),
        session.reader,
    )
    notes += fed.notes
    held = report.weights_bytes
    wanted = held if isinstance(held, int) else None
    given = None if weights is None else read_npz(weights, "SC606", most, wanted)
    progress = Progress()
    try:
        return run_model(report, fed.arrays, given, seed, progress, most)
    finally:
        progress.clear()


def _print(session: Session, report: Report | None, run: Run | None, notes: list[str], output_format: str) -> None:
    if output_format == "json":
        from shapecalc.render.run import run_json

        for piece in run_json(report, run, notes, session.diagnostics):
            sys.stdout.write(piece)
        return
    if report is not None and run is not None:
        from shapecalc.cli.session import forced
        from shapecalc.render.run import run_csv, run_markdown, run_text
        from shapecalc.render.table import look_of

        if output_format == "csv":
            sys.stdout.write(run_csv(report, run))
        elif output_format == "markdown":
            sys.stdout.write(run_markdown(report, run, notes))
        else:
            sys.stdout.write(run_text(report, run, notes, look_of(sys.stdout, forced=forced())))
    session.show(session.diagnostics)
