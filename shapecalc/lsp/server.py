"""The server: requests of the protocol, answered by the functions beside it. It alone knows pygls."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from typing import Any, get_args
from urllib.parse import unquote, urlsplit

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from shapecalc import __version__
from shapecalc.diagnostics import Diagnostic
from shapecalc.lsp import (
    actions,
    completion,
    definitions,
    diagnostics,
    hints,
    hover,
    outline,
    pages,
    references,
    rename,
)
from shapecalc.lsp.documents import Judge, OpenFiles, Snapshot
from shapecalc.lsp.positions import Encoding, Text

PAUSE = 0.05
"""Seconds without a key after which findings are shown: a request in between is answered at once."""

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}

_SORTS: dict[completion.Sort, types.CompletionItemKind] = {
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


class Server(LanguageServer):
    """One session with an editor. Texts are sent whole: lines are counted here, since YAML has more ends of lines."""

    def __init__(self, judge: Judge | None = None) -> None:
        super().__init__("shapecalc", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.files = OpenFiles(judge)
        self.uris: dict[str, str] = {}
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
        return self.uris.get(file) or from_fs_path(file) or file

    def find_source(self, file: str, snapshot: Snapshot | None = None) -> Text | None:
        """The text of a file, open or read for one that is."""
        opened = self.files.snapshot(file)
        if opened is not None:
            return opened.source
        document = snapshot.library.documents.get(file) if snapshot is not None else None
        return None if document is None else Text(document.text)

    def answer(self, method: str, options: Any = None) -> Callable[[Callable[[Snapshot, Any], Any]], None]:
        """A decorator: the answer to a request about an open file; one that fails is none at all, and is logged."""

        def register(answer: Callable[[Snapshot, Any], Any]) -> None:
            @self.feature(method, options)
            def call(params: Any) -> Any:
                snapshot = self.files.snapshot(self.find_file(params.text_document.uri))
                try:
                    return None if snapshot is None else answer(snapshot, params)
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
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(self.find_uri(file), found))

    def make_item(self, item: completion.Completion, stretch: types.Range, position: int) -> types.CompletionItem:
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

    def make_edit(self, snapshot: Snapshot, replacements: Iterable[rename.Replacement]) -> types.WorkspaceEdit:
        """Replacements in one file."""
        source = snapshot.source
        edits = [types.TextEdit(self.make_range(source, start, end), text) for start, end, text in replacements]
        return types.WorkspaceEdit(changes={self.find_uri(snapshot.file): edits})

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


def make_server(judge: Judge | None = None) -> Server:
    """A server that answers every request of this package; `judge` applies the settings of a project."""
    server = Server(judge)
    _follow_texts(server)
    _answer_reading(server)
    _answer_typing(server)
    _answer_names(server)
    _answer_fixes(server)
    return server


def serve(judge: Judge | None = None) -> int:
    """Answer requests on standard input and output until the editor ends the session.

    Returns the exit code that the protocol wants: 1 where the editor went without asking for the end first.
    """
    for name in ("pygls", "shapecalc"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    server = make_server(judge)
    # Copies, since the library closes what it is given.
    with os.fdopen(os.dup(0), "rb") as requests, os.fdopen(os.dup(1), "wb") as answers:
        server.start_io(requests, answers)
    return 0 if server.is_ended else 1


def _follow_texts(server: Server) -> None:
    @server.feature(types.INITIALIZED)
    def prepare(params: types.InitializedParams) -> None:
        completion.prepare()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        file = server.find_file(params.text_document.uri)
        server.uris[file] = params.text_document.uri
        server.files.put(file, params.text_document.text)
        server.show_findings(file)
        for user in server.files.list_users(file):
            server.show_findings(user)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        file = server.find_file(params.text_document.uri)
        if params.content_changes:
            server.files.put(file, params.content_changes[-1].text)
            server.show_later(file)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        server.show_later(server.find_file(params.text_document.uri))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_files(params: types.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            for user in server.files.list_users(server.find_file(change.uri)):
                server.show_findings(user)

    @server.feature(types.SHUTDOWN)
    def shut_down(params: None) -> None:
        server.is_ended = True

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        file = server.find_file(params.text_document.uri)
        server.files.close(file)
        server.show_findings(file)


def _answer_reading(server: Server) -> None:
    """Requests that show something: hover, hints."""
    files = server.files

    @server.answer(types.TEXT_DOCUMENT_HOVER)
    def find_hover(snapshot: Snapshot, params: types.HoverParams) -> types.Hover | None:
        found = hover.find_hover(files, snapshot.file, server.read_offset(snapshot.source, params.position))
        if found is None:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, found.markdown)
        return types.Hover(content, server.make_range(snapshot.source, found.start, found.end))

    @server.answer(types.TEXT_DOCUMENT_INLAY_HINT)
    def list_hints(snapshot: Snapshot, params: types.InlayHintParams) -> list[types.InlayHint]:
        source = snapshot.source
        start, end = (server.read_offset(source, place) for place in (params.range.start, params.range.end))
        return [
            types.InlayHint(
                types.Position(*source.write_position(hint.offset, server.encoding)), hint.text, padding_left=True
            )
            for hint in hints.list_hints(files, snapshot.file, start, end)
        ]

    @server.answer(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def list_items(snapshot: Snapshot, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        def make(item: outline.Item) -> types.DocumentSymbol:
            return types.DocumentSymbol(
                name=item.name or "?",  # editors refuse one without a name
                kind=_ITEMS[item.sort],
                detail=item.detail or None,
                range=server.make_range(snapshot.source, item.start, item.end),
                selection_range=server.make_range(snapshot.source, item.name_start, item.name_end),
                children=[make(inner) for inner in item.items] or None,
            )

        return [make(item) for item in outline.list_items(snapshot)]


def _answer_typing(server: Server) -> None:
    """Completion, and the page of a type that is about to be chosen."""
    options = types.CompletionOptions(trigger_characters=list(" {[,.$:/"), resolve_provider=True)

    @server.answer(types.TEXT_DOCUMENT_COMPLETION, options)
    def complete(snapshot: Snapshot, params: types.CompletionParams) -> types.CompletionList | None:
        found = completion.complete(server.files, snapshot.file, server.read_offset(snapshot.source, params.position))
        if found is None:
            return None
        stretch = server.make_range(snapshot.source, found.start, found.end)
        items = [server.make_item(item, stretch, position) for position, item in enumerate(found.items)]
        return types.CompletionList(is_incomplete=False, items=items)

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolve(item: types.CompletionItem) -> types.CompletionItem:
        page = pages.type_page(item.data) if isinstance(item.data, str) else None
        if page is not None:
            item.documentation = types.MarkupContent(types.MarkupKind.Markdown, page)
        return item


def _answer_names(server: Server) -> None:
    """Where names are declared and used, and new names for them."""
    files = server.files

    @server.answer(types.TEXT_DOCUMENT_DEFINITION)
    def find_definitions(snapshot: Snapshot, params: types.DefinitionParams) -> list[types.Location]:
        offset = server.read_offset(snapshot.source, params.position)
        return server.make_locations(snapshot, definitions.find_definitions(files, snapshot.file, offset))

    @server.answer(types.TEXT_DOCUMENT_REFERENCES)
    def list_references(snapshot: Snapshot, params: types.ReferenceParams) -> list[types.Location]:
        offset = server.read_offset(snapshot.source, params.position)
        found = references.list_references(files, snapshot.file, offset, params.context.include_declaration)
        return server.make_locations(snapshot, found)

    @server.answer(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare_rename(snapshot: Snapshot, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        offset = server.read_offset(snapshot.source, params.position)
        found = rename.find_renamed(files, snapshot.file, offset)
        if found is None:
            return None
        return types.PrepareRenamePlaceholder(server.make_range(snapshot.source, found.start, found.end), found.name)

    @server.answer(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def give_name(snapshot: Snapshot, params: types.RenameParams) -> types.WorkspaceEdit:
        offset = server.read_offset(snapshot.source, params.position)
        try:
            return server.make_edit(snapshot, rename.rename(files, snapshot.file, offset, params.new_name))
        except rename.Refused as refused:
            raise JsonRpcInvalidParams(str(refused)) from None


def _answer_fixes(server: Server) -> None:
    """What can be done about findings."""
    options = types.CodeActionOptions(code_action_kinds=[*get_args(actions.Sort)])

    @server.answer(types.TEXT_DOCUMENT_CODE_ACTION, options)
    def list_actions(snapshot: Snapshot, params: types.CodeActionParams) -> list[types.CodeAction]:
        source, wanted = snapshot.source, params.context.only
        start, end = (server.read_offset(source, place) for place in (params.range.start, params.range.end))
        return [
            types.CodeAction(
                title=action.title,
                kind=action.sort,
                diagnostics=[server.make_diagnostic(snapshot, action.shown)] if action.shown is not None else None,
                is_preferred=(action.is_safe and action.shown is not None) or None,
                edit=server.make_edit(snapshot, action.replacements),
            )
            for action in actions.list_actions(snapshot, start, end)
            if wanted is None or any(_is_kind(action.sort, kind) for kind in wanted)
        ]


def _is_kind(sort: str, kind: types.CodeActionKind | str) -> bool:
    """Whether a kind of action is the one that is asked for, or of it: `source.fixAll.shapecalc` of `source`."""
    word = kind.value if isinstance(kind, types.CodeActionKind) else kind
    return f"{sort}.".startswith(f"{word}.")
