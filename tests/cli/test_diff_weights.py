"""`shapecalc diff --weights`: which weights changed between two files, and by how much."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.formats.keras.recorded import READ

OLD = {"a/kernel": np.full((2, 2), 2.0, "f4"), "a/bias": np.zeros(2, "f4"), "b/kernel": np.ones((2, 3), "f4")}
NEW = {"a/kernel": np.full((2, 2), 2.0, "f4"), "a/bias": np.array([0, 0.5], "f4"), "b/kernel": np.ones((2, 4), "f4")}


def write(path: str, arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> None:
    np.savez(path, **arrays)  # type: ignore[arg-type]


def write_hdf5(path: str, layers: dict[str, tuple[str, float]]) -> None:
    """A file of Keras: by group the name of a layer and the value of its weight."""
    with h5py.File(path, "w") as file:
        for group, (name, value) in layers.items():
            file[f"layers/{group}/vars/0"] = np.full(3, value, "f4")
            file[f"layers/{group}/vars"].attrs["name"] = name


def test_a_table_of_what_changed(shapecalc: Command) -> None:
    write("old.npz", OLD)
    write("new.npz", NEW | {"c/gamma": np.ones(3, "f4")})
    code, out, err = shapecalc("diff", "old.npz", "new.npz", "--weights")
    assert (code, err) == (0, "")
    title, *lines = out.splitlines()
    assert title == "old.npz → new.npz"
    assert [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "/" in line] == [
        ["~", "a/bias", "(2,)", "0.5", "0.25", "?", ""],
        ["~", "b/kernel", "(2, 3) → (2, 4)", "", "", "", "other shape"],
        ["+", "c/gamma", "(3,)", "", "", "", "added"],
    ]
    assert lines[-2:] == [
        " Weights: 1 added, 1 changed, 1 of another shape, 1 equal.",
        " Relative is the norm of the difference over the norm of the old weight.",
    ]


def test_json_has_the_numbers(shapecalc: Command) -> None:
    write("old.npz", {"a": np.array([3, 4], "f4"), "gone": np.zeros(1, "f4")})
    write("new.npz", {"a": np.array([3, 5], "f4")})
    code, out, err = shapecalc("diff", "old.npz", "new.npz", "--weights", "--output-format", "json")
    assert (code, err) == (0, "")
    (found,) = json.loads(out)["diffs"]
    assert found["equal"] is False
    assert found["weights"] == [
        {
            "change": "changed",
            "old": {"name": "a", "shape": [2]},
            "new": {"name": "a", "shape": [2]},
            "max_abs_difference": 1.0,
            "mean_abs_difference": 0.5,
            "relative_difference": 0.2,
        },
        {
            "change": "removed",
            "old": {"name": "gone", "shape": [1]},
            "new": None,
            "max_abs_difference": None,
            "mean_abs_difference": None,
            "relative_difference": None,
        },
    ]


def test_markdown(shapecalc: Command) -> None:
    write("old.npz", {"a": np.array([3, 4], "f4")})
    write("new.npz", {"a": np.array([3, 5], "f4")})
    out = shapecalc("diff", "old.npz", "new.npz", "--weights", "--output-format", "markdown").out
    assert out.startswith("### old.npz → new.npz\n\nWeights: 1 changed, 0 equal.\n\n")
    assert "| \\~ | a | (2,) | 1 | 0.5 | 0.2 |  |\n" in out


@pytest.mark.parametrize(("value", "code"), [(1.0, 0), (1.5, 1)])
def test_the_exit_code_says_whether_they_differ(shapecalc: Command, value: float, code: int) -> None:
    write("old.npz", {"a": np.ones(2, "f4")})
    write("new.npz", {"a": np.full(2, value, "f4")})
    assert shapecalc("diff", "old.npz", "new.npz", "--weights", "--exit-code").code == code
    assert shapecalc("diff", "old.npz", "new.npz", "--weights").code == 0


def test_what_is_no_number_is_equal_to_itself_and_far_from_all_else(shapecalc: Command) -> None:
    write("old.npz", {"a": np.array([np.nan, np.inf, 1], "f4"), "b": np.array([np.nan, 1], "f4")})
    write("new.npz", {"a": np.array([np.nan, np.inf, 2], "f4"), "b": np.array([1, 1], "f4")})
    out = shapecalc("diff", "old.npz", "new.npz", "--weights", "--output-format", "json").out
    a, b = json.loads(out)["diffs"][0]["weights"]
    assert (a["max_abs_difference"], a["relative_difference"]) == (1.0, None)
    assert (b["max_abs_difference"], b["mean_abs_difference"]) == (None, None)
    assert shapecalc("diff", "old.npz", "old.npz", "--weights").out.endswith("\n No differences in 2 weights.\n")


def test_layers_that_moved_are_told_by_their_names(shapecalc: Command) -> None:
    write_hdf5("old.h5", {"dense": ("body", 1), "dense_1": ("head", 2)})
    write_hdf5("new.h5", {"dense": ("body", 1), "dense_1": ("neck", 5), "dense_2": ("head", 2)})
    out = shapecalc("diff", "old.h5", "new.h5", "--weights", "--output-format", "json").out
    (found,) = json.loads(out)["diffs"][0]["weights"]
    assert (found["change"], found["new"]["name"]) == ("added", "layers/dense_1/vars/0")


def test_files_of_other_kinds_are_matched_in_order(shapecalc: Command) -> None:
    write_hdf5("old.h5", {"dense": ("body", 1), "dense_1": ("head", 2)})
    write("new.npz", {"one": np.full(3, 1, "f4"), "two": np.full(3, 3, "f4")})
    out = shapecalc("diff", "old.h5", "new.npz", "--weights").out
    (line,) = (line for line in out.splitlines() if "~" in line)
    cells = [cell.strip() for cell in line.split("│")[2:-1]]
    assert cells == ["two", "(3,)", "1", "1", "0.5", "was layers/dense_1/vars/0"]


def test_what_cannot_be_read(shapecalc: Command) -> None:
    write("old.npz", {"a": np.ones(2, "f4")})
    Path("new.npz").write_text("hello")
    code, out, err = shapecalc("diff", "old.npz", "new.npz", "--weights")
    assert (code, out) == (2, "")
    assert err.startswith("error[SC606] cannot read new.npz: it is no weight file")
    assert shapecalc("diff", "old.npz", "old.npz", "--weights", "--numeric").code == 2
    code, _, err = shapecalc("diff", "old.npz", "old.npz", "--weights", "--max-memory", "4B")
    assert err.startswith("error[SC603] old.npz unpacks to 8 B, more than the 4 B allowed")


@pytest.mark.parametrize("name", ["siamese", "masked", "tokens", "chain"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_model_knows_its_weights_in_another_notation(shapecalc: Command, name: str, turned: bool) -> None:
    Path("m.json").write_text(READ["models"][name]["json"])
    for file in ("w.npz", "m.weights.h5"):
        assert shapecalc("run", "m.json", "--save-weights", file).code == 0
    with zipfile.ZipFile("m.keras", "w") as archive:
        archive.write("m.json", "config.json")
        archive.write("m.weights.h5", "model.weights.h5")
    with np.load("w.npz") as saved:
        arrays = dict(saved)
    files = ("w.npz", "m.keras") if turned else ("m.keras", "w.npz")
    assert f"\n No differences in {len(arrays)} weights.\n" in shapecalc("diff", *files, "--weights").out
    write("w.npz", arrays | {next(iter(arrays)): next(iter(arrays.values())) + 1})
    changed = shapecalc("diff", *files, "--weights", "--exit-code")
    assert changed.code == 1
    assert f" Weights: 1 changed, {len(arrays) - 1} equal.\n" in changed.out
