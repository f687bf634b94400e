"""The weights in a `.keras` archive: the file of `model.save_weights`, as one of its members."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from shapecalc.diagnostics import Fault
from shapecalc.dims import binary_text
from shapecalc.document.files import MAX_BYTES
from shapecalc.formats.json_text import parse_json
from shapecalc.formats.weights.stored import Refused

_CONFIG = "config.json"
MEMBER = "model.weights.h5"
_NUMPY = "model.weights.npz"


def read_config(archive: zipfile.ZipFile) -> Any:
    """The model's config in an archive; None where there is none that can be read."""
    if _CONFIG not in archive.namelist() or archive.getinfo(_CONFIG).file_size > MAX_BYTES:
        return None
    try:
        return parse_json(archive.read(_CONFIG).decode("utf-8", "replace"))
    except (Fault, ValueError):
        return None


def is_keras_archive(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is a model's, and none of NumPy."""
    return _CONFIG in archive.namelist() or MEMBER in archive.namelist()


@contextmanager
def open_member(archive: zipfile.ZipFile, limit: int | None) -> Iterator[tuple[IO[bytes], int]]:
    """The weights' file in an archive, and its bytes. Raises Refused."""
    for name in archive.namelist():
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name.partition("/")[0]:
            raise Refused(f"its member `{name}` would lie outside the archive", "SC613")
    if MEMBER not in archive.namelist():
        reason = "its weights are pickled, and would run code" if _NUMPY in archive.namelist() else "it has no weights"
        raise Refused(reason)
    member = archive.getinfo(MEMBER)
    if limit is not None and member.file_size > limit:
        words = f"its weights unpack to {binary_text(member.file_size)}, more than the {binary_text(limit)} allowed"
        raise Refused(words, "SC603")
    with archive.open(member) as opened:
        yield opened, member.file_size
