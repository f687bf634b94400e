"""Arrays that calls in a Keras file are given where tensors may stand: `x + positions` with an array of numbers.

In a spec a few numbers are an argument of the function. Others are a `Weight` that training does not change, of which
the first sample is taken: with its batch axis it would not broadcast as the array does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from shapecalc.diagnostics import shorten
from shapecalc.formats.constant_arrays import FEW, Array, list_numbers
from shapecalc.formats.flat_model import Feed, FlatModel, Source, refusal
from shapecalc.layers.arguments.names import FLOATS
from shapecalc.layers.base import Layer

_ARRAYS = ("__numpy__", "__tensor__")
_DTYPES = (*FLOATS, "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")


PlaceArray: TypeAlias = Callable[[Any], Source]
"""Adds an array to a flat model; returns where it comes from. Raises Fault."""


def place_arrays(value: Any, place: PlaceArray) -> Any:
    """What a port is fed, with the source of every array in its place: arrays that stand among tensors, or alone."""
    if is_array(value):
        return place(value)
    if isinstance(value, list):
        return [place(item) if is_array(item) or _is_number(item) else item for item in value]
    return value


def is_array(value: Any) -> bool:
    """Whether a value in a call is an array, or a list of numbers that Keras makes one of."""
    if isinstance(value, dict):
        return bool(value.get("class_name") in _ARRAYS)
    return isinstance(value, list) and bool(value) and all(_is_number(item) or is_array(item) for item in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def read_array(value: Any, subject: str) -> Array:
    """The array that a value in a call is. Raises Fault."""
    config = value.get("config") if isinstance(value, dict) else None
    numbers = config.get("value") if isinstance(config, dict) else value
    flat = list_numbers(numbers)
    given = config.get("dtype") if isinstance(config, dict) else "int32" if all(map(_is_whole, flat)) else "float32"
    shape = _shape_of(numbers)
    if shape is None or given not in _DTYPES or not all(map(_is_number, flat)):
        raise refusal(f"{shorten(value)} is no array of numbers", subject)
    return Array(numbers, shape, str(given))


def _is_whole(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _shape_of(value: Any) -> tuple[int, ...] | None:
    """The lengths of nested lists; None where they are of unequal lengths."""
    if not isinstance(value, list):
        return ()
    shapes = {_shape_of(item) for item in value}
    if len(shapes) > 1 or None in shapes:
        return None
    (inner,) = shapes or {()}
    return (len(value), *(inner or ()))


def may_be_written_out(layer_type: type[Layer], port: str, value: Any) -> bool:
    """Whether an array on a port of a function may stand among its arguments."""
    if port not in getattr(layer_type, "operands", ()):
        return False
    config = value.get("config") if isinstance(value, dict) else None
    dtype = config.get("dtype") if isinstance(config, dict) else "float32"
    plain = dtype in ("float32", "int32") or (port == "indices" and str(dtype).startswith("int"))
    numbers = config.get("value") if isinstance(config, dict) else value
    return plain and len(list_numbers(numbers)) <= FEW


def entries_of(array: Array) -> list[tuple[str, dict[str, Any]]]:
    """The types and arguments of the entries that give an array, each fed by the one before; the first is a source."""
    held = array.weight_dtype
    dtype = {} if held == "float32" else {"dtype": held}
    weight = {"shape": [*array.shape], "initializer": array.initializer, "trainable": False, **dtype}
    entries: list[tuple[str, dict[str, Any]]] = [("Weight", weight), ("ops.get_item", {"key": "0"})]
    return entries if held == array.dtype else [*entries, ("ops.cast", {"dtype": array.dtype})]


def add_array(model: FlatModel, array: Array, name: str, place: str) -> Source:
    """Adds the entries that give an array, as called at that place of the file; returns where it comes from."""
    name = model.fresh(name)
    entries = entries_of(array)
    names = [name, *(model.fresh(f"{name}_{type_name.rpartition('.')[2]}") for type_name, _ in entries[1:])]
    feed: Feed = {}
    for entry, given in zip(names, entries, strict=True):
        model.layers[entry], model.places[entry] = given, place
        feed = {"x": (entry, model.call(entry, feed, {}), 0)}
    model.constants[name] = array
    return names[-1], 0, 0
