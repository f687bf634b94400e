"""The counts that come with the package are those of the recorded data."""

from __future__ import annotations

from shapecalc.layers.catalogue import CATALOGUE
from tests.golden.coverage import TARGET, counted, document


def test_the_counts_that_are_kept_are_those_of_the_data() -> None:
    assert TARGET.read_text(encoding="utf-8") == document(), "run tests/golden/coverage.py"


def test_every_type_that_keras_has_was_recorded_in_a_dozen_cases_at_least() -> None:
    counts = counted()["types"]
    unrecorded = {name for name, (cases, _) in counts.items() if not cases}
    assert unrecorded == {"InputLayer", "Lambda", "TimeDistributedDense", "Weight"}
    assert {name for name, (cases, _) in counts.items() if cases < 12} == unrecorded
    assert list(counts) == list(CATALOGUE)
