"""The files that are open in an editor: their texts, and what was found out about each, once for every version."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.findings import list_more_findings
from shapecalc.diagnostics import Diagnostic, Fault, error, shorten
from shapecalc.document.files import Reader, real_path
from shapecalc.lsp.positions import Text
from shapecalc.lsp.rows import index_rows
from shapecalc.lsp.symbols import Occurrence, list_occurrences
from shapecalc.model.load import Library
from shapecalc.model.spec import MODEL_KEYS
from shapecalc.model.spec_files import is_spec

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.document.nodes import Document
    from shapecalc.model.spec import Entry, ModelSpec

_KEY = re.compile(r"^([A-Za-z_$][^\s:#]*)[ \t]*:", re.MULTILINE)

Judge: TypeAlias = Callable[[str, "Report | None", list["Document"], list[Diagnostic]], list[Diagnostic]]
"""What a project makes of the findings about a file, from its path, its report and the documents that were read."""


class Snapshot:
    """One version of a file. It is read and analysed when something of it is asked for."""

    def __init__(self, file: str, raw: str, read_file: _BufferReader, judge: Judge, was_spec: bool) -> None:
        self.file = file
        self.judge = judge
        self.was_spec = was_spec
        self.source = Text(raw)
        self.text = self.source.text
        self.library = Library(read_file.read)
        self._read_file = read_file
        self._blanked: tuple[int, Snapshot] | None = None

    @property
    def spec(self) -> ModelSpec | None:
        """The spec as it is written; None where the text is no mapping in YAML."""
        return self._read[0]

    @property
    def report(self) -> Report | None:
        """The analysed model; None where there is no spec."""
        return self._judged[0]

    @property
    def findings(self) -> list[Diagnostic]:
        """All that is wrong with it, as `check` says, but for what comments silence."""
        return self._judged[1]

    @cached_property
    def _judged(self) -> tuple[Report | None, list[Diagnostic]]:
        spec, findings = self._read
        try:
            report = None if spec is None else analyse(spec)
            if report is not None:
                findings = report.diagnostics + list_more_findings(report)
            return report, self.judge(self.file, report, list(self.library.documents.values()), findings)
        except Exception as failure:
            return None, [_report_failure(failure)]

    @cached_property
    def rows(self) -> dict[Entry, list[Row]]:
        """The rows of every entry, those of blocks too."""
        return {} if self.report is None else index_rows(self.report)

    @cached_property
    def occurrences(self) -> list[Occurrence]:
        """Every place where a name is declared or used."""
        return [] if self.spec is None else list_occurrences(self.spec)

    @cached_property
    def is_walked(self) -> bool:
        """Whether it has layers with numbers, though others may be wrong."""
        return self.report is not None and self.report.walk is not None

    def blank_line(self, offset: int) -> Snapshot:
        """The same text with spaces in place of the line of an offset, which may be no YAML yet."""
        start, end = self.source.find_line_start(offset), self.source.find_line_end(offset)
        if self._blanked is None or self._blanked[0] != start:
            text = self.text[:start] + " " * (end - start) + self.text[end:]
            self._blanked = start, Snapshot(self.file, text, self._read_file, self.judge, True)
        return self._blanked[1]

    @cached_property
    def is_spec(self) -> bool:
        """Whether the text is of a model, and no other YAML; one that was a model stays one while it is changed."""
        return self.was_spec or is_spec(self.text)

    @cached_property
    def may_become_spec(self) -> bool:
        """Whether it has no key that a model has not, as a file that has just been begun."""
        return self.is_spec or all(key in MODEL_KEYS for key in _KEY.findall(self.text))

    @property
    def document(self) -> Document | None:
        """The nodes of the file; None where nothing could be read."""
        return self.library.documents.get(self.file) if self._read else None

    @property
    def files(self) -> set[str]:
        """The other files that were read for it, with their links followed."""
        return self._read_file.files

    @cached_property
    def _read(self) -> tuple[ModelSpec | None, list[Diagnostic]]:
        self.library.folder = real_path(os.path.dirname(self.file) or ".")
        try:
            return self.library.parse(self.text, self.file), []
        except Fault as fault:
            return None, list(fault.diagnostics)
        except Exception as failure:
            return None, [_report_failure(failure)]


def _report_failure(failure: Exception) -> Diagnostic:
    """The finding that stands for a fault of this program: the editor goes on without numbers."""
    if isinstance(failure, RecursionError):
        return error("SC602", "the spec nests deeper than Python's stack")
    words = shorten(" ".join(str(failure).split()), 200)
    help = "please report it, with the spec"
    return error("SC610", f"internal error: {type(failure).__name__}: {words}", help=help)


class _BufferReader:
    """Reads the files that a spec names: what is open in the editor from there, the rest from disk within limits."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.files: set[str] = set()
        self.reader = Reader()

    def read(self, path: str) -> bytes:
        real = real_path(path)
        self.files.add(real)
        text = self.texts.get(real)
        return self.reader.read(path) if text is None else text.encode("utf-8", "surrogatepass")


class OpenFiles:
    """The texts of open files by their paths, and a snapshot of each.

    While a line is being typed, the text is mostly broken: the last version with numbers is kept beside it.
    """

    def __init__(self, judge: Judge | None = None) -> None:
        self._judge: Judge = judge or (lambda file, report, documents, findings: findings)
        self._specs: set[str] = set()
        self._texts: dict[str, str] = {}
        self._real_texts: dict[str, str] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._walked: dict[str, Snapshot] = {}
        self._read: dict[str, set[str]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._texts))

    def put(self, file: str, text: str) -> None:
        """Take a file's new text."""
        before = self._drop(file)
        if before is not None and "_judged" in before.__dict__ and before.is_walked:  # what nobody asked for is let go
            self._walked[file] = before
        self._texts[file] = self._real_texts[real_path(file)] = text

    def close(self, file: str) -> None:
        """Forget a file."""
        self._texts.pop(file, None)
        self._snapshots.pop(file, None)
        self._walked.pop(file, None)
        self._specs.discard(file)
        self._read.pop(file, None)
        self._real_texts.pop(real_path(file), None)

    def forget(self, file: str) -> None:
        """Have what was found out about a file found out anew, since something else has changed."""
        self._drop(file)

    def list_users(self, file: str) -> list[str]:
        """The open files that read this one as a block; what was found out about them is forgotten."""
        real = real_path(file)
        users = [other for other in self._texts if other != file and real in self._list_read(other)]
        for user in users:
            self._drop(user)
        return users

    def _list_read(self, file: str) -> set[str]:
        """The files that were read for this one when it was looked at last."""
        snapshot = self._snapshots.get(file)
        return self._read.get(file, set()) if snapshot is None else snapshot.files

    def _drop(self, file: str) -> Snapshot | None:
        """Forget what was found out about the present text of a file."""
        snapshot = self._snapshots.pop(file, None)
        if snapshot is not None and snapshot.files:
            self._read[file] = snapshot.files
        return snapshot

    def snapshot(self, file: str) -> Snapshot | None:
        """The current version of a file; None where it is not open."""
        if file not in self._texts:
            return None
        if file not in self._snapshots:
            snapshot = self._snapshots[file] = self.make_snapshot(file, self._texts[file])
            if snapshot.is_spec:
                self._specs.add(file)
        return self._snapshots[file]

    def make_snapshot(self, file: str, text: str) -> Snapshot:
        """A file as it would be with another text."""
        return Snapshot(file, text, _BufferReader(self._real_texts), self._judge, file in self._specs)

    def find_walked(self, file: str) -> Snapshot | None:
        """The current version where its layers have numbers, else the last that had some."""
        snapshot = self.snapshot(file)
        return snapshot if snapshot is not None and snapshot.is_walked else self._walked.get(file)

    def find_read(self, file: str, offset: int) -> Snapshot | None:
        """A version whose offsets are those of the current one: itself, or itself without the line of an offset.

        Where other lines are no YAML either, it is what stands above the line.
        """
        snapshot = self.snapshot(file)
        if snapshot is None or snapshot.spec is not None:
            return snapshot
        blanked = snapshot.blank_line(offset)
        if blanked.spec is not None:
            return blanked
        above = self.make_snapshot(file, snapshot.text[: snapshot.source.find_line_start(offset)])
        return None if above.spec is None else above
