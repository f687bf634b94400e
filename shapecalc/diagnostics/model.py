"""The values every finding is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "note"]

UNREADABLE = ("SC601", "SC605", "SC606", "SC607", "SC608", "SC610", "SC613", "SC614", "SC617")
"""Codes of errors after which nothing was found out: the exit code is 2."""
ALWAYS_SAID = frozenset(("SC101", *UNREADABLE))
"""Codes that no setting, option or comment can silence: of a file with such a finding nothing is known."""

_LINE = re.compile("[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029])|[^\r\n\x85\u2028\u2029]+")
_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class Span(NamedTuple):
    """A stretch of one line: `line` and `column` count characters from 1, `end` is the first column after it.

    What runs over several lines is cut at the end of the first. Line 0 means the file as a whole, or of a file that is
    no text to read, such as a saved model, the `place` in it.
    """

    file: str
    line: int
    column: int
    end: int
    place: str = ""

    @property
    def where(self) -> str:
        """`file:line:column`, `file:place`, or the file alone where the whole file is meant."""
        if self.line:
            return f"{self.file}:{self.line}:{self.column}"
        return f"{self.file}:{self.place}" if self.place else self.file


class Label(NamedTuple):
    """Another place that has to do with the finding, and what it has to do with it."""

    span: Span
    text: str


class Edit(NamedTuple):
    """Text to put in place of a stretch of a file; lines and columns count from 1, and the end is the first after it.

    A stretch of no length is where the text is put in.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class Fix(NamedTuple):
    """A way out that is a change of the file: the help that says it, and the edits that do just that.

    It is safe where it cannot change the meaning of anything that was right: the spelling of a name, a form. What was
    meant by a shape or a number is a guess, and not safe. An `example` is to be made one's own: it is never put in
    unless somebody looks on.
    """

    help: str
    edits: tuple[Edit, ...]
    safe: bool = False
    example: bool = False


class Diagnostic(NamedTuple):
    """One finding: `subject` is the path of a layer or empty, `label` is the text under the primary span.

    `edits` are the changes of the file that do what the help says; all together they mend the fault. `safe` says that
    they may be made without asking, and `example` that they are one, as `Fix` has it.
    """

    code: str
    severity: Severity
    subject: str
    message: str
    span: Span | None = None
    labels: tuple[Label, ...] = ()
    help: str | None = None
    notes: tuple[str, ...] = ()
    label: str = ""
    edits: tuple[Edit, ...] = ()
    safe: bool = False
    example: bool = False

    @property
    def sentence(self) -> str:
        """The message, led by the layer it speaks of."""
        return f"{self.subject}: {self.message}" if self.subject else self.message


def error(
    code: str,
    message: str,
    span: Span | None = None,
    *,
    subject: str = "",
    help: str | Fix | None = None,
    labels: tuple[Label, ...] = (),
    notes: tuple[str, ...] = (),
    label: str = "",
) -> Diagnostic:
    """A finding about what is wrong."""
    words, edits, safe, example = _split_help(help)
    return Diagnostic(code, "error", subject, message, span, labels, words, notes, label, edits, safe, example)


def warning(
    code: str,
    message: str,
    span: Span | None = None,
    *,
    subject: str = "",
    help: str | Fix | None = None,
    labels: tuple[Label, ...] = (),
    notes: tuple[str, ...] = (),
    label: str = "",
) -> Diagnostic:
    """A finding about what can be used but is probably not what was meant."""
    words, edits, safe, example = _split_help(help)
    return Diagnostic(code, "warning", subject, message, span, labels, words, notes, label, edits, safe, example)


def note(
    code: str, message: str, span: Span | None = None, *, subject: str = "", help: str | None = None
) -> Diagnostic:
    """A finding that says what was assumed or done."""
    return Diagnostic(code, "note", subject, message, span, (), help)


def _split_help(help: str | Fix | None) -> tuple[str | None, tuple[Edit, ...], bool, bool]:
    """The words of a help, its edits, and whether these are safe or an example; words alone have no edits."""
    if not isinstance(help, Fix):
        return help, (), False, False
    return help.help, help.edits, help.safe and bool(help.edits), help.example and bool(help.edits)


class Fault(Exception):
    """Raised where a command or a step cannot go on; holds the findings that say why.

    `text` is that of the file in which they stand, where no document holds it.
    """

    text: str | None = None

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(diagnostic.sentence for diagnostic in diagnostics))
        self.diagnostics = diagnostics

    def __reduce__(self) -> tuple[type[Fault], tuple[Diagnostic, ...]]:
        """The constructor and its arguments, from which another process makes the exception anew."""
        return Fault, self.diagnostics


def sort_key(diagnostic: Diagnostic) -> tuple[str, int, int]:
    """Order by file, line, column; what has no place comes first."""
    span = diagnostic.span
    return (span.file, span.line, span.column) if span else ("", 0, 0)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text of one file with edits made, each at the place it had before the others.

    Lines that are put in end as the first line of the text does.
    """
    lines = _LINE.findall(text)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:
        return min(starts[min(line - 1, len(lines))] + column - 1, len(text))

    for edit in sorted(edits, key=lambda edit: edit[1:5], reverse=True):
        start, end = offset(edit.line, edit.column), offset(edit.end_line, edit.end_column)
        text = text[:start] + edit.text.replace("\n", newline) + text[end:]
    return text


def split_lines(text: str) -> list[str]:
    """Lines as YAML 1.1 readers count them, so that a `Span` finds its line (`str.splitlines` breaks at more)."""
    return _LINE_BREAK.split(text)
