"""Files shared among processes: what is found is the same, and no process takes the others' files with it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shapecalc.analysis.analyse import Settings
from shapecalc.cli.checking import many, processes, started
from shapecalc.cli.checking.check_files import Checked, check_files
from shapecalc.cli.checking.rules import CheckRules, Confirmation, Task
from tests.cli.conftest import Command

GOOD = "input: [4]\nlayers: [{Dense: {units: 2}}]\nexpect: {params: 10}\n"
TEXTS = (
    GOOD,
    GOOD.replace("10", "11"),
    "inputs: {a: [T, 4], b: [U, 4]}\nlayers:\n  - Add:\n    from: [a, b]\n",
    "input: [4]\nlayers: [{Dense: {units: 2}\n",
    "on: push\njobs: {}\n",
    "input: [4]\nblocks: {Part: {file: part.yaml}}\nlayers: [Part: {units: 3}]\n",
)
PART = "args: {units: required}\ninputs: {x: [n]}\nlayers: [{Dense: {units: $units}}]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty files in a folder, sound ones, wrong ones and others, some that use a block."""
    (tmp_path / "m").mkdir()
    for number in range(40):
        (tmp_path / "m" / f"{number:02}.yaml").write_text(TEXTS[number % len(TEXTS)])
    (tmp_path / "m" / "part.yaml").write_text(PART)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_findings_are_the_same_for_any_number_of_processes(shapecalc: Command, folder: Path) -> None:
    os.symlink("missing.yaml", "m/20a.yaml")
    for options in ((), ("--output-format", "json"), ("--verbose",), ("--output-format", "junit")):
        results = {shapecalc("check", "m", "--jobs", jobs, *options) for jobs in ("1", "2", "3", "50")}
        assert len(results) == 1
        assert next(iter(results)).code == 2


def test_a_run_finds_the_same_for_any_number_of_processes(shapecalc: Command, tmp_path: Path) -> None:
    for number in range(10):
        text = f"input: [{10 ** (number % 5)}]\nlayers:\n  - Dense: {{units: 3}}\n"
        (tmp_path / f"{number}.yaml").write_text(text)
    options = ("check", ".", "--run", "--max-memory", "40KB", "--output-format", "concise")
    results = {shapecalc(*options, "--jobs", jobs) for jobs in ("1", "2", "4")}
    assert len(results) == 1
    assert next(iter(results)).out.count("warning[SC603] ") == 2


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (signal.SIGKILL, "the process that checked it was ended by SIGKILL: too much memory?"),
        (signal.SIGUSR1, "the process that checked it was ended by SIGUSR1"),
        (None, "the process that checked it ended without an answer"),
    ],
)
def test_a_process_that_ends_takes_no_other_file_with_it(
    shapecalc: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals | None, message: str
) -> None:
    def check(files: Sequence[str], task: Task) -> list[Checked]:
        if "m/06.yaml" in files or "m/30.yaml" in files:
            if how is None:
                os._exit(3)
            os.kill(os.getpid(), how)
        return check_files(files, task)

    alone = shapecalc("check", "m", "--jobs", "1", "--output-format", "concise").out.splitlines()
    monkeypatch.setattr(processes, "check_files", check)
    code, out, _ = shapecalc("check", "m", "--jobs", "2", "--output-format", "concise")
    lines = out.splitlines()
    assert code == 2
    assert [line for line in lines if "SC610" in line] == [
        f"m/06.yaml: error[SC610] {message}",
        f"m/30.yaml: error[SC610] {message}",
    ]
    assert [line for line in lines[:-1] if "SC610" not in line] == alone[:-1]


def test_where_every_process_ends_each_file_is_told(
    shapecalc: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "check_files", lambda files, task: os._exit(1))
    code, out, _ = shapecalc("check", "m", "--jobs", "3", "--output-format", "concise")
    assert (code, out.count("SC610")) == (2, 41)


def test_where_no_process_can_be_started_this_one_checks(
    shapecalc: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = shapecalc("check", "m", "--jobs", "1")

    def fork() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", fork)
    assert shapecalc("check", "m", "--jobs", "2") == alone


def test_a_system_without_fork(shapecalc: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = shapecalc("check", "m", "--jobs", "1")
    monkeypatch.delattr(os, "fork")
    assert shapecalc("check", "m", "--jobs", "2") == alone


def test_a_started_process_that_ends(shapecalc: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Executor):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(BrokenProcessPool())
            return future

    @contextmanager
    def start(count: int) -> Iterator[Executor]:
        yield Broken()

    monkeypatch.delattr(os, "fork")
    monkeypatch.setattr(started, "start_processes", start)
    code, out, _ = shapecalc("check", "m", "--jobs", "2", "--output-format", "concise")
    assert (code, out.count("SC610")) == (2, 41)


@pytest.mark.parametrize("jobs", [1, 2])
def test_it_is_told_how_far_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    told: list[tuple[int, int]] = []

    class Recorder:
        def __call__(self, done: int, total: int, name: str) -> None:
            told.append((done, total))

        def clear(self) -> None:
            told.append((0, 0))

    monkeypatch.setattr(many, "Progress", Recorder)
    files = [f"m/{number:02}.yaml" for number in range(40)]
    many.check_all(files, Task(CheckRules(), Settings({}, None), jobs=jobs))
    assert [total for _, total in told] == [40] * (len(told) - 1) + [0]
    assert sorted(told[:-1]) == told[:-1]
    assert told[-2:] == [(40, 40), (0, 0)]


@pytest.mark.parametrize(
    ("files", "jobs", "forks", "runs", "count"),
    [(39, None, True, False, 0), (80, None, True, False, 2), (80, None, False, False, 0), (3, 8, True, False, 3),
     (8, None, True, True, 2), (3, None, True, True, 0), (8, 2, False, True, 1), (4_000, None, False, False, 4)],
)  # fmt: skip
def test_processes_are_started_where_they_pay(
    monkeypatch: pytest.MonkeyPatch, files: int, jobs: int | None, forks: bool, runs: bool, count: int
) -> None:
    monkeypatch.setattr(many, "_count_cores", lambda: 4)
    if not forks:
        monkeypatch.delattr(os, "fork")
    confirmation = Confirmation(2, 0, None) if runs else None
    task = Task(CheckRules(), Settings({}, None), confirmation, jobs=jobs)
    assert many._count_processes(["a.yaml"] * files, task) == count


def test_standard_input_is_read_where_processes_are_started_anew(
    shapecalc: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "fork")
    Path("a.yaml").write_text(GOOD)
    assert shapecalc("check", "-", "a.yaml", "--jobs", "2", stdin=GOOD).out == "2 specs checked: all clean\n"


def test_a_line_for_every_file(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD.replace("10", "11"))
    (tmp_path / "ci.yaml").write_text("jobs: {}\n")
    code, out, _ = shapecalc("check", ".", "--verbose", "--output-format", "concise")
    assert code == 1
    assert out == (
        "./a.yaml: clean, 10 params (40 B), 8 MACs, output (None, 2)\n./b.yaml: 1 error\n"
        "./b.yaml:3:18: error[SC501] expected params 11, got 10 (-1)\n2 specs checked: 1 error in 1 spec\n"
    )
    code, out, err = shapecalc("check", "a.yaml", "-v", "--output-format", "csv")
    assert err == "a.yaml: clean, 10 params (40 B), 8 MACs, output (None, 2)\n"
    assert out.startswith("file,line,")
