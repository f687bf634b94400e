"""The help of every finding in `specs/reject` works when it is typed: the finding is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shapecalc.diagnostics import Diagnostic
from tests.first_hour.cases import findings
from tests.specs.typing_helps import typed

REJECT = Path(__file__).parents[2] / "specs" / "reject"
SPECS = sorted(path.stem for path in REJECT.glob("*.yaml"))
IN_WORDS = {
    "ambiguous_name": "which of them is meant is the user's to say",
    "block_fed_a_wrong_shape": "the block may be meant as it is, and fed wrongly",
    "block_in_itself": "how often it is to be repeated is the user's to say",
    "reused_on_another_width": "which of the two layers is to be another is the user's to say",
    "code_in_expression": "a list of what is allowed",
    "conv_on_a_vector": "which axes it has is the user's to say",
    "dense_on_unknown_axis": "which number the axis has is the user's to say",
    "flattened_too_early": "a layer is moved, or left out",
    "half_a_unit": "which way to round is the user's to say",
    "input_as_entry": "an entry becomes a key of the model",
    "lambda": "code becomes entries",
    "lambda_of_two_inputs": "code becomes entries",
    "leads_nowhere": "what it is meant for is the user's to say",
    "lstm_on_a_vector": "how the time axis is made is the user's to say",
    "mask_of_a_softmax": "an entry is put in the place of another, or a mask is dropped",
    "mask_that_attention_cannot_lay": "which axes are meant is the user's to say",
    "null_where_a_number_is_wanted": "which number is the user's to say",
    "weight_without_a_batch": "what the block is fed is the user's to say",
    "merge_key": "what is shared is written out",
    "no_layers": "a whole list is missing",
    "reference_below": "an entry is moved",
    "required_argument": "an option of the command line",
    "second_document": "the rest goes to a file of its own",
    "shapes_that_do_not_merge": "which of the two sizes is meant is the user's to say",
    "too_many_inputs": "how they are joined is the user's to say",
    "unknown_axis_far_above": "which number the axis has is the user's to say",
}
"""Specs with a help that shows code which is not a text to write there, and why."""


def found(name: str) -> tuple[str, list[Diagnostic]]:
    text = (REJECT / f"{name}.yaml").read_text("utf-8")
    return text, findings(text, str(REJECT / f"{name}.yaml"))


def shows_code(finding: Diagnostic) -> bool:
    """Whether the help shows a text that might be typed into the spec, and no command."""
    return any(not code.startswith("shapecalc ") for code in re.findall(r"`([^`]+)`", finding.help or ""))


@pytest.mark.parametrize("name", SPECS)
def test_typing_the_help_removes_the_finding(name: str) -> None:
    text, all_found = found(name)
    for finding in all_found:
        new = typed(text, finding)
        if new is None:
            assert not shows_code(finding) or name in IN_WORDS, finding.help
            continue
        left = findings(new, str(REJECT / f"{name}.yaml"))
        assert (finding.code, finding.message) not in [(one.code, one.message) for one in left], new


def test_most_helps_are_typed() -> None:
    assert sum(typed(text, one) is not None for text, all_found in map(found, SPECS) for one in all_found) >= 50


def test_every_exception_is_one() -> None:
    for name in IN_WORDS:
        text, all_found = found(name)
        assert any(typed(text, one) is None and shows_code(one) for one in all_found), name
