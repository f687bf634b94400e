"""Values of a Keras config as a spec gives them; what says no more than the default is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from shapecalc.diagnostics import shorten
from shapecalc.diagnostics.errors import Refusal
from shapecalc.formats.flat_model import refusal
from shapecalc.formats.keras.reading.entries import is_keras_own, is_model
from shapecalc.layers.arguments.argument import Arg
from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.arguments.words import ActivationKind, InitializerKind
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.layers.class_names import snake_case
from shapecalc.model.references import name_fault, suggest_name

_NAMES = ("name", "trainable", "dtype")
_INITIAL = {
    "gain": 1.0, "mean": 0.0, "stddev": 0.05, "minval": -0.05, "maxval": 0.05, "scale": 1.0, "mode": "fan_in",
    "distribution": "truncated_normal",
}  # fmt: skip
"""The defaults of Keras's initializers, which are the same wherever they go by the same name."""
_SILENT = (("trainable", True), ("oov_method", "floormod"))
"""What a config says of every layer, or of every one that a spec knows."""
_DEPTH = 50
_ACTIVATED = ("activations", "convolution", "core")
"""The families whose layers have their activation last."""


ReadBlock: TypeAlias = Callable[[dict[str, Any]], str]
"""Reads a model that stands in a layer as a block, and returns its name. Raises Fault."""


def _read_no_block(data: dict[str, Any]) -> str:
    raise refusal("a model stands within it, where a layer is wanted", str(data.get("class_name")))


def arguments_of(
    layer_type: type[Layer],
    config: dict[str, Any],
    subject: str,
    read_block: ReadBlock = _read_no_block,
    depth: int = 0,
) -> dict[str, Any]:
    """The arguments of a layer. Raises Fault with SC609 for what cannot be honoured."""
    found: dict[str, Any] = {}
    for name, value in config.items():
        argument = layer_type.args.get(name)
        if (name, value) in _SILENT:
            continue
        if name == "vocabulary_size":
            _refuse_learnt(config, subject)
            continue
        if name == "dtype":
            value = _dtype(value, subject)
        if argument is None or argument.call:
            if name not in _NAMES and value is not None:
                raise refusal(f"a spec's {layer_type.type_name} has no argument `{shorten(name)}`", subject)
            continue
        if name == "num_bins" and config.get("bin_boundaries"):
            continue  # bins that were learnt: it says how many were asked for
        plain = _plain(argument, value, subject, read_block, depth)
        if not _is_default(layer_type, argument, plain, subject):
            found[name] = plain
    return found


def _refuse_learnt(config: dict[str, Any], subject: str) -> None:
    """Refuses a layer that has learnt its vocabulary: a config holds one that was given, of the other its size."""
    if config.get("vocabulary") is None and config["vocabulary_size"] is not None:
        help = "save the model as a `.keras` file, which has the words, or write the spec by hand with them"
        raise refusal("its vocabulary was learnt, and is not in the config", subject, help)


def _is_default(layer_type: type[Layer], argument: Arg[Any], value: Any, subject: str) -> bool:
    """Whether a value says what the argument's default says. Raises Fault where it is none the argument takes."""
    if isinstance(argument.kind, (LayerKind, LayersKind)):
        return value is None
    try:
        read = argument.read(value, layer_type)
    except Refusal as error:
        message = f"`{argument.name}` of {layer_type.type_name} {error.message}"
        raise refusal(message, subject, error.help) from None
    return not argument.required and bool(read == argument.default_for(layer_type))


def call_argument(
    layer_type: type[Layer], name: str, value: Any, subject: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    """An argument of a call that is no tensor, where it says something; `arguments` are the layer's. Raises Fault."""
    if value is None or value is False or (value == [] and name == "initial_state"):
        return {}
    if name == "training" and not is_changed_by_training(layer_type, arguments):
        return {}
    argument = layer_type.args.get(name)
    if argument is None or not argument.call:
        raise refusal(f"it is called with `{shorten(name)}` = {as_yaml(value)}, which a spec cannot say", subject)
    return {name: value}


def split_activation(layer_type: type[Layer], config: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A layer's config without an activation that is a layer itself, and that layer, where it comes last of all."""
    value = config.get("activation")
    is_last = layer_type.__module__.rpartition(".")[2] in _ACTIVATED
    if (
        not isinstance(value, dict)
        or not is_last
        or not is_keras_own(value)
        or not isinstance(value.get("config"), dict)
    ):
        return config, None
    return {**config, "activation": "linear"}, value


def is_changed_by_training(layer_type: type[Layer], arguments: dict[str, Any]) -> bool:
    """Whether a layer computes other numbers where it is called with `training=True`.

    Images are augmented by every call that says nothing, and by none of `Model.predict`.
    """
    from shapecalc.layers.image import Image

    if issubclass(layer_type, Image):
        return False
    if "training" in layer_type.args:
        return True
    inner = [layer for name in layer_type.args for layer in _list_inner(arguments.get(name))]
    return any(arguments.get(name) for name in ("dropout", "recurrent_dropout")) or any(
        is_changed_by_training(inner_type, given) for inner_type, given in inner
    )


def _list_inner(value: Any) -> list[tuple[type[Layer], dict[str, Any]]]:
    """The layers in an argument, each with its arguments."""
    inner = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and len(item) == 1:
            ((name, arguments),) = item.items()
            layer_type = find(name) if name in CATALOGUE else None
            inner += [] if layer_type is None or not isinstance(arguments, dict) else [(layer_type, arguments)]
    return inner


def _plain(argument: Arg[Any], value: Any, subject: str, read_block: ReadBlock, depth: int) -> Any:
    """One value as a spec gives it. Raises Fault."""
    kind = argument.kind
    if isinstance(kind, (LayerKind, LayersKind)):
        if isinstance(kind, LayersKind) and isinstance(value, dict) and value.get("class_name") == "StackedRNNCells":
            value = _object(value, subject)[1].get("cells")  # a list of cells is stacked
        if isinstance(value, list):
            return [_layer(item, subject, read_block, depth) for item in value]
        return None if value is None else _layer(value, subject, read_block, depth)
    if isinstance(kind, InitializerKind) and isinstance(value, dict):
        name, config = _object(value, subject)
        given = {key: item for key, item in config.items() if item is not None and _INITIAL.get(key) != item}
        return {snake_case(name): given} if given else snake_case(name)
    if isinstance(kind, ActivationKind) and value == "linear":
        return None
    if isinstance(value, dict) and str(value.get("class_name")).startswith("__"):  # code, arrays: nobody's class
        return {value["class_name"]: value.get("config")}
    if isinstance(value, dict) and "class_name" in value:
        name, config = _object(value, subject)
        return {name: config} if config else name
    return value


def _object(value: dict[str, Any], subject: str) -> tuple[str, dict[str, Any]]:
    """Class name and config of a serialised object of Keras. Raises Fault."""
    name, config = value.get("class_name"), value.get("config")
    if not isinstance(name, str) or not isinstance(config, dict) or not is_keras_own(value):
        raise refusal(f"{as_yaml(value)} is an object that a spec cannot hold", subject)
    return name, config


def _layer(value: Any, subject: str, read_block: ReadBlock, depth: int) -> dict[str, Any]:
    """A layer that stands in another, or a model as a block. Raises Fault."""
    if is_model(value):
        return {read_block(value): {}}
    name, config = _object(value, subject) if isinstance(value, dict) else (shorten(value), {})
    layer_type = find(name) if name in CATALOGUE and not name.startswith("ops.") else None
    if layer_type is None or depth > _DEPTH:
        raise refusal(f"{shorten(name)} within it is no layer that a spec knows", subject)
    own = config.get("name")
    if isinstance(own, str) and name_fault(own) is not None:
        own = suggest_name(own, snake_case(name))
    named = {"name": own} if isinstance(own, str) else {}
    return {name: named | arguments_of(layer_type, config, subject, read_block, depth + 1)}


def _dtype(value: Any, subject: str) -> Any:
    """The name of a dtype or policy. Raises Fault."""
    if isinstance(value, dict):
        name, config = _object(value, subject)
        if name != "DTypePolicy":
            raise refusal(f"the dtype policy {shorten(name)} is not one that a spec knows", subject)
        return config.get("name")
    return value
