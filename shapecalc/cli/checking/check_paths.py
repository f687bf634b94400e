"""A whole check: which files, each judged, changed and saved where that is asked for, and all of it printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.cli.checking.output import print_results
from shapecalc.cli.checking.rules import Changes, Output, Task
from shapecalc.cli.checking.saving import check_and_save
from shapecalc.cli.checking.selection import list_files
from shapecalc.cli.session import Session

if TYPE_CHECKING:
    from shapecalc.cli.settings.file import SettingsFile


def check_paths(
    paths: tuple[str, ...],
    task: Task,
    changes: Changes,
    output: Output,
    settings_file: SettingsFile | None,
    *,
    force_exclude: bool,
) -> int:
    """The exit code of a check of files, folders and globs; `settings_file` is where budgets are said."""
    selection = list_files(paths, task.rules, force_exclude)
    session = Session()
    task = task._replace(found=frozenset(selection.found))
    results, would_change = check_and_save(session, selection, task, changes, output)
    if task.rules.budgets:
        from shapecalc.cli.checking.budgeting import list_idle_budgets

        files = [result.file for result in results]
        session.diagnostics += list_idle_budgets(settings_file, task.rules, paths, files)
    print_results(session, results, output)
    return session.code or int(would_change)
