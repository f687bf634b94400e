"""The node tests of the standard: what `run` computes of each has the recorded numbers, or is refused with a code."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.formats.onnx.nodes import REFUSED, RIGHT, WRONG, Verdict, list_tests
from tests.formats.onnx.numbers import judge_numbers, read_numbers, run_random


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    recorded = read_numbers()
    return {test.name: judge_numbers(test) for test in list_tests() if test.name in recorded}


def test_no_number_is_wrong(verdicts: dict[str, Verdict]) -> None:
    assert {name: verdict.said for name, verdict in verdicts.items() if verdict.kind == WRONG} == {}


def test_most_numbers_are_right(verdicts: dict[str, Verdict]) -> None:
    kinds = Counter(verdict.kind for verdict in verdicts.values())
    assert kinds[RIGHT] >= 1_672


def test_what_is_not_computed_is_refused_with_a_code(verdicts: dict[str, Verdict]) -> None:
    refused = [verdict.said for verdict in verdicts.values() if verdict.kind == REFUSED]
    assert refused
    assert [said for said in refused if not re.match(r"SC\d{3} ", said) or said.startswith("SC610")] == []


def test_no_random_input_is_a_fault_of_the_tool() -> None:
    """Every model runs on random inputs as inferred, or is refused with a code."""
    codes = {code for test in list_tests() for code in run_random(test)}
    assert codes <= {"", "SC206", "SC403", "SC404", "SC605", "SC609", "SC618"}
