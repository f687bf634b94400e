"""Amounts in options, conditions and expectations."""

from __future__ import annotations

import pytest

from tests.cli.conftest import MANY_TO_MANY, Command


@pytest.mark.parametrize(("unit", "free"), [("KB", 1000), ("KiB", 1024)])
def test_an_option_an_expectation_and_a_condition_read_alike(shapecalc: Command, unit: str, free: int) -> None:
    spec = f"args: {{units: 1}}\ninput: [{free // 4 - 1}]\nlayers:\n  - Dense: {{units: $units}}\n"  # `free` bytes
    within, beyond = f'expect: {{weights: "<= 1{unit}"}}\n', f'expect: {{weights: "< 1{unit}"}}\n'
    assert shapecalc("check", "-", stdin=spec + within).code == 0
    assert shapecalc("check", "-", stdin=spec + beyond).code == 1
    solved = shapecalc("solve", "-", "--for", "units", "--max-weights", f"2{unit}", stdin=spec)
    assert solved.out.startswith("model: units = 2 is the largest")
    swept = shapecalc("sweep", "-", "--set", "units=1..9", "--where", f"weights_bytes <= 3{unit}", stdin=spec)
    assert swept.out.split("\n")[3].startswith("3,")
    assert swept.out.count("\n") == 4


def test_the_limit_of_memory_is_what_it_says(shapecalc: Command) -> None:
    err = shapecalc("run", "-", "--max-memory", "0.5KB", stdin=MANY_TO_MANY).err
    assert "more than the 500 B allowed" in err
    err = shapecalc("run", "-", "--max-memory", "0.5KiB", stdin=MANY_TO_MANY).err
    assert "more than the 512 B allowed" in err


def test_the_line_of_a_model_has_units_that_read_back(shapecalc: Command) -> None:
    spec = "name: model\ninput: [511]\nlayers:\n  - Dense: {units: 1}\n"
    out = shapecalc("summary", "-", "--output-format", "concise", stdin=spec).out
    assert out == "model: 512 params (2.0 KiB), 511 MACs, output (None, 1)\n"
