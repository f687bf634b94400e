"""The laws of a comparison, over all specs."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.diffs.folding import fold
from shapecalc.analysis.diffs.models import Diff, compare_models
from shapecalc.analysis.report import Report
from shapecalc.dims import add_up
from shapecalc.model.load import Library
from tests.analysis.diffs.compared import report_of

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
    require_laws(read(old), read(new))


def require_laws(old: Report, new: Report) -> None:
    """The way back is the way there, and the lines say all."""
    there, back = compare_models(old, new), compare_models(new, old)
    assert count_kinds(there) == {MIRRORED.get(kind, kind): count for kind, count in count_kinds(back).items()}
    for diff, unfold in ((there, False), (there, True), (back, False)):
        require_sums(diff, unfold)


ENTRIES = (
    "dense 3", "dense 4", "dense 8", "ReLU", "Dropout: {rate: 0.5}", "Pair", "Pair: {units: 4}", "Other", "Long",
    "{Pair: {}, repeat: 2}", "{Pair: {}, repeat: 3}", "{Dense: {units: 4}, repeat: 4}", "{Other: {}, repeat: 1}",
)  # fmt: skip
NAMED = (
    "dense 3 a", "dense 4 a", "ReLU: {name: a}", "Pair: {name: a}", "{Pair: {name: a}, repeat: 3}", "Long: {name: a}",
)  # fmt: skip
HALVES = st.lists(st.sampled_from(ENTRIES), max_size=5)
PARTS = st.tuples(HALVES, st.sampled_from([*ENTRIES, *NAMED]), HALVES)
MODELS_IN_WORDS = PARTS.map(lambda parts: [*parts[0], parts[1], *parts[2]])


@settings(deadline=None, max_examples=150)
@given(MODELS_IN_WORDS, MODELS_IN_WORDS)
def test_laws_of_any_two_models(old: list[str], new: list[str]) -> None:
    before, after = report_of("; ".join(old)), report_of("; ".join(new))
    require_laws(before, after)
    if old == new:
        assert not compare_models(before, after).differs


def count_kinds(diff: Diff) -> dict[str, int]:
    """How many layers of each kind there are, but for equal ones."""
    kinds = [change.kind for change in diff.changes]
    return {kind: kinds.count(kind) for kind in ("added", "removed", "changed", "renamed", "equal")}


def require_sums(diff: Diff, unfold: bool) -> None:
    """The lines add up to what the totals say, and every layer is in one of them."""
    lines = fold(diff, unfold)
    assert diff.differs == bool(lines or diff.outputs)
    for position, name in ((0, "params"), (1, "macs")):
        (total,) = [total for total in diff.totals if total.quantity == name]
        if total.old is not None and total.new is not None:
            change = add_up(line.counts[position][1] - line.counts[position][0] for line in lines)
            assert change == total.new - total.old
    members = [id(member) for line in lines for member in line.members if member.within is None]
    assert len(members) == len(set(members))
    assert set(members) >= {id(change) for change in diff.changes if change.kind in ("added", "removed")}
