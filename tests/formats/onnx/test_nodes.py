"""The node tests of the standard: every operator gives the shapes that they record, or refuses with a code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from random import Random

import pytest

from tests.formats.onnx.nodes import (
    REFUSED,
    RIGHT,
    UNKNOWN,
    WRONG,
    NodeTest,
    Verdict,
    judge,
    judge_symbols,
    list_tests,
)

TESTS = {test.name: test for test in list_tests()}
OPERATORS = sorted({test.operator for test in TESTS.values()})

ARE_REFUSED = {
    "ai.onnx.ml.ArrayFeatureExtractor": "another set of operators",
    "ai.onnx.ml.Binarizer": "another set of operators",
    "ai.onnx.ml.LabelEncoder": "another set of operators",
    "ai.onnx.ml.TreeEnsemble": "another set of operators",
    "Not": "the tests are of version 1, whose broadcasting is another",
    "test_regex_full_match_email_domain": "a spec takes the `$` of the pattern for an expression",
    "test_regex_full_match_empty": "a spec takes the `$` of the pattern for an expression",
    "SequenceMap": "an input or output that is a sequence",
    "SequenceInsert": "an input or output that is a sequence",
    "SplitToSequence": "an input or output that is a sequence",
    "test_optional_get_element_optional": "an input that is an optional value",
    "test_optional_get_element_sequence": "an input that is an optional value",
    "test_optional_has_element_tensor": "an input that is an optional value",
    "test_optional_has_element_optional": "an input that is an optional value",
    "test_optional_has_element_empty_optional": "an input that is an optional value",
    "test_identity_sequence": "an input or output that is a sequence",
    "test_identity_opt": "an input or output that is an optional value",
    "test_if_seq": "an input or output that is a sequence",
    "test_if_opt": "an input or output that is an optional value",
    "test_loop13_seq": "an input or output that is a sequence",
    "test_loop16_seq_none": "an input or output that is a sequence",
    "test_sequence_map": "an input or output that is a sequence",
    "test_reshape_allowzero_reordered": "an axis of 0 in an input is read as one that is not known",
    "test_split_zero_size_splits": "an axis of 0 in an input is read as one that is not known",
}
"""Operators, or the beginnings of names of tests, that are refused, and why."""

ARE_UNKNOWN = {
    "NonMaxSuppression": "the boxes that are left depend on what is fed",
    "Unique": "how many numbers differ depends on what is fed",
    "ImageDecoder": "the sizes stand in the file of the image",
    "test_string_split_empty_tensor": "an axis of 0 in an input is read as one that is not known",
    "test_reduce_sum_empty_set_non_reduced_axis_zero": "an axis of 0 in an input is read as one that is not known",
}
"""The same of what has sizes that are not known although all that says what is to be done is given."""


def is_listed(test: NodeTest, table: dict[str, str]) -> bool:
    return any(test.operator == key or test.name.startswith(key) for key in table)


@cache
def judge_as_fed(name: str) -> Verdict:
    return judge(TESTS[name].models[0], TESTS[name].outputs)


@cache
def judge_as_given(name: str) -> Verdict:
    return judge(TESTS[name].models[-1], TESTS[name].outputs)


@cache
def judge_named(name: str) -> Verdict:
    return judge_symbols(TESTS[name].models[-1], TESTS[name].outputs, shared=True)


@cache
def judge_named_apart(name: str) -> Verdict:
    return judge_symbols(TESTS[name].models[-1], TESTS[name].outputs, shared=False)


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_shape_is_wrong(operator: str) -> None:
    for judge_test in (judge_as_fed, judge_as_given, judge_named, judge_named_apart):
        verdicts = {name: judge_test(name) for name, test in TESTS.items() if test.operator == operator}
        assert {name: verdict.said for name, verdict in verdicts.items() if verdict.kind == WRONG} == {}


@pytest.mark.parametrize("operator", OPERATORS)
def test_shapes_are_exact_where_what_is_to_be_done_is_given(operator: str) -> None:
    for name, test in TESTS.items():
        if test.operator == operator:
            verdict = judge_as_given(name)
            expected = {REFUSED} if is_listed(test, ARE_REFUSED) else {RIGHT}
            if is_listed(test, ARE_UNKNOWN):
                expected = {RIGHT, UNKNOWN}
            assert verdict.kind in expected, (name, verdict)


def kind_of(judge_test: Callable[[str], Verdict]) -> Callable[[str], str]:
    return lambda name: judge_test(name).kind


def test_few_are_refused() -> None:
    assert Counter(map(kind_of(judge_as_given), TESTS)) == {RIGHT: 1806, UNKNOWN: 26, REFUSED: 45}
    assert Counter(map(kind_of(judge_named), TESTS)) == {RIGHT: 1790, UNKNOWN: 40, REFUSED: 47}


@pytest.mark.parametrize("seed", range(8))
def test_damaged_models_are_read_or_refused(seed: int) -> None:
    """Nothing but a finding comes of models in which some bytes are others: no exception leaves the reader."""
    choices = Random(seed)
    names = list(TESTS)
    for _ in range(100):
        test = TESTS[choices.choice(names)]
        damaged = bytearray(test.models[-1])
        for _ in range(choices.choice([1, 2, 4])):
            damaged[choices.randrange(len(damaged))] = choices.choice([0, 1, 2, 7, 127, 128, 255])
        assert judge(bytes(damaged), test.outputs).kind in {RIGHT, UNKNOWN, REFUSED, WRONG}
