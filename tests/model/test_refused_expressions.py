"""Wherever an expression may stand, one that cannot be evaluated is one finding at its place, and nothing follows."""

from __future__ import annotations

import pytest

from shapecalc.analysis.analyse import analyse
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
