"""A session: one command reads models, collects what is wrong with them, prints that, and ends with an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING

from shapecalc.analysis.report import Report
from shapecalc.cli.faults import guard
from shapecalc.diagnostics import UNREADABLE, Diagnostic, Fault
from shapecalc.face.reading import Reading
from shapecalc.model.load import STDIN

if TYPE_CHECKING:
    from shapecalc.render.table import Terminal


class Session(Reading):
    """What a command has read and found so far: it prints that, and ends with an exit code."""

    def report(self, path: str, read_file: Callable[[str], bytes] | None = None) -> Report | None:
        """The report of the spec in a file (`-`: standard input); None where it cannot be read, and a finding says why.

        `read_file` reads paths that are not files, such as one in a revision of git.
        """
        with self.guard(path):
            try:
                return self.read(path, read_file)
            except Fault as fault:
                self.diagnostics += fault.diagnostics
        return None

    def guard(self, path: str) -> AbstractContextManager[None]:
        """A context: whatever goes wrong within becomes a finding about this file, and the command goes on."""
        return guard(self.diagnostics, STDIN if path == "-" else path)

    @property
    def code(self) -> int:
        """The exit code: 0 without errors, 1 with errors, 2 where something could not be read."""
        errors = [finding.code for finding in self.diagnostics if finding.severity == "error"]
        return 2 if any(code in UNREADABLE for code in errors) else 1 if errors else 0

    @property
    def ok(self) -> bool:
        """Whether there is no error among the findings."""
        return not any(finding.severity == "error" for finding in self.diagnostics)

    def show(self, diagnostics: Iterable[Diagnostic], style: str = "full") -> None:
        """Prints findings to standard error."""
        findings = list(diagnostics)
        if findings:
            sys.stdout.flush()
            sys.stderr.write(self.render(findings, style, sys.stderr) + "\n")

    def render(self, findings: list[Diagnostic], style: str, stream: IO[str] | None) -> str:
        """Findings as text for a stream, or for a file where it is None: `full` or `concise`."""
        if style == "concise":
            from shapecalc.render.findings.concise import concise

            return concise(findings)
        from shapecalc.render.findings.full import full

        return full(findings, self.lines, colour=stream is not None and takes_colour(stream))


def output_terminal() -> Terminal:
    """What standard output can show."""
    from shapecalc.render.table import terminal_of

    return terminal_of(sys.stdout, forced=is_colour_forced())


def write_readable(
    output_format: str, write_text: Callable[[Terminal], str], write_markdown: Callable[[], str]
) -> None:
    """Prints for people: Markdown where it is asked for, else text for the terminal."""
    sys.stdout.write(write_markdown() if output_format == "markdown" else write_text(output_terminal()))


def is_colour_forced() -> bool:
    """Whether the environment asks for colour even where there is no terminal."""
    return bool(os.environ.get("FORCE_COLOR"))


def takes_colour(stream: IO[str]) -> bool:
    """Whether a stream takes colour; rich is asked only where it may."""
    if not stream.isatty() and not is_colour_forced():
        return False
    from shapecalc.render.table import terminal_of

    return terminal_of(stream, forced=True).colours is not None
