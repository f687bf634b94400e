"""`shapecalc diff`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Command

OLD = """\
input: [5, 3]
layers:
  - LSTM: {units: 8, return_sequences: true}
  - Dense: {units: 4, activation: relu}
  - Dropout: {rate: 0.1}
  - Dense: {units: 1, name: head}
"""
NEW = """\
input: [5, 3]
layers:
  - LSTM: {units: 8, return_sequences: true}
  - Dense: {units: 16}
  - Dense: {units: 4, activation: gelu}
  - Dense: {units: 1, name: head}
"""
RENAMED = """\
input: [5, 3]
blocks:
  Encoder:
    layers:
      - LSTM: {units: 8, return_sequences: true}
      - Dense: {units: 4, activation: relu}
layers:
  - Encoder
  - Dropout: {rate: 0.1}
  - Dense: {units: 1, name: last}
"""


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    for name, text in (("old", OLD), ("new", NEW), ("renamed", RENAMED)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def test_the_table(shapecalc: Command, specs: Path) -> None:
    code, out, err = shapecalc("diff", "old.yaml", "new.yaml")
    assert (code, err) == (0, "")
    lines = [line for line in out.split("\n") if not line.startswith(("├", "┏", "┡", "└"))]
    assert [" ".join(line.replace("│", "|").replace("┃", "|").split()) for line in lines] == [
        "old.yaml → new.yaml",
        "| | Layer (type) | Output Shape | Δ Params | Δ MACs | Δ Memory | Changes |",
        "| + | dense (Dense) | (None, 5, 16) | +144 | +640 | +896 B | added |",
        "| ~ | dense_1 (Dense) | (None, 5, 4) | +32 | +160 | +128 B | was dense |",
        "| | | | | | | activation 'relu' → 'gelu' |",
        "| - | dropout (Dropout) | (None, 5, 4) | | | -80 B | removed |",
        "Layers: 1 changed, 1 added, 1 removed, 3 equal.",
        "Total old new Δ",
        "Params 425 601 +176",
        "Trainable params 425 601 +176",
        "MACs 1,940 2,740 +800",
        "Weights 1.7 KiB 2.3 KiB +704 B",
        "Peak activations 240 B 480 B +240 B",
        "MACs and activations are of one sample; a layer's memory is its weights and outputs.",
        "",
    ]


def test_no_differences(shapecalc: Command, specs: Path) -> None:
    assert shapecalc("diff", "old.yaml", "old.yaml", "--exit-code") == (
        0,
        "old.yaml → old.yaml\n"
        " No differences in 5 layers.\n"
        " Total                 old      new  Δ\n"
        " Params                425      425  0\n"
        " Trainable params      425      425  0\n"
        " MACs                1,940    1,940  0\n"
        " Weights           1.7 KiB  1.7 KiB  0\n"
        " Peak activations    240 B    240 B  0\n"
        " MACs and activations are of one sample; a layer's memory is its weights and outputs.\n",
        "",
    )


def test_the_exit_code_says_whether_they_differ(shapecalc: Command, specs: Path) -> None:
    assert shapecalc("diff", "old.yaml", "new.yaml").code == 0
    assert shapecalc("diff", "old.yaml", "new.yaml", "--exit-code").code == 1


def test_markdown_for_a_pull_request(shapecalc: Command, specs: Path) -> None:
    assert shapecalc("diff", "old.yaml", "renamed.yaml", "--output-format", "markdown").out == (
        "### `old.yaml` → `renamed.yaml`\n"
        "\n"
        "Layers: 3 renamed, 2 equal.\n"
        "\n"
        "| Total | old | new | Δ |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| Params | 425 | 425 | 0 |\n"
        "| Trainable params | 425 | 425 | 0 |\n"
        "| MACs | 1,940 | 1,940 | 0 |\n"
        "| Weights | 1.7 KiB | 1.7 KiB | 0 |\n"
        "| Peak activations | 240 B | 300 B | +60 B |\n"
        "\n"
        "|  | Layer (type) | Output Shape | Δ Params | Δ MACs | Δ Memory | Changes |\n"
        "| --- | --- | --- | ---: | ---: | ---: | --- |\n"
        "| \\~ | `*` → `encoder/*` | (None, 5, 8) |  |  |  | renamed<br>2 layers |\n"
        "| \\~ | `head` → `last` (`Dense`) | (None, 5, 1) |  |  |  | renamed |\n"
        "\n"
        "MACs and activations are of one sample; a layer's memory is its weights and outputs.\n"
    )
    assert shapecalc("diff", "old.yaml", "old.yaml", "--output-format", "markdown").out == (
        "### `old.yaml` → `old.yaml`\n\nNo differences in 5 layers.\n"
    )


def test_json(shapecalc: Command, specs: Path) -> None:
    data = json.loads(shapecalc("diff", "old.yaml", "new.yaml", "--output-format", "json").out)
    (found,) = data["diffs"]
    assert (data["schema_version"], data["diagnostics"]) == (1, [])
    assert found["old"] == {"name": "old", "file": "old.yaml", "settings": {}}
    assert (found["equal"], found["numeric"]) == (False, None)
    assert found["totals"]["params"] == {"old": 425, "new": 601, "delta": 176}
    assert [(one["change"], (one["new"] or one["old"])["name"]) for one in found["layers"]] == [
        ("added", "dense"),
        ("changed", "dense_1"),
        ("removed", "dropout"),
    ]
    assert found["layers"][1]["params"] == {"old": 36, "new": 68, "delta": 32}
    assert found["layers"][1]["old"] == {"name": "dense", "type": "Dense", "line": 4, "output_shapes": [[None, 5, 4]]}


def test_blocks_as_a_whole(shapecalc: Command, specs: Path) -> None:
    (specs / "wider.yaml").write_text(RENAMED.replace("units: 8", "units: 9"))
    out = shapecalc("diff", "renamed.yaml", "wider.yaml", "--depth", "1").out
    assert "│ ~ │ encoder (Encoder) │ (None, 5, 4) │      +88 │   +420 │   +352 B │         │\n" in out
    assert " Layers: 1 changed, 3 equal.\n" in out


@pytest.mark.parametrize(
    ("old", "new", "details"),
    [
        ("Dense: {units: 2}", "Dense: {units: 3}", ["units 2 → 3", "output (None, 5, 2) → (None, 5, 3)"]),
        ("Dense: {units: 2, name: a}", "Dense: {units: 2, name: b}", []),
        ("Dense: {units: 3}", "GRU: {units: 3, return_sequences: true}", ["removed", "added"]),
        ("Dense: {units: 3, name: a}", "GRU: {units: 3, return_sequences: true, name: a}", ["Dense → GRU"]),
        (
            "Bidirectional: {layer: {GRU: {units: 2}}}",
            "Bidirectional: {layer: {GRU: {units: 2, reset_after: false}}}",
            ["layer.reset_after true → false"],
        ),
        (
            "TimeDistributed: {layer: {Dense: {units: 2}}}",
            "TimeDistributed: {layer: Flatten}",
            ["layer Dense → Flatten", "output (None, 5, 2) → (None, 5, 3)"],
        ),
        (
            "Conv1D: {filters: 2, kernel_size: 1}",
            "Conv1D: {filters: 2, kernel_size: 1, dilation_rate: 2}",
            ["dilation_rate [1] → [2]"],
        ),
    ],
)
def test_what_changed_in_a_layer(shapecalc: Command, tmp_path: Path, old: str, new: str, details: list[str]) -> None:
    for name, entry in (("old", old), ("new", new)):
        (tmp_path / f"{name}.yaml").write_text(f"input: [5, 3]\nlayers:\n  - {entry}\n")
    data = json.loads(shapecalc("diff", "old.yaml", "new.yaml", "--output-format", "json").out)
    layers = data["diffs"][0]["layers"]
    kinds = [one["change"] for one in layers if one["change"] in ("added", "removed")]
    assert sorted([*kinds, *(detail for one in layers for detail in one["details"])]) == sorted(details)
    assert layers


@pytest.mark.parametrize("shape", ["[null, 3]", "[null, null, 2]", "[T, 3]"])
def test_a_model_is_equal_to_itself_where_sizes_are_open(shapecalc: Command, tmp_path: Path, shape: str) -> None:
    for name in ("old", "new"):
        (tmp_path / f"{name}.yaml").write_text(f"input: {shape}\nlayers:\n  - Dense: {{units: 2}}\n")
    code, out, _ = shapecalc("diff", "old.yaml", "new.yaml", "--exit-code")
    assert code == 0
    assert " No differences in 2 layers.\n" in out


def test_an_open_size_that_is_given(shapecalc: Command, tmp_path: Path) -> None:
    for name, shape in (("old", "[null, 3]"), ("new", "[7, 3]")):
        (tmp_path / f"{name}.yaml").write_text(f"input: {shape}\nlayers:\n  - Dense: {{units: 2}}\n")
    out = shapecalc("diff", "old.yaml", "new.yaml").out
    assert "shape [None, 3] → [7, 3]" in out


def test_outputs_that_differ(shapecalc: Command, tmp_path: Path) -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 2, name: a}\n  - Dense: {units: 2, name: b}\noutputs: "
    (tmp_path / "old.yaml").write_text(text + "{x: a, y: b, z: b}")
    (tmp_path / "new.yaml").write_text(text + "{x: b, y: b, w: a}")
    code, out, _ = shapecalc("diff", "old.yaml", "new.yaml", "--exit-code")
    assert code == 1
    assert out.startswith(
        "old.yaml → new.yaml\n"
        " output `z` is gone\n"
        " output `x`: (None, 2) of a → (None, 2) of b\n"
        " output `w` is new: (None, 2)\n"
        " Layers: 3 equal.\n"
    )


def test_symbols_differ_by_a_formula(shapecalc: Command, tmp_path: Path) -> None:
    for name, units in (("old", 2), ("new", 5)):
        (tmp_path / f"{name}.yaml").write_text(f"input: [T, d]\nlayers: [{{Dense: {{units: {units}}}}}]\n")
    out = shapecalc("diff", "old.yaml", "new.yaml").out
    assert " Params                  2*d + 2         5*d + 5      3*d + 3\n" in out


def test_the_same_numbers(shapecalc: Command, specs: Path) -> None:
    code, out, err = shapecalc("diff", "old.yaml", "renamed.yaml", "--numeric")
    assert (code, err) == (0, "")
    assert out.endswith(" With the same weights and inputs:\n output (2, 5, 1): equal, max abs difference 0\n")


def test_other_numbers(shapecalc: Command, specs: Path) -> None:
    (specs / "linear.yaml").write_text(OLD.replace(", activation: relu", ""))
    code, out, _ = shapecalc("diff", "old.yaml", "linear.yaml", "--numeric", "--exit-code", "--output-format", "json")
    (pair,) = json.loads(out)["diffs"][0]["numeric"]
    assert (code, pair["equal"], pair["shape"]) == (1, False, [2, 5, 1])
    assert pair["max_abs_difference"] > 0.01
    shown = shapecalc("diff", "old.yaml", "linear.yaml", "--numeric", "--output-format", "markdown").out
    assert "\n- output (2, 5, 1): DIFFERENT, max abs difference " in shown


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (OLD, NEW, "the new model's weight dense/kernel (8, 16) has no counterpart in the old one"),
        (NEW, OLD, "the new model's weight dense/kernel (8, 4) has no counterpart in the old one"),
        (OLD + "  - Dense: {units: 1}\n", OLD, "a weight (1,) of the old model has no counterpart in the new one"),
        (OLD, OLD.replace("5, 3", "6, 3"), "the inputs are (None, 5, 3) and (None, 6, 3)"),
        (OLD, OLD + "  - Flatten\n", "the outputs are (2, 5, 1) and (2, 5)"),
        (OLD.replace("3]", "d]"), OLD.replace("3]", "d]"), "the weight lstm/kernel has no shape in numbers"),
    ],
)
def test_models_that_cannot_be_run_alike(shapecalc: Command, tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "a.yaml").write_text(old)
    (tmp_path / "b.yaml").write_text(new)
    code, out, err = shapecalc("diff", "a.yaml", "b.yaml", "--numeric")
    assert (code, err.split("\n")[0]) == (1, f"error[SC509] {message}")
    assert out.startswith("a.yaml → b.yaml\n")


def git(folder: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(specs: Path) -> Path:
    """A repository with the old spec in a folder, and a block in a file of its own; then both are changed."""
    folder = specs / "models"
    folder.mkdir()
    (folder / "model.yaml").write_text("blocks: {B: {file: block.yaml}}\ninput: [4]\nlayers: [B]\n")
    (folder / "block.yaml").write_text("layers: [{Dense: {units: 2}}]\n")
    git(specs, "init")
    git(specs, "add", "models")
    git(specs, "commit", "-m", "first")
    (folder / "block.yaml").write_text("layers: [{Dense: {units: 3}}]\n")
    return folder


@pytest.mark.parametrize("start", ["HEAD:models/", "HEAD:./models/", "HEAD:models/../models/"])
def test_a_file_as_it_was_with_the_files_it_names(shapecalc: Command, repository: Path, start: str) -> None:
    code, out, err = shapecalc("diff", f"{start}model.yaml", "models/model.yaml", "--output-format", "json")
    assert (code, err) == (0, "")
    (layer,) = json.loads(out)["diffs"][0]["layers"]
    assert layer["details"] == ["units 2 → 3", "output (None, 2) → (None, 3)"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("HEAD:models/none.yaml", "cannot read HEAD:models/none.yaml: "),
        ("NONE:models/model.yaml", "cannot read NONE:models/model.yaml: "),
        ("--output=x:models/model.yaml", "there is no option `--output`"),
        ("HEAD:", "OLD is a folder, and NEW is a file"),
        (":model.yaml", "cannot read :model.yaml: No such file or directory"),
    ],
)
def test_what_git_does_not_have(shapecalc: Command, repository: Path, path: str, message: str) -> None:
    code, _, err = shapecalc("diff", path, "models/model.yaml")
    assert code == 2
    assert err.split("] ")[1].startswith(message)
    assert not (repository.parent / "x").exists()


def test_a_folder_is_not_compared_with_a_file(shapecalc: Command, repository: Path) -> None:
    assert shapecalc("diff", "HEAD:models", "models/model.yaml") == (
        2,
        "",
        "error[SC608] OLD is a folder, and NEW is a file\n"
        "  = help: name a file on each side, or a folder on each side\n",
    )


def test_a_revision_is_no_option_of_git(shapecalc: Command, repository: Path) -> None:
    code, _, err = shapecalc("diff", "--", "--output=x:models/model.yaml", "models/model.yaml")
    assert (code, err) == (
        2,
        "error[SC601] cannot read --output=x:models/model.yaml: a revision does not begin with `-`\n",
    )
    assert not (repository.parent / "x").exists()


def test_a_broken_side(shapecalc: Command, specs: Path) -> None:
    (specs / "broken.yaml").write_text(OLD.replace("Dropout", "Dropuot"))
    code, out, err = shapecalc("diff", "old.yaml", "broken.yaml", "--exit-code")
    assert (code, out) == (1, "")
    assert err.startswith("broken.yaml:5:5: error[SC201] there is no layer type `Dropuot`")
    code, out, _ = shapecalc("diff", "old.yaml", "broken.yaml", "--output-format", "json")
    assert (code, json.loads(out)["diffs"]) == (1, [])


def test_the_format_that_is_the_default_can_be_asked_for(shapecalc: Command, specs: Path) -> None:
    words = ("diff", str(specs / "old.yaml"), str(specs / "new.yaml"))
    assert shapecalc(*words, "--output-format", "full") == shapecalc(*words)


WIDE = """\
args: {width: 4, rate: 0.1}
input: [3]
layers:
  - Dense: {units: $width}
  - Dropout: {rate: $rate}
  - Dense: {units: 2, name: head}
"""


def test_one_model_under_two_settings(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(WIDE)
    code, out, err = shapecalc("diff", "m.yaml", "--set", "width=4,6", "--set", "rate=0.5", "--exit-code")
    assert (code, err) == (1, "")
    assert out.startswith("m.yaml: width=4 → width=6\n")
    assert [line.split() for line in out.splitlines() if "Params" in line][-1] == ["Params", "26", "38", "+12"]
    data = json.loads(shapecalc("diff", "m.yaml", "--set", "width=4,6", "--output-format", "json").out)
    (found,) = data["diffs"]
    assert found["old"] == {"name": "m", "file": "m.yaml", "settings": {"width": 4}}
    assert found["new"] == {"name": "m", "file": "m.yaml", "settings": {"width": 6}}


def test_one_model_at_two_batch_sizes_from_standard_input(shapecalc: Command) -> None:
    code, out, err = shapecalc("diff", "-", "--batch", "8,16", stdin=WIDE)
    assert (code, err) == (0, "")
    assert out.startswith("<stdin>: batch=8 → batch=16\n")
    assert "output (8, 4) → (16, 4)" in out


@pytest.mark.parametrize(
    ("words", "message", "help"),
    [
        (
            ("m.yaml",),
            "NEW is missing: diff compares two models, or one under two settings",
            "for example `shapecalc diff old.yaml new.yaml`, or `--set units=64,128`",
        ),
        (
            ("m.yaml", "m.yaml", "--set", "width=4,6"),
            "two files are compared under the same settings, and here are several values",
            "give one value, or leave NEW out: one model under two settings",
        ),
        (
            ("m.yaml", "--set", "width=4,6,8"),
            "diff compares two settings, and the values give 3 combinations",
            "`shapecalc summary FILE --set units=64,128,256` compares the totals of all, and so does `shapecalc sweep`",
        ),
        (
            ("m.yaml", "--set", "width=4,6", "--batch", "1,2"),
            "diff compares two settings, and the values give 4 combinations",
            "`shapecalc summary FILE --set units=64,128,256` compares the totals of all, and so does `shapecalc sweep`",
        ),
        (
            ("m.yaml", "--weights"),
            "NEW is missing: --weights compares two files",
            "for example `shapecalc diff before.weights.h5 after.weights.h5 --weights`",
        ),
        (
            ("m.yaml", "--batch", "8,x"),
            "--batch must be a whole number of at least 1, got `x`",
            "`shapecalc diff --help` lists what it takes",
        ),
    ],
)
def test_settings_that_are_not_two(
    shapecalc: Command, tmp_path: Path, words: tuple[str, ...], message: str, help: str
) -> None:
    (tmp_path / "m.yaml").write_text(WIDE)
    code, out, err = shapecalc("diff", *words)
    assert (code, out, err) == (2, "", f"error[SC608] {message}\n  = help: {help}\n")


def test_a_setting_that_fails_is_said_once(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(WIDE)
    code, out, err = shapecalc("diff", "m.yaml", "--set", "width=4,-6")
    assert (code, out, err.count("error[")) == (1, "", 1)
    code, _, err = shapecalc("diff", "m.yaml", "--set", "height=4,6")
    assert err.count("error[") == 1
    code, _, err = shapecalc("diff", "none.yaml", "--set", "height=4,6")
    assert (code, err.count("error[")) == (2, 1)


def test_numbers_under_two_settings(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(WIDE)
    assert "output (2, 2): equal" in shapecalc("diff", "m.yaml", "--set", "rate=0.1,0.2", "--numeric").out
    code, out, err = shapecalc("diff", "m.yaml", "--set", "width=4,6", "--numeric")
    assert (code, err.split("\n")[0]) == (
        1,
        "error[SC509] the new model's weight dense/kernel (3, 6) has no counterpart in the old one",
    )
    assert out.startswith("m.yaml: width=4 → width=6\n")
