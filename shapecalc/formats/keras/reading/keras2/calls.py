"""The calls in a functional config of Keras 2, as Keras 3 writes them.

Keras 2 lists the tensors that a layer is fed, `["x", 0, 0, {...}]`, each with all other arguments of the call.
Functions of TensorFlow stand among the layers; `functions.py` and `places.py` say what they are in keras.ops.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from shapecalc.formats.flat_model import refusal
from shapecalc.formats.keras.reading.keras2 import functions, places  # noqa: F401, they register what they define
from shapecalc.formats.keras.reading.keras2.masks import RECURRENT, feed_masks, starts_mask
from shapecalc.formats.keras.reading.keras2.writer import Writer, holds_size, is_entry, is_function, is_tensor, tensor
from shapecalc.formats.keras.reading.nodes import CallKey, order_calls, read_sources

Json: TypeAlias = dict[str, Any]

_CONSTANT = "_CONSTANT_VALUE"


def modern_calls(config: Json, layers: list[Any]) -> Json:
    """A functional config with its layers, of which everything but the calls is modern already. Raises Fault."""
    calls = _Calls(config, layers)
    modern = {"layers": calls.modern_layers(), "output_layers": calls.outputs(config.get("output_layers"))}
    return {**config, **modern, "input_layers": _in_order(config.get("input_layers"))}


class _Calls:
    """The calls of one model."""

    def __init__(self, config: Json, layers: list[Any]) -> None:
        self.config = config
        self.layers = [{**layer, "position": at} if is_entry(layer) else layer for at, layer in enumerate(layers)]
        self.entries = {_name_of(layer): layer for layer in self.layers if is_entry(layer)}
        self.first_calls = self.find_first_calls()
        self.causal = {name for name, entry in self.entries.items() if entry["config"].pop("causal", False)}
        self.results: dict[CallKey, tuple[Any, ...]] = {}
        self.written: dict[str, list[Json]] = {}
        self.writer = Writer(self.entries)

    def find_first_calls(self) -> dict[str, int]:
        """The number of the first call of each model within: Keras counts, before those calls, the model's own."""
        first: dict[str, int] = {}
        listed = [[layer.get("inbound_nodes") for layer in self.entries.values()], self.config.get("output_layers")]
        for name, number in _references(listed):
            entry = self.entries.get(name)
            if entry is not None and isinstance(entry["config"].get("layers"), list):
                first[name] = min(number, first.get(name, number))
        return first

    def modern_layers(self) -> list[Any]:
        """The layers with their calls, functions as those of keras.ops. Raises Fault."""
        entries = {
            name: {**entry, "inbound_nodes": [self.call(entry, call, name) for call in _calls_of(entry, name)]}
            for name, entry in self.entries.items()
        }
        starts = {name for name, _, _ in read_sources(self.config.get("input_layers"), "")}
        if any(map(is_function, entries.values())):
            self.write_functions(entries, starts)
        modern: list[Any] = []
        for layer in self.layers:
            if not is_entry(layer):
                modern.append(layer)
            elif is_function(layer):
                modern += self.written.get(_name_of(layer), [])
            else:
                name = _name_of(layer)
                nodes = [self.settle_node(node, name) for node in entries[name]["inbound_nodes"]]
                modern.append({**entries[name], "inbound_nodes": nodes})
        if any(map(starts_mask, entries.values())):
            feed_masks({_name_of(layer): layer for layer in modern if is_entry(layer)}, starts, self.writer)
        return [*modern, *self.writer.take_entries()]

    def write_functions(self, entries: dict[str, Json], starts: set[str]) -> None:
        """Writes the functions, each after those that it is fed by. Raises Fault."""
        for name, number in order_calls(entries, starts, ""):
            if is_function(entries[name]):
                node = self.settle(entries[name]["inbound_nodes"][number])
                self.results[name, number] = self.writer.call(entries[name], node)
                self.written.setdefault(name, []).extend(self.writer.take_entries())

    def call(self, entry: Json, call: Any, name: str) -> Json:
        """One call as Keras 3 writes it, functions yet to be replaced. Raises Fault."""
        if not isinstance(call, (list, dict)):
            raise refusal("a call of it is written in no way that is known", name)
        fed, arguments = self.tensors(call), self.tensors(_arguments_of(call))
        if is_function(entry):
            return {"args": [fed], "kwargs": arguments}
        if isinstance(fed, list) and len(fed) == 1:
            fed = fed[0]
        if isinstance(fed, list) and fed and entry["class_name"] in RECURRENT:
            fed, arguments = fed[0], {**arguments, "initial_state": fed[1:]}
        if isinstance(fed, dict) and not is_tensor(fed) and "input_layers" in entry["config"]:
            fed = _by_input(fed, entry["config"]["input_layers"])
        if name in self.causal:
            arguments = {**arguments, "use_causal_mask": True}
        return {"args": [fed], "kwargs": arguments}

    def tensors(self, value: Any) -> Any:
        """A value with every reference in it as Keras 3 writes a tensor, and every constant by itself."""
        if _is_reference(value):
            if value[0] == _CONSTANT:
                return value[2]
            if value[0] in self.entries:
                name, number, position = value[:3]
                return tensor(name, number - self.first_calls.get(name, 0), position)
        if isinstance(value, dict):
            return {key: self.tensors(item) for key, item in value.items()}
        return [self.tensors(item) for item in value] if isinstance(value, list) else value

    def settle(self, value: Any) -> Any:
        """A call with what functions return in the place of their tensors."""
        if isinstance(value, dict):
            if is_tensor(value):
                name, number, position = value["config"]["keras_history"]
                results = self.results.get((name, number))
                if results is None:
                    return value
                if position >= len(results):
                    raise refusal(f"there is no output {position} of it", name)
                return results[position]
            return {key: self.settle(item) for key, item in value.items()}
        return [self.settle(item) for item in value] if isinstance(value, list) else value

    def settle_node(self, node: Json, name: str) -> Json:
        """A call of a layer, which is fed nothing but tensors. Raises Fault."""
        settled: Json = self.settle(node)
        if holds_size(settled):
            raise refusal("it is fed the size of a tensor, which a spec cannot say", name)
        return settled

    def outputs(self, value: Any) -> Any:
        """What the model returns, as Keras 3 lists it. Raises Fault."""
        if _is_reference(value) and value[0] in self.entries:
            name, number, position = value[:3]
            settled = self.settle(tensor(name, number - self.first_calls.get(name, 0), position))
            if not is_tensor(settled):
                raise refusal("the model returns the size of a tensor, which a spec cannot say", name)
            name, number, position = settled["config"]["keras_history"]
            return [name, number, position]
        if isinstance(value, dict):
            return {key: self.outputs(item) for key, item in _in_order(value).items()}
        return [self.outputs(item) for item in value] if isinstance(value, list) else value


def _name_of(entry: Json) -> str:
    return str(entry.get("name") or entry["config"].get("name") or "")


def _calls_of(entry: Json, name: str) -> list[Any]:
    """The calls of a layer. Raises Fault."""
    calls = entry.get("inbound_nodes") or []
    if not isinstance(calls, list):
        raise refusal("its calls are written in no way that is known", name)
    return calls


def _in_order(value: Any) -> Any:
    """What has names in the order of these, in which Keras 2 counts."""
    return {key: value[key] for key in sorted(value)} if isinstance(value, dict) else value


def _is_reference(value: Any) -> bool:
    """Whether a value is a tensor, `["x", 0, 0]`, or a constant, with or without the other arguments of the call."""
    if not isinstance(value, list) or len(value) not in (3, 4) or not isinstance(value[0], str):
        return False
    return value[0] == _CONSTANT or (type(value[1]) is int and type(value[2]) is int)


def _references(value: Any) -> Iterator[tuple[str, int]]:
    """The layers that a value refers to, each with the number of the call."""
    if _is_reference(value) and value[0] != _CONSTANT:
        yield value[0], value[1]
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _references(item)


def _arguments_of(call: Any) -> Json:
    """The other arguments of a call, which stand beside each tensor."""
    if _is_reference(call):
        return call[3] if len(call) == 4 and isinstance(call[3], dict) else {}
    items = call.values() if isinstance(call, dict) else call if isinstance(call, list) else ()
    return next((arguments for item in items if (arguments := _arguments_of(item))), {})


def _by_input(fed: Json, inputs: Any) -> Any:
    """What a model is fed by name, in the order of its inputs; names that its inputs are not listed by are theirs."""
    if isinstance(inputs, dict):
        return fed
    return [fed[name] for name, _, _ in read_sources(inputs, "") if name in fed]
