"""`shapecalc check`."""

from __future__ import annotations

import sys

import click

from shapecalc.cli import options, usage
from shapecalc.cli.settings.file import SettingsFile

FORMATS = ("full", "concise", "json", "markdown", "csv", "github", "sarif", "junit")


@usage.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="PATH...")
@click.option("--run", "confirm", is_flag=True, help="Run each model in NumPy too, and compare.")
@click.option("--strict", is_flag=True, help="Count warnings and assumptions about sizes as errors.")
@click.option("--force-exclude", is_flag=True, help="Leave files that `exclude` names out also where PATH names them.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only, without the last line.")
@options.output_format(*FORMATS)
@options.values
@options.seed
@options.max_memory
def command(
    paths: tuple[str, ...],
    confirm: bool,
    strict: bool,
    force_exclude: bool,
    quiet: bool,
    output_format: str,
    assignments: tuple[str, ...],
    batch: int | None,
    seed: int,
    max_memory: int | None,
) -> int:
    """Check specs, and all specs in folders: shapes, expectations, warnings, assumptions about sizes.

    PATH is a file, a folder or a glob in quotes. In a folder, the specs among its .yaml and .yml files are checked, but
    for hidden ones, those that git ignores, and those that other specs use as blocks. `include` and `exclude` in
    [tool.shapecalc] of pyproject.toml, or in shapecalc.toml, say otherwise.

    Exit code 0: no errors; 1: errors; 2: something could not be read.

    \b
    Examples:
      shapecalc check specs/
      shapecalc check specs/ --run --strict
      shapecalc check model.yaml --output-format github
    """
    from shapecalc.cli.checking.filters import apply_filters
    from shapecalc.cli.checking.many import check_all
    from shapecalc.cli.checking.output import render
    from shapecalc.cli.checking.rules import Confirmation, Task
    from shapecalc.cli.checking.selection import keep_specs, list_files
    from shapecalc.cli.session import Session
    from shapecalc.cli.settings.rules import read_rules

    rules = read_rules(click.get_current_context().find_object(SettingsFile))._replace(strict=strict)
    confirmation = Confirmation(batch or 2, seed, max_memory) if confirm else None
    settings = options.read_settings(assignments, batch)
    selection = list_files(paths, rules, force_exclude)
    task = Task(rules, settings, confirmation, output_format == "json", frozenset(selection.found))
    results, findings = keep_specs(check_all(selection.files, task), selection)
    session = Session()
    session.diagnostics = apply_filters(selection.findings + findings, rules)
    for result in results:
        session.diagnostics += result.findings
        session.sources.update(result.sources)
    sys.stdout.write(render(session, results, output_format, quiet))
    return session.code
