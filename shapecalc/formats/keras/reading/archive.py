"""The archive of `keras.Model.save`, of which only the config is read: weights, however large, stay where they are.

https://keras.io/api/models/model_saving_apis/model_saving_and_loading/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO
from zipfile import ZipFile

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.document.files import MAX_BYTES
from shapecalc.formats.archives import Damaged, open_archive
from shapecalc.formats.keras.reading.vocabularies import FOLDER, NAME
from shapecalc.formats.signatures import ARCHIVE

CONFIG = "config.json"


def config_of(file: IO[bytes], path: str) -> str:
    """The model's config as JSON text. Raises Fault: SC601 for what is no such archive, SC602 for one too large.

    It may be as large as a spec.
    """
    return _read_texts(file, path, _config_name)[CONFIG]


def vocabularies_of(file: IO[bytes], path: str) -> dict[str, str]:
    """The files of words in an archive, by their names in it. Raises Fault as `config_of` does."""
    return _read_texts(file, path, _vocabulary_names)


def _config_name(archive: ZipFile, path: str) -> list[str]:
    if CONFIG not in archive.namelist():
        raise _other_archive(archive, path)
    return [CONFIG]


def _vocabulary_names(archive: ZipFile, path: str) -> list[str]:
    return [name for name in archive.namelist() if name.startswith(FOLDER) and name.endswith(f"/{NAME}")]


def _read_texts(file: IO[bytes], path: str, choose: Callable[[ZipFile, str], list[str]]) -> dict[str, str]:
    """Some of the files in an archive, together no larger than a spec. Raises Fault."""
    texts, size, name = {}, 0, ""
    try:
        with open_archive(file) as archive:
            for name in choose(archive, path):
                with archive.open(name) as member:
                    data = member.read(MAX_BYTES + 1 - size)
                size += len(data)
                if size > MAX_BYTES:
                    break
                texts[name] = data.decode("utf-8", "replace")
    except Fault:
        raise
    except MemoryError:
        raise
    except Damaged as reason:
        raise _fault("SC601", f"cannot read {shorten(path)}: {reason}") from None
    except Exception:  # zipfile and what it unpacks with have no list of what they may raise
        raise _fault("SC601", f"cannot read {shorten(path)}: the archive is damaged") from None
    if size > MAX_BYTES:
        raise _fault("SC602", f"the {shorten(name)} in {shorten(path)} is larger than {MAX_BYTES // 2**20} MiB")
    return texts


def _other_archive(archive: ZipFile, path: str) -> Fault:
    """What is said of an archive that is none of Keras's."""
    from shapecalc.document.other_files import find_kind, report_kind

    kind = find_kind(ARCHIVE + "\n".join(archive.namelist()).encode())
    if kind is None:
        return _fault("SC601", f"cannot read {shorten(path)}: it holds no model")
    return Fault(report_kind(kind, path))


def _fault(code: str, message: str) -> Fault:
    return Fault(error(code, message))
