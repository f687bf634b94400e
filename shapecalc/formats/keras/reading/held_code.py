"""The code in a serialised layer: classes and functions that are none of Keras's, which are never imported or run.

A layer of a known type with code in an argument on which no shape depends, such as an activation, keeps its type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.diagnostics.errors import Refusal
from shapecalc.formats.keras.reading.entries import is_keras_own, is_model
from shapecalc.layers.arguments.words import ActivationKind
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE, canonical, find

if TYPE_CHECKING:
    from shapecalc.layers.arguments.argument import Arg

_LAMBDA = "__lambda__"


class Stripped(NamedTuple):
    """A config without the code in it, and the code by the argument that held it.

    `whole` names what makes the layer all code, where something does: a layer within that has no type, or an argument
    that the layer is nothing without.
    """

    config: dict[str, Any]
    code: dict[str, str]
    whole: str | None = None


def strip_code(layer_type: type[Layer], config: dict[str, Any]) -> Stripped:
    """The config of a layer without the code in it."""
    kept = dict(config)
    code: dict[str, str] = {}
    for name, value in config.items():
        if not isinstance(value, (dict, list, str)):
            continue
        argument = layer_type.args.get(name)
        if argument is None or name == "dtype":
            continue
        if argument.holds_layers:
            inner = _strip_layers(value)
            if inner.whole is not None:
                return Stripped(config, {}, inner.whole)
            kept[name] = inner.config["layers"]
            code |= {f"{name}.{inside}": words for inside, words in inner.code.items()}
        elif (words := _code_in(argument, value, layer_type)) is not None:
            if isinstance(argument.kind, ActivationKind):
                kept[name] = "linear"
            elif argument.required:
                return Stripped(config, {}, words)
            else:
                del kept[name]
            code[name] = words
    return Stripped(kept, code)


def _strip_layers(value: Any) -> Stripped:
    """The layer, or list of layers, in an argument without the code in them, as `layers`."""
    if isinstance(value, list):
        parts = [_strip_layers(item) for item in value]
        whole = next((part.whole for part in parts if part.whole is not None), None)
        code = {name: words for part in parts for name, words in part.code.items()}
        return Stripped({"layers": [part.config["layers"] for part in parts]}, code, whole)
    if not isinstance(value, dict) or is_model(value) or not isinstance(value.get("config"), dict):
        return Stripped({"layers": value}, {})
    layer_type = type_of(value)
    if layer_type is None:
        return Stripped({"layers": value}, {}, owner_of(value))
    config, code, whole = strip_code(layer_type, value["config"])
    return Stripped({"layers": {**value, "config": config}}, code, whole)


def type_of(entry: dict[str, Any]) -> type[Layer] | None:
    """The type of a serialised layer; None where it is none of Keras's, or one that holds code."""
    name = canonical(str(entry.get("class_name")))
    if name not in CATALOGUE or name.startswith("ops.") or not is_keras_own(entry):
        return None
    layer_type = find(name)
    return None if layer_type is None or layer_type.refused else layer_type


def is_built_code(data: Any) -> bool:
    """Whether a file's model is of somebody's class that lists no layers, and says what it was built for."""
    if not isinstance(data, dict) or not isinstance(data.get("class_name"), str) or is_keras_own(data):
        return False
    config, build = data.get("config"), data.get("build_config")
    shape = build.get("input_shape") if isinstance(build, dict) else None
    is_shape = isinstance(shape, list) and bool(shape) and all(size is None or type(size) is int for size in shape)
    return isinstance(config, dict) and "layers" not in config and is_shape


def as_one_layer(data: dict[str, Any]) -> dict[str, Any]:
    """A model that is all code as a model of one layer, fed what it was built for; the batch may be any."""
    name = data["config"].get("name") or "model"
    shape = [None, *data["build_config"]["input_shape"][1:]]
    config = {"name": name, "layers": [{**data, "name": name}], "build_input_shape": shape}
    return {"module": "keras", "class_name": "Sequential", "config": config}


def _code_in(argument: Arg[Any], value: Any, layer_type: type[Layer]) -> str | None:
    """What code an argument holds, if any: an object of nobody's class, a function, a word that Keras does not know."""
    if not isinstance(argument.kind, ActivationKind):
        return None if isinstance(value, str) else code_of(value)
    if not isinstance(value, str):
        # Of a lambda as activation Keras writes the code alone.
        return code_of(value) if isinstance(value, dict) and "class_name" in value else "a lambda"
    try:
        argument.read(value, layer_type)
    except Refusal:
        return value
    return None


def code_of(value: Any) -> str | None:
    """What code stands in a value, if any."""
    if isinstance(value, list):
        items = value if value and isinstance(value[0], (dict, list)) else []
    elif isinstance(value, dict):
        name = value.get("class_name")
        if name == _LAMBDA:
            return "a lambda"
        if isinstance(name, str) and "module" in value and not name.startswith("__") and not is_keras_own(value):
            return owner_of(value)
        items = [*value.values()]
    else:
        return None
    return next((words for item in items if (words := code_of(item)) is not None), None)


def owner_of(value: dict[str, Any]) -> str:
    """The class or the function of a serialised object with whose it is: `mine>Attend`, `keras.layers.JaxLayer`."""
    name, module, registered = value.get("class_name"), value.get("module"), value.get("registered_name")
    if name == "function" and isinstance(value.get("config"), str):
        return str(value["config"])
    if isinstance(registered, str) and registered not in (name, "") and not is_keras_own(value):
        return registered
    return f"{module}.{name}" if isinstance(module, str) and module else str(name)
