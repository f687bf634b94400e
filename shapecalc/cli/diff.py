"""`shapecalc diff`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from shapecalc.analysis.analyse import Settings
    from shapecalc.analysis.diffs.models import Diff
    from shapecalc.analysis.numeric import OutputPair
    from shapecalc.analysis.report import Report
    from shapecalc.cli.session import Session


class _BatchSizes(click.ParamType):  # type: ignore[type-arg]  # not generic in all versions
    """A batch size, or several with commas between."""

    name = "sizes"
    min = 1

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int | None, ...]:
        if isinstance(value, tuple):
            return value
        texts = str(value).split(",")
        sizes = tuple(int(text) for text in texts if text.strip().isdecimal())
        if len(sizes) < len(texts) or min(sizes) < self.min:
            self.fail("not a size", param, ctx)
        return sizes


class Side(NamedTuple):
    """A file under settings, as OLD or NEW; `chosen` are the values that the other side has not."""

    path: str
    settings: Settings
    chosen: dict[str, Any]


@usage.command("diff")
@click.argument("old", type=click.Path(allow_dash=True), metavar="OLD")
@click.argument("new", type=click.Path(allow_dash=True), metavar="[NEW]", required=False)
@click.option(
    "--depth", "level", type=click.IntRange(min=1), metavar="N", help="Open blocks to this level; default: all."
)
@options.unfold
@click.option("--exit-code", is_flag=True, help="Exit with 1 where the models differ.")
@click.option("--numeric", is_flag=True, help="Run both with the same weights and inputs, and compare the outputs.")
@click.option("--weights", is_flag=True, help="Compare the weights in two weight or model files, and nothing else.")
@options.output_format("full", "markdown", "json")
@options.assignments
@click.option(
    "--batch",
    type=_BatchSizes(),
    metavar="N",
    default=(None,),
    help="Set the batch size, or with `8,16` and one file, compare two; without this it is unknown.",
)
@options.seed
@options.max_memory
def command(
    old: str,
    new: str | None,
    level: int | None,
    unfold: bool,
    exit_code: bool,
    numeric: bool,
    weights: bool,
    output_format: str,
    assignments: tuple[str, ...],
    batch: tuple[int | None, ...],
    seed: int,
    max_memory: int | None,
) -> int:
    """Show what changed between two models, layer by layer.

    OLD and NEW are files, `-` for standard input, or `REVISION:PATH` as in git: `HEAD~1:specs/model.yaml` counts from
    the top of the repository, `HEAD:./model.yaml` from this folder. With OLD alone, `--set NAME=1,2` compares the model
    with itself under two settings. Layers are matched by name; those that were renamed or have automatic names, by
    type and shape in order. --numeric gives both models the same weights, matched by order and shape. --weights says
    which weights changed between two files of weights, and by how much.

    \b
    Examples:
      shapecalc diff old.yaml new.yaml
      shapecalc diff HEAD:./model.yaml model.yaml --output-format markdown
      shapecalc diff model.yaml --set features=768,1024
      shapecalc diff old.yaml new.yaml --numeric --exit-code
      shapecalc diff before.weights.h5 after.weights.h5 --weights
    """
    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Fault

    if weights:
        return _diff_weights(old, new, numeric, exit_code, output_format, max_memory)
    sides = _list_sides(old, new, assignments, batch)
    session = Session()
    reports = [_report(session, side) for side in sides]
    session.diagnostics = list(dict.fromkeys(session.diagnostics))
    difference: Diff | None = None
    numbers: list[OutputPair] | None = None
    if reports[0] is not None and reports[1] is not None and session.ok:
        from shapecalc.analysis.diffs.models import MAX_DEPTH, compare_models

        with session.guard(sides[1].path):
            difference = compare_models(reports[0], reports[1], level or MAX_DEPTH)
            difference = difference._replace(settings=(sides[0].chosen, sides[1].chosen))
            try:
                if numeric:
                    numbers = _numbers(session, difference, seed, batch[0], max_memory)
            except Fault as fault:
                session.diagnostics += fault.diagnostics
    _print(session, difference, numbers, output_format, unfold)
    apart = difference is not None and (difference.differs or any(not pair.equal for pair in numbers or ()))
    return session.code or (1 if exit_code and apart else 0)


def _list_sides(
    old: str, new: str | None, assignments: tuple[str, ...], batches: tuple[int | None, ...]
) -> tuple[Side, Side]:
    """What is compared: two files under the same settings, or one under two. Raises click.UsageError."""
    choices = [
        (chosen | ({"batch": batch} if len(batches) > 1 else {}), settings)
        for batch in batches
        for chosen, settings in options.read_alternatives(assignments, batch)
    ]
    context = click.get_current_context(silent=True)
    if new is not None:
        if len(choices) > 1:
            message = "two files are compared under the same settings, and here are several values"
            raise usage.Misused(message, context, "give one value, or leave NEW out: one model under two settings")
        chosen, settings = choices[0]
        return Side(old, settings, chosen), Side(new, settings, chosen)
    if len(choices) == 1:
        message = "NEW is missing: diff compares two models, or one under two settings"
        raise usage.Misused(message, context, "for example `shapecalc diff old.yaml new.yaml`, or `--set units=64,128`")
    if len(choices) > 2:
        message = f"diff compares two settings, and the values give {len(choices)} combinations"
        help = (
            "`shapecalc summary FILE --set units=64,128,256` compares the totals of all, and so does `shapecalc sweep`"
        )
        raise usage.Misused(message, context, help)
    return Side(old, choices[0][1], choices[0][0]), Side(old, choices[1][1], choices[1][0])


def _report(session: Session, side: Side) -> Report | None:
    """The report of a file, or of a file in a revision, under its settings."""
    from shapecalc.cli import revisions

    session.settings = side.settings
    revision = revisions.revision_of(side.path)
    return (
        session.report(side.path)
        if revision is None
        else session.report(side.path, revisions.open_revision(revision, session.reader))
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


def _diff_weights(
    old: str, new: str | None, numeric: bool, exit_code: bool, output_format: str, max_memory: int | None
) -> int:
    """Compares two files of weights. Raises click.UsageError."""
    if numeric:
        raise click.UsageError("--weights compares files, --numeric runs models: use one of them")
    if new is None:
        help = "for example `shapecalc diff before.weights.h5 after.weights.h5 --weights`"
        raise usage.Misused("NEW is missing: --weights compares two files", click.get_current_context(), help)
    from shapecalc.cli.session import Session
    from shapecalc.cli.weight_diff import compare_weights, print_weights

    session = Session()
    changes = compare_weights(session, old, new, max_memory)
    print_weights(session, (old, new), changes, output_format)
    return session.code or (1 if exit_code and any(change.kind != "equal" for change in changes or ()) else 0)


def _print(
    session: Session,
    difference: Diff | None,
    numbers: list[OutputPair] | None,
    output_format: str,
    unfold: bool,
) -> None:
    if output_format == "json":
        from shapecalc.render.diffs.json import diff_json

        sys.stdout.write(diff_json(difference, numbers, session.diagnostics, unfold))
        return
    if difference is not None:
        if output_format == "markdown":
            from shapecalc.render.diffs.markdown import diff_markdown

            sys.stdout.write(diff_markdown(difference, numbers, unfold))
        else:
            from shapecalc.cli.session import output_terminal
            from shapecalc.render.diffs.text import diff_text

            sys.stdout.write(diff_text(difference, numbers, output_terminal(), unfold))
    session.show(session.diagnostics)
