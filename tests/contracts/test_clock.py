"""No test reads the clock: on a machine under load every test passes. Timings are the benchmarks'."""

from __future__ import annotations

import ast
from pathlib import Path

from hypothesis import settings

TESTS = Path(__file__).parents[1]


def imported(path: Path) -> set[str]:
    """The modules that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    return {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names} | {
        str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)
    }


def test_no_test_imports_the_clock() -> None:
    programs = {"benchmarks", "editors", "fuzz"}  # they measure; the tests of fuzzing judge what it counts
    paths = [path for path in TESTS.rglob("*.py") if not programs & set(path.parts)]
    assert [str(path) for path in paths if imported(path) & {"time", "timeit", "datetime"}] == []
    assert "time" in imported(TESTS / "benchmarks" / "pairs.py")


def test_property_tests_have_no_deadline() -> None:
    assert settings().deadline is None
