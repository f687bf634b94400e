"""The archive of `keras.Model.save`, of which only the config is read: weights, however large, stay where they are.

https://keras.io/api/models/model_saving_apis/model_saving_and_loading/
"""

from __future__ import annotations

from typing import IO
from zipfile import ZipFile

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.document.files import MAX_BYTES
from shapecalc.formats.archives import Damaged, open_archive

CONFIG = "config.json"
_ZIP = b"PK\x03\x04"


def config_of(file: IO[bytes], path: str) -> str:
    """The model's config as JSON text. Raises Fault: SC601 for what is no such archive, SC602 for one too large.

    It may be as large as a spec.
    """
    try:
        with open_archive(file) as archive:
            if CONFIG not in archive.namelist():
                raise _other_archive(archive, path)
            with archive.open(CONFIG) as member:
                data = member.read(MAX_BYTES + 1)
    except Fault:
        raise
    except MemoryError:
        raise
    except Damaged as reason:
        raise _fault("SC601", f"cannot read {shorten(path)}: {reason}") from None
    except Exception:  # zipfile and what it unpacks with have no list of what they may raise
        raise _fault("SC601", f"cannot read {shorten(path)}: the archive is damaged") from None
    if len(data) > MAX_BYTES:
        raise _fault("SC602", f"the {CONFIG} in {shorten(path)} is larger than {MAX_BYTES // 2**20} MiB")
    return data.decode("utf-8", "replace")


def _other_archive(archive: ZipFile, path: str) -> Fault:
    """What is said of an archive that is none of Keras's."""
    from shapecalc.document.other_files import find_kind, report_kind

    kind = find_kind(_ZIP + "\n".join(archive.namelist()).encode())
    if kind is None:
        return _fault("SC601", f"cannot read {shorten(path)}: it holds no model")
    return Fault(report_kind(kind, path))


def _fault(code: str, message: str) -> Fault:
    return Fault(error(code, message))
