"""Diagnostics as JUnit XML, which continuous integration shows as a list of tests: one test case a file."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic, sentence, xml
from shapecalc.render.findings.concise import concise_line
from shapecalc.render.findings.details import list_details


def junit(diagnostics: Iterable[Diagnostic], files: Iterable[str] = ()) -> str:
    """A suite with a case for every file that was read (`files`) or has a finding.

    A case fails by its errors; warnings and notes stand in its output.
    """
    cases: dict[str, list[Diagnostic]] = {file: [] for file in files}
    for diagnostic in diagnostics:
        cases.setdefault(diagnostic.span.file if diagnostic.span else "shapecalc", []).append(diagnostic)
    failures = sum(any(finding.severity == "error" for finding in case) for case in cases.values())
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<testsuites>",
        f'  <testsuite name="shapecalc" tests="{len(cases)}" failures="{failures}" errors="0" skipped="0">',
    ]
    for file, finding in cases.items():
        lines.extend(_write_case(file, finding))
    return "\n".join([*lines, "  </testsuite>", "</testsuites>"])


def _write_case(file: str, finding: list[Diagnostic]) -> list[str]:
    opening = f'    <testcase classname="shapecalc" name="{xml(file)}"'
    if not finding:
        return [f"{opening}/>"]
    errors = [diagnostic for diagnostic in finding if diagnostic.severity == "error"]
    others = [diagnostic for diagnostic in finding if diagnostic.severity != "error"]
    lines = [f"{opening}>"]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        message = xml(sentence(errors[0].sentence)) + more
        lines.append(f'      <failure type="{xml(errors[0].code)}" message="{message}">{_list_all(errors)}</failure>')
    if others:
        lines.append(f"      <system-out>{_list_all(others)}</system-out>")
    return [*lines, "    </testcase>"]


def _list_all(finding: list[Diagnostic]) -> str:
    lines = []
    for diagnostic in finding:
        lines.append(xml(concise_line(diagnostic)))
        lines.extend(f"  {xml(sentence(detail))}" for detail in list_details(diagnostic))
    return "\n".join(lines)
