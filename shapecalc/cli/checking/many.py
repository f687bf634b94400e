"""All files checked, by as many processes as that pays for."""

from __future__ import annotations

from shapecalc.cli.checking.check_files import Checked, check_files
from shapecalc.cli.checking.rules import Task


def check_all(files: list[str], task: Task) -> list[Checked]:
    """What is known of each file, in their order."""
    return check_files(files, task)
