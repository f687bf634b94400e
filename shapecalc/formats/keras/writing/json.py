"""A flat model as the JSON of `keras.Model.to_json`, which `keras.models.model_from_json` reads.

https://keras.io/api/models/model_saving_apis/model_config_serialization/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from shapecalc.diagnostics import json_escapes
from shapecalc.formats.flat_model import Call, FlatModel, Source, refusal
from shapecalc.formats.keras.operations import node_of
from shapecalc.formats.keras.stand_ins import put_stand_ins
from shapecalc.layers.arguments.names import KERAS2_HARD_SIGMOID
from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.arguments.words import InitializerKind
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import automatic_name, find
from shapecalc.layers.class_names import camel_case

_OURS = {
    "Weight": "Keras has no layer that is a weight alone, and in a layer nothing can stand in for it",
    "TimeDistributedDense": "Keras 3 has replaced it by TimeDistributed",
}

_ALONE = {("Cropping1D", "cropping"), ("RNN", "cell"), ("UpSampling1D", "size"), ("ZeroPadding1D", "padding")}
"""Arguments of which a single item stands without a list around it."""

_WHOLE = ("Rescaling", "TextVectorization")
"""Types that Keras reads only if the config says every argument."""


def keras_json(flat: FlatModel) -> str:
    """The JSON text of a functional model. Raises Fault with SC609 for what Keras has no layer for."""
    flat = put_stand_ins(flat)
    model = _functional(flat, flat.blocks, flat.name)
    try:
        return json_escapes(json.dumps(model, indent=1, allow_nan=False)) + "\n"
    except ValueError:
        raise refusal("a number that is not finite cannot be written in JSON") from None


def _functional(flat: FlatModel, blocks: dict[str, FlatModel], name: str) -> dict[str, Any]:
    """A model as Keras serialises one."""
    inputs = [_input(given.name, [given.batch, *given.shape], given.dtype) for given in flat.inputs]
    calls: dict[str, list[Call]] = {name: [] for name in flat.layers}
    for call in flat.calls:
        calls[call.layer].append(call)
    layers = [_layer(flat, blocks, name, calls[name]) for name in flat.layers]
    outputs = [list(source) for source in flat.outputs.values()]
    starts = [[given.name, 0, 0] for given in flat.inputs]
    config = {
        "name": name.replace("/", "_"),
        "trainable": True,
        "layers": [*inputs, *layers],
        "input_layers": starts[0] if len(starts) == 1 else starts,
        "output_layers": outputs[0] if len(outputs) == 1 else outputs,
    }
    return _object("keras.src.models.functional", "Functional", config, "Functional")


def _layer(flat: FlatModel, blocks: dict[str, FlatModel], name: str, calls: list[Call]) -> dict[str, Any]:
    """A layer, or a function, with all its calls."""
    type_name, arguments = flat.layers[name]
    if type_name == "TimeDistributed" and any(isinstance(call.feed.get("inputs"), list) for call in calls):
        help = "join them in front of it, for example with `Concatenate`, and take them apart within"
        raise refusal("in Keras TimeDistributed takes one input, and this one takes several", name, help)
    fed = [{port: _feed_json(flat, source) for port, source in call.feed.items()} for call in calls]
    if type_name.startswith("ops."):
        found = [node_of(type_name, arguments, feed, name) for feed in fed]
        first = found[0]
        made = _object(first.module, first.class_name, {"name": name, **first.config}, first.class_name)
        nodes = [{"args": node.args, "kwargs": {}} for node in found]
    else:
        made = serialize_layer(type_name, {"name": name, **arguments}, name, blocks)
        nodes = []
        for call, feed in zip(calls, fed, strict=True):
            if type_name == "StackedRNNCells":
                feed["states"] = nest_states(arguments["cells"], iter(feed["states"]))
            first_fed = [feed.pop(port) for port in [*feed][:1]]
            if type_name in blocks and feed:
                first_fed, feed = [[*first_fed, *feed.values()]], {}
            nodes.append({"args": first_fed, "kwargs": feed | call.arguments})
    return {**made, "name": name, "inbound_nodes": nodes}


def nest_states(cells: list[dict[str, Any]], states: Iterator[Any]) -> list[Any]:
    """The states of cells above one another as Keras wants them: those of a cell that has several in a list."""
    nested = []
    for cell in cells:
        type_name, arguments = _single(cell)
        if type_name == "StackedRNNCells":
            nested.append(nest_states(arguments["cells"], states))
        else:
            nested.append([next(states), next(states)] if type_name == "LSTMCell" else next(states))
    return nested


def _input(name: str, shape: list[int | None], dtype: str) -> dict[str, Any]:
    config = {"batch_shape": shape, "dtype": dtype, "sparse": False, "ragged": False, "name": name}
    return {**_object("keras.layers", "InputLayer", config), "name": name, "inbound_nodes": []}


def _feed_json(flat: FlatModel, source: Source | list[Source]) -> Any:
    """A tensor as Keras saves where it comes from, or a list of them."""
    if isinstance(source, list):
        return [_feed_json(flat, item) for item in source]
    shape, dtype = flat.tensors[source]
    return {"class_name": "__keras_tensor__", "config": {"shape": shape, "dtype": dtype, "keras_history": [*source]}}


def serialize_layer(
    type_name: str, arguments: dict[str, Any], subject: str, blocks: Mapping[str, FlatModel] = MappingProxyType({})
) -> dict[str, Any]:
    """A layer as Keras serialises one, a block as a model. Raises Fault with SC609."""
    if type_name in blocks:
        block = put_stand_ins(blocks[type_name])
        return _functional(block, dict(blocks), str(arguments.get("name") or automatic_name(type_name)))
    if type_name in _OURS or type_name.startswith("ops."):
        reason = _OURS.get(type_name, "it is a function, and a layer is wanted there")
        raise refusal(f"{type_name} cannot be written for Keras: {reason}", subject)
    layer_type = find(type_name)
    assert layer_type is not None
    if type_name in _WHOLE:
        own = {name: one.default_for(layer_type) for name, one in layer_type.args.items() if not one.required}
        arguments = own | arguments
    config = {name: _value(layer_type, name, value, subject, blocks) for name, value in arguments.items()}
    return _object("keras.layers", type_name, config)


def _value(layer_type: type[Layer], name: str, value: Any, subject: str, blocks: Mapping[str, FlatModel]) -> Any:
    """A value of an argument as Keras's config holds it."""
    argument = layer_type.args.get(name)
    if argument is None or value is None:
        return value
    if value == KERAS2_HARD_SIGMOID:
        help = "write `hard_sigmoid` in the spec, of another slope, and train it anew"
        raise refusal(f"Keras 3 has no `{value}`", subject, help)
    value = single_item(layer_type.type_name, name, value)
    if isinstance(argument.kind, (LayerKind, LayersKind)):
        several = value if isinstance(value, list) else [value]
        items = [serialize_layer(*_single(item), subject, blocks) for item in several]
        return items if isinstance(value, list) else items[0]
    if isinstance(value, dict) and len(value) == 1 and isinstance(argument.kind, InitializerKind):
        initializer, arguments = _single(value)
        return _object("keras.initializers", camel_case(initializer), arguments)
    if isinstance(value, dict) and len(value) == 1 and name.endswith(("_regularizer", "_constraint")):
        return _object(f"keras.{name.rpartition('_')[2]}s", *_single(value))
    return value


def single_item(type_name: str, name: str, value: Any) -> Any:
    """A value as Keras's constructor takes it: of some arguments a single item stands without a list around it."""
    return value[0] if (type_name, name) in _ALONE and isinstance(value, list) and len(value) == 1 else value


def _single(value: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name and the arguments of `{NAME: {...}}`."""
    ((name, arguments),) = value.items()
    return name, arguments or {}


def _object(module: str, name: str, config: dict[str, Any], registered: str | None = None) -> dict[str, Any]:
    """An object as Keras serialises it; of models and functions it repeats the class as the registered name."""
    return {"module": module, "class_name": name, "config": config, "registered_name": registered}
