"""Globs of settings: which files they mean."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from shapecalc.document.files import STDIN

_Names: TypeAlias = tuple[re.Pattern[str] | None, ...]


def matches(glob: str, file: str, root: str) -> bool:
    """Whether a file is meant by a glob that is relative to a folder.

    `*` and `?` stop at `/`, `**` does not. What stands without `/` is a name at any depth. A folder means all in it.
    """
    if file in (STDIN, "-"):
        return False
    path = path_from(root, file)
    return path is not None and _means(glob, path)


def matches_any(globs: Iterable[str], path: str | None) -> bool:
    """Whether one of the globs means a path, which is relative to the same folder as they are, with `/` between."""
    return path is not None and any(_means(glob, path) for glob in globs)


def path_from(root: str, file: str) -> str | None:
    """The path of a file from a folder, with `/` between; None where it has none."""
    try:
        return os.path.relpath(file, root).replace(os.sep, "/")
    except (OSError, ValueError):  # the current folder is gone, or the file is on another drive
        return None


def match_name(glob: str, name: str) -> bool:
    """Whether one part of a path is as a glob without `/` says; a hidden one only where the glob begins with a dot."""
    return (glob.startswith(".") or not name.startswith(".")) and _means(glob, name)


def _means(glob: str, path: str) -> bool:
    """Whether a glob means a path: part by part, so that no glob makes it slow."""
    names = _compile(glob)
    places = _skip(names, {0})  # how many names may stand for the parts so far
    for part in path.split("/"):
        further = {at for at in places if names[at] is None}
        further |= {at + 1 for at in places if (name := names[at]) is None or name.match(part)}
        places = _skip(names, further)
        if len(names) in places:
            return True  # it is the file, or a folder above it
    return False


def _skip(names: _Names, places: set[int]) -> set[int]:
    """The places, and those behind each `**` that may stand for no folder: all but a last one."""
    skipped = set(places)
    for at in places:
        while at < len(names) - 1 and names[at] is None:
            at += 1
            skipped.add(at)
    return skipped


@lru_cache(maxsize=256)
def _compile(glob: str) -> _Names:
    """The names of a glob as regular expressions; None for `**`."""
    from fnmatch import translate

    glob = glob.removeprefix("./").rstrip("/")
    names = glob.removeprefix("/").split("/")
    if "/" not in glob:
        names = ["**", *names]
    return tuple(None if name == "**" else re.compile(translate(name.replace("[^", "[!"))) for name in names)
