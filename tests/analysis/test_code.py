"""Models with layers that hold code: what every command shows of them, and where it stops."""

from __future__ import annotations

import json

import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.code import list_code_layers, refuse_code
from shapecalc.analysis.diffs.files import FileChange
from shapecalc.analysis.diffs.models import compare_models
from shapecalc.analysis.explain import explain_row
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Fault
from shapecalc.layers.opaque import HeldCode, Opaque, Recorded, RecordedCall
from shapecalc.layers.values import Weight
from shapecalc.model.load import Library
from shapecalc.render.as_csv import summary_csv
from shapecalc.render.as_json import summary_json
from shapecalc.render.as_markdown import summary_markdown
from shapecalc.render.columns import COLUMNS, OF_DEVICES, SHARED_OUT, concise_line
from shapecalc.render.diffs.json import diff_json
from shapecalc.render.diffs.text import diff_text
from shapecalc.render.explain import data, markdown, text
from shapecalc.render.summary_options import SummaryOptions
from shapecalc.render.table import Terminal, summary_table
from shapecalc.training.peak import Training

MODEL = """
input: [8, 6]
layers:
  - Dense: {units: 16}
  - opaque_1: {name: attend}
  - Dense: {units: 3}
    from: attend.1
  - opaque_2: {name: last}
"""


def report_of(
    held: tuple[Weight, ...] | None = None,
    model: str = MODEL,
    arguments: dict[tuple[str, int], dict[str, str]] | None = None,
) -> Report:
    """The report of a model with two layers that hold code; `held` are the weights of the first."""
    fed, two = Recorded((None, 8, 16)), (Recorded((None, 8, 4), "float32"), Recorded((None, 8, 5), "float32"))
    last = RecordedCall((Recorded((None, 8, 3)),), (Recorded(None, "float32"),))
    layers = {
        "opaque_1": Opaque("Attend", "mine>Attend", (RecordedCall((fed,), two),), held),
        "opaque_2": Opaque("Last", "Last", (last,)),
    }
    spec = Library().parse(model, "model.json")
    spec.code = HeldCode(layers, {}, arguments or {})
    return analyse(spec)


def test_the_table_shows_what_is_known() -> None:
    assert summary_table(report_of(), None, Terminal(ascii=True)) == (
        'Model: "model"\n'
        "+---------------------+------------------------------+------------+-------------------+\n"
        "| Layer (type)        | Output Shape                 |    Param # | Connected to      |\n"
        "+---------------------+------------------------------+------------+-------------------+\n"
        "| input (InputLayer)  | (None, 8, 6)                 |          0 | -                 |\n"
        "+---------------------+------------------------------+------------+-------------------+\n"
        "| dense (Dense)       | (None, 8, 16)                |        112 | input             |\n"
        "+---------------------+------------------------------+------------+-------------------+\n"
        "| attend (Attend)     | [(None, 8, 4), (None, 8, 5)] |    unknown | dense             |\n"
        "+---------------------+------------------------------+------------+-------------------+\n"
        "| dense_1 (Dense)     | (None, 8, 3)                 |         18 | attend.1          |\n"
        "+---------------------+------------------------------+------------+-------------------+\n"
        "| last (Last)         | unknown                      |    unknown | dense_1           |\n"
        "+---------------------+------------------------------+------------+-------------------+\n"
        " Total params: 130 + unknown of 2 layers (520.00 B + unknown)\n"
        " Trainable params: 130 + unknown of 2 layers (520.00 B + unknown)\n"
        " Non-trainable params: unknown of 2 layers (unknown)\n"
    )


def test_weights_that_are_known_are_counted() -> None:
    report = report_of((Weight("kernel", (16, 9)),))
    table = summary_table(report, SummaryOptions(columns=("macs",)), Terminal())
    assert " Total params: 274 + unknown of 1 layer (1.07 KB + unknown)\n" in table
    assert " Total MACs: 888 + unknown of 2 layers\n" in table


def test_every_column_says_that_it_is_unknown() -> None:
    row = next(row for row in report_of().rows if row.name == "attend")
    columns = {name: column for name, column in COLUMNS.items() if name not in (*SHARED_OUT, *OF_DEVICES)}
    options = SummaryOptions(columns=tuple(columns))
    values = {name: column.value(row, options) for name, column in columns.items()}
    shown = {name: COLUMNS[name].text(value) if COLUMNS[name].text else str(value) for name, value in values.items()}  # type: ignore[misc, arg-type]
    assert shown == {
        "trainable": "unknown",
        "used": "unknown",
        "macs": "unknown",
        "flops": "unknown",
        "weights": "unknown",
        "bytes": "unknown",
        "activations": "288 B",
        "memory": "288 B + unknown",
        "mask": "",
        "dtype": "float32",
        "formula": "unknown",
        "line": "5",
    }


def test_the_memory_that_is_not_known_is_no_zero() -> None:
    table = summary_table(report_of(), SummaryOptions(training=Training("adam")), Terminal())
    for line in (
        " Weights: 520 B + unknown (float32 520 B + unknown)",
        " Activations: 1.1 KiB + unknown in all, max(800 B, 96 B + unknown) at peak",
        " Gradients: 520 B + unknown",
        " Optimizer state: 1.0 KiB + unknown (adam: momentum, velocity)",
        " Optimizer variables: 14, of 262 + unknown numbers, step and learning rate among them",
    ):
        assert f"{line}\n" in table


TOTALS = (
    *("params", "trainable", "non_trainable", "macs", "weights_bytes", "used_params"),
    *("active_params", "active_macs"),
)


def test_json_has_null_and_a_note() -> None:
    report = report_of()
    found = json.loads(summary_json([report], report.diagnostics, SummaryOptions(training=Training("adam"))))
    (model,) = found["models"]
    totals = dict.fromkeys(TOTALS)
    assert model["totals"] == totals
    attend = next(layer for layer in model["layers"] if layer["name"] == "attend")
    for key in ("params", "trainable", "non_trainable", "used_params", "macs"):
        assert attend[key] is None
    assert attend["weights"] == []
    assert attend["output_shape"] == [[None, 8, 4], [None, 8, 5]]
    assert model["layers"][-1]["output_shape"] is None
    assert model["outputs"] == [{"name": "output", "shape": None}]
    assert model["memory"]["weights"] == {"float32": None}
    (note,) = found["diagnostics"]
    assert (note["code"], note["severity"]) == ("SC615", "note")
    assert note["message"] == (
        "`attend` (mine>Attend) and `last` (Last) hold code: their shapes are those that the file recorded; parameters "
        "and MACs are unknown"
    )


def test_csv_and_markdown_and_the_line_of_one_model() -> None:
    report = report_of()
    assert 'model.json,model,attend,Attend,dense,"[(None, 8, 4), (None, 8, 5)]",,,\n' in summary_csv([report])
    shown = summary_markdown(report)
    assert "| attend (Attend) | \\[(None, 8, 4), (None, 8, 5)\\] | unknown | dense |" in shown
    assert "- Total params: 130 + unknown of 2 layers (520.00 B + unknown)" in shown
    assert concise_line(report) == (
        "model: 130 + unknown params (520 B + unknown), 888 + unknown MACs, output unknown\n"
    )


def test_explain_says_what_is_known_and_why() -> None:
    row = next(row for row in report_of().rows if row.name == "last")
    assert text(explain_row(row)) == (
        "last (Last)                                                         model.json:8\n"
        "  output  unknown\n"
        "  params  unknown\n"
        "  macs    unknown\n"
        "  note    Last holds code: what is known of it is what the file recorded\n"
    )
    assert "| **total** | unknown | | **unknown** |" in markdown(explain_row(row))
    found = data(explain_row(row))
    assert found["params"] == {"weights": [], "formula": "unknown", "total": None}
    assert found["outputs"] == [{"port": "output", "formula": "unknown", "shape": None}]


def test_a_difference_of_what_is_unknown_is_unknown() -> None:
    other = report_of(
        model=MODEL.replace("opaque_1: {name: attend}", "Dense: {units: 4, name: attend}").replace(".1", "")
    )
    found = compare_models(report_of(), other)
    change = FileChange("changed", found.old, found.new, ("a", "b"), "b", "a", found)
    assert " Params              ?    ?  ?\n" in diff_text(found, None, Terminal())
    (model,) = json.loads(diff_json([change], None, []))["diffs"]
    assert model["totals"]["params"] == {"old": None, "new": None, "delta": None}
    assert [layer["new"]["name"] for layer in model["layers"]] == ["attend", "dense_1"]
    assert not compare_models(report_of(), report_of()).differs


def test_a_run_stops_and_names_them_all_at_once() -> None:
    report = report_of(arguments={("", 1): {"activation": "mine>swoosh"}})
    assert [layer.path for layer in list_code_layers(report)] == ["dense", "attend", "last"]
    with pytest.raises(Fault) as caught:
        refuse_code(report)
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.severity) == ("SC615", "error")
    assert finding.message == (
        "`dense` (activation mine>swoosh), `attend` (mine>Attend) and `last` (Last) hold code, which is never run"
    )
    assert finding.help == (
        "replace it, in Keras, by layers and functions of Keras; `summary` and `check` need no code"
    )


def test_no_number_rests_on_code_in_an_argument() -> None:
    spec = Library().parse("input: [4]\nlayers:\n  - Dense: {units: 2}\n", "model.json")
    spec.code = HeldCode({}, {}, {("", 1): {"activation": "swoosh"}})
    report = analyse(spec)
    assert (report.params, report.ok) == (10, True)
    assert [finding.message for finding in report.diagnostics] == [
        "`dense` (activation swoosh) holds code, on which no shape and no count depends"
    ]


def test_the_batch_may_be_given() -> None:
    report = report_of()
    given = analyse(report.spec, Settings(batch=4))
    assert [str(row.shapes[0]) for row in given.rows] == [
        "(4, 8, 6)",
        "(4, 8, 16)",
        "(4, 8, 4)",
        "(4, 8, 3)",
        "unknown",
    ]


@pytest.mark.parametrize("word", ["Opaque", "opaque_1"])
def test_a_spec_that_uses_the_word_is_told_as_always(word: str) -> None:
    report = analyse(Library().parse(f"input: [4]\nlayers:\n  - {word}: {{name: attend}}\n", "model.yaml"))
    assert [finding.sentence for finding in report.diagnostics] == [f"there is no layer type `{word}`"]
