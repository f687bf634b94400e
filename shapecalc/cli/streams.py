"""Standard output and error, made ready for any text and any end."""

from __future__ import annotations

import os
import sys


def prepare_streams() -> None:
    """Opens the streams that the caller closed (`>&-`), and lets both write characters that their encoding has not."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_replace_unwritable(stream.encoding))


def _replace_unwritable(encoding: str | None) -> str:
    """What writes a character that an encoding has not: a sign of ASCII in its place, else an escape."""
    if (encoding or "utf-8").lower().replace("-", "").startswith("utf"):
        return "backslashreplace"
    from shapecalc.render.plain import ERRORS, register

    register()
    return ERRORS


def close_stdout() -> None:
    """Sends to nowhere what is still in the buffer: it would fail again when the interpreter closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
