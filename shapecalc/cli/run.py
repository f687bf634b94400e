"""`shapecalc run`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.analysis.verify import Run
    from shapecalc.cli.session import Session
    from shapecalc.formats.weights.stored import Array


@usage.command("run")
@click.argument("spec", type=click.Path(allow_dash=True), metavar="SPEC")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    default=("random",),
    show_default=True,
    metavar="[NAME=]X",
    help="What to feed: JSON, a .npy, .npz or .json file, `random`, `zeros` or `ones`. Repeatable.",
)
@click.option(
    "--weights",
    type=click.Path(),
    metavar="FILE",
    help="Read weights from a .npz, .weights.h5, .keras, .h5 or .safetensors file.",
)
@click.option(
    "--names",
    type=click.Path(),
    metavar="FILE",
    help="With --weights: the paths of layers by their names in that file, as `convert --names` writes them.",
)
@click.option(
    "--save",
    type=click.Path(),
    metavar="FILE",
    help="Write the outputs to a .npz file; `-` is standard output.",
)
@options.seed
@options.max_memory
@options.output_format("full", "json", "markdown", "csv")
@options.values
def command(
    spec: str,
    inputs: tuple[str, ...],
    weights: str | None,
    names: str | None,
    save: str | None,
    seed: int,
    max_memory: int | None,
    output_format: str,
    assignments: tuple[str, ...],
    batch: int | None,
) -> int:
    """Run a model in NumPy, and compare shapes and parameters with those of `summary`.

    Weights come from --weights, else from Keras's initializers, seeded by --seed. Those of a file are found by name,
    then by order and shape; what is left over on either side is listed. An input may leave out its batch
    axis, or be flat, if it can be read as one sample in only one way.

    \b
    Examples:
      shapecalc run model.yaml --input '[0.0, 0.2, 0.4, 0.6, 0.8]'
      shapecalc run model.yaml --input x.npy --weights trained.weights.h5 --save y.npz
      shapecalc run model.yaml --input words=tokens.npy --input mask=ones
    """
    from shapecalc.cli.session import Session

    session = Session(options.settings(assignments, batch))
    report = session.report(spec)
    run, notes = None, list[str]()
    if report is not None and report.ok:
        limits = Limits(seed, batch or 1, max_memory)
        with session.guard(spec), _findings_in(session):
            run, notes = _run(session, report, inputs, Weights(weights, names), limits)
            session.diagnostics += run.diagnostics
            if save is not None:
                from shapecalc.formats.arrays import save_npz

                save_npz(save, run.outputs)
    if save == "-":
        session.show(session.diagnostics)  # standard output is the arrays'
    else:
        _print(session, report, run, notes, output_format)
    return session.code


class Limits(NamedTuple):
    """The seed of weights and inputs, the samples of a random input, and the bytes that may be used."""

    seed: int
    batch: int
    max_memory: int | None


class Weights(NamedTuple):
    """The weight file, and the file that says what its layers are called in the spec."""

    file: str | None
    names: str | None


@contextmanager
def _findings_in(session: Session) -> Iterator[None]:
    """Adds to the session what is found within, and too little memory."""
    from shapecalc.diagnostics import Fault, error

    try:
        yield
    except Fault as fault:
        session.diagnostics += fault.diagnostics
    except MemoryError:
        help = "run a smaller batch or input"
        session.diagnostics.append(error("SC603", "there is not enough memory for this run", help=help))


def _run(
    session: Session, report: Report, inputs: tuple[str, ...], weights: Weights, limits: Limits
) -> tuple[Run, list[str]]:
    """The forward pass, and notes on how the inputs were read. Raises Fault."""
    from shapecalc.cli.resources import limit, prepare_numpy, refuse_large_inputs

    prepare_numpy()
    from shapecalc.analysis.verify import refuse_large_run, run_model, sample_inputs
    from shapecalc.cli.progress import Progress
    from shapecalc.formats.inputs import read_inputs

    most = limit(limits.max_memory)
    refuse_large_inputs(report, limits.batch, most)
    fed = read_inputs(
        report,
        inputs,
        lambda kind: sample_inputs(report, kind, limits.seed, limits.batch, most),
        most,
        lambda shapes: refuse_large_run(report, shapes, most),
        session.reader,
    )
    arrays, told = read_weights(session, report, weights, most)
    progress = Progress()
    try:
        return run_model(report, fed.arrays, arrays, limits.seed, progress, most), [*fed.notes, *told]
    finally:
        progress.clear()


def read_weights(
    session: Session, report: Report, weights: Weights, most: int | None
) -> tuple[dict[str, Array] | None, list[str]]:
    """The arrays of a weight file by the paths of the model's weights, and how they were found. Raises Fault.

    What does not match is shown, and added to the findings.
    """
    from shapecalc.diagnostics import Fault
    from shapecalc.formats.weights.match import match_weights
    from shapecalc.formats.weights.read import open_weights

    if weights.file is None:
        return None, []
    names = None if weights.names is None else _read_names(session, weights.names)
    with open_weights(weights.file, most) as file:
        match = match_weights(report, file, names)
        findings = match.findings(file)
        if match.leftovers(file):
            _show_leftovers(match.leftovers(file))
        if any(finding.severity == "error" for finding in findings):
            raise Fault(*findings)
        session.diagnostics += findings
        return {path: file.weights[name].read() for path, name in match.names.items()}, match.notes(file)


def _show_leftovers(rows: list[tuple[str, str, str, str]]) -> None:
    from shapecalc.cli.session import is_colour_forced
    from shapecalc.render.table import terminal_of
    from shapecalc.render.weights import leftovers_text

    sys.stdout.flush()
    sys.stderr.write(leftovers_text(rows, terminal_of(sys.stderr, forced=is_colour_forced())))


def _read_names(session: Session, path: str) -> dict[str, str]:
    """The paths of layers by their names in the weight file. Raises Fault."""
    from shapecalc.diagnostics import Fault, error, shorten
    from shapecalc.formats.json_text import parse_json

    text = session.bytes_of(path).decode("utf-8", "replace")
    try:
        names = parse_json(text)
    except ValueError:
        names = None
    if not isinstance(names, dict) or not all(isinstance(value, str) for value in names.values()):
        raise Fault(error("SC606", f"cannot read {shorten(path)}: it is no JSON of names and paths"))
    return names


def _print(session: Session, report: Report | None, run: Run | None, notes: list[str], output_format: str) -> None:
    if output_format == "json":
        from shapecalc.render.run import run_json

        for piece in run_json(report, run, notes, session.diagnostics):
            sys.stdout.write(piece)
        return
    if report is not None and run is not None:
        from shapecalc.cli.session import output_terminal
        from shapecalc.render.run import run_csv, run_markdown, run_text

        if output_format == "csv":
            sys.stdout.write(run_csv(report, run))
        elif output_format == "markdown":
            sys.stdout.write(run_markdown(report, run, notes))
        else:
            sys.stdout.write(run_text(report, run, notes, output_terminal()))
    session.show(session.diagnostics)
