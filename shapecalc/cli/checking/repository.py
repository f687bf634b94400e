"""How services that show findings beside a repository's files call them: by their path from its top."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache

from shapecalc.diagnostics import Diagnostic, Span
from shapecalc.model.load import STDIN

_CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Variables in which GitHub and GitLab name the folder of a checkout: it may have been made without git."""


def find_top(files: Iterable[str]) -> str | None:
    """The folder that paths are said from; None where the working directory is gone.

    It is the top of the repository that the working directory is in, or if no file is in that one, of the repository
    that the files are in; where there is none, the working directory.
    """
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:
        return None
    named = [file for file in files if file != STDIN]
    top = _find_repository(here)
    if named and (top is None or not any(_is_inside(_find_place(file), top) for file in named)):
        top = _find_repository(_find_common_folder(list(map(_find_place, named)))) or top
    return top or here


def rename_files(findings: Iterable[Diagnostic], top: str | None) -> list[Diagnostic]:
    """The findings with every file called by its path from the top; what stands outside by its whole path."""
    if top is None:
        return list(findings)

    @cache
    def name(file: str) -> str:
        return name_file(file, top)

    def rename(span: Span) -> Span:
        return span._replace(file=name(span.file))

    return [
        finding._replace(
            span=finding.span and rename(finding.span),
            labels=tuple(label._replace(span=rename(label.span)) for label in finding.labels),
            edits=tuple(edit._replace(file=name(edit.file)) for edit in finding.edits),
        )
        for finding in findings
    ]


def name_file(file: str, top: str | None) -> str:
    """The path of a file from the top, with `/` between; the whole path of one that stands outside."""
    if top is None or file == STDIN:
        return file
    path = _find_place(file)
    if not _is_inside(path, top):
        return path
    return os.path.relpath(path, top).replace(os.sep, "/")


def _find_place(file: str) -> str:
    """The path of a file without links to folders; that of a link itself, which is what a repository holds."""
    folder, name = os.path.split(os.path.abspath(file))
    return os.path.join(os.path.realpath(folder), name)


def _is_inside(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))


def _find_common_folder(paths: list[str]) -> str:
    try:
        return os.path.commonpath(list(map(os.path.dirname, paths)))
    except ValueError:  # they are on several drives
        return os.path.dirname(paths[0])


def _find_repository(folder: str) -> str | None:
    """The top of the repository or checkout that a folder is in."""
    above = folder
    while not os.path.lexists(os.path.join(above, ".git")):
        above, below = os.path.dirname(above), above
        if above == below:
            return _find_checkout(folder)
    return above


def _find_checkout(folder: str) -> str | None:
    named = [os.path.realpath(os.environ[name]) for name in _CHECKOUTS if os.environ.get(name)]
    return next((top for top in named if folder == top or _is_inside(folder, top)), None)
