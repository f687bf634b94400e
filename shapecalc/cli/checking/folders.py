"""The files of a folder that may be specs."""

from __future__ import annotations

import os
from collections.abc import Iterator

from shapecalc.cli.checking.globs import matches_any, path_from
from shapecalc.cli.checking.ignored import list_ignored
from shapecalc.cli.checking.rules import CheckRules

INCLUDE = ("*.yaml", "*.yml")
"""The files of a folder that may be specs, where the settings have no `include`."""


def walk(folder: str, rules: CheckRules) -> Iterator[str]:
    """The files of a folder and those below it that may be specs.

    Hidden files are left out, and what `exclude` names or git ignores.
    """
    ignored = list_ignored(folder)
    endings = tuple(glob[1:] for glob in rules.include or INCLUDE if glob[:2] == "*." and glob[2:].isalnum())
    for here, folders, names in os.walk(folder):
        if here != folder and (".git" in folders or ".git" in names):  # a repository in the repository
            ignored |= list_ignored(here)
        place = path_from(rules.root, here) if rules.exclude or rules.include else None
        folders[:] = sorted(name for name in folders if not _is_left_out(here, name, place, ignored, rules))
        for name in sorted(names):
            if _is_left_out(here, name, place, ignored, rules):
                continue
            if name.endswith(endings) or (rules.include and matches_any(rules.include, _join(place, name))):
                yield os.path.join(here, name)


def _is_left_out(here: str, name: str, place: str | None, ignored: frozenset[str], rules: CheckRules) -> bool:
    """Whether a file or folder is hidden, ignored or excluded; `place` is the path of `here` from the rules' folder."""
    return (
        name.startswith(".")
        or (bool(ignored) and os.path.join(here, name) in ignored)
        or (bool(rules.exclude) and matches_any(rules.exclude, _join(place, name)))
    )


def _join(place: str | None, name: str) -> str | None:
    return place if place is None else name if place == "." else f"{place}/{name}"
