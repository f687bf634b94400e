"""Pages folded at a width: every line fits that can, and nothing but spaces is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.analysis.explain import explain_row
from shapecalc.cli.layers import _make_page
from shapecalc.cli.session import Session
from shapecalc.diagnostics.codes import CODES
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.render import explain
from shapecalc.render.catalogue import example_lines, page_text
from shapecalc.render.folding import fit_column_widths, fold, fold_under, set_row
from shapecalc.render.pages import page_text as code_page

SPECS = Path(__file__).parents[2] / "specs"
TEXTS = st.text(alphabet="ab *()/_,2", max_size=60)


def ink(text: str) -> str:
    return "".join(text.split())


@given(text=TEXTS, width=st.integers(1, 40), name=st.booleans())
def test_folding_loses_nothing_but_spaces(text: str, width: int, name: bool) -> None:
    lines = fold(text, width, name=name)
    assert ink("".join(lines)) == ink(text)
    assert len(lines) == 1 or all(lines)


@given(
    words=st.lists(st.text(alphabet="abc", min_size=1, max_size=9), min_size=1, max_size=9), width=st.integers(9, 40)
)
def test_lines_of_short_words_fit(words: list[str], width: int) -> None:
    for separator in (" ", "*"):
        assert all(len(line) <= width + 1 for line in fold(separator.join(words), width))
    assert all(len(line) <= width for line in fold(" ".join(words), width))


@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5), width=st.integers(10, 200))
def test_columns_are_no_wider_than_their_cells_and_keep_them(rows: list[tuple[str, str, str]], width: int) -> None:
    widths = fit_column_widths(rows, width)
    assert all(size <= max(len(row[column]) for row in rows) for column, size in enumerate(widths))
    for row in rows:
        assert sorted(ink("".join(set_row(row, widths, (False, False, True))))) == sorted(ink("".join(row)))


def test_brackets_are_broken_only_where_they_must() -> None:
    assert fold("time × ((height + 1)//2) × filters", 24) == ["time × ((height + 1)//2)", "× filters"]
    assert fold("4*(a + b)*units*(features + units + 1)", 20) == ["4*(a + b)*units*", "(features + units +", "1)"]
    assert fold("(None, 5, 1)", 8) == ["(None,", "5, 1)"]


def test_a_text_goes_on_under_itself() -> None:
    assert fold_under("  note  ", "one two three four five six", 28) == [
        "  note  one two three four five",
        "        six",
    ]


def test_the_widest_column_is_narrowed_first() -> None:
    rows = [("name", "a × b × c × d × e", "12,345")]
    assert fit_column_widths(rows, 80) == [4, 17, 6]
    assert fit_column_widths(rows, 24) == [4, 10, 6]
    assert list(set_row(rows[0], [4, 10, 6], (False, False, True))) == ["name  a × b × c   12,345", "      × d × e"]


@pytest.mark.parametrize("width", [80, 120])
def test_the_page_of_every_layer_fits(width: int) -> None:
    too_long = {
        line for name in CATALOGUE for line in page_text(_make_page(name), width).split("\n") if len(line) > width
    }
    assert too_long == set()


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("folder", ["layers", "tutorial"])
def test_a_folded_example_is_the_spec_that_it_was(folder: str, width: int) -> None:
    for path in (SPECS / folder).glob("*.yaml"):
        text = path.read_text("utf-8")
        lines = list(example_lines(text, width))
        assert all(line.startswith("    ") or not line for line in lines)
        assert yaml.safe_load("\n".join(lines)) == yaml.safe_load(text), path.stem


@pytest.mark.parametrize("folder", ["tutorial", "models", "layers"])
def test_every_derivation_fits_on_eighty_columns(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SPECS.parent)  # a path stands in the text, and a long one does not fold
    lines = [
        line
        for path in sorted((SPECS / folder).glob("*.yaml"))
        if (report := Session().report(str(path.relative_to(SPECS.parent)))) is not None
        for row in report.rows
        if row.node.entry is not None
        for line in explain.text(explain_row(row), 80).split("\n")
    ]
    assert len(lines) > 100
    assert [line for line in lines if len(line) > 80] == []


def test_the_page_of_every_code_fits_but_for_its_example() -> None:
    for code, page in CODES.items():
        example = {"    " + line for line in page.example.split("\n")}
        assert all(len(line) <= 80 or line in example for line in code_page(code, page).split("\n")), code
