"""Models whose shapes are known and whose numbers are not: `summary` answers, `run` says what is lacking."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Command

LACKING = {
    "StringLookup": (
        "input: {shape: [3], dtype: string}",
        "{}",
        "(None, 3)",
        "SC203",
        "no vocabulary to look anything up",
    ),
    "IntegerLookup": (
        "input: {shape: [3], dtype: int64}",
        "{}",
        "(None, 3)",
        "SC203",
        "no vocabulary to look anything up",
    ),
    "TextVectorization": (
        "input: {shape: [1], dtype: string}",
        "{output_sequence_length: 4}",
        "(None, 4)",
        "SC203",
        "no vocabulary to look anything up",
    ),
    "Discretization": (
        "input: [3]",
        "{num_bins: 4, output_mode: one_hot}",
        "(None, 3, 4)",
        "SC203",
        "the boundaries of 4 bins are not known",
    ),
    "RandomCrop": (
        "input: [8, 9, 3]",
        "{height: 4, width: 5}",
        "(None, 4, 5, 3)",
        "SC206",
        "in inference Keras hands images of 8 × 9 on uncut, though it infers 4 × 5",
    ),
}


@pytest.mark.parametrize("name", LACKING)
def test_summary_answers_and_run_says_what_is_lacking(shapecalc: Command, name: str) -> None:
    head, arguments, shape, code, message = LACKING[name]
    spec = f"{head}\nlayers:\n  - {name}: {arguments}\n"
    summary = shapecalc("summary", "-", stdin=spec)
    assert (summary.code, summary.err) == (0, "")
    assert shape in summary.out
    run = shapecalc("run", "-", "--input", "random", stdin=spec)
    assert run.code == 1
    assert f"error[{code}]" in run.err
    assert message in run.err
    assert "  = help: " in run.err


def test_a_random_crop_of_the_size_of_its_images_runs(shapecalc: Command) -> None:
    run = shapecalc(
        "run", "-", "--input", "random", stdin="input: [4, 5, 3]\nlayers: [{RandomCrop: {height: 4, width: 5}}]\n"
    )
    assert run.code == 0


def test_the_fraction_of_an_expression_is_a_number(shapecalc: Command) -> None:
    spec = "args: {white: 255}\ninput: [2]\nlayers: [{Rescaling: {scale: 1 / $white}}]\n"
    run = shapecalc("run", "-", "--input", "[[255, 51]]", stdin=spec)
    assert run.code == 0
    assert "[[1.  0.2]]" in run.out
    refused = shapecalc(
        "summary", "-", stdin=spec.replace("{scale: 1 / $white}", "{scale: 1, offset: [[1 / $white, true]]}")
    )
    assert "Fraction" not in refused.err + refused.out
