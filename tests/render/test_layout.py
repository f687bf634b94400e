"""Tables of many columns on a terminal: words stay whole, and what finds no room stands in a table below."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.model.load import Library
from shapecalc.render.columns import COLUMNS
from shapecalc.render.layout import Heading, fit_tables
from shapecalc.render.summary_options import SummaryOptions
from shapecalc.render.table import Terminal, summary_table, table_text

SPECS = Path(__file__).parents[2] / "specs"
MANY = ("macs", "flops", "weights", "activations", "memory", "mask")


def report_of(name: str) -> Report:
    return analyse(Library().open(str(SPECS / name)))


def tables(text: str) -> list[list[str]]:
    """The lines with cells of each table."""
    found: list[list[str]] = []
    for line in text.split("\n"):
        if line.startswith("┏"):
            found.append([])
        elif line[:1] in ("┃", "│"):
            found[-1].append(line)
    return found


def words(text: str) -> set[str]:
    return set(re.split(r"[\s┃│]+", text)) - {""}


def pieces(shown: list[list[str]]) -> set[str]:
    """Words, parted behind `/` and `_`."""
    return {
        piece
        for table in shown
        for word in words("\n".join(table))
        for piece in re.findall(r"[^/_]*[/_]+|[^/_]+", word)
    }


def test_the_sequence_of_the_tutorial_on_80_columns() -> None:
    text = summary_table(report_of("tutorial/many_to_many.yaml"), SummaryOptions(columns=MANY), Terminal(80))
    assert text[: text.index(" Total params")] == (
        """\
Model: "many_to_many"
┏━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━┳━━━━━━━┳━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)      ┃ Output Shape ┃ Param # ┃ MACs ┃ FLOPs ┃ Weights          ┃
┡━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━╇━━━━━━━╇━━━━━━━━━━━━━━━━━━┩
│ lstm (LSTM)       │ (None, 5, 5) │     140 │  600 │ 1,200 │ kernel (1, 20)   │
│                   │              │         │      │       │ recurrent_kernel │
│                   │              │         │      │       │ (5, 20)          │
│                   │              │         │      │       │ bias (20,)       │
├───────────────────┼──────────────┼─────────┼──────┼───────┼──────────────────┤
│ time_distributed  │ (None, 5, 1) │       6 │   25 │    50 │ dense/kernel     │
│ (TimeDistributed) │              │         │      │       │ (5, 1)           │
│                   │              │         │      │       │ dense/bias (1,)  │
└───────────────────┴──────────────┴─────────┴──────┴───────┴──────────────────┘
"""
        """\
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━┳━━━━━━━━┳━━━━━━┓
┃ Layer (type)                       ┃ Activations ┃ Memory ┃ Mask ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━╇━━━━━━━━╇━━━━━━┩
│ lstm (LSTM)                        │       100 B │  660 B │      │
├────────────────────────────────────┼─────────────┼────────┼──────┤
│ time_distributed (TimeDistributed) │        20 B │   44 B │      │
└────────────────────────────────────┴─────────────┴────────┴──────┘
"""
    )


@pytest.mark.parametrize("name", ["models/resnet50_torchvision.yaml", "tutorial/many_to_many.yaml", "models/unet.yaml"])
@pytest.mark.parametrize("width", [60, 80, 100, 132])
def test_no_word_is_broken_and_no_line_too_long(name: str, width: int) -> None:
    report = report_of(name)
    wide = summary_table(report, SummaryOptions(columns=MANY), Terminal())
    text = summary_table(report, SummaryOptions(columns=MANY), Terminal(width))
    shown = tables(text)
    assert max(cell_len(line) for table in shown for line in table) <= width
    whole, printed = pieces(tables(wide)), pieces(shown)
    assert printed <= whole
    for header in ("Layer", "Output", "Param", "Connected", *(COLUMNS[one].header for one in MANY)):
        if header in wide:
            assert any(header in " ".join(words(table[0] + table[1])) for table in shown), header
    layers = [line.split("│")[1].split()[0] for line in tables(wide)[0] if line[0] == "│" and line[2] != " "]
    for table in shown:
        column = "".join(line.split("│")[1].strip() + " " for line in table if line[0] == "│").replace(" ", "")
        assert all(layer in column for layer in layers)


def test_what_fits_is_one_table_as_wide_as_it_needs() -> None:
    report = report_of("tutorial/many_to_many.yaml")
    options = SummaryOptions(columns=("macs", "memory"))
    text = summary_table(report, options, Terminal(80))
    (table,) = tables(text)
    assert all(cell_len(line) <= 80 for line in table)
    wide = summary_table(report, options, Terminal(200))
    assert tables(wide) == tables(summary_table(report, options, Terminal()))


def test_without_more_columns_it_is_folded_as_keras_does() -> None:
    report = report_of("models/resnet50_torchvision.yaml")
    assert len(tables(summary_table(report, terminal=Terminal(80)))) == 1


SHAPE = re.compile(r"\((?:None|\d+), [^()]*\)")


@pytest.mark.parametrize("columns", [(), MANY], ids=["plain", "many"])
@pytest.mark.parametrize("width", [50, 60, 72, 80, 100, 200])
@pytest.mark.parametrize("name", ["models/unet.yaml", "models/vit_b_16.yaml", "models/whisper_tiny.yaml"])
def test_no_shape_is_taken_apart(name: str, width: int, columns: tuple[str, ...]) -> None:
    report = report_of(name)
    wanted = set(
        SHAPE.findall(
            "\n".join(map("\n".join, tables(summary_table(report, SummaryOptions(columns=columns), Terminal()))))
        )
    )
    text = summary_table(report, SummaryOptions(columns=columns), Terminal(width))
    assert {shape for shape in wanted if shape not in text} == set()
    assert max(cell_len(line) for table in tables(text) for line in table) <= width


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_footnotes_are_folded_at_the_terminal(width: int) -> None:
    report = report_of("models/unet.yaml")
    options = SummaryOptions(columns=("macs", "activations"))
    text = summary_table(report, options, Terminal(width))
    notes = text[text.index(" MACs count") :].split("\n")
    assert max(map(len, notes)) <= width
    wide = summary_table(report, options, Terminal())
    assert " ".join(notes).split() == wide[wide.index(" MACs count") :].split()


CELLS = st.text(st.sampled_from("abc/_ ,é漢"), max_size=30).map(lambda text: " ".join(text.split()))


@settings(max_examples=80)
@given(
    st.integers(1, 7).flatmap(lambda count: st.lists(st.tuples(*[CELLS] * count), min_size=1, max_size=4)),
    st.integers(24, 120),
    st.integers(1, 2),
)
def test_whatever_it_holds_it_fits(rows: list[tuple[str, ...]], width: int, keep: int) -> None:
    headings = [Heading(f"Head {index}", index % 2 == 1) for index in range(len(rows[0]))]
    for parts, lines in fit_tables(headings, rows, width, keep, cell_len):
        assert sum(one.width + 3 for one in parts) + 1 <= width
        assert len({len(line) for line in lines} | {len(parts)}) == 1
    text = table_text(headings, rows, Terminal(width), keep)
    assert all(cell_len(line) <= width for line in text.split("\n"))
    seen = "".join(text.split()).replace("│", "")
    assert all(heading.text.split()[-1] in text for heading in headings)
    for letter in "abcé漢":
        assert seen.count(letter) >= sum(cell.count(letter) for row in rows for cell in row)


def test_very_narrow_terminals_get_what_they_can() -> None:
    for width in (1, 8, 20):
        assert "Total params: " in summary_table(
            report_of("tutorial/many_to_many.yaml"), SummaryOptions(columns=MANY), Terminal(width)
        )
