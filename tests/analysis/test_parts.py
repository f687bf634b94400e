"""The layers that a wrapper applies have rows of their own, whose numbers come to the wrapper's."""

from __future__ import annotations

import pytest

import shapecalc
from shapecalc.analysis.explain import explain_row
from shapecalc.analysis.outline import list_lines
from shapecalc.analysis.report import Report, Row, find_row
from shapecalc.dims import add_up, prod, size_text
from tests.contracts.feeds import TYPES
from tests.contracts.test_examples import shown
from tests.specs.analysed import report_of

SPEC = """\
input: [5, 3]
layers:
  - Bidirectional: {layer: {LSTM: {units: 4, return_sequences: true}}}
  - TimeDistributed: {layer: {Dense: {units: 6}}}
  - RNN: {cell: [{LSTMCell: {units: 4}}, {GRUCell: {units: 3}}]}
"""


def lines_of(report: Report, depth: int) -> list[str]:
    return [
        f"{'  ' * line.level}{line.row.name} ({line.row.type}) {line.row.shapes[0]} {line.row.params} {line.row.macs}"
        for line in list_lines(report, depth)
    ]


def test_wrappers_open_with_depth() -> None:
    report = report_of(SPEC)
    closed = [
        "bidirectional (Bidirectional) (None, 5, 8) 256 1120",
        "time_distributed (TimeDistributed) (None, 5, 6) 54 240",
        "rnn (RNN) (None, 3) 257 1115",
    ]
    assert lines_of(report, 1) == closed
    assert lines_of(report, 3) == [
        closed[0],
        "  forward_lstm (LSTM) (None, 5, 4) 128 560",
        "  backward_lstm (LSTM) (None, 5, 4) 128 560",
        closed[1],
        "  dense (Dense) (None, 6) 54 240",
        closed[2],
        "  stacked_rnn_cells (StackedRNNCells) (None, 3) 257 1115",
        "    lstm_cell (LSTMCell) (None, 4) 176 800",
        "    gru_cell (GRUCell) (None, 3) 81 315",
    ]


def test_each_has_a_path_and_a_derivation() -> None:
    row = find_row(report_of(SPEC).rows, "rnn/stacked_rnn_cells/gru_cell")
    assert row is not None
    explanation = explain_row(row)
    assert explanation.params_formula == "3*units*(features + units + 2)"
    assert [product.numbers for product in explanation.macs] == [(5, 4, 9), (5, 3, 9)]


def test_what_a_step_of_a_symbolic_length_costs() -> None:
    report = report_of("input: [T, 3]\nlayers:\n  - TimeDistributed: {layer: {Dense: {units: 6}}}\n")
    assert lines_of(report, 2)[1] == "  dense (Dense) (None, 6) 24 18*T"


def test_frozen_layers_stay_frozen() -> None:
    report = report_of("input: [5, 3]\nlayers:\n  - RNN: {cell: {LSTMCell: {units: 4, trainable: false}}}\n")
    row = report.find_row("rnn/lstm_cell")
    assert row is not None
    assert (row.params, row.trainable) == (128, 0)


def test_in_python() -> None:
    model = shapecalc.load(SPEC)
    assert list(model.layers["bidirectional"].layers) == ["forward_lstm", "backward_lstm"]
    assert model.layers["bidirectional/forward_lstm"].params == 128
    assert "5 × 8 × 6" in model.explain("time_distributed/dense")


@pytest.mark.parametrize("name", TYPES)
def test_parts_come_to_the_whole(name: str) -> None:
    for row in shown(name).report.rows:
        _require_sums(row)


def _require_sums(row: Row) -> None:
    parts = row.parts
    if not parts or row.rows:
        return
    inferred = row.inferred
    own = add_up(weight.params for weight in inferred.weights)
    macs = add_up(map(prod, inferred.macs.values())) * row.calls
    shared = any(part.reused for part in inferred.inner)
    if not shared:
        assert size_text(own + add_up(part.params for part in parts)) == size_text(row.params)
        assert size_text(macs + add_up(part.macs for part in parts)) == size_text(row.macs)
    for part in parts:
        explanation = explain_row(part)
        assert size_text(explanation.params) == size_text(part.params)
        assert size_text(explanation.total_macs) == size_text(part.macs)
        _require_sums(part)
