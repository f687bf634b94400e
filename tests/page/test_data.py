"""What a page knows of a model: its rows, also of what wrappers apply, and words with sizes in them that follow."""

from __future__ import annotations

from typing import Any

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.dims import Size, bind, symbol
from shapecalc.model.load import Library
from shapecalc.page.data import write_page_data
from shapecalc.page.live import Live, make_live

WRAPPERS = """\
input: [5, 3]
layers:
  - Bidirectional: {layer: {LSTM: {units: 4, return_sequences: true}}}
  - TimeDistributed: {layer: {Dense: {units: 6, activation: relu}}}
  - RNN: {cell: [{LSTMCell: {units: 4}}, {GRUCell: {units: 3}}]}
"""


def live_of(text: str) -> Live:
    return make_live(Library().parse(text, "model.yaml"), Settings())


def data_of(text: str) -> dict[str, Any]:
    return write_page_data(live_of(text), analyse(Library().parse(text, "model.yaml")), [], [])


def list_names(rows: list[dict[str, Any]], level: int = 0) -> list[str]:
    return [name for row in rows for name in ("  " * level + row["name"], *list_names(row.get("rows", []), level + 1))]


def find_call(data: dict[str, Any], path: str) -> dict[str, Any]:
    rows = data["rows"]
    for name in path.split("/"):
        (row,) = (row for row in rows if row["name"] == name)
        rows = row.get("rows", [])
    call: dict[str, Any] = data["calls"][row["call"]]
    return call


def evaluate(data: dict[str, Any], formula: Any, **changed: int) -> Size:
    """A formula of symbols alone at the sizes that are written, but for those that are changed."""
    values = {name: value for name, value, _ in data["controls"]} | {
        name.replace("__", "."): value for name, value in changed.items()
    }
    size: Size = 0
    for coefficient, *powers in [[formula]] if isinstance(formula, int) else formula:
        term: Size = coefficient
        for atom, power in zip(powers[::2], powers[1::2], strict=True):
            for _ in range(power):
                term *= symbol(data["atoms"][atom])
        size += term
    return bind(size, values)


def test_wrappers_have_rows_for_the_layers_that_they_apply() -> None:
    data = data_of(WRAPPERS)
    assert list_names(data["rows"]) == [
        "input",
        "bidirectional",
        "  forward_lstm",
        "  backward_lstm",
        "time_distributed",
        "  dense",
        "rnn",
        "  stacked_rnn_cells",
        "    lstm_cell",
        "    gru_cell",
    ]
    dense = find_call(data, "time_distributed/dense")
    assert dense["arguments"] == [["units", "6"], ["activation", "relu"]]
    assert [evaluate(data, dense[key]) for key in ("params", "macs")] == [54, 240]
    assert evaluate(data, dense["macs"], time_distributed__dense__units=7) == 280
    assert [name for name, _, _ in dense["weights"]] == ["kernel", "bias"]
    cells = [find_call(data, f"rnn/stacked_rnn_cells/{name}") for name in ("lstm_cell", "gru_cell")]
    assert [evaluate(data, cell["params"]) for cell in cells] == [176, 81]
    assert evaluate(data, data["totals"]["params"]) == 256 + 54 + 257


def test_equal_rounds_have_equal_calls_within_wrappers_too() -> None:
    text = """\
input: [5, 4]
layers:
  - Bidirectional: {layer: {LSTM: {units: 2, return_sequences: true}}, name: both}
    repeat: 3
"""
    rows = data_of(text)["rows"][1:]
    assert [row["name"] for row in rows] == ["both/0", "both/1", "both/2"]
    assert rows[1]["call"] == rows[2]["call"] != rows[0]["call"]  # what is fed to the first is another size
    assert [inner["call"] for inner in rows[1]["rows"]] == [inner["call"] for inner in rows[2]["rows"]]


def test_sizes_in_words_follow_those_of_the_page() -> None:
    data = data_of(WRAPPERS)
    (note,) = find_call(data, "time_distributed")["notes"]
    assert note[::2] == ["the same ", " weights of `dense` serve all ", " steps"]
    assert [evaluate(data, size) for size in note[1::2]] == [54, 5]
    changed = {"input[0]": 9, "time_distributed.dense.units": 7}
    assert [evaluate(data, size, **changed) for size in note[1::2]] == [63, 9]


def test_at_its_own_sizes_a_model_breaks_nothing() -> None:
    """An axis of 1 is stretched to the other one, which no formula for every size can say."""
    text = "input: [1, 2]\nlayers:\n  - Weight: {shape: [6, 2]}\n  - ops.subtract:\n    from: [input, weight]\n"
    live = live_of(text)
    values = {control.name: control.value for control in live.controls}
    relations = [relation for row in live.report.rows for relation in row.inferred.assumes]
    assert [relation for relation in relations if relation.holds(values) is False] == []
    assert "input[0]" not in values
