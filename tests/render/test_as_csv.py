"""Summaries and findings as CSV."""

from __future__ import annotations

import csv
import io

from shapecalc.analysis.analyse import analyse
from shapecalc.model.load import Library
from shapecalc.render.as_csv import summary_csv
from shapecalc.render.findings.csv import findings_csv
from shapecalc.render.summary_options import SummaryOptions
from tests.render.encoder import ENCODER, report_of


def test_csv_has_a_row_for_each_layer_by_path() -> None:
    rows = list(csv.DictReader(io.StringIO(summary_csv([report_of(ENCODER)], SummaryOptions(2, ("macs", "dtype"))))))
    assert [row["layer"] for row in rows] == ["x", "y", "encoder", "encoder/input", "encoder/lstm", "norm"]
    assert rows[4] == {
        "file": "model.yaml", "model": "a|b", "layer": "encoder/lstm", "type": "LSTM", "inputs": "input",
        "output_shape": "[(None, 4), (None, 4), (None, 4)]", "params": "208", "trainable": "208", "non_trainable": "0",
        "macs": "192*T", "dtype": "float32",
    }  # fmt: skip


def test_findings_are_rows() -> None:
    report = analyse(Library().parse("input: [4]\nlayers:\n  - Dense: {unitz: 2}", "model.yaml"))
    rows = list(csv.DictReader(io.StringIO(findings_csv(report.diagnostics))))
    assert [(row["file"], row["line"], row["column"], row["severity"], row["code"]) for row in rows] == [
        ("model.yaml", "3", "13", "error", "SC202"),
    ]
