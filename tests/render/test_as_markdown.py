"""Summaries and findings as Markdown."""

from __future__ import annotations

from shapecalc.analysis.analyse import analyse
from shapecalc.model.load import Library
from shapecalc.render.as_markdown import summary_markdown
from shapecalc.render.findings.markdown import findings_markdown
from shapecalc.render.summary_options import SummaryOptions
from tests.render.encoder import ENCODER, report_of


def test_markdown_is_a_table_of_github_s() -> None:
    assert summary_markdown(report_of("name: a|b\ninput: [4]\nlayers:\n  - Dense: {units: 2, name: a_b}")) == (
        "### a\\|b\n\n"
        "| Layer (type) | Output Shape | Param # |\n"
        "| --- | --- | ---: |\n"
        "| a\\_b (Dense) | (None, 2) | 10 |\n\n"
        "- Total params: 10 (40.00 B)\n- Trainable params: 10 (40.00 B)\n- Non-trainable params: 0 (0.00 B)\n"
    )


def test_markdown_shows_connections_and_depth() -> None:
    text = summary_markdown(report_of(ENCODER), SummaryOptions(2, ("macs",)))
    assert "| Layer (type) | Output Shape | Param # | Connected to | MACs |\n" in text
    assert "| ↳ lstm (LSTM) |" in text
    assert "- Total MACs: 192\\*T" not in text
    assert "- Total MACs: 192*T\n- MACs count matrix products" in text


def test_findings_are_a_table() -> None:
    report = analyse(Library().parse("input: [4]\nlayers:\n  - Dense: {unitz: 2}", "model.yaml"))
    assert findings_markdown(report.diagnostics).split("\n")[2] == (
        "| model.yaml:3:13 | error SC202 | Dense has no argument `unitz`<br>help: did you mean `units`? |"
    )
    assert findings_markdown([]) == ""
