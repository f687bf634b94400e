"""`check` with budgets in the settings, and what the models were in a revision of git."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from shapecalc.analysis.budgets import BUDGETS
from shapecalc.cli.checking.budgeting import list_budgets
from shapecalc.cli.checking.rules import CheckRules
from shapecalc.cli.settings.rules import BUDGETS as SETTINGS
from tests.cli.conftest import Command
from tests.formats.keras.recorded import CODE

SPEC = "input: [4]\nlayers:\n  - Dense: {units: 8, name: wide}\n  - Dense: {units: 2, name: narrow}\n"
"""58 parameters: 40 and 18."""
CONCISE = ("--output-format", "concise")


def git(folder: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a model and a budget that it keeps, and in the working tree one that is beyond it."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.yaml").write_text(SPEC)
    (tmp_path / "shapecalc.toml").write_text('[budgets."models/*"]\nmax-params = 58\n')
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    (tmp_path / "models" / "a.yaml").write_text(SPEC.replace("8", "16"))
    return tmp_path


def notes_of(out: str) -> list[str]:
    return [line.partition("= note: ")[2] for line in out.splitlines() if "= note: " in line]


def test_the_names_of_budgets_are_the_same_in_the_settings() -> None:
    assert SETTINGS == BUDGETS


def test_the_last_glob_that_means_a_file_counts_key_by_key() -> None:
    rules = CheckRules(
        root="/r",
        budgets=(
            ("*", (("max-params", "5M"), ("max-macs", 10), ("batch", 8), ("optimizer", "sgd"), ("set.T", 4))),
            ("big/*", (("max-params", "70M"), ("set.T", 5), ("set.U", 6))),
            ("other/*", (("max-weights", 1),)),
        ),
    )
    small, large = (list_budgets(f"/r/{file}", rules) for file in ("a.yaml", "big/a.yaml"))
    assert [(budget.name, budget.written, budget.glob) for budget in small] == [
        ("max-params", "5M", "*"),
        ("max-macs", "10", "*"),
    ]
    assert [(budget.name, budget.limit, budget.glob) for budget in large] == [
        ("max-params", Fraction(70_000_000), "big/*"),
        ("max-macs", Fraction(10), "*"),
    ]
    assert (small[0].batch, small[0].optimizer, small[0].sizes) == (8, "sgd", (("T", 4),))
    assert large[0].sizes == (("T", 5), ("U", 6))


def test_a_model_beyond_its_budget_fails(shapecalc: Command, project: Path) -> None:
    code, out, _ = shapecalc("check", "models", *CONCISE, "--quiet")
    assert code == 1
    assert out == "models/a.yaml:2:1: error[SC512] 114 params: 56 (96.6%) over the budget of 58\n"
    (project / "shapecalc.toml").write_text('[budgets."models/*"]\nmax-params = 114\n')
    assert shapecalc("check", "models").code == 0
    (project / "shapecalc.toml").write_text('[budgets."other/*"]\nmax-params = 1\n')
    assert shapecalc("check", "models").code == 0


def test_a_budget_is_silenced_where_the_layers_begin(shapecalc: Command, project: Path) -> None:
    text = (project / "models" / "a.yaml").read_text()
    (project / "models" / "a.yaml").write_text(text.replace("layers:", "layers:  # shapecalc: ignore[SC512]"))
    assert shapecalc("check", "models") == (0, "1 spec checked: clean\n", "")


def test_since_a_revision(shapecalc: Command, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = ["58 at HEAD (+56)", "wide: 80, 70.2%; 40 at HEAD (+40)", "narrow: 34, 29.8%; 18 at HEAD (+16)"]
    assert notes_of(shapecalc("check", "models", "--since", "HEAD").out) == expected
    monkeypatch.chdir(project / "models")
    assert notes_of(shapecalc("check", "a.yaml", "--since", "HEAD").out) == expected
    assert notes_of(shapecalc("check", str(project), "--since", "HEAD").out) == expected


def test_since_a_revision_of_another_repository_than_the_current_folder(
    shapecalc: Command, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.rename(inner := project.parent / f"{project.name}-inner")
    project.mkdir()
    inner.rename(project / "inner")
    (project / "inner" / "shapecalc.toml").rename(project / "shapecalc.toml")
    settings = (project / "shapecalc.toml").read_text()
    (project / "shapecalc.toml").write_text(settings.replace("models/", "inner/models/"))
    monkeypatch.chdir(project)
    assert "58 at HEAD (+56)" in notes_of(shapecalc("check", "inner", "--since", "HEAD").out)
    monkeypatch.setenv("GIT_DIR", ".git")  # as a hook has it
    assert "58 at HEAD (+56)" in notes_of(shapecalc("check", "inner", "--since", "HEAD").out)
    monkeypatch.chdir(project / "inner")
    assert "58 at HEAD (+56)" in notes_of(shapecalc("check", ".", "--since", "HEAD").out)


def test_a_file_of_blocks_is_read_as_it_was(shapecalc: Command, project: Path) -> None:
    part = "args: {units: required}\ninputs: {x: [n]}\nlayers: [{Dense: {units: 4 * $units}}]\n"
    uses = "input: [4]\nblocks: {Part: {file: part/part.yaml}}\nlayers: [Part: {units: 3}]\n"
    (project / "models" / "part").mkdir()
    (project / "models" / "part" / "part.yaml").write_text(part)
    (project / "models" / "a.yaml").write_text(uses)
    git(project, "add", ".")
    git(project, "commit", "-m", "second")
    (project / "models" / "part" / "part.yaml").write_text(part.replace("4", "5"))
    assert notes_of(shapecalc("check", "models", "--since", "HEAD").out)[:2] == [
        "60 at HEAD (+15)",
        "part/dense: 75, 100.0%; 60 at HEAD (+15)",
    ]


def test_what_is_not_there_at_the_revision(shapecalc: Command, project: Path) -> None:
    (project / "models" / "a.yaml").rename(project / "models" / "b.yaml")
    assert notes_of(shapecalc("check", "models", "--since", "HEAD").out)[0] == "the file is new since HEAD"
    (project / "models" / "a.yaml").write_text("input: [4]\nlayers: [{Dense: {unit: 8}}]\n")
    git(project, "add", "models/a.yaml")
    git(project, "commit", "-m", "broken")
    (project / "models" / "a.yaml").write_text(SPEC.replace("8", "16"))
    (project / "models" / "b.yaml").unlink()
    out = shapecalc("check", "models", "--since", "HEAD").out
    assert notes_of(out)[0] == "at HEAD the model was wrong: SC202 Dense has no argument `unit`"


@pytest.mark.parametrize("revision", ["nowhere", "-x", "--output=x", "HEAD:models", ""])
def test_a_revision_that_git_does_not_have(shapecalc: Command, project: Path, revision: str) -> None:
    code, out, err = shapecalc("check", "models", "--since", revision)
    assert (code, out) == (2, "")
    assert err.startswith("error[SC608] --since")


def test_the_settings_may_name_the_revision(shapecalc: Command, project: Path) -> None:
    with (project / "shapecalc.toml").open("a") as settings:
        settings.write('[check]\nsince = "HEAD"\n')
    assert "58 at HEAD (+56)" in notes_of(shapecalc("check", "models").out)


def test_without_a_repository(shapecalc: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "a.yaml").write_text(SPEC)
    code, _, err = shapecalc("check", "a.yaml", "--since", "HEAD")
    assert (code, err) == (
        2,
        "error[SC608] --since: git has no revision `HEAD` here\n"
        "  = help: a shallow clone has the last revision alone; `git fetch` brings others\n",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[budgets]\nbatch = 0\n", "2:1: [budgets] `batch` must be a whole number of at least 1, got 0"),
        ("[budgets]\noptimizer = 'adem'\n", "2:1: [budgets] `optimizer` must be one of sgd, "),
        ("[budgets]\ndevice = 'h100'\n", "2:1: [budgets] `device`: there is no device `h100`; it is one of h100-80g, "),
        ("[budgets]\ndevice = 8\n", '2:1: [budgets] `device` must be the name of a device such as "h100-80g", got 8'),
        ("[budgets]\nset = {T = 'x'}\n", "2:1: [budgets.set] `T` must be a whole number of at least 1, got x"),
        (
            "[budgets.'a.yaml']\nset.T = 0\n",
            '2:1: [budgets."a.yaml".set] `T` must be a whole number of at least 1, got 0',
        ),
    ],
)
def test_what_stands_beside_budgets_is_checked(shapecalc: Command, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.yaml").write_text(SPEC)
    (tmp_path / "shapecalc.toml").write_text(text)
    place, _, rest = message.partition(" ")
    code, _, err = shapecalc("check", "a.yaml")
    assert code == 2
    assert err.startswith(f"shapecalc.toml:{place} error[SC608] {rest}")


def test_sizes_and_conditions_of_the_settings(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("input: [T, 4]\nlayers: [{Dense: {units: 3}}]\n")
    (tmp_path / "shapecalc.toml").write_text("[budgets]\nmax-macs = '1K'\nset.T = 100\n")
    assert "1,200 MACs: 200 (20.0%) over the budget of 1K" in shapecalc("check", "a.yaml", *CONCISE).out
    assert shapecalc("check", "a.yaml", "--set", "T=80").code == 0
    (tmp_path / "shapecalc.toml").write_text("[budgets]\nmax-macs = '1K'\n")
    assert "MACs cannot be held to the budget of 1K: 12*T is no number" in shapecalc("check", "a.yaml", *CONCISE).out


BIG = "input: [T, 4]\nlayers: [{Dense: {units: 1000000000}}]\n"


def test_the_memory_of_a_device_is_a_budget(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BIG)
    settings = tmp_path / "shapecalc.toml"
    settings.write_text("[budgets]\ndevice = 'rtx-4090'\nset.T = 1\n")
    assert shapecalc("check", "a.yaml").code == 0
    settings.write_text("[budgets]\ndevice = 't4'\nset.T = 1\n")
    code, out, _ = shapecalc("check", "a.yaml")
    assert code == 1
    assert "22.4 GiB of memory at batch 1: 6.4 GiB (39.7%) over the budget of 16.0 GiB, the memory of t4\n" in out
    assert "; or name a larger `device` for `*` in the settings\n" in out
    settings.write_text("[budgets]\ndevice = 'rtx-4090'\noptimizer = 'adam'\nset.T = 1\n")
    code, out, _ = shapecalc("check", "a.yaml", *CONCISE)
    assert code == 1
    assert " of memory in training with adam at batch 1: " in out
    assert " over the budget of 24.0 GiB, the memory of rtx-4090" in out
    settings.write_text("[budgets]\ndevice = 't4'\nmax-memory = '1TiB'\nset.T = 1\n")
    assert shapecalc("check", "a.yaml").code == 0


def test_a_budget_of_no_file_is_told_where_the_whole_project_is_checked(shapecalc: Command, project: Path) -> None:
    (project / "shapecalc.toml").write_text('[budgets."model/*"]\nmax-params = 58\n')
    told = (
        'shapecalc.toml:1:1: warning[SC608] [budgets."model/*"] is of no file that was checked\n'
        "1 spec checked: 1 warning in 0 specs\n"
    )
    assert shapecalc("check", ".", *CONCISE) == (0, told, "")
    assert shapecalc("check", ".", *CONCISE, "--strict").code == 0
    assert shapecalc("check", "models", *CONCISE) == (0, "1 spec checked: clean\n", "")
    assert shapecalc("check", "models/a.yaml", *CONCISE) == (0, "1 spec checked: clean\n", "")


def test_the_budgets_that_the_documents_show(shapecalc: Command, tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    (shown,) = re.findall(r"^```toml\n(\[tool\.shapecalc\.budgets\]\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(shown)
    (tmp_path / "models" / "edge" / "llm").mkdir(parents=True)
    for name in ("a.yaml", "llm/b.yaml"):
        (tmp_path / "models" / "edge" / name).write_text("input: [T, 4]\nlayers: [{Dense: {units: 3}}]\n")
    assert shapecalc("check", ".", "--output-format", "concise") == (0, "2 specs checked: all clean\n", "")


STYLES = ["full", "concise", "json", "json-lines", "markdown", "csv", "github", "gitlab", "sarif", "junit"]


@pytest.mark.parametrize("style", STYLES)
def test_every_format_has_the_finding_and_the_layers(shapecalc: Command, project: Path, style: str) -> None:
    out = shapecalc("check", "models", "--since", "HEAD", "--output-format", style).out
    assert "SC512" in out
    assert "over the budget of 58" in out
    assert bool(re.search("wide: 80, 70.2%(25)?; 40 at HEAD", out)) == (style != "concise")


def test_a_saved_model_of_which_a_layer_is_not_recorded(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(CODE["several_outputs"]["json"])
    check = ("check", "model.json", *CONCISE, "--select", "SC512", "--quiet")
    for limit, message in (
        (20, "29 + unknown params: 9 (45.0%) over the budget of 20"),
        (50, "params cannot be held to the budget of 50: 29 + unknown is no number"),
    ):
        (tmp_path / "shapecalc.toml").write_text(f"[budgets]\nmax-params = {limit}\n")
        assert shapecalc(*check).out == f"model.json: error[SC512] {message}\n"
