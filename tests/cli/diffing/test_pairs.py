"""Files and folders of both sides, of revisions too: what came, went, changed, or has another name."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from shapecalc.cli import revisions
from tests.cli.conftest import Command

MODEL = "input: [4]\nlayers:\n  - Dense: {units: 8, name: a}\n  - ReLU\n  - Dense: {units: 2, name: head}\n"
OTHER = "input: [7, 3]\nlayers:\n  - LSTM: {units: 5}\n  - Dense: {units: 9}\n"
USER = "blocks: {B: {file: block.yaml}}\ninput: [4]\nlayers: [B]\n"
BLOCK = "args: {units: required}\nlayers: [{Dense: {units: 2}}]\n"
WORKFLOW = "on: push\njobs: {test: {runs-on: linux}}\n"


def git(folder: Path, *arguments: str) -> None:
    settings = (
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b.c",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "protocol.file.allow=always",
    )
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "-m", "all")


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a folder of models; then some are changed, one is gone, one new, one has another name."""
    block = BLOCK.replace("args: {units: required}\n", "")
    write(
        tmp_path,
        {
            "models/same.yaml": MODEL,
            "models/wide.yaml": MODEL,
            "models/gone.yaml": OTHER,
            "models/deep/old.yaml": MODEL.replace("ReLU", "Softmax"),
            "models/user.yaml": USER,
            "models/block.yaml": block,
            "models/ci.yaml": WORKFLOW,
        },
    )
    git(tmp_path, "init", "--initial-branch", "main")
    commit(tmp_path)
    (tmp_path / "models/gone.yaml").unlink()
    (tmp_path / "models/deep/old.yaml").rename(tmp_path / "models/deep/new.yaml")
    write(
        tmp_path,
        {
            "models/wide.yaml": MODEL.replace("units: 8", "units: 16"),
            "models/come.yaml": OTHER.replace("LSTM", "GRU"),
            "models/block.yaml": block.replace("2", "3"),
            "models/ci.yaml": WORKFLOW + "env: {}\n",
        },
    )
    return tmp_path


def list_kinds(out: str) -> dict[str, str]:
    """What became of each file, by its path."""
    return {entry["path"]: entry["change"] for entry in json.loads(out)["diffs"]}


EXPECTED = {
    "come.yaml": "added",
    "deep/new.yaml": "renamed",
    "gone.yaml": "removed",
    "same.yaml": "equal",
    "user.yaml": "changed",
    "wide.yaml": "changed",
}


def test_a_folder_against_a_revision(shapecalc: Command, repository: Path) -> None:
    code, out, err = shapecalc("diff", "main:models", "models", "--output-format", "json", "--exit-code")
    assert (code, err, list_kinds(out)) == (1, "", EXPECTED)
    diffs = {entry["path"]: entry for entry in json.loads(out)["diffs"]}
    assert (diffs["come.yaml"]["old"], diffs["gone.yaml"]["new"]) == (None, None)
    assert diffs["come.yaml"]["new"]["file"] == "models/come.yaml"
    assert diffs["gone.yaml"]["old"]["file"] == "main:models/gone.yaml"
    assert diffs["gone.yaml"]["totals"]["params"] == {"old": 234, "new": 0, "delta": -234}
    assert diffs["deep/new.yaml"]["old"]["file"] == "main:models/deep/old.yaml"
    assert (diffs["deep/new.yaml"]["equal"], diffs["deep/new.yaml"]["layers"]) == (True, [])
    assert [layer["details"] for layer in diffs["user.yaml"]["layers"]] == [
        ["units 2 → 3", "output (None, 2) → (None, 3)"]
    ]


@pytest.mark.parametrize(
    ("old", "new", "prefix"),
    [
        ("main:./models", "models", ""),
        ("main:models/", "./models/", ""),
        ("main:", ".", "models/"),
        ("main:models/**/*.yaml", "models/**/*.yaml", ""),
        ("main:./models/**", "models/**", ""),
        ("main:mod*", "mod*", "models/"),
        ("main:.", ".", "models/"),
    ],
)
def test_other_ways_to_name_the_folders(shapecalc: Command, repository: Path, old: str, new: str, prefix: str) -> None:
    code, out, err = shapecalc("diff", old, new, "--output-format", "json")
    assert (code, err, list_kinds(out)) == (0, "", {prefix + path: kind for path, kind in EXPECTED.items()})


def test_from_a_folder_below_the_top(shapecalc: Command, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "models")
    for words in (("main:./", "."), ("main:models", ".")):
        code, out, err = shapecalc("diff", *words, "--output-format", "json")
        assert (code, err, list_kinds(out)) == (0, "", EXPECTED)
    assert list_kinds(shapecalc("diff", "main:models/gone.yaml", "gone.yaml", "--output-format", "json").out) == {
        "main:models/gone.yaml": "removed"
    }


def test_some_files_of_a_folder(shapecalc: Command, repository: Path) -> None:
    for words in (("main:models/*e.yaml", "models/*e.yaml"), ("main:./models/*e.yaml", "models/*e.yaml")):
        code, out, err = shapecalc("diff", *words, "--output-format", "json")
        kinds = {"come.yaml": "added", "gone.yaml": "removed", "same.yaml": "equal", "wide.yaml": "changed"}
        assert (code, err, list_kinds(out)) == (0, "", kinds)
    code, _, err = shapecalc("diff", "main:none/*.yaml", "none/*.yaml")
    assert (code, err) == (2, "error[SC601] no file in main:none/*.yaml and none/*.yaml is a model\n")


def test_two_folders_and_two_revisions(shapecalc: Command, repository: Path) -> None:
    git(repository, "worktree", "add", "--detach", "before")
    git(repository, "commit", "--all", "-m", "all")
    git(repository, "add", "models")
    git(repository, "commit", "-m", "more")
    for words in (("before/models", "models"), ("main~2:models", "main:models")):
        code, out, err = shapecalc("diff", *words, "--output-format", "json")
        assert (code, err, list_kinds(out)) == (0, "", EXPECTED)


def test_the_text(shapecalc: Command, repository: Path) -> None:
    code, out, err = shapecalc("diff", "main:models", "models")
    assert (code, err) == (0, "")
    lines = [line for line in out.split("\n") if not line.startswith(("├", "┏", "┡", "└"))]
    assert [" ".join(line.replace("│", "|").replace("┃", "|").split()) for line in lines] == [
        "main:models → models",
        "| | File | Old params | New params | Δ Params | Δ MACs | Changes |",
        "| + | come.yaml | | 204 | +204 | +885 | added |",
        "| ~ | deep/old.yaml → deep/new.yaml | 58 | 58 | | | renamed |",
        "| - | gone.yaml | 234 | | -234 | -1,165 | removed |",
        "| ~ | user.yaml | 10 | 15 | +5 | +4 | layers: 1 changed |",
        "| ~ | wide.yaml | 58 | 114 | +56 | +48 | layers: 3 changed |",
        "Models: 2 changed, 1 renamed, 1 added, 1 removed, 1 equal.",
        "",
        "user.yaml",
        "| | Layer (type) | Output Shape | Δ Params | Δ MACs | Δ Memory | Changes |",
        "| ~ | b/dense (Dense) | (None, 3) | +5 | +4 | +24 B | units 2 → 3 |",
        "| | | | | | | output (None, 2) → (None, 3) |",
        "output `output`: (None, 2) of b/dense → (None, 3) of b/dense",
        "Layers: 1 changed, 1 equal.",
        "",
        "wide.yaml",
        "| | Layer (type) | Output Shape | Δ Params | Δ MACs | Δ Memory | Changes |",
        "| ~ | a (Dense) | (None, 16) | +40 | +32 | +192 B | units 8 → 16 |",
        "| | | | | | | output (None, 8) → (None, 16) |",
        "| ~ | re_lu (ReLU) | (None, 16) | | | +32 B | output (None, 8) → (None, 16) |",
        "| ~ | head (Dense) | (None, 2) | +16 | +16 | +64 B | input (None, 8) → (None, 16) |",
        "Layers: 3 changed, 1 equal.",
        "MACs and activations are of one sample; a layer's memory is its weights and outputs.",
        "",
    ]


def test_nothing_changed(shapecalc: Command, repository: Path) -> None:
    commit(repository)
    assert shapecalc("diff", "main:models", "models", "--exit-code") == (
        0,
        "main:models → models\n No differences in 5 models.\n",
        "",
    )


@pytest.mark.parametrize("style", ["full", "markdown", "json"])
def test_a_file_that_one_side_lacks(shapecalc: Command, repository: Path, style: str) -> None:
    for words, kind, params in (
        (("main:models/come.yaml", "models/come.yaml"), "added", "204"),
        (("main:models/gone.yaml", "models/gone.yaml"), "removed", "234"),
        (("main:./models/gone.yaml", "models/../models/gone.yaml"), "removed", "234"),
    ):
        code, out, err = shapecalc("diff", *words, "--output-format", style, "--exit-code")
        assert (code, err) == (1, "")
        assert params in out
        assert f"{kind.capitalize()}: a model of 3 layers." in out or f'"change": "{kind}"' in out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("main:models/none.yaml", "models/none.yaml", "cannot read main:models/none.yaml: "),
        ("main:models/wdie.yaml", "models/wide.yaml", "cannot read main:models/wdie.yaml: "),
        ("mian:models/wide.yaml", "models/wide.yaml", "cannot read mian:models/wide.yaml: there is no such revision; "),
        ("mian:models", "models", "cannot read mian:models: there is no such revision; "),
        ("main:modles", "models", "cannot read main:modles: "),
        ("modles", "models", "cannot read modles: No such file or directory"),
        ("models/none.yaml", "models/wide.yaml", "cannot read models/none.yaml: No such file or directory"),
        ("empty", "empty", "no file in empty is a model"),
    ],
)
def test_what_nobody_has(shapecalc: Command, repository: Path, old: str, new: str, message: str) -> None:
    (repository / "empty").mkdir()
    code, out, err = shapecalc("diff", old, new, "--output-format", "json")
    assert (code, err, json.loads(out)["diffs"]) == (2, "", [])
    assert json.loads(out)["diagnostics"][0]["message"].startswith(message)


def test_a_revision_alone(shapecalc: Command, repository: Path) -> None:
    assert shapecalc("diff", "main", "models") == (
        2,
        "",
        "error[SC608] `main` is a revision, and a file or folder in it is wanted\n  = help: write `main:./models`\n",
    )
    assert shapecalc("diff", "main:./models", "models").code == 0
    assert shapecalc("diff", "none", "models").err.startswith("error[SC601] cannot read none: ")


def test_a_folder_that_the_base_lacks(shapecalc: Command, repository: Path) -> None:
    write(repository, {"nets/a.yaml": MODEL, "nets/b.yaml": OTHER})
    code, out, err = shapecalc("diff", "main:nets", "nets", "--output-format", "json")
    assert (code, err, list_kinds(out)) == (0, "", {"a.yaml": "added", "b.yaml": "added"})


def test_a_broken_file_among_others(shapecalc: Command, repository: Path) -> None:
    (repository / "models/wide.yaml").write_text(MODEL.replace("Dense", "Dnese"))
    code, out, err = shapecalc("diff", "main:models", "models")
    assert code == 1
    assert " Models: 1 changed, 1 renamed, 1 added, 1 removed, 1 not compared, 1 equal.\n" in out
    assert err.startswith("models/wide.yaml:3:5: error[SC201] there is no layer type `Dnese`")
    assert "main:models/wide.yaml" not in err


def test_a_broken_file_that_nobody_changed_is_said_once(shapecalc: Command, repository: Path) -> None:
    (repository / "models/wide.yaml").write_text(MODEL.replace("head", "a"))
    commit(repository)
    code, _, err = shapecalc("diff", "main:models", "models")
    assert (code, err.count("error[SC304]")) == (1, 1)


def test_one_folder_under_two_settings(shapecalc: Command, tmp_path: Path) -> None:
    text = "args: {width: 4}\ninput: [3]\nlayers: [{Dense: {units: $width}}]\n"
    write(tmp_path, {"m/a.yaml": text, "m/b.yaml": text.replace("$width", "3")})
    code, out, err = shapecalc("diff", "m", "--set", "width=4,6", "--output-format", "json")
    assert (code, err, list_kinds(out)) == (0, "", {"a.yaml": "changed", "b.yaml": "equal"})
    assert json.loads(out)["diffs"][0]["new"]["settings"] == {"width": 6}
    assert shapecalc("diff", "m", "--set", "width=4,6").out.startswith("m: width=4 → width=6\n")
    out = shapecalc("diff", "m", "--set", "width=4,6", "--output-format", "markdown").out
    assert out.startswith("### `m`: `width=4` → `width=6`\n")


def test_numbers_are_of_two_files(shapecalc: Command, repository: Path) -> None:
    assert shapecalc("diff", "main:models", "models", "--numeric") == (
        2,
        "",
        "error[SC608] --numeric runs two models, and here are folders\n  = help: name one file on each side\n",
    )


def test_what_is_excluded(shapecalc: Command, repository: Path) -> None:
    (repository / "pyproject.toml").write_text('[tool.shapecalc]\nexclude = ["models/deep", "gone.yaml"]\n')
    code, out, _ = shapecalc("diff", "main:models", "models", "--output-format", "json")
    assert code == 0
    assert set(list_kinds(out)) == {"come.yaml", "same.yaml", "user.yaml", "wide.yaml"}


def list_renames(shapecalc: Command, tmp_path: Path, old: dict[str, str], new: dict[str, str]) -> dict[str, Any]:
    write(tmp_path, {f"old/{name}": text for name, text in old.items()})
    write(tmp_path, {f"new/{name}": text for name, text in new.items()})
    out = shapecalc("diff", "old", "new", "--output-format", "json").out
    return {
        entry["path"]: (entry["old"] or {}).get("file", "-").removeprefix("old/")
        for entry in json.loads(out)["diffs"]
        if entry["change"] == "renamed"
    }


LONG = "input: [4]\nlayers:\n" + "".join(f"  - Dense: {{units: {4 + place}}}\n" for place in range(9))


@pytest.mark.parametrize(
    ("old", "new", "renames"),
    [
        ({"a.yaml": MODEL}, {"b.yaml": MODEL}, {"b.yaml": "a.yaml"}),
        ({"a.yaml": LONG}, {"b.yaml": LONG + "  - ReLU\n"}, {"b.yaml": "a.yaml"}),
        ({"a.yaml": LONG}, {"b.yaml": LONG.replace("4]", "5]").replace("units: 5", "units: 9")}, {"b.yaml": "a.yaml"}),
        ({"a.yaml": MODEL}, {"b.yaml": OTHER}, {}),
        # Two that are as like: nobody can tell.
        ({"a.yaml": LONG}, {"b.yaml": LONG + "  - ReLU\n", "c.yaml": LONG + "  - Softmax\n"}, {}),
        ({"a.yaml": LONG}, {"x/a.yaml": LONG + "  - ReLU\n", "c.yaml": LONG + "  - Softmax\n"}, {"x/a.yaml": "a.yaml"}),
        (
            {"a.yaml": LONG, "b.yaml": MODEL},
            {"c.yaml": MODEL, "d.yaml": LONG},
            {"c.yaml": "b.yaml", "d.yaml": "a.yaml"},
        ),
    ],
)
def test_which_file_is_which(
    shapecalc: Command, tmp_path: Path, old: dict[str, str], new: dict[str, str], renames: dict[str, str]
) -> None:
    assert list_renames(shapecalc, tmp_path, old, new) == renames


def test_odd_names(shapecalc: Command, repository: Path) -> None:
    names = [
        "a b.yaml",
        "ü.yaml",
        "x|y`z.yaml",
        "-q.yaml",
        "a:b.yaml",
        "tab\t.yaml",
        "line\nbreak.yaml",
        os.fsdecode(b"\xff.yaml"),
    ]
    folder = repository / "odd"
    write(folder, dict.fromkeys(names, MODEL))
    commit(repository)
    write(folder, {name: MODEL.replace("units: 8", "units: 9") for name in names})
    code, out, err = shapecalc("diff", "main:odd", "odd", "--output-format", "json")
    assert (code, err) == (0, "")
    assert list(list_kinds(out).values()) == ["changed"] * len(names)
    for style in ("full", "markdown"):
        assert shapecalc("diff", "main:odd", "odd", "--output-format", style).code == 0


def test_links_and_submodules_of_a_revision(
    shapecalc: Command, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    write(other, {"secret.yaml": OTHER})
    git(other, "init")
    commit(other)
    git(repository, "submodule", "add", str(other), "models/sub")
    (repository / "models/out.yaml").symlink_to(other / "secret.yaml")
    (repository / "models/inside.yaml").symlink_to("wide.yaml")
    (repository / "models/round.yaml").symlink_to("round.yaml")
    commit(repository)
    _, out, _ = shapecalc("diff", "main:models", "main:models", "--output-format", "json")
    assert set(list_kinds(out)) == {"come.yaml", "deep/new.yaml", "same.yaml", "user.yaml", "wide.yaml"}
    _, out, err = shapecalc("diff", "main:models/inside.yaml", "main:models/wide.yaml")
    assert (err, " No differences in 4 layers.\n" in out) == ("", True)
    code, _, err = shapecalc("diff", "main:models/out.yaml", "models/wide.yaml")
    assert (code, "error[SC604] is a link out of the repository, and is not followed" in err) == (1, True)
    code, _, err = shapecalc("diff", "main:models/round.yaml", "models/wide.yaml")
    assert (code, "too many links lead from one to another" in err) == (2, True)
    code, _, err = shapecalc("diff", "main:models/sub", "models")
    assert (code, err) == (2, "error[SC601] cannot read main:models/sub: it is a submodule, or this clone lacks it\n")


def test_without_git(shapecalc: Command, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    code, out, err = shapecalc("diff", "main:models", "models")
    assert (code, out, err) == (2, "", "error[SC601] cannot read main:models: git is not installed, or not found\n")


def test_a_folder_of_too_many_files(shapecalc: Command, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "MAX_ENTRIES", 3)
    code, out, err = shapecalc("diff", "main:models", "models")
    assert (code, out) == (1, "")
    assert err == (
        "error[SC602] main:models has 7 files, more than the 3 looked at\n"
        "  = help: name a folder that holds the models\n"
    )


def test_what_is_not_read_at_once_is_read_by_itself(
    shapecalc: Command, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "MAX_LISTED", 200)
    _, out, _ = shapecalc("diff", "main:models", "models", "--output-format", "json")
    assert list_kinds(out) | EXPECTED == list_kinds(out)
