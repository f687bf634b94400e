"""The mistakes of new users: each a spec, what is said of it, and the spec after the help was typed.

A file of cases is a plain text. `=== ` begins a case with its title; then comes the spec, behind `--- says` the
findings as `check` prints them, and behind `--- typed` the spec with the help typed, or nothing where the help is not
a text to write. A file of command lines has `$ ` before each, and below it what is printed and the exit code.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from shapecalc.analysis.analyse import analyse
from shapecalc.diagnostics import Diagnostic, Fault, apply_edits
from shapecalc.model.load import Library
from shapecalc.render.findings.full import full

FOLDER = Path(__file__).parent
FILE = "model.yaml"


class Case(NamedTuple):
    """One mistake."""

    title: str
    spec: str
    says: str
    typed: str


def cases(path: Path) -> list[Case]:
    """The cases of a file, in order."""
    found = []
    for part in re.split(r"^=== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        title, _, rest = part.partition("\n")
        spec, _, rest = rest.partition("--- says\n")
        says, _, typed = rest.partition("--- typed\n")
        found.append(Case(title, spec, says, typed.rstrip("\n") + "\n" if typed.strip() else ""))
    return found


def write(path: Path, new: list[Case]) -> None:
    """Writes a file of cases."""
    parts = [f"=== {one.title}\n{one.spec}--- says\n{one.says}--- typed\n{one.typed}" for one in new]
    head = path.read_text("utf-8").partition("=== ")[0]
    path.write_text(head + "\n".join(parts), "utf-8")


def findings(text: str, file: str = FILE) -> list[Diagnostic]:
    """What is found in a spec, in the order of its lines."""
    library = Library()
    try:
        return list(analyse(library.parse(text, file)).diagnostics)
    except Fault as fault:
        return list(fault.diagnostics)


def said(text: str) -> str:
    """The findings as `check` prints them."""
    return full(findings(text), lambda file: text.split("\n")) + "\n"


def typed(text: str) -> str:
    """The spec after the helps of its findings were typed; nothing where none is a text to write."""
    edits = [edit for finding in findings(text) for edit in finding.edits]
    return apply_edits(text, edits) if edits else ""
