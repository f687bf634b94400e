"""Which files `check` reads: those that are named, and the specs that are found in folders and by globs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.cli.checking.globs import matches_any, path_from
from shapecalc.cli.checking.rules import CheckRules
from shapecalc.diagnostics import Diagnostic, Span, error, shorten
from shapecalc.document.files import real_path
from shapecalc.model.load import is_within

if TYPE_CHECKING:
    from shapecalc.cli.checking.check_files import Checked

_LINK_HELP = "keep the files in the folder, or name this one on the command line"


class Selection(NamedTuple):
    """The files to check, in order and each once; `found` has for those that nobody named where they were found."""

    files: list[str]
    found: dict[str, str]
    findings: list[Diagnostic]


def list_files(paths: tuple[str, ...], rules: CheckRules, force_exclude: bool = False) -> Selection:
    """The files to check: those that are named, and those that are found in folders and by globs.

    Of the named ones, those that `exclude` names are left out where that is asked for.
    """
    named: list[str] = []
    found: dict[str, str] = {}
    findings: list[Diagnostic] = []
    files: dict[str, str] = {}
    for path in paths:
        if os.path.isdir(path):
            from shapecalc.cli.checking.folders import walk

            inside, faults = _search(path, walk(path, rules), path, rules)
        elif _is_glob(path):
            from shapecalc.cli.checking.shell_globs import expand, find_fixed_part  # few write globs in quotes

            inside, faults = _search(find_fixed_part(path), expand(path, rules), path, rules)
        else:
            if not (force_exclude and matches_any(rules.exclude, path_from(rules.root, path))):
                files.setdefault(os.path.normpath(path), path)
                named.append(files[os.path.normpath(path)])
            continue
        findings += faults
        for file in inside:
            key = os.path.normpath(file)
            if key not in files:
                files[key] = file
                found[file] = path
    for file in named:
        found.pop(file, None)
    return Selection(list(files.values()), found, findings)


def _is_glob(path: str) -> bool:
    return any(sign in path for sign in "*?[") and not os.path.lexists(path)


def _search(folder: str, files: Iterable[str], path: str, rules: CheckRules) -> tuple[list[str], list[Diagnostic]]:
    """The files that were found by a path, without links that lead out of its folder, and what is to be said of it."""
    inside: list[str] = []
    findings: list[Diagnostic] = []
    for file in files:
        if os.path.islink(file) and not is_within(real_path(file), real_path(folder)):
            message = "is a link out of the folder that is checked, and is not read"
            findings.append(error("SC604", message, Span(file, 0, 0, 0), help=_LINK_HELP))
        else:
            inside.append(file)
    if not inside and not findings:
        findings.append(error("SC601", _write_nothing(path, rules)))
    return inside, findings


def _write_nothing(path: str, rules: CheckRules) -> str:
    """The message for a path that leads to no file."""
    if not os.path.isdir(path):
        return f"no file is named like {shorten(path)}"
    if rules.include:
        return f"no file in {shorten(path)} is one that `include` names"
    return f"no file in {shorten(path)} ends in .yaml or .yml"


def keep_specs(results: list[Checked], selection: Selection) -> tuple[list[Checked], list[Diagnostic]]:
    """The results of what are specs, and a finding for each path that led to none.

    Of the files that nobody named, those that are no specs are left out, and those that another spec uses as a block.
    """
    used = {real for result in results for real in result.block_files}
    kept = [
        result
        for result in results
        if result.file not in selection.found
        or not (result.is_passed_over or (used and real_path(result.file) in used))
    ]
    passed_over = {selection.found[result.file]: None for result in results if result.is_passed_over}
    checked = {selection.found.get(result.file) for result in results if not result.is_passed_over}
    findings = [
        error("SC601", f"no file {'in' if os.path.isdir(path) else 'named like'} {shorten(path)} is a spec")
        for path in passed_over
        if path not in checked
    ]
    return kept, findings


def list_specs_among(names: Iterable[str], read: Callable[[str], bytes], rules: CheckRules) -> list[str]:
    """Which of these paths `check` would read as models if they lay in a folder; `read` gives the bytes of one.

    What cannot be read is among them, so that it is told.
    """
    from shapecalc.diagnostics import Fault
    from shapecalc.formats.model_files import may_be_model

    specs = []
    for name in names:
        if not is_looked_at(name, rules):
            continue
        try:
            if may_be_model(name, read(name)):
                specs.append(name)
        except Fault:
            specs.append(name)
    return specs


def is_looked_at(name: str, rules: CheckRules) -> bool:
    """Whether `check` looks at a file of this path that lies in a folder, to see whether it is a model."""
    from shapecalc.cli.checking.folders import INCLUDE

    path = path_from(rules.root, name)
    hidden = any(part.startswith(".") and part not in (".", "..") for part in name.split("/"))
    return not hidden and matches_any(rules.include or INCLUDE, path) and not matches_any(rules.exclude, path)
