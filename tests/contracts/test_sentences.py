"""The words of messages: listed in one file, and in one manner."""

from __future__ import annotations

import ast
import re

import pytest

from tests.contracts.sentences import FILE, find_sentences, write_sentences

SENTENCES = sorted({line.strip() for line in FILE.read_text("utf-8").splitlines() if line.startswith("  ")})


def test_the_list_is_what_the_package_says() -> None:
    assert FILE.read_text("utf-8") == write_sentences(), "run `python -m tests.generated`, and read what has changed"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise ShapeError("needs a time axis", help="put it in")', ["needs a time axis", "put it in"]),
        ('message = f"{name} has {count} axes"', ["{} has {} axes"]),
        ('message = "one axis" if flag else "two axes"', ["one axis", "two axes"]),
        ('return error("SC401", message, help=f"write `{text}`")', ["write `{}`"]),
        ('value = "no message"', []),
    ],
)
def test_what_is_said_is_found_in_the_source(source: str, found: list[str]) -> None:
    body = f"def f():\n    {source}"
    assert list(dict.fromkeys(find_sentences(ast.parse(body)))) == found


def test_sentences_are_plain() -> None:
    assert [sentence for sentence in SENTENCES if not is_plain(sentence)] == []


def is_plain(sentence: str) -> bool:
    """Whether a sentence has no filler, no double space, and closes what it quotes."""
    quotes = sentence.count("`")
    closes = quotes % 2 == 0 or sentence.startswith(("`", "{}")) or sentence.endswith("`")
    filler = re.search(r"\b(?:please note|simply|just|obviously|invalid|illegal)\b", sentence)
    return closes and not filler and ("  " not in sentence or "\\n" in sentence)


@pytest.mark.parametrize("sentence", ["it is simply wrong", "two  spaces", "a `quote that stays open"])
def test_what_is_not_plain_is_found(sentence: str) -> None:
    assert not is_plain(sentence)
