"""The files that are open in an editor: their texts, and what was found out about each, once for every version."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.findings import list_more_findings
from shapecalc.diagnostics import Diagnostic, Fault, error
from shapecalc.document.files import Reader, real_path
from shapecalc.lsp.positions import Text
from shapecalc.lsp.rows import index_rows
from shapecalc.lsp.symbols import Occurrence, list_occurrences
from shapecalc.model.load import Library

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecalc.analysis.report import Report, Row
    from shapecalc.document.nodes import Document
    from shapecalc.model.spec import Entry, ModelSpec

_KEY_OF_SPEC = re.compile(r"^(?:layers|inputs?)[ \t]*:", re.MULTILINE)
"""A key at the left margin that models have, in a text that may be broken elsewhere."""


class Snapshot:
    """One version of a file. It is read and analysed when something of it is asked for."""

    def __init__(self, file: str, raw: str, read_file: _BufferReader) -> None:
        self.file = file
        self.source = Text(raw)
        self.text = self.source.text
        self.library = Library(read_file.read)
        self._read_file = read_file
        self._blanked: tuple[int, Snapshot] | None = None

    @cached_property
    def spec(self) -> ModelSpec | None:
        """The spec as it is written; None where the text is no mapping in YAML."""
        return self._read[0]

    @cached_property
    def report(self) -> Report | None:
        """The analysed model; None where there is no spec."""
        spec = self.spec
        return None if spec is None else analyse(spec)

    @cached_property
    def findings(self) -> list[Diagnostic]:
        """All that is wrong with it, as `check` says."""
        report = self.report
        return self._read[1] if report is None else report.diagnostics + list_more_findings(report)

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
            self._blanked = start, Snapshot(self.file, text, self._read_file)
        return self._blanked[1]

    @cached_property
    def is_spec(self) -> bool:
        """Whether the text is of a model, and no other YAML."""
        return bool(_KEY_OF_SPEC.search(self.text))

    @property
    def document(self) -> Document | None:
        """The nodes of the file; None where nothing could be read."""
        return self.library.documents.get(self.file)

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
        except RecursionError:
            return None, [error("SC602", "the spec nests deeper than Python's stack")]


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

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._real_texts: dict[str, str] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._walked: dict[str, Snapshot] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._texts))

    def put(self, file: str, text: str) -> None:
        """Take a file's new text."""
        before = self._snapshots.pop(file, None)
        if before is not None and "report" in before.__dict__ and before.is_walked:  # what nobody asked for is let go
            self._walked[file] = before
        self._texts[file] = self._real_texts[real_path(file)] = text

    def close(self, file: str) -> None:
        """Forget a file."""
        self._texts.pop(file, None)
        self._snapshots.pop(file, None)
        self._walked.pop(file, None)
        self._real_texts.pop(real_path(file), None)

    def list_users(self, file: str) -> list[str]:
        """The open files that read this one as a block; what was found out about them is forgotten."""
        real = real_path(file)
        users = [other for other, snapshot in self._snapshots.items() if other != file and real in snapshot.files]
        for user in users:
            del self._snapshots[user]
        return users

    def snapshot(self, file: str) -> Snapshot | None:
        """The current version of a file; None where it is not open."""
        if file not in self._texts:
            return None
        if file not in self._snapshots:
            self._snapshots[file] = self.make_snapshot(file, self._texts[file])
        return self._snapshots[file]

    def make_snapshot(self, file: str, text: str) -> Snapshot:
        """A file as it would be with another text."""
        return Snapshot(file, text, _BufferReader(self._real_texts))

    def find_walked(self, file: str) -> Snapshot | None:
        """The current version where its layers have numbers, else the last that had some."""
        snapshot = self.snapshot(file)
        return snapshot if snapshot is not None and snapshot.is_walked else self._walked.get(file)

    def find_read(self, file: str, offset: int) -> Snapshot | None:
        """A version whose offsets are those of the current one: itself, or itself without the line of an offset."""
        snapshot = self.snapshot(file)
        if snapshot is None or snapshot.spec is not None:
            return snapshot
        blanked = snapshot.blank_line(offset)
        return None if blanked.spec is None else blanked
