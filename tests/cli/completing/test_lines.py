"""A line as bash hands it over, and what is written in it."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.cli.completing.lines import Line, read_line, write_word

BREAKS = " \t\n\"'@><=;|&(:"
"""COMP_WORDBREAKS as bash sets it."""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("shapecalc su", Line(["shapecalc"], "su", "", 0)),
        ("shapecalc  summary ", Line(["shapecalc", "summary"], "", "", 0)),
        ("shapecalc diff main:mo", Line(["shapecalc", "diff"], "main:mo", "", 5)),
        ("shapecalc diff main\\:mo", Line(["shapecalc", "diff"], "main:mo", "", 0)),
        ("shapecalc x --set=a=1", Line(["shapecalc", "x"], "--set=a=1", "", 8)),
        ("shapecalc x my\\ mo", Line(["shapecalc", "x"], "my mo", "", 0)),
        ("shapecalc x 'my mo", Line(["shapecalc", "x"], "my mo", "'", 0)),
        ('shapecalc x "a:\\"b', Line(["shapecalc", "x"], 'a:"b', '"', 0)),
        ("shapecalc '' x", Line(["shapecalc", ""], "x", "", 0)),
        ("shapecalc 'a b'c d", Line(["shapecalc", "a bc"], "d", "", 0)),
        ("shapecalc x\\", Line(["shapecalc"], "x\\", "", 0)),
        ("", Line([], "", "", 0)),
    ],
)
def test_a_line_is_read_as_bash_reads_it(text: str, line: Line) -> None:
    assert read_line(text, BREAKS) == line


@given(
    st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), min_size=1),
    st.sampled_from(["", "'", '"']),
)
def test_what_is_written_is_read_again(value: str, quote: str) -> None:
    written = write_word(value, Line([], "", quote, 0))
    assert read_line(f"shapecalc {quote}{written}{quote} ", BREAKS).words == ["shapecalc", value]


@pytest.mark.parametrize(
    "value", ["a b", "$(touch x)", "`x`", "a;b", "it's", 'say "x"', "back\\slash", "ä:ö", "#x", "!"]
)
def test_bash_reads_what_is_written(value: str) -> None:
    for quote in ("", "'", '"'):
        written = quote + write_word(value, Line([], "", quote, 0)) + quote
        done = subprocess.run(["bash", "-c", f"printf %s {written}"], capture_output=True, text=True, check=True)
        assert done.stdout == value


def test_what_bash_leaves_as_it_is_is_not_written_again() -> None:
    assert write_word("main:my model", read_line("shapecalc diff main:m", BREAKS)) == "my\\ model"
