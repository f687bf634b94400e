"""`shapecalc check`."""

from __future__ import annotations

import click

from shapecalc.cli import options, usage
from shapecalc.cli.checking import filtering
from shapecalc.cli.settings.file import SettingsFile

FORMATS = (
    "full", "concise", "json", "json-lines", "markdown", "csv", "github", "gitlab", "sarif", "junit",
)  # fmt: skip


@usage.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="PATH...")
@click.option("--run", "confirm", is_flag=True, help="Run each model in NumPy too, and compare.")
@click.option("--strict", is_flag=True, help="Count warnings and assumptions about sizes as errors.")
@filtering.options
@click.option("-q", "--quiet", is_flag=True, help="Print findings only, without the last line.")
@options.output_format(*FORMATS)
@options.output_file
@options.values
@options.seed
@options.max_memory
def command(
    paths: tuple[str, ...],
    confirm: bool,
    strict: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    since: str | None,
    exit_zero: bool,
    quiet: bool,
    output_format: str,
    output_file: str | None,
    assignments: tuple[str, ...],
    batch: int | None,
    seed: int,
    max_memory: int | None,
) -> int:
    """Check specs, and all specs in folders: shapes, expectations, warnings, assumptions about sizes.

    In a folder, every file ending in .yaml or .yml is a spec, except hidden files and files that other specs use as
    blocks. Exit code 0: no errors; 1: errors; 2: something could not be read.

    `# shapecalc: ignore[SC505]` at the end of a line silences what is found there. --select and --ignore take codes and
    beginnings of codes; the longest that fits a finding decides. A file that cannot be read is always an error.

    \b
    Examples:
      shapecalc check specs/
      shapecalc check specs/ --run --strict
      shapecalc check specs/ --output-format sarif --output-file shapecalc.sarif
    """
    from shapecalc.cli.checking.filters import apply_filters, list_idle_in_blocks
    from shapecalc.cli.checking.many import check_all
    from shapecalc.cli.checking.output import Output, print_results
    from shapecalc.cli.checking.rules import Confirmation, Task
    from shapecalc.cli.checking.selection import leave_out_blocks, list_files
    from shapecalc.cli.session import Session
    from shapecalc.cli.settings.rules import read_rules

    rules = read_rules(click.get_current_context().find_object(SettingsFile))
    rules = rules._replace(select=select, ignore=ignore, strict=strict)
    filtering.require_revision(since, paths)
    confirmation = Confirmation(batch or 2, seed, max_memory) if confirm else None
    task = Task(rules, options.read_settings(assignments, batch), confirmation, output_format == "json", since)
    files, findings = list_files(paths, rules)
    results = leave_out_blocks(check_all(files, task), paths)
    session = Session()
    comments = [comment for result in results for comment in result.block_comments]
    session.diagnostics = apply_filters(findings + list_idle_in_blocks(comments, rules), rules)
    for result in results:
        session.diagnostics += result.findings
        session.sources.update(result.sources)
    output = Output(output_format, options.is_chosen("output_format"), output_file, quiet)
    print_results(session, results, output)
    return 0 if exit_zero and session.code == 1 else session.code
