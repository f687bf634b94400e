"""The layers, calls and outputs of a Keras model, and of the models in it, as flat models."""

from __future__ import annotations

from functools import partial
from typing import Any

from shapecalc.diagnostics import shorten
from shapecalc.formats.flat_model import (
    MOST_OUTPUTS,
    Call,
    Feed,
    FlatModel,
    Source,
    freeze,
    refusal,
)
from shapecalc.formats.keras.call_arguments import sort_arguments, with_arrays
from shapecalc.formats.keras.constants import add_array, read_array
from shapecalc.formats.keras.entries import (
    block_name,
    clean_name,
    is_functional,
    is_keras_own,
    is_model,
    is_own_model,
    list_entries,
    model_config,
    name_of,
    position_of,
    read_input,
    unknown,
)
from shapecalc.formats.keras.held_code import strip_code, type_of
from shapecalc.formats.keras.masks import Function, Mask, mask_of, masked_value
from shapecalc.formats.keras.nodes import (
    CallKey,
    find_source,
    list_keys,
    list_sources,
    order_calls,
    put_in_sources,
    read_sources,
)
from shapecalc.formats.keras.notes import note_subclass
from shapecalc.formats.keras.opaque import CodeReader
from shapecalc.formats.keras.operations import call_of, is_identity, is_operation, operation_type
from shapecalc.formats.keras.outputs import name_outputs, without_own_calls
from shapecalc.formats.keras.records import note_built_for, note_built_shapes, note_declared
from shapecalc.formats.keras.values import arguments_of, call_argument, split_activation
from shapecalc.layers.catalogue import find
from shapecalc.layers.class_names import snake_case

MAX_CALLS = 20_000
MAX_NESTED = 50


class Family:
    """What a model and the models within it have in common: the blocks by name, and how many calls were read.

    `counts_own` says whether outputs count the call that a functional model within is made of as its first.
    """

    def __init__(self, *, frozen: bool, counts_own: bool) -> None:
        self.frozen = frozen
        self.counts_own = counts_own
        self.blocks: dict[str, FlatModel] = {}
        self.readers: dict[str, Reader] = {}
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
        reader = Reader(self, own, f"{path}/", f"{place}.config.", depth)
        reader.read(data)
        name = block_name(own, {*self.blocks})
        self.blocks[name], self.readers[name] = reader.model, reader
        return name


class Reader:
    """Reads one model into a flat model. `path` leads the names of its layers, `place` their places in the file."""

    def __init__(self, family: Family, name: str, path: str, place: str, depth: int) -> None:
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
        self.arrays: dict[str, Source] = {}
        self.activations: dict[str, str] = {}
        self.trained: bool | None = None  # whether its calls say `training=True`

    @property
    def subject(self) -> str:
        """The model as findings name it; empty for the outermost."""
        return self.path.rstrip("/")

    def read(self, data: Any) -> None:
        """Adds the inputs, the layers, their calls and the outputs. Raises Fault."""
        config = model_config(data, self.subject)
        entries = list_entries(config, self.subject)
        self.family.code.paths[id(self.model)] = self.path
        self.positions = {name_of(entry): position_of(entry, position) for position, entry in enumerate(entries)}
        own = is_own_model(data)
        if not own:
            self.model.notes.append(note_subclass(data, self.subject or self.model.name))
        if data["class_name"] == "Sequential" if own else not is_functional(config):
            exits, keys = self.read_sequential(entries, config, data.get("build_config")), []
        else:
            exits, keys = self.read_functional(entries, config), list_keys(config.get("output_layers"))
        exits = [self.settle(source) for source in exits]
        if not self.model.calls:
            exits = self.hand_on(exits)
        self.model.outputs = dict(zip(name_outputs(exits, keys), exits, strict=True))

    def hand_on(self, exits: list[Source]) -> list[Source]:
        """Adds an Identity for each output of a model that has no layers."""
        handed: list[Source] = []
        for source in exits:
            name = self.model.fresh("identity")
            self.model.layers[name], self.model.places[name] = ("Identity", {}), self.place_of("")
            handed += self.add_call(name, {"inputs": source}, {}, 1)
        return handed

    def read_sequential(self, entries: list[dict[str, Any]], config: dict[str, Any], build: Any) -> list[Source]:
        """Adds layers each of which is fed by the one before; returns what leaves the last."""
        if entries and entries[0]["class_name"] == "InputLayer":
            fed = [self.add_input(entries[0])]
            entries = entries[1:]
        else:
            shape = config.get("build_input_shape") or (build.get("input_shape") if isinstance(build, dict) else None)
            if not isinstance(shape, list) and not self.depth:
                help = "in Keras, begin it with an Input, or call it on data before it is saved"
                raise refusal("the model does not say what it is fed: it was never built", "", help)
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
        self.keys = list_keys(listed)
        for name, _, _ in starts:
            if name not in by_name:
                raise refusal(f"the input `{shorten(name)}` is not among the layers", self.subject)
            outputs[name, 0] = [self.add_input(by_name[name])]
        for name, number in order_calls(by_name, {name for name, _, _ in starts}, self.path):
            entry = by_name[name]
            node = put_in_sources(entry["inbound_nodes"][number], outputs, name, self.model.tensors)
            outputs[name, number] = self.call(entry, node)
            if number == 0:
                note_built_for(self.model.tensors, list_sources(node["args"]), entry)
        ends = read_sources(config.get("output_layers"), self.path)
        ends = without_own_calls(ends, by_name) if self.family.counts_own else ends
        return [find_source(outputs, end, self.path) for end in ends]

    def add_input(self, entry: dict[str, Any]) -> Source:
        """Adds an input. Raises Fault."""
        own = str(entry["config"].get("name") or "input")
        name = self.rename(own, "input")
        self.model.inputs.append(read_input(entry["config"], name))
        self.model.places[name] = self.place_of(own)
        return name, 0, 0

    def rename(self, own: str, otherwise: str) -> str:
        """The name of an input or a layer: its own where a spec can have it and nothing else has it."""
        clean = own
        if (own, otherwise) != ("input", "input"):
            clean = clean_name(own, otherwise, {*self.positions, *self.model.old_names})
        name = self.model.fresh(clean)
        if name != own:
            self.model.old_names[name] = own
        return name

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
            name = self.names[own] = self.rename(own, snake_case(layer_type.type_name))
            self.model.places[name] = place = self.place_of(own)

            def read_block(data: dict[str, Any]) -> str:
                return self.family.add_block(data, f"{self.path}{own}/{name_of(data)}", place, self.depth + 1)

            config, activation = split_activation(layer_type, stripped.config)
            arguments = arguments_of(layer_type, config, name, read_block)
            if activation is not None:
                self.add_activation(own, name, activation)
            if stripped.code:
                self.family.code.add_arguments(self.model, name, stripped.code)
            if self.family.frozen:
                arguments = freeze(layer_type.type_name, arguments, name)
            self.model.layers[name] = layer_type.type_name, arguments
        name = self.names[own]
        given = self.model.layers[name][1]
        node = with_arrays(layer_type, self.settle(self.without_mask(node)), partial(self.place_array, own))
        feed, said = sort_arguments(layer_type, node, name, given)
        outputs = self.add_call(name, feed, said, MOST_OUTPUTS)
        if name in self.activations:
            outputs = self.add_call(self.activations[name], {"inputs": outputs[0]}, {}, 1)
        return outputs

    def add_activation(self, own: str, name: str, activation: dict[str, Any]) -> None:
        """Adds the layer that a layer has as its activation, to be called after it. Raises Fault."""
        layer_type = type_of(activation)
        if layer_type is None:
            raise unknown(activation, own)
        last = self.model.fresh(f"{name}_{snake_case(layer_type.type_name)}")
        arguments = arguments_of(layer_type, activation["config"], last)
        if self.family.frozen:
            arguments = freeze(layer_type.type_name, arguments, last)
        self.model.layers[last], self.model.places[last] = (layer_type.type_name, arguments), self.place_of(own)
        self.activations[name] = last

    def call_code(self, entry: dict[str, Any], node: dict[str, Any]) -> list[Source]:
        """Adds a call of a layer that is code, of which the file has no more than records; returns its outputs."""
        own = name_of(entry)
        sources = list_sources(self.settle(self.without_mask(node)))
        if not sources:
            raise unknown(entry, own)
        if own not in self.names:
            name = self.names[own] = self.rename(own, "layer")
            word = self.family.code.add_layer(self.model, name, entry, frozen=self.family.frozen)
            self.model.layers[name], self.model.places[name] = (word, {}), self.place_of(own)
        name = self.names[own]
        number = self.family.code.count_call(self.model.layers[name][0])
        return self.add_call(name, {"inputs": sources}, {"number": number} if number else {}, MOST_OUTPUTS)

    def call_block(self, entry: dict[str, Any], node: dict[str, Any]) -> list[Source]:
        """Adds a call of a model within this one; returns its outputs. Raises Fault."""
        own = name_of(entry)
        node = self.without_mask(node)
        said = {**(node.get("kwargs") or {})}
        if not node["args"] and "inputs" in said:
            node = {**node, "args": [said.pop("inputs")], "kwargs": said}
        if list_sources(said):
            raise refusal("a model within another is fed its inputs and nothing else", own)
        if own not in self.names:
            place = self.place_of(own)
            block_name = self.family.add_block(entry, f"{self.path}{own}", place, self.depth + 1)
            name = self.names[own] = self.rename(own, "model")
            self.model.layers[name], self.model.places[name] = (block_name, {}), place
        name = self.names[own]
        reader = self.family.readers[self.model.layers[name][0]]
        feed = self.settle(reader.sort_feed(node["args"], own))
        note_declared(self.model.tensors, feed, reader.model.inputs)
        if reader.trained is None:
            reader.trained = bool(said.get("training"))
            if reader.trained:
                reader.train()
        elif reader.trained != bool(said.get("training")):
            raise refusal("it is called both with `training=True` and without, which a spec cannot say", own)
        return self.add_call(name, feed, {}, len(reader.model.outputs))

    def train(self) -> None:
        """Calls every layer within with `training=True`, as Keras does where the model is called so."""
        for position, call in enumerate(self.model.calls):
            type_name, arguments = self.model.layers[call.layer]
            layer_type = find(type_name)
            if type_name in self.family.readers:
                self.family.readers[type_name].train()
            elif layer_type is not None:
                said = call_argument(layer_type, "training", True, call.layer, arguments)
                self.model.calls[position] = call._replace(arguments=call.arguments | said)

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
        feed, constants = call_of(layer_type, self.settle(node), own, partial(self.place_array, own))
        arguments = arguments_of(layer_type, {**config, **constants}, own)
        name = self.rename(own, layer_type.type_name.rpartition(".")[2])
        self.model.layers[name] = layer_type.type_name, arguments
        self.model.places[name] = self.place_of(own)
        return self.add_call(name, feed, {}, MOST_OUTPUTS)

    def place_array(self, own: str, value: Any) -> Source:
        """Adds an array that a layer is called with; returns where it comes from. Raises Fault."""
        array = read_array(value, own)
        key = f"{array.dtype} {array.shape} {array.value}"
        if key not in self.arrays:
            name = "constant"
            while name in self.positions:
                name += "_"
            self.arrays[key] = add_array(self.model, array, name, self.place_of(own))
        return self.arrays[key]

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
