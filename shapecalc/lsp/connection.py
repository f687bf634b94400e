"""The connection to an editor: the open files, and values of this package as the protocol writes them."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from shapecalc import __version__
from shapecalc.diagnostics import Diagnostic
from shapecalc.lsp import actions, completion, definitions, diagnostics, opening, outline, rename
from shapecalc.lsp.documents import Judge, OpenFiles, Snapshot
from shapecalc.lsp.positions import Encoding, Text

PAUSE = 0.05
"""Seconds without a key after which findings are shown: a request in between is answered at once."""

_WATCHED = ("**/*.{yaml,yml}", "**/pyproject.toml", "**/shapecalc.toml")
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
_SORTS: dict[opening.Sort, types.CompletionItemKind] = {
    "type": types.CompletionItemKind.Class,
    "block": types.CompletionItemKind.Module,
    "argument": types.CompletionItemKind.Property,
    "key": types.CompletionItemKind.Keyword,
    "word": types.CompletionItemKind.EnumMember,
    "layer": types.CompletionItemKind.Variable,
    "value": types.CompletionItemKind.Constant,
    "number": types.CompletionItemKind.Value,
    "file": types.CompletionItemKind.File,
}
_ITEMS: dict[outline.Sort, types.SymbolKind] = {
    "input": types.SymbolKind.Variable,
    "block": types.SymbolKind.Module,
    "layer": types.SymbolKind.Class,
}
_LOG = logging.getLogger(__name__)


class Connection(LanguageServer):
    """One session with an editor, which sends texts whole: YAML has more ends of lines than its own count of them."""

    def __init__(self, judge: Judge | None = None) -> None:
        super().__init__("shapecalc", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.files = OpenFiles(judge)
        self.uris: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.is_ended = False
        self.waiting: dict[str, asyncio.TimerHandle] = {}

    @property
    def encoding(self) -> Encoding:
        """The units in which the editor counts columns."""
        kind = self.workspace.position_encoding
        return {"utf-8": "utf-8", "utf-32": "utf-32"}.get(str(getattr(kind, "value", kind)), "utf-16")  # type: ignore[return-value]

    def find_file(self, uri: str) -> str:
        """The path of a document; what is not on disk goes by the rest of its name."""
        path = to_fs_path(uri) if urlsplit(uri).scheme == "file" else None
        file = path or unquote(urlsplit(uri).path.rpartition("/")[2] or uri)
        self.uris.setdefault(file, uri)
        return file

    def find_uri(self, file: str) -> str:
        """The name by which the editor knows a file."""
        file = os.path.normpath(file)
        return self.uris.get(file) or from_fs_path(file) or file

    def find_source(self, file: str, snapshot: Snapshot | None = None) -> Text | None:
        """The text of a file, open or read for one that is."""
        opened = self.files.snapshot(file)
        if opened is not None:
            return opened.source
        document = snapshot.library.documents.get(file) if snapshot is not None else None
        return None if document is None else Text(document.text)

    def answer(self, method: str, options: Any = None) -> Callable[[Callable[[Snapshot, Any], Any]], None]:
        """A decorator: the answer to a request about an open file; one that fails is none at all, and is logged.

        Of YAML that is no model nothing is said; what may stand in a file that is still empty judges that itself.
        """

        def register(answer: Callable[[Snapshot, Any], Any]) -> None:
            @self.feature(method, options)
            def call(params: Any) -> Any:
                snapshot = self.files.snapshot(self.find_file(params.text_document.uri))
                if snapshot is None or not (snapshot.is_spec or method == types.TEXT_DOCUMENT_COMPLETION):
                    return None
                try:
                    return answer(snapshot, params)
                except JsonRpcException:
                    raise
                except Exception:
                    _LOG.exception("no answer to %s", method)
                    return None

        return register

    def read_offset(self, source: Text, position: types.Position) -> int:
        return source.read_position(position.line, position.character, self.encoding)

    def make_range(self, source: Text, start: int, end: int) -> types.Range:
        return types.Range(
            types.Position(*source.write_position(start, self.encoding)),
            types.Position(*source.write_position(end, self.encoding)),
        )

    def watch_files(self) -> None:
        """Ask the editor to tell when files change that others are read for, where it can."""
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if not watching or not watching.dynamic_registration:
            return
        watchers = [types.FileSystemWatcher(glob_pattern=glob) for glob in _WATCHED]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        self.client_register_capability(types.RegistrationParams([types.Registration("files", method, options)]))

    def show_later(self, file: str) -> None:
        """Show the findings of a file, and of those that use it, when no key has come for a while."""
        for other in (file, *self.files.list_users(file)):
            if other in self.waiting:
                self.waiting[other].cancel()
            self.waiting[other] = asyncio.get_running_loop().call_later(PAUSE, self.show_findings, other)

    def show_findings(self, file: str) -> None:
        """Send the findings of a file to the editor."""
        waiting = self.waiting.pop(file, None)
        if waiting is not None:
            waiting.cancel()
        snapshot = self.files.snapshot(file)
        found: list[types.Diagnostic] = []
        try:
            if snapshot is not None:
                found = [self.make_diagnostic(snapshot, shown) for shown in diagnostics.list_shown(snapshot)]
        except Exception:
            _LOG.exception("no findings of %s", file)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(self.find_uri(file), found, self.versions.get(file))
        )

    def make_item(self, item: opening.Completion, stretch: types.Range, position: int) -> types.CompletionItem:
        """An item as the editor takes it; without snippets the places to fill in are left empty."""
        is_snippet = item.is_snippet and self.takes_snippets
        text = item.text if is_snippet or not item.is_snippet else completion.remove_holes(item.text)
        return types.CompletionItem(
            label=item.label,
            kind=_SORTS[item.sort],
            detail=item.detail or None,
            documentation=item.doc or None,
            sort_text=f"{item.rank}{position:04}",
            filter_text=item.label,
            insert_text_format=types.InsertTextFormat.Snippet if is_snippet else types.InsertTextFormat.PlainText,
            text_edit=types.TextEdit(stretch, text),
            data=item.type_name or None,
        )

    @property
    def takes_snippets(self) -> bool:
        """Whether the editor fills in the places of a snippet."""
        document = self.client_capabilities.text_document
        item = document.completion.completion_item if document and document.completion else None
        return bool(item and item.snippet_support)

    def make_locations(self, snapshot: Snapshot, found: list[definitions.Location]) -> list[types.Location]:
        """Stretches of files as the editor counts them; those of a file that was not read are left out."""
        places = [(place, self.find_source(place.file, snapshot)) for place in found]
        return [
            types.Location(self.find_uri(place.file), self.make_range(source, place.start, place.end))
            for place, source in places
            if source is not None
        ]

    def make_edit(self, replacements: Mapping[str, Iterable[rename.Replacement]]) -> types.WorkspaceEdit:
        """Replacements in open files."""
        changes = {}
        for file, changed in replacements.items():
            source = self.find_source(file)
            if source is not None:
                changes[self.find_uri(file)] = [
                    types.TextEdit(self.make_range(source, start, end), text) for start, end, text in changed
                ]
        return types.WorkspaceEdit(changes=changes)

    def make_symbol(self, snapshot: Snapshot, item: outline.Item) -> types.DocumentSymbol:
        """An item of the outline with those within it."""
        return types.DocumentSymbol(
            name=item.name or "?",  # editors refuse one without a name
            kind=_ITEMS[item.sort],
            detail=item.detail or None,
            range=self.make_range(snapshot.source, item.start, item.end),
            selection_range=self.make_range(snapshot.source, item.name_start, item.name_end),
            children=[self.make_symbol(snapshot, inner) for inner in item.items] or None,
        )

    def make_diagnostic(self, snapshot: Snapshot, shown: diagnostics.Shown) -> types.Diagnostic:
        finding = shown.finding
        tags = [types.DiagnosticTag.Unnecessary] if finding.code in diagnostics.UNNECESSARY else []
        tags += [types.DiagnosticTag.Deprecated] if finding.code in diagnostics.DEPRECATED else []
        related = []
        for place in shown.related:
            source = self.find_source(place.file, snapshot)
            if source is not None:
                where = types.Location(
                    self.find_uri(place.file), self.make_range(source, *source.find_range(place.place))
                )
                related.append(types.DiagnosticRelatedInformation(where, place.text))
        return types.Diagnostic(
            range=self.make_range(snapshot.source, shown.start, shown.end),
            message=shown.message,
            severity=_SEVERITIES[finding.severity],
            code=finding.code,
            source="shapecalc",
            tags=tags or None,
            related_information=related or None,
            data=self.make_data(snapshot, finding),
        )

    def make_data(self, snapshot: Snapshot, finding: Diagnostic) -> dict[str, Any] | None:
        """The edits of a finding for other tools, as `check --output-format sarif` has them too."""
        edits = []
        for start, end, text in actions.make_fix(snapshot, finding):
            ends = (snapshot.source.write_position(offset, self.encoding) for offset in (start, end))
            first, last = ({"line": line, "character": units} for line, units in ends)
            edits.append({"range": {"start": first, "end": last}, "newText": text})
        return {"help": finding.help, "safe": finding.safe, "edits": edits} if edits else None
