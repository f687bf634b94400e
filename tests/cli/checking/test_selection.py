"""Which files `check` reads."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from shapecalc.cli.checking.rules import CheckRules
from shapecalc.cli.checking.selection import list_files, list_specs_among
from shapecalc.diagnostics import Fault, error
from tests.cli.conftest import Command

SPEC = "input: [4]\nlayers: [{Dense: {units: 2}}]\nexpect: {params: 10}\n"
BROKEN = "input: [4]\nlayer:\n  - Dense: {units: 2\n"
WORKFLOW = "name: CI\non: [push]\njobs:\n  a: {runs-on: x, steps: []}\n"


def write(folder: Path, *names: str, text: str = SPEC) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def git(folder: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, the current one; git looks for no repository above it."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def listed(*paths: str, include: tuple[str, ...] = (), exclude: tuple[str, ...] = (), root: str = ".") -> list[str]:
    """The files in the folders and globs."""
    return list_files(paths, CheckRules(include=include, exclude=exclude, root=root)).files


def test_a_file_of_another_tool_is_passed_over_in_a_folder_and_an_error_where_it_is_named(
    shapecalc: Command, tmp_path: Path
) -> None:
    write(tmp_path, "m/a.yaml", "m/deep/b.yml")
    write(tmp_path, "m/ci.yml", "m/deep/other.yaml", text=WORKFLOW)
    write(tmp_path, "m/empty.yaml", text="")
    assert shapecalc("check", "m") == (0, "2 specs checked: all clean\n", "")
    assert shapecalc("check", "m/ci.yml").code == 1
    assert shapecalc("check", "m", "m/ci.yml").code == 1
    code, out, _ = shapecalc("check", "m/*.yml", "--output-format", "concise")
    assert (code, out.splitlines()[0]) == (2, "error[SC601] no file named like m/*.yml is a spec")


def test_a_broken_spec_is_not_passed_over(shapecalc: Command, tmp_path: Path) -> None:
    write(tmp_path, "m/a.yaml", text=BROKEN)
    code, out, _ = shapecalc("check", "m", "--output-format", "concise")
    assert (code, "error[SC" in out) == (1, True)


def test_a_folder_without_a_spec_is_an_error(shapecalc: Command, tmp_path: Path) -> None:
    write(tmp_path, "m/ci.yml", text=WORKFLOW)
    write(tmp_path, "n/a.txt", "good/a.yaml")
    code, out, _ = shapecalc("check", "m", "n", "good", "--output-format", "concise")
    assert code == 2
    assert out.splitlines() == [
        "error[SC601] no file in n ends in .yaml or .yml",
        "error[SC601] no file in m is a spec",
        "1 spec checked: 2 errors in 0 specs",
    ]


def test_a_large_file_of_another_tool_is_passed_over(
    shapecalc: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shapecalc.document.files.MAX_BYTES", 300_000)
    write(tmp_path, "m/a.yaml")
    write(tmp_path, "m/data.yaml", text="rows:\n" + "  - [1, 2, 3]\n" * 40_000)
    assert shapecalc("check", "m").out == "1 spec checked: clean\n"
    write(tmp_path, "m/b.yaml", text=SPEC + "# x\n" * 100_000)
    code, out, _ = shapecalc("check", "m", "--output-format", "concise")
    assert (code, "m/b.yaml: error[SC602] the file is larger than" in out) == (1, True)


def test_files_come_once_and_in_order(here: Path) -> None:
    write(here, "m/b.yaml", "m/a.yaml", "m/deep/c.yaml", "x.yaml")
    assert listed("m", "./m/a.yaml", "m/b.yaml", "x.yaml", "./x.yaml") == [
        "m/a.yaml",
        "m/b.yaml",
        "m/deep/c.yaml",
        "x.yaml",
    ]
    assert listed("m/b.yaml", "m") == ["m/b.yaml", "m/a.yaml", "m/deep/c.yaml"]


@pytest.mark.parametrize(
    ("glob", "files"),
    [
        ("*.yaml", ["x.yaml"]),
        ("m/*.yaml", ["m/a.yaml", "m/b.yaml"]),
        ("m/**/*.yaml", ["m/a.yaml", "m/b.yaml", "m/deep/c.yaml", "m/deep/er/d.yaml"]),
        ("**/*.yml", ["m/e.yml"]),
        ("**/[cd].yaml", ["m/deep/c.yaml", "m/deep/er/d.yaml"]),
        ("m/?.y*ml", ["m/a.yaml", "m/b.yaml", "m/e.yml"]),
        ("m/*", ["m/a.yaml", "m/b.yaml", "m/deep/c.yaml", "m/deep/er/d.yaml", "m/e.yml", "m/notes.txt"]),
        ("m/**", ["m/a.yaml", "m/b.yaml", "m/e.yml", "m/deep/c.yaml", "m/deep/er/d.yaml"]),
        ("*/deep/**/d.yaml", ["m/deep/er/d.yaml"]),
        ("./m/*.yml", ["./m/e.yml"]),
        ("m/.h*/*.yaml", ["m/.hidden/g.yaml"]),
        ("m/[[]z].yaml", ["m/[z].yaml"]),
        ("nothing/*.yaml", []),
        ("m/*.yaml/x", []),
        ("m/{a,b}.yaml", ["m/{a,b}.yaml"]),
    ],
)
def test_globs_in_quotes(here: Path, glob: str, files: list[str]) -> None:
    write(here, "m/b.yaml", "m/a.yaml", "m/deep/c.yaml", "m/deep/er/d.yaml", "m/e.yml", "m/.hidden/g.yaml", "x.yaml")
    write(here, "m/.f.yaml", "m/notes.txt")
    if "[[]" in glob:
        write(here, "m/[z].yaml")
    assert listed(glob) == files


def test_globs_of_whole_paths(here: Path) -> None:
    write(here, "m/b.yaml")
    assert listed(f"{here}/*/*.yaml") == [f"{here}/m/b.yaml"]


def test_a_path_that_exists_is_no_glob(here: Path) -> None:
    write(here, "m/[a].yaml", "m/a.yaml")
    assert listed("m/[a].yaml") == ["m/[a].yaml"]


def test_a_glob_that_leads_to_nothing_is_an_error(shapecalc: Command, tmp_path: Path) -> None:
    code, out, _ = shapecalc("check", "m/*.yaml", "--output-format", "concise")
    assert (code, out.splitlines()[0]) == (2, "error[SC601] no file is named like m/*.yaml")


def test_a_loop_of_links_has_an_end(here: Path) -> None:
    write(here, "m/a.yaml")
    for name in "xyz":
        os.symlink("..", here / "m" / name)
    assert listed("**/*.yaml") == ["m/a.yaml"]
    assert listed("m") == ["m/a.yaml"]


def test_exclude_and_include(here: Path) -> None:
    write(here, "m/a.yaml", "m/old_a.yaml", "m/legacy/b.yaml", "legacy/c.yaml", "m/d.yml", "m/e.keras")
    root = str(here)
    assert listed(".", exclude=("legacy", "**/old_*.yaml"), root=root) == ["./m/a.yaml", "./m/d.yml"]
    assert listed("m", exclude=("/legacy",), root=root) == [
        "m/a.yaml",
        "m/d.yml",
        "m/old_a.yaml",
        "m/legacy/b.yaml",
    ]
    assert listed("m", include=("*.keras", "m/legacy/*.yaml"), root=root) == ["m/e.keras", "m/legacy/b.yaml"]
    assert listed("m/*.yaml", exclude=("old_*",), root=root) == ["m/a.yaml"]
    assert listed("m/old_a.yaml", exclude=("old_*",), root=root) == ["m/old_a.yaml"]


def test_globs_of_settings_are_relative_to_their_file(shapecalc: Command, tmp_path: Path) -> None:
    write(tmp_path, "p/m/a.yaml", "p/m/old.yaml", "p/x/old.yaml")
    (tmp_path / "p" / "pyproject.toml").write_text("[tool.shapecalc]\nexclude = ['m/old.yaml']\n")
    os.chdir(tmp_path / "p" / "m")
    assert shapecalc("check", ".").out == "1 spec checked: clean\n"
    assert shapecalc("check", "../x").out == "1 spec checked: clean\n"
    assert shapecalc("check", "old.yaml").out == "1 spec checked: clean\n"
    assert shapecalc("check", "old.yaml", "a.yaml", "--force-exclude").out == "1 spec checked: clean\n"


def test_saved_models_are_included_by_name(shapecalc: Command, tmp_path: Path) -> None:
    write(tmp_path, "m/a.yaml")
    write(tmp_path, "m/b.keras", text="no archive")
    assert shapecalc("check", "m").out == "1 spec checked: clean\n"
    (tmp_path / "shapecalc.toml").write_text("include = ['*.yaml', '*.keras']\n")
    assert "m/b.keras" in shapecalc("check", "m").out


def test_what_git_ignores_is_left_out(here: Path) -> None:
    git(here, "init")
    write(here, "m/a.yaml", "m/b.yaml", "m/kept.yaml", "build/c.yaml", "m/build/d.yaml", "new.yaml")
    (here / ".gitignore").write_text("build/\nb.yaml\nkept.yaml\n")
    git(here, "add", "-f", "m/kept.yaml", "m/a.yaml")
    assert listed(".") == ["./new.yaml", "./m/a.yaml", "./m/kept.yaml"]
    assert listed("m") == ["m/a.yaml", "m/kept.yaml"]
    assert listed("**/*.yaml") == ["new.yaml", "m/a.yaml", "m/kept.yaml"]
    assert listed("m/b.yaml", "build") == ["m/b.yaml", "build/c.yaml"]
    assert listed("m/build") == ["m/build/d.yaml"]


def test_repositories_in_a_repository_say_what_they_ignore(here: Path) -> None:
    git(here, "init")
    write(here, "a.yaml", "inner/b.yaml", "inner/c.yaml")
    git(here / "inner", "init")
    (here / "inner" / ".gitignore").write_text("c.yaml\n")
    assert listed(".") == ["./a.yaml", "./inner/b.yaml"]


def test_a_repository_that_is_none(here: Path) -> None:
    write(here, "a.yaml", "b/c.yaml")
    (here / ".gitignore").write_text("b\n")
    assert listed(".") == ["./a.yaml", "./b/c.yaml"]
    (here / ".git").mkdir()
    assert listed(".") == ["./a.yaml", "./b/c.yaml"]


def test_git_need_not_be_there(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(here, "init")
    write(here, "a.yaml")
    (here / ".gitignore").write_text("a.yaml\n")
    monkeypatch.setenv("PATH", "")
    assert listed(".") == ["./a.yaml"]


def test_a_repository_runs_no_program(here: Path, tmp_path: Path) -> None:
    git(here, "init")
    write(here, "a.yaml")
    write(tmp_path, "run.sh", text=f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "run.sh").chmod(0o755)
    git(here, "config", "core.fsmonitor", str(tmp_path / "run.sh"))
    git(here, "config", "core.hooksPath", str(tmp_path))
    assert listed(".") == ["./a.yaml"]
    assert not (tmp_path / "ran").exists()


def test_a_hook_of_git_means_the_folder_that_is_named(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for folder in (here, other):
        git(folder, "init")
    write(here, "a.yaml", "b.yaml")
    (here / ".gitignore").write_text("b.yaml\n")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert listed(".") == ["./a.yaml"]


def test_a_folder_that_is_a_block_of_nobody_is_named_files_too(shapecalc: Command, tmp_path: Path) -> None:
    write(tmp_path, "m/uses.yaml", text="input: [4]\nblocks: {P: {file: part.yaml}}\nlayers: [P: {units: 3}]\n")
    write(
        tmp_path, "m/part.yaml", text="args: {units: required}\ninputs: {x: [n]}\nlayers: [{Dense: {units: $units}}]\n"
    )
    assert shapecalc("check", "m").out == "1 spec checked: clean\n"
    assert shapecalc("check", "m/*.yaml").out == "1 spec checked: clean\n"
    assert shapecalc("check", "m", "m/part.yaml").code == 1


def test_specs_among_the_files_of_a_revision() -> None:
    texts = {
        "m/a.yaml": SPEC,
        "m/ci.yml": WORKFLOW,
        "m/notes.txt": SPEC,
        ".hidden/b.yaml": SPEC,
        "m/old.yaml": SPEC,
        "m/broken.yml": BROKEN,
    }

    def read(name: str) -> bytes:
        if name == "m/gone.yaml":
            raise Fault(error("SC601", "cannot read it"))
        return texts[name].encode()

    assert list_specs_among([*texts, "m/gone.yaml"], read, CheckRules(exclude=("old.yaml",))) == [
        "m/a.yaml",
        "m/broken.yml",
        "m/gone.yaml",
    ]
