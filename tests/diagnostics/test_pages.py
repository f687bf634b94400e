"""The example on the page of a code has the fault the page speaks of, and no other."""

from __future__ import annotations

import shlex

import pytest

from shapecalc.cli.main import COMMANDS as COMMANDS_OF_CLI
from shapecalc.diagnostics.codes import CODES
from tests.specs.analysed import found_in

SPECS = [code for code, page in CODES.items() if not page.example.startswith("$ ")]
COMMANDS = [code for code in CODES if code not in SPECS]


@pytest.mark.parametrize("code", SPECS)
def test_an_example_gives_its_own_code(code: str) -> None:
    found = found_in(CODES[code].example)
    assert {one.code for one in found} == {code}
    assert {one.severity for one in found} == {CODES[code].severity}


@pytest.mark.parametrize("code", COMMANDS)
def test_an_example_that_is_a_command_names_one(code: str) -> None:
    words = shlex.split(CODES[code].example.removeprefix("$ "))
    assert words[0] == "shapecalc"
    assert words[1] in COMMANDS_OF_CLI


def test_only_what_no_spec_can_cause_is_shown_by_a_command() -> None:
    assert sorted(COMMANDS) == [
        "SC210",
        "SC502",
        "SC507",
        "SC508",
        "SC509",
        "SC510",
        "SC511",
        "SC512",
        "SC514",
        "SC601",
        "SC603",
        "SC605",
        "SC606",
        "SC607",
        "SC608",
        "SC609",
        "SC610",
        "SC611",
        "SC612",
        "SC613",
        "SC614",
        "SC615",
        "SC616",
        "SC617",
        "SC618",
        "SC620",
    ]
