"""`shapecalc diff`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from shapecalc.analysis.diff import Diff
    from shapecalc.analysis.numeric import OutputPair
    from shapecalc.analysis.report import Report
    from shapecalc.analysis.weight_changes import WeightChange
    from shapecalc.cli.session import Session
    from shapecalc.render.table import Terminal


@usage.command("diff")
@click.argument("old", type=click.Path(allow_dash=True), metavar="OLD")
@click.argument("new", type=click.Path(allow_dash=True), metavar="NEW")
@click.option(
    "--depth", "level", type=click.IntRange(min=1), metavar="N", help="Open blocks to this level; default: all."
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 where the models differ.")
@click.option("--numeric", is_flag=True, help="Run both with the same weights and inputs, and compare the outputs.")
@click.option("--weights", is_flag=True, help="Compare the weights in two weight or model files, and nothing else.")
@options.output_format("full", "markdown", "json")
@options.values
@options.seed
@options.max_memory
def command(
    old: str,
    new: str,
    level: int | None,
    exit_code: bool,
    numeric: bool,
    weights: bool,
    output_format: str,
    assignments: tuple[str, ...],
    batch: int | None,
    seed: int,
    max_memory: int | None,
) -> int:
    """Show what changed between two models, layer by layer.

    OLD and NEW are files, `-` for standard input, or `REVISION:PATH` as in git: `HEAD~1:specs/model.yaml` counts from
    the top of the repository, `HEAD:./model.yaml` from this folder. Layers are matched by name; those that were
    renamed or have automatic names, by type and shape in order. --numeric gives both models the same weights, matched
    by order and shape. --weights says which weights changed between two files of weights, and by how much.

    \b
    Examples:
      shapecalc diff old.yaml new.yaml
      shapecalc diff HEAD:./model.yaml model.yaml --output-format markdown
      shapecalc diff old.yaml new.yaml --numeric --exit-code
      shapecalc diff before.weights.h5 after.weights.h5 --weights
    """
    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Fault

    session = Session(options.read_settings(assignments, batch))
    if weights:
        if numeric:
            raise click.UsageError("--weights compares files, --numeric runs models: use one of them")
        changes = _compare_weights(session, old, new, max_memory)
        _print_weights(session, (old, new), changes, output_format)
        return session.code or (1 if exit_code and any(change.kind != "equal" for change in changes or ()) else 0)
    reports = [_report(session, path) for path in (old, new)]
    difference: Diff | None = None
    numbers: list[OutputPair] | None = None
    if reports[0] is not None and reports[1] is not None and session.ok:
        from shapecalc.analysis.diff import MAX_DEPTH, compare_models

        with session.guard(new):
            difference = compare_models(reports[0], reports[1], level or MAX_DEPTH)
            try:
                numbers = _numbers(session, difference, seed, batch, max_memory) if numeric else None
            except Fault as fault:
                session.diagnostics += fault.diagnostics
    _print(session, difference, numbers, output_format)
    apart = difference is not None and (difference.differs or any(not pair.equal for pair in numbers or ()))
    return session.code or (1 if exit_code and apart else 0)


def _report(session: Session, path: str) -> Report | None:
    """The report of a file, or of a file in a revision."""
    from shapecalc.cli import revisions

    revision = revisions.revision_of(path)
    return (
        session.report(path)
        if revision is None
        else session.report(path, revisions.open_revision(revision, session.reader))
    )


def _numbers(
    session: Session, difference: Diff, seed: int, batch: int | None, max_memory: int | None
) -> list[OutputPair]:
    """The outputs of both models. Raises Fault."""
    session.require_no_code(difference.old)
    session.require_no_code(difference.new)
    from shapecalc.cli.resources import limit, prepare_numpy, refuse_large_inputs

    prepare_numpy()
    from shapecalc.analysis.numeric import compare_numbers

    most = limit(max_memory)
    refuse_large_inputs(difference.old, batch or 2, most)
    return compare_numbers(difference.old, difference.new, seed, batch or 2, most)


def _compare_weights(session: Session, old: str, new: str, max_memory: int | None) -> list[WeightChange] | None:
    """What became of each weight; None where a file cannot be read, and a finding says why."""
    from shapecalc.cli.resources import limit, prepare_numpy
    from shapecalc.diagnostics import Fault

    prepare_numpy()
    from shapecalc.cli.weights import pair_files
    from shapecalc.formats.weights.compare import compare_files
    from shapecalc.formats.weights.read import open_weights

    most = limit(max_memory)
    with session.guard(new):
        try:
            with open_weights(old, most) as before, open_weights(new, most) as after:
                return compare_files(before, after, pair_files(session, before, after))
        except Fault as fault:
            session.diagnostics += fault.diagnostics
    return None


def _print_weights(
    session: Session, files: tuple[str, str], changes: list[WeightChange] | None, output_format: str
) -> None:
    from shapecalc.render.weight_changes import weights_json, weights_markdown, weights_text

    if output_format == "json":
        sys.stdout.write(weights_json(files, changes, session.diagnostics))
        return
    if changes is not None:
        _print_readable(output_format, partial(weights_text, files, changes), partial(weights_markdown, files, changes))
    session.show(session.diagnostics)


def _print(session: Session, difference: Diff | None, numbers: list[OutputPair] | None, output_format: str) -> None:
    from shapecalc.render.diff import diff_json, diff_markdown, diff_text

    if output_format == "json":
        sys.stdout.write(diff_json(difference, numbers, session.diagnostics))
        return
    if difference is not None:
        _print_readable(
            output_format, partial(diff_text, difference, numbers), partial(diff_markdown, difference, numbers)
        )
    session.show(session.diagnostics)


def _print_readable(
    output_format: str, write_text: Callable[[Terminal], str], write_markdown: Callable[[], str]
) -> None:
    """Prints for people: Markdown where it is asked for, else text for the terminal."""
    if output_format == "markdown":
        sys.stdout.write(write_markdown())
        return
    from shapecalc.cli.session import output_terminal

    sys.stdout.write(write_text(output_terminal()))
