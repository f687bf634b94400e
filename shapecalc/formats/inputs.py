"""Inputs of a model: `--input` texts to arrays of the shapes it takes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from shapecalc.diagnostics import Fault, did_you_mean, error, shorten
from shapecalc.dims import Shape, Size, binary_text, is_unknown, prod
from shapecalc.document.files import Reader
from shapecalc.formats.arrays import Array, Stored, stored_npy, stored_npz
from shapecalc.formats.json_text import parse_json
from shapecalc.formats.onnx.arrays import hold

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.layers.values import Tensor

SAMPLES = ("random", "zeros", "ones")
MAX_NDIM = 12  # more axes than any layer has; readings of a shape multiply with them

_BOUNDS = {"uint4": (0, 15), "int4": (-8, 7), "uint2": (0, 3), "int2": (-2, 1)}
"""The least and the greatest numbers of dtypes that NumPy has not."""

_MOST_TEXT = 2**26  # bytes of an array of texts out of JSON

LARGE = 2**24
"""Bytes of stored inputs for which it is asked whether the model can take them, before they are read."""

BYTES_PER_VALUE = 40
"""Bytes that a number of a JSON text takes: as a float of Python, in a list, and in an array."""

Admit = Callable[["dict[str, tuple[int, ...]]"], None]
"""Is called with the shapes of the inputs; raises Fault where they are too large."""
Sampler = Callable[[str], "dict[str, Array]"]
"""Inputs of the model's shapes, of one of `SAMPLES`."""


class Inputs:
    """Arrays by input, and what was done to make them fit."""

    __slots__ = ("arrays", "notes")

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}
        self.notes: list[str] = []


def read_inputs(
    report: Report,
    texts: Sequence[str],
    sample: Sampler,
    limit: int | None = None,
    admit: Admit | None = None,
    files: Reader | None = None,
    old_names: Mapping[str, str] | None = None,
) -> Inputs:
    """The arrays that `--input` texts say, in the shapes of the model's inputs.

    A text is JSON, a `.npy` or `.npz` or `.json` file, `-` for JSON from standard input, `random`, `zeros` or `ones`;
    with `NAME=` in front it is for one input. Files are checked by their headers, and read
    if nothing is wrong with these; `files` counts their bytes. Raises Fault with SC605, or SC603 where what is read
    would take more than `limit` bytes. `old_names` are inputs by the names that they had in the model's own file.
    """
    wanted = report.inputs
    names = {old: name for old, name in (old_names or {}).items() if name in wanted} | {name: name for name in wanted}
    files = files or Reader()
    given: dict[str, Any] = {}
    for text in texts:
        for name, value in _read_text(text, names, sample, files, limit).items():
            if name in given:
                _refuse(f"the input `{shorten(name)}` is given twice")
            given[name] = value
    missing = [name for name in wanted if name not in given]
    if missing:
        _refuse(f"the input `{shorten(missing[0])}` is not given", f"add `--input {missing[0]}=...`, or `random`")
    return _fit_arrays(wanted, given, limit, admit)


def fit_arrays(report: Report, given: Any) -> Inputs:
    """Arrays in the shapes of the model's inputs: one alone, or one for each input by name. Raises Fault with SC605."""
    wanted = report.inputs
    arrays = given if isinstance(given, Mapping) else {next(iter(wanted)): given} if len(wanted) == 1 else {}
    unknown = [name for name in arrays if name not in wanted]
    missing = [name for name in wanted if name not in arrays]
    if unknown or missing:
        what = f"has no input `{shorten(unknown[0])}`" if unknown else f"needs the input `{shorten(missing[0])}`"
        _refuse(f"the model {what}", f"its inputs are {', '.join(wanted)}: give arrays by these names")
    return _fit_arrays(wanted, arrays)


def _fit_arrays(
    wanted: Mapping[str, Tensor], given: Mapping[str, Any], limit: int | None = None, admit: Admit | None = None
) -> Inputs:
    """What is given for each input, in its shape and dtype."""
    held = {name: _make_array(name, given[name], tensor) for name, tensor in wanted.items()}
    inputs = Inputs()
    shapes = {name: _fit_shape(name, held[name].shape, tensor, inputs.notes) for name, tensor in wanted.items()}
    _require_agreement(wanted, shapes)
    _require_room(held, shapes, limit, admit)
    for name, tensor in wanted.items():
        inputs.arrays[name] = _cast(name, held[name], tensor).reshape(shapes[name])
    return inputs


def _require_room(
    held: Mapping[str, Array | Stored], shapes: dict[str, tuple[int, ...]], limit: int | None, admit: Admit | None
) -> None:
    """Refuses files that would take more memory than is allowed, by themselves or in the model."""
    size = sum(value.nbytes for value in held.values() if isinstance(value, Stored))
    _require_within(size, limit)
    if admit is not None and size > LARGE:
        admit(shapes)


def _require_within(size: int, limit: int | None) -> None:
    """Refuses inputs of so many bytes, where that is more than is allowed."""
    if limit is not None and size > limit:
        message = f"the inputs take {binary_text(size)}, more than the {binary_text(limit)} allowed"
        raise Fault(error("SC603", message, help="feed fewer samples, or raise `--max-memory`"))


def _read_text(
    text: str, names: Mapping[str, str], sample: Sampler, files: Reader, limit: int | None
) -> dict[str, Any]:
    """The arrays that one text gives, by input; `names` are the inputs by every name that they may be given."""
    head, sign, rest = text.partition("=")
    inputs = [*dict.fromkeys(names.values())]
    name = names.get(head.strip())
    if sign and name is not None:
        if not rest.strip():
            shown = shorten(head.strip())
            _refuse(
                f"the input `{shown}` is given no value",
                f"for example `--input {shown}=random`, or `--input {shown}=x.npy`",
            )
        return {name: _pick_array(_read_value(rest.strip(), sample, files, limit), head.strip())}
    if sign and head.strip().isidentifier():
        guess = did_you_mean(head.strip(), inputs)
        help = f"did you mean `{guess}`?" if guess else f"the inputs are {', '.join(inputs)}"
        _refuse(f"the model has no input `{shorten(head.strip())}`", help)
    value = _read_value(text.strip(), sample, files, limit)
    if not isinstance(value, dict):
        if len(inputs) != 1:
            _refuse("the model has several inputs, so each needs its name", f"write `--input {inputs[0]}=...`")
        return {inputs[0]: value}
    if len(inputs) == 1 and len(value) == 1:
        return {inputs[0]: next(iter(value.values()))}
    unknown = [given for given in value if given not in names]
    if unknown:
        _refuse(f"the model has no input `{shorten(unknown[0])}`", f"the inputs are {', '.join(inputs)}")
    renamed = {names[given]: array for given, array in value.items()}
    if len(renamed) < len(value):
        _refuse("an input is given twice, by its name and by that in the model's file")
    return renamed


def _pick_array(value: Any, name: str) -> Any:
    """The array for one input out of a file or sample of several."""
    if not isinstance(value, dict):
        return value
    if name in value:
        return value[name]
    if len(value) == 1:
        return next(iter(value.values()))
    return _refuse(f"there is no array `{shorten(name)}` among {shorten(', '.join(value))}")


def _read_value(text: str, sample: Sampler, files: Reader, limit: int | None) -> Any:
    if text in SAMPLES:
        return sample(text)
    if text.endswith(".npy"):
        return stored_npy(text, "SC605")
    if text.endswith(".npz"):
        return stored_npz(text, "SC605")
    if text == "-":
        return _read_json(_decode(files.read_stdin(), "standard input"), "standard input", limit)
    if text.endswith(".json") or os.path.dirname(text) == "/dev/fd":
        return _read_json(_decode(_read_bytes(text, files), text), text, limit)
    return _read_json(text, "the input", limit)


def _read_bytes(path: str, files: Reader) -> bytes:
    """The bytes of a file. Raises Fault, with SC605 where the file is none."""
    try:
        return files.read(path)
    except Fault as fault:
        findings = [
            finding._replace(code="SC605", help=None) if finding.code == "SC601" else finding
            for finding in fault.diagnostics
        ]
        raise Fault(*findings) from None


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _refuse(f"cannot read {shorten(file)}: it is not UTF-8")


def _read_json(text: str, file: str, limit: int | None) -> Any:
    """The values of a JSON text, which counts with what its numbers take until they are an array."""
    size = len(text) + BYTES_PER_VALUE * text.count(",")
    if size > LARGE:
        _require_within(size, limit)
    try:
        return parse_json(text)
    except json.JSONDecodeError:
        help = "write numbers as `[0.1, 0.2]`, a .npy, .npz or .json file, `random`, `zeros` or `ones`"
        return _refuse(f"{shorten(file)} is not JSON: {shorten(text)}", help)
    except Fault as fault:
        return _refuse(f"{shorten(file)} is too much: {fault.diagnostics[0].message}", "feed a .npy or .npz file")


def _make_array(name: str, value: Any, tensor: Tensor) -> Array | Stored:
    """What is given as an array, or as one in a file that is not read yet; refused where it is of the wrong kind."""
    if isinstance(value, list) and tensor.dtype != "string" and _holds_text(value):
        return _refuse(f"the input `{shorten(name)}` holds something that is no number")
    try:
        _require_even_texts(name, value)
        held = value if isinstance(value, Stored) else np.asarray(value)
    except (ValueError, OverflowError):
        return _refuse(f"the input `{shorten(name)}` is ragged: its lists have different lengths")
    if tensor.dtype != "string" and held.dtype.kind not in "biuf":
        return _refuse(f"the input `{shorten(name)}` holds something that is no number")
    return held


def _leaves(value: Any) -> Iterator[Any]:
    """The values in nested lists."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        else:
            yield item


def _holds_text(value: Any) -> bool:
    return any(isinstance(item, str) for item in _leaves(value))


def _require_even_texts(name: str, value: Any) -> None:
    """Refuses texts of which one is so long that an array, whose items are all as long, would be huge."""
    if not isinstance(value, (list, str)) or not _holds_text(value):
        return
    lengths = [len(item) if isinstance(item, str) else 1 for item in _leaves(value)]
    size = 4 * max(lengths) * len(lengths)
    if size > _MOST_TEXT:
        message = f"the texts of the input `{shorten(name)}` take {binary_text(size)}, each as much as the longest"
        raise Fault(error("SC603", message, help="shorten the longest"))


def _cast(name: str, held: Array | Stored, tensor: Tensor) -> Array:
    """The array in the input's dtype, no number changed by it."""
    array = held.read() if isinstance(held, Stored) else held
    dtype = tensor.dtype or "float32"
    if dtype == "string":
        return array.astype(str)
    target = np.dtype(hold(dtype))
    with np.errstate(all="ignore"):
        converted = array.astype(target, copy=False)
    if dtype in _BOUNDS:
        converted = np.clip(converted, *_BOUNDS[dtype])
    if target.kind != "f" and not np.array_equal(converted, array):
        _refuse(f"the input `{shorten(name)}` is of {dtype}, and {shorten(_find_change(array, converted))} is not")
    return converted


def _find_change(array: Array, converted: Array) -> object:
    return array[np.asarray(converted != array)].flat[0]


def _fit_shape(name: str, shape: tuple[int, ...], tensor: Tensor, notes: list[str]) -> tuple[int, ...]:
    """The shape that is fed: the given one, or that of one sample where there is one way to read it so."""
    wanted = tensor.shape
    if len(shape) == len(wanted) and all(map(_admits, wanted, shape)):
        return shape
    readings = _list_readings(wanted, shape)
    if len(readings) != 1:
        help = f"wanted is {wanted}, the batch axis first" + (
            f"; it could be {' or '.join(str(Shape(reading)) for reading in readings[:3])}" if readings else ""
        )
        _refuse(f"the input `{shorten(name)}` has the shape {Shape(shape)}, which does not fit", help)
    count = "one sample" if not readings[0] or readings[0][0] == 1 else f"{readings[0][0]} samples"
    notes.append(f"input `{name}`: {Shape(shape)} reshaped to {Shape(readings[0])}, {count}")
    return readings[0]


def _admits(size: Size, actual: int) -> bool:
    return size == actual if isinstance(size, int) else actual >= 1


def _list_readings(wanted: Shape, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The shapes an array can be read in: as one sample first, else with its batch axis, axes of size 1 left out."""
    if not wanted or len(wanted) > MAX_NDIM or len(shape) > MAX_NDIM:
        return [()] if not wanted and prod(shape) == 1 else []
    sizes = tuple(size for size in shape if size != 1)
    one_sample = [(1, *rest) for rest in _align(tuple(wanted[1:]), sizes)] if _admits(wanted[0], 1) else []
    if one_sample:
        return one_sample
    free = [size for size in wanted[1:] if not isinstance(size, int)]
    flat = len(shape) == 1 and not free and _admits(wanted[0], 1)
    if flat and prod(wanted[1:]) == shape[0]:
        return [(1, *(size for size in wanted[1:] if isinstance(size, int)))]
    return _align(tuple(wanted), sizes)


def _align(wanted: tuple[Size, ...], sizes: tuple[int, ...]) -> list[tuple[int, ...]]:
    """All ways to give each of `sizes`, in order, to an axis that admits it, with 1 for the axes left over."""
    if not wanted:
        return [()] if not sizes else []
    first, *others = wanted
    readings: list[tuple[int, ...]] = []
    if sizes and _admits(first, sizes[0]):
        readings += [(sizes[0], *rest) for rest in _align(tuple(others), sizes[1:])]
    if len(sizes) < len(wanted) and _admits(first, 1):
        readings += [(1, *rest) for rest in _align(tuple(others), sizes)]
    return readings


def _require_agreement(wanted: Mapping[str, Tensor], shapes: dict[str, tuple[int, ...]]) -> None:
    """Inputs are of one batch, and a name is one size in all of them."""
    seen: dict[Size, tuple[int, str]] = {}
    for name, tensor in wanted.items():
        shape = shapes[name]
        for axis, size in enumerate(tensor.shape):
            if isinstance(size, int):
                continue
            actual, other = seen.setdefault(size, (shape[axis], name))
            if actual != shape[axis]:
                label = "the batch" if is_unknown(size) else f"`{size}`"
                _refuse(f"{label} is {actual} in the input `{other}` and {shape[axis]} in `{name}`")


def _refuse(message: str, help: str | None = None) -> NoReturn:
    raise Fault(error("SC605", message, help=help))
