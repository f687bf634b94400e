"""Findings sorted by place, and what a fault says."""

from __future__ import annotations

from shapecalc.diagnostics import Diagnostic, Fault, Span, error, sort_key


def test_findings_are_sorted_by_place() -> None:
    def at(file: str, line: int, column: int) -> Diagnostic:
        return error("SC101", "m", Span(file, line, column, column + 1))

    nowhere = error("SC601", "m")
    found = [at("b", 1, 1), at("a", 10, 1), at("a", 2, 9), at("a", 2, 3), nowhere]
    assert sorted(found, key=sort_key) == [nowhere, at("a", 2, 3), at("a", 2, 9), at("a", 10, 1), at("b", 1, 1)]


def test_a_fault_says_what_it_carries() -> None:
    fault = Fault(error("SC301", "unknown reference", subject="dense"), error("SC302", "below"))
    assert str(fault) == "dense: unknown reference; below"
    assert [diagnostic.code for diagnostic in fault.diagnostics] == ["SC301", "SC302"]
