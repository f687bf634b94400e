"""Text from files made fit for a terminal."""

from __future__ import annotations


def clean(text: str) -> str:
    r"""Show what cannot be seen, or would steer a terminal, as an escape.

    Control characters, ANSI sequences, line breaks, bidi overrides, zero-width characters and lone surrogates come out
    as `\x1b`, `\n`, `\u202e`; everything else stays.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def shorten(value: object, limit: int = 60) -> str:
    """The value as clean text of at most `limit` characters or so, its tail given up for `...`."""
    text = value if isinstance(value, str) else _bounded(value)
    # Cut before cleaning: a hostile value may be megabytes long.
    return clean(text) if len(text) <= limit else clean(text[: limit - 3]) + "..."


def _bounded(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # an int of more digits than Python agrees to print
        return "a number of thousands of digits"
