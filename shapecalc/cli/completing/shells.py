"""The requests of the shells' scripts, and the answers in the form that each script reads.

A request is `_SHAPECALC_COMPLETE=SHELL_complete`. Bash sends its line up to the cursor in COMP_LINE, the rest of it in
COMP_REST, and in COMP_BREAKS where it takes words to begin; zsh and fish send the words as arguments, and in COMP_CWORD
which of them is typed. An answer has a line for each candidate, its kind, its value and its help with tabs between:
`word`, `open` where the word goes on, and `files` where the shell is to add names of files, with what stands before.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

import click

from shapecalc.cli.completing.answers import Answer, Candidate
from shapecalc.cli.completing.candidates import list_answers
from shapecalc.cli.completing.files import list_files
from shapecalc.cli.completing.lines import Line, read_line, write_word
from shapecalc.cli.completion import SHELLS, write_script
from shapecalc.diagnostics import clean

PATIENCE = 2.0
"""Seconds after which there is no answer."""


class _Late(BaseException):
    """Raised where there is no time left."""


def answer(cli: click.Command, request: str, arguments: list[str]) -> int:
    """Prints what could follow. Whatever goes wrong, nothing is said, since it would stand in the line being typed."""
    shell, _, wanted = request.partition("_")
    text = ""
    if wanted == "source" and shell in SHELLS:  # as click's own scripts are asked for
        text = write_script(shell)
    elif wanted == "complete":
        with suppress(Exception, _Late), _silence(), _limit_time():
            text = _answer_bash(cli) if shell == "bash" else _answer_words(cli, arguments)
    sys.stdout.write(text)
    return 0


def _answer_bash(cli: click.Command) -> str:
    line = read_line(os.environ.get("COMP_LINE", ""), os.environ.get("COMP_BREAKS", ""))
    behind = read_line(os.environ.get("COMP_REST", "").partition(" ")[2] + " ", "").words
    found = list_answers(cli, line.words[1:], line.typed, behind)
    candidates = found.candidates
    # Bash adds files only where there are no words, and takes `b` of `a:b` for the beginning of a name.
    if found.takes_files and (candidates or line.start > len(found.prefix)):
        typed = line.typed[len(found.prefix) :]
        files = [Candidate(found.prefix + name, goes_on=name.endswith("/")) for name in list_files(typed)]
        found = Answer([*candidates, *files], prefix=found.prefix)
    return _write_answer(found, line)


def _answer_words(cli: click.Command, arguments: list[str]) -> str:
    place = int(os.environ.get("COMP_CWORD") or len(arguments)) - 1
    found = list_answers(cli, arguments[:place], arguments[place], arguments[place + 1 :])
    return _write_answer(found, None)


def _write_answer(found: Answer, line: Line | None) -> str:
    """The lines of an answer; no value or help that could steer a terminal is among them."""
    lines = []
    for candidate in found.candidates:
        if candidate.value.isprintable():
            value = candidate.value if line is None else write_word(candidate.value, line)
            kind = "open" if candidate.goes_on else "word"
            lines.append(f"{kind}\t{value}\t{' '.join(clean(candidate.help).split())}\n")
    if found.takes_files:
        lines.append(f"files\t{found.prefix}\t\n")
    return "".join(lines)


@contextmanager
def _silence() -> Iterator[None]:
    """A context in which nothing is printed."""
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        streams = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = nothing
        try:
            yield
        finally:
            sys.stdout, sys.stderr = streams


@contextmanager
def _limit_time() -> Iterator[None]:
    """A context that raises _Late when it takes too long, where the system has such a clock."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _give_up(number: int, frame: FrameType | None) -> NoReturn:
    raise _Late
