"""`shapecalc run`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from shapecalc.cli.progress import Progress
from shapecalc.face.resources import find_available
from shapecalc.formats.arrays import save_npz
from shapecalc.layers.core import Dense
from shapecalc.layers.values import Inferred, Tensor
from tests.cli.conftest import MANY_TO_MANY, Command

PLAIN = "name: plain\ninput: [2]\nlayers:\n  - Dense: {units: 2, kernel_initializer: ones, name: d}\n"
TWO = "inputs: {a: [3], b: [3]}\nlayers:\n  - Add:\n    from: [a, b]\n"


def test_inferred_beside_computed(shapecalc: Command) -> None:
    code, out, err = shapecalc("run", "-", "--input", "[1, 2]", stdin=PLAIN)
    assert (code, err) == (0, "")
    assert (
        out
        == """\
Model: "plain"
 input `input`: (2,) reshaped to (1, 2), one sample
┏━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━━━━┳━━━━━┓
┃ Layer (type)       ┃ Inferred Shape ┃ Computed Shape ┃ Inferred # ┃ Allocated # ┃ OK  ┃
┡━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━━━━╇━━━━━┩
│ input (InputLayer) │ (None, 2)      │ (1, 2)         │          0 │           0 │ yes │
├────────────────────┼────────────────┼────────────────┼────────────┼─────────────┼─────┤
│ d (Dense)          │ (None, 2)      │ (1, 2)         │          6 │           6 │ yes │
└────────────────────┴────────────────┴────────────────┴────────────┴─────────────┴─────┘
 Inferred and computed shapes and parameters agree in every layer

output (1, 2) float32
[[3. 3.]]
"""
    )


def test_the_sequence_of_the_tutorial(shapecalc: Command) -> None:
    out = shapecalc("run", "-", "--input", "[0.0, 0.2, 0.4, 0.6, 0.8]", stdin=MANY_TO_MANY).out
    assert " input `input`: (5,) reshaped to (1, 5, 1), one sample\n" in out
    assert "│ (1, 5, 5)      │        140 │         140 │ yes │" in out
    assert "\noutput (1, 5, 1) float32\n" in out


def test_json(shapecalc: Command) -> None:
    data = json.loads(shapecalc("run", "-", "--input", "[1, 2]", "--output-format", "json", stdin=PLAIN).out)
    (model,) = data["models"]
    dense = model["layers"][1]
    assert (dense["output_shape"], dense["computed_shape"]) == ([None, 2], [1, 2])
    assert (dense["params"], dense["allocated_params"], dense["agrees"]) == (6, 6, True)
    assert model["outputs"] == {"output": {"shape": [1, 2], "dtype": "float32", "values": [[3.0, 3.0]]}}
    assert model["notes"] == ["input `input`: (2,) reshaped to (1, 2), one sample"]


def test_json_has_no_word_for_what_is_not_finite(shapecalc: Command) -> None:
    out = shapecalc("run", "-", "--input", "[1e38, 3e38]", "--output-format", "json", stdin=PLAIN).out
    assert json.loads(out)["models"][0]["outputs"]["output"]["values"] == [["inf", "inf"]]


def test_csv_and_markdown(shapecalc: Command) -> None:
    arguments = ("run", "-", "--input", "ones", "--output-format")
    assert shapecalc(*arguments, "csv", stdin=PLAIN).out.split("\n")[2] == (
        '<stdin>,plain,d,Dense,"(None, 2)","(1, 2)",6,6,true'
    )
    assert "| d (Dense) | (None, 2) | (1, 2) | 6 | 6 | yes |\n" in shapecalc(*arguments, "markdown", stdin=PLAIN).out


def test_the_seed_decides_weights_and_random_inputs(shapecalc: Command, spec: Path) -> None:
    first = shapecalc("run", spec.name, "--seed", "1").out
    assert first == shapecalc("run", spec.name, "--seed", "1").out
    assert first != shapecalc("run", spec.name, "--seed", "2").out


def test_weights_come_from_a_file_and_outputs_go_to_one(shapecalc: Command, tmp_path: Path) -> None:
    weights = {"d/kernel": np.full((2, 2), 2, "f4"), "d/bias": np.array([0, 1], "f4")}
    save_npz(str(tmp_path / "w.npz"), weights)
    np.save(tmp_path / "x.npy", np.array([[1, 2], [3, 4]], "f4"))
    arguments = ("run", "-", "--input", "x.npy", "--weights", "w.npz", "--save", "y.npz")
    assert shapecalc(*arguments, stdin=PLAIN).code == 0
    with np.load(tmp_path / "y.npz") as saved:
        assert saved.files == ["output"]
        assert saved["output"].tolist() == [[6, 7], [14, 15]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.npz", "x.npy", "y.npz"]


def test_weights_that_do_not_fit(shapecalc: Command, tmp_path: Path) -> None:
    save_npz(str(tmp_path / "w.npz"), {"d/kernel": np.zeros((3, 2), "f4")})
    code, out, err = shapecalc("run", "-", "--weights", "w.npz", stdin=PLAIN)
    assert (code, out) == (2, "")
    table, _, findings = err.partition("error")
    assert [line.split() for line in table.splitlines() if "d/" in line] == [
        ["│", "d/kernel", "│", "(2,", "2)", "│", "(3,", "2)", "│", "d/kernel", "│"],
        ["│", "d/bias", "│", "(2,)", "│", "│", "│"],
    ]
    assert findings == (
        "[SC606] d/kernel: 1 weight in w.npz in another shape: the model needs (2, 2), the file has (3, 2)\n\n"
        "warning[SC611] w.npz lacks 1 weight: d/bias\n  = help: they have their initial values\n"
    )


def test_where_it_cannot_write_nothing_is_left(shapecalc: Command, tmp_path: Path) -> None:
    code, out, err = shapecalc("run", "-", "--save", "no/such/y.npz", stdin=PLAIN)
    assert (code, err) == (2, "error[SC607] cannot write no/such/y.npz: No such file or directory\n")
    assert "\noutput (1, 2) float32\n" in out
    (tmp_path / "folder.npz").mkdir()
    assert shapecalc("run", "-", "--save", "folder.npz", stdin=PLAIN).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["folder.npz"]


def test_inputs_by_name(shapecalc: Command, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.ones((2, 3), "f4"), b=np.full((2, 3), 4, "f4"))
    expected = "[[5. 5. 5.]\n [5. 5. 5.]]\n"
    assert shapecalc("run", "-", "--input", "x.npz", stdin=TWO).out.endswith(expected)
    assert shapecalc("run", "-", "--input", "b=x.npz", "--input", "a=[[1,1,1],[1,1,1]]", stdin=TWO).out.endswith(
        expected
    )
    assert shapecalc("run", "-", "--input", "a=ones", "--input", "b=zeros", stdin=TWO).out.endswith("[[1. 1. 1.]]\n")


def test_an_input_that_does_not_fit(shapecalc: Command) -> None:
    assert shapecalc("run", "-", "--input", "[1, 2, 3]", stdin=PLAIN) == (
        2,
        "",
        "error[SC605] the input `input` has the shape (3,), which does not fit\n"
        "  = help: wanted is (None, 2), the batch axis first\n",
    )


def test_too_much_memory_is_refused(shapecalc: Command) -> None:
    code, _, err = shapecalc("run", "-", "--max-memory", "20B", stdin=PLAIN)
    assert code == 1
    assert err.startswith("<stdin>:4:5: error[SC603] d: the run needs about ")


def test_an_input_beyond_any_memory_is_refused_at_once(shapecalc: Command) -> None:
    text = "input: [100000, 100000, 100000]\nlayers: [Flatten]"
    code, _, err = shapecalc("run", "-", "--max-memory", "1GiB", stdin=text)
    assert code == 1
    assert "error[SC603] the input `input` needs " in err
    code, out, _ = shapecalc("check", "-", "--run", "--max-memory", "1GiB", stdin=text)
    assert code == 0
    assert "warning[SC603] not confirmed: the input `input` needs " in out


def test_a_broken_spec_is_not_run(shapecalc: Command) -> None:
    code, out, err = shapecalc("run", "-", stdin="input: [4]\nlayers: [Danse]")
    assert (code, out) == (1, "")
    assert "error[SC201]" in err
    out = shapecalc("run", "-", "--output-format", "json", stdin="input: [4]\nlayers: [Danse]").out
    assert [one["code"] for one in json.loads(out)["diagnostics"]] == ["SC201"]


def test_a_rule_that_is_wrong_is_found_out(shapecalc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Dense.rule

    def wrong(cfg: Dense, inputs: Tensor) -> Inferred:
        return honest(cfg.replace(units=cfg.units + 1), inputs)

    monkeypatch.setattr(Dense, "rule", staticmethod(wrong))
    code, out, err = shapecalc("run", "-", stdin=PLAIN)
    assert code == 1
    assert " 1 of 2 layers differ\n" in out
    assert "│ d (Dense)          │ (None, 3)      │ (1, 2)         │          9 │           6 │ NO  │" in out
    assert "error[SC502] d: inferred (1, 3), computed (1, 2)" in err


@pytest.mark.parametrize("text", ["", "much", "-1", "2 XB", "1e9", "9" * 50, "1GiBs"])
def test_what_is_no_amount(shapecalc: Command, text: str) -> None:
    code, _, err = shapecalc("run", "-", "--max-memory", text, stdin=PLAIN)
    assert (code, err.split(":")[0]) == (2, "error[SC608] --max-memory")


def test_the_machine_says_what_is_free() -> None:
    free = find_available()
    assert free is None or free > 2**20


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_for_long_runs_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, now = Terminal(), [0.0]
    monkeypatch.setattr("sys.stderr", terminal)
    progress = Progress(lambda: now[0])
    progress(1, 10, "quick")
    assert terminal.getvalue() == ""
    now[0] = 1.0
    progress(5, 10, "slow")
    assert terminal.getvalue() == f"\r\x1b[K[{'#' * 15}{'-' * 15}] 5/10 slow"
    progress.clear()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_no_progress_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, now = io.StringIO(), [0.0]
    monkeypatch.setattr("sys.stderr", pipe)
    progress = Progress(lambda: now[0])
    now[0] = 9.0
    progress(5, 10, "slow")
    progress.clear()
    assert pipe.getvalue() == ""


def test_counts_stand_on_the_right_in_markdown(shapecalc: Command, spec: Path) -> None:
    lines = shapecalc("run", spec.name, "--output-format", "markdown").out.splitlines()
    assert next(line for line in lines if line.startswith("| ---")) == "| --- | --- | --- | ---: | ---: | --- |"
