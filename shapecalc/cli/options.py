"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from shapecalc.analysis.report import Settings
    from shapecalc.model.document import Node

F = TypeVar("F", bound=Callable[..., Any])


def output_format(*formats: str) -> Callable[[F], F]:
    """`--output-format` with the formats of this command, the first by default."""
    return click.option(
        "--output-format", type=click.Choice(formats), default=formats[0], show_default=True, help="How to print."
    )


def values(command: F) -> F:
    """`--set` and `--batch`: what `settings` makes of them goes into the analysis."""
    command = click.option(
        "--batch", type=click.IntRange(min=1), metavar="N", help="The batch size; unknown without it."
    )(command)
    return click.option(
        "--set",
        "assignments",
        multiple=True,
        metavar="NAME=VALUE",
        help="Value of an argument or a declared size: YAML, or `?` for a symbol. Repeatable.",
    )(command)


depth = click.option(
    "--depth", type=click.IntRange(min=1), metavar="N", default=1, show_default=True, help="Open blocks to this level."
)


def _read_columns(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """Names of columns with commas between."""
    if not value:
        return ()
    from shapecalc.diagnostics import did_you_mean, shorten
    from shapecalc.render.columns import COLUMNS

    names = tuple(name.strip().lower() for name in value.split(",") if name.strip())
    for name in names:
        if name not in COLUMNS:
            guess = did_you_mean(name, COLUMNS)
            words = f"did you mean `{guess}`?" if guess else f"the columns are {', '.join(COLUMNS)}"
            raise click.UsageError(f"--columns: there is no column `{shorten(name)}`; {words}", ctx)
    return tuple(dict.fromkeys(names))


columns = click.option(
    "--columns",
    default="",
    callback=_read_columns,
    metavar="NAMES",
    help="More columns: trainable, macs, flops, weights, bytes, activations, dtype, formula, line; commas between.",
)


def _read_bytes(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """An amount of memory."""
    if value is None:
        return None
    from shapecalc.cli.machine import parse_bytes

    try:
        return parse_bytes(value)
    except ValueError as error:
        raise click.UsageError(f"--max-memory: {error}", ctx) from None


seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Of weights and random inputs.",
)

max_memory = click.option(
    "--max-memory", callback=_read_bytes, metavar="SIZE", help="Refuse to use more, e.g. 2GiB; default: what is free."
)

specs = click.argument("specs", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="SPEC...")


def settings(assignments: tuple[str, ...], batch: int | None) -> Settings:
    """What `--set` and `--batch` say. Raises click.UsageError."""
    from shapecalc.analysis.report import Settings

    given: dict[str, Any] = {}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        name = name.strip()
        if not sign or not name:
            raise click.UsageError(f"--set takes NAME=VALUE, got {_short(assignment)}")
        if name in given:
            raise click.UsageError(f"--set gives {_short(name)} twice")
        given[name] = _value(name, text)
    return Settings(given, batch)


def _value(name: str, text: str) -> Any:
    if not text.strip():
        raise click.UsageError(f"--set {_short(name)}: the value is missing")
    if text.strip() == "?":
        from shapecalc.dims import symbol

        return symbol(name)
    from shapecalc.diagnostics import Fault
    from shapecalc.model.document import read

    try:
        document = read(text, "--set")
    except Fault as fault:
        raise click.UsageError(f"--set {_short(name)}: {fault.diagnostics[0].message}") from None
    if document.diagnostics:
        raise click.UsageError(f"--set {_short(name)}: {document.diagnostics[0].message}")
    return None if document.root is None else _plain(document.root)


def _plain(node: Node) -> Any:
    from yaml.events import ScalarEvent

    from shapecalc.model.document import Mapping, resolve

    if isinstance(node, ScalarEvent):
        return resolve(node)
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.fields.items()}
    return [_plain(item) for item in node.items]


def _short(text: str) -> str:
    from shapecalc.diagnostics import shorten

    return f"`{shorten(text)}`"
