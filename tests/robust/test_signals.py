"""What ends a command from outside, and what it is given to read from and write to."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import zipfile
from compileall import compile_dir
from pathlib import Path
from threading import Event

import numpy as np
import pytest

import shapecalc as shapecalc_package
from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc

PYTHON = [sys.executable, "-m", "shapecalc"]
LONG = "args: {depth: 3}\ninput: [32]\nlayers:\n  - Dense: {units: 4}\n    repeat: $depth\n"
SPEC = "args: {units: 3}\ninput: [4]\nlayers:\n  - Dense: {units: $units}\n"
PATIENCE = 120
"""Seconds in which a process must have started or ended; far more than any takes."""
LOOKS = 2_400
"""How often it is looked for meanwhile."""


def children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(word) for word in text.split()]


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def wait_until(condition: object) -> None:
    for _ in range(LOOKS):
        if condition():  # type: ignore[operator]
            return
        Event().wait(PATIENCE / LOOKS)
    raise AssertionError("a process has neither started nor ended")


def take_signals() -> None:
    """Takes the signals of a terminal as a command in its foreground does, whatever ran the tests."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def sweeping(folder: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """A sweep that takes minutes, and its workers."""
    (folder / "long.yaml").write_text(LONG)
    command = ["sweep", "long.yaml", "--set", "depth=2000..9000", "--jobs", "2", "--out", "out.csv"]
    process = subprocess.Popen(
        [*PYTHON, *command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=take_signals,
    )  # fmt: skip
    wait_until(lambda: len(children(process.pid)) >= 3 and len(list(folder.iterdir())) > 1)
    return process, children(process.pid)


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_sweep_that_is_ended_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    process, workers = sweeping(tmp_path)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (128 + number, "", "")
    wait_until(lambda: not any(map(is_alive, workers)))
    assert [path.name for path in tmp_path.iterdir()] == ["long.yaml"]


def checking(folder: Path) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A check that waits for standard input, and its processes."""
    for number in range(8):
        (folder / f"{number}.yaml").write_text(SPEC)
    process = subprocess.Popen(
        [*PYTHON, "check", "-", ".", "--jobs", "2"], cwd=folder,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=take_signals,
    )  # fmt: skip
    wait_until(lambda: len(children(process.pid)) == 2)
    return process, children(process.pid)


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_check_that_is_ended_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    process, workers = checking(tmp_path)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (128 + number, b"", b"")
    wait_until(lambda: not any(map(is_alive, workers)))


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="looks at processes as Linux shows them")
def test_processes_that_check_end_with_the_command(tmp_path: Path) -> None:
    process, workers = checking(tmp_path)
    process.kill()
    process.communicate(timeout=PATIENCE)
    wait_until(lambda: not any(map(is_alive, workers)))


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="looks at processes as Linux shows them")
def test_workers_end_with_the_process_they_work_for(tmp_path: Path) -> None:
    process, workers = sweeping(tmp_path)
    process.kill()
    process.communicate(timeout=PATIENCE)
    wait_until(lambda: not any(map(is_alive, workers)))


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="looks at processes as Linux shows them")
def test_a_worker_that_the_system_ends_is_told(tmp_path: Path) -> None:
    process, workers = sweeping(tmp_path)
    os.kill(workers[-1], signal.SIGKILL)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("error[SC610] the system ended one of the processes that infer graphs: too much memory?\n")
    assert [path.name for path in tmp_path.iterdir()] == ["long.yaml"]


def test_ctrl_c_before_the_first_line_is_no_traceback() -> None:
    """The interpreter has just begun on us: a module that takes its time stands for the rest of the imports."""
    program = (
        "import sys, runpy, signal, os\n"
        "class Slow:\n"
        "    def find_spec(self, name, *more):\n"
        "        if name == 'shapecalc.cli': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Slow())\n"
        "runpy.run_module('shapecalc', run_name='__main__')\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False,
        preexec_fn=take_signals,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (-signal.SIGINT, "")


def test_standard_input_that_is_closed(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(SPEC)
    for words in ("summary -", "run m.yaml --input -", "convert - --to yaml", "sweep - --set units=1..2"):
        command = " ".join([*PYTHON, words, "<&-"])
        run = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (2, "error[SC601] cannot read standard input: it is closed\n")


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(SPEC)
    gone = tmp_path / "gone"
    for words in (f"summary {tmp_path}/m.yaml", f"check {tmp_path}", f"run {tmp_path}/m.yaml", "summary - <../m.yaml"):
        gone.mkdir()
        command = f"rmdir {gone}; {' '.join(PYTHON)} {words.replace('../', f'{tmp_path}/')}"
        run = subprocess.run(["sh", "-c", command], cwd=gone, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (0, ""), run.stderr


@pytest.fixture(scope="module")
def compiled() -> None:
    """The package is compiled, those modules too that only say what went wrong: that takes more memory than to run."""
    compile_dir(str(Path(shapecalc_package.__file__).parent), quiet=2)


@pytest.mark.parametrize("mebibytes", [32, 40, 60, 80, 100, 140, 200])
@pytest.mark.parametrize("command", ["summary", "run", "check --run", "sweep --set units=1..3"])
def test_little_memory_is_told(compiled: None, tmp_path: Path, mebibytes: int, command: str) -> None:
    (tmp_path / "m.yaml").write_text(SPEC)
    name, *options = command.split()
    line = f"ulimit -v {mebibytes * 1024}; {' '.join(PYTHON)} {name} m.yaml {' '.join(options)}"
    run = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    if "encodings" in run.stderr or "shared librar" in run.stderr or run.returncode in (127, -signal.SIGSEGV):
        return  # not even the interpreter could begin
    assert "internal error" not in run.stderr + run.stdout
    assert "Traceback" not in run.stderr
    assert "OpenBLAS" not in run.stderr
    assert run.returncode in (0, 1, 2)
    if command == "check --run":
        assert "1 spec checked" in run.stdout


# Where results go


def written(out: str) -> list[str]:
    return ["convert", "m.yaml", "--to", "yaml", "--out", out]


def saved(out: str) -> list[str]:
    return ["run", "m.yaml", "--input", "ones", "--save", out]


def swept(out: str) -> list[str]:
    return ["sweep", "m.yaml", "--set", "units=1..3", "--out", out]


@pytest.mark.parametrize("to", [written, saved, swept])
def test_a_file_that_is_written_anew_keeps_its_permissions_and_its_names(shapecalc: Command, to: object) -> None:
    Path("m.yaml").write_text(SPEC)
    Path("far").mkdir()
    target, link, other = Path("far/target"), Path("link"), Path("other")
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert shapecalc(*to("link")).code == 0  # type: ignore[operator]
    assert link.is_symlink()
    assert target.read_bytes() != b"old"
    assert target.stat().st_mode & 0o777 == 0o640
    first = target.read_bytes()
    other.hardlink_to(target)
    target.write_text("old")
    assert shapecalc(*to("other")).code == 0  # type: ignore[operator]
    assert (target.read_bytes(), target.stat().st_nlink) == (first, 2)


@pytest.mark.parametrize("to", [written, saved, swept])
def test_a_file_that_is_read_only_is_left_alone(shapecalc: Command, to: object) -> None:
    Path("m.yaml").write_text(SPEC)
    Path("kept").write_text("old")
    Path("kept").chmod(0o444)
    result = shapecalc(*to("kept"))  # type: ignore[operator]
    assert (result.code, Path("kept").read_text()) == (2, "old")
    assert "error[SC607] cannot write kept: Permission denied" in result.err
    assert sorted(path.name for path in Path().iterdir()) == ["kept", "m.yaml"]


@pytest.mark.parametrize("to", [written, swept])
def test_a_dash_is_standard_output(shapecalc: Command, to: object) -> None:
    Path("m.yaml").write_text(SPEC)
    words = to("-")  # type: ignore[operator]
    assert shapecalc(*words) == shapecalc(*words[:-2])
    assert not Path("-").exists()


def test_arrays_go_to_standard_output_alone(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(SPEC)
    run = subprocess.run([*PYTHON, *saved("-")], cwd=tmp_path, capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")
    assert zipfile.is_zipfile(io.BytesIO(run.stdout))
    with np.load(io.BytesIO(run.stdout)) as arrays:
        assert [array.shape for array in arrays.values()] == [(1, 3)]
