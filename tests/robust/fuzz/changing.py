"""Documents that are changed by the tool: mended, brought up to date, annotated, and edited in an editor.

What holds of every document: no command raises, hangs, or writes half a file; what was mended has nothing left to mend,
what was brought up to date is up to date, and annotations that are taken out leave what was there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.robust.fuzz.documents import document
from tests.robust.fuzz.runner import answer, find_fault

LONGEST = 1.0
"""Seconds of processor time that a command may take."""

FILE = "model.yaml"


def change(seed: int) -> str:
    """Does all that changes the document of a seed; returns what is wrong, or nothing."""
    text = document(seed).text.encode("utf-8", "surrogatepass")
    for step in (_check, _fix, _fix_all, _update, _annotate, _edit):
        Path(FILE).write_bytes(text)
        start = time.process_time()
        fault = step(text)
        seconds = time.process_time() - start
        fault = fault or (f"{seconds:.1f} s" if seconds > LONGEST * _COMMANDS[step] else "")
        if fault:
            return f"{step.__name__.strip('_')}: {fault}"
    return ""


def run(*words: str) -> tuple[str, str]:
    """What is wrong with what a command says of the file, and all that it says."""
    code, said = answer([words[0], FILE, *words[1:]])
    return find_fault(code, said), said


def _check(text: bytes) -> str:
    fault, _ = run("check")
    return fault or _is_changed(text)


def _is_changed(text: bytes) -> str:
    return "" if Path(FILE).read_bytes() == text else "the file was changed"


def _settle(*words: str, done: str) -> str:
    """What is wrong with a command that changes the file: as a dry run shows it, and nothing a second time."""
    before = Path(FILE).read_bytes()
    fault, _ = run(*words)
    after = Path(FILE).read_bytes()
    if fault or before == after:
        return fault
    fault, said = run(*words)
    fault = fault or ("" if done in said else "a second time finds more to do") or _is_changed(after)
    if not fault:
        Path(FILE).write_bytes(before)
        fault, said = run(*words, "--dry-run")
        fault = fault or ("" if "\n+++ " in f"\n{said}" else "a dry run shows nothing") or _is_changed(before)
    return fault


def _fix(text: bytes) -> str:
    return _settle("check", "--fix", done="No fixes to make")


def _fix_all(text: bytes) -> str:
    return _settle("check", "--fix", "--unsafe-fixes", done="No fixes to make")


def _update(text: bytes) -> str:
    return _settle("check", "--update-expect", "--add", "params,output,layers", done="no specs updated")


def _annotate(text: bytes) -> str:
    fault = run("annotate", "--write")[0]
    written = Path(FILE).read_bytes()
    if fault or written == text:
        return fault
    fault = run("annotate", "--write")[0] or _is_changed(written)
    return fault or run("annotate", "--remove", "--write")[0]


def _edit(text: bytes) -> str:
    """Every request of the language server, at a few places of the text."""
    from shapecalc.lsp.documents import OpenFiles
    from tests.lsp.test_typing import ask_everything

    plain = text.decode("utf-8", "replace")
    random = Random(len(plain))
    for _ in range(2):
        ask_everything(OpenFiles(), plain, random.randint(0, len(plain)))
    return ""


_COMMANDS: dict[Callable[[bytes], str], int] = {
    _check: 1, _fix: 3, _fix_all: 3, _update: 3, _annotate: 3, _edit: 2,
}  # fmt: skip
"""How many commands each step gives."""
