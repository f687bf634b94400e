"""Specs go to Keras's JSON and back to the same report."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report, Row
from shapecalc.diagnostics import Fault
from shapecalc.dims import Size
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.formats.keras.writing.outgoing import prepare
from shapecalc.formats.keras.writing.python import keras_python
from shapecalc.formats.spec_text import spec_text
from shapecalc.model.load import Library
from tests.formats.keras.every_spec import (
    CONSTRUCTS,
    FOLDER,
    NAMES,
    REFUSED,
    SPECS,
    UNBUILT,
    digest,
    report_of_spec,
    texts_of,
)

RECORDED: dict[str, dict[str, Any]] = json.loads((FOLDER / "specs.json").read_text())

LEFT_OUT = {"models/wavenet": (1_056, 1_056)}
"""Parameters of layers that lead to no output, all and trained: Keras leaves such layers out."""


def sizes(shape: Any) -> list[int | None]:
    return [size if isinstance(size, int) else None for size in shape]


def number(size: Size) -> int | None:
    """A count; None for a formula."""
    return size if isinstance(size, int) else None


def totals(report: Report) -> dict[str, Any]:
    outputs = [sizes(tensor.shape) for tensor in report.outputs.values()]
    return {"params": report.params, "trainable": report.trainable, "outputs": outputs}


def leaves(rows: list[Row], reused: bool = False) -> Counter[Any]:
    """What is inferred of every layer that holds no graph, inputs of blocks apart; in reused blocks no parameters."""
    found: Counter[Any] = Counter()
    for row in rows:
        if row.rows:
            found += leaves(row.rows, reused or row.reused)
        elif row.type != "InputLayer":
            shapes = tuple(tuple(sizes(shape)) for shape in row.shapes)
            found[shapes, 0 if reused else row.params, number(row.macs)] += 1
    return found


def back_from_json(text: str) -> Report:
    report = analyse(Library().parse(spec_text(read_keras(text, "model.json")), "model.yaml"))
    assert report.ok, report.diagnostics
    return report


@pytest.mark.parametrize("name", [name for name in (*SPECS, *CONSTRUCTS) if name not in {*LEFT_OUT, *REFUSED}])
def test_a_spec_comes_back_as_the_same_report(name: str) -> None:
    report = report_of_spec(name)
    again = back_from_json(keras_json(prepare(report)[0]))
    assert totals(again) == totals(report)
    assert number(again.macs) == number(report.macs)
    assert leaves(again.rows) == leaves(report.rows)


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_leads_to_no_output_is_left_out_with_a_note(name: str) -> None:
    report = report_of_spec(name)
    flat, notes = prepare(report)
    assert [(finding.severity, finding.subject) for finding in notes] == [
        ("note", "gated_29_conv1d"),
        ("note", "gated_29_add"),
    ]
    again = back_from_json(keras_json(flat))
    assert (report.params - again.params, report.trainable - again.trainable) == LEFT_OUT[name]


@pytest.mark.parametrize("name", NAMES)
def test_keras_has_built_what_is_written(name: str) -> None:
    record = RECORDED[name]
    texts = texts_of(name)
    assert {kind: digest(text) for kind, text in texts.items()} == {kind: record[kind] for kind in texts}, (
        "record what Keras makes of it: python tests/formats/keras/record_specs.py"
    )
    report = report_of_spec(name)
    wanted = totals(report)
    params, trainable = LEFT_OUT.get(name, (0, 0))
    wanted |= {"params": wanted["params"] - params, "trainable": wanted["trainable"] - trainable}
    assert {key: record[key] for key in wanted} == wanted


def test_every_spec_is_recorded_but_those_that_say_why() -> None:
    assert [*RECORDED] == NAMES
    assert {*SPECS, *CONSTRUCTS} - {*NAMES} == {*UNBUILT}


@pytest.mark.parametrize("name", REFUSED)
def test_what_json_has_no_words_for_is_refused(name: str) -> None:
    with pytest.raises(Fault) as fault:
        prepare(report_of_spec(name))
    assert REFUSED[name] in fault.value.diagnostics[0].message


LAYERS = st.sampled_from(
    [
        "Dense: {units: 4}",
        "Dense: {units: 3, trainable: false}",
        "LayerNormalization",
        "BatchNormalization",
        "LSTM: {units: 2, return_sequences: true}",
        "Bidirectional: {layer: {GRU: {units: 2, return_sequences: true}}}",
        "TimeDistributed: {layer: {Dense: {units: 3}}}",
        "TimeDistributed: {layer: Twice}",
        "TimeDistributedDense: {units: 2}",
        "Twice",
        "Twice: {trainable: false}",
        "Twice: {units: 5}",
        "Positions",
        "Counted",
        "Conv1D: {filters: 3, kernel_size: 2, padding: same, dtype: mixed_float16}",
        "Activation: {activation: relu}",
        "ops.multiply: {x2: 0.5}",
        "ops.add: {x2: [[1.5], [2.5], [0.5], [1.0]]}",
    ]
)
BLOCKS = """\
blocks:
  Twice:
    args: {units: 3}
    layers:
      - Dense: {units: $units}
        repeat: 2
  Positions:
    input: [T, C]
    layers:
      - Weight: {shape: [$T, $C], initializer: {random_normal: {stddev: 0.02}}}
      - Add:
        from: [input, prev]
  Counted:
    input: [T, C]
    layers:
      - ops.arange: {start: 0, stop: $T * 2, step: 2}
      - Embedding: {input_dim: $T * 2, output_dim: $C}
      - ops.add:
        from: [input, prev]
"""


@given(st.lists(LAYERS, min_size=1, max_size=6))
@settings(max_examples=60)
def test_small_models_come_back(entries: list[str]) -> None:
    text = "input: [4, 3]\n" + BLOCKS + "layers:\n" + "".join(f"  - {entry}\n" for entry in entries)
    report = analyse(Library().parse(text, "model.yaml"))
    assert report.ok, report.diagnostics
    again = back_from_json(keras_json(prepare(report)[0]))
    assert (totals(again), again.macs) == (totals(report), report.macs)
    assert leaves(again.rows) == leaves(report.rows)
    compile(keras_python(report), "model.py", "exec")
