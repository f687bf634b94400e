"""Every code is raised through the command line, and said whole in every format of the command that raises it."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from shapecalc.analysis.analyse import Settings
from shapecalc.cli.checking.check_files import check_files
from shapecalc.cli.checking.printing import FORMATS
from shapecalc.cli.checking.rules import CheckRules, Task
from shapecalc.cli.main import cli
from shapecalc.diagnostics import Diagnostic
from shapecalc.diagnostics.codes import CODES
from tests.cli.conftest import Command, shapecalc
from tests.contracts.saying import READERS, Said, expect, is_same, read_concise, read_full
from tests.formats.keras.recorded import CODE

__all__ = ["shapecalc"]  # a fixture

KERAS = Path(__file__).parents[1] / "formats" / "keras"
EXAMPLES: dict[str, Any] = json.loads(gzip.decompress((KERAS / "examples.json.gz").read_bytes()))
REJECT = Path(__file__).parents[2] / "specs" / "reject"
SPECS = sorted(path.stem for path in REJECT.glob("*.yaml"))


def find(name: str) -> list[Diagnostic]:
    """The findings of a spec in `specs/reject`."""
    return check_files([f"{name}.yaml"], Task(CheckRules(), Settings()))[0].findings


def test_the_formats_are_all_read_here() -> None:
    assert set(READERS) == set(FORMATS)


@pytest.mark.parametrize("style", FORMATS)
def test_a_format_says_all_that_is_rejected(
    style: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shapecalc: Command
) -> None:
    monkeypatch.chdir(REJECT)
    for name in SPECS:
        printed = shapecalc("check", f"{name}.yaml", "--output-format", style)
        said, expected = list(READERS[style](printed.out)), list(map(expect, find(name)))
        if style == "junit":  # errors stand apart from the rest
            said, expected = sorted(said), sorted(expected)
        assert len(said) == len(expected), name
        for one, other in zip(said, expected, strict=True):
            assert is_same(style, one, other), (one, other)
        assert printed.err == ""


class Case(NamedTuple):
    """A command on `m.yaml` that raises a code: its words, that spec, the settings, and what else is done before."""

    words: str
    spec: str = "input: [2]\nlayers:\n  - Dense: {units: 2, name: d}\n"
    settings: str = ""
    prepare: Callable[[pytest.MonkeyPatch], None] | None = None


SIZED = "args: {n: 1}\ninput: [2]\nlayers:\n  - Dense: {units: $n}\n"


def break_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    from shapecalc.forward import activations, base

    assert activations  # registers what is replaced here
    monkeypatch.setitem(base._FORWARDS, "ELU", lambda cfg, weight, x: np.zeros((2, 5), "f4"))


def break_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("no such thing")

    monkeypatch.setattr("shapecalc.analysis.expect.check_expectations", fail)
    monkeypatch.setattr("shapecalc.analysis.findings.check_expectations", fail)


def save(name: str, text: str) -> Callable[[pytest.MonkeyPatch], None]:
    def write(monkeypatch: pytest.MonkeyPatch) -> None:
        Path(name).write_text(text)

    return write


def save_arrays(**arrays: Any) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda monkeypatch: np.savez("w.npz", **{name.replace("__", "/"): array for name, array in arrays.items()})


def point_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile("w.keras", "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("../x", b"")


def promise(monkeypatch: pytest.MonkeyPatch) -> None:
    import h5py

    with h5py.File("w.weights.h5", "w") as file:
        file.create_dataset("layers/dense/vars/0", shape=(2**20, 2**20), dtype="f4", chunks=(2**10, 2**10))


def save_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    model = json.loads(CODE["several_outputs"]["json"])
    text = json.dumps(model)
    for layer in model["config"]["layers"]:
        for node in layer.get("inbound_nodes", []):
            for tensor in _list_tensors(node):
                if tensor["keras_history"] == ["dense_1", 0, 0]:
                    tensor["shape"] = [None, 3]
    assert json.dumps(model) != text
    Path("m.json").write_text(json.dumps(model))


def _list_tensors(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("class_name") == "__keras_tensor__":
            return [node["config"]]
        return [tensor for value in node.values() for tensor in _list_tensors(value)]
    return [tensor for value in node for tensor in _list_tensors(value)] if isinstance(node, list) else []


KERNEL, BIAS = np.eye(2, dtype="f4"), np.ones(2, "f4")
SIX = np.ones((3, 2), "f4")
CASES = {
    "SC502": Case("check m.yaml --run", "input: [4]\nlayers: [ELU]\n", prepare=break_forward),
    "SC507": Case("solve m.yaml --for n --max-params 1", SIZED),
    "SC508": Case("sweep m.yaml --set n=0..2", SIZED),
    "SC509": Case("diff m.yaml other.yaml --numeric", prepare=save("other.yaml", SIZED.replace("[2]", "[3]"))),
    "SC510": Case("check m.yaml --set n=3", SIZED + "expect: {params: 3}\n"),
    "SC511": Case("check m.json", prepare=save_lie),
    "SC512": Case("check m.yaml", settings='[tool.shapecalc.budgets]\n"*.yaml" = {max-params = 5}\n'),
    "SC514": Case(
        "check m.yaml",
        "input: [2]\nlayers:\n  - Flatten  # (None, 3)  0 params\n",
        "[tool.shapecalc]\nannotations = true\n",
    ),
    "SC603": Case("run m.yaml --max-memory 20B"),
    "SC605": Case("run m.yaml --input [1,2,3]"),
    "SC606": Case("run m.yaml --weights w.npz", prepare=save_arrays(d__kernel=SIX, d__bias=BIAS)),
    "SC607": Case("run m.yaml --save nowhere/y.npz"),
    "SC608": Case("summary m.yaml", settings="[tool.shapecalc]\nplott = true\n"),
    "SC609": Case("convert m.yaml --to keras-json", "input: [n]\nlayers:\n  - Dense: {units: 2}\n"),
    "SC610": Case("check m.yaml", SIZED + "expect: {params: 3}\n", prepare=break_rule),
    "SC611": Case("run m.yaml --weights w.npz", prepare=save_arrays(d__kernel=KERNEL)),
    "SC612": Case("run m.yaml --weights w.npz", prepare=save_arrays(d__kernel=KERNEL, d__bias=BIAS, e__kernel=SIX)),
    "SC613": Case("run m.yaml --weights w.keras", prepare=point_out),
    "SC614": Case("run m.yaml --weights w.weights.h5", prepare=promise),
    "SC615": Case("check m.json", prepare=save("m.json", CODE["several_outputs"]["json"])),
    "SC616": Case("convert m.json --to yaml", prepare=save("m.json", EXAMPLES["odd.names_of_all_kinds"]["json"])),
    "SC618": Case(
        "run m.yaml", "input: {batch_shape: [8], dtype: uint8}\nlayers:\n  - onnx.ImageDecoder: {pixel_format: RGB}\n"
    ),
    "SC617": Case("check m.onnx", prepare=save("m.onnx", "\x08\x0a\x0b")),
}
"""The codes that no spec can cause, and a command for each."""


def find_formats(command: str) -> list[str]:
    """The formats that a command has for what it says of files; none where it has but one."""
    from click import Choice

    parameters = cli.get_command(None, command).params  # type: ignore[union-attr,arg-type]
    choices = [parameter.type for parameter in parameters if parameter.name == "output_format"]
    return [str(choice) for kind in choices if isinstance(kind, Choice) for choice in kind.choices]


@pytest.mark.parametrize("code", CASES)
def test_a_command_raises_it_and_says_it_in_every_format(
    code: str, shapecalc: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[code]
    Path("m.yaml").write_text(case.spec)
    Path("pyproject.toml").write_text(case.settings)
    if case.prepare is not None:
        case.prepare(monkeypatch)
    command, *words = case.words.split()
    plain = shapecalc(command, *words)
    said = next(one for one in read_full(plain.out + plain.err) if one.code == code)
    for style in find_formats(command):
        printed = shapecalc(command, *words, "--output-format", style)
        assert any(is_same(style, one, said) for one in list_said(command, style, printed.out, printed.err)), style


def list_said(command: str, style: str, out: str, err: str) -> list[Said]:
    """What a command says: `check` on standard output, the others in JSON there and else on standard error."""
    if command == "check":
        return list(READERS[style](out))
    if style == "json" and out:  # a command that was not begun has no document
        return list(READERS["json"](out))
    return list(read_concise(err) if style == "concise" else read_full(err))


def test_every_code_is_raised_by_a_spec_or_by_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REJECT)
    alone = {next(iter(codes)) for name in SPECS if len(codes := {finding.code for finding in find(name)}) == 1}
    assert alone | set(CASES) == set(CODES)
    assert not alone & set(CASES)
