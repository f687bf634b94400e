"""Codes as options and settings name them: `SC505`, or the beginning of several, such as `SC5`."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics import ALWAYS_SAID


def parse_codes(texts: Iterable[str]) -> tuple[str, ...]:
    """The codes and beginnings of codes in texts, with commas between. Raises ValueError for what begins no code."""
    names = [name.strip() for text in texts for name in text.split(",")]
    names = [name for name in names if name]
    if not names:
        raise ValueError("no code is named; for example `SC505`")
    _require_codes(names)
    return tuple(dict.fromkeys(name.upper() for name in names))


def parse_optional_codes(texts: Iterable[str]) -> tuple[str, ...]:
    """As `parse_codes`, of what may be ignored or graded. Raises ValueError too for a code that is always said."""
    codes = parse_codes(texts)
    for code in codes:
        if code in ALWAYS_SAID:
            raise ValueError(f"`{code}` is an error always: nothing is known of a file that cannot be read")
    return codes


def _require_codes(names: Iterable[str]) -> None:
    """Raises ValueError for a name that no code begins with."""
    from shapecalc.diagnostics import did_you_mean, shorten
    from shapecalc.diagnostics.codes import CODES

    for name in names:
        if not any(code.startswith(name.upper()) for code in CODES):
            guess = did_you_mean(name, CODES)
            way_out = f"did you mean `{guess}`?" if guess else "`SC505` is one, and `SC5` all that begin so"
            raise ValueError(f"there is no code `{shorten(name)}`; {way_out}")
