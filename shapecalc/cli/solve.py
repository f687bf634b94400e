"""`shapecalc solve`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from fractions import Fraction

    from shapecalc.analysis.solving.question import Question
    from shapecalc.analysis.solving.solve import Solution
    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Diagnostic
    from shapecalc.model.spec import ModelSpec


def _read_amount(ctx: click.Context, param: click.Parameter, value: str | None) -> Fraction | None:
    """A limit."""
    if value is None:
        return None
    from shapecalc.analysis.amounts import parse_amount

    try:
        return parse_amount(value)
    except ValueError as error:
        raise click.UsageError(f"{param.opts[0]}: {error}", ctx) from None


@usage.command("solve")
@click.argument("spec", type=click.Path(allow_dash=True), metavar="SPEC")
@click.option("--for", "name", required=True, metavar="NAME", help="A model argument or a declared size.")
@click.option("--max-params", "params", callback=_read_amount, metavar="COUNT", help="Most parameters, e.g. 1M.")
@click.option("--max-macs", "macs", callback=_read_amount, metavar="COUNT", help="Most MACs of one sample.")
@click.option(
    "--max-weights", "weights", callback=_read_amount, metavar="BYTES", help="Most bytes of weights, e.g. 20MiB."
)
@click.option(
    "--max-memory", "memory", callback=_read_amount, metavar="BYTES", help="Most bytes at once, as `summary` says them."
)
@click.option(
    "--min", "least", type=click.IntRange(min=0), default=1, show_default=True, metavar="N", help="Least value."
)
@click.option("--max", "most", type=click.IntRange(min=0), metavar="N", help="Largest value that may be.")
@options.output_format("full", "json")
@options.training
@options.values
def command(
    spec: str,
    name: str,
    params: Fraction | None,
    macs: Fraction | None,
    weights: Fraction | None,
    memory: Fraction | None,
    least: int,
    most: int | None,
    output_format: str,
    training: str | None,
    assignments: tuple[str, ...],
    batch: int | None,
) -> int:
    """Find the largest whole value of an argument or a size that keeps the limits.

    Where the value may be a symbol, the answer comes from the model's formulas, and is inferred once more with the
    number put in; where the value changes the graph itself, from models inferred one by one. A value counts only where
    the model is sound with it. K, M, G are thousands, KiB, MiB, GiB powers of 1024. Exit code 1 where no value fits.

    \b
    Examples:
      shapecalc solve model.yaml --for units --max-params 1M
      shapecalc solve model.yaml --for T --max-memory 2GiB --set units=256
      shapecalc solve model.yaml --for width --max-memory 16GiB --training adam --batch 32
      shapecalc solve model.yaml --for depth --max-macs 4G --max-params 25M --max 48
    """
    from shapecalc.analysis.solving.question import Question
    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Fault

    given = {"params": params, "macs": macs, "weights": weights, "memory": memory}
    limits = {quantity: limit for quantity, limit in given.items() if limit is not None}
    if not limits:
        raise click.UsageError("solve needs a limit: --max-params, --max-macs, --max-weights or --max-memory")
    if most is not None and most < least:
        raise click.UsageError(f"--max: {most} is less than --min, {least}")
    session = Session(options.settings(assignments, batch))
    model, found = None, None
    with session.guard(spec):
        try:
            model = session.spec(spec)
            found = _solved(session, Question(model, name, limits, {}, None, least, most, training))
        except Fault as fault:
            session.diagnostics += fault.diagnostics
    _print(session, model, found, output_format)
    return session.code


def _solved(session: Session, question: Question) -> Solution:
    """The answer with the values and the batch size that the command line gives. Raises Fault, click.UsageError."""
    from shapecalc.analysis.analyse import Settings
    from shapecalc.analysis.solving.solve import solve
    from shapecalc.diagnostics import Fault

    settings, name = session.settings or Settings(), question.name
    if name in settings.values:
        raise click.UsageError(f"--set gives `{name}` a value, and --for asks for one")
    batch = settings.batch if isinstance(settings.batch, int) else None
    try:
        return solve(question._replace(values=settings.values, batch=batch))
    except Fault as fault:
        raise Fault(*(_asked(one, name) for one in fault.diagnostics)) from None


def _asked(found: Diagnostic, name: str) -> Diagnostic:
    """A finding about a name that is not there, in the words of the option that gave it."""
    if found.code == "SC210" and f"`{name}`" in found.message:
        return found._replace(message=found.message.replace("--set:", "--for:"))
    return found


def _print(session: Session, model: ModelSpec | None, found: Solution | None, output_format: str) -> None:
    from shapecalc.render.solve import solve_json, solve_text

    if output_format == "json":
        sys.stdout.write(solve_json(model, found, session.diagnostics))
        return
    if model is not None and found is not None:
        sys.stdout.write(solve_text(model.name, found))
    session.show(session.diagnostics)
