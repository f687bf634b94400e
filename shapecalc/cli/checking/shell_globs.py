"""Globs on the command line, quoted so that no shell expands them, or in a shell that expands none."""

from __future__ import annotations

import os
from collections.abc import Iterator

from shapecalc.cli.checking.folders import walk
from shapecalc.cli.checking.globs import match_name, matches_any, path_from
from shapecalc.cli.checking.ignored import list_ignored
from shapecalc.cli.checking.rules import CheckRules


def find_fixed_part(glob: str) -> str:
    """The folder that a glob begins with, before its first sign: `models` of `models/**/*.yaml`."""
    return _split(glob)[0] or "."


def expand(glob: str, rules: CheckRules) -> Iterator[str]:
    """The files that a glob of the command line names, and the specs in the folders that it names.

    `*`, `?` and `[...]` stand for signs of one name, `**` for any number of folders. Hidden ones, excluded ones and
    what git ignores are left out, and links to folders are not followed.
    """
    folder, names = _split(glob)
    search = _Search(list_ignored(folder), rules)
    for path in search.expand(folder, tuple(names)):
        if os.path.isdir(path):
            yield from walk(path, rules)
        else:
            yield path


def _split(glob: str) -> tuple[str, list[str]]:
    """The folder that a glob begins with, and the names after it."""
    parts = glob.replace(os.sep, "/").split("/")
    first = next((at for at, part in enumerate(parts) if any(sign in part for sign in "*?[")), len(parts) - 1)
    return "/".join(parts[:first]) + ("/" if first == 1 and not parts[0] else ""), [
        part for part in parts[first:] if part
    ]


class _Search:
    """One search through folders; each is looked through once for each part of the glob."""

    def __init__(self, ignored: frozenset[str], rules: CheckRules) -> None:
        self.ignored = ignored
        self.rules = rules
        self.seen: set[tuple[str, int]] = set()

    def expand(self, folder: str, names: tuple[str, ...]) -> Iterator[str]:
        """The paths in a folder that the names lead to, in order."""
        if (folder, len(names)) in self.seen:
            return
        self.seen.add((folder, len(names)))
        name, *rest = names
        if name == "**":
            if rest:
                yield from self.expand(folder, tuple(rest))
            else:
                yield folder or "."
                return
        for entry in self.list_entries(folder):
            path = os.path.join(folder, entry.name)
            is_folder = entry.is_dir(follow_symlinks=False)
            if name == "**":
                if is_folder and not entry.name.startswith("."):
                    yield from self.expand(path, names)
            elif match_name(name, entry.name):
                if not rest:
                    yield path
                elif is_folder:
                    yield from self.expand(path, tuple(rest))

    def list_entries(self, folder: str) -> list[os.DirEntry[str]]:
        """What stands in a folder, sorted, but for what is left out."""
        try:
            with os.scandir(folder or ".") as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            return []
        return [entry for entry in listed if not self.is_left_out(os.path.join(folder, entry.name))]

    def is_left_out(self, path: str) -> bool:
        """Whether git ignores a path, or the settings exclude it."""
        if path in self.ignored:
            return True
        return bool(self.rules.exclude) and matches_any(self.rules.exclude, path_from(self.rules.root, path))
