"""Text from files made fit for a terminal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.diagnostics import clean, shorten, split_lines
from shapecalc.diagnostics.text import markdown, markdown_code
from shapecalc.render.as_markdown import table_of_cells
from tests.render.diffs.github import list_rows, list_tokens, require_plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢", "plain é 漢"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\r\t", "a\\nb\\r\\t"),
        ("abc\u202edef", "abc\\u202edef"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_clean_text_can_always_be_printed(text: str) -> None:
    assert clean(text).isprintable()
    assert clean(text).encode("utf-8").decode("utf-8") == clean(text)


def test_shorten() -> None:
    assert shorten("x" * 60) == "x" * 60
    assert shorten("x" * 61) == "x" * 57 + "..."
    assert shorten([1, 2]) == "[1, 2]"
    assert shorten(10**5000) == "a number of thousands of digits"
    assert shorten("\n" * 100, 5) == "\\n\\n..."


def test_lines_break_where_yaml_breaks_them() -> None:
    assert split_lines("a\r\nb\rc\nd\x85e\u2028f\x0bg") == ["a", "b", "c", "d", "e", "f\x0bg"]


WORDS = (
    "a", "b c", "|", "+ ", "`", "``", "\\", "\\|", "<b>", "@bob", "#12", "deadbeef1234", "https://x.y", "*", "_", "~~",
    "\n", "\u202e", "[l](u)", "![i](u)", "&amp;", "<!--", "-->", "$x$", "GH-12", "a@b.co", "www.e.co", ":tada:", "- ",
    "1. ", "# ",
)  # fmt: skip
PIECES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map("".join).filter(str.strip)  # blank shows nothing


@settings(deadline=None)
@given(PIECES)
def test_github_shows_a_text_as_it_is(text: str) -> None:
    table = table_of_cells(["h", "k"], [False, False], [[markdown(text, in_table=True), "z"]])
    require_plain(table)
    (cells,) = list_rows(table)[1:]
    assert len(cells) == 2
    shown = "".join(map(clean, text.split("\n")))
    assert re.sub(r"[`\s]", "", cells[0]) == re.sub(r"[`\s]", "", shown)
    listed = f"- {markdown(text)}\n\n### {markdown(text)} x\n"
    require_plain(listed)
    kinds = [token.type for token in list_tokens(listed) if token.type.endswith("_open")]
    assert kinds == ["bullet_list_open", "list_item_open", "paragraph_open", "heading_open"]


@settings(deadline=None)
@given(PIECES)
def test_a_name_is_code(text: str) -> None:
    (token,) = [token for token in list_tokens(markdown_code(text)) if token.type == "code_inline"]
    assert token.content.strip() == clean(text).strip()
    table = table_of_cells(["h", "k"], [False, False], [[markdown_code(text, in_table=True), "z"]])
    require_plain(table)
    assert len(list_rows(table)[1]) == 2
    if r"\|" not in text:
        assert list_rows(table)[1][0].strip() == clean(text).strip()
