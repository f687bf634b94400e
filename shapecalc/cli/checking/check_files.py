"""Files checked in one process: each read, inferred, held against what it expects, and run where that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.cli.checking.filters import apply_filters
from shapecalc.cli.checking.rules import Confirmation, Task
from shapecalc.cli.session import Session
from shapecalc.diagnostics import Diagnostic, Fault
from shapecalc.document.files import Reader, real_path
from shapecalc.document.nodes import COMMENT_SIGN
from shapecalc.formats.model_files import SAVED_MODELS, read_found

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.cli.rewriting import Rewritten
    from shapecalc.document.ignores import Ignore, Ignores
    from shapecalc.document.nodes import Document
    from shapecalc.model.load import Library

_RUN_TOGETHER = 32
"""Models that wait for one run of them all, which costs another process."""


class Checked(NamedTuple):
    """What is known of one file, as plain data: another process may have made it."""

    file: str
    findings: list[Diagnostic]
    sources: dict[str, list[str]]
    """The lines of the files that findings point to."""
    block_files: tuple[str, ...] = ()
    """The real paths of the files that the spec uses as blocks."""
    block_comments: tuple[Ignore, ...] = ()
    """Comments of those files that silence findings, with what they have silenced here."""
    model: dict[str, Any] | None = None
    """The model as JSON, where it is wanted and could be read."""
    rewritten: Rewritten | None = None
    """The text with which the file is to be saved, of which the findings are."""
    totals: str = ""
    """What counts of the model, in a few words, where that is wanted and nothing is wrong with it."""
    is_passed_over: bool = False
    """Whether the file is no model, and nobody named it."""


class _Judged:
    """A file on its way through the steps."""

    def __init__(
        self, file: str, report: Report | None, findings: list[Diagnostic], libraries: Sequence[Library]
    ) -> None:
        self.file = file
        self.report = report
        self.findings = findings
        self.block_files = {real for library in libraries for real in library.specs}
        self.ignores = _read_comments(
            document
            for library in libraries
            for document in library.documents.values()
            if not document.places and COMMENT_SIGN in document.text
        )
        self.rewritten: Rewritten | None = None

    @property
    def sound(self) -> bool:
        return self.report is not None and not any(finding.severity == "error" for finding in self.findings)


def _read_comments(documents: Iterable[Document]) -> list[Ignores]:
    """The comments of documents that silence findings; few files have any, so only then are they looked for."""
    found = list(documents)
    if not found:
        return []
    from shapecalc.document.ignores import read_ignores

    return [ignores for ignores in map(read_ignores, found) if ignores is not None]


def check_files(
    files: Sequence[str],
    task: Task,
    done: Callable[[str], None] | None = None,
    texts: Mapping[str, bytes] | None = None,
) -> list[Checked]:
    """What is wrong with each file; `done` is called with its name when that is known, but for what a run finds.

    `texts` has by real path what files are to hold, in place of what they do.
    """
    checked: list[Checked] = []
    step = _RUN_TOGETHER if task.confirmation is not None else 1
    for start in range(0, len(files), step):
        checked += _check_together(files[start : start + step], task, done, texts)
    return checked


def _check_together(
    files: Sequence[str], task: Task, done: Callable[[str], None] | None, texts: Mapping[str, bytes] | None
) -> list[Checked]:
    """What is wrong with each of a few files, whose models are all kept until they have run."""
    session = Session(task.settings, wants_silenced=True, wants_exact=True)
    judged = []
    for file in files:
        judged.append(_judge(session, file, task, texts))
        if done is not None:
            done(file)
    if task.confirmation is not None:
        _confirm([verdict for verdict in judged if verdict is not None and verdict.sound], task.confirmation)
    return [
        Checked(file, [], {}, is_passed_over=True) if verdict is None else _finish(session, verdict, task)
        for file, verdict in zip(files, judged, strict=True)
    ]


def _judge(session: Session, file: str, task: Task, texts: Mapping[str, bytes] | None) -> _Judged | None:
    """One file with its report, and all findings about it, which are taken out of the session's.

    None for a file that nobody named, and that is no model.
    """
    first, before = len(session.libraries), len(session.diagnostics)
    session.reader.begin()
    read_file = None if texts is None else _overlay(texts, session.reader)
    if texts is None and file in task.found and not file.endswith(SAVED_MODELS):
        with suppress(Fault):  # it is raised again below, where it becomes a finding
            data = read_found(file, session.reader)
            if data is None:
                return None
            read_file = _give(file, data, session.reader)
    report = session.report(file, read_file)
    rewritten = None
    if report is not None and task.update is not None:
        from shapecalc.cli.checking.updating import update_expect

        with session.guard(file):
            updated, rewritten = update_expect(session, report, task.update)
            if updated is not report:
                report = updated
                session.diagnostics[before:] = report.diagnostics
                del session.libraries[first:-1]
    if report is not None:
        from shapecalc.analysis.findings import list_more_findings

        with session.guard(file):
            session.diagnostics += list_more_findings(report)
            if task.rules.annotations:
                from shapecalc.analysis.annotations import list_annotation_findings

                session.diagnostics += list_annotation_findings(report)
            if task.rules.budgets:
                from shapecalc.cli.checking.budgeting import list_excesses, read_base

                since = task.since
                read = None if since is None else partial(read_base, report.file, since, task.settings)
                session.diagnostics += list_excesses(report, task.rules, read)
    findings = session.diagnostics[before:]
    del session.diagnostics[before:]
    judged = _Judged(file, report, findings, session.libraries[first:])
    judged.rewritten = rewritten
    return judged


def _overlay(texts: Mapping[str, bytes], reader: Reader) -> Callable[[str], bytes]:
    """Reads files, some of which are to hold another text."""

    def read_file(path: str) -> bytes:
        text = texts.get(real_path(path))
        return reader.read(path) if text is None else text

    return read_file


def _give(file: str, data: bytes, reader: Reader) -> Callable[[str], bytes]:
    """Reads files, one of which was read already."""
    return lambda path: data if path == file else reader.read(path)


def _confirm(judged: list[_Judged], confirmation: Confirmation) -> None:
    """Adds to each file what a forward pass on random inputs finds wrong with its model."""
    if not judged:
        return
    from shapecalc.diagnostics import Span
    from shapecalc.face.resources import limit, prepare_numpy

    try:
        prepare_numpy(confirmation.processes)
    except Fault as fault:
        for file in judged:
            span = Span(file.file, 0, 0, 0)
            file.findings += [_warn_unconfirmed(finding._replace(span=span)) for finding in fault.diagnostics]
        return
    from shapecalc.cli.checking.turns import run_in_turn

    reports = [file.report for file in judged if file.report is not None]
    most = limit(confirmation.max_memory)
    for file, findings in zip(judged, run_in_turn(reports, confirmation, most), strict=True):
        whole = Span(file.file, 0, 0, 0)
        findings = [finding if finding.span is not None else finding._replace(span=whole) for finding in findings]
        file.findings += [
            _warn_unconfirmed(finding) if finding.code in ("SC603", "SC615") else finding for finding in findings
        ]


def _warn_unconfirmed(finding: Diagnostic) -> Diagnostic:
    """A warning in place of an error: a model that needs more memory than there is, or holds code, is not wrong."""
    return finding._replace(severity="warning", message=f"not confirmed: {finding.message}")


def _finish(session: Session, file: _Judged, task: Task) -> Checked:
    """The file as plain data, with the findings that the rules leave of it."""
    settings = task.settings
    complete = file.report is not None and file.report.ok and not settings.values and settings.batch is None
    own = file.file if file.report is None else file.report.file
    findings = file.findings
    block_comments: tuple[Ignore, ...] = ()
    if file.ignores:
        from shapecalc.cli.checking.comments import apply_comments

        findings, block_comments = apply_comments(findings, file.ignores, own, task.rules, complete=complete)
    findings = apply_filters(findings, task.rules, file.file)
    model = None
    if task.wants_models and file.report is not None:
        from shapecalc.render.as_json import verdict_json

        with session.guard(file.file):
            model = verdict_json(file.report, findings)
        findings = findings + session.diagnostics
        session.diagnostics = []
    spans = [finding.span for finding in findings if finding.span is not None]
    spans += [label.span for finding in findings for label in finding.labels]
    sources = {name: session.lines(name) for name in {span.file for span in spans}}
    totals = ""
    if task.wants_totals and file.sound and file.report is not None:
        from shapecalc.render.columns import concise_totals

        with session.guard(file.file):
            totals = concise_totals(file.report)
    blocks = tuple(file.block_files)
    return Checked(file.file, findings, sources, blocks, block_comments, model, rewritten=file.rewritten, totals=totals)
