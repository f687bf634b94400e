"""Files and folders as they were in a revision of a git repository: `HEAD~1:specs/model.yaml`, `main:models`."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable
from typing import NamedTuple

from shapecalc.diagnostics import Fault, Span, error, shorten
from shapecalc.document.files import MAX_BYTES, Reader, make_size_fault
from shapecalc.model.load import is_within

_PATIENCE = 30  # seconds
_OPTIONS = {
    "show": ["--no-textconv", "--no-ext-diff", "--end-of-options"],
    "cat-file": ["-s"],
}
"""Options of each command of git: no filter or driver that a repository configures is run."""
MAX_ENTRIES = 1_000_000
"""Files in a folder of a revision."""
MAX_LISTED = 64 * 2**20
"""Bytes of all files of a folder that are read to tell the specs among them."""
_LINK = "120000"
_MAX_LINKS = 10
_OF_THE_CURRENT_FOLDER = ("GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_COMMON_DIR")
"""What a hook of git finds in its environment."""


class Entry(NamedTuple):
    """A file in a folder of a revision: its path below the folder, and the number of its content."""

    path: str
    number: str


def revision_of(path: str) -> str | None:
    """The revision that `REV:PATH` names; None where it is a file or folder, or standard input."""
    revision, colon, _ = path.partition(":")
    if not colon or not revision or os.path.lexists(path):
        return None
    return revision


def open_revision(revision: str, files: Reader) -> Callable[[str], bytes]:
    """Reads `REV:PATH`, and the files that blocks name beside it, as they were in one revision; `files` counts them."""

    def read_file(path: str) -> bytes:
        data = show(revision, path_within(revision, path))
        files.count(len(data), path)
        return data

    return read_file


def open_files_of(revision: str, file: str, files: Reader) -> Callable[[str], bytes]:
    """Reads a file and those beside it at their paths, as they were in one revision of their repository."""
    folder = find_folder(revision, file)

    def read_file(path: str) -> bytes:
        inside = os.path.relpath(path, folder or os.curdir).replace(os.sep, "/")
        data = show(revision, f"./{inside}", folder)
        files.count(len(data), path)
        return data

    return read_file


def find_folder(revision: str, file: str) -> str | None:
    """The folder in which git is asked for a file: None, the current one, where that is above it and has the revision.

    What a hook of git sets in the environment is of the current folder, and is kept there alone.
    """
    path = os.path.abspath(file)
    if is_within(path, os.getcwd()) and has_revision(revision):
        return None
    return path if os.path.isdir(path) else os.path.dirname(path)


def has_revision(revision: str, folder: str | None = None) -> bool:
    """Whether a revision is there in the repository that a folder is in, by default the current one."""
    try:
        _require_revision(revision, "", folder)
    except Fault:
        return False
    return True


def path_within(revision: str, path: str) -> str:
    """The path in a revision, as git wants it."""
    inside = path.removeprefix(f"{revision}:")
    start = "./" if inside.startswith("./") or inside == "." else ""
    plain = posixpath.normpath(inside.replace(os.sep, "/")) if inside else ""
    return start + ("" if plain == "." else plain)


def kind_of(revision: str, path: str) -> str | None:
    """`file` or `folder`, whatever `REV:PATH` is; None where the revision has no such path.

    Raises Fault with SC601 where there is no such revision, or git is not there.
    """
    _require_revision(revision, path)
    place = f"{revision}:{path_within(revision, path)}"
    try:
        kind = _run_git(["cat-file", "-t", place], revision, path)
    except _Refused:
        if not _is_known(place):
            return None
        kind = b"commit"
    if kind.strip() == b"commit":
        raise _make_fault(revision, path_within(revision, path), "it is a submodule, or this clone lacks it")
    return "folder" if kind.strip() == b"tree" else "file"


def _is_known(place: str) -> bool:
    """Whether a revision has something at a path, be it there or not."""
    try:
        return bool(_run_git(["rev-parse", "--verify", "--quiet", "--end-of-options", place], place, ""))
    except _Refused:
        return False


def _require_revision(revision: str, path: str, folder: str | None = None) -> None:
    """Raises Fault where there is no such revision in the repository of a folder, by default the current one."""
    inside = path_within(revision, path)
    if revision.startswith("-"):
        raise _make_fault(revision, inside, "a revision does not begin with `-`")
    try:
        words = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}"]
        _run_git(words, revision, inside, folder=folder)
    except _Refused as refused:
        reason = "there is no such revision; a shallow clone has the last one alone, `git fetch` brings others"
        raise _make_fault(revision, inside, refused.words or reason) from None


def find_top() -> str:
    """The top folder of the repository, from which paths in a revision count; the current one where there is none."""
    try:
        return os.fsdecode(_run_git(["rev-parse", "--show-toplevel"], "HEAD", "").rstrip(b"\n")) or "."
    except Fault:
        return "."


def list_folder(revision: str, path: str) -> list[Entry]:
    """The files in a folder of a revision, at any depth; links and submodules are left out. Raises Fault."""
    inside = path_within(revision, path)
    listing = _run_git(["ls-tree", "-r", "-z", "--full-tree", f"{revision}:{inside}"], revision, inside)
    entries = []
    for line in listing.split(b"\0")[:-1]:
        facts, _, name = line.partition(b"\t")
        mode, kind, number = facts.decode("ascii", "replace").split()
        if kind == "blob" and mode != _LINK:
            entries.append(Entry(os.fsdecode(name), number))
    if len(entries) > MAX_ENTRIES:
        message = (
            f"{shorten(f'{revision}:{inside}')} has {len(entries):,} files, more than the {MAX_ENTRIES:,} looked at"
        )
        raise Fault(error("SC602", message, help="name a folder that holds the models"))
    return entries


def read_entries(revision: str, path: str, entries: Iterable[Entry]) -> dict[str, bytes]:
    """The contents of files in a revision by their paths, read at once; those beyond a limit are left out.

    Raises Fault with SC601 where git does not give them.
    """
    listed = list(entries)
    checked = _ask_for(listed, "--batch-check", revision, path).splitlines() if listed else []
    sizes = [line.rsplit(b" ", 1)[-1] for line in checked]
    wanted, left = [], MAX_LISTED
    for entry, size in zip(listed, sizes, strict=True):
        if size.isdigit() and int(size) <= min(MAX_BYTES, left):  # else a clone without its contents lacks this one
            wanted.append((entry, int(size)))
            left -= int(size)
    data = _ask_for([entry for entry, _ in wanted], "--batch", revision, path) if wanted else b""
    contents, at = {}, 0
    for entry, length in wanted:
        at = data.index(b"\n", at) + 1  # behind the line that names it
        contents[entry.path] = data[at : at + length]
        at += length + 1
    return contents


def _ask_for(entries: list[Entry], option: str, revision: str, path: str) -> bytes:
    """What git says of contents, one after the other."""
    return _run_git(["cat-file", option], revision, path, "".join(f"{entry.number}\n" for entry in entries).encode())


def show(revision: str, path: str, folder: str | None = None) -> bytes:
    """The bytes of a file in a revision, as `git show` has them in a folder. Raises Fault with SC601 or SC602."""
    if revision.startswith("-"):
        raise _make_fault(revision, path, "a revision does not begin with `-`")
    for _ in range(_MAX_LINKS):
        place = f"{revision}:{path}"
        words = ["cat-file", *_OPTIONS["cat-file"], place]
        size = _run_git(words, revision, path, folder=folder).decode("ascii", "replace").strip()
        if size.isdecimal() and (len(size) > 12 or int(size) > MAX_BYTES):
            raise make_size_fault(place)  # git would read all of it before a byte comes out
        data = _run_git(["show", *_OPTIONS["show"], place, "--"], revision, path, folder=folder)
        if data.startswith(f"tree {place}\n\n".encode()):  # how git lists a folder
            raise _make_fault(revision, path, "Is a directory")
        target = _read_link(revision, path, data, folder)
        if target is None:
            return data
        path = target
    raise _make_fault(revision, path, "too many links lead from one to another")


def _read_link(revision: str, path: str, data: bytes, folder: str | None) -> str | None:
    """The path that a link leads to, within the revision; None where a path is no link. Raises Fault."""
    if len(data) > 4096 or b"\n" in data or not data:
        return None  # no path, so that git need not be asked
    try:
        words = ["ls-tree", "-z", "--full-tree", f"{revision}:{posixpath.dirname(path)}"]
        facts = _run_git(words, revision, path, folder=folder)
    except _Refused:
        return None
    name = os.fsencode(posixpath.basename(path))
    lines = [line.partition(b"\t") for line in facts.split(b"\0")]
    if not any(after == name and before.startswith(_LINK.encode()) for before, _, after in lines):
        return None
    start = "./" if path.startswith("./") else ""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), os.fsdecode(data)))
    if target.startswith(("/", "../")) or target == "..":
        message = "is a link out of the repository, and is not followed"
        raise Fault(error("SC604", message, Span(f"{revision}:{path}", 0, 0, 0)))
    return start + target


class _Refused(Fault):
    """Git answers that there is no such thing; `words` are its own."""

    words = ""


def _run_git(
    words: list[str], revision: str, path: str, given: bytes | None = None, folder: str | None = None
) -> bytes:
    """The output of a command of git on a file in a revision, run in a folder. Raises Fault with SC601."""
    import subprocess

    # Nothing is fetched or asked for.
    quiet = os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    if folder is not None:
        quiet = {name: value for name, value in quiet.items() if name not in _OF_THE_CURRENT_FOLDER}
    try:
        done = subprocess.run(
            ["git", *words],
            input=given or b"",
            capture_output=True,
            env=quiet,
            timeout=_PATIENCE,
            check=False,
            cwd=folder,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or "git does not answer"
        if isinstance(error, FileNotFoundError) and error.filename == "git":
            reason = "git is not installed, or not found"
        raise _make_fault(revision, path, reason) from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0].removeprefix("fatal: ")
        refused = _Refused(*_make_fault(revision, path, said or "git refused").diagnostics)
        refused.words = said
        raise refused
    return done.stdout


def _make_fault(revision: str, path: str, reason: str) -> Fault:
    message = f"cannot read {shorten(f'{revision}:{path}')}: {shorten(reason, 160)}"
    return Fault(error("SC601", message))
