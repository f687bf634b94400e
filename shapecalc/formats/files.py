"""Files written all or nothing."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from shapecalc.diagnostics import Diagnostic, Fault, shorten


@contextmanager
def whole_file(path: str) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` when all is written. Raises Fault with SC607.

    A device or a pipe is written to as it stands: a file in its place would be the end of it.
    """
    temporary = ""
    try:
        if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
            whole = io.BytesIO()  # archives ask where they stand, which a device answers as it likes
            yield whole
            with open(path, "wb") as device:
                device.write(whole.getvalue())
            return
        with tempfile.NamedTemporaryFile(dir=os.path.dirname(path) or ".", prefix=".", delete=False) as file:
            temporary = file.name
            yield file
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        message = f"cannot write {shorten(path)}: {error.strerror or error}"
        raise Fault(Diagnostic("SC607", "error", "", message)) from None
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
