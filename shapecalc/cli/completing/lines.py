"""A command line as it is being typed in bash: its words without their quotes, and how a value is written in it."""

from __future__ import annotations

import re
from typing import NamedTuple

_UNQUOTED = re.compile(r"[^\w%+,./:=@^~-]", re.ASCII)
_IN_DOUBLE_QUOTES = re.compile(r'([$"\\`])')


class Line(NamedTuple):
    """The words before the one that is typed, and that one; `start` says how much of it bash leaves as it is."""

    words: list[str]
    typed: str
    quote: str
    start: int


def read_line(text: str, breaks: str) -> Line:
    """A line up to the cursor; `breaks` are the characters at which bash takes a new word to begin."""
    words: list[str] = []
    word: list[str] = []
    quote = ""
    start = 0
    is_open = False
    position = 0
    while position < len(text):
        sign = text[position]
        position += 1
        if quote:
            if sign == quote:
                quote = ""
            elif sign == "\\" and quote == '"' and text[position : position + 1] in ("$", '"', "\\", "`"):
                word.append(text[position])
                position += 1
            else:
                word.append(sign)
        elif sign in "'\"":
            quote, is_open, start = sign, True, len(word)
        elif sign == "\\" and position < len(text):
            word.append(text[position])
            position, is_open = position + 1, True
        elif sign in " \t\n":
            if word or is_open:
                words.append("".join(word))
            word, is_open, start = [], False, 0
        else:
            word.append(sign)
            if sign in breaks:
                start = len(word)
    return Line(words, "".join(word), quote, start)


def write_word(value: str, line: Line) -> str:
    """The text that bash puts in place of what it takes for the word: without what stands before that, and quoted."""
    rest = value[line.start :]
    if line.quote == "'":
        return rest.replace("'", "'\\''")
    if line.quote:
        return _IN_DOUBLE_QUOTES.sub(r"\\\1", rest)
    return _UNQUOTED.sub(lambda sign: "\\" + sign[0], rest)
