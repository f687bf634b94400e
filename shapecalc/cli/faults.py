"""Makes findings of whatever a command raises: one spec never stops the others, and no traceback is shown."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shapecalc.diagnostics import Diagnostic, Fault, Span, error, shorten

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_MEMORY = ("allocate memory", "map segment", "start new thread")
"""The messages of other packages where memory is short."""


@contextmanager
def guard(diagnostics: list[Diagnostic], file: str = "") -> Iterator[None]:
    """Adds what goes wrong within to the findings, with the file that it is about."""
    try:
        yield
    except Exception as error:
        if is_for_the_caller(error):
            raise
        diagnostics += findings_of(error, file)


def is_for_the_caller(error: Exception) -> bool:
    """Whether an exception has nothing to do with a spec: usage, and output that cannot be written."""
    if os.environ.get("SHAPECALC_DEBUG") == "1" and not isinstance(error, Fault):
        return True
    if isinstance(error, OSError):
        return isinstance(error, BrokenPipeError) or error.errno in DISK_FULL
    import click

    return isinstance(error, (click.ClickException, click.exceptions.Exit, click.Abort))


def findings_of(failure: BaseException, file: str = "") -> tuple[Diagnostic, ...]:
    """The findings of an exception."""
    span = Span(file, 0, 0, 0) if file else None
    if isinstance(failure, Fault):
        return tuple(
            finding if finding.span is not None or not file else finding._replace(span=span)
            for finding in failure.diagnostics
        )
    if isinstance(failure, RecursionError):
        return (error("SC602", "the spec nests deeper than Python's stack", span),)
    if isinstance(failure, MemoryError) or any(words in str(failure) for words in _NO_MEMORY):
        return (error("SC602", "not enough memory for this model", span),)
    words = shorten(" ".join(str(failure).split()), 200).encode("ascii", "backslashreplace").decode()
    message = f"internal error: {type(failure).__name__}: {words}"
    return (error("SC610", message, span, help="please report it, with the spec"),)


def render_sound(files: list[str], render: Callable[[list[int]], str], diagnostics: list[Diagnostic]) -> str:
    """Several models rendered as one text; those that cannot be are left out, and become findings.

    `render` gives the text of the models at some positions.
    """
    everything = list(range(len(files)))
    before = len(diagnostics)
    with guard(diagnostics):
        return render(everything)
    del diagnostics[before:]
    sound = []
    for at in everything:
        with guard(diagnostics, files[at]):
            render([at])
            sound.append(at)
    return render(sound)
