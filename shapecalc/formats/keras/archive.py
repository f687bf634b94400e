"""The archive of `keras.Model.save`, of which only the config is read: weights, however large, stay where they are.

https://keras.io/api/models/model_saving_apis/model_saving_and_loading/
"""

from __future__ import annotations

from typing import IO

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.document.files import MAX_BYTES
from shapecalc.formats.archives import Damaged, open_archive

CONFIG = "config.json"
_ZIP = b"PK\x03\x04"


def is_archive(start: bytes) -> bool:
    """Whether a file that begins like this is an archive."""
    return start.startswith(_ZIP)


def config_of(file: IO[bytes], path: str) -> str:
    """The model's config as JSON text. Raises Fault: SC601 for what is no such archive, SC602 for one too large.

    It may be as large as a spec.
    """
    try:
        with open_archive(file) as archive, archive.open(CONFIG) as member:
            data = member.read(MAX_BYTES + 1)
    except KeyError:
        raise _fault("SC601", f"cannot read {shorten(path)}: an archive without {CONFIG} is none of Keras's") from None
    except MemoryError:
        raise
    except Damaged as reason:
        raise _fault("SC601", f"cannot read {shorten(path)}: {reason}") from None
    except Exception:  # zipfile and what it unpacks with have no list of what they may raise
        raise _fault("SC601", f"cannot read {shorten(path)}: the archive is damaged") from None
    if len(data) > MAX_BYTES:
        raise _fault("SC602", f"the {CONFIG} in {shorten(path)} is larger than {MAX_BYTES // 2**20} MiB")
    return data.decode("utf-8", "replace")


def _fault(code: str, message: str) -> Fault:
    return Fault(error(code, message))
