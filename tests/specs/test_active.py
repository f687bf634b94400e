"""`active` in a block: the part of its weights that one token needs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shapecalc import load
from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.report import Report
from shapecalc.model.load import Library
from shapecalc.render.columns import Totals, total_lines

MODEL = """\
args: {experts: 8, heard: 2}
input: [T, 16]
blocks:
  Heard:
    active: PART
    layers:
      - EinsumDense: {equation: "btd,edf->btef", output_shape: [null, $experts, 4], name: up}
      - EinsumDense: {equation: "btef,efd->btd", output_shape: [null, 16], name: down}
layers:
  - Dense: {units: 16, name: always}
  - Heard
"""


def report_of(text: str, **values: Any) -> Report:
    return analyse(Library().parse(text, "model.yaml"), Settings(values))


def with_part(part: str, **values: Any) -> Report:
    return report_of(MODEL.replace("PART", part), **values)


def test_parameters_bytes_and_macs_of_the_part() -> None:
    report = with_part("$heard / $experts")
    assert report.params == 16 * 17 + 2 * 8 * 16 * 4
    assert report.active.params == 16 * 17 + 2 * 2 * 16 * 4
    assert report.active.bytes == 4 * report.active.params
    assert str(report.active.macs) == f"{16 * 16 + 2 * 2 * 16 * 4}*T"
    assert str(report.macs) == f"{16 * 16 + 2 * 8 * 16 * 4}*T"


def test_without_it_all_is_active() -> None:
    report = report_of(MODEL.replace("    active: PART\n", ""))
    assert report.active == (report.params, report.weights_bytes, report.macs)
    assert "Active params" not in [label for label, _, _ in total_lines(Totals(report))]
    assert report_of(MODEL.replace("PART", "1")).active.params == report.params


@pytest.mark.parametrize("part", ["0.25", "$heard / $experts", "2 * $heard / 16", "null", "1"])
def test_ways_to_write_it(part: str) -> None:
    report = with_part(part)
    assert report.ok
    assert report.active.params == (report.params if part in ("null", "1") else 16 * 17 + 2 * 2 * 16 * 4)


def test_parts_of_blocks_within_blocks_are_multiplied() -> None:
    nested = """\
input: [16]
blocks:
  Outer:
    active: 0.5
    blocks:
      Inner:
        active: 0.25
        layers: [{Dense: {units: 16, use_bias: false}}]
    layers:
      - Dense: {units: 16, use_bias: false}
      - Inner
layers:
  - Outer:
    repeat: 3
  - reuse: outer/2
"""
    report = report_of(nested)
    assert report.params == 3 * 2 * 256
    assert report.active.params == 3 * (256 + 64) // 2
    assert report.active.macs == 4 * (256 + 64) // 2


def test_a_wrapper_around_a_block_calls_it_for_every_step() -> None:
    wrapped = """\
input: [5, 8]
blocks:
  Part: {active: 0.5, layers: [{Dense: {units: 4, use_bias: false}}]}
layers:
  - TimeDistributed: {layer: Part}
"""
    report = report_of(wrapped)
    assert (report.active.params, report.active.macs) == (16, 5 * 16)


def test_other_values_of_arguments() -> None:
    assert with_part("$heard / $experts", heard=4).active.params == 16 * 17 + 2 * 4 * 16 * 4


@pytest.mark.parametrize(
    ("part", "code"),
    [("0", "SC204"), ("-1", "SC204"), ("1.5", "SC204"), ("all", "SC204"), ("true", "SC204"), ("[1]", "SC204")],
)
def test_what_is_no_part(part: str, code: str) -> None:
    findings = with_part(part).diagnostics
    assert [finding.code for finding in findings] == [code]
    assert findings[0].message.startswith("`active` is a number above 0 and at most 1, got ")


def test_a_part_of_a_parameter() -> None:
    (finding,) = with_part("1 / ($experts - 1)").diagnostics
    assert finding.code == "SC211"
    assert finding.span is not None
    assert finding.span.line == 5
    (finding,) = report_of("active: 0.3\ninput: [4]\nlayers: [{Dense: {units: 3}}]\n").diagnostics
    assert finding.code == "SC211"


def test_a_model_is_a_block() -> None:
    report = report_of("active: 0.5\ninput: [4]\nlayers: [{Dense: {units: 2}}]\n")
    assert (report.params, report.active.params) == (10, 5)


def test_the_totals_as_json() -> None:
    from shapecalc.render.as_json import summary_json

    totals = json.loads(summary_json([with_part("0.25")], []))["models"][0]["totals"]
    assert (totals["params"], totals["active_params"], totals["active_macs"]) == (1296, 528, "512*T")


def test_the_model_of_python_has_them() -> None:
    model = load(MODEL.replace("PART", "$heard / $experts"), T=3)
    assert (model.active_params, model.active_macs) == (528, 1536)
    assert load(MODEL.replace("PART", "$heard / $experts")).formula("active_macs")(T=3) == 1536
