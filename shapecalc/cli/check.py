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
@click.option("--run", "confirm", is_flag=True, help="Run each model in NumPy too, and compare.")
@click.option("--strict", is_flag=True, help="Count warnings and assumptions about sizes as errors.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only, without the last line.")
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

    In a folder, every file ending in .yaml or .yml is a spec, except hidden files and files that other specs use as
    blocks. Exit code 0: no errors; 1: errors; 2: something could not be read.

    \b
    Examples:
      shapecalc check specs/
      shapecalc check specs/ --run --strict
      shapecalc check model.yaml --output-format github
    """
    from shapecalc.cli.session import Session

    session = Session(options.read_settings(assignments, batch))
    reports: dict[str, Report | None] = {}
    findings: dict[str, list[Diagnostic]] = {}
    for path in _list_specs(session, paths):
        reports[path], findings[path] = _check(session, path)
    if confirm:
        sound = {
            path: report for path, report in reports.items() if report is not None and not _has_errors(findings[path])
        }
        for path, more in _confirm(sound, batch, seed, max_memory).items():
            findings[path] += more
    for path in _list_block_files(session, paths, findings):
        del findings[path], reports[path]
    if strict:
        findings = {
            path: [_raise_severity(finding) for finding in file_findings] for path, file_findings in findings.items()
        }
    session.diagnostics += [finding for file_findings in findings.values() for finding in file_findings]
    sys.stdout.write(_render(session, output_format, findings, reports, quiet))
    return session.code


def _check(session: Session, path: str) -> tuple[Report | None, list[Diagnostic]]:
    """The report of a spec, and all findings about it, which are taken out of the session's."""
    before = len(session.diagnostics)
    report = session.report(path)
    if report is not None:
        with session.guard(path):
            session.diagnostics += _list_more_findings(report)
    findings = session.diagnostics[before:]
    del session.diagnostics[before:]
    return report, findings


def _has_errors(findings: list[Diagnostic]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _list_specs(session: Session, paths: tuple[str, ...]) -> list[str]:
    """The files to check, each once, folders opened."""
    from shapecalc.diagnostics import Span, error, shorten
    from shapecalc.document.files import real_path
    from shapecalc.model.load import is_within

    files: dict[str, None] = {}
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
                session.diagnostics.append(error("SC604", message, Span(file, 0, 0, 0), help=_LINK_HELP))
        if not inside:
            message = f"no file in {shorten(path)} ends in .yaml or .yml"
            session.diagnostics.append(error("SC601", message))
    return list(files)


def _list_within(folder: str) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                yield os.path.join(here, name)


def _list_more_findings(report: Report) -> list[Diagnostic]:
    """Expectations that are not met, and of a sound model assumptions and warnings."""
    from shapecalc.analysis.expect import check_expectations
    from shapecalc.analysis.warnings import list_warnings
    from shapecalc.inference.assumptions import list_assumptions

    known = set(report.diagnostics)
    if not report.ok:
        return check_expectations(report)
    new_warnings = [warning for warning in list_warnings(report) if warning not in known]
    return check_expectations(report) + list_assumptions(report.walk) + new_warnings


def _confirm(
    reports: dict[str, Report], batch: int | None, seed: int, max_memory: int | None
) -> dict[str, list[Diagnostic]]:
    """What a forward pass on random inputs finds wrong with each model."""
    if not reports:
        return {}
    from shapecalc.cli.resources import limit, prepare_numpy
    from shapecalc.diagnostics import Fault, Span

    try:
        prepare_numpy()
    except Fault as fault:
        return {
            path: [_warn_unconfirmed(finding._replace(span=Span(path, 0, 0, 0))) for finding in fault.diagnostics]
            for path in reports
        }
    from shapecalc.cli.confirming import confirm_reports

    findings = confirm_reports(list(reports.values()), batch or 2, seed, limit(max_memory))
    return {
        path: [_warn_unconfirmed(finding) if finding.code in ("SC603", "SC615") else finding for finding in more]
        for path, more in zip(reports, findings, strict=True)
    }


def _warn_unconfirmed(finding: Diagnostic) -> Diagnostic:
    """A warning in place of an error: a model that needs more memory than there is, or holds code, is not wrong."""
    return finding._replace(severity="warning", message=f"not confirmed: {finding.message}")


def _raise_severity(finding: Diagnostic) -> Diagnostic:
    """A finding as an error, but for expectations that `--set` leaves without comparison, and layers that hold code."""
    return finding if finding.code in ("SC510", "SC615") else finding._replace(severity="error")


def _list_block_files(session: Session, paths: tuple[str, ...], files: dict[str, list[Diagnostic]]) -> list[str]:
    """The files of folders that another spec uses as a block."""
    from shapecalc.document.files import real_path

    used = {real for library in session.libraries for real in library.specs}
    return [path for path in files if path not in paths and real_path(path) in used]


def _render(
    session: Session, style: str, findings: dict[str, list[Diagnostic]], models: dict[str, Report | None], quiet: bool
) -> str:
    """The findings in a format, by file."""
    diagnostics = session.diagnostics
    if style == "json":
        from shapecalc.cli.faults import render_sound
        from shapecalc.render.as_json import document, verdict_json

        reports = [(path, report) for path, report in models.items() if report is not None]

        def write_verdicts(positions: list[int]) -> str:
            models = [verdict_json(report, findings[path]) for path, report in map(reports.__getitem__, positions)]
            return document(models, diagnostics)

        return render_sound([path for path, _ in reports], write_verdicts, diagnostics)
    if style == "csv":
        from shapecalc.render.findings.csv import findings_csv

        return findings_csv(diagnostics)
    if style == "sarif":
        from shapecalc.render.findings.sarif import sarif

        return sarif(diagnostics) + "\n"
    if style == "junit":
        from shapecalc.render.findings.junit import junit

        return junit(diagnostics, findings) + "\n"
    if style == "github":
        from shapecalc.render.findings.github import github

        return github(diagnostics) + "\n" if diagnostics else ""
    return _list(session, style) + ("" if quiet else _write_verdict(findings, diagnostics) + "\n")


def _list(session: Session, style: str) -> str:
    """Findings for people to read; nothing where there are none."""
    if not session.diagnostics:
        return ""
    if style == "markdown":
        from shapecalc.render.findings.markdown import findings_markdown

        return findings_markdown(session.diagnostics) + "\n"
    return session.render(session.diagnostics, style, sys.stdout) + ("\n\n" if style == "full" else "\n")


def _write_verdict(findings: dict[str, list[Diagnostic]], diagnostics: list[Diagnostic]) -> str:
    """`12 specs checked: all clean`, or how many findings in how many specs."""
    head = f"{_count(len(findings), 'spec')} checked: "
    if not diagnostics:
        return head + ("clean" if len(findings) == 1 else "all clean")
    severities = [finding.severity for finding in diagnostics]
    counts = [_count(severities.count(word), word) for word in ("error", "warning", "note") if word in severities]
    return f"{head}{', '.join(counts)} in {_count(sum(map(bool, findings.values())), 'spec')}"


def _count(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
