"""`shapecalc check`."""

from __future__ import annotations

import sys

import click

from shapecalc.cli import options, usage
from shapecalc.cli.settings.file import SettingsFile


def read_added(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
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


FORMATS = ("full", "concise", "json", "markdown", "csv", "github", "sarif", "junit")


@usage.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="PATH...")
@click.option("--run", "confirm", is_flag=True, help="Run each model in NumPy too, and compare.")
@click.option("--update-expect", is_flag=True, help="Write the present numbers into what specs expect.")
@click.option(
    "--add",
    default="",
    callback=read_added,
    metavar="KEYS",
    help="With --update-expect: add these keys, with commas between: params, output, layers, ...",
)
@click.option("--dry-run", is_flag=True, help="With --update-expect: show the changes, and write nothing.")
@click.option("--strict", is_flag=True, help="Count warnings and assumptions about sizes as errors.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only, without the last line.")
@options.output_format(*FORMATS)
@options.values
@options.seed
@options.max_memory
def command(
    paths: tuple[str, ...],
    confirm: bool,
    update_expect: bool,
    add: tuple[str, ...],
    dry_run: bool,
    strict: bool,
    quiet: bool,
    output_format: str,
    assignments: tuple[str, ...],
    batch: int | None,
    seed: int,
    max_memory: int | None,
) -> int:
    """Check specs, and all specs in folders: shapes, expectations, warnings, assumptions about sizes.

    In a folder, every file ending in .yaml or .yml is a spec, except hidden files and files that other specs use as
    blocks. Exit code 0: no errors; 1: errors; 2: something could not be read. --update-expect writes numbers and shapes
    that are no longer true into the keys of `expect` that are there, and then checks; bounds and expressions stay.

    \b
    Examples:
      shapecalc check specs/
      shapecalc check specs/ --run --strict
      shapecalc check model.yaml --output-format github
      shapecalc check specs/ --update-expect --dry-run
    """
    from shapecalc.cli.checking.filters import apply_filters
    from shapecalc.cli.checking.many import check_all
    from shapecalc.cli.checking.output import render
    from shapecalc.cli.checking.rules import Confirmation, Task, Update
    from shapecalc.cli.checking.selection import leave_out_blocks, list_files
    from shapecalc.cli.session import Session
    from shapecalc.cli.settings.rules import read_rules

    rules = read_rules(click.get_current_context().find_object(SettingsFile))._replace(strict=strict)
    confirmation = Confirmation(batch or 2, seed, max_memory) if confirm else None
    task = Task(rules, options.read_settings(assignments, batch), confirmation, output_format == "json")
    if update_expect:
        task = task._replace(update=Update(add, dry_run))
    _refuse_without_use(paths, update_expect, add, dry_run)
    files, findings = list_files(paths, rules)
    results = leave_out_blocks(check_all(files, task), paths)
    session = Session()
    session.diagnostics = apply_filters(findings, rules)
    for result in results:
        session.diagnostics += result.findings
        session.sources.update(result.sources)
    changed = False
    if update_expect:
        from shapecalc.cli.checking.saving import save

        changed = save(session, results, dry_run, quiet, sys.stdout if output_format in FORMATS[:2] else sys.stderr)
    sys.stdout.write(render(session, results, output_format, quiet))
    return max(session.code, int(changed and dry_run))


def _refuse_without_use(paths: tuple[str, ...], update_expect: bool, add: tuple[str, ...], dry_run: bool) -> None:
    """Raises click.UsageError for options that would change nothing."""
    if update_expect and "-" in paths:
        raise click.UsageError("--update-expect saves files, and `-` is standard input")
    for option, given in (("--add", add), ("--dry-run", dry_run)):
        if given and not update_expect:
            raise click.UsageError(f"{option} says how `--update-expect` works: add that")
