"""The page that a job of GitHub Actions shows."""

from __future__ import annotations

import pytest

from shapecalc.render.findings.summary import findings_summary
from tests.render.findings.samples import ALL, FIRST, NOTE

VERDICT = "2 specs checked: 1 error, 1 note in 2 specs"
HEAD = f"### shapecalc check\n\n{VERDICT}\n"
TABLE = "\n| Place | Finding | Message |\n| --- | --- | --- |\n"


def test_errors_come_first() -> None:
    text = findings_summary([NOTE, FIRST], VERDICT, 2**20)
    assert text.startswith(HEAD + TABLE)
    assert [row.split(" | ")[1] for row in text.splitlines()[6:8]] == ["error SC412", "note SC503"]
    assert text.endswith(" |\n\n")


def test_without_findings_the_verdict_stands_alone() -> None:
    assert findings_summary([], "3 specs checked: all clean", 2**20) == (
        "### shapecalc check\n\n3 specs checked: all clean\n\n"
    )


def test_rows_without_room_are_counted() -> None:
    text = findings_summary([NOTE] * 100, VERDICT, 1_000)
    rows = text.count("note SC503")
    assert 5 < rows < 50
    assert text.endswith(f"|\n\n{100 - rows} more are in the log.\n\n")
    assert text.count("| Place |") == 1


@pytest.mark.parametrize("most", range(-1, 1_200, 7))
def test_it_is_never_longer_than_allowed(most: int) -> None:
    text = findings_summary(ALL * 3, VERDICT, most)
    assert len(text.encode()) <= max(most, 0)
    assert not text or text.startswith(HEAD)
