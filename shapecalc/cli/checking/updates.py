"""The options of `check` that change specs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from shapecalc.cli.checking.rules import Changes, Update
from shapecalc.cli.options import is_chosen


def _read_keys(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """The keys of `expect` that are named, with commas between."""
    if not value:
        return ()
    from shapecalc.analysis.expect_additions import KEYS
    from shapecalc.diagnostics import did_you_mean, shorten

    keys = tuple(key.strip() for key in value.split(",") if key.strip())
    for key in keys or (value,):
        if key not in KEYS:
            guess = did_you_mean(key, KEYS)
            words = f"did you mean `{guess}`?" if guess else f"the keys are {', '.join(KEYS)}"
            raise click.UsageError(f"--add: `expect` has no key `{shorten(key)}`; {words}", ctx)
    return keys


_OPTIONS = (
    click.option("--update-expect", is_flag=True, help="Write the present numbers into what specs expect."),
    click.option(
        "--add",
        default="",
        callback=_read_keys,
        metavar="KEYS",
        help="With --update-expect: add these keys, with commas between: params, output, layers, ...",
    ),
    click.option("--fix", is_flag=True, help="Mend what can mean one thing only: spelling, notation, form."),
    click.option(
        "--unsafe-fixes", is_flag=True, help="With --fix: also where what is meant is a guess, such as another shape."
    ),
    click.option("--dry-run", is_flag=True, help="With --update-expect or --fix: show the changes, and write nothing."),
)


def options(command: Callable[..., int]) -> Callable[..., int]:
    """A decorator that adds `--update-expect`, `--fix` and what says how they work: the command is given `changes`."""

    @wraps(command)
    def read(
        *,
        paths: tuple[str, ...],
        update_expect: bool,
        add: tuple[str, ...],
        fix: bool,
        unsafe_fixes: bool,
        dry_run: bool,
        **others: Any,
    ) -> int:
        changes = _read_changes(paths, update_expect, add, fix, unsafe_fixes, dry_run)
        return command(paths=paths, changes=changes, **others)

    for option in reversed(_OPTIONS):
        option(read)
    return read


def _read_changes(
    paths: tuple[str, ...], update_expect: bool, add: tuple[str, ...], fix: bool, unsafe_fixes: bool, dry_run: bool
) -> Changes:
    """What is to be changed. Raises click.UsageError for options that would change nothing."""
    for option, given in (("--update-expect", update_expect), ("--fix", fix)):
        if given and "-" in paths:
            raise click.UsageError(f"{option} saves files, and `-` is standard input")
    if is_chosen("add") and not update_expect:
        raise click.UsageError("--add says how `--update-expect` works: add that")
    if is_chosen("unsafe_fixes") and not fix:
        raise click.UsageError("--unsafe-fixes says how `--fix` works: add that")
    if is_chosen("dry_run") and fix and update_expect:
        raise click.UsageError("--dry-run shows what one of the two would change: `--fix`, or `--update-expect`")
    if is_chosen("dry_run") and not fix and not update_expect:
        raise click.UsageError("--dry-run says how `--update-expect` and `--fix` work: add one of them")
    return Changes(Update(add, dry_run) if update_expect else None, fix, unsafe_fixes, dry_run)
