"""Comparisons as Markdown: what GitHub shows of them, and that they find room in a comment."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from shapecalc.analysis.diffs.files import FileChange, FolderDiff
from shapecalc.analysis.diffs.models import compare_models
from shapecalc.render.diffs.json import diff_json
from shapecalc.render.diffs.markdown import MOST, file_markdown, folders_markdown
from tests.analysis.diffs.compared import report_of
from tests.analysis.diffs.test_models import MODELS, read
from tests.render.diffs.github import list_rows, list_tokens

LIMIT = 20_000


def change_of(old: str, new: str, path: str = "m.yaml") -> FileChange:
    """The change of a model that is written short."""
    before, after = report_of(old), report_of(new)
    return FileChange("changed", before, after, (path, path), path, path, compare_models(before, after))


def test_a_table_of_github_s() -> None:
    text = file_markdown(change_of("dense 4 a; dense 2", "dense 8 b; dense 2"), None)
    assert list_rows(text)[-2:] == [
        ["~", "a → b (Dense)", "(None, 8)", "+16", "+12", "+80 B", "renamedunits 4 → 8output (None, 4) → (None, 8)"],
        ["~", "dense (Dense)", "(None, 2)", "+8", "+8", "+32 B", "input (None, 4) → (None, 8)"],
    ]
    assert [token.content for token in list_tokens(text) if token.type == "code_inline"] == [
        "m.yaml", "m.yaml", "a", "b", "Dense", "units 4 → 8", "output (None, 4) → (None, 8)", "dense", "Dense",
        "input (None, 4) → (None, 8)",
    ]  # fmt: skip


def test_a_change_in_a_hundred_layers_has_room() -> None:
    old, new = ("; ".join(f"dense {3 + place * step} layer_{place}" for place in range(100)) for step in (1, 2))
    change = change_of(old, new)
    text = file_markdown(change, None)
    assert len(text) < LIMIT
    rows = list_rows(text)
    assert len(rows) == 106
    assert diff_json([change], None, []).count('"details"') == 99


def test_what_finds_no_room_is_counted_and_summed() -> None:
    name = "long_name_" * 9
    old, new = ("; ".join(f"dense {3 + place * step} {name}{place}" for place in range(100)) for step in (1, 2))
    change = change_of(old, new)
    text = file_markdown(change, None)
    assert len(text) < LIMIT
    *shown, rest = list_rows(text)[7:]
    assert rest[1] == f"and {99 - len(shown)} more layers"
    deltas = [int(row[3].replace(",", "") or 0) for row in (*shown, rest)]
    diff = change.diff
    assert diff is not None
    assert sum(deltas) == diff.new.params - diff.old.params
    assert min(deltas[:-1]) >= max(0, deltas[-1] // (99 - len(shown)))  # the largest are shown


@pytest.mark.parametrize(("old", "new"), [*pairwise(MODELS)], ids=lambda path: path.stem)
def test_two_models_that_have_nothing_in_common_have_room(old: Path, new: Path) -> None:
    diff = compare_models(read(old), read(new))
    change = FileChange("changed", diff.old, diff.new, ("a", "b"), "b", "a", diff)
    text = file_markdown(change, None)
    assert len(text) < LIMIT
    assert len({len(row) for row in list_rows(text)[1 + len(diff.totals) :]}) == 1


def test_a_set_of_files_has_room_in_a_comment() -> None:
    change = change_of(
        "; ".join(f"dense {3 + place} a{place}" for place in range(60)),
        "; ".join(f"dense {4 + place * 2} a{place}" for place in range(60)),
    )
    changes = [change._replace(path=f"models/{'deep/' * 9}{place}.yaml") for place in range(400)]
    text = folders_markdown(FolderDiff(("a", "b"), ({}, {}), changes, []))
    assert len(text) < MOST < 65_536
    assert re.search(r"\nThe layers of \d+ more models find no room here\.\n", text)
    assert re.search(r"\| and \d+ more files \|", text)
    assert text.count("<details>") == text.count("</details>") >= 2


def test_names_and_formulas_of_any_length_have_room() -> None:
    change = change_of("dense 4", "dense 8")
    assert change.diff is not None
    change.diff.old.file, change.diff.new.file = "\u202e" * 5_000, "b" * 5_000
    totals = [total._replace(old=10**4_000, new=10**4_200) for total in change.diff.totals]
    change = change._replace(diff=change.diff._replace(totals=totals, outputs=("x" * 5_000,) * 50))
    assert len(file_markdown(change, None)) < LIMIT
    assert len(folders_markdown(FolderDiff(("a" * 5_000, "b"), ({}, {}), [change] * 100, []))) < MOST
