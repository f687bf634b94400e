"""Every way in has its limits before anything is allocated, and one spec never silences another."""

from __future__ import annotations

import json
import os
import subprocess
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.analysis.report import Report
from shapecalc.analysis.warnings import list_warnings
from shapecalc.cli.checking.printing import FORMATS
from shapecalc.document import files as reading
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.model.load import MAX_CHAIN
from tests.cli.conftest import Command, Result
from tests.cli.conftest import shapecalc as shapecalc

SPEC = "input: [4]\nlayers:\n  - Dense: {units: 3}\n"
MIB = 2**20


def fifo(path: str) -> None:
    os.mkfifo(path)


def folder(path: str) -> None:
    os.mkdir(path)


def device(path: str) -> None:
    os.symlink("/dev/zero", path)


def huge(path: str) -> None:
    with open(path, "wb") as file:
        file.truncate(600 * MIB)


def run_traced(shapecalc: Command, *words: str) -> tuple[Result, int]:
    """The result of a command, and the bytes that it held at most."""
    tracemalloc.start()
    try:
        return shapecalc(*words), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


WAYS_IN = {
    "summary": ["summary", "{file}"],
    "check": ["check", "{file}"],
    "a block": ["check", "outer.yaml"],
    "explain": ["explain", "{file}"],
    "diff": ["diff", "sound.yaml", "{file}"],
    "convert": ["convert", "{file}", "--to", "yaml"],
    "sweep": ["sweep", "{file}", "--set", "units=1..3"],
    "solve": ["solve", "{file}", "--for", "units", "--max-params", "1K"],
    "an input in JSON": ["run", "sound.yaml", "--input", "x.json"],
    "an input in an array": ["run", "sound.yaml", "--input", "x.npy"],
    "an input in an archive": ["run", "sound.yaml", "--input", "x.npz"],
    "weights": ["run", "sound.yaml", "--weights", "x.npz"],
    "weights compared": ["diff", "x.npz", "x.npz", "--weights"],
    "settings": ["summary", "sound.yaml"],
}
NAMES = {"an input in JSON": "x.json", "an input in an array": "x.npy", "settings": "pyproject.toml"}


@pytest.mark.parametrize("kind", [fifo, folder, device, huge])
@pytest.mark.parametrize("way", WAYS_IN)
def test_what_is_no_file_of_a_fair_size_is_refused_at_once(
    shapecalc: Command, way: str, kind: Callable[[str], None]
) -> None:
    if way == "settings" and kind is folder:
        return  # a folder of that name is nobody's settings
    name = NAMES.get(way, "x.npz" if ".npz" in " ".join(WAYS_IN[way]) else "odd.yaml")
    kind(name)
    Path("sound.yaml").write_text(SPEC)
    Path("outer.yaml").write_text("input: [4]\nblocks: {A: {file: odd.yaml}}\nlayers: [A]\n")
    shapecalc("run", "sound.yaml")  # what is imported once is not counted
    result, peak = run_traced(shapecalc, *(word.format(file=name) for word in WAYS_IN[way]))
    assert result.code in (1, 2)
    assert "error[SC60" in result.out + result.err
    assert "SC610" not in result.out + result.err
    assert peak < 100 * MIB


def test_what_the_shell_opens_is_read(shapecalc: Command) -> None:
    Path("sound.yaml").write_text(SPEC)
    for words, text in ((["check", "{}"], SPEC), (["run", "sound.yaml", "--input", "{}"], "[1, 2, 3, 4]")):
        reading_end, writing_end = os.pipe()
        os.write(writing_end, text.encode())
        os.close(writing_end)
        result = shapecalc(*(word.format(f"/dev/fd/{reading_end}") for word in words))
        os.close(reading_end)
        assert (result.code, result.err.count("error")) == (0, 0)


def test_bytes_are_counted_over_all_files_of_a_command(shapecalc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_TOTAL", 1)
    monkeypatch.setattr(reading.Reader.__init__, "__defaults__", (250,))
    for number in range(8):
        Path(f"{number}.yaml").write_text(SPEC)
    result = shapecalc("summary", *(f"{number}.yaml" for number in range(8)), "--output-format", "concise")
    assert result.code == 1
    assert result.err.count("SC602") == 8 - 250 // len(SPEC)
    assert "those of the command have more than" in result.err
    assert shapecalc("check", ".").out == "8 specs checked: all clean\n"  # which keeps one model at a time
    blocks = ", ".join(f"A{number}: {{file: {number}.yaml}}" for number in range(8))
    Path("outer.yaml").write_text(f"input: [4]\nblocks: {{{blocks}}}\nlayers: [A1]\n")
    assert "SC602" in shapecalc("summary", "outer.yaml").err


def test_a_chain_of_files_has_an_end(shapecalc: Command) -> None:
    for number in range(1_500):
        more = f"blocks: {{A: {{file: {number + 1}.yaml}}}}\nlayers: [A]\n" if number < 1_499 else "layers: [Flatten]\n"
        Path(f"{number}.yaml").write_text(f"input: [4]\n{more}")
    Path("sound.yaml").write_text(SPEC)
    result = shapecalc("check", "0.yaml", "sound.yaml", "--output-format", "json")
    found = json.loads(result.out)
    assert result.code == 1
    assert [one["code"] for one in found["diagnostics"]] == ["SC602"]
    assert found["diagnostics"][0]["message"] == f"files name one another more than {MAX_CHAIN} deep"
    assert [one["file"] for one in found["models"]][-1] == "sound.yaml"


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), RecursionError(), MemoryError(), KeyError("a")])
@pytest.mark.parametrize("style", FORMATS)
def test_a_fault_of_the_tool_is_a_finding_of_its_file(
    shapecalc: Command, monkeypatch: pytest.MonkeyPatch, error: Exception, style: str
) -> None:
    def fails(report: Report) -> object:
        if report.file == "b.yaml":
            raise error
        return list_warnings(report)

    monkeypatch.setattr("shapecalc.analysis.findings.list_warnings", fails)
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        Path(name).write_text(SPEC + "expect: {params: 1}\n")
    result = shapecalc("check", "a.yaml", "b.yaml", "c.yaml", "--output-format", style)
    internal = not isinstance(error, (RecursionError, MemoryError))
    assert result.code == (2 if internal else 1)
    assert ("SC610" if internal else "SC602") in result.out
    assert all(name in result.out for name in ("a.yaml", "b.yaml", "c.yaml"))
    assert result.out.count("SC501") >= 2


@pytest.mark.parametrize("style", ["full", "json", "csv", "markdown", "concise"])
def test_a_model_that_cannot_be_printed_does_not_silence_the_others(
    shapecalc: Command, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    original = vars(Report)["rows"].func

    def rows(report: Report) -> object:
        if report.file == "b.yaml":
            raise KeyError("x")
        return original(report)

    monkeypatch.setattr(Report, "rows", property(rows))
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        Path(name).write_text(SPEC)
    result = shapecalc("summary", "a.yaml", "b.yaml", "c.yaml", "--output-format", style)
    assert result.code == 2
    said = result.out + result.err
    assert "SC610" in said
    assert result.out.count("dense") + result.out.count("params") >= 2


def test_shapes_are_compared_before_weights_are_made(shapecalc: Command) -> None:
    Path("a.yaml").write_text("input: [20000]\nlayers:\n  - Dense: {units: 20000, use_bias: false}\n")
    Path("b.yaml").write_text("input: [20000]\nlayers:\n  - Dense: {units: 20001, use_bias: false}\n")
    result, peak = run_traced(shapecalc, "diff", "a.yaml", "b.yaml", "--numeric")
    assert peak < 100 * MIB
    assert "SC509" in result.err
    Path("b.yaml").write_text(Path("a.yaml").read_text())
    assert "error[SC603]" in shapecalc("diff", "a.yaml", "b.yaml", "--numeric", "--max-memory", "1GiB").err


def test_a_blob_is_judged_by_its_size(shapecalc: Command) -> None:
    huge("odd.yaml")
    Path("sound.yaml").write_text(SPEC)
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *words], check=True, capture_output=True)
    result = shapecalc("diff", "HEAD:odd.yaml", "sound.yaml")
    assert (result.code, result.err) == (1, "HEAD:odd.yaml: error[SC602] the file is larger than 32 MiB\n")


@pytest.mark.parametrize("archived", [False, True])
def test_json_that_swells_is_refused_before_it_does(shapecalc: Command, archived: bool) -> None:
    text = '{"class_name": "Functional", "config": {"layers": [' + "[]," * 5_000_000 + "[]]}}"
    if archived:
        with zipfile.ZipFile("m.keras", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("config.json", text)
    else:
        Path("m.keras").write_text(text)
    result, peak = run_traced(shapecalc, "convert", "m.keras", "--to", "yaml")
    assert peak < 150 * MIB
    assert result.err == "m.keras: error[SC602] the JSON has more than 2,000,000 values\n"


def test_an_archive_that_promises_more_than_can_be_in_it() -> None:
    from shapecalc.diagnostics import Fault
    from shapecalc.formats.arrays import stored_npz

    np.savez_compressed("x.npz", a=np.zeros(4))
    data = bytearray(Path("x.npz").read_bytes())
    at = data.rfind(b"PK\1\2")
    data[at + 24 : at + 28] = (2**32 - 2).to_bytes(4, "little")
    Path("x.npz").write_bytes(data)
    with pytest.raises(Fault) as raised:
        stored_npz("x.npz", "SC605")
    assert "promises more than can be in it" in raised.value.diagnostics[0].message
    Path("x.npz").unlink()


def test_models_within_models_stop_growing() -> None:
    from shapecalc.diagnostics import Fault

    layer = {"module": "keras.layers", "class_name": "ReLU", "config": {"name": "r"}}
    found = {"module": "keras", "class_name": "Sequential", "build_config": {"input_shape": [None, 2]}}
    model: dict[str, Any] = {**found, "config": {"layers": [layer]}}
    for _ in range(8):
        inner = [{**model, "config": {**model["config"], "name": f"m{at}"}} for at in range(4)]
        model = {**found, "config": {"layers": inner}}
    with pytest.raises(Fault, match="the model has more than 20,000 calls"):
        read_keras(json.dumps(model), "m.json")


@pytest.mark.parametrize("link", ["secret.yaml", "../secret.yaml", "/etc/hostname"])
def test_a_folder_that_is_checked_is_not_left(shapecalc: Command, tmp_path: Path, link: str) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.yaml").write_text("password: hunter2\n")
    target = tmp_path / "secret.yaml" if link == "secret.yaml" else link
    (tmp_path / "inside" / "link.yaml").symlink_to(target)
    (tmp_path / "inside" / "sound.yaml").write_text(SPEC)
    result = shapecalc("check", "inside")
    assert result.code == 1
    assert "inside/link.yaml: error[SC604] is a link out of the folder that is checked, and is not read" in result.out
    assert "hunter2" not in result.out
    assert "SC1" not in result.out


def test_links_within_a_folder_are_followed(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "inside" / "deep").mkdir(parents=True)
    (tmp_path / "inside" / "sound.yaml").write_text(SPEC)
    (tmp_path / "inside" / "deep" / "link.yaml").symlink_to("../sound.yaml")
    assert shapecalc("check", "inside").out == "2 specs checked: all clean\n"


@pytest.mark.parametrize(
    "text", ["[NaN, 1, 2, 3]", "[Infinity, 1, 2, 3]", "[1e999, 1, 2, 3]", "[1, 2, 3, " + "9" * 5_000]
)
def test_odd_numbers_of_json_meet_an_answer(shapecalc: Command, text: str) -> None:
    Path("sound.yaml").write_text(SPEC)
    result = shapecalc("run", "sound.yaml", "--input", text)
    assert result.code in (0, 2)
    assert "SC610" not in result.err


def test_one_long_text_does_not_make_all_long(shapecalc: Command) -> None:
    Path("words.yaml").write_text("input: {shape: [20000], dtype: string}\nlayers: [Flatten]\n")
    Path("x.json").write_text(json.dumps(["a" * 1_000_000] + [""] * 19_999))
    result = shapecalc("run", "words.yaml", "--input", "x.json")
    assert "error[SC603] the texts of the input `input` take 74.5 GiB, each as much as the longest" in result.err


LONG = "x" * 10_000


@pytest.mark.parametrize(
    "words",
    [
        ["summary", LONG],
        [LONG],
        ["summary", "sound.yaml", "--" + LONG],
        ["summary", "sound.yaml", "--output-format", LONG],
        ["summary", "sound.yaml", "--batch", LONG],
        ["summary", "sound.yaml", "--set", LONG],
        ["summary", "sound.yaml", "--set", f"{LONG}=1"],
        ["summary", "sound.yaml", "--columns", LONG],
        ["run", "sound.yaml", "--input", LONG],
        ["run", "sound.yaml", "--weights", LONG],
        ["run", "sound.yaml", "--max-memory", LONG],
        ["explain", "sound.yaml", LONG],
        ["layers", LONG],
        ["sweep", "sound.yaml", "--set", "units=1", "--where", LONG],
        ["sweep", "sound.yaml", "--set", "units=1", "--pareto", LONG],
        ["solve", "sound.yaml", "--for", LONG, "--max-params", "1K"],
        ["solve", "sound.yaml", "--for", "units", "--max-params", LONG],
        ["diff", "sound.yaml", f"HEAD:{LONG}"],
        ["convert", LONG, "--to", "yaml"],
    ],
)
def test_no_message_holds_a_long_name_whole(shapecalc: Command, words: list[str]) -> None:
    Path("sound.yaml").write_text(SPEC)
    result = shapecalc(*words)
    assert result.code in (1, 2)
    assert len(result.err + result.out) < 2_000


def test_a_run_of_an_argument_without_a_value(shapecalc: Command) -> None:
    Path("m.yaml").write_text("args: {units: 3}\ninput: [T, 4]\nlayers:\n  - Dense: {units: $units}\n")
    result = shapecalc("run", "m.yaml", "--set", "units=?")
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        "error[SC403] m: `units` has no value, and a run needs one\n  = help: give it one: `--set units=8`\n"
    )
    assert shapecalc("run", "m.yaml", "--set", "units=8", "--set", "T=?").code == 0


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("shapecalc.cli.diffing.pairs.compare_models", "diff a.yaml b.yaml"),
        ("shapecalc.analysis.verify.run_model", "run a.yaml"),
        ("shapecalc.analysis.solving.solve.solve", "solve a.yaml --for units --max-params 1K"),
        ("shapecalc.analysis.explain.explain_row", "explain a.yaml"),
        ("shapecalc.face.reading.analyse", "summary a.yaml b.yaml"),
        ("shapecalc.face.reading.analyse", "explain a.yaml"),
    ],
)
def test_json_is_whole_whatever_fails(
    shapecalc: Command, monkeypatch: pytest.MonkeyPatch, function: str, words: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(function, fails)
    for name in ("a.yaml", "b.yaml"):
        Path(name).write_text(f"args: {{units: 3}}\n{SPEC}")
    result = shapecalc(*words.split(), "--output-format", "json")
    assert result.code == 2
    assert {one["code"] for one in json.loads(result.out)["diagnostics"]} == {"SC610"}


def test_layers_that_are_an_empty_mapping(shapecalc: Command) -> None:
    result = shapecalc("check", "-", "--output-format", "concise", stdin="input: [4]\nlayers: {}\n")
    assert result.out.startswith("<stdin>:2:9: error[SC108] `layers` is a list of entries\n")
