"""Paths as services call the files of a repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shapecalc.cli.checking.repository import find_top, name_file, rename_files
from shapecalc.diagnostics import Edit, Label, Span, error


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a folder, the working directory; another repository beside it."""
    for name in ("repo", "other"):
        (tmp_path / name / ".git").mkdir(parents=True)
        (tmp_path / name / "models").mkdir()
    monkeypatch.chdir(tmp_path / "repo" / "models")
    return tmp_path / "repo"


def test_files_are_called_from_the_top_whatever_the_working_directory(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(repository / "models" / "a.yaml")
    for folder in (repository, repository / "models", repository.parent, Path("/")):
        monkeypatch.chdir(folder)
        for name in (file, os.path.relpath(file), os.path.join(".", os.path.relpath(file))):
            top = find_top([name])
            assert top == str(repository)
            assert name_file(name, top) == "models/a.yaml"


def test_what_stands_outside_has_its_whole_path(repository: Path) -> None:
    top = find_top(["a.yaml", "../../other/models/b.yaml"])
    assert top == str(repository)
    assert name_file("../../other/models/b.yaml", top) == str(repository.parent / "other" / "models" / "b.yaml")
    assert name_file("../../repository.yaml", top) == str(repository.parent / "repository.yaml")


def test_files_of_another_repository_are_called_from_its_top(repository: Path) -> None:
    top = find_top(["../../other/models/b.yaml", "../../other/c.yaml"])
    assert top is not None
    assert name_file("../../other/models/b.yaml", top) == "models/b.yaml"


def test_a_repository_within_is_not_the_top_of_those_around(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "sub").mkdir()
    (repository / "sub" / ".git").write_text("gitdir: ../.git/modules/sub")
    monkeypatch.chdir(repository)
    assert name_file("sub/a.yaml", find_top(["sub/a.yaml"])) == "sub/a.yaml"


def test_without_a_repository_the_working_directory_is_the_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_top(["./a.yaml"]) == str(tmp_path)
    assert name_file("./a.yaml", str(tmp_path)) == "a.yaml"
    assert find_top(["<stdin>"]) == str(tmp_path)
    assert name_file("<stdin>", str(tmp_path)) == "<stdin>"


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_a_checkout_made_without_git_is_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    (tmp_path / "work" / "models").mkdir(parents=True)
    monkeypatch.setenv(variable, str(tmp_path / "work"))
    monkeypatch.chdir(tmp_path / "work" / "models")
    assert name_file("a.yaml", find_top(["a.yaml"])) == "models/a.yaml"
    monkeypatch.chdir(tmp_path)
    assert find_top(["a.yaml"]) == str(tmp_path)


def test_links_to_folders_are_followed_and_links_to_files_are_not(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository.parent / "link").symlink_to(repository)
    (repository / "models" / "a.yaml").write_text("")
    (repository / "b.yaml").symlink_to("models/a.yaml")
    monkeypatch.chdir(repository.parent)
    assert find_top(["link/models/a.yaml"]) == str(repository)
    assert name_file("link/models/a.yaml", str(repository)) == "models/a.yaml"
    assert name_file("link/b.yaml", str(repository)) == "b.yaml"


def test_every_place_of_a_finding_is_renamed(repository: Path) -> None:
    found = error("SC401", "m", Span("a.yaml", 1, 1, 2), labels=(Label(Span("../b.yaml", 2, 1, 2), "here"),))
    found = found._replace(edits=(Edit("a.yaml", 1, 1, 1, 2, "x"),))
    (renamed,) = rename_files([found], str(repository))
    assert renamed.span == Span("models/a.yaml", 1, 1, 2)
    assert renamed.labels == (Label(Span("b.yaml", 2, 1, 2), "here"),)
    assert renamed.edits == (Edit("models/a.yaml", 1, 1, 1, 2, "x"),)
    assert rename_files([error("SC608", "m")], str(repository)) == [error("SC608", "m")]


def test_without_a_working_directory_names_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    found = error("SC401", "m", Span("a.yaml", 1, 1, 2))
    assert rename_files([found], find_top(["a.yaml"])) == [found]
