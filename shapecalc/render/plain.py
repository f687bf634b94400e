"""Writes signs that ASCII does not have by signs that it has."""

from __future__ import annotations

import codecs

_SIGNS = {
    "×": "x", "→": "->", "←": "<-", "Δ": "d", "·": "*", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "−": "-", "–": "-",
    "—": "-", "…": "...", "‘": "'", "’": "'", "“": '"', "”": '"', "├": "+", "└": "+", "│": "|", "─": "-", "┌": "+",
    "┐": "+", "┘": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+", "┏": "+", "┓": "+", "┗": "+", "┛": "+", "┃": "|",
    "━": "-", "┡": "+", "┩": "+", "╇": "+", "┳": "+", "█": "#", "▏": "|", "▎": "|", "▍": "|", "▌": "|", "▋": "|",
    "▊": "|", "▉": "#", "µ": "u", "°": " deg", "²": "^2", "³": "^3", "\u00a0": " ",
}  # fmt: skip
ERRORS = "shapecalc"
"""The name of the error handler that writes characters an encoding does not have: by these signs, else as an escape."""


def write_in_ascii(text: str) -> str:
    r"""The text with these signs put in; other characters stay, and are written as escapes such as `\xe9`."""
    return text if text.isascii() else text.translate(_TABLE)


def register() -> None:
    """Lets streams be opened with `errors=ERRORS`."""
    codecs.register_error(ERRORS, _replace_signs)


_TABLE = str.maketrans(_SIGNS)


def _replace_signs(error: UnicodeError) -> tuple[str | bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    signs = write_in_ascii(error.object[error.start : error.end])
    if signs.isascii():
        return signs, error.end
    return codecs.backslashreplace_errors(error)
