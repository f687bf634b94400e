"""Files written all or nothing."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from shapecalc.diagnostics import Fault, error, shorten


@contextmanager
def open_whole(path: str) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` when all is written; `-` is standard output.

    Its permissions stay, a link stays a link, and what may not be written is left alone. Raises Fault with SC607.

    A device, a pipe or a file with other names is written to itself: a new file would replace it.
    """
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    temporary = ""
    try:
        target = os.path.realpath(path)
        status = os.stat(target) if os.path.exists(target) else None
        _require_writable(target, status)
        if status is not None and not stat.S_ISDIR(status.st_mode) and _is_written_in_place(status):
            whole = io.BytesIO()  # archives ask for their position, which a device does not know
            yield whole
            with open(target, "wb") as opened:
                opened.write(whole.getvalue())
            return
        # Named before it is there, so that it goes whenever the process is ended.
        temporary = os.path.join(os.path.dirname(target), f".{os.urandom(8).hex()}")
        with open(temporary, "xb", opener=_open_private) as file:
            yield file
        os.chmod(temporary, 0o666 & ~_read_umask() if status is None else stat.S_IMODE(status.st_mode))
        os.replace(temporary, target)
    except OSError as failure:
        message = f"cannot write {shorten(path)}: {failure.strerror or failure}"
        raise Fault(error("SC607", message)) from None
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)


def _is_written_in_place(status: os.stat_result) -> bool:
    return not stat.S_ISREG(status.st_mode) or status.st_nlink > 1


def _require_writable(target: str, status: os.stat_result | None) -> None:
    """Raises PermissionError for a file that is marked read-only, whoever asks: a new one would take its place."""
    if status is not None and not (status.st_mode & 0o222 and os.access(target, os.W_OK)):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
