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
from shapecalc.document.ignores import apply_ignores
from shapecalc.lsp.positions import Text
from shapecalc.lsp.rows import index_rows
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
        """All that is wrong with it, as `check` says, but for what comments silence."""
        report = self.report
        found = self._read[1] if report is None else report.diagnostics + list_more_findings(report)
        complete = report is not None and report.ok
        return apply_ignores(found, self.library.documents.values(), self.file, complete=complete)

    @cached_property
    def rows(self) -> dict[Entry, list[Row]]:
        """The rows of every entry, those of blocks too."""
        return {} if self.report is None else index_rows(self.report)

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

    `sound` holds, by file, the last snapshot that could be read: while a line is being typed the text is mostly broken.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._real_texts: dict[str, str] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._sound: dict[str, Snapshot] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._texts))

    def put(self, file: str, text: str) -> None:
        """Take a file's new text."""
        before = self._snapshots.pop(file, None)
        if before is not None and "report" in before.__dict__ and before.report is not None and before.report.ok:
            self._sound[file] = before
        self._texts[file] = self._real_texts[real_path(file)] = text

    def close(self, file: str) -> None:
        """Forget a file."""
        self._texts.pop(file, None)
        self._snapshots.pop(file, None)
        self._sound.pop(file, None)
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
            self._snapshots[file] = Snapshot(file, self._texts[file], _BufferReader(self._real_texts))
        return self._snapshots[file]

    def find_sound(self, file: str) -> Snapshot | None:
        """The current version where it has a model without errors, else the last that had one."""
        snapshot = self.snapshot(file)
        if snapshot is not None and snapshot.report is not None and snapshot.report.ok:
            return snapshot
        return self._sound.get(file)
