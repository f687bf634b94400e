"""Bytes of files, within limits: every file that is read for a user is opened here.

A file is judged before it is read: it is a regular file, or a pipe that the user opened for this process (`-`, or what
a shell puts in the place of `<(...)`). Bytes are counted, in each file and in all files of a command together.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import IO

from shapecalc.diagnostics import Fault, Span, error, shorten

MAX_BYTES = 32 * 2**20
"""Bytes of one file that is read as text."""
MAX_TOTAL = 64 * 2**20
"""Bytes of all such files that a command reads."""
STDIN = "<stdin>"

_FEW = 2**16  # bytes, more than most files have

_OPENED_BY_THE_SHELL = ("/dev/fd", "/proc/self/fd")
_OTHER_KINDS = (
    (stat.S_ISFIFO, "it is a pipe, and a file is wanted"),
    (stat.S_ISSOCK, "it is a socket, and a file is wanted"),
    (stat.S_ISCHR, "it is a device, and a file is wanted"),
    (stat.S_ISBLK, "it is a device, and a file is wanted"),
)


class Reader:
    """Reads the files of one command, and counts their bytes."""

    def __init__(self, most: int = MAX_TOTAL) -> None:
        self.most = most
        self.left = most
        self._stdin: bytes | None = None

    def begin(self) -> None:
        """Count from 0 again, for the next model of a command that judges one after the other."""
        self.left = self.most

    def read(self, path: str) -> bytes:
        """The bytes of a file. Raises Fault: SC601 where there are none to be had, SC602 where there are too many."""
        with open_file(path) as file:
            return self.read_rest(file, path)

    def read_rest(self, file: IO[bytes], path: str, start: bytes = b"") -> bytes:
        """The bytes of an open file: `start`, which was read already, and the rest. Raises Fault."""
        try:
            data = start + file.read(_FEW)  # room for all that is allowed would take longer than most files
            if len(data) == len(start) + _FEW:
                data += file.read(MAX_BYTES + 1 - len(data))
        except OSError as error:
            raise make_unreadable_fault(path, error) from None
        if len(data) > MAX_BYTES:
            from shapecalc.document.other_files import find_kind, report_kind

            kind = find_kind(data)
            if kind is not None:
                raise Fault(report_kind(kind, path))
        self.count(len(data), path)
        return data

    def read_stdin(self) -> bytes:
        """The bytes of standard input, also when asked for twice. Raises Fault."""
        if self._stdin is None:
            if sys.stdin is None or sys.stdin.closed:
                raise Fault(error("SC601", "cannot read standard input: it is closed"))
            try:
                buffer = getattr(sys.stdin, "buffer", None)  # none where a program put a text in its place
                data = sys.stdin.read().encode() if buffer is None else buffer.read(MAX_BYTES + 1)
            except OSError as failure:
                raise make_unreadable_fault("standard input", failure) from None
            if len(data) > MAX_BYTES:
                raise Fault(error("SC602", f"standard input has more than {_write_mebibytes(MAX_BYTES)}"))
            self.count(len(data), STDIN)
            self._stdin = data
        return self._stdin

    def count(self, size: int, path: str) -> None:
        """Counts the bytes of a file. Raises Fault with SC602 where they, or all of the command's, are too many."""
        if size > MAX_BYTES:
            raise make_size_fault(path)
        self.left -= size
        if self.left < 0:
            message = f"with this file, those of the command have more than {_write_mebibytes(self.most)}"
            help = "check them in several runs, or divide them"
            raise Fault(error("SC602", message, Span(path, 0, 0, 0), help=help))


def open_file(path: str) -> IO[bytes]:
    """A file opened for reading. Raises Fault with SC601 at once for what is no regular file."""
    try:
        # A pipe would be waited for until somebody writes to it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as failure:
        raise make_unreadable_fault(path, failure) from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode) and not (_is_opened_by_the_shell(path) and not stat.S_ISDIR(mode)):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise make_unreadable_fault(path, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
        reason = next((words for is_kind, words in _OTHER_KINDS if is_kind(mode)), "it is no regular file")
        raise Fault(error("SC601", f"cannot read {shorten(path)}: {reason}"))
    if not stat.S_ISREG(mode):
        os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "rb")


class HeldFile:
    """A file of which parts are read where they are asked for. It stays open as long as anything refers to it."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        self.path = path
        self._file = os.fdopen(os.dup(file.fileno()), "rb", buffering=0)
        self._size = os.fstat(self._file.fileno()).st_size

    def __len__(self) -> int:
        return self._size

    def __del__(self) -> None:
        self._file.close()

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from one place up to another. Raises Fault with SC601 where they are there no more."""
        data = b""
        try:
            self._file.seek(start)
            data = self._file.read(stop - start)
            while len(data) < stop - start and (rest := self._file.read(stop - start - len(data))):
                data += rest
        except OSError as failure:
            raise make_unreadable_fault(self.path, failure) from None
        if len(data) < stop - start:
            raise Fault(error("SC601", f"cannot read {shorten(self.path)}: it was cut short while it was read"))
        return data


def hold_file(path: str) -> HeldFile:
    """A file of which parts are read. Raises Fault with SC601."""
    with open_file(path) as file:
        return HeldFile(file, path)


def _is_opened_by_the_shell(path: str) -> bool:
    return path == "/dev/stdin" or os.path.dirname(path) in _OPENED_BY_THE_SHELL


def make_unreadable_fault(path: str, error: OSError | ValueError) -> Fault:
    """The Fault for a file that the system does not give."""
    from shapecalc.document.other_files import report_unreadable

    return Fault(report_unreadable(path, error))


def make_size_fault(path: str) -> Fault:
    """The Fault for a file beyond the limit."""
    return Fault(error("SC602", f"the file is larger than {_write_mebibytes(MAX_BYTES)}", Span(path, 0, 0, 0)))


def _write_mebibytes(size: int) -> str:
    return f"{size // 2**20} MiB"


def real_path(path: str) -> str:
    """The path with its links followed; as it is written where the current folder is gone."""
    try:
        return os.path.realpath(path)
    except OSError:
        return os.path.normpath(path)
