"""Specs as they were in a revision of a git repository: `HEAD~1:specs/model.yaml`."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.document.files import MAX_BYTES, Reader, make_size_fault
from shapecalc.model.load import is_within

_PATIENCE = 30  # seconds
_OPTIONS = {
    "show": ["--no-textconv", "--no-ext-diff", "--end-of-options"],
    "cat-file": ["-s"],
}
"""Options of each command of git: no filter or driver that a repository configures is run."""

_OF_THE_CURRENT_FOLDER = ("GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_COMMON_DIR")
"""What a hook of git finds in its environment."""


def revision_of(path: str) -> str | None:
    """The revision that `REV:PATH` names; None where it is a file, or standard input."""
    revision, colon, inside = path.partition(":")
    if not colon or not revision or not inside or os.path.exists(path):
        return None
    return revision


def open_revision(revision: str, files: Reader) -> Callable[[str], bytes]:
    """Reads `REV:PATH`, and the files that blocks name beside it, as they were in one revision; `files` counts them."""

    def read_file(path: str) -> bytes:
        inside = path.removeprefix(f"{revision}:")
        start = "./" if inside.startswith("./") else ""
        data = show(revision, start + posixpath.normpath(inside.replace(os.sep, "/")))
        files.count(len(data), path)
        return data

    return read_file


def open_files_of(revision: str, file: str, files: Reader) -> Callable[[str], bytes]:
    """Reads a file and those beside it at their paths, as they were in one revision of their repository."""
    folder = find_folder(revision, file)

    def read_file(path: str) -> bytes:
        inside = os.path.relpath(path, folder or os.curdir).replace(os.sep, "/")
        data = show(revision, f"./{inside}", folder)
        files.count(len(data), path)
        return data

    return read_file


def find_folder(revision: str, file: str) -> str | None:
    """The folder in which git is asked for a file: None, the current one, where that is above it and has the revision.

    What a hook of git sets in the environment is of the current folder, and is kept there alone.
    """
    path = os.path.abspath(file)
    if is_within(path, os.getcwd()) and has_revision(revision):
        return None
    return path if os.path.isdir(path) else os.path.dirname(path)


def has_revision(revision: str, folder: str | None = None) -> bool:
    """Whether a revision is there in the repository that a folder is in, by default the current one."""
    if revision.startswith("-"):
        return False
    try:
        _run_git("cat-file", revision, "", folder)
    except Fault:
        return False
    return True


def show(revision: str, path: str, folder: str | None = None) -> bytes:
    """The bytes of a file in a revision, as `git show` has them in a folder. Raises Fault with SC601 or SC602."""
    if revision.startswith("-"):
        raise _make_fault(revision, path, "a revision does not begin with `-`")
    size = _run_git("cat-file", revision, path, folder).decode("ascii", "replace").strip()
    if size.isdecimal() and (len(size) > 12 or int(size) > MAX_BYTES):
        raise make_size_fault(f"{revision}:{path}")  # git would read all of it before a byte comes out
    data = _run_git("show", revision, path, folder)
    if data.startswith(f"tree {revision}:{path}\n\n".encode()):  # how git lists a folder
        raise _make_fault(revision, path, "Is a directory")
    return data


def _run_git(name: str, revision: str, path: str, folder: str | None = None) -> bytes:
    """The output of a command of git on a file in a revision, run in a folder. Raises Fault with SC601."""
    import subprocess

    command = ["git", name, *_OPTIONS[name], f"{revision}:{path}", *(["--"] if name == "show" else [])]
    # Nothing is fetched or asked for.
    quiet = os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    if folder is not None:
        quiet = {name: value for name, value in quiet.items() if name not in _OF_THE_CURRENT_FOLDER}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=quiet,
            timeout=_PATIENCE,
            check=False,
            cwd=folder,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise _make_fault(revision, path, getattr(error, "strerror", None) or "git does not answer") from None
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        raise _make_fault(revision, path, words.removeprefix("fatal: ") or "git refused")
    return done.stdout


def _make_fault(revision: str, path: str, reason: str) -> Fault:
    message = f"cannot read {shorten(f'{revision}:{path}')}: {shorten(reason, 160)}"
    return Fault(error("SC601", message))
