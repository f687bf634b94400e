"""Functions of keras.ops as Keras saves them: as nodes of classes such as `Add` or `GetItem`. https://keras.io/api/ops/

Tensors and the constants in their place are what a node is called with; other arguments stand in its config.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from shapecalc.diagnostics import shorten
from shapecalc.formats.flat_model import Feed, Source, refusal
from shapecalc.formats.keras.reading.constants import PlaceArray, is_array, may_be_written_out, place_arrays
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.base import Layer, port_name, takes_many
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.layers.class_names import camel_case
from shapecalc.layers.ops.slicing import Entry, KeyKind, key_text

_MODULES = {
    "core": "cast stop_gradient unstack",
    "image": "image.resize",
    "linalg": "norm",
    "math": "erf logsumexp rsqrt top_k",
    "nn": (
        "elu gelu hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu log_sigmoid log_softmax normalize one_hot "
        "relu relu6 selu sigmoid silu softmax softplus softsign sparse_plus sparse_sigmoid swish tanh_shrink"
    ),
}
"""Where Keras has the classes of functions; all others stand in `numpy`."""

_SAME = {"ops.abs": "ops.absolute", "ops.hard_swish": "ops.hard_silu", "ops.swish": "ops.silu"}
"""Second names, which Keras saves as the first."""

_CALLED = {"ops.full_like": "fill_value", "ops.get_item": "key", "ops.pad": "constant_values"}
"""What a call is given after its tensors."""

_ARRAYS = ("__numpy__", "__tensor__")


class Node(NamedTuple):
    """A function as Keras saves it: its class, its arguments, and what it is called with."""

    module: str
    class_name: str
    config: dict[str, Any]
    args: list[Any]


@cache
def _types() -> dict[str, str]:
    """Type names by class."""
    return {_class_name(name): name for name in CATALOGUE if name.startswith("ops.") and name not in _SAME}


def _class_name(type_name: str) -> str:
    """The class of `ops.true_divide` is TrueDivide."""
    return camel_case(_SAME.get(type_name, type_name).rpartition(".")[2])


def is_operation(entry: dict[str, Any]) -> bool:
    """Whether an entry of a model's layers is a function of keras.ops."""
    module = entry.get("module")
    return isinstance(module, str) and module.startswith("keras.") and ".ops" in module


def is_identity(entry: dict[str, Any]) -> bool:
    """Whether a function hands on what it is called with: Keras makes sure of a mask that it is a tensor."""
    said = [value for name, value in entry["config"].items() if name != "name" and value is not None]
    return entry["class_name"] == "ConvertToTensor" and not said


def operation_type(class_name: str) -> type[Layer] | None:
    """The layer type of a function by its class in Keras."""
    name = _types().get(class_name)
    return None if name is None else find(name)


def call_of(
    layer_type: type[Layer], node: dict[str, Any], subject: str, place: PlaceArray
) -> tuple[Feed, dict[str, Any]]:
    """Tensors by the port they feed, and the constants of a call. Raises Fault with SC609.

    Arrays that are too long to be written out, or that stand where a spec takes tensors alone, are placed.
    """
    ports = {port_name(port): takes_many(port) for port in layer_type.ports}
    called = _CALLED.get(layer_type.type_name)
    names = [*ports, *([] if called is None else [called])]
    args = node["args"]
    if any(ports.values()) and args and not isinstance(args[0], list):
        args = [args]
    values = {**dict(zip(names, args, strict=False)), **(node.get("kwargs") or {})}
    if len(args) > len(names) or any(name not in names for name in values):
        raise refusal(f"{layer_type.type_name} is called with {', '.join(names)}, this is called with more", subject)
    feed: Feed = {}
    constants: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, tuple):
            feed[name] = [value] if ports[name] else value
        elif ports.get(name):
            feed[name] = _tensors(place_arrays(value, place), layer_type, subject)
        elif name in ports and is_array(value) and not may_be_written_out(layer_type, name, value):
            feed[name] = place(value)
        elif name == "key":
            constants[name] = key_text(_key(value, subject))
        elif value is not None:
            constants[name] = _constant(value, subject)
    return _by_place(layer_type, feed), constants


def _by_place(layer_type: type[Layer], feed: dict[str, Any]) -> dict[str, Any]:
    """Operands are fed in order: the only tensor is fed first, wherever the constant stands."""
    operands = _operands(layer_type)
    tensors = [feed[name] for name in operands if name in feed]
    others = {name: value for name, value in feed.items() if name not in operands}
    return others | dict(zip(operands, tensors, strict=False))


def _operands(layer_type: type[Layer]) -> tuple[str, ...]:
    """The ports that a constant may stand for."""
    found: tuple[str, ...] = getattr(layer_type, "operands", ())
    return found


def _tensors(value: Any, layer_type: type[Layer], subject: str) -> list[Source]:
    """A list that is all tensors."""
    if isinstance(value, list) and all(isinstance(item, tuple) for item in value):
        return value
    raise refusal(f"{layer_type.type_name} is fed tensors alone in a spec, and one of these is a constant", subject)


def _constant(value: Any, subject: str) -> Any:
    """A number, or numbers in lists."""
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, list):
        return [_constant(item, subject) for item in value]
    config = value.get("config") if isinstance(value, dict) and value.get("class_name") in _ARRAYS else None
    if isinstance(config, dict):
        return _constant(config.get("value"), subject)
    raise refusal(f"{shorten(value)} is no constant that a spec can hold", subject)


def _key(value: Any, subject: str) -> tuple[Entry, ...]:
    """What stands between brackets."""
    return tuple([_entry(item, subject) for item in (value if isinstance(value, list) else [value])])


def _entry(item: Any, subject: str) -> Entry:
    if item is None or (isinstance(item, int) and not isinstance(item, bool)):
        return item
    name, config = (item.get("class_name"), item.get("config")) if isinstance(item, dict) else (None, None)
    if name == "__ellipsis__":
        return "..."
    if name == "__slice__" and isinstance(config, dict):
        bounds = config.get("start"), config.get("stop"), config.get("step")
        if all(bound is None or type(bound) is int for bound in bounds) and bounds[2] != 0:
            return bounds
    raise refusal(f"{as_yaml(item)} between brackets is nothing that a spec can say", subject)


def node_of(type_name: str, arguments: dict[str, Any], feed: dict[str, Any], subject: str) -> Node:
    """A function as Keras saves it; `feed` are its tensors by port, as they are to be written. Raises Fault."""
    layer_type = find(type_name)
    assert layer_type is not None
    if type_name == "ops.clip" and {"x_min", "x_max"} & feed.keys():
        reason = "Keras cannot save bounds that are tensors"
        raise refusal(f"{type_name} cannot be written for Keras: {reason}", subject)
    called, operands = _CALLED.get(type_name), _operands(layer_type)
    ports = [port_name(port) for port in layer_type.ports]
    if type_name == "ops.clip":
        ports = ports[:1]
    config = {
        name: arguments[name] if name in arguments else argument.default_for(layer_type)
        for name, argument in layer_type.args.items()
        if name not in ports and name != called
    }
    tensors = iter([feed[name] for name in operands if name in feed])
    args: list[Any] = [
        (_array(arguments[port], type_name) if port in arguments else next(tensors)) if port in operands else feed[port]
        for port in ports
    ]
    if type_name == "ops.einsum":
        args = args[0]
    if called is not None and called in arguments:
        args.append(_saved_key(arguments[called], layer_type) if called == "key" else arguments[called])
    name = type_name.removeprefix("ops.")
    module = next((module for module, names in _MODULES.items() if name in names.split()), "numpy")
    return Node(f"keras.src.ops.{module}", _class_name(type_name), config, args)


def _array(value: Any, type_name: str) -> Any:
    """A constant in a tensor's place: a number, or an array of int32, float32 or truth values."""
    if not isinstance(value, list) or type_name == "ops.take":  # whose indices Keras saves as a list
        return value
    numbers = _numbers(value)
    dtype = "bool" if all(isinstance(number, bool) for number in numbers) else "int32"
    dtype = "float32" if any(isinstance(number, float) for number in numbers) else dtype
    return {"class_name": "__tensor__", "config": {"value": value, "dtype": dtype}}


def _numbers(value: Any) -> list[Any]:
    return [number for item in value for number in _numbers(item)] if isinstance(value, list) else [value]


def _saved_key(text: str, layer_type: type[Layer]) -> Any:
    """What stands between brackets, as Keras saves it; a position alone is no list."""
    entries = [_saved_entry(entry) for entry in KeyKind().read(text, layer_type)]
    return entries[0] if len(entries) == 1 and isinstance(entries[0], int) else entries


def _saved_entry(entry: Entry) -> Any:
    if entry == "...":
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(entry, tuple):
        return {"class_name": "__slice__", "config": dict(zip(("start", "stop", "step"), entry, strict=True))}
    return entry
