"""`--max-memory` bounds the process: what `run` says it needs, it keeps to, with weights, inputs and printing."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from shapecalc.cli.main import main
from tests.cli.conftest import Command
from tests.processes import BESIDES, FACTOR, measured, taken

DENSE = "layers:\n  - Dense: {units: 3000}\n  - Dense: {units: 4000}\n"
SPECS = {
    "values as JSON": ("input: [3000000]\nlayers: [ReLU]\n", "--output-format json"),
    "values saved": ("input: [8000000]\nlayers: [ReLU]\n", "--save y.npz"),
    "zeros": ("input: [4]\n" + DENSE.replace("4000}", "4000, kernel_initializer: zeros}"), ""),
    "orthogonal": ("input: [4]\n" + DENSE.replace("4000}", "2000, kernel_initializer: orthogonal}"), ""),
    "he_normal": ("input: [4]\n" + DENSE.replace("4000}", "4000, kernel_initializer: he_normal}"), ""),
    "mixed precision": ("dtype: mixed_float16\ninput: [4]\n" + DENSE, ""),
    "half precision": ("dtype: float16\ninput: [10000000]\nlayers: [LeakyReLU]\n", ""),
    "spectrogram": ("input: [400000]\nlayers:\n  - MelSpectrogram: {sequence_stride: 16, num_mel_bins: 32}\n", ""),
    "long sequence": ("input: [100000, 8]\nlayers:\n  - SimpleRNN: {units: 32}\n", ""),
    "part of an array": ("input: [3000, 1000, 4]\nlayers:\n  - Cropping2D: {cropping: [[2990, 0], [0, 0]]}\n", ""),
    "blocks": ("input: [4000000]\nblocks: {A: {inputs: [x], layers: [ReLU, ELU, Softmax]}}\nlayers: [A, A]\n", ""),
}  # fmt: skip


@measured
@pytest.mark.parametrize("name", SPECS)
def test_a_run_takes_what_it_says(name: str, shapecalc: Command, tmp_path: Path) -> None:
    text, options = SPECS[name]
    (tmp_path / "model.yaml").write_text(text)
    inputs = needs(shapecalc("run", "model.yaml", "--max-memory", "1B").err)
    needed = needs(shapecalc("run", "model.yaml", "--max-memory", f"{inputs * 11 // 10}B").err)
    arguments = ["run", "model.yaml", "--max-memory", f"{needed * 11 // 10}B", *options.split()]

    def run() -> None:
        sys.stdout = io.TextIOWrapper(open("/dev/null", "wb"))  # noqa: SIM115
        assert main(arguments) == 0

    took = taken(run)
    assert 0 < took <= FACTOR * needed + BESIDES


def needs(said: str) -> int:
    """The bytes that a refusal names."""
    found = re.search(r"needs (?:about )?([0-9.]+) (B|KiB|MiB|GiB)", said)
    assert found is not None, said
    return int(float(found[1]) * 1024 ** ["B", "KiB", "MiB", "GiB"].index(found[2]))


def test_the_layer_that_takes_the_room_is_named(shapecalc: Command) -> None:
    text = "input: [400000]\nlayers:\n  - Rescaling: {scale: 2.0}\n  - MelSpectrogram: {sequence_stride: 1}\n"
    found = shapecalc("run", "-", "--max-memory", "100MB", stdin=text)
    assert found.code == 1
    assert found.err.startswith("<stdin>:4:5: error[SC603] mel_spectrogram: the run needs about ")


def test_memory_that_is_not_there_is_a_finding(shapecalc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def hungry(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("shapecalc.formats.inputs.read_inputs", hungry)
    assert shapecalc("run", "-", stdin="input: [4]\nlayers: [ReLU]\n") == (
        1,
        "",
        "error[SC603] there is not enough memory for this run\n  = help: run a smaller batch or input\n",
    )


@measured
def test_a_model_that_is_too_large_is_not_begun(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text("input: [400000]\nlayers:\n  - MelSpectrogram: {sequence_stride: 1}\n")
    arguments = ["check", "model.yaml", "--run", "--max-memory", "10MB", "--output-format", "concise"]
    code, out, err = shapecalc(*arguments)
    assert (code, err) == (0, "")
    assert out.startswith("model.yaml:3:5: warning[SC603] mel_spectrogram: not confirmed: the run needs about ")

    def check() -> None:
        sys.stdout = io.TextIOWrapper(open("/dev/null", "wb"))  # noqa: SIM115
        assert main(arguments) == 0

    assert 0 < taken(check) <= BESIDES


@measured
def test_the_text_of_inputs_counts(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text("input: [1000000]\nlayers: [ReLU]\n")
    (tmp_path / "x.json").write_text(f"[[{', '.join(['0.123456789'] * 1_000_000)}]]")
    said = shapecalc("run", "model.yaml", "--input", "x.json", "--max-memory", "20MB").err
    assert "SC603" in said
    assert said == "error[SC603] the inputs take 50.5 MiB, more than the 19.1 MiB allowed\n" + (
        "  = help: feed fewer samples, or raise `--max-memory`\n"
    )
    arguments = ["run", "model.yaml", "--input", "x.json", "--max-memory", "60MB", "--save", "y.npz"]

    def run() -> None:
        sys.stdout = io.TextIOWrapper(open("/dev/null", "wb"))  # noqa: SIM115
        assert main(arguments) == 0

    assert 0 < taken(run) <= FACTOR * 60_000_000 + BESIDES
