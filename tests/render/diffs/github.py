"""Markdown as GitHub reads it: tables, code, and what it would make a link of."""

from __future__ import annotations

import re
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

GITHUB = MarkdownIt("commonmark").enable("table").enable("strikethrough")
ODD = r"@\w|#\d|://|www\.|GH-\d|:[a-z]+:|\b(?=\d*[a-f])[0-9a-f]{7,40}\b"
"""What GitHub makes a link or a picture of, outside of code."""


def list_tokens(text: str) -> list[Token]:
    """All tokens of a text, those within others too."""
    return [inner for token in GITHUB.parse(text) for inner in (token, *(token.children or ()))]


def list_rows(text: str) -> list[list[str]]:
    """The cells of all rows of all tables, as they are shown."""
    rows: list[list[str]] = []
    for token, after in pairwise(GITHUB.parse(text)):
        if token.type == "tr_open":
            rows.append([])
        if token.type in ("td_open", "th_open"):
            rows[-1].append("".join(piece.content for piece in after.children or () if piece.type != "html_inline"))
    return rows


def require_plain(text: str) -> None:
    """Nothing outside of code and of our own words has a meaning to GitHub."""
    is_code = False
    for token in list_tokens(text):
        assert token.type not in ("link_open", "image", "strong_open", "em_open", "s_open", "fence", "code_block")
        if token.type == "text" and not is_code:
            assert not re.search(ODD, token.content, re.IGNORECASE), token.content
        if token.type in ("html_inline", "html_block"):
            is_code = token.content == "<code>" or (is_code and token.content != "</code>")
            outside = re.sub(r"<code>[^<]*</code>|<!-- -->", "", token.content)
            assert not re.search(ODD, outside, re.IGNORECASE), token.content
            assert set(re.findall(r"</?(\w+)", outside)) <= {"details", "summary", "br", "span", "code"}
