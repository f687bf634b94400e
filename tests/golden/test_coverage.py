"""Every type of Keras's was recorded in a dozen cases at least."""

from __future__ import annotations

from shapecalc.layers.catalogue import CATALOGUE
from tests.contracts.signatures import OF_KERAS_1, OURS
from tests.golden.coverage import count_cases


def test_every_type_that_keras_has_was_recorded_in_a_dozen_cases_at_least() -> None:
    counts = count_cases()["types"]
    unrecorded = {name for name, (cases, _) in counts.items() if not cases}
    assert unrecorded == {*OURS, OF_KERAS_1, "InputLayer", "Lambda"}
    assert {name for name, (cases, _) in counts.items() if cases < 12} == unrecorded
    assert list(counts) == list(CATALOGUE)
