"""Specs as they were in a revision of a git repository: `HEAD~1:specs/model.yaml`."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable

from shapecalc.diagnostics import Diagnostic, Fault, shorten
from shapecalc.model.document import MAX_BYTES

_PATIENCE = 30  # seconds


def revision_of(path: str) -> str | None:
    """The revision that `REV:PATH` names; None where it is a file, or standard input."""
    revision, colon, inside = path.partition(":")
    if not colon or not revision or not inside or os.path.exists(path):
        return None
    return revision


def reader(revision: str) -> Callable[[str], bytes]:
    """Reads `REV:PATH`, and the files that blocks name beside it, as they were in one revision."""

    def read_file(path: str) -> bytes:
        inside = path.removeprefix(f"{revision}:")
        start = "./" if inside.startswith("./") else ""
        return show(revision, start + posixpath.normpath(inside.replace(os.sep, "/")))

    return read_file


def show(revision: str, path: str) -> bytes:
    """The bytes of a file in a revision, as `git show` has them. Raises Fault with SC601 or SC602."""
    import subprocess

    if revision.startswith("-"):
        raise _fault(revision, path, "a revision does not begin with `-`")
    # No filter or driver that a repository configures is run, and nothing is fetched or asked for.
    command = ["git", "show", "--no-textconv", "--no-ext-diff", "--end-of-options", f"{revision}:{path}", "--"]
    quiet = os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    try:
        done = subprocess.run(command, capture_output=True, env=quiet, timeout=_PATIENCE, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise _fault(revision, path, getattr(error, "strerror", None) or "git does not answer") from None
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        raise _fault(revision, path, words.removeprefix("fatal: ") or "git refused")
    if done.stdout.startswith(f"tree {revision}:{path}\n\n".encode()):  # how git lists a folder
        raise _fault(revision, path, "Is a directory")
    if len(done.stdout) > MAX_BYTES:
        raise Fault(Diagnostic("SC602", "error", "", f"the file is larger than {MAX_BYTES // 2**20} MiB"))
    return done.stdout


def _fault(revision: str, path: str, reason: str) -> Fault:
    message = f"cannot read {shorten(f'{revision}:{path}')}: {shorten(reason, 160)}"
    return Fault(Diagnostic("SC601", "error", "", message))
