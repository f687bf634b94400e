"""OLD and NEW: what each names, and the files of one that is a folder."""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.cli import revisions
from shapecalc.diagnostics import Fault
from shapecalc.document.files import Reader, make_unreadable_fault
from shapecalc.document.shipped import find_model

if TYPE_CHECKING:
    from shapecalc.analysis.analyse import Settings
    from shapecalc.cli.checking.rules import CheckRules
    from shapecalc.diagnostics import Diagnostic


class Side(NamedTuple):
    """What OLD or NEW names, and the settings for it; `chosen` are the values that the other side has not."""

    path: str
    settings: Settings
    chosen: dict[str, Any]

    @property
    def revision(self) -> str | None:
        """The revision of git that it names."""
        return revisions.revision_of(self.path)

    def find_kind(self) -> str | None:
        """Whether it is a `file` or a `folder`; None where there is none. Raises Fault where there is no revision."""
        revision = self.revision
        if self.path == "-" or os.path.isfile(self.path) or find_model(self.path) is not None:
            return "file"
        if revision is None:
            kind = "folder" if os.path.isdir(self.path) else "file" if os.path.lexists(self.path) else None
        else:
            kind = revisions.kind_of(revision, self.path)
        return "folder" if kind is None and has_signs(self.path) else kind

    def find_place(self) -> str:
        """Where it lies in the work tree, whatever the revision."""
        revision = self.revision
        if revision is None:
            return os.path.realpath(self.path)
        inside = revisions.path_within(revision, self.path)
        top = "." if inside.startswith("./") else revisions.find_top()
        return os.path.realpath(os.path.join(top, inside))

    def open(self, reader: Reader) -> Callable[[str], bytes] | None:
        """Reads files of its revision; None where it names none."""
        revision = self.revision
        return None if revision is None else revisions.open_revision(revision, reader)


def has_signs(path: str) -> bool:
    """Whether a path has the signs of a glob, which stands for several files."""
    return any(sign in path for sign in "*?[")


class Folder(NamedTuple):
    """The files of a folder that may be models: by the path below it what a command calls the file.

    `contents` are those that were read, by the file; `findings` say what was left out.
    """

    files: dict[str, str]
    contents: dict[str, bytes]
    findings: list[Diagnostic]


def list_folder(side: Side, rules: CheckRules) -> Folder:
    """The files of a folder that `check` would read there. Raises Fault."""
    revision = side.revision
    return _list_revision(side.path, revision, rules) if revision is not None else _list_tree(side.path, rules)


def _list_tree(folder: str, rules: CheckRules) -> Folder:
    from shapecalc.cli.checking.selection import list_files
    from shapecalc.cli.checking.shell_globs import find_fixed_part
    from shapecalc.formats.model_files import SAVED_MODELS, read_found

    base = folder
    if not os.path.isdir(folder):
        if not has_signs(folder):
            raise make_unreadable_fault(folder, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
        base = find_fixed_part(folder)
    selection = list_files((folder,), rules)
    reader = Reader()
    files, contents = {}, {}
    for path in selection.files:
        name = os.path.relpath(path, base).replace(os.sep, "/")
        if not path.endswith(SAVED_MODELS):
            reader.begin()
            try:
                data = read_found(path, reader)
            except Fault:
                data = b""  # it is told when the file is read again
            if data is None:
                continue
            contents[path] = data
        files[name] = path
    # That a folder is empty is no fault: the other one may not be.
    return Folder(files, contents, [finding for finding in selection.findings if finding.code != "SC601"])


def _list_revision(path: str, revision: str, rules: CheckRules) -> Folder:
    from shapecalc.cli.checking.selection import is_looked_at, list_specs_among
    from shapecalc.cli.checking.shell_globs import find_fixed_part

    inside = path.removeprefix(f"{revision}:")
    wanted: list[str] = []
    if has_signs(path) and revisions.kind_of(revision, path) is None:
        base = find_fixed_part(inside)
        wanted = [part for part in inside.removeprefix(base).split("/") if part]
        inside = "" if base == "." and not inside.startswith("./") else base
        if revisions.kind_of(revision, f"{revision}:{inside}") != "folder":
            return Folder({}, {}, [])
    entries = {
        posixpath.normpath(posixpath.join(inside, entry.path)): entry
        for entry in revisions.list_folder(revision, f"{revision}:{inside}")
        if _is_meant(wanted, entry.path.split("/"))
    }
    looked_at = {name: entry for name, entry in entries.items() if is_looked_at(name, rules)}
    contents = revisions.read_entries(revision, path, looked_at.values())

    def read(name: str) -> bytes:
        data = contents.get(looked_at[name].path)
        if data is None:
            raise Fault  # it is told when the file is read by itself
        return data

    names = list_specs_among(looked_at, read, rules)
    files = {looked_at[name].path: f"{revision}:{posixpath.join(inside, looked_at[name].path)}" for name in names}
    return Folder(files, {file: contents[place] for place, file in files.items() if place in contents}, [])


def _is_meant(glob: Sequence[str], path: Sequence[str]) -> bool:
    """Whether a glob, name by name, leads to a path, or to a folder that it lies in."""
    from shapecalc.cli.checking.globs import match_name

    if not glob or not path:
        return not glob
    name, *rest = glob
    if name == "**":
        return _is_meant(rest, path) or _is_meant(glob, path[1:])
    return match_name(name, path[0]) and _is_meant(rest, path[1:])
