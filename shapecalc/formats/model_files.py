"""Files that hold a model in another notation, told by their content: of Keras (archives, HDF5, JSON), ONNX, configs.

What is no such file is taken for a spec, and so is the name of a published model, where no file has it.
"""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from functools import cached_property
from io import BytesIO
from typing import IO, TYPE_CHECKING

from shapecalc.diagnostics import Fault
from shapecalc.document.files import STDIN, HeldFile, make_unreadable_fault, open_file
from shapecalc.document.shipped import find_model
from shapecalc.formats.made_spec import SpecText
from shapecalc.formats.signatures import ARCHIVE, HDF5, is_hdf5, is_onnx

if TYPE_CHECKING:
    from shapecalc.document.files import Reader
    from shapecalc.document.nodes import Document
    from shapecalc.formats.flat_model import FlatModel

_START = 8
"""Bytes that are enough to tell a file that is no text."""
_HEAD = 2**16
"""Bytes by which a spec is told from other YAML files; most have fewer."""
_SPACE = 100
"""Bytes within which JSON begins: an editor may put a byte order mark or empty lines before it."""
ONNX = ".onnx"
SAVED_MODELS = (".keras", ".h5", ".hdf5", ONNX)
"""Endings of files in which models are saved with their weights."""
_ENTRY = re.compile(r" *- ")


class WrittenModel:
    """A model of another notation as a spec: its nodes at once, its text where somebody wants to read it."""

    def __init__(self, flat: FlatModel) -> None:
        self.flat = flat

    def document(self, file: str) -> Document:
        """The nodes of the spec, which know where in the model's file each stands. Raises Fault."""
        from shapecalc.formats.spec_nodes import make_document

        return make_document(self.flat, file)

    @cached_property
    def text(self) -> str:
        """The spec in YAML. Raises Fault."""
        from shapecalc.formats.spec_nodes import write_text

        return write_text(self.flat)

    @property
    def places(self) -> list[str]:
        """What each line of the text stands for in the model's file."""
        flat = self.flat
        places = [model.places[call.layer] for model in (*flat.blocks.values(), flat) for call in model.calls]
        return _place_lines(self.text, places)


def read_file(path: str, reader: Reader) -> bytes | FlatModel | SpecText:
    """The model in a file of another notation, or the bytes of what may be a spec. Raises Fault.

    Of an archive or an HDF5 file only the config is read, however large the weights.
    """
    published = find_model(path)
    if published is not None:
        return SpecText(reader.read(published), os.path.dirname(published))
    with open_file(path) as file:
        start = file.read(_START)
        if file.seekable() and start.startswith((ARCHIVE, HDF5)):
            return _read_config(file, start, path, None)
        if file.seekable() and (is_onnx(start) or (path.endswith(ONNX) and _is_damaged_onnx(file, path, start))):
            return _map_onnx(file, path)
        return read_bytes(reader.read_rest(file, path, start), path)


def read_found(path: str, reader: Reader) -> bytes | None:
    """The bytes of a text file that holds a model, or was meant to; None of any other file. Raises Fault."""
    with open_file(path) as file:
        try:
            start = file.read(_HEAD)
        except OSError as failure:
            raise make_unreadable_fault(path, failure) from None
        if not _may_hold_model(start):
            return None
        if len(start) == _HEAD:
            return reader.read_rest(file, path, start)
    reader.count(len(start), path)
    return start


def may_be_model(path: str, data: bytes) -> bool:
    """Whether a file holds a model, or was meant to, as far as its name and its beginning show."""
    return path.endswith(SAVED_MODELS) or _may_hold_model(data)


def _may_hold_model(data: bytes) -> bool:
    """Whether a text holds a model, or was meant to, as far as its beginning shows."""
    from shapecalc.model.spec_files import is_spec

    return is_spec(data) or _may_be_keras(data) or _may_be_config(data) or is_onnx(data[:_START])


def _may_be_keras(data: bytes) -> bool:
    """Whether a text may be a model as Keras's JSON."""
    return b'"class_name"' in data and _begins_as_json(data)


def _may_be_config(data: bytes) -> bool:
    """Whether a text may be the config of a published model."""
    return b'"model_type"' in data and _begins_as_json(data)


def _begins_as_json(data: bytes) -> bool:
    return data[:_SPACE].removeprefix(BOM_UTF8).lstrip()[:1] == b"{"


def _is_damaged_onnx(file: IO[bytes], path: str, start: bytes) -> bool:
    """Whether a file that is called one of ONNX is to be read as one. Raises Fault where it is of another kind."""
    from shapecalc.document.other_files import find_kind, report_kind

    kind = find_kind(start + file.read(_HEAD))
    if kind is not None:
        raise Fault(report_kind(kind, path, wanted="an ONNX model"))
    return True


def _map_onnx(file: IO[bytes], path: str) -> FlatModel:
    """The model in an ONNX file, whose weights stay where they are. Raises Fault."""
    from shapecalc.formats.onnx.read import read_onnx

    return read_onnx(HeldFile(file, path), path)


def read_bytes(data: bytes, path: str) -> bytes | FlatModel | SpecText:
    """The model in the bytes of a file of another notation, or the bytes of what may be a spec. Raises Fault."""
    if is_onnx(data[:_START]):
        from shapecalc.formats.onnx.read import read_onnx

        return read_onnx(memoryview(data), path)
    if data.startswith((ARCHIVE, HDF5)):
        return _read_config(BytesIO(data), data[:_START], "standard input" if path == STDIN else path, data)
    if _may_be_keras(data):
        from shapecalc.formats.keras.reading.read import is_keras, read_keras

        text = data.decode("utf-8-sig", "replace")
        if is_keras(text):
            return read_keras(text, path)
    if _may_be_config(data):
        from shapecalc.formats.huggingface.config import read_config

        return read_config(data, path) or data
    return data


def _read_config(file: IO[bytes], start: bytes, path: str, data: bytes | None) -> FlatModel:
    """The model in an archive or an HDF5 file; `data` is all of it, where that was read. Raises Fault."""
    from shapecalc.formats.keras.reading.read import read_keras

    if is_hdf5(start):
        from shapecalc.formats.keras.reading import hdf5

        flat = read_keras(hdf5.config_of(file, path), path)
    else:
        from shapecalc.formats.keras.reading import archive

        flat = read_keras(archive.config_of(file, path), path, archive.vocabularies_of(file, path))
    if flat.code is not None:
        from shapecalc.formats.weights.of_code import add_weights

        flat.code = add_weights(flat.code, path, data)
    return flat


def _place_lines(text: str, places: list[str]) -> list[str]:
    """What each line of a spec stands for: the place of the last entry that begins at it or above, in order."""
    lines, following, place = [], iter(places), ""
    for line in text.split("\n"):
        if _ENTRY.match(line):
            place = next(following, place)
        lines.append(place or "config")
    return lines
