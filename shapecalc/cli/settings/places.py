"""Where a key stands in a TOML file: the parser of Python keeps no places, so the text is looked through once more."""

from __future__ import annotations

import tomllib
from typing import Any

_MOST_LINES = 10_000


def find_key(text: str, keys: tuple[str, ...]) -> tuple[int, int, int]:
    """The line, column and end of the place that says a key, or the longest part of it; zeros where none does."""
    best: tuple[int, tuple[int, int, int]] = (0, (0, 0, 0))
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n", _MOST_LINES)[:_MOST_LINES], 1):
        written = line.strip()
        if written.startswith("["):
            path = table = _read_keys(written) or table
            written = written.partition("#")[0].rstrip()
        elif "=" in written and written[0] != "#":
            written = written.partition("=")[0].rstrip()
            path = (*table, *_read_keys(written + "=0"))
        else:
            continue
        if path == keys[: len(path)] and len(path) > best[0]:
            column = len(line) - len(line.lstrip()) + 1
            best = len(path), (number, column, column + len(written))
    return best[1]


def _read_keys(line: str) -> tuple[str, ...]:
    """The keys that a line of TOML leads to; none where it cannot be read alone."""
    try:
        value: Any = tomllib.loads(line)
    except (ValueError, RecursionError):
        return ()
    keys = []
    while isinstance(value, (dict, list)) and value:
        if isinstance(value, list):
            value = value[0]
            continue
        key, value = next(iter(value.items()))
        keys.append(key)
    return tuple(keys)
