"""Numbers of tensors that stand in other files: within the folder of the model, and within those files."""

from __future__ import annotations

import os
from typing import NamedTuple

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.formats.onnx.messages import Tensor
from shapecalc.formats.onnx.tensors import count_bytes, count_items, dtype_of
from shapecalc.formats.onnx.wire import WireError


class Place(NamedTuple):
    """Where the numbers of a tensor stand: a file, as the model names it, and from which byte up to which other."""

    name: str
    start: int
    stop: int


def find_place(tensor: Tensor) -> Place:
    """Where a tensor's numbers are said to stand. Raises WireError."""
    said = {pair.key: pair.value for pair in tensor.external_data}
    length = count_bytes(dtype_of(tensor.data_type), count_items(tensor))
    try:
        start = int(said.get("offset") or 0)
        length = int(said.get("length") or length)
    except ValueError:
        message = f"the tensor `{shorten(tensor.name)}` has an offset or a length that is no number"
        raise WireError(message) from None
    return Place(said.get("location", ""), start, start + length)


def find_file(place: Place, tensor: Tensor, path: str) -> str:
    """The path of the file that holds a tensor of the model at `path`. Raises Fault where it is outside the folder."""
    folder = os.path.realpath(os.path.dirname(path) or ".")
    name = place.name
    try:
        file = os.path.realpath(os.path.join(folder, name))
        is_within = bool(name) and not os.path.isabs(name) and os.path.commonpath([folder, file]) == folder != file
    except ValueError:  # a NUL, or another drive
        is_within = False
    if not is_within:
        message = f"the numbers of `{shorten(tensor.name)}` are in {shorten(name or 'no file')}, outside its folder"
        raise Fault(error("SC613", f"cannot read {shorten(path)}: {message}"))
    return file


def require_within(place: Place, tensor: Tensor, path: str, size: int) -> None:
    """Demands that a tensor stands within its file of so many bytes. Raises Fault."""
    if not 0 <= place.start <= place.stop <= size:
        message = f"the numbers of `{shorten(tensor.name)}` end behind the file {shorten(place.name)}"
        raise Fault(error("SC614", f"cannot read {shorten(path)}: {message}"))


def require_sound_place(tensor: Tensor, path: str) -> None:
    """Demands that a tensor of the model at `path` is where it is said to be, if that file is there: only what runs
    needs it.

    Raises Fault, WireError.
    """
    place = find_place(tensor)
    file = find_file(place, tensor, path)
    try:
        size = os.stat(file).st_size
    except OSError:
        return
    require_within(place, tensor, path, size)
