"""What the README's section on CI sets up does what it says, in a scratch repository that has nothing else.

The real pre-commit takes part in the test that is marked long: it installs this checkout, with its dependencies from a
package index.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml

from shapecalc import __version__
from tests.docs.ci import ACTION, ROOT, SECTION, SNIPPETS, STEPS, URL, Scratch, clone_tool, git, holds, run

MODEL = """\
name: classifier
input: [1000]
layers:
  - Dense: {units: 2400, activation: relu} # hidden
  - Dense: {units: 1000}
expect:
  params: 4_803_400 # as agreed
  output: [1000]
"""
WIDER = MODEL.replace("2400", "2640")
"""A tenth more parameters: 5,283,640, more than the README's budget of 5M."""
PLACE = "models/classifier.yaml"
ANNOTATIONS = f"""\
::error file={PLACE},line=7,col=11,endColumn=20,title=SC501::expected params 4_803_400, got 5,283,640 (+480,240)\
%0Ahelp: `shapecalc explain {PLACE}` shows where it comes from
::error file={PLACE},line=3,col=1,endColumn=7,title=SC512::5,283,640 params: 283,640 (5.7%25) over the budget of 5M\
%0Ahelp: `shapecalc explain {PLACE} dense` shows where the most comes from; \
or raise `max-params` of `models/*.yaml` in the settings\
%0Anote: 4,803,400 at origin/main (+480K)\
%0Anote: dense: 2.64M, 50.0%25; 2.40M at origin/main (+240K)\
%0Anote: dense_1: 2.64M, 50.0%25; 2.40M at origin/main (+240K)\
%0A{PLACE}:4:5: the most: 2.64M
"""
SUMMARY = rf"""### shapecalc check

1 spec checked: 2 errors in 1 spec

| Place | Finding | Message |
| --- | --- | --- |
| {PLACE}:7:11 | error SC501 | expected params 4\_803\_400, got 5,283,640 (+480,240)\
<br>help: `shapecalc explain {PLACE}` shows where it comes from |
| {PLACE}:3:1 | error SC512 | 5,283,640 params: 283,640 (5.7%) over the budget of 5M\
<br>help: `shapecalc explain {PLACE} dense` shows where the most comes from; \
or raise `max-params` of `models/*.yaml` in the settings\
<br>note: 4,803,400 at origin/main (+480K)\
<br>note: dense: 2.64M, 50.0%; 2.40M at origin/main (+240K)\
<br>note: dense\_1: 2.64M, 50.0%; 2.40M at origin/main (+240K)\
<br>{PLACE}:4:5: the most: 2.64M |

""".replace("\\\n", "")
COMMENT = r"""<!-- shapecalc -->
### `origin/main:models` → `models`

Models: 1 changed, 0 equal.

|  | File | Old params | New params | Δ Params | Δ MACs | Changes |
| --- | --- | ---: | ---: | ---: | ---: | --- |
| \~ | `classifier.yaml` | 4,803,400 | 5,283,640 | +480,240 | +480,000 | layers: 2 changed |

<details><summary><code>classifier.yaml</code>: Layers: 2 changed, 1 equal.</summary>

|  | Layer (type) | Output Shape | Δ Params | Δ MACs | Δ Memory | Changes |
| --- | --- | --- | ---: | ---: | ---: | --- |
| \~ | `dense` (`Dense`) | (None, 2640) | +240,240 | +240,000 | +939.4 KiB | `units 2400 → 2640`\
<br>`output (None, 2400) → (None, 2640)` |
| \~ | `dense_1` (`Dense`) | (None, 1000) | +240,000 | +240,000 | +937.5 KiB | `input (None, 2400) → (None, 2640)` |

</details>

MACs and activations are of one sample; a layer's memory is its weights and outputs.
""".replace("\\\n", "")


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """A project with one model, and the package where the action installs it."""
    project = Scratch(tmp_path, {"models/classifier.yaml": MODEL}, ROOT)
    project.link_package()
    project.run_step("Fetch the base")
    return project


def test_the_readme_has_one_write_four_files() -> None:
    assert list(SNIPPETS) == [
        ".pre-commit-config.yaml",
        ".github/workflows/models.yml",
        ".gitlab-ci.yml",
        "pyproject.toml",
    ]


def test_the_readme_names_the_version_that_it_stands_in() -> None:
    assert set(re.findall(r"(?:rev: |shapecalc@)(\S+)", SECTION)) == {f"v{__version__}"}


def test_hooks_are_those_of_the_manifest() -> None:
    manifest = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    (repository,) = yaml.safe_load(SNIPPETS[".pre-commit-config.yaml"])["repos"]
    assert {hook["id"] for hook in repository["hooks"]} == manifest.keys()
    for hook in manifest.values():
        assert hook["entry"].startswith("shapecalc check")
        assert (hook["args"], hook["pass_filenames"]) == (["."], False)


def test_the_action_takes_words_of_others_as_values_alone() -> None:
    for step in STEPS:
        assert "${{" not in step.get("run", "")
        assert re.fullmatch(r"actions/[\w-]+@v\d+", step.get("uses", "actions/none@v1"))


def test_the_action_reads_every_input() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    assert set(re.findall(r"inputs\.(\w+)", text)) == ACTION["inputs"].keys()


@pytest.mark.parametrize(
    ("event", "comments"),
    [
        ({}, True),
        ({"steps.check.outcome": "success"}, True),
        ({"steps.check.outcome": "skipped"}, False),
        ({"inputs.comment": "false"}, False),
        ({"github.event_name": "push"}, False),
    ],
)
def test_when_the_action_comments(scratch: Scratch, event: dict[str, str], comments: bool) -> None:
    (step,) = (step for step in STEPS if step.get("name") == "Comment")
    assert holds(step["if"], scratch.make_context(event)) is comments


def test_the_action_checks_what_it_is_told_to(scratch: Scratch) -> None:
    scratch.write("with space/a b.yaml", MODEL)
    scratch.write("with space/other.yaml", MODEL.replace("4_803_400", "1"))
    paths = {"inputs.paths": "models\nwith space/a b.yaml\n"}
    assert scratch.run_step("Check", paths) == (0, "2 specs checked: all clean\n")
    assert scratch.run_step("Check", {"inputs.options": "--quiet --strict"}) == (0, "")
    assert "usage" not in scratch.run_step("Check", {"inputs.paths": "--help"}).text


def test_nothing_that_the_action_is_given_is_a_command(scratch: Scratch) -> None:
    evil = "$(touch evil) `touch evil`; touch evil"
    scratch.run_step("Check", {"inputs.paths": evil, "inputs.options": "--quiet"})
    scratch.run_step("Check", {"inputs.options": f"--batch {evil}"})
    scratch.run_step("Check", {"inputs.base": evil})
    scratch.run_step("Fetch the base", {"inputs.base": evil})
    scratch.run_step("Comment", {"inputs.paths": evil})
    scratch.write("yaml.py", "open('evil', 'w')")  # no module of the project takes the place of one of the tool
    scratch.run_step("Check")
    assert not list(scratch.folder.rglob("evil"))


def test_gitlab_is_given_a_report(scratch: Scratch) -> None:
    job = yaml.safe_load(SNIPPETS[".gitlab-ci.yml"])["models"]
    check = job["script"][1]
    scratch.write("models/classifier.yaml", WIDER)
    done = run(sys.executable, "-m", *check.split(), folder=scratch.folder, environment={"PYTHONPATH": str(ROOT)})
    assert done.code == 1
    (report,) = job["artifacts"]["reports"].values()
    entries = yaml.safe_load((scratch.folder / report).read_text())
    assert {entry["location"]["path"] for entry in entries} == {"models/classifier.yaml"}


def test_from_a_budget_that_breaks_to_one_that_holds(scratch: Scratch) -> None:
    scratch.write("models/classifier.yaml", WIDER)
    assert scratch.commit("wider").code == 0
    require_refused(scratch)
    scratch.run_tool("check", "models", "--update-expect")
    scratch.replace("pyproject.toml", "5M", "5.5M")
    assert scratch.commit("a larger budget").code == 0
    require_accepted(scratch)


def require_refused(scratch: Scratch) -> None:
    """Whether the action refuses a model beyond its budget, and says so in all places."""
    assert scratch.run_step("Fetch the base") == (0, "")
    check = scratch.run_step("Check")
    assert check.code == 1
    assert check.text.endswith(f"{ANNOTATIONS}1 spec checked: 2 errors in 1 spec\n")
    assert scratch.read_summary() == SUMMARY
    assert scratch.run_step("Comment") == (0, "")
    assert scratch.list_comments() == [{"id": 100, "user": "github-actions[bot]", "body": COMMENT, "written": 1}]


def require_accepted(scratch: Scratch) -> None:
    """Whether the action accepts the model with its new numbers, and writes its comment in place of the other."""
    text = (scratch.folder / "models" / "classifier.yaml").read_text()
    assert text == WIDER.replace("4_803_400", "5_283_640")
    assert scratch.run_step("Check") == (0, "1 spec checked: clean\n")
    assert scratch.run_step("Comment") == (0, "")
    assert scratch.list_comments() == [{"id": 100, "user": "github-actions[bot]", "body": COMMENT, "written": 2}]


def test_where_the_token_may_not_write_the_summary_says_what_changed(scratch: Scratch) -> None:
    scratch.write("models/classifier.yaml", WIDER)
    scratch.commit("wider")
    done = scratch.run_step("Comment", FORBIDDEN="1")
    assert done == (0, "gh: Resource not accessible by integration (HTTP 403)\n")
    assert scratch.list_comments() == []
    assert scratch.read_summary() == COMMENT


def test_a_comment_is_begun_by_a_change_and_kept_up_to_date(scratch: Scratch) -> None:
    scratch.write("notes.txt", "nothing about models")
    scratch.commit("notes")
    assert scratch.run_step("Comment") == (0, "")
    assert scratch.list_comments() == []
    scratch.write("models/classifier.yaml", WIDER)
    scratch.run_step("Comment")
    scratch.write("models/classifier.yaml", MODEL)
    scratch.run_step("Comment")
    (comment,) = scratch.list_comments()
    assert comment["written"] == 2
    assert comment["body"].endswith("\nNo differences in 1 model.\n")


@pytest.mark.long
def test_the_same_with_the_real_pre_commit_and_an_action_that_installs(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path, {"models/classifier.yaml": MODEL}, clone_tool(tmp_path / "tool"))
    scratch.install_pre_commit()
    install = scratch.run_step("Install shapecalc")
    assert install.code == 0, install.text

    scratch.write("models/classifier.yaml", WIDER)
    refused = scratch.commit("wider")
    assert refused.code == 1
    assert "expected params 4_803_400, got 5,283,640 (+480,240)" in refused.text
    assert "5,283,640 params: 283,640 (5.7%) over the budget of 5M" in refused.text
    assert git(scratch.folder, "log", "--format=%s") == "models"
    assert scratch.commit("wider", "--no-verify").code == 0
    require_refused(scratch)

    updated = scratch.run_pre_commit("run", "-a", "--hook-stage", "manual", "shapecalc-update-expect")
    assert "models/classifier.yaml: params 4_803_400 -> 5_283_640" in updated.text
    scratch.replace("pyproject.toml", "5M", "5.5M")
    accepted = scratch.commit("a larger budget")
    assert accepted.code == 0, accepted.text
    require_accepted(scratch)


@pytest.mark.long
def test_gitlab_can_install_what_the_readme_names(tmp_path: Path) -> None:
    tool = clone_tool(tmp_path / "tool")
    install = yaml.safe_load(SNIPPETS[".gitlab-ci.yml"])["models"]["script"][0].replace(URL, tool.as_uri()).split()
    done = run(sys.executable, "-m", *install, "--no-deps", "--target", str(tmp_path / "packages"), folder=tmp_path)
    assert done.code == 0, done.text
    assert (tmp_path / "packages" / "shapecalc" / "cli" / "check.py").is_file()
