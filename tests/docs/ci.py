"""A scratch repository set up as the README's section on CI says, and the steps of action.yml run by hand in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SECTION = README.partition("### In CI\n")[2].partition("\n### ")[0]
SNIPPETS = {
    text.split("\n")[0].removeprefix("# ").partition(":")[0]: text
    for text in re.findall(r"^```\w+\n(# .*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
}
"""What the README has one write, by the name of the file."""
URL = "https://github.com/OWNER/shapecalc"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
GH = Path(__file__).with_name("fake_gh.py")
NUMBER = "7"

_EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")
_IDENTITY = {
    **{f"GIT_{who}_NAME": "A. Person" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "person@example.org" for who in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class Done(NamedTuple):
    """A command that has run."""

    code: int
    text: str
    """What it printed, on either stream."""


def run(*words: str, folder: Path, environment: Mapping[str, str] | None = None) -> Done:
    """A command in a folder; git knows of no settings of this machine, and of no repository that the tests run in."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    found = subprocess.run(
        words,
        cwd=folder,
        env={**inherited, **_IDENTITY, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return Done(found.returncode, found.stdout)


def git(folder: Path, *words: str) -> str:
    """What a command of git prints."""
    done = run("git", *words, folder=folder)
    assert done.code == 0, done.text
    return done.text.strip()


def clone_tool(folder: Path) -> Path:
    """A repository of this checkout as it stands, with the tag that the README names."""
    folder.mkdir()
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", folder=ROOT)
    if listed.code == 0:
        for name in filter(None, listed.text.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
    else:  # an unpacked sdist
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info"), dirs_exist_ok=True)
        shutil.copy2(ROOT / ".pre-commit-hooks.yaml", folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message=all")
    (version,) = set(re.findall(r"shapecalc@(v[\w.]+)", SECTION))
    git(folder, "tag", version)
    return folder


class Scratch:
    """A project with models and what the README has it write, whose main branch a server has."""

    def __init__(self, folder: Path, files: Mapping[str, str], tool: Path) -> None:
        self.tool = tool
        self.folder = folder / "project"
        self.temporary = folder / "temporary"
        self.hooks = {"PRE_COMMIT_HOME": str(folder / "hooks")}
        self.comments = folder / "comments.json"
        self.programs = folder / "programs"
        for made in (self.folder, self.temporary, self.programs):
            made.mkdir()
        self.comments.write_text("[]")
        (self.programs / "gh").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{GH}" "$@"\n')
        (self.programs / "gh").chmod(0o755)
        for name, text in {**SNIPPETS, **files}.items():
            self.write(name, text.replace(URL, str(tool)))
        git(self.folder, "init", "--quiet", "--initial-branch=main")
        self.commit("models")
        server = folder / "server.git"
        git(folder, "clone", "--quiet", "--bare", str(self.folder), str(server))
        git(self.folder, "remote", "add", "origin", str(server))
        git(self.folder, "switch", "--quiet", "--create", "change")

    def write(self, name: str, text: str) -> None:
        """Writes a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Replaces a text in a file of the project."""
        text = (self.folder / name).read_text("utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def commit(self, message: str, *options: str) -> Done:
        """Commits everything, which runs the hooks that are installed."""
        git(self.folder, "add", "--all")
        return run("git", "commit", "--message", message, *options, folder=self.folder, environment=self.hooks)

    def run_tool(self, *words: str) -> Done:
        """A command of this checkout, typed in the project."""
        return run(
            *(sys.executable, "-P", "-m", "shapecalc", *words),
            folder=self.folder,
            environment={"PYTHONPATH": str(ROOT)},
        )

    def install_pre_commit(self) -> None:
        """Has git run the hooks of `.pre-commit-config.yaml` before each commit; they are installed anew."""
        done = self.run_pre_commit("install")
        assert done.code == 0, done.text

    def run_pre_commit(self, *words: str) -> Done:
        """The pre-commit of this environment."""
        program = Path(sys.executable).with_name("pre-commit")
        return run(str(program), *words, folder=self.folder, environment=self.hooks)

    def run_step(self, name: str, event: Mapping[str, str] | None = None, **environment: str) -> Done:
        """A step of action.yml as GitHub runs it for a pull request, with `with:` as the README has it."""
        (step,) = (step for step in STEPS if step.get("name") == name)
        context = self.make_context(event or {})
        assert "if" not in step or holds(step["if"], context)
        given = {key: expand(value, context) for key, value in step["env"].items()}
        script = self.temporary / "script.sh"
        script.write_text(step["run"])
        # GitHub's words for `shell: bash`.
        return run(
            *("bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)),
            folder=self.folder,
            environment={**self.list_variables(), **given, **environment},
        )

    def make_context(self, event: Mapping[str, str]) -> dict[str, str]:
        """The values of the expressions in action.yml."""
        context = {
            "steps.python.outputs.python-path": sys.executable,
            "steps.check.outcome": "failure",
            "github.base_ref": "main",
            "github.event_name": "pull_request",
            "github.event.pull_request.number": NUMBER,
            "github.token": "secret",
        }
        (job,) = yaml.safe_load(SNIPPETS[".github/workflows/models.yml"])["jobs"].values()
        given = job["steps"][-1]["with"]
        assert given.keys() <= ACTION["inputs"].keys()
        for name, entry in ACTION["inputs"].items():
            context[f"inputs.{name}"] = expand(given.get(name, entry["default"]), context)
        return {**context, **event}

    def list_variables(self) -> dict[str, str]:
        """The environment of a step, on a machine with a stand-in for `gh`."""
        return {
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.tool),
            "GITHUB_REPOSITORY": "owner/project",
            "GITHUB_STEP_SUMMARY": str(self.temporary / "summary.md"),
            "GITHUB_WORKSPACE": str(self.folder),
            "RUNNER_TEMP": str(self.temporary),
            "COMMENTS": str(self.comments),
        }

    def link_package(self) -> None:
        """Has the package of this checkout where the action installs it; what it needs is in this environment."""
        (self.temporary / "shapecalc").mkdir()
        (self.temporary / "shapecalc" / "shapecalc").symlink_to(ROOT / "shapecalc")

    def list_comments(self) -> list[dict[str, Any]]:
        """The comments of the pull request: `id`, `body`, who wrote it, and how often it was written."""
        comments: list[dict[str, Any]] = json.loads(self.comments.read_text())
        return comments

    def read_summary(self) -> str:
        """The job's summary."""
        return (self.temporary / "summary.md").read_text("utf-8")


def expand(text: str, context: Mapping[str, str]) -> str:
    """A text of action.yml with the values of its expressions."""
    return _EXPRESSION.sub(lambda expression: context[expression[1]], text)


def holds(condition: str, context: Mapping[str, str]) -> bool:
    """Whether the condition of a step holds, in a job that was not cancelled."""
    (text,) = _EXPRESSION.findall(condition)
    text = text.replace("!cancelled()", "True").replace("&&", "and")
    return bool(eval(re.sub(r"[a-z_]+(?:\.[\w-]+)+", lambda name: repr(context[name[0]]), text), {}))
