"""The JSON of `keras.Model.to_json` as a flat model: functional and sequential models, models within models too.

https://keras.io/api/models/model_saving_apis/model_config_serialization/
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from shapecalc.diagnostics import Fault, Span, error, shorten
from shapecalc.formats.flat_model import Call, Feed, FlatModel, Input, Source, freeze, refusal
from shapecalc.formats.json_text import parse_json
from shapecalc.formats.keras.nodes import (
    MOST_OUTPUTS,
    CallKey,
    find_source,
    is_tensors,
    list_sources,
    order_calls,
    put_in_sources,
    read_sources,
)
from shapecalc.formats.keras.operations import call_of, is_identity, is_operation, operation_type
from shapecalc.formats.keras.small_layers import spell_out
from shapecalc.formats.keras.values import arguments_of, call_argument, is_keras_own
from shapecalc.layers.arguments.names import DTYPES
from shapecalc.layers.base import Layer, port_name, takes_many
from shapecalc.layers.catalogue import CATALOGUE, canonical, find

MAX_CALLS = 20_000
MAX_NESTED = 50

_MODELS = ("Functional", "Sequential", "Model")


def is_keras(text: str) -> bool:
    """Whether a text looks like a model's JSON: a spec has no `class_name`."""
    return text.lstrip()[:1] == "{" and '"class_name"' in text and '"config"' in text


def read_keras(text: str, file: str) -> FlatModel:
    """The flat model of a JSON text.

    Raises Fault: SC101 where the text is no JSON, SC602 for one that nests too deep, SC609 for what cannot be honoured.
    """
    try:
        return _read_model(_parsed(text, file))
    except RecursionError:
        raise Fault(error("SC602", "the JSON nests too deep")) from None


def _parsed(text: str, file: str) -> Any:
    """What a JSON text holds. Raises Fault."""
    try:
        return parse_json(text)
    except json.JSONDecodeError as failure:
        span = Span(file, failure.lineno, failure.colno, failure.colno + 1)
        raise Fault(error("SC101", f"the file is no JSON: {failure.msg}", span)) from None


def _read_model(data: Any) -> FlatModel:
    """The flat model of JSON data. Raises Fault."""
    found = FlatModel(str(_model_config(data, "").get("name") or "model"))
    reader = _Reader(found)
    exits = [reader.settle(source) for source in reader.model(data, None, 0)]
    names = ["output"] if len(exits) == 1 else [_output_name(exits, at) for at in range(len(exits))]
    found.outputs = dict(zip(names, exits, strict=True))
    return found


def _output_name(exits: list[Source], at: int) -> str:
    """The name of one of several outputs: its layer's, where that is the only one of this name."""
    name = exits[at][0]
    return name if [layer for layer, _, _ in exits].count(name) == 1 else f"output_{at}"


def _model_config(data: Any, subject: str) -> dict[str, Any]:
    """The config of a model. Raises Fault."""
    own = isinstance(data, dict) and data.get("class_name") in _MODELS and _is_model(data)
    if not own or not isinstance(data.get("config"), dict):
        name = data.get("class_name") if isinstance(data, dict) else None
        what = f"a {_class_of(data)}" if isinstance(name, str) else "something else"
        raise refusal(f"a Functional or a Sequential model is wanted, this is {what}", subject)
    config: dict[str, Any] = data["config"]
    if not isinstance(config.get("layers"), list):
        raise refusal("the model lists no layers: a subclass of Model holds code in their place", subject)
    return config


def _is_model(data: dict[str, Any]) -> bool:
    """Whether a model is of a class of Keras; Keras 2, which did not say whose a class is, wrote others' names."""
    return "module" not in data or is_keras_own(data)


class _Mask(NamedTuple):
    """A function that may be a mask: whether `compared` is not `value`, or with `features` whether any of these is."""

    compared: Source
    value: float
    features: bool


class _Function(NamedTuple):
    """A call of a function of keras.ops, and what Keras calls it."""

    layer_type: type[Layer]
    config: dict[str, Any]
    node: dict[str, Any]
    own: str


class _Reader:
    """Adds models to one flat model."""

    def __init__(self, found: FlatModel) -> None:
        self.found = found
        self.names: dict[tuple[str, str], str] = {}
        self.masks: dict[Source, _Mask] = {}
        self.waiting: dict[Source, _Function] = {}
        self.entered: dict[Source, Source] = {}
        self.calls: dict[CallKey, Call] = {}
        self.frozen = False

    def model(self, data: Any, fed: list[Source] | None, depth: int, prefix: str = "") -> list[Source]:
        """Adds one model; `fed` are the tensors of a model within another. Returns what leaves it. Raises Fault."""
        config = _model_config(data, prefix.rstrip("/"))
        if depth > MAX_NESTED:
            raise refusal(f"models stand in models more than {MAX_NESTED} deep", prefix.rstrip("/"))
        if depth == 0:  # of models within Keras's own reading heeds what each of their layers says
            self.frozen = config.get("trainable") is False
        if data["class_name"] == "Sequential":
            exits = self.sequential(config, data.get("build_config"), fed, depth, prefix)
        else:
            exits = self.functional(config, fed, depth, prefix)
        return exits

    def sequential(
        self, config: dict[str, Any], build: Any, fed: list[Source] | None, depth: int, prefix: str
    ) -> list[Source]:
        """Adds layers each of which is fed by the one before."""
        layers = _entries(config, prefix)
        if layers and layers[0]["class_name"] == "InputLayer":
            first = layers.pop(0)
            fed = fed or [self.input(first)]
        if fed is None:
            shape = config.get("build_input_shape") or (build.get("input_shape") if isinstance(build, dict) else None)
            if not isinstance(shape, list):
                raise refusal("the model does not say what it is fed: it was never built", "", "begin it with an Input")
            fed = [self.input({"class_name": "InputLayer", "config": {"batch_shape": shape, "name": "input"}})]
        for entry in layers:
            fed = self.call(entry, {"args": [fed[0]], "kwargs": {}}, depth, prefix)[:1]
        return fed

    def functional(self, config: dict[str, Any], fed: list[Source] | None, depth: int, prefix: str) -> list[Source]:
        """Adds layers with the calls of each, every call after those that feed it."""
        entries = {_name_of(item): item for item in _entries(config, prefix)}
        outputs: dict[CallKey, list[Source]] = {}
        starts = read_sources(config.get("input_layers"), prefix)
        for at, (name, _, _) in enumerate(starts):
            if name not in entries:
                raise refusal(f"the input `{shorten(name)}` is not among the layers", prefix.rstrip("/"))
            outputs[name, 0] = [fed[at]] if fed is not None and at < len(fed) else [self.input(entries[name])]
        for name, number in order_calls(entries, {name for name, _, _ in starts}, prefix):
            entry = entries[name]
            node = put_in_sources(entry["inbound_nodes"][number], outputs, name)
            outputs[name, number] = self.call(entry, node, depth, prefix)
        return [find_source(outputs, end, prefix) for end in read_sources(config.get("output_layers"), prefix)]

    def input(self, entry: dict[str, Any]) -> Source:
        """Adds an input. Raises Fault."""
        config = entry["config"]
        name = str(config.get("name") or "input")
        shape = config.get("batch_shape", config.get("batch_input_shape"))
        sizes = isinstance(shape, list) and shape and all(size is None or type(size) is int for size in shape)
        if not sizes or config.get("sparse") or config.get("ragged") or config.get("optional"):
            raise refusal("an input is one dense tensor of a given shape", name)
        dtype = config.get("dtype") or "float32"
        if dtype not in DTYPES:
            raise refusal(f"the dtype {shorten(dtype)} is not one that a spec knows", name)
        self.found.inputs.append(Input(name, shape[1:], dtype, shape[0]))
        return name, 0, 0

    def call(self, entry: dict[str, Any], node: dict[str, Any], depth: int, prefix: str) -> list[Source]:
        """Adds one call of a layer, or of all layers of a model; returns its outputs. Raises Fault."""
        if len(self.found.calls) >= MAX_CALLS:
            raise refusal(f"the model has more than {MAX_CALLS:,} calls")
        own = _name_of(entry)
        if entry["class_name"] in _MODELS and _is_model(entry):
            if list_sources(self.without_mask(node).get("kwargs")):
                raise refusal("a model within another is fed its inputs and nothing else", own)
            return self.model(entry, self.settle(list_sources(node["args"])), depth + 1, f"{prefix}{own}/")
        if is_operation(entry):
            return self.function(entry, node, own)
        layer_type = self.layer_type(entry, own)
        if (prefix, own) not in self.names:
            name = self.names[prefix, own] = self.found.fresh(own)
            arguments = arguments_of(layer_type, entry["config"], name)
            if self.frozen:
                arguments = freeze(layer_type.type_name, arguments, name)
            self.found.layers[name] = layer_type.type_name, arguments
        name = self.names[prefix, own]
        feed, said = _sort_arguments(layer_type, self.settle(self.without_mask(node)), name)
        number = self.found.call(name, feed, said)
        self.calls[name, number] = self.found.calls[-1]
        return [(name, number, port) for port in range(MOST_OUTPUTS)]

    def function(self, entry: dict[str, Any], node: dict[str, Any], own: str) -> list[Source]:
        """Adds a call of a function of keras.ops; one that may be a mask only when something else needs it.

        Keras writes the masks that Embedding and Masking start as such functions of what these are fed. Raises Fault.
        """
        if is_identity(entry) and len(list_sources(node["args"])) == 1:
            return list_sources(node["args"])
        layer_type = operation_type(entry["class_name"])
        if layer_type is None or not is_keras_own(entry):
            raise _unknown(entry, own)
        function = _Function(layer_type, entry["config"], node, own)
        mask = self.as_mask(function)
        if mask is None:
            return self.compute(function)
        source = (f"{own} as a mask", len(self.masks), 0)
        self.masks[source], self.waiting[source] = mask, function
        return [source]

    def as_mask(self, function: _Function) -> _Mask | None:
        """What a function compares, if it may be a mask: `x != 0`, or whether any feature is not."""
        type_name, config, args = function.layer_type.type_name, function.config, function.node["args"]
        if type_name == "ops.not_equal" and len(args) == 2 and isinstance(args[0], tuple):
            return _Mask(args[0], args[1], features=False) if type(args[1]) in (int, float) else None
        if type_name == "ops.any" and len(args) == 1 and config.get("axis") == -1 and not config.get("keepdims"):
            compared = self.masks.get(args[0]) if isinstance(args[0], tuple) else None
            return compared._replace(features=True) if compared is not None and not compared.features else None
        return None

    def compute(self, function: _Function) -> list[Source]:
        """Adds a function as an entry of its own. Raises Fault."""
        layer_type, config, node, own = function
        feed, constants = call_of(layer_type, self.settle(node), own)
        arguments = arguments_of(layer_type, {**config, **constants}, own)
        name = self.found.fresh(own)
        self.found.layers[name] = layer_type.type_name, arguments
        number = self.found.call(name, feed, {})
        return [(name, number, port) for port in range(MOST_OUTPUTS)]

    def settle(self, value: Any) -> Any:
        """A call, or a source, with every function added that waited to be needed."""
        if isinstance(value, tuple) and value in self.masks:
            function = self.waiting.pop(value, None)
            if function is not None:
                self.entered[value] = self.compute(function)[0]
            return self.entered[value]
        if isinstance(value, dict):
            return {key: self.settle(item) for key, item in value.items()}
        return [self.settle(item) for item in value] if isinstance(value, list) else value

    def without_mask(self, node: dict[str, Any]) -> dict[str, Any]:
        """A call without a mask that comes along with its tensors anyway."""
        given = node.get("kwargs") or {}
        mask = self.masks.get(given["mask"]) if isinstance(given.get("mask"), tuple) else None
        if mask is None or not any(self.starts_mask(source, mask) for source in list_sources(node["args"])):
            return node
        return {**node, "kwargs": {name: value for name, value in given.items() if name != "mask"}}

    def starts_mask(self, source: Source, mask: _Mask) -> bool:
        """Whether the Embedding or the Masking that starts this mask stands on the way to a tensor."""
        waiting, seen = [source], set[CallKey]()
        while waiting:
            layer, number, _ = waiting.pop()
            call = self.calls.get((layer, number))
            if call is None or (layer, number) in seen:
                continue
            seen.add((layer, number))
            fed = [one for each in call.feed.values() for one in list_sources(each)]
            if fed == [mask.compared] and mask.value == _masked_value(*self.found.layers[layer], mask.features):
                return True
            waiting += fed
        return False

    def layer_type(self, entry: dict[str, Any], subject: str) -> type[Layer]:
        """The type of a layer. Raises Fault where a spec has none such."""
        name = canonical(entry["class_name"])
        found = find(name) if name in CATALOGUE and not name.startswith("ops.") else None
        if found is None or not is_keras_own(entry):
            raise _unknown(entry, subject)
        return found


def _masked_value(type_name: str, arguments: dict[str, Any], features: bool) -> float | None:
    """Where the mask is false that a layer starts of its features, or of its ids; None of one that starts none."""
    if features:
        return float(arguments.get("mask_value", 0)) if type_name == "Masking" else None
    return 0 if type_name == "Embedding" and arguments.get("mask_zero") else None


def _unknown(entry: dict[str, Any], subject: str) -> Fault:
    """What a layer or a function is told that no type of a spec stands for."""
    message = f"{_class_of(entry)} is no layer that a spec knows"
    return refusal(message, subject, "replace it, in Keras, by layers and functions of Keras")


def _class_of(entry: dict[str, Any]) -> str:
    """The class of a serialised object with whose it is, since Keras is not alone in having a `Dense`."""
    name = shorten(entry["class_name"])
    if is_keras_own(entry):
        return f"{shorten(entry['module'])}.{name}"
    registered = entry.get("registered_name")
    whose = registered if registered not in (None, entry["class_name"]) else entry.get("module") or "no module"
    return f"{name} of {shorten(whose)}, which is not Keras's,"


def _entries(config: dict[str, Any], prefix: str) -> list[dict[str, Any]]:
    """The layers of a model. Raises Fault where one is none, or two are of one name: which is meant cannot be told."""
    entries = [layer for item in config["layers"] for layer in spell_out(_entry(item, prefix))]
    seen: set[str] = set()
    for entry in entries:
        name = _name_of(entry)
        if name in seen and name:
            raise refusal(
                f"two layers are called `{shorten(name)}`", prefix.rstrip("/"), "rename one of them, in Keras"
            )
        seen.add(name)
    return entries


def _name_of(entry: dict[str, Any]) -> str:
    return str(entry.get("name") or entry["config"].get("name") or "")


def _entry(item: Any, prefix: str) -> dict[str, Any]:
    """One layer of a model's list. Raises Fault."""
    if isinstance(item, dict) and isinstance(item.get("class_name"), str) and isinstance(item.get("config"), dict):
        return item
    raise refusal("an entry of `layers` is no serialised layer", prefix.rstrip("/"))


def _sort_arguments(layer_type: type[Layer], node: dict[str, Any], subject: str) -> tuple[Feed, dict[str, Any]]:
    """Tensors by the port they feed, and the other arguments of a call. Raises Fault."""
    ports = [port_name(port) for port in layer_type.ports]
    many = {port_name(port) for port in layer_type.ports if takes_many(port)}
    given = node.get("kwargs") or {}
    if len(node["args"]) > len(ports):
        raise refusal(f"it is called with {len(node['args'])} arguments, and a spec knows {', '.join(ports)}", subject)
    values = {**dict(zip(ports, node["args"], strict=False)), **given}
    feed: Feed = {}
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        tensors = list_sources(value)
        if not tensors:
            arguments |= call_argument(layer_type, name, value, subject)
        elif not is_tensors(value):
            raise refusal(f"it is fed something beside tensors as `{shorten(name)}`, which a spec cannot say", subject)
        elif name not in ports or (len(tensors) > 1 and name not in many):
            raise refusal(f"a spec has no way to feed it tensors as `{shorten(name)}`", subject)
        else:
            feed[name] = tensors if name in many else tensors[0]
    return feed, arguments
