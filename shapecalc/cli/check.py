"""`shapecalc check`."""

from __future__ import annotations

import sys

import click

from shapecalc.cli import options, usage
from shapecalc.cli.checking import filtering, updates
from shapecalc.cli.checking.rules import Changes
from shapecalc.cli.settings.file import SettingsFile

FORMATS = (
    "full", "concise", "json", "json-lines", "markdown", "csv", "github", "gitlab", "sarif", "junit",
)  # fmt: skip


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
@click.option("-v", "--verbose", is_flag=True, help="Print a line for every file.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only, without the last line.")
@options.output_format(*FORMATS)
@options.output_file
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
    verbose: bool,
    quiet: bool,
    output_format: str,
    output_file: str | None,
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
    and forms; --unsafe-fixes makes guesses too, and takes back those that bring more errors. --update-expect writes
    what is no longer true in the keys of `expect` that are there; bounds and expressions stay.

    `# shapecalc: ignore[SC505]` at the end of a line silences what is found there. --select and --ignore take codes and
    beginnings of codes; the longest that fits a finding decides. A file that cannot be read is always an error.

    In GitHub Actions, unless a format is chosen, annotations are printed too, and the job's summary gets a table.

    \b
    Examples:
      shapecalc check specs/
      shapecalc check specs/ --run --strict
      shapecalc check specs/ --output-format sarif --output-file shapecalc.sarif
      shapecalc check specs/ --fix --dry-run
      shapecalc check specs/ --update-expect
    """
    from shapecalc.cli.checking.output import Output, print_results
    from shapecalc.cli.checking.rules import Confirmation, Task
    from shapecalc.cli.checking.saving import check_and_save
    from shapecalc.cli.checking.selection import list_files
    from shapecalc.cli.session import Session
    from shapecalc.cli.settings.rules import read_rules

    file = click.get_current_context().find_object(SettingsFile)
    rules = read_rules(file)._replace(select=select, ignore=ignore, strict=strict)
    filtering.require_revision(since, paths)
    confirmation = Confirmation(batch or 2, seed, max_memory) if confirm else None
    settings = options.read_settings(assignments, batch)
    selection = list_files(paths, rules, force_exclude)
    task = Task(rules, settings, confirmation, output_format == "json", since, frozenset(selection.found))
    task = task._replace(jobs=jobs, wants_totals=verbose)
    session = Session()
    output = Output(output_format, options.is_chosen("output_format"), output_file, quiet)
    results, would_change = check_and_save(session, selection, task, changes, output)
    if rules.budgets:
        from shapecalc.cli.checking.budgeting import list_idle_budgets

        session.diagnostics += list_idle_budgets(file, rules, paths, [result.file for result in results])
    if verbose:
        from shapecalc.cli.checking.file_lines import write_lines

        (sys.stdout if output_format in ("full", "concise") else sys.stderr).write(write_lines(results))
    print_results(session, results, output)
    code = session.code or int(would_change)
    return 0 if exit_zero and code == 1 else code
