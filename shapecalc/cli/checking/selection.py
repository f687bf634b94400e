"""Which files `check` reads: those that are named, and the specs in folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.cli.checking.rules import CheckRules
from shapecalc.diagnostics import Diagnostic, Span, error, shorten
from shapecalc.document.files import real_path
from shapecalc.model.load import is_within

if TYPE_CHECKING:
    from shapecalc.cli.checking.check_files import Checked

_LINK_HELP = "keep the files in the folder, or name this one on the command line"


def list_files(paths: tuple[str, ...], rules: CheckRules) -> tuple[list[str], list[Diagnostic]]:
    """The files to check, each once, folders opened; and findings about what was left out of them."""
    files: dict[str, None] = {}
    findings: list[Diagnostic] = []
    for path in paths:
        if not os.path.isdir(path):
            files[path] = None
            continue
        inside = list(_list_within(path))
        real = real_path(path)
        for file in inside:
            if is_within(real_path(file), real):
                files[file] = None
            else:
                message = "is a link out of the folder that is checked, and is not read"
                findings.append(error("SC604", message, Span(file, 0, 0, 0), help=_LINK_HELP))
        if not inside:
            findings.append(error("SC601", f"no file in {shorten(path)} ends in .yaml or .yml"))
    return list(files), findings


def leave_out_blocks(results: list[Checked], paths: tuple[str, ...]) -> list[Checked]:
    """The results but those of files in folders that another spec uses as a block."""
    used = {real for result in results for real in result.block_files}
    return [result for result in results if result.file in paths or real_path(result.file) not in used]


def _list_within(folder: str) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                yield os.path.join(here, name)
