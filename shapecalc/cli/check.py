"""`shapecalc check`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Diagnostic

_LINK_HELP = "keep the files in the folder, or name this one on the command line"
FORMATS = ("full", "concise", "json", "markdown", "csv", "github", "sarif", "junit")


@usage.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="PATH...")
@click.option("--run", "confirm", is_flag=True, help="Confirm each spec by a forward pass in NumPy.")
@click.option("--strict", is_flag=True, help="Count warnings and assumptions about sizes as errors.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
@options.output_format(*FORMATS)
@options.values
@options.seed
@options.max_memory
def command(
    paths: tuple[str, ...],
    confirm: bool,
    strict: bool,
    quiet: bool,
    output_format: str,
    assignments: tuple[str, ...],
    batch: int | None,
    seed: int,
    max_memory: int | None,
) -> int:
    """Check specs, and all specs in folders: shapes, expectations, warnings, assumptions about sizes.

    Files ending in .yaml or .yml are specs; what is hidden is left out, and so are files that only serve as blocks of
    others. Exit code 0: no errors; 1: errors; 2: something could not be read.

    \b
    Examples:
      shapecalc check specs/
      shapecalc check specs/ --run --strict
      shapecalc check model.yaml --output-format github
    """
    from shapecalc.cli.session import Session

    session = Session(options.settings(assignments, batch))
    found: dict[str, list[Diagnostic]] = {}
    models: dict[str, Report | None] = {}
    sound: dict[str, Report] = {}  # those that `--run` confirms
    for path in _specs(session, paths):
        before = len(session.diagnostics)
        report = session.report(path)
        if report is not None:
            with session.guard(path):
                session.diagnostics += _findings(report)
                if confirm and session.clean_since(before):
                    sound[path] = report
        found[path] = [_strict(one) if strict else one for one in session.diagnostics[before:]]
        del session.diagnostics[before:]
        models[path] = report
    for path, more in _confirmed(sound, batch, seed, max_memory).items():
        found[path] += [_strict(one) if strict else one for one in more]
    for path in _only_blocks(session, paths, found):
        del found[path], models[path]
    session.diagnostics += [one for each in found.values() for one in each]
    sys.stdout.write(_rendered(session, output_format, found, models, quiet))
    return session.code


def _specs(session: Session, paths: tuple[str, ...]) -> list[str]:
    """The files to check, each once, folders opened."""
    from shapecalc.diagnostics import Span, error, shorten
    from shapecalc.document.files import real_path
    from shapecalc.model.load import is_within

    files: dict[str, None] = {}
    for path in paths:
        if not os.path.isdir(path):
            files[path] = None
            continue
        inside = list(_within(path))
        real = real_path(path)
        for file in inside:
            if is_within(real_path(file), real):
                files[file] = None
            else:
                message = "is a link out of the folder that is checked, and is not read"
                session.diagnostics.append(error("SC604", message, Span(file, 0, 0, 0), help=_LINK_HELP))
        if not inside:
            message = f"no file in {shorten(path)} ends in .yaml or .yml"
            session.diagnostics.append(error("SC601", message))
    return list(files)


def _within(folder: str) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                yield os.path.join(here, name)


def _findings(report: Report) -> list[Diagnostic]:
    """What `check` looks at beyond the shapes."""
    from shapecalc.analysis.expect import check_expectations
    from shapecalc.analysis.warnings import list_warnings
    from shapecalc.inference.assumptions import list_assumptions

    known = set(report.diagnostics)
    more = (
        list_assumptions(report.walk) + [one for one in list_warnings(report) if one not in known] if report.ok else []
    )
    return check_expectations(report) + more


def _confirmed(
    reports: dict[str, Report], batch: int | None, seed: int, max_memory: int | None
) -> dict[str, list[Diagnostic]]:
    """What a forward pass of random inputs finds of each."""
    if not reports:
        return {}
    from shapecalc.cli.resources import limit, prepare_numpy
    from shapecalc.diagnostics import Fault, Span

    try:
        prepare_numpy()
    except Fault as fault:
        return {
            path: [_too_large(one._replace(span=Span(path, 0, 0, 0))) for one in fault.diagnostics] for path in reports
        }
    from shapecalc.cli.confirming import confirmed

    found = confirmed(list(reports.values()), batch or 2, seed, limit(max_memory))
    return {
        path: [_too_large(one) if one.code == "SC603" else one for one in more]
        for path, more in zip(reports, found, strict=True)
    }


def _too_large(found: Diagnostic) -> Diagnostic:
    """A model beyond this machine's memory is not wrong: it is not confirmed, and that is said."""
    return found._replace(severity="warning", message=f"not confirmed: {found.message}")


def _strict(found: Diagnostic) -> Diagnostic:
    """A finding as an error, but for what `--set` leaves without comparison."""
    return found if found.code == "SC510" else found._replace(severity="error")


def _only_blocks(session: Session, paths: tuple[str, ...], files: dict[str, list[Diagnostic]]) -> list[str]:
    """Files that were found in folders and that another spec uses as a block."""
    from shapecalc.document.files import real_path

    used = {real for library in session.libraries for real in library.specs}
    return [path for path in files if path not in paths and real_path(path) in used]


def _rendered(
    session: Session, style: str, found: dict[str, list[Diagnostic]], models: dict[str, Report | None], quiet: bool
) -> str:
    diagnostics = session.diagnostics
    if style == "json":
        from shapecalc.cli.faults import spared
        from shapecalc.render.as_json import document, verdict_json

        reports = [(path, report) for path, report in models.items() if report is not None]

        def verdicts(places: list[int]) -> str:
            models = [verdict_json(report, found[path]) for path, report in map(reports.__getitem__, places)]
            return document(models, diagnostics)

        return spared([path for path, _ in reports], verdicts, diagnostics)
    if style == "csv":
        from shapecalc.render.as_csv import findings_csv

        return findings_csv(diagnostics)
    if style == "sarif":
        from shapecalc.render.findings.sarif import sarif

        return sarif(diagnostics) + "\n"
    if style == "junit":
        from shapecalc.render.findings.junit import junit

        return junit(diagnostics, found) + "\n"
    if style == "github":
        from shapecalc.render.findings.lines import github

        return github(diagnostics) + "\n" if diagnostics else ""
    return _listed(session, style) + ("" if quiet else _verdict(found, diagnostics) + "\n")


def _listed(session: Session, style: str) -> str:
    if not session.diagnostics:
        return ""
    if style == "markdown":
        from shapecalc.render.as_markdown import findings_markdown

        return findings_markdown(session.diagnostics) + "\n"
    return session.rendered(session.diagnostics, style, sys.stdout) + ("\n\n" if style == "full" else "\n")


def _verdict(found: dict[str, list[Diagnostic]], diagnostics: list[Diagnostic]) -> str:
    """`12 specs checked: all clean`, or how much was found in how many."""
    head = f"{_counted(len(found), 'spec')} checked: "
    if not diagnostics:
        return head + ("clean" if len(found) == 1 else "all clean")
    counts = {word: sum(one.severity == word for one in diagnostics) for word in ("error", "warning", "note")}
    where = sum(1 for each in found.values() if each)
    return head + ", ".join(_counted(n, word) for word, n in counts.items() if n) + f" in {_counted(where, 'spec')}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
