"""Specs as texts, for tests: what `check` finds, the numbers, and a forward pass."""

from __future__ import annotations

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.expect import check_expectations
from shapecalc.analysis.report import Report, find_row
from shapecalc.analysis.verify import run_model, sample_inputs
from shapecalc.analysis.warnings import list_warnings
from shapecalc.cli.checking.comments import apply_comments
from shapecalc.cli.checking.rules import CheckRules
from shapecalc.diagnostics import Diagnostic, Fault
from shapecalc.document.ignores import read_ignores
from shapecalc.inference.assumptions import list_assumptions
from shapecalc.model.load import Library
from shapecalc.render.findings.full import full


def report_of(text: str | bytes, **values: object) -> Report:
    """The report of a spec; `values` are what `--set` gives."""
    return analyse(Library().parse(text, "model.yaml"), Settings(dict(values)))


def found_in(text: str | bytes, **values: object) -> list[Diagnostic]:
    """Everything that `check` says of a spec."""
    try:
        report = report_of(text, **values)
    except Fault as fault:
        return list(fault.diagnostics)
    more = list_assumptions(report.walk) + list_warnings(report) if report.ok else []
    found = list(dict.fromkeys(report.diagnostics + check_expectations(report) + more))
    ignores = read_ignores(report.spec.document)
    every = [] if ignores is None else [ignores]
    return apply_comments(found, every, report.file, CheckRules(), complete=report.ok and not values)[0]


def codes_in(text: str | bytes, **values: object) -> list[str]:
    """The codes of all findings."""
    return [one.code for one in found_in(text, **values)]


def said_of(text: str, **values: object) -> list[str]:
    """All findings in a line each: place, code, subject and message, and the help behind a bar."""
    lines = []
    for one in found_in(text, **values):
        place = f"{one.span.line}:{one.span.column}" if one.span else "-"
        lines.append(f"{place} {one.code} {one.sentence} | {one.help}")
    return lines


def shown(text: str) -> str:
    """The findings as `check` prints them."""
    return full(found_in(text), lambda file: text.splitlines())


def rows_of(text: str, **values: object) -> list[tuple[str, str, object]]:
    """Name, first output shape and parameters of each row but the inputs, for a spec without findings."""
    report = clean(text, **values)
    return [(row.name, str(row.shapes[0]), row.params) for row in report.rows if row.node.entry is not None]


def clean(text: str, **values: object) -> Report:
    """The report of a spec that has no findings."""
    report = report_of(text, **values)
    assert found_in(text, **values) == []
    return report


def shape_at(report: Report, path: str) -> str:
    """The first output shape of the layer at a path."""
    row = find_row(report.rows, path)
    assert row is not None
    return str(row.shapes[0])


def agrees(text: str) -> None:
    """The spec is clean, and a forward pass confirms it."""
    report = clean(text)
    run = run_model(report, sample_inputs(report, "random"))
    assert run.diagnostics == []
    assert run.agrees
