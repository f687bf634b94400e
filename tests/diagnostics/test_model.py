"""Findings sorted by place, and what a fault says."""

from __future__ import annotations

from shapecalc.diagnostics import Diagnostic, Fault, Span, sort_key


def test_findings_are_sorted_by_place() -> None:
    def at(file: str, line: int, column: int) -> Diagnostic:
        return Diagnostic("SC101", "error", "", "m", Span(file, line, column, column + 1))

    nowhere = Diagnostic("SC601", "error", "", "m")
    found = [at("b", 1, 1), at("a", 10, 1), at("a", 2, 9), at("a", 2, 3), nowhere]
    assert sorted(found, key=sort_key) == [nowhere, at("a", 2, 3), at("a", 2, 9), at("a", 10, 1), at("b", 1, 1)]


def test_a_fault_says_what_it_carries() -> None:
    fault = Fault(Diagnostic("SC301", "error", "dense", "unknown reference"), Diagnostic("SC302", "error", "", "below"))
    assert str(fault) == "dense: unknown reference; below"
    assert [diagnostic.code for diagnostic in fault.diagnostics] == ["SC301", "SC302"]
