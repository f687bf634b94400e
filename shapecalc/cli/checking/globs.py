"""Globs of settings: which files they mean."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import lru_cache

from shapecalc.document.files import STDIN

_WILD = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]/]+\]")


def matches(glob: str, file: str, root: str) -> bool:
    """Whether a file is meant by a glob that is relative to a folder.

    `*` and `?` stop at `/`, `**` does not. What stands without `/` is a name at any depth. A folder means all in it.
    """
    if file in (STDIN, "-"):
        return False
    path = path_from(root, file)
    return path is not None and _compile(glob).match(path) is not None


def matches_any(globs: Iterable[str], path: str | None) -> bool:
    """Whether one of the globs means a path, which is relative to the same folder as they are, with `/` between."""
    return path is not None and any(_compile(glob).match(path) for glob in globs)


def path_from(root: str, file: str) -> str | None:
    """The path of a file from a folder, with `/` between; None where it has none."""
    try:
        return os.path.relpath(file, root).replace(os.sep, "/")
    except (OSError, ValueError):  # the current folder is gone, or the file is on another drive
        return None


def match_name(glob: str, name: str) -> bool:
    """Whether one part of a path is as a glob without `/` says; a hidden one only where the glob begins with a dot."""
    return (glob.startswith(".") or not name.startswith(".")) and _compile(glob).match(name) is not None


@lru_cache(maxsize=256)
def _compile(glob: str) -> re.Pattern[str]:
    glob = glob.removeprefix("./").rstrip("/")
    anywhere = "" if "/" in glob else "(?:.*/)?"
    glob = glob.removeprefix("/")
    parts = []
    last = 0
    for wild in _WILD.finditer(glob):
        parts += [re.escape(glob[last : wild.start()]), _write_wild(wild[0])]
        last = wild.end()
    parts.append(re.escape(glob[last:]))
    return re.compile(f"{anywhere}{''.join(parts)}(?:/.*)?\\Z", re.DOTALL)


def _write_wild(sign: str) -> str:
    """The regular expression of `**/`, `**`, `*`, `?` or `[a-z]`."""
    if sign[0] == "[":
        return _write_choice(sign[1:-1])
    return {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}[sign]


def _write_choice(inner: str) -> str:
    """The regular expression of what stands in brackets: characters and ranges, or with `!` in front all others."""
    is_negated = len(inner) > 1 and inner[0] in "!^"
    parts = re.findall(r"\w-\w|.", inner[is_negated:], re.DOTALL)
    signs = [part if len(part) == 3 and part[0] <= part[2] else re.escape(part) for part in parts]
    return f"[{'^' if is_negated else ''}{''.join(signs)}]"
