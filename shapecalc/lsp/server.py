"""The server: a function for each request of the protocol, registered with a connection."""

from __future__ import annotations

import logging
import os
from typing import get_args

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from shapecalc.lsp import actions, completion, definitions, hints, hover, outline, pages, references, rename
from shapecalc.lsp.connection import Connection
from shapecalc.lsp.documents import Judge, Snapshot


def make_connection(judge: Judge | None = None) -> Connection:
    """A connection that answers every request of this package; `judge` applies the settings of a project."""
    connection = Connection(judge)
    _follow_texts(connection)
    _answer_reading(connection)
    _answer_typing(connection)
    _answer_names(connection)
    _answer_fixes(connection)
    return connection


def serve(judge: Judge | None = None) -> int:
    """Answer requests on standard input and output until the editor ends the session.

    Returns the exit code that the protocol wants: 1 where the editor went without asking for the end first.
    """
    for name in ("pygls", "shapecalc"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    connection = make_connection(judge)
    # Copies, since the library closes what it is given.
    with os.fdopen(os.dup(0), "rb") as requests, os.fdopen(os.dup(1), "wb") as answers:
        connection.start_io(requests, answers)
    return 0 if connection.is_ended else 1


def _follow_texts(connection: Connection) -> None:
    @connection.feature(types.INITIALIZED)
    def prepare(params: types.InitializedParams) -> None:
        connection.watch_files()
        completion.prepare()

    @connection.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        file = connection.find_file(params.text_document.uri)
        connection.uris[file] = params.text_document.uri
        connection.versions[file] = params.text_document.version
        connection.files.put(file, params.text_document.text)
        connection.show_findings(file)
        for user in connection.files.list_users(file):
            connection.show_findings(user)

    @connection.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        file = connection.find_file(params.text_document.uri)
        connection.versions[file] = params.text_document.version
        if params.content_changes:
            connection.files.put(file, params.content_changes[-1].text)
            connection.show_later(file)

    @connection.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        file = connection.find_file(params.text_document.uri)
        connection.files.forget(file)  # settings and other files may have changed too
        connection.show_later(file)

    @connection.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_files(params: types.DidChangeWatchedFilesParams) -> None:
        changed = [connection.find_file(change.uri) for change in params.changes]
        if any(file.endswith(".toml") for file in changed):
            users = list(connection.files)
        else:
            users = [user for file in changed for user in connection.files.list_users(file)]
        for user in dict.fromkeys(users):
            connection.files.forget(user)
            connection.show_findings(user)

    @connection.feature(types.SHUTDOWN)
    def shut_down(params: None) -> None:
        connection.is_ended = True

    @connection.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        file = connection.find_file(params.text_document.uri)
        users = connection.files.list_users(file)
        connection.files.close(file)
        connection.versions.pop(file, None)
        for closed in (file, *users):
            connection.show_findings(closed)


def _answer_reading(connection: Connection) -> None:
    """Requests that show something: hover, hints."""
    files = connection.files

    @connection.answer(types.TEXT_DOCUMENT_HOVER)
    def find_hover(snapshot: Snapshot, params: types.HoverParams) -> types.Hover | None:
        found = hover.find_hover(files, snapshot.file, connection.read_offset(snapshot.source, params.position))
        if found is None:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, found.markdown)
        return types.Hover(content, connection.make_range(snapshot.source, found.start, found.end))

    @connection.answer(types.TEXT_DOCUMENT_INLAY_HINT)
    def list_hints(snapshot: Snapshot, params: types.InlayHintParams) -> list[types.InlayHint]:
        source = snapshot.source
        start, end = (connection.read_offset(source, place) for place in (params.range.start, params.range.end))
        return [
            types.InlayHint(
                types.Position(*source.write_position(hint.offset, connection.encoding)), hint.text, padding_left=True
            )
            for hint in hints.list_hints(files, snapshot.file, start, end)
        ]

    @connection.answer(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def list_items(snapshot: Snapshot, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        return [connection.make_symbol(snapshot, item) for item in outline.list_items(snapshot)]


def _answer_typing(connection: Connection) -> None:
    """Completion, and the page of a type that is about to be chosen."""
    options = types.CompletionOptions(trigger_characters=list(" {[,.$:/"), resolve_provider=True)

    @connection.answer(types.TEXT_DOCUMENT_COMPLETION, options)
    def complete(snapshot: Snapshot, params: types.CompletionParams) -> types.CompletionList | None:
        found = completion.complete(
            connection.files, snapshot.file, connection.read_offset(snapshot.source, params.position)
        )
        if found is None:
            return None
        stretch = connection.make_range(snapshot.source, found.start, found.end)
        items = [connection.make_item(item, stretch, position) for position, item in enumerate(found.items)]
        return types.CompletionList(is_incomplete=False, items=items)

    @connection.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolve(item: types.CompletionItem) -> types.CompletionItem:
        page = pages.type_page(item.data) if isinstance(item.data, str) else None
        if page is not None:
            item.documentation = types.MarkupContent(types.MarkupKind.Markdown, page)
        return item


def _answer_names(connection: Connection) -> None:
    """Where names are declared and used, and new names for them."""
    files = connection.files

    @connection.answer(types.TEXT_DOCUMENT_DEFINITION)
    def find_definitions(snapshot: Snapshot, params: types.DefinitionParams) -> list[types.Location]:
        offset = connection.read_offset(snapshot.source, params.position)
        return connection.make_locations(snapshot, definitions.find_definitions(files, snapshot.file, offset))

    @connection.answer(types.TEXT_DOCUMENT_REFERENCES)
    def list_references(snapshot: Snapshot, params: types.ReferenceParams) -> list[types.Location]:
        offset = connection.read_offset(snapshot.source, params.position)
        found = references.list_references(files, snapshot.file, offset, params.context.include_declaration)
        return connection.make_locations(snapshot, found)

    @connection.answer(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare_rename(snapshot: Snapshot, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        offset = connection.read_offset(snapshot.source, params.position)
        found = rename.find_renamed(files, snapshot.file, offset)
        if found is None:
            return None
        return types.PrepareRenamePlaceholder(
            connection.make_range(snapshot.source, found.start, found.end), found.name
        )

    @connection.answer(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def rename_all(snapshot: Snapshot, params: types.RenameParams) -> types.WorkspaceEdit:
        offset = connection.read_offset(snapshot.source, params.position)
        try:
            return connection.make_edit(rename.rename(files, snapshot.file, offset, params.new_name))
        except rename.Refused as refused:
            raise JsonRpcInvalidParams(str(refused)) from None


def _answer_fixes(connection: Connection) -> None:
    """What can be done about findings."""
    options = types.CodeActionOptions(code_action_kinds=[*get_args(actions.Sort)])

    @connection.answer(types.TEXT_DOCUMENT_CODE_ACTION, options)
    def list_actions(snapshot: Snapshot, params: types.CodeActionParams) -> list[types.CodeAction]:
        source, wanted = snapshot.source, params.context.only
        start, end = (connection.read_offset(source, place) for place in (params.range.start, params.range.end))
        return [
            types.CodeAction(
                title=action.title,
                kind=action.sort,
                diagnostics=[connection.make_diagnostic(snapshot, action.shown)] if action.shown is not None else None,
                is_preferred=(action.is_safe and action.shown is not None) or None,
                edit=connection.make_edit({snapshot.file: action.replacements}),
            )
            for action in actions.list_actions(snapshot, start, end)
            if wanted is None or any(_is_kind(action.sort, kind) for kind in wanted)
        ]


def _is_kind(sort: str, kind: types.CodeActionKind | str) -> bool:
    """Whether a kind of action is the one that is asked for, or of it: `source.fixAll.shapecalc` of `source`."""
    word = kind.value if isinstance(kind, types.CodeActionKind) else kind
    return f"{sort}.".startswith(f"{word}.")
