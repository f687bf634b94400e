"""`shapecalc solve`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from fractions import Fraction

    from shapecalc.analysis.devices import Device
    from shapecalc.analysis.solving.question import Question
    from shapecalc.analysis.solving.solve import Solution
    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Diagnostic
    from shapecalc.model.spec import ModelSpec
    from shapecalc.training.peak import Training


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
@click.argument("spec", type=click.Path(allow_dash=True), metavar="FILE")
@click.option(
    "--for",
    "name",
    required=True,
    metavar="NAME",
    help="The argument of the model, the declared size, or `batch`, to find.",
)
@click.option(
    "--max-params", "params", callback=_read_amount, metavar="COUNT", help="At most so many parameters, e.g. 1M."
)
@click.option(
    "--max-macs", "macs", callback=_read_amount, metavar="COUNT", help="At most so many MACs for one sample, e.g. 4G."
)
@click.option(
    "--max-weights",
    "weights",
    callback=_read_amount,
    metavar="BYTES",
    help="At most so many bytes of weights, e.g. 20MiB.",
)
@click.option(
    "--max-memory",
    "memory",
    callback=_read_amount,
    metavar="BYTES",
    help="At most so many bytes in use at once, as in `summary --columns memory`.",
)
@click.option(
    "--min",
    "least",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    metavar="N",
    help="Try no value below this.",
)
@click.option("--max", "most", type=click.IntRange(min=0), metavar="N", help="Try no value above this.")
@click.option(
    "--step", type=click.IntRange(min=1), default=1, show_default=True, metavar="N", help="Try multiples of this alone."
)
@options.output_format("full", "json")
@options.training
@options.device
@options.dtype
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
    step: int,
    output_format: str,
    training: Training | None,
    device: Device | None,
    dtype: str | None,
    assignments: tuple[str, ...],
    batch: int | None,
) -> int:
    """Find the largest whole value of an argument, a size or the batch that stays within the limits.

    If the value can be a symbol, the answer comes from the model's formulas, and is confirmed with the number put in.
    If it changes the layers themselves, such as a depth, values are tried one by one. Values with which the model has
    errors do not count. K, M, G are powers of 1000; KiB, MiB, GiB of 1024. Exit code 1: no value fits.

    \b
    Examples:
      shapecalc solve model.yaml --for units --max-params 1M
      shapecalc solve model.yaml --for T --max-memory 2GiB --set units=256
      shapecalc solve model.yaml --for batch --training adam --max-memory 24GiB
      shapecalc solve model.yaml --for batch --training adam --device rtx-4090
      shapecalc solve model.yaml --for width --max-params 5M --step 64
      shapecalc solve model.yaml --for depth --max-macs 4G --max 48
    """
    from fractions import Fraction

    from shapecalc.analysis.solving.question import Question
    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Fault

    if memory is None and device is not None:
        memory = Fraction(device.memory)
    given = {"params": params, "macs": macs, "weights": weights, "memory": memory}
    limits = {quantity: limit for quantity, limit in given.items() if limit is not None}
    if not limits:
        raise click.UsageError("solve needs a limit: --max-params, --max-macs, --max-weights, --max-memory or --device")
    if most is not None and most < least:
        raise click.UsageError(f"--max: {most} is less than --min, {least}")
    session = Session(options.read_settings(assignments, batch))
    model, solution = None, None
    with session.guard(spec):
        try:
            model = session.spec(spec)
            solution = _solve(session, Question(model, name, limits, {}, None, least, most, training, step, dtype))
        except Fault as fault:
            session.diagnostics += fault.diagnostics
    _print(session, model, solution, output_format)
    return session.code


def _solve(session: Session, question: Question) -> Solution:
    """The answer with the values and the batch size that the command line gives. Raises Fault, click.UsageError."""
    from shapecalc.analysis.analyse import Settings
    from shapecalc.analysis.solving.solve import solve
    from shapecalc.diagnostics import Fault

    settings, name = session.settings or Settings(), question.name
    if name in settings.values:
        raise click.UsageError(f"--set gives `{name}` a value, and --for asks for one")
    if question.is_of_batch and settings.batch is not None:
        raise click.UsageError("--batch gives the batch size a value, and --for asks for one")
    batch = settings.batch if isinstance(settings.batch, int) else None
    try:
        return solve(question._replace(values=settings.values, batch=batch))
    except Fault as fault:
        raise Fault(*(_name_option(finding, name) for finding in fault.diagnostics)) from None


def _name_option(finding: Diagnostic, name: str) -> Diagnostic:
    """A finding about a name that does not exist, in the words of the option that gave it."""
    if finding.code == "SC210" and f"`{name}`" in finding.message:
        return finding._replace(message=finding.message.replace("--set:", "--for:"))
    return finding


def _print(session: Session, model: ModelSpec | None, solution: Solution | None, output_format: str) -> None:
    from shapecalc.render.solve import solve_json, solve_text

    if output_format == "json":
        sys.stdout.write(solve_json(model, solution, session.diagnostics))
        return
    if model is not None and solution is not None:
        sys.stdout.write(solve_text(model.name, solution))
    session.show(session.diagnostics)
