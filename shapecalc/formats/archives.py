"""Zip archives, which are judged by the end of the file before their list of members is read."""

from __future__ import annotations

import zipfile
from typing import IO

_MOST_LISTED = 4 * 2**20
"""Bytes of the list of members: tens of thousands of them, each of which takes ten times as much when it is read."""
_END, _END_64, _LOCATOR_64 = b"PK\5\6", b"PK\6\6", b"PK\6\7"
_TAIL = 22 + 2**16  # the end of an archive, with a comment of any length
MOST_SQUEEZED = 1_100
"""How many bytes one byte can unpack to: a little more than deflating allows."""


class Damaged(Exception):
    """What is wrong with a file."""


def open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """The archive in a file. Raises Damaged, or what zipfile raises."""
    if _count_listed_bytes(file) > _MOST_LISTED:
        raise Damaged("the archive has too many members")
    file.seek(0)
    archive = zipfile.ZipFile(file)
    for member in archive.infolist():
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Damaged("the archive is compressed in a way that neither Keras nor NumPy has")
        if member.file_size > MOST_SQUEEZED * max(member.compress_size, 1):
            raise Damaged("the archive promises more than can be in it")
    return archive


def _count_listed_bytes(file: IO[bytes]) -> int:
    """How many bytes the list of members says it takes; 0 where nothing says so, which zipfile refuses."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    at = tail.rfind(_END)
    if at < 0:
        return 0
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    locator = tail[at - 20 : at] if at >= 20 else b""
    if not locator.startswith(_LOCATOR_64):
        return listed
    file.seek(min(int.from_bytes(locator[8:16], "little"), size))
    record = file.read(48)
    return int.from_bytes(record[40:48], "little") if record.startswith(_END_64) else listed
