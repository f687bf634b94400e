"""Inputs, sizes, arguments and expressions."""

from __future__ import annotations

import pytest

from shapecalc.dims import symbol
from tests.specs.analysed import clean, codes_in, report_of, rows_of, said_of

# Inputs and sizes


@pytest.mark.parametrize(
    ("inputs", "shape"),
    [
        ("input: [5, 1]", "(None, 5, 1)"),
        ('input: "(None, 5, 1)"', "(None, 5, 1)"),
        ("input: (None, 5, 1)", "(None, 5, 1)"),
        ('input: "(8, 5, 1)"\nbatch_size: 8', "(8, 5, 1)"),
        ("input: (B, 5, 1)\nbatch_size: B", "(B, 5, 1)"),
        ("input: (None, 5, 1)\nbatch_size: 8", "(8, 5, 1)"),
        ("input: (None,)", "(None,)"),
        ("args: {n: 4}\ninput: (None, $n, 2)", "(None, 4, 2)"),
        ("input: {batch_shape: [2, 5, 1]}", "(2, 5, 1)"),
        ("input: {batch_shape: (2, T, 1), dtype: int32}", "(2, T, 1)"),
        ("input: {batch_shape: [null, 5]}", "(None, 5)"),
        ("input: {batch_shape: [null, 5]}\nbatch_size: 3", "(3, 5)"),
        ("input: [5]\nbatch_size: B", "(B, 5)"),
        ("input: [null, 1]", "(None, None, 1)"),
        ("input: [None, 1]", "(None, None, 1)"),
        ("input: [T, 1]", "(None, T, 1)"),
        ("input: [T, T]", "(None, T, T)"),
        ("input: []", "(None,)"),
        ("input: {shape: [5, 1], dtype: int32}", "(None, 5, 1)"),
        ("args: {n: 4}\ninput: [$n, $n * 2]", "(None, 4, 8)"),
        ("args: {s: [4, 8]}\ninput: $s", "(None, 4, 8)"),
        ("input: [5, 1]\nbatch_size: 32", "(32, 5, 1)"),
        ("args: {b: 16}\ninput: [5, 1]\nbatch_size: $b", "(16, 5, 1)"),
    ],
)
def test_the_forms_of_an_input(inputs: str, shape: str) -> None:
    report = clean(f"{inputs}\nlayers: [Identity]\n")
    assert [str(row.shapes[0]) for row in report.rows] == [shape, shape]


def test_an_input_has_a_dtype() -> None:
    report = clean("inputs: {a: {shape: [4], dtype: int32}, b: [4]}\nlayers: [Identity]\noutputs: [a, b, identity]\n"
                   .replace("layers: [Identity]", "layers:\n  - Identity:\n    from: a"))  # fmt: skip
    assert [tensor.dtype for tensor in report.outputs.values()] == ["int32", "float32", "int32"]


@pytest.mark.parametrize("written", ["{shape: [7, 3]}", "{batch_shape: [null, 7, 3]}"])
def test_an_input_among_the_layers_is_written_above_them(written: str) -> None:
    said = said_of(f"layers:\n  - Input: {written}\n  - Dense: {{units: 2}}\n")
    assert any("a model's input stands above its layers: `input: [7, 3]`" in line for line in said)


@pytest.mark.parametrize(
    ("shape", "code", "message"),
    [
        ("[0]", "SC205", "a size is a whole number of at least 1, `null` or a name, got 0"),
        ("[-1, 4]", "SC205", "a size is a whole number of at least 1, `null` or a name, got -1"),
        ("[2.5]", "SC204", "a size is a whole number of at least 1, `null` or a name, got 2.5"),
        ("[true]", "SC204", "a size is a whole number of at least 1, `null` or a name, got true"),
        ("[[4]]", "SC204", "a size is a whole number, `null` or a name"),
        ("5", "SC204", "a shape is a list of sizes without the batch axis, got 5"),
        ("null", "SC204", "a shape is a list of sizes without the batch axis, got null"),
        ("[..., 4]", "SC204", "`...` stands in the inputs of blocks; a model's input lists its axes"),
        ("(None, 5", "SC204", "cannot read '(None, 5' as a shape: ',' is missing"),
    ],
)
def test_shapes_that_are_none(shape: str, code: str, message: str) -> None:
    (said,) = said_of(f"input: {shape}\nlayers: [Identity]\n")
    assert f" {code} {message}" in said


def test_a_size_with_a_name_is_a_symbol_and_may_be_set() -> None:
    text = "input: [T, F]\nlayers:\n  - Dense: {units: $F * 2}\n  - RepeatVector: {n: 2}\n    if: false\n"
    assert rows_of(text) == [("dense", "(None, T, 2*F)", 2 * symbol("F") * (symbol("F") + 1))]
    assert rows_of(text, F=3) == [("dense", "(None, T, 6)", 24)]
    assert rows_of(text, F=3, T=7) == [("dense", "(None, 7, 6)", 24)]


def test_equal_names_are_equal_sizes_and_others_are_assumed_to_be() -> None:
    text = "inputs: {a: [T, 4], b: [%s, 4]}\nlayers:\n  - Add:\n    from: [a, b]\n"
    assert codes_in(text % "T") == []
    assert said_of(text % "U") == ["3:5 SC503 add: assumes T == U | give equal sizes one name, or numbers"]


def test_what_an_expression_takes_for_granted_of_a_size_is_said_where_it_stands() -> None:
    text = (
        "args: {n: 6}\ninput: [T, 8]\n"
        "blocks:\n  B: {args: {u: 1, v: $u / 5}, layers: [{Dense: {units: $v}}]}\n"
        "layers:\n  - Dense: {units: $T / 2}\n  - Dense: {units: $T / 2 + $n}\n  - B: {u: $T}\n"
    )
    help = "keep to it when the size gets its value"
    assert said_of(text) == [
        f"6:20 SC503 assumes T % 2 == 0 | {help}",
        f"4:23 SC503 assumes T % 5 == 0 | {help}",
    ]
    assert codes_in(text, T=10) == []
    assert codes_in(text, T=5) == ["SC211", "SC211"]


def test_what_a_block_in_a_wrapper_takes_for_granted_is_noted() -> None:
    text = """
input: [3, T, 4]
blocks:
  Reader:
    layers:
      - Conv1D: {filters: 2, kernel_size: 5}
      - GlobalMaxPooling1D
layers:
  - TimeDistributed: {layer: Reader}
"""
    help = "keep to it when the size gets its value"
    assert said_of(text) == [f"6:9 SC503 time_distributed/reader/conv1d: assumes T >= 5 | {help}"]


def test_what_the_shape_of_an_input_takes_for_granted_is_said_there() -> None:
    text = "args: {n: 8}\ninput: [$n / 2, 3]\nlayers:\n  - Dense: {units: $n / 2}\n"
    note = "2:9 SC503 assumes n % 2 == 0 | keep to it when the size gets its value"
    assert said_of(text, n=symbol("n")) == [note]
    assert codes_in(text) == []


# Arguments and expressions


@pytest.mark.parametrize(
    ("expression", "units"),
    [
        ("$w", 6),
        ('"${w}"', 6),
        ("$w * 2", 12),
        ("$w / 2", 3),
        ("$w // 4", 1),
        ("$w % 4", 2),
        ("$w ** 2", 36),
        ("-$w + 10", 4),
        ("$x * 4", 10),
        ("2 if $flag else 3", 2),
        ("2 if not $flag or $w > 7 else 3", 3),
        ('"$sizes[1]"', 20),
        ('"max($w, 8)"', 8),
        ('"min($w, 8)"', 6),
        ("floor($x)", 2),
        ("ceil($x)", 3),
        ("round($x + 0.1)", 3),
        ('"make_divisible($w * 1.4, 8)"', 8),
        ('"make_divisible($w + 27, 8)"', 32),
        ('"make_divisible($w + 31, 8)"', 40),
        ("8 if $word == 'big' else 4", 8),
        ("$twice", 12),
    ],
)
def test_expressions_are_worked_out_exactly(expression: str, units: int) -> None:
    args = "args: {w: 6, x: 2.5, flag: true, sizes: [10, 20], word: big, twice: $w * 2}"
    text = f"{args}\ninput: [1]\nlayers:\n  - Dense: {{units: {expression}, use_bias: false}}\n"
    assert [row.params for row in report_of(text).rows] == [0, units]


@pytest.mark.parametrize(
    ("expression", "code", "message"),
    [
        ("$w / 4", "SC211", "`units` of Dense must be a whole number of at least 1, got 1.5"),
        ("$w - 6", "SC205", "`units` of Dense must be a whole number of at least 1, got 0"),
        ("$w / 0", "SC207", "`/` by zero"),
        ("$v", "SC208", "unknown name `$v`"),
        ("$w.real", "SC207", "`.` is no part of an expression"),
        ("open($w)", "SC207", "no function `open`"),
        ("$w if", "SC207", "the expression breaks off"),
        ("9**9**9 * $w", "SC207", "the result is beyond 10**18"),
        ("$w + $word", "SC207", "`+` needs numbers, not text"),
        ("$word", "SC204", "`units` of Dense must be a whole number of at least 1, got 'big'"),
    ],
)
def test_expressions_that_have_no_value(expression: str, code: str, message: str) -> None:
    (said,) = said_of(f"args: {{w: 6, word: big}}\ninput: [$w]\nlayers:\n  - Dense: {{units: {expression}}}\n")
    assert f" {code} {message}" in said


def test_text_without_a_dollar_is_text_or_a_number() -> None:
    assert rows_of('input: [4]\nlayers:\n  - Dense: {units: "8"}\n') == [("dense", "(None, 8)", 40)]
    report = clean("input: [4]\nlayers:\n  - LayerNormalization: {epsilon: 1e-5}\n")
    assert report.rows[1].node.layer.epsilon == 1e-5  # type: ignore[union-attr]


def test_arguments_of_the_model_are_set_or_have_a_default() -> None:
    text = (
        "args: {width: 4, classes: required}\ninput: [3]\nlayers:\n  - Dense: {units: $width}\n"
        "  - Dense: {units: $classes}\n"
    )
    assert rows_of(text, classes=2) == [("dense", "(None, 4)", 16), ("dense_1", "(None, 2)", 10)]
    assert rows_of(text, classes=2, width=1)[0] == ("dense", "(None, 1)", 4)
    assert said_of(text) == ["1:27 SC210 the model's argument `classes` has no default | set it: `--set classes=VALUE`"]
    assert said_of(text, clases=2)[0] == (
        "- SC210 --set: the model has no argument or size `clases` | did you mean `classes`?"
    )


@pytest.mark.parametrize("value", ["abc", 0, -1, 2.5, True, None, [1], 10**19])
def test_a_declared_size_is_set_to_a_whole_number(value: object) -> None:
    (said,) = said_of("input: [T]\nlayers:\n  - Dense: {units: 4}\n", T=value)
    assert said.startswith("- SC210 --set: the size `T` is a whole number of at least 1, got ")
