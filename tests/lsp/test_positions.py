"""Offsets, lines and columns of findings, and positions of editors, are the same places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.document.edits import Place
from shapecalc.lsp.positions import Encoding, Text, count_units

PIECES = st.sampled_from(
    ["a", "é", "\U0001f600", "\r\n", "\n", "\r", "\x85", "\u2028", " ", "layers", "\ufeff", "\ud800"]
)
ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")


@given(st.lists(PIECES, max_size=20).map("".join), st.sampled_from(ENCODINGS))
def test_every_offset_comes_back(raw: str, encoding: Encoding) -> None:
    source = Text(raw)
    for offset in range(len(source) + 1):
        line, units = source.write_position(offset, encoding)
        again = source.read_position(line, units, encoding)
        between_two_signs = source.text[offset - 1 : offset + 1] == "\r\n" and offset > 0
        assert again == offset - between_two_signs
        place = source.find_place(offset, offset)
        assert source.find_range(place) == (offset, offset)


@given(st.lists(PIECES, max_size=20).map("".join))
def test_lines_with_their_breaks_are_the_text(raw: str) -> None:
    source = Text(raw)
    assert "".join(source.lines) == source.text
    for offset in range(len(source) + 1):
        start, end = source.find_line_start(offset), source.find_line_end(offset)
        assert start <= offset
        assert not set(source.text[offset:end]) & set("\r\n\x85\u2028\u2029")


@pytest.mark.parametrize(("encoding", "units"), [("utf-8", 7), ("utf-16", 4), ("utf-32", 3)])
def test_units_of_a_text(encoding: Encoding, units: int) -> None:
    assert count_units("é\U0001f600x", encoding) == units


def test_yaml_has_ends_of_lines_that_editors_have_not() -> None:
    source = Text("a: 1\u2028b: 2\nc")
    assert source.find_place(5, 6) == Place(2, 1, 2, 2)
    assert source.write_position(5, "utf-16") == (0, 5)
    assert source.write_position(10, "utf-16") == (1, 0)


def test_what_lies_outside_is_taken_to_the_edge() -> None:
    source = Text("ab\ncd")
    assert source.read_position(0, 99, "utf-16") == 2
    assert source.read_position(9, 0, "utf-16") == 5
    assert source.read_position(-1, 3, "utf-16") == 0
    assert source.write_position(99, "utf-16") == (1, 2)
    assert source.find_offset(9, 9) == 5


def test_a_mark_in_front_of_the_file_counts_for_the_editor_alone() -> None:
    source = Text("\ufeffab\ncd")
    assert source.text == "ab\ncd"
    assert source.write_position(1, "utf-16") == (0, 2)
    assert source.read_position(0, 2, "utf-16") == 1
    assert source.read_position(0, 0, "utf-16") == 0


def test_within_a_character_is_before_it() -> None:
    assert Text("\U0001f600a").read_position(0, 1, "utf-16") == 0
