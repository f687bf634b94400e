"""The first hour of a new user: one mistake, one message, whose help works when it is typed.

`python -m tests.first_hour` writes what is said and typed anew: read the difference before it is committed.
"""

from __future__ import annotations

import pytest

from tests.first_hour.cases import FOLDER, Case, cases, findings, said, typed

FILES = sorted(path for path in FOLDER.glob("*.txt") if path.stem != "commands")
CASES = [(path.stem, case) for path in FILES for case in cases(path)]
NAMED = [pytest.param(case, id=f"{stem}: {case.title}") for stem, case in CASES]
LEADS_ON = ("a path for a block", "shapes without names")
"""Cases whose help, when it is typed, brings the next fault to light: no such file; which of the inputs."""


@pytest.mark.parametrize("case", NAMED)
def test_what_is_said(case: Case) -> None:
    assert said(case.spec) == case.says


@pytest.mark.parametrize("case", NAMED)
def test_one_mistake_has_one_message(case: Case) -> None:
    assert len([finding for finding in findings(case.spec) if finding.severity == "error"]) == 1


@pytest.mark.parametrize("case", NAMED)
def test_the_message_has_a_way_out(case: Case) -> None:
    assert findings(case.spec)[0].help


@pytest.mark.parametrize("case", [one for one in NAMED if one.values[0].typed])  # type: ignore[union-attr]
def test_typing_the_help_mends_the_spec(case: Case) -> None:
    assert typed(case.spec) == case.typed
    left = [finding.message for finding in findings(case.typed)]
    assert not {finding.message for finding in findings(case.spec)} & set(left)
    assert not left or case.title in LEADS_ON


def test_there_are_enough() -> None:
    assert len(CASES) >= 60
    assert len({case.title for _, case in CASES}) == len(CASES)
