"""Files of two folders: which is which, and what became of each."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from shapecalc.analysis.diffs.levels import list_leaves, open_report
from shapecalc.analysis.diffs.matching import Traits
from shapecalc.analysis.diffs.models import MAX_DEPTH, Diff, Total, list_totals
from shapecalc.analysis.report import Report

SURE = 0.6
"""The share of layers that two models have in common where one file is the other, renamed."""
_SAME_NAME = 0.3
_MOST = 10_000
"""Pairs of added and removed files that are looked at."""


class FileChange(NamedTuple):
    """What became of a model: `kind` is equal, changed, renamed, added or removed; `diff` is there where both are.

    `files` are what the command calls the file on each side, `path` and `was` where it is and was in its folder.
    """

    kind: str
    old: Report | None
    new: Report | None
    files: tuple[str | None, str | None]
    path: str
    was: str
    diff: Diff | None = None

    @property
    def totals(self) -> list[Total]:
        """The totals of both sides, 0 where there is no file."""
        return self.diff.totals if self.diff is not None else list_totals(self.old, self.new)

    @property
    def report(self) -> Report:
        """The model as it is, or was."""
        report = self.new or self.old
        assert report is not None
        return report


class FolderDiff(NamedTuple):
    """What became of the files of two folders, in order, and the paths of those that could not be compared.

    `settings` are the values that tell the sides apart where they are one folder, by name.
    """

    folders: tuple[str, str]
    settings: tuple[dict[str, Any], dict[str, Any]]
    changes: list[FileChange]
    broken: list[str]

    @property
    def differs(self) -> bool:
        """Whether any file changed, came, went, or has another name."""
        return any(change.kind != "equal" for change in self.changes)


def pair_renamed(old: Mapping[str, Report], new: Mapping[str, Report], same: Mapping[str, str]) -> dict[str, str]:
    """The new file that each of these old ones is, by their paths; `same` has those of equal bytes.

    Others are taken for one where most of their layers are the same, and no other file is as like.
    """
    pairs = {path: other for path, other in same.items() if path in old and other in new}
    if len(old) * len(new) > _MOST:
        return pairs
    traits = Traits()
    before = {path: _list_contents(report, traits) for path, report in old.items() if path not in pairs}
    taken = set(pairs.values())
    after = {path: _list_contents(report, traits) for path, report in new.items() if path not in taken}
    likeness = {(path, other): _compare(path, before[path], other, after[other]) for path in before for other in after}
    best: dict[tuple[int, str], list[float]] = {}
    for (path, other), like in likeness.items():
        for side in ((0, path), (1, other)):
            best[side] = sorted([*best.get(side, []), like])[-2:]
    for (path, other), like in likeness.items():
        alone = all(best[side][-1] == like and best[side][:-1] != [like] for side in ((0, path), (1, other)))
        if like >= SURE and alone:
            pairs[path] = other
    return pairs


def count_layers(report: Report) -> int:
    """How many layers a model has, blocks opened."""
    level = open_report(report, MAX_DEPTH)
    return sum(1 for row in level.rows for _ in list_leaves(level, row))


def _list_contents(report: Report, traits: Traits) -> Counter[Hashable]:
    """The layers of a model by their content, but for inputs: many models have the same."""
    level = open_report(report, MAX_DEPTH)
    leaves = [leaf for row in level.rows if row.node.entry is not None for leaf in list_leaves(level, row)]
    return Counter(traits.find(place, row).whole for place, row in leaves)


def _compare(path: str, old: Counter[Hashable], other: str, new: Counter[Hashable]) -> float:
    """The share of layers that two models have in common; more for files that kept their name in another folder."""
    share = 2 * (old & new).total() / max(old.total() + new.total(), 1)
    return share + (_SAME_NAME if posixpath.basename(path) == posixpath.basename(other) else 0)
