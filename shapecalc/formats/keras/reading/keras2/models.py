"""The JSON of models that Keras 2 wrote, alone or in TensorFlow, as Keras 3 would have written it.

What Keras 3 has under another name is renamed, what it leaves out is left out, and `calls.py` writes the calls anew.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from shapecalc.formats.keras.reading.keras2.configs import modern_config, modern_initializer
from shapecalc.formats.keras.reading.whose import name_all

Json: TypeAlias = dict[str, Any]

_MODELS = ("Functional", "Model", "Sequential")


def is_keras2(data: Any) -> bool:
    """Whether JSON data is of a model that Keras 2 wrote: by its version, or by how it writes calls and shapes."""
    if not isinstance(data, dict):
        return False
    version = data.get("keras_version")
    return version.startswith("2.") if isinstance(version, str) else _is_written_by_keras2(data)


def _is_written_by_keras2(model: Json) -> bool:
    for layer in _layers(model):
        if not isinstance(layer, dict) or not isinstance(layer.get("config"), (dict, list)):
            continue
        calls = layer.get("inbound_nodes")
        if isinstance(calls, list) and calls:
            return not isinstance(calls[0], dict) or "args" not in calls[0]
        if "batch_input_shape" in layer["config"] or _is_written_by_keras2(layer):
            return True
    return False


def _layers(model: Json) -> list[Any]:
    """The layers that a model lists; Keras before 2.2.3 had nothing else in the config of a Sequential."""
    config = model.get("config")
    layers = config.get("layers") if isinstance(config, dict) else config
    return layers if isinstance(layers, list) else []


def modernise(data: Json) -> Json:
    """The JSON data of a model that Keras 2 wrote, as Keras 3 would have written it. Raises Fault with SC609."""
    modern: Json = _modern(name_all(data), "")
    return modern


def _modern(value: Any, subject: str) -> Any:
    """A value in a config, with every model, layer and initializer in it as Keras 3 writes it. Raises Fault."""
    if isinstance(value, list):
        return [_modern(item, subject) for item in value]
    if not isinstance(value, dict):
        return value
    class_name, module = value.get("class_name"), str(value.get("module"))
    if module.startswith("tf_keras."):
        module = module.removeprefix("tf_")
        value = {**value, "module": module}
    if isinstance(class_name, str) and _is_model(value):
        return _modern_model(value)
    if isinstance(class_name, str) and isinstance(value.get("config"), dict):
        if module.startswith("keras.layers"):
            return _modern_layer(value, subject)
        if module == "keras.initializers":
            return {**value, "config": modern_initializer(class_name, value["config"])}
    return {key: _modern(item, subject) for key, item in value.items()}


def _is_model(value: Json) -> bool:
    """Whether an object is a model: of a class of Keras, or of another that lists its calls."""
    config = value.get("config")
    return bool(_layers(value)) and (value["class_name"] in _MODELS or "input_layers" in (config or ()))


def _modern_model(model: Json) -> Json:
    """A model with its layers and their calls. Raises Fault."""
    config = model["config"] if isinstance(model["config"], dict) else {"name": "sequential", "layers": model["config"]}
    layers = [_modern_entry(item) for item in config["layers"]]
    if model["class_name"] == "Sequential":
        return {**model, "config": {**_input_of(config["layers"]), **config, "layers": layers}}
    from shapecalc.formats.keras.reading.keras2.calls import modern_calls  # with all of TensorFlow's functions

    return {**model, "config": modern_calls(config, layers)}


def _modern_entry(item: Any) -> Any:
    """An entry of a model's list, its calls as they are. Raises Fault."""
    if not isinstance(item, dict):
        return item
    calls = {"inbound_nodes": item["inbound_nodes"]} if "inbound_nodes" in item else {}
    subject = item.get("name") or (item["config"].get("name") if isinstance(item.get("config"), dict) else None)
    return {**_modern({key: value for key, value in item.items() if key not in calls}, str(subject or "")), **calls}


def _modern_layer(layer: Json, subject: str) -> Json:
    """A layer, with those in it. Raises Fault."""
    class_name, config = layer["class_name"], layer["config"]
    if class_name == "InputLayer":
        shape = config.get("batch_input_shape", config.get("batch_shape"))
        kept = {name: value for name, value in config.items() if name != "batch_input_shape"}
        return {**layer, "config": {**kept, "batch_shape": shape}}
    type_name, modern = modern_config(class_name, config, subject)
    return {**layer, "class_name": type_name, "config": _modern(modern, subject)}


def _input_of(layers: list[Any]) -> Json:
    """What a Sequential is fed where no InputLayer says so: its first layer does, or what is in that."""
    first = layers[0]
    if isinstance(first, dict) and first.get("class_name") == "InputLayer":
        return {}
    while isinstance(first, dict) and isinstance(first.get("config"), (dict, list)):
        config, inner = first["config"], _layers(first)
        if "batch_input_shape" in config:
            return {"build_input_shape": config["batch_input_shape"]}
        first = inner[0] if inner else config.get("layer") if isinstance(config, dict) else None
    return {}
