"""The laws of a comparison, over all specs."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.diffs.folding import fold
from shapecalc.analysis.diffs.models import Diff, compare_models
from shapecalc.analysis.report import Report
from shapecalc.dims import add_up
from shapecalc.model.load import Library

SPECS = Path(__file__).parents[3] / "specs"
FILES = sorted(path for folder in ("tutorial", "models", "layers") for path in (SPECS / folder).glob("*.yaml"))
MODELS = sorted((SPECS / "models").glob("*.yaml"))
MIRRORED = {"added": "removed", "removed": "added"}


@cache
def read(path: Path) -> Report:
    """The report of a spec."""
    return analyse(Library().open(str(path)))


def is_shared(report: Report) -> bool:
    """Whether weights are used more than once."""
    return report.used_params != report.params


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_model_is_equal_to_itself(path: Path) -> None:
    again = analyse(Library().open(str(path)))
    diff = compare_models(read(path), again)
    assert (diff.differs, fold(diff), diff.outputs) == (False, [], ())


@pytest.mark.parametrize(("old", "new"), [*pairwise(MODELS), *pairwise(FILES[::7])], ids=lambda path: path.stem)
def test_laws_of_two_models(old: Path, new: Path) -> None:
    there, back = compare_models(read(old), read(new)), compare_models(read(new), read(old))
    assert count_kinds(there) == {MIRRORED.get(kind, kind): count for kind, count in count_kinds(back).items()}
    for diff, unfold in ((there, False), (there, True), (back, False)):
        require_sums(diff, unfold)


def count_kinds(diff: Diff) -> dict[str, int]:
    """How many layers of each kind there are, but for equal ones."""
    kinds = [change.kind for change in diff.changes]
    return {kind: kinds.count(kind) for kind in ("added", "removed", "changed", "renamed", "equal")}


def require_sums(diff: Diff, unfold: bool) -> None:
    """The lines add up to what the totals say, and every layer is in one of them."""
    lines = fold(diff, unfold)
    for position, name in ((0, "params"), (1, "macs")):
        (total,) = [total for total in diff.totals if total.quantity == name]
        if total.old is not None and total.new is not None:
            change = add_up(line.counts[position][1] - line.counts[position][0] for line in lines)
            assert change == total.new - total.old
    members = [id(member) for line in lines for member in line.members if member.within is None]
    assert len(members) == len(set(members))
    assert set(members) >= {id(change) for change in diff.changes if change.kind in ("added", "removed")}
