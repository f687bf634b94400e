"""What git ignores in a folder, as git itself says."""

from __future__ import annotations

import os

_PATIENCE = 30  # seconds
_OPTIONS = ("--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
"""No program that a repository configures is run."""
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""Variables, set where git runs this command as a hook, that mean another repository than that of the folder."""


def list_ignored(folder: str) -> frozenset[str]:
    """The paths of files and folders in a folder that git ignores; what lies in such a folder is not listed.

    There are none where git is not there or does not answer, and in a folder that is ignored as a whole: whoever names
    it wants it.
    """
    if not _is_in_repository(folder):
        return frozenset()
    import subprocess

    listing = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"]
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
    try:
        done = subprocess.run(
            ["git", *_OPTIONS, *listing],
            cwd=folder or ".", env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=True,
            timeout=_PATIENCE,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError):
        return frozenset()
    names = [os.fsdecode(name).rstrip("/") for name in done.stdout.split(b"\0") if name]
    if "." in names:
        return frozenset()
    return frozenset(os.path.join(folder, name.replace("/", os.sep)) for name in names)


def _is_in_repository(folder: str) -> bool:
    """Whether a folder lies in a work tree, as far as can be told without git."""
    try:
        place = os.path.realpath(folder)
    except OSError:
        return False
    while not os.path.lexists(os.path.join(place, ".git")):
        parent = os.path.dirname(place)
        if parent == place:
            return False
        place = parent
    return True
