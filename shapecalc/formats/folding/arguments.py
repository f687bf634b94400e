"""The arguments that a layer needs to be told: those that differ from what it takes anyway."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics import Fault, Refusal
from shapecalc.layers.arguments.argument import Arg
from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.arguments.numbers import CountKind
from shapecalc.layers.arguments.shapes import AxesKind, BordersKind, PartialShapeKind, WindowKind
from shapecalc.layers.arguments.words import ActivationKind
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import automatic_name, find

_AS_ANOTHER = {"strides": "pool_size", "value_dim": "key_dim"}
"""Arguments that are equal to another one of their layer where nothing is said of them."""


def least_arguments(
    type_name: str, arguments: dict[str, Any], *, rank: int | None = None, weighted: bool = True
) -> dict[str, Any]:
    """The arguments without those that say no more than their default, each in its shortest form.

    `rank` counts the axes of what the layer is fed, the batch axis included; `weighted` says whether it has weights
    that `trainable` could mean.
    """
    layer_type = find(type_name)
    if layer_type is None:
        return dict(arguments)
    least: dict[str, Any] = {}
    for name, value in arguments.items():
        argument = layer_type.args.get(name)
        if argument is None:
            least[name] = value
        elif name == "trainable" and not weighted:
            continue
        elif not _is_silent(layer_type, argument, value, arguments, rank):
            least[name] = _shortest(layer_type, argument, value, rank if type_name == "TimeDistributed" else None)
    return least


def compare_arguments(type_name: str, arguments: dict[str, Any], *, rank: int | None = None) -> str:
    """A text that is equal for the arguments of equal layers, however they are spelt, `trainable` apart."""
    least = least_arguments(type_name, arguments, rank=rank, weighted=False)
    layer_type = find(type_name)
    if layer_type is not None:
        least = {name: _as_held(layer_type, name, value) for name, value in least.items()}
    return repr(sorted((name, _plain(value)) for name, value in least.items()))


def _as_held(layer_type: type[Layer], name: str, value: Any) -> Any:
    """A value as the layer holds it; layers within as texts."""
    argument = layer_type.args.get(name)
    if argument is None or not argument.holds_layers:
        return value if argument is None else _read(layer_type, argument, value)
    layers = value if isinstance(value, list) else [value]
    return [
        (inner, compare_arguments(inner, arguments or {}))
        for layer in layers
        for inner, arguments in (layer.items() if isinstance(layer, dict) else [(str(layer), {})])
    ]


def _plain(value: Any) -> Any:
    """A value with lists for tuples and floats for whole numbers."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _is_silent(
    layer_type: type[Layer], argument: Arg[Any], value: Any, arguments: dict[str, Any], rank: int | None
) -> bool:
    """Whether the layer is the same without the argument."""
    name = argument.name
    if argument.required:
        return False
    if isinstance(argument.kind, (LayerKind, LayersKind)):
        return value is None or (name == "backward_layer" and _is_mirrored(value, arguments.get("layer")))
    if name == "data_format" and argument.default is None and value == "channels_last":
        return True
    other = _AS_ANOTHER.get(name)
    if other in layer_type.args and argument.default is None and value is not None:
        told = arguments.get(other, layer_type.args[other].default)
        return bool(_read(layer_type, argument, value) == _read(layer_type, argument, told))
    if name == "attention_axes" and value is not None and argument.default is None and rank is not None:
        axes = value if isinstance(value, (list, tuple)) else [value]
        return [axis % rank for axis in axes] == [*range(1, rank - 1)]
    if isinstance(argument.kind, ActivationKind) and value == "linear":
        value = None
    default = argument.default_for(layer_type)
    if isinstance(default, int) and not isinstance(default, bool) and default < 0 and name == "axis":
        value = _from_the_end(argument, value, rank)
    return bool(_read(layer_type, argument, value) == default)


def _from_the_end(argument: Arg[Any], value: Any, rank: int | None) -> Any:
    """An axis counted from the last one, as -1; a list of one axis is that axis where the layer takes several."""
    kind = argument.kind
    if isinstance(kind, AxesKind) and isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    counts = isinstance(kind, (AxesKind, CountKind)) and isinstance(value, int) and not isinstance(value, bool)
    return value - rank if counts and rank is not None and 0 <= value < rank else value


def _is_mirrored(backward: Any, layer: Any) -> bool:
    """Whether the layer that reads from the end is the other one turned round, their names apart."""
    if not isinstance(backward, dict) or not isinstance(layer, dict) or [*backward] != [*layer]:
        return False
    ((type_name, there),), ((_, back),) = layer.items(), backward.items()
    there, back = ({key: value for key, value in (one or {}).items() if key != "name"} for one in (there, back))
    there, back = least_arguments(type_name, there), least_arguments(type_name, back)
    return bool(not there.get("go_backwards") and back == {**there, "go_backwards": True})


def _read(layer_type: type[Layer], argument: Arg[Any], value: Any) -> Any:
    """A value as the layer holds it; as it stands where the argument does not take it."""
    try:
        return argument.read(value, layer_type)
    except (Refusal, Fault, TypeError, ValueError):
        return value


def _shortest(layer_type: type[Layer], argument: Arg[Any], value: Any, rank: int | None) -> Any:
    """A value in the fewest words that are read the same."""
    kind = argument.kind
    if isinstance(kind, LayerKind):
        value = _without_directions(value) if layer_type.type_name == "Bidirectional" else value
        return _least_layer(value, None if rank is None else rank - 1)
    if isinstance(kind, LayersKind):
        return [_least_layer(layer, None) for layer in value] if isinstance(value, (list, tuple)) else value
    if isinstance(kind, ActivationKind) and value is None:
        return "linear"
    if isinstance(kind, PartialShapeKind) and isinstance(value, (list, tuple)) and len(value) == 1:
        return value[0] if _read(layer_type, argument, value[0]) == _read(layer_type, argument, value) else value
    if isinstance(kind, (WindowKind, BordersKind)) and isinstance(value, (list, tuple)) and value:
        shorter = [pair[0] if _is_even(pair) else list(pair) for pair in value] if _holds_pairs(value) else list(value)
        for form in (shorter[0], shorter):
            if _read(layer_type, argument, form) == _read(layer_type, argument, value):
                return form
    return value


def _holds_pairs(value: Any) -> bool:
    return all(isinstance(item, (list, tuple)) and len(item) == 2 for item in value)


def _is_even(pair: Any) -> bool:
    return bool(pair[0] == pair[1])


def _without_directions(value: Any) -> Any:
    """A layer in Bidirectional, which names it after its direction, and sees to what it puts out at masked steps."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((type_name, arguments),) = value.items()
    said = {name: item for name, item in (arguments or {}).items() if name != "zero_output_for_mask"}
    if "name" in said:
        said["name"] = str(said["name"]).removeprefix("forward_").removeprefix("backward_")
    return {type_name: said}


def _least_layer(value: Any, rank: int | None) -> Any:
    """A layer that stands in another; its type alone where nothing needs to be said."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((type_name, arguments),) = value.items()
    least = least_arguments(type_name, arguments or {}, rank=rank)
    if has_form(str(least.get("name", "")), base_of(type_name)):
        del least["name"]
    return {type_name: least} if least else type_name


def base_of(type_name: str) -> str:
    """What Keras's names for layers of a type begin with: `dense`, `dense_1`."""
    return automatic_name(type_name.removeprefix("ops.").rpartition(".")[2])


def has_form(name: str, base: str) -> bool:
    """Whether a name is the base, or the base with a number."""
    return name == base or (name.startswith(base + "_") and name[len(base) + 1 :].isdecimal())
