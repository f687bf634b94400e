"""The guard around every command, and what is never imported."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import click
import pytest

from shapecalc import __version__
from shapecalc.cli import main as entry
from shapecalc.cli.checking.printing import FORMATS
from shapecalc.cli.convert import TARGETS
from shapecalc.cli.main import COMMANDS
from tests.cli.conftest import Command
from tests.formats.keras.recorded import READ

PYTHON = [sys.executable, "-m", "shapecalc"]


def test_version_and_help(shapecalc: Command) -> None:
    assert shapecalc("--version") == (0, f"shapecalc, version {__version__}\n", "")
    code, out, _ = shapecalc("--help")
    assert code == 0
    assert all(f"  {name} " in out and line in out for name, line in COMMANDS.items())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(shapecalc: Command, command: str) -> None:
    code, out, err = shapecalc(command, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: shapecalc {command}")
    assert "Examples:\n" in out
    assert f"    shapecalc {command}" in out or f"$(shapecalc {command}" in out


def test_no_command_is_help(shapecalc: Command) -> None:
    assert shapecalc() == shapecalc("--help")


def test_a_command_that_is_not_there(shapecalc: Command) -> None:
    code, out, err = shapecalc("sumary")
    assert (code, out) == (2, "")
    assert err == "error[SC608] there is no command `sumary`\n  = help: did you mean `summary`?\n"


@pytest.mark.parametrize(
    ("words", "message", "command"),
    [
        ("summary -z x", "there is no option `-z`", "shapecalc summary"),
        ("--colour", "there is no option `--colour`", "shapecalc"),
        ("summary x --batch", "--batch: the value is missing", "shapecalc summary"),
        ("summary --depth= x --batch", "--batch: the value is missing", "shapecalc summary"),
        ("check x --run=3", "--run takes no value", "shapecalc check"),
        ("run a b", "`run` takes no further word: `b` is one too many", "shapecalc run"),
        ("summary x --seed 1", "there is no option `--seed`", "shapecalc summary"),
        ("run x --seed -1", "--seed must be a whole number of at least 0, got `-1`", "shapecalc run"),
        ("sweep x --set a=1 --jobs two", "--jobs must be a whole number of at least 1, got `two`", "shapecalc sweep"),
        ("explain x --convention jax", "--convention must be one of keras, torch, got `jax`", "shapecalc explain"),
        ("completion tcsh", "SHELL must be one of bash, zsh, fish, got `tcsh`", "shapecalc completion"),
    ],
)
def test_a_command_line_is_refused_in_our_words(shapecalc: Command, words: str, message: str, command: str) -> None:
    """Whatever version of click is installed."""
    expected = f"error[SC608] {message}\n  = help: `{command} --help` lists what it takes\n"
    assert shapecalc(*words.split()) == (2, "", expected)


def test_what_click_raises_in_words_of_its_own_is_told_in_ours(
    shapecalc: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unheard(click.UsageError):
        pass

    def fails(*_: object, **__: object) -> int:
        raise Unheard("Words of a later version.", click.Context(entry.cli, info_name="shapecalc"))

    monkeypatch.setattr(entry.cli, "invoke", fails)
    assert shapecalc("summary", "x") == (
        2,
        "",
        "error[SC608] these words cannot be read\n  = help: `shapecalc --help` lists what it takes\n",
    )


def test_a_lone_pair_of_dashes_is_help(shapecalc: Command) -> None:
    assert shapecalc("--") == shapecalc("--help")


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, ""),
        (RecursionError(), 2, "error[SC602] the spec nests deeper than Python's stack\n"),
        (MemoryError(), 2, "error[SC602] not enough memory for this model\n"),
        (
            ZeroDivisionError("a\nb"),
            2,
            "error[SC610] internal error: ZeroDivisionError: a b\n  = help: please report it, with the spec\n",
        ),
    ],
)
def test_no_error_is_a_traceback(
    shapecalc: Command, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, message: str
) -> None:
    def fails(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr(entry.cli, "invoke", fails)
    assert shapecalc("summary", "x") == (code, "", message)


def test_the_traceback_is_there_for_those_who_debug(shapecalc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(entry.cli, "invoke", fails)
    monkeypatch.setenv("SHAPECALC_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        shapecalc("summary", "x")


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run([*PYTHON, "layers"], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (run.returncode, run.stderr) == (141, "")


def test_a_full_disk_is_told_in_a_line() -> None:
    with open("/dev/full", "w") as full:
        run = subprocess.run([*PYTHON, "layers"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    message = "error[SC607] cannot write to standard output: No space left on device\n"
    assert (run.returncode, run.stderr) == (2, message)


def test_closed_output_is_no_error() -> None:
    command = ["sh", "-c", 'exec "$@" >&-', "sh", *PYTHON, "layers"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_a_usage_message_is_one_line(shapecalc: Command) -> None:
    _, _, err = shapecalc("convert", "model.yaml")
    assert err.startswith(f"error[SC608] --to is missing: it must be one of {', '.join(TARGETS)}\n  = help: ")


def test_names_that_a_terminal_cannot_show_are_escaped(spec: Path) -> None:
    spec.write_text("name: naïve\ninput: [4]\nlayers: [{Dense: {units: 2}}]")
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    run = subprocess.run([*PYTHON, "summary", str(spec)], env=environment, capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.startswith(b'Model: "na\\xefve"\n+--')


HEAVY = ("numpy", "rich", "yaml", "importlib.metadata", "dataclasses", "inspect", "json", "mmap", "tomllib")


def imported(folder: Path, *arguments: str) -> set[str]:
    """Which heavy modules a command imports."""
    code = (
        "import sys; from shapecalc.cli.main import main; code = main(sys.argv[1:]); "
        f"print(code, *[name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    first, *found = run.stderr.split()
    assert first == "0"
    return set(found)


def test_a_run_imports_numpy(spec: Path) -> None:
    assert "numpy" in imported(spec.parent, "run", spec.name)


def test_a_summary_never_imports_numpy(spec: Path) -> None:
    found = imported(spec.parent, "summary", spec.name, "--columns", "macs,weights,formula")
    assert not {"numpy", "importlib.metadata", "tomllib", "json"} & found


def test_a_summary_of_a_model_file_never_imports_numpy(spec: Path) -> None:
    with zipfile.ZipFile(spec.parent / "model.keras", "w") as archive:
        archive.writestr("config.json", READ["models"]["siamese"]["json"])
    assert not {"numpy", "h5py", "importlib.metadata"} & imported(spec.parent, "summary", "model.keras")


def test_a_summary_of_an_onnx_file_reads_no_text(spec: Path) -> None:
    path = str(Path(__file__).parents[1] / "formats" / "onnx" / "files" / "pyramid.onnx")
    assert not {"numpy", "yaml", "json", "mmap", "rich"} & imported(spec.parent, "summary", path)


@pytest.mark.parametrize("style", ["full", "concise", "csv", "markdown", "json"])
def test_rich_is_for_terminals(spec: Path, style: str) -> None:
    assert not {"numpy", "rich"} & imported(spec.parent, "summary", spec.name, "--output-format", style)


def test_rich_lays_out_what_is_coloured(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "rich" in imported(spec.parent, "summary", spec.name)


@pytest.mark.parametrize("style", FORMATS)
def test_a_clean_check_imports_neither_numpy_nor_rich(spec: Path, style: str) -> None:
    assert not {"numpy", "rich"} & imported(spec.parent, "check", ".", "--output-format", style)


def test_no_command_loads_the_others() -> None:
    code = (
        "import sys; from shapecalc.cli.main import main; main(['--help']); "
        "print(sorted(name for name in sys.modules if name.startswith('shapecalc.cli.')), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    own = ["faults", "main", "program", "signals", "streams"]
    assert run.stderr == f"{[f'shapecalc.cli.{name}' for name in own]}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_fits_on_eighty_columns(
    shapecalc: Command, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = shapecalc(name, "--help")
    assert (code, err) == (0, "")
    assert [line for line in out.split("\n") if len(line) > 80] == []
