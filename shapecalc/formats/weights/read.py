"""A weight file opened, told by what it holds and not by how it is called."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from shapecalc.diagnostics import Fault
from shapecalc.document.files import open_file
from shapecalc.formats.archives import Damaged, open_archive
from shapecalc.formats.signatures import is_hdf5, is_onnx
from shapecalc.formats.weights import archive, hdf5, keras3, legacy, npz, safetensors
from shapecalc.formats.weights.cudnn import read_plainly
from shapecalc.formats.weights.stored import Refused, WeightFile, refuse, refuse_damage, refuse_large

_ZIP = b"PK"


@contextmanager
def open_weights(path: str, limit: int | None = None, data: bytes | None = None) -> Iterator[WeightFile]:
    """The weights of a file, to be read while it is open; all of them may take `limit` bytes. Raises Fault.

    `data` is the file's content where that was read already.
    """
    try:
        with _open(path) if data is None else io.BytesIO(data) as file, _read(file, path, limit) as found:
            refuse_large(path, found.weights, limit)
            yield found
    except Refused as refused:
        raise refuse(path, str(refused), refused.code) from None


def _open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """Raises Refused, and what zipfile raises."""
    try:
        return open_archive(file)
    except Damaged as damaged:
        raise Refused(str(damaged)) from None


def _open(path: str) -> IO[bytes]:
    """A file that can be read twice. Raises Refused."""
    try:
        file = open_file(path)
    except Fault as fault:
        # The finding is about weights: which file cannot be read, its code says.
        raise Refused(fault.diagnostics[0].message.rpartition(": ")[2]) from None
    if not file.seekable():
        file.close()
        raise Refused("it is a pipe, and a file is wanted")
    return file


@contextmanager
def _read(file: IO[bytes], path: str, limit: int | None) -> Iterator[WeightFile]:
    """What an open file holds. Raises Fault and Refused."""
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(16)
    file.seek(0)
    if is_hdf5(start):
        with _read_hdf5(file, path, size) as found:
            yield found
    elif start.startswith(_ZIP):
        with ExitStack() as stack:
            with refuse_damage("the archive"):
                opened = stack.enter_context(_open_archive(file))
            if not archive.is_keras_archive(opened):
                yield WeightFile(path, "NumPy", npz.list_arrays(path), [])
                return
            with (
                archive.open_member(opened, file, limit) as (member, unpacked),
                _read_hdf5(member, path, unpacked) as found,
            ):
                named = all(layer.names for layer in found.layers)
                layers = found.layers if named else keras3.add_names(found.layers, archive.read_config(opened))
                yield found._replace(layers=layers)
    elif safetensors.is_safetensors(start, size):
        yield WeightFile(path, "safetensors", safetensors.list_arrays(file, size), [])
    elif is_onnx(start):
        from shapecalc.formats.weights import onnx

        yield WeightFile(path, "ONNX", onnx.list_arrays(path), [])
    else:
        raise Refused("it is no weight file: `.npz`, `.weights.h5`, `.keras`, `.h5`, `.safetensors`, `.onnx` are read")


@contextmanager
def _read_hdf5(file: IO[bytes], path: str, size: int) -> Iterator[WeightFile]:
    """What an HDF5 file of so many bytes holds, of Keras 3 or older. Raises Fault and Refused."""
    with hdf5.open_hdf5(file, path, size) as opened:
        group = legacy.group_of_layers(opened)
        if group is not None:
            layers = legacy.list_layers(opened, group)
            weights = read_plainly(legacy.keep_of_model(opened, group, layers))
            yield WeightFile(path, "Keras 2", weights, layers)
        else:
            weights = keras3.keep_of_model(opened.arrays)
            layers = keras3.list_layers(weights, lambda group: opened.name(f"{group}/vars"))
            yield WeightFile(path, "Keras 3", weights, layers)
