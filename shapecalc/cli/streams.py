"""Standard output and error: they take any text, and may be closed by the reader at any time."""

from __future__ import annotations

import os
import sys


def prepare_streams() -> None:
    """Opens the streams that the caller closed (`>&-`), and lets both write characters their encoding does not have."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_replace_unwritable(stream.encoding))


def _replace_unwritable(encoding: str | None) -> str:
    """The text in place of a character that an encoding does not have: a sign of ASCII, else an escape."""
    if (encoding or "utf-8").lower().replace("-", "").startswith("utf"):
        return "backslashreplace"
    from shapecalc.render.plain import ERRORS, register

    register()
    return ERRORS


def close_stdout() -> None:
    """Discards what is still in the buffer: it would fail again when the interpreter closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
