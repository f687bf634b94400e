"""The budgets of a file, and the model as it was in the revision that they are compared with."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import TYPE_CHECKING

from shapecalc.analysis.amounts import parse_amount
from shapecalc.analysis.budgets import BUDGETS, Base, Budget, check_budgets
from shapecalc.cli.checking.globs import matches
from shapecalc.cli.session import Session
from shapecalc.diagnostics import shorten
from shapecalc.model.load import is_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shapecalc.analysis.analyse import Settings
    from shapecalc.analysis.report import Report
    from shapecalc.cli.checking.rules import CheckRules
    from shapecalc.cli.settings.file import SettingsFile
    from shapecalc.diagnostics import Diagnostic


def list_excesses(report: Report, rules: CheckRules, read_base: Callable[[], Base] | None = None) -> list[Diagnostic]:
    """A finding for each budget that a sound model exceeds; it is compared with what `read_base` gives."""
    budgets = list_budgets(report.file, rules) if report.ok else []
    return check_budgets(report, budgets, read_base) if budgets else []


def list_budgets(file: str, rules: CheckRules) -> list[Budget]:
    """The budgets of a file. Of several globs that mean it the last one counts, key by key."""
    given: dict[str, tuple[int | str, str]] = {}
    for glob, pairs in rules.budgets:
        if matches(glob, file, rules.root):
            given.update((name, (value, glob)) for name, value in pairs)
    sizes = tuple((name[4:], int(value)) for name, (value, _) in given.items() if name.startswith("set."))
    batch = int(given.get("batch", (1, ""))[0])
    optimizer = str(given.get("optimizer", ("adam", ""))[0])
    budgets = _list_of_device(given, batch, optimizer, sizes)
    for name in BUDGETS:
        if name in given:
            value, glob = given[name]
            limit = Fraction(value) if isinstance(value, int) else parse_amount(value)
            written = f"{value:,}" if isinstance(value, int) else value.strip()
            budgets.append(Budget(name, limit, written, glob, batch, optimizer, sizes))
    return budgets


def _list_of_device(
    given: dict[str, tuple[int | str, str]], batch: int, optimizer: str, sizes: tuple[tuple[str, int], ...]
) -> list[Budget]:
    """The memory of the device that is named, as the budget of training where an optimizer is named, else of inference;
    none where a budget of its own says less or more.
    """
    name = "max-training" if "optimizer" in given else "max-memory"
    if "device" not in given or name in given:
        return []
    from shapecalc.analysis.devices import DEVICES
    from shapecalc.dims import binary_text

    value, glob = given["device"]
    device = DEVICES[str(value)]
    written = f"{binary_text(device.memory)}, the memory of {device.name}"
    return [Budget(name, Fraction(device.memory), written, glob, batch, optimizer, sizes, device.name)]


def read_base(file: str, revision: str, settings: Settings) -> Base:
    """The model in a file as it was in a revision of its repository."""
    from shapecalc.cli.revisions import find_folder, has_revision, open_files_of

    session = Session(settings, wants_exact=True)
    report = session.report(file, open_files_of(revision, file, session.reader))
    if report is not None and report.ok:
        return Base(revision, report)
    shown = shorten(revision)
    finding = next((finding for finding in session.diagnostics if finding.severity == "error"), None)
    if finding is None or not has_revision(revision, find_folder(revision, file)):
        return Base(revision, None, f"nothing is known of it at {shown}")
    if finding.code == "SC601" and finding.span is None:
        return Base(revision, None, f"the file is new since {shown}")
    return Base(revision, None, f"at {shown} the model was wrong: {finding.code} {finding.sentence}")


def list_idle_budgets(
    settings: SettingsFile | None, rules: CheckRules, paths: Iterable[str], files: Iterable[str]
) -> list[Diagnostic]:
    """A warning for each budget that is of none of the files, where the whole project of the settings is checked."""
    root = os.path.abspath(rules.root)
    if settings is None or not any(os.path.isdir(path) and is_within(root, os.path.abspath(path)) for path in paths):
        return []
    checked = list(files)
    findings = []
    for glob, _ in rules.budgets:
        if glob != "*" and not any(matches(glob, file, rules.root) for file in checked):
            message = f"{settings.write_header('budgets', glob)}is of no file that was checked"
            fault = settings.fault(("budgets", glob), message, "correct the glob, which counts from this file's folder")
            findings += [finding._replace(severity="warning") for finding in fault.diagnostics]
    return findings
