"""A model that every notation of a report has to show whole: a block, a symbol, an unknown, a name to be escaped."""

from __future__ import annotations

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.model.load import Library

ENCODER = """\
name: a|b
inputs: {x: [T, 8], y: [null, 8]}
blocks:
  Encoder:
    layers:
      - LSTM: {units: 4, return_state: true}
layers:
  - Encoder: {name: encoder}
    from: x
  - BatchNormalization: {name: norm}
    from: y
outputs: [encoder, norm]
"""


def report_of(text: str) -> Report:
    report = analyse(Library().parse(text, "model.yaml"))
    assert report.ok
    return report
