"""Which tests reach which lines of the package: a pytest plugin that records it, and the map that is kept of it.

`MUTANTS_MAP=FILE pytest -p tests.robust.mutants.reach` runs the tests under `coverage` and writes the map. A line is
known by its function and its text, not by its number, so that a map is still of use after other lines have changed.
"""

from __future__ import annotations

import ast
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import pytest

MOST_CASES = 12
"""Cases of a parametrised test that are run for the map."""
MOST_TESTS = 30
"""Cases that are kept for a line, each of another function."""
MOST_FILES = 4
"""Files that the cases tried first are taken from: to collect the tests of a file takes longer than to run one."""
MOST_SECONDS = 30
"""How long the test functions that are kept for a line may take, all their cases together."""


class Reach(NamedTuple):
    """The tests that reach a line: some of their cases, then all of the test functions, the quickest first."""

    cases: list[str]
    functions: list[str]


class Record(NamedTuple):
    """What a run of the tests has shown: how long each case took, how many each function has, and which failed."""

    seconds: dict[str, float]
    cases: dict[str, int]
    failing: list[str]

    def estimate(self, case: str) -> float:
        """Seconds that all cases of the function of a case take."""
        return self.seconds.get(case, 0) * self.cases.get(function_of(case), 1)


class Recorder:
    """The plugin: tells coverage which test is run, and how long each took."""

    def __init__(self, target: Path) -> None:
        from coverage import Coverage

        self.target = target
        self.coverage = Coverage(data_file=None, config_file=False, source=["shapecalc"])
        self.record = Record({}, {}, [])
        self.coverage.start()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep cases of each function that are spread evenly."""
        cases = defaultdict(list)
        for item in items:
            cases[function_of(item.nodeid)].append(item)
        self.record.cases.update({function: len(all_cases) for function, all_cases in cases.items()})
        items[:] = [item for all_cases in cases.values() for item in all_cases[:: 1 + len(all_cases) // MOST_CASES]]

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.coverage.switch_context(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.record.seconds[report.nodeid] = self.record.seconds.get(report.nodeid, 0) + report.duration
        if report.failed:
            self.record.failing.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        files = {Path(name): data.contexts_by_lineno(name) for name in sorted(data.measured_files())}
        self.target.write_text(json.dumps(make_map(files, self.record)), "utf-8")


def pytest_configure(config: pytest.Config) -> None:
    if target := os.environ.get("MUTANTS_MAP"):
        config.pluginmanager.register(Recorder(Path(target)))


def make_map(files: dict[Path, dict[int, list[str]]], record: Record) -> dict[str, Any]:
    """The map as JSON: the tests, those that fail, and file → line → [cases, functions] as numbers of tests."""
    names: dict[str, int] = {}
    lines: dict[str, dict[str, list[list[int]]]] = {}
    for path, contexts in files.items():
        keys = key_lines(path.read_text("utf-8"))
        module = "/".join(path.parts[path.parts.index("shapecalc") :])
        reached: dict[str, set[str]] = defaultdict(set)
        for line, tests in contexts.items():
            for key in keys.get(line, ()):
                reached[key].update(filter(None, tests))
        lines[module] = {
            key: [[names.setdefault(name, len(names)) for name in kind] for kind in choose(tests, record, module)]
            for key, tests in reached.items()
        }
    return {"tests": list(names), "failing": record.failing, "lines": lines}


def choose(tests: Iterable[str], record: Record, module: str) -> Reach:
    """One case of each function that reaches a line, and functions, tests of its own room first, then the quickest."""
    room = module.split("/")[1]
    cases: dict[str, str] = {}
    for test in sorted(tests, key=lambda test: record.seconds.get(test, 0)):
        cases.setdefault(function_of(test), test)
    ordered = sorted(cases.values(), key=lambda case: (f"tests/{room}/" not in case, record.estimate(case)))
    until = accumulate(record.estimate(case) for case in ordered)
    functions = [function_of(case) for case, seconds in zip(ordered, until, strict=True) if seconds < MOST_SECONDS]
    return Reach(ordered[:MOST_TESTS], functions)


class Map:
    """The tests that reach the lines of a package, of those that still exist."""

    def __init__(self, file: Path, existing: Iterable[str]) -> None:
        kept = json.loads(file.read_text("utf-8"))
        known = set(existing) - set(kept["failing"])
        self.failing: list[str] = kept["failing"]
        functions = {function_of(test) for test in known}
        self.tests = [test if test in known or test in functions else None for test in kept["tests"]]
        self.lines: dict[str, dict[str, list[list[int]]]] = kept["lines"]

    def find(self, module: str, text: str, line: int) -> Reach:
        """The tests that reach a line, or else its function, or else its file."""
        lines = self.lines.get(module, {})
        keys = key_lines(text).get(line, [])
        for key in keys:
            if key in lines and any(lines[key]):
                return self._name([lines[key]])
        return self._name(lines.values())

    def _name(self, reaches: Iterable[list[list[int]]]) -> Reach:
        cases: dict[str, None] = {}
        functions: dict[str, None] = {}
        for some_cases, some_functions in reaches:
            cases.update(dict.fromkeys(filter(None, (self.tests[number] for number in some_cases))))
            functions.update(dict.fromkeys(filter(None, (self.tests[number] for number in some_functions))))
        files = list(dict.fromkeys(case.partition("::")[0] for case in cases))[:MOST_FILES]
        near = [case for case in cases if case.partition("::")[0] in files]
        return Reach(near[:MOST_TESTS], list(functions))


def key_lines(text: str) -> dict[int, list[str]]:
    """Line → what it is known by: function and text, then the function alone; nothing outside functions."""
    keys: dict[int, list[str]] = {}
    lines = text.split("\n")
    for name, function in walk_functions(ast.parse(text), ""):
        for line in range(function.body[0].lineno, (function.end_lineno or 0) + 1):
            keys[line] = [f"{name}: {lines[line - 1].strip()}", name]
    return keys


def walk_functions(tree: ast.AST, within: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions of a syntax tree with their dotted names, outer ones first."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            name = f"{within}{node.name}"
            if isinstance(node, ast.FunctionDef):
                yield name, node
            yield from walk_functions(node, f"{name}.")
        else:
            yield from walk_functions(node, within)


def function_of(test: str) -> str:
    """The test function of a case: `tests/a.py::test_b` of `tests/a.py::test_b[c]`."""
    return test.partition("[")[0]
