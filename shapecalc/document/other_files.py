"""Tells by its content what a file is that is no spec, and what reads it: loaded where a file could not be read."""

from __future__ import annotations

import re
from typing import NamedTuple

from shapecalc.diagnostics import Diagnostic, error, shorten
from shapecalc.document.nodes import MappingNode, Node

_ENDINGS = (".yaml", ".yml", ".keras", ".h5", ".json", ".onnx")
"""Of files that hold models, specs first."""
_CONVERT = "`shapecalc convert {file} --to yaml` writes its spec"
_SAVE_ANEW = "save it in Keras as `model.keras`, which shapecalc reads, or write its layers as a spec"
_WRITE = "shapecalc does not read it: write its layers as a spec"
_UNPACK = "unpack it: shapecalc reads the spec inside"


class Kind(NamedTuple):
    """A kind of file: its name with an article, and the way out; `{file}` is its path."""

    name: str
    way_out: str


_KERAS = Kind("a Keras model", _CONVERT)
_KERAS_JSON = Kind("a Keras model as JSON", _CONVERT)
_SIGNS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89HDF\r\n\x1a\n", Kind("an HDF5 file, in which Keras saves models and weights", _CONVERT)),
    (b"\x93NUMPY", Kind("a NumPy array", "`shapecalc run SPEC --input {file}` reads it")),
    (b"\x1f\x8b", Kind("a gzip archive", _UNPACK)),
    (b"BZh", Kind("a bzip2 archive", _UNPACK)),
    (b"\xfd7zXZ", Kind("an xz archive", _UNPACK)),
    (b"(\xb5/\xfd", Kind("a Zstandard archive", _UNPACK)),
    (b"7z\xbc\xaf", Kind("a 7-Zip archive", _UNPACK)),
    (b"Rar!", Kind("a RAR archive", _UNPACK)),
    (b"%PDF", Kind("a PDF document", _WRITE)),
    (b"\x89PNG", Kind("a PNG picture", _WRITE)),
    (b"\xff\xd8\xff", Kind("a JPEG picture", _WRITE)),
    (b"GIF8", Kind("a GIF picture", _WRITE)),
    (b"version https://git-lfs", Kind("a pointer of Git LFS", "`git lfs pull` puts the file in its place")),
    (b"GGUF", Kind("a GGUF model", _WRITE)),
    (b"\x7fELF", Kind("a program", _WRITE)),
    (b"SQLite format 3", Kind("an SQLite database", _WRITE)),
    (b"\x08\x01\x12", Kind("a TensorFlow SavedModel", _SAVE_ANEW)),
)
_IN_ARCHIVES: tuple[tuple[bytes, Kind], ...] = (
    (b"model.weights.h5", _KERAS),
    (b"config.json", _KERAS),
    (b"data.pkl", Kind("a PyTorch file", _WRITE)),
    (b".npy", Kind("an archive of NumPy arrays", "`shapecalc run SPEC --input {file}` or `--weights {file}` reads it")),
    (b"word/", Kind("a Word document", _WRITE)),
    (b"xl/", Kind("an Excel workbook", _WRITE)),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_ONNX = re.compile(rb"\x08[\x01-\x20][\x12\x1a\x22\x28\x32\x3a\x42]")
_PYTHON = re.compile(
    r"^(?:import \w|from [\w.]+ import |def \w+\(|class \w+[(:]|\w+ = [\w.]+\(|\w+\.\w+\()", re.MULTILINE
)
_MARKUP = re.compile(r"\s*<(?:\?xml|!DOCTYPE|html|svg)", re.IGNORECASE)


def find_kind(data: bytes) -> Kind | None:
    """The kind of file that has these bytes; None where it cannot be told."""
    for sign, kind in _SIGNS:
        if data.startswith(sign):
            return kind
    if data.startswith(b"PK"):
        return next((kind for sign, kind in _IN_ARCHIVES if sign in data), Kind("a ZIP archive", _UNPACK))
    if data[257:262] == b"ustar":
        return Kind("a tar archive", _UNPACK)
    if data[4:8] == b"TFL3":
        return Kind("a TensorFlow Lite model", _SAVE_ANEW)
    if data[8:10] == b'{"' and int.from_bytes(data[:8], "little") < 2**32:
        return Kind("a safetensors file", "`shapecalc run SPEC --weights {file}` reads it")
    if _PICKLE.match(data):
        return Kind("a pickle, such as PyTorch's `.pt` files are", _WRITE)
    if _ONNX.match(data):
        return Kind("an ONNX model", _CONVERT)
    text = data[:100_000].decode("utf-8", "replace")
    if _MARKUP.match(text):
        return Kind("an HTML or XML document", _WRITE)
    return (
        Kind("Python source", "write its layers as a spec: `shapecalc layers` lists them") if _is_python(text) else None
    )


def _is_python(text: str) -> bool:
    """Whether several lines begin as Python's do, or a first line as a module does."""
    statements = _PYTHON.findall(text)
    return len(statements) >= 2 or bool(re.match(r"(?:#!.*python|\"\"\"|import \w+\s*$|from [\w.]+ import )", text))


def find_kind_of_mapping(root: Node | None) -> Kind | None:
    """The kind of a JSON file, by its keys; None where they are of no other notation."""
    keys = set(root.fields) if isinstance(root, MappingNode) else set()
    if {"class_name", "config"} <= keys:
        return _KERAS_JSON
    if {"cells", "nbformat"} <= keys:
        return Kind("a Jupyter notebook", "write the model's layers as a spec: `shapecalc layers` lists them")
    if "layers" in keys:
        return None
    if keys & {"model_type", "architectures"}:
        return Kind("the configuration of a published model", "give it the key model_type, by which shapecalc reads it")
    if {"graph", "irVersion"} <= keys or {"graph", "ir_version"} <= keys:
        return Kind("an ONNX model as JSON", _WRITE)
    return None


def report_kind(kind: Kind, file: str, wanted: str = "a spec") -> Diagnostic:
    """The finding for a file of another kind."""
    way_out = kind.way_out.replace("{file}", shorten(file))
    return error("SC601", f"{shorten(file)} is {kind.name}, not {wanted}", help=way_out)


def report_unreadable(path: str, failure: OSError | ValueError) -> Diagnostic:
    """The finding for a path from which nothing can be read."""
    import os

    reason = getattr(failure, "strerror", None) or "the path is not one"
    help = None
    if isinstance(failure, IsADirectoryError):
        help = f"`shapecalc check {shorten(path)}` reads the specs of a folder"
    elif isinstance(failure, FileNotFoundError):
        guess = find_neighbour(path)
        guess = os.path.join(os.path.dirname(path), guess) if guess else _find_published(path)
        help = f"did you mean `{shorten(guess)}`?" if guess else None
    return error("SC601", f"cannot read {shorten(path)}: {reason}", help=help)


def _find_published(name: str) -> str | None:
    """The published model that a name was probably meant to be."""
    from shapecalc.diagnostics import did_you_mean
    from shapecalc.document.shipped import list_models

    return did_you_mean(name, list_models())


def find_neighbour(file_name: str) -> str | None:
    """The file of the same folder that a name was probably meant to be, its ending forgotten or mistyped."""
    import os

    from shapecalc.diagnostics import did_you_mean

    name = os.path.basename(file_name)
    try:
        with os.scandir(os.path.dirname(file_name) or ".") as entries:
            names = [entry.name for _, entry in zip(range(1_000), entries, strict=False) if entry.is_file()]
    except (OSError, ValueError):
        return None
    models = [file_name for ending in _ENDINGS for file_name in names if file_name.endswith(ending)]
    same = [file_name for file_name in models if os.path.splitext(file_name)[0] == os.path.splitext(name)[0]]
    return did_you_mean(name, same or models) or (same[0] if same else None)
