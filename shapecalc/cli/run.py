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
    from shapecalc.face.weights import WeightSource


@usage.command("run")
@click.argument("spec", type=click.Path(allow_dash=True), metavar="FILE")
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
    help="Read weights from a .npz, .weights.h5, .keras, .h5, .safetensors or .onnx file.",
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
@click.option(
    "--save-weights",
    type=click.Path(),
    metavar="FILE",
    help="Write the weights that were used to a .npz file, or a .weights.h5 file that Keras loads.",
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
    save_weights: str | None,
    seed: int,
    max_memory: int | None,
    output_format: str,
    assignments: tuple[str, ...],
    batch: int | None,
) -> int:
    """Run a model in NumPy, and compare shapes and parameters with those of `summary`.

    Weights come from --weights, else from the model's own file, else from Keras's initializers, seeded by --seed. Those
    of a file are found by name, then by order and shape; what is left over on either side is listed. An input may leave
    out its batch axis, or be flat, if it can be read as one sample in only one way.

    \b
    Examples:
      shapecalc run model.yaml --input '[0.0, 0.2, 0.4, 0.6, 0.8]'
      shapecalc run model.yaml --input x.npy --weights w.npz --save y.npz
      shapecalc run model.yaml --input ones --weights trained.weights.h5
      shapecalc run model.yaml --input words=tokens.npy --input mask=ones
      shapecalc run model.onnx --input x.npy
    """
    from shapecalc.cli.session import Session
    from shapecalc.cli.weights import read_names, refuse_ending
    from shapecalc.face.weights import find_source

    session = Session(options.read_settings(assignments, batch), wants_exact=True)
    report = session.report(spec)
    run, notes = None, list[str]()
    if report is not None and report.ok:
        limits = Limits(seed, batch or 1, max_memory)
        with session.guard(spec), _findings_in(session):
            if save_weights is not None:
                refuse_ending(save_weights)
            source = find_source(session, spec, report, weights, read_names(session, names) if names else {})
            run, notes = _run(session, report, inputs, source, limits)
            session.diagnostics += run.diagnostics
            if save is not None:
                from shapecalc.formats.arrays import save_npz

                save_npz(save, run.outputs)
            if save_weights is not None:
                from shapecalc.formats.weights.save import write_weights

                write_weights(save_weights, report, run.weights)
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
    session: Session, report: Report, inputs: tuple[str, ...], source: WeightSource, limits: Limits
) -> tuple[Run, list[str]]:
    """The forward pass, and notes on how the inputs were read. Raises Fault."""
    session.require_no_code(report)
    from shapecalc.face.resources import limit, prepare_numpy, refuse_large_inputs

    prepare_numpy()
    from shapecalc.analysis.verify import refuse_large_run, run_model, sample_inputs
    from shapecalc.cli.progress import Progress
    from shapecalc.cli.weights import show_leftovers
    from shapecalc.face.weights import read_weights
    from shapecalc.formats.inputs import read_inputs

    most = limit(limits.max_memory)
    refuse_large_inputs(report, limits.batch, most)
    written = session.written.get(report.file)
    fed = read_inputs(
        report,
        inputs,
        lambda kind: sample_inputs(report, kind, limits.seed, limits.batch, most),
        most,
        lambda shapes: refuse_large_run(report, shapes, most),
        session.reader,
        {} if written is None else {old: name for name, old in written.flat.old_names.items()},
    )
    weights = read_weights(session, report, source, most, show_leftovers)
    progress = Progress()
    try:
        run = run_model(report, fed.arrays, weights.arrays, limits.seed, progress, most)
        run.weight_file = weights.told
        return run, [*fed.notes, *weights.notes]
    finally:
        progress.clear()


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
