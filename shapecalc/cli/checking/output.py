"""What `check` prints: findings and the verdict, in a format, on standard output or in a file."""

from __future__ import annotations

import sys

from shapecalc.cli.checking.check_files import Checked
from shapecalc.cli.checking.file_lines import count, count_findings, write_lines
from shapecalc.cli.checking.rules import Output
from shapecalc.cli.session import Session
from shapecalc.diagnostics import Diagnostic, Fault


def print_results(session: Session, results: list[Checked], output: Output) -> None:
    """Prints the findings of the session, which are those of all files and of the command; a fault is one more.

    In GitHub Actions, annotations stand below findings for people, and the job's summary gets a table.
    """
    if output.verbose:
        (sys.stdout if output.style in ("full", "concise") else sys.stderr).write(write_lines(results))
    from shapecalc.cli.checking.actions import append_summary, is_in_actions

    in_actions = is_in_actions() and (output.style == "github" or not output.is_chosen)
    annotated = in_actions and output.style != "github"
    faults: list[Diagnostic] = []
    if output.file is None or output.file == "-":
        text = render(session, results, output.style, output.quiet, annotated)
    else:
        faults += _write(output.file, render(session, results, output.style, output.quiet, for_file=True))
        text = render(session, results, "concise", output.quiet, annotated)
    sys.stdout.write(text)
    if in_actions:
        faults += append_summary(_name_from_top(session, results), write_verdict(results, session))
    session.show(faults)
    session.diagnostics += faults


def render(
    session: Session,
    results: list[Checked],
    style: str,
    quiet: bool = False,
    annotated: bool = False,
    for_file: bool = False,
) -> str:
    """The findings of the session in a format; those for people with the verdict, and annotations before it."""
    if style == "json":
        from shapecalc.render.as_json import document

        return document([result.model for result in results if result.model is not None], session.diagnostics)
    if style == "junit":
        from shapecalc.render.findings.junit import junit

        return junit(session.diagnostics, [result.file for result in results]) + "\n"
    if style in ("csv", "json-lines"):
        return _write_rows(session.diagnostics, style)
    if style in ("github", "gitlab", "sarif"):
        return _write_for_service(session, results, style)
    annotations = _write_for_service(session, results, "github") if annotated else ""
    verdict = "" if quiet else write_verdict(results, session) + "\n"
    return _list(session, style, for_file) + annotations + verdict


def _write_rows(findings: list[Diagnostic], style: str) -> str:
    if style == "csv":
        from shapecalc.render.findings.csv import findings_csv

        return findings_csv(findings)
    from shapecalc.render.findings.json_lines import json_lines

    return json_lines(findings)


def _write_for_service(session: Session, results: list[Checked], style: str) -> str:
    """Findings for a service that shows them beside the files of a repository, which it calls by their paths in it."""
    findings = _name_from_top(session, results)
    if style == "github":
        from shapecalc.render.findings.github import github

        return github(findings) + "\n" if findings else ""
    if style == "gitlab":
        from shapecalc.render.findings.gitlab import gitlab

        return gitlab(findings) + "\n"
    from shapecalc.cli.checking.repository import name_file
    from shapecalc.render.findings.sarif import sarif

    top = _find_top(session, results)
    sources = {name_file(file, top): lines for file, lines in session.sources.items()}
    return sarif(findings, sources, top) + "\n"


def _name_from_top(session: Session, results: list[Checked]) -> list[Diagnostic]:
    from shapecalc.cli.checking.repository import rename_files

    return rename_files(session.diagnostics, _find_top(session, results))


def _find_top(session: Session, results: list[Checked]) -> str | None:
    from shapecalc.cli.checking.repository import find_top

    named = [finding.span.file for finding in session.diagnostics if finding.span is not None]
    return find_top([*(result.file for result in results), *named])


def _list(session: Session, style: str, for_file: bool) -> str:
    """Findings for people to read; nothing where there are none."""
    if not session.diagnostics:
        return ""
    if style == "markdown":
        from shapecalc.render.findings.markdown import findings_markdown

        return findings_markdown(session.diagnostics) + "\n"
    stream = None if for_file else sys.stdout
    return session.render(session.diagnostics, style, stream) + ("\n\n" if style == "full" else "\n")


def write_verdict(results: list[Checked], session: Session) -> str:
    """`12 specs checked: all clean`, or how many findings in how many specs."""
    head = f"{count(len(results), 'spec')} checked: "
    if not session.diagnostics:
        return head + ("clean" if len(results) == 1 else "all clean")
    specs = count(sum(bool(result.findings) for result in results), "spec")
    return f"{head}{count_findings(session.diagnostics)} in {specs}"


def _write(file: str, text: str) -> tuple[Diagnostic, ...]:
    """Writes a file, all or nothing; the findings that say why it could not be written."""
    from shapecalc.formats.files import open_whole

    try:
        with open_whole(file) as target:
            target.write(text.encode("utf-8", "backslashreplace"))
    except Fault as fault:
        return fault.diagnostics
    return ()
