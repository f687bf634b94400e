"""Documents through every command, a few each time and thousands in the long run; what is wrong can be found."""

from __future__ import annotations

import pytest

from tests.robust.fuzz.changing import change
from tests.robust.fuzz.documents import COMMANDS, document
from tests.robust.fuzz.runner import MEBIBYTES, Outcome, outcomes

FEW, MANY = 200, 20_000


def unsound(first: int, count: int) -> list[Outcome]:
    return [outcome for outcome in outcomes(range(first, first + count)) if not outcome.is_sound]


def test_a_few_documents_are_answered() -> None:
    assert unsound(0, FEW) == []


@pytest.mark.long
def test_many_documents_are_answered() -> None:
    assert unsound(0, MANY) == []


def test_a_few_documents_are_changed() -> None:
    assert [outcome for outcome in outcomes(range(FEW // 2), change) if not outcome.is_sound] == []


@pytest.mark.long
def test_many_documents_are_changed() -> None:
    assert [outcome for outcome in outcomes(range(MANY), change) if not outcome.is_sound] == []


def test_a_seed_is_always_the_same_document() -> None:
    assert [document(seed) for seed in range(50)] == [document(seed) for seed in range(50)]
    assert {" ".join(document(seed).words) for seed in range(1_000)} >= set(COMMANDS)


def odd(seed: int) -> str:
    """A document that goes wrong in the way its seed says."""
    if seed == 1:
        raise ZeroDivisionError("x")
    if seed == 2:
        while True:  # until the system ends it
            pass
    if seed == 3:
        import os

        os._exit(1)
    if seed == 4:
        bytearray(b"x" * (MEBIBYTES + 50) * 2**20)
    return "a fault" if seed == 5 else ""


def test_what_goes_wrong_is_told_with_its_seed_and_the_rest_goes_on() -> None:
    found = [outcome for outcome in outcomes(range(8), odd) if not outcome.is_sound]
    assert [(one.seed, one.fault) for one in found] == [
        (1, "ZeroDivisionError: x"),
        (2, "no answer"),
        (3, "the process ended"),
        (4, ""),
        (5, "a fault"),
    ]
    assert found[3].mebibytes > MEBIBYTES
