"""The JSON of `keras.Model.to_json` as a flat model: functional and sequential models; models in them are blocks.

https://keras.io/api/models/model_saving_apis/model_config_serialization/
"""

from __future__ import annotations

import json
import re
from typing import Any

from shapecalc.diagnostics import Fault, Span, error, shorten
from shapecalc.formats.flat_model import MOST_OUTPUTS, Call, Feed, FlatModel, Input, Source, freeze, refusal
from shapecalc.formats.json_text import parse_json
from shapecalc.formats.keras.entries import is_keras_own, is_model, list_entries, model_config, name_of, unknown
from shapecalc.formats.keras.keras2.models import is_keras2, modernise
from shapecalc.formats.keras.masks import Function, Mask, mask_of, masked_value
from shapecalc.formats.keras.nodes import (
    CallKey,
    find_source,
    is_tensors,
    list_sources,
    order_calls,
    put_in_sources,
    read_sources,
)
from shapecalc.formats.keras.opaque import CodeReader, strip_code, type_of
from shapecalc.formats.keras.operations import call_of, is_identity, is_operation, operation_type
from shapecalc.formats.keras.records import note_built_shapes
from shapecalc.formats.keras.stand_ins import take_stand_ins
from shapecalc.formats.keras.values import arguments_of, call_argument
from shapecalc.formats.keras.whose import name_modules
from shapecalc.layers.arguments.names import DTYPES
from shapecalc.layers.base import Layer, port_name, takes_many
from shapecalc.layers.catalogue import ALIASES, CATALOGUE

MAX_CALLS = 20_000
MAX_NESTED = 50


def is_keras(text: str) -> bool:
    """Whether a text looks like a model's JSON: a spec has no `class_name`."""
    return text.lstrip()[:1] == "{" and '"class_name"' in text and '"config"' in text


def read_keras(text: str, file: str) -> FlatModel:
    """The flat model of a JSON text.

    Raises Fault: SC101 where the text is no JSON, SC602 for one that nests too deep, SC609 for what cannot be honoured.
    """
    try:
        return _read_model(_parse(text, file))
    except RecursionError:
        raise Fault(error("SC602", "the JSON nests too deep")) from None


def _parse(text: str, file: str) -> Any:
    """What a JSON text holds. Raises Fault."""
    try:
        return parse_json(text)
    except json.JSONDecodeError as failure:
        span = Span(file, failure.lineno, failure.colno, failure.colno + 1)
        raise Fault(error("SC101", f"the file is no JSON: {failure.msg}", span)) from None


def _read_model(data: Any) -> FlatModel:
    """The flat model of JSON data. Raises Fault."""
    data = modernise(data) if is_keras2(data) else name_modules(data)
    config = model_config(data, "")
    # Of models within, Keras's own reading heeds what each of their layers says.
    family = _Family(frozen=config.get("trainable") is False)
    reader = _Reader(family, str(config.get("name") or "model"), "", "config.", 0)
    reader.read(data)
    reader.model.blocks = family.blocks
    reader.model.code = family.code.held(reader.model)
    return take_stand_ins(reader.model)


class _Family:
    """What a model and the models within it have in common: the blocks by name, and how many calls were read."""

    def __init__(self, *, frozen: bool) -> None:
        self.frozen = frozen
        self.blocks: dict[str, FlatModel] = {}
        self.readers: dict[str, _Reader] = {}
        self.code = CodeReader()
        self.calls = 0

    def count_call(self) -> None:
        """Counts a call. Raises Fault where there are too many."""
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise refusal(f"the model has more than {MAX_CALLS:,} calls")

    def add_block(self, data: dict[str, Any], path: str, place: str, depth: int) -> str:
        """Reads a model within another; returns the name of its block. Raises Fault."""
        if depth > MAX_NESTED:
            raise refusal(f"models stand in models more than {MAX_NESTED} deep", path)
        own = name_of(data)
        reader = _Reader(self, own, f"{path}/", f"{place}.config.", depth)
        reader.read(data)
        name = block_name(own, {*self.blocks})
        self.blocks[name], self.readers[name] = reader.model, reader
        return name


def block_name(own: str, taken: set[str]) -> str:
    """What a block is called that is made of a model: `Encoder` of `encoder`; no layer type has the name."""
    words = re.split(r"[^A-Za-z0-9]+", own)
    base = "".join(word[:1].upper() + word[1:] for word in words)
    base = base if base[:1].isalpha() else f"Model{base}"
    base = f"{base}Model" if base in CATALOGUE or base in ALIASES else base
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}{'_' if base[-1:].isdigit() else ''}{count}"
    return name


class _Reader:
    """Reads one model into a flat model. `path` leads the names of its layers, `place` their places in the file."""

    def __init__(self, family: _Family, name: str, path: str, place: str, depth: int) -> None:
        self.family = family
        self.model = FlatModel(name)
        self.path = path
        self.place = place
        self.depth = depth
        self.positions: dict[str, int] = {}
        self.keys: list[str] = []  # what the inputs are called where they are given as a mapping
        self.names: dict[str, str] = {}
        self.masks: dict[Source, Mask] = {}
        self.waiting: dict[Source, Function] = {}
        self.entered: dict[Source, Source] = {}
        self.calls: dict[CallKey, Call] = {}

    @property
    def subject(self) -> str:
        """The model as findings name it; empty for the outermost."""
        return self.path.rstrip("/")

    def read(self, data: Any) -> None:
        """Adds the inputs, the layers, their calls and the outputs. Raises Fault."""
        config = model_config(data, self.subject)
        entries = list_entries(config, self.subject)
        self.positions = {name_of(entry): position for position, entry in enumerate(entries)}
        if data["class_name"] == "Sequential":
            exits = self.read_sequential(entries, config, data.get("build_config"))
        else:
            exits = self.read_functional(entries, config)
        exits = [self.settle(source) for source in exits]
        names = ["output"] if len(exits) == 1 else [_output_name(exits, position) for position in range(len(exits))]
        self.model.outputs = dict(zip(names, exits, strict=True))

    def read_sequential(self, entries: list[dict[str, Any]], config: dict[str, Any], build: Any) -> list[Source]:
        """Adds layers each of which is fed by the one before; returns what leaves the last."""
        if entries and entries[0]["class_name"] == "InputLayer":
            fed = [self.add_input(entries[0])]
            entries = entries[1:]
        else:
            shape = config.get("build_input_shape") or (build.get("input_shape") if isinstance(build, dict) else None)
            if not isinstance(shape, list) and not self.depth:
                raise refusal("the model does not say what it is fed: it was never built", "", "begin it with an Input")
            shape = shape if isinstance(shape, list) and shape else [None, None]
            fed = [self.add_input({"class_name": "InputLayer", "config": {"batch_shape": shape, "name": "input"}})]
        sources = []
        for entry in entries:
            sources.append(fed[0])
            fed = self.call(entry, {"args": [fed[0]], "kwargs": {}})[:1]
        note_built_shapes(self.model.tensors, sources, entries)
        return fed

    def read_functional(self, entries: list[dict[str, Any]], config: dict[str, Any]) -> list[Source]:
        """Adds layers with the calls of each, every call after those that feed it; returns the model's outputs."""
        by_name = {name_of(entry): entry for entry in entries}
        outputs: dict[CallKey, list[Source]] = {}
        listed = config.get("input_layers")
        starts = read_sources(listed, self.path)
        self.keys = [*listed] if isinstance(listed, dict) else []
        for name, _, _ in starts:
            if name not in by_name:
                raise refusal(f"the input `{shorten(name)}` is not among the layers", self.subject)
            outputs[name, 0] = [self.add_input(by_name[name])]
        for name, number in order_calls(by_name, {name for name, _, _ in starts}, self.path):
            entry = by_name[name]
            node = put_in_sources(entry["inbound_nodes"][number], outputs, name, self.model.tensors)
            outputs[name, number] = self.call(entry, node)
        return [find_source(outputs, end, self.path) for end in read_sources(config.get("output_layers"), self.path)]

    def add_input(self, entry: dict[str, Any]) -> Source:
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
        self.model.inputs.append(Input(name, shape[1:], dtype, shape[0]))
        self.model.places[name] = self.place_of(name)
        return name, 0, 0

    def place_of(self, own: str) -> str:
        """Where a layer stands in the file: `config.layers[3]`."""
        position = self.positions.get(own)
        return self.place.removesuffix(".") if position is None else f"{self.place}layers[{position}]"

    def call(self, entry: dict[str, Any], node: dict[str, Any]) -> list[Source]:
        """Adds one call of a layer; returns its outputs. Raises Fault."""
        self.family.count_call()
        if is_model(entry):
            return self.call_block(entry, node)
        if is_operation(entry):
            return self.call_function(entry, node)
        own = name_of(entry)
        layer_type = type_of(entry)
        stripped = None if layer_type is None else strip_code(layer_type, entry["config"])
        if layer_type is None or stripped is None or stripped.whole is not None:
            return self.call_code(entry, node)
        if own not in self.names:
            name = self.names[own] = self.model.fresh(own)
            self.model.places[name] = place = self.place_of(own)

            def read_block(data: dict[str, Any]) -> str:
                return self.family.add_block(data, f"{self.path}{own}/{name_of(data)}", place, self.depth + 1)

            arguments = arguments_of(layer_type, stripped.config, name, read_block)
            if stripped.code:
                self.family.code.add_arguments(self.model, name, stripped.code)
            if self.family.frozen:
                arguments = freeze(layer_type.type_name, arguments, name)
            self.model.layers[name] = layer_type.type_name, arguments
        name = self.names[own]
        feed, said = _sort_arguments(layer_type, self.settle(self.without_mask(node)), name)
        return self.add_call(name, feed, said, MOST_OUTPUTS)

    def call_code(self, entry: dict[str, Any], node: dict[str, Any]) -> list[Source]:
        """Adds a call of a layer that is code, of which the file has no more than records; returns its outputs."""
        own = name_of(entry)
        sources = list_sources(self.settle(self.without_mask(node)))
        if not sources:
            raise unknown(entry, own)
        if own not in self.names:
            name = self.names[own] = self.model.fresh(own)
            word = self.family.code.add_layer(self.model, name, entry, self.path, frozen=self.family.frozen)
            self.model.layers[name], self.model.places[name] = (word, {}), self.place_of(own)
        name = self.names[own]
        number = self.family.code.count_call(self.model.layers[name][0])
        return self.add_call(name, {"inputs": sources}, {"number": number} if number else {}, MOST_OUTPUTS)

    def call_block(self, entry: dict[str, Any], node: dict[str, Any]) -> list[Source]:
        """Adds a call of a model within this one; returns its outputs. Raises Fault."""
        own = name_of(entry)
        node = self.without_mask(node)
        if list_sources(node.get("kwargs")):
            raise refusal("a model within another is fed its inputs and nothing else", own)
        if own not in self.names:
            place = self.place_of(own)
            block_name = self.family.add_block(entry, f"{self.path}{own}", place, self.depth + 1)
            name = self.names[own] = self.model.fresh(own)
            self.model.layers[name], self.model.places[name] = (block_name, {}), place
        name = self.names[own]
        reader = self.family.readers[self.model.layers[name][0]]
        feed = self.settle(reader.sort_feed(node["args"], own))
        return self.add_call(name, feed, {}, len(reader.model.outputs))

    def sort_feed(self, args: list[Any], subject: str) -> Feed:
        """What this model is fed, by the names of its inputs. Raises Fault."""
        given = args[0] if len(args) == 1 and isinstance(args[0], dict) else None
        sources = list_sources(args)
        if given is not None and {*given} == {*self.keys} and len(sources) == len(given):
            sources = [source for key in self.keys for source in list_sources(given[key])]
        if len(sources) != len(self.model.inputs):
            raise refusal(f"the model takes {len(self.model.inputs)} inputs and is fed {len(sources)}", subject)
        return {declared.name: source for declared, source in zip(self.model.inputs, sources, strict=True)}

    def add_call(self, name: str, feed: Feed, said: dict[str, Any], outputs: int) -> list[Source]:
        """Adds a call of a layer that is there; returns its first outputs."""
        number = self.model.call(name, feed, said)
        self.calls[name, number] = self.model.calls[-1]
        return [(name, number, port) for port in range(outputs)]

    def call_function(self, entry: dict[str, Any], node: dict[str, Any]) -> list[Source]:
        """Adds a call of a function of keras.ops; one that may be a mask only when something else needs it.

        Raises Fault.
        """
        own = name_of(entry)
        if is_identity(entry) and len(list_sources(node["args"])) == 1:
            return list_sources(node["args"])
        layer_type = operation_type(entry["class_name"])
        if layer_type is None or not is_keras_own(entry):
            return self.call_code(entry, node)
        function = Function(layer_type, entry["config"], node, own)
        mask = mask_of(function, self.masks)
        if mask is None:
            return self.compute(function)
        source = (f"{own} as a mask", len(self.masks), 0)
        self.masks[source], self.waiting[source] = mask, function
        return [source]

    def compute(self, function: Function) -> list[Source]:
        """Adds a function as an entry of its own. Raises Fault."""
        layer_type, config, node, own = function
        feed, constants = call_of(layer_type, self.settle(node), own)
        arguments = arguments_of(layer_type, {**config, **constants}, own)
        name = self.model.fresh(own)
        self.model.layers[name] = layer_type.type_name, arguments
        self.model.places[name] = self.place_of(own)
        return self.add_call(name, feed, {}, MOST_OUTPUTS)

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

    def starts_mask(self, source: Source, mask: Mask) -> bool:
        """Whether the Embedding or the Masking that starts this mask stands on the way to a tensor."""
        waiting, seen = [source], set[Source]()
        while waiting:
            origin = waiting.pop()
            call = self.calls.get(origin[:2])
            if call is None or origin in seen:
                continue
            seen.add(origin)
            fed = [fed_source for each in call.feed.values() for fed_source in list_sources(each)]
            type_name, arguments = self.model.layers[call.layer]
            if fed == [mask.compared] and mask.value == masked_value(type_name, arguments, mask.features):
                return True
            if type_name in self.family.readers and self.block_starts_mask(call, origin[2], mask):
                return True
            waiting += fed
        return False

    def block_starts_mask(self, call: Call, output: int, mask: Mask) -> bool:
        """Whether a block starts this mask on the way to one of its outputs."""
        reader = self.family.readers[self.model.layers[call.layer][0]]
        exits = [*reader.model.outputs.values()]
        return output < len(exits) and any(
            reader.starts_mask(exits[output], mask._replace(compared=(port, 0, 0)))
            for port, fed in call.feed.items()
            if fed == mask.compared
        )


def _output_name(exits: list[Source], position: int) -> str:
    """The name of one of several outputs: its layer's, where that is the only one of this name."""
    name = exits[position][0]
    return name if [layer for layer, _, _ in exits].count(name) == 1 else f"output_{position}"


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
