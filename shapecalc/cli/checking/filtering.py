"""The options of `check` that say which findings count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from shapecalc.cli.usage import Misused

F = TypeVar("F", bound=Callable[..., Any])


def _read_codes(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Codes and beginnings of codes, with commas between."""
    if not value:
        return ()
    from shapecalc.cli.checking.codes import parse_codes, parse_optional_codes

    try:
        return (parse_optional_codes if param.name == "ignore" else parse_codes)(value)
    except ValueError as error:
        raise click.UsageError(f"--{param.name}: {error}", ctx) from None


def require_revision(revision: str | None, paths: tuple[str, ...]) -> None:
    """Raises click.UsageError for a revision that is not there in the repository of the first path."""
    if revision is None:
        return
    from shapecalc.cli.revisions import find_folder, has_revision
    from shapecalc.diagnostics import shorten

    if not has_revision(revision, None if paths[0] == "-" else find_folder(revision, paths[0])):
        way_out = "a shallow clone has the last revision alone; `git fetch` brings others"
        raise Misused(f"--since: git has no revision `{shorten(revision)}` here", None, way_out)


def options(command: F) -> F:
    """A decorator that adds `--select`, `--ignore`, `--since` and `--exit-zero`."""
    for decorate in (
        click.option(
            "--since",
            metavar="REVISION",
            help="Say of layers beyond a budget what they took at this revision of git.",
        ),
        click.option("--exit-zero", is_flag=True, help="Exit with 0 also where there are errors in what was read."),
        click.option(
            "--ignore", multiple=True, metavar="CODES", callback=_read_codes, help="Leave these codes out: SC505,SC2."
        ),
        click.option(
            "--select", multiple=True, metavar="CODES", callback=_read_codes, help="Say these codes alone: SC4,SC501."
        ),
    ):
        command = decorate(command)
    return command
