"""How wide a text is in a picture. No font is at hand: widths are those of DejaVu Sans, wider than most of its kind."""

from __future__ import annotations

from math import ceil
from unicodedata import east_asian_width

# Hundredths of the font's size, of the characters from the space to the tilde.
_PLAIN = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79,
    60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63,
    63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
)  # fmt: skip
_BOLD_FACTOR = 1.14


def measure(text: str, size: int, *, bold: bool = False) -> int:
    """The pixels that a line of text takes, rather too many than too few."""
    hundredths = 0
    for character in text:
        code = ord(character) - 32
        if 0 <= code < len(_PLAIN):
            hundredths += _PLAIN[code]
        else:
            hundredths += 130 if east_asian_width(character) in "WF" else 85
    return ceil(hundredths * size / 100 * (_BOLD_FACTOR if bold else 1))
