"""Wherever an expression may stand, one that cannot be evaluated is one finding at its place, and nothing follows."""

from __future__ import annotations

import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.expect import check_expectations
from tests.layering import parse

BAD = "$nope"

PLACES = {
    "a whole shape": "input: $nope\nlayers: [Flatten]",
    "a whole shape of several": "inputs: {a: $nope, b: [3]}\nlayers:\n  - Add:\n    from: [a, b]",
    "a size of a shape": "input: [$nope, 3]\nlayers: [Flatten]",
    "a shape beside a dtype": "inputs: {a: {shape: $nope, dtype: int32}}\nlayers: [Flatten]",
    "the dtype of an input": "inputs: {a: {shape: [3], dtype: $nope}}\nlayers: [Flatten]",
    "an argument of a layer": "input: [3]\nlayers:\n  - Dense: {units: $nope}",
    "an argument in a list": "input: [8, 8, 1]\nlayers:\n  - MaxPooling2D: {pool_size: [2, $nope]}",
    "an argument of a call": "input: [3]\nlayers:\n  - Dropout: {rate: 0.5}\n    call: {training: $nope}",
    "an argument of a layer within": "input: [3, 1]\nlayers:\n  - TimeDistributed: {layer: {Dense: {units: $nope}}}",
    "a name": "input: [3]\nlayers:\n  - Dense: {units: 1, name: $nope}",
    "a dtype of a layer": "input: [3]\nlayers:\n  - Dense: {units: 1, dtype: $nope}",
    "an if": "input: [3]\nlayers:\n  - Dense: {units: 1}\n    if: $nope",
    "a repeat": "input: [3]\nlayers:\n  - Dense: {units: 1}\n    repeat: $nope",
    "a list of a repeat": "input: [3]\nlayers:\n  - Dense: {units: $f}\n    repeat: {f: [1, $nope]}",
    "an argument of the model": "args: {a: $nope}\ninput: [3]\nlayers:\n  - Dense: {units: $a}",
    "the dtype of the model": "dtype: $nope\ninput: [3]\nlayers: [Flatten]",
    "the batch size": "batch_size: $nope\ninput: [3]\nlayers: [Flatten]",
    "an expected count": "input: [3]\nlayers: [Flatten]\nexpect: {params: $nope}",
    "an expected shape": "input: [3]\nlayers: [Flatten]\nexpect: {output: [$nope]}",
    "the shape of a weight": (
        "input: [3]\nlayers:\n  - Weight: {shape: [$nope], name: w}\n  - Add:\n    from: [input, w]"
    ),
    "an initializer": "input: [3]\nlayers:\n  - Dense: {units: 1, kernel_initializer: {constant: {value: $nope}}}",
    "an argument of a block": (
        "input: [3]\nblocks:\n  B: {args: {n: 1}, layers: [{Dense: {units: $n}}]}\nlayers:\n  - B: {n: $nope}"
    ),
    "a default of a block": (
        "input: [3]\nblocks:\n  B:\n    args: {n: $nope}\n    layers:\n      - Dense: {units: $n}\nlayers: [B]"
    ),
    "a layer in a block": "input: [3]\nblocks:\n  B:\n    layers:\n      - Dense: {units: $nope}\nlayers: [B]",
    "the shape of a block": (
        "input: [3]\nblocks:\n  B:\n    inputs: {x: $nope}\n    layers:\n      - Dense: {units: 1}\nlayers: [B]"
    ),
    "an argument that every block takes": (
        "input: [3]\nblocks:\n  B:\n    layers: [Flatten]\nlayers:\n  - B: {trainable: $nope}"
    ),
    "an argument that another reads": "args: {a: $nope, b: '$a + 1'}\ninput: [3]\nlayers:\n  - Dense: {units: $b}",
    "an argument that a shape reads": "args: {a: $nope}\ninput: [$a]\nlayers: [Flatten]",
    "an argument that a list reads": "args: {a: $nope, b: '[$a, 1]'}\ninput: [3]\nlayers: [Flatten]",
    "a default that another default of a block reads": (
        "input: [3]\nblocks:\n  B:\n    args: {n: $nope, m: $n}\n    layers:\n      - Dense: {units: $m}\nlayers: [B]"
    ),
    "a layer in a list of layers": "input: [3, 1]\nlayers:\n  - RNN: {cell: [{LSTMCell: {units: $nope}}]}",
    "a batch size that a shape may have": "batch_size: $nope\ninput: (3, 4)\nlayers: [Flatten]",
    "the name of a further call": (
        "input: [3]\nlayers:\n  - Dense: {units: 3, name: a}\n  - reuse: {layer: a, name: $nope}"
    ),
    "the dtype of a block": "input: [3]\nblocks:\n  B:\n    dtype: $nope\n    layers: [Flatten]\nlayers: [B]",
}


@pytest.mark.parametrize("place", PLACES)
def test_one_finding_at_its_place(place: str) -> None:
    text = PLACES[place]
    report = analyse(parse(text))
    findings = report.diagnostics + (check_expectations(report) if report.ok else [])
    assert [(finding.code, finding.message) for finding in findings] == [("SC208", "unknown name `$nope`")]
    span = findings[0].span
    assert span is not None
    assert text.split("\n")[span.line - 1][span.column - 1 :].startswith(BAD)


def test_a_required_argument_without_a_value_is_said_once() -> None:
    text = "args: {a: required, b: '$a + 1'}\ninput: [$a]\nlayers:\n  - Dense: {units: $b}"
    assert [finding.code for finding in analyse(parse(text)).diagnostics] == ["SC210"]


def test_nothing_is_said_of_entries_that_read_what_could_not_be_read() -> None:
    text = "args: {a: $nope}\ninput: [3]\nlayers:\n  - Dense: {units: '$a + $other'}\n  - Dense: {units: $a}"
    assert [finding.message for finding in analyse(parse(text)).diagnostics] == ["unknown name `$nope`"]


@pytest.mark.parametrize("cells", ["[{LSTMCell: {units: 3}}, null]", "[null]", "[[]]"])
def test_a_list_of_layers_that_holds_something_else_is_refused(cells: str) -> None:
    text = f"input: [3, 4]\nlayers:\n  - RNN: {{cell: {cells}}}"
    assert [finding.code for finding in analyse(parse(text)).diagnostics] == ["SC204"]


def test_a_default_that_cannot_be_read_is_not_asked_for_where_a_value_is_set() -> None:
    text = "args: {a: $nope}\ninput: [3]\nlayers:\n  - Dense: {units: $a}\nexpect: {output: [2]}"
    report = analyse(parse(text), Settings({"a": 2}))
    assert report.diagnostics == []
    assert check_expectations(report) == []


def test_an_expression_that_breaks_off_beside_a_value_that_could_not_be_read() -> None:
    text = "args: {a: $nope, b: 2}\ninput: [3]\nlayers:\n  - Dense: {units: $b * c) + $b}\n  - Dense: {units: $a + 1}\n"
    findings = analyse(parse(text)).diagnostics
    assert [(finding.code, finding.message) for finding in findings] == [
        ("SC208", "unknown name `$nope`"),
        ("SC207", "`c` alone is not a value"),
    ]
