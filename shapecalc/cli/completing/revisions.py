"""Branches, tags and files of a git repository, for `REV` and `REV:PATH`."""

from __future__ import annotations

import os
import subprocess

PATIENCE = 2  # seconds
_MOST = 1_000


def list_revisions() -> list[tuple[str, str]]:
    """Branches and tags, each with the first line of its last commit."""
    separator = "\x1f"
    words = ["for-each-ref", f"--count={_MOST}", f"--format=%(refname:short){separator}%(contents:subject)"]
    lines = _run_git(*words, "refs/heads", "refs/tags", "refs/remotes").splitlines()
    named = [line.partition(separator)[::2] for line in lines]
    return ([("HEAD", "What is checked out.")] if lines else []) + [(name, subject) for name, subject in named if name]


def list_paths(revision: str, typed: str) -> list[str]:
    """The files and folders of a revision that begin as typed; folders end with `/`."""
    if not revision or revision.startswith("-"):
        return []
    folder = typed[: typed.rfind("/") + 1]
    listed = []
    for line in _run_git("ls-tree", "-z", "--full-tree", "--end-of-options", f"{revision}:{folder}").split("\0"):
        about, tab, name = line.partition("\t")
        if tab:
            listed.append(folder + os.path.basename(name) + ("/" if " tree " in about else ""))
    return [path for path in listed if path.startswith(typed)]


def _run_git(*words: str) -> str:
    """What a command of git prints; nothing where it fails."""
    quiet = os.environ | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(
            ["git", *words], stdin=subprocess.DEVNULL, capture_output=True, env=quiet, timeout=PATIENCE, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
