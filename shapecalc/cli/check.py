"""`shapecalc check`."""

from __future__ import annotations

import click

from shapecalc.cli import options, usage
from shapecalc.cli.checking import filtering, printing, updates
from shapecalc.cli.checking.rules import Changes, Output
from shapecalc.cli.settings.file import SettingsFile


@usage.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="PATH...")
@click.option("--run", "confirm", is_flag=True, help="Run each model in NumPy too, and compare.")
@updates.options
@click.option("--strict", is_flag=True, help="Count warnings and assumptions about sizes as errors.")
@filtering.options
@click.option("--force-exclude", is_flag=True, help="Leave files that `exclude` names out also where PATH names them.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Use so many processes; default: the cores, where it pays."
)
@printing.options
@options.values
@options.seed
@options.max_memory
def command(
    paths: tuple[str, ...],
    confirm: bool,
    changes: Changes,
    strict: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    since: str | None,
    exit_zero: bool,
    force_exclude: bool,
    jobs: int | None,
    output: Output,
    assignments: tuple[str, ...],
    batch: int | None,
    seed: int,
    max_memory: int | None,
) -> int:
    """Check specs, and all specs in folders: shapes, expectations, warnings, assumptions about sizes.

    PATH is a file, a folder or a glob in quotes. In a folder, the specs among its .yaml and .yml files are checked, but
    for hidden ones, those that git ignores, and those that other specs use as blocks. `include` and `exclude` in
    [tool.shapecalc] of pyproject.toml, or in shapecalc.toml, say otherwise.

    Exit code 0: no errors; 1: errors; 2: something could not be read. --fix mends misspelt names and other notations
    and forms; --unsafe-fixes makes guesses too, and takes back those that bring other errors. --update-expect writes
    what is no longer true in the keys of `expect` that are there; bounds and expressions stay.

    `# shapecalc: ignore[SC505]` at the end of a line silences what is found there. --select and --ignore take codes and
    beginnings of codes; the longest that fits a finding decides. A file that cannot be read is always an error. In
    GitHub Actions, unless a format is chosen, annotations are printed too, and the job's summary gets a table.

    \b
    Examples:
      shapecalc check specs/
      shapecalc check specs/ --run --strict
      shapecalc check specs/ --output-format sarif --output-file shapecalc.sarif
      shapecalc check specs/ --fix --dry-run
      shapecalc check specs/ --update-expect
    """
    from shapecalc.cli.checking.check_paths import check_paths
    from shapecalc.cli.checking.rules import Confirmation, Task
    from shapecalc.cli.settings.rules import read_rules

    settings_file = click.get_current_context().find_object(SettingsFile)
    rules = read_rules(settings_file)._replace(select=select, ignore=ignore, strict=strict)
    filtering.require_revision(since, paths)
    confirmation = Confirmation(batch or 2, seed, max_memory) if confirm else None
    settings = options.read_settings(assignments, batch)
    task = Task(rules, settings, confirmation, output.style == "json", since, jobs=jobs, wants_totals=output.verbose)
    code = check_paths(paths, task, changes, output, settings_file, force_exclude=force_exclude)
    return 0 if exit_zero and code == 1 else code
