"""The JSON of `keras.Model.to_json` as a sketch: functional and sequential models, models within models laid flat.

https://keras.io/api/models/model_saving_apis/model_config_serialization/
"""

from __future__ import annotations

import json
from heapq import heapify, heappop, heappush
from typing import Any, TypeAlias

from shapecalc.diagnostics import Diagnostic, Fault, Span, did_you_mean, shorten
from shapecalc.formats.keras_values import arguments_of, call_argument
from shapecalc.formats.sketch import Call, Feed, Input, Origin, Sketch, refused
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.layers.names import DTYPES

MAX_CALLS = 100_000
MAX_NESTED = 50

_MODELS = ("Functional", "Sequential", "Model")
_MOST_OUTPUTS = 16  # how many a call has is known only when it is inferred

Place: TypeAlias = tuple[str, int]
"""A layer of one model and which of its calls."""


def is_keras(text: str) -> bool:
    """Whether a text looks like a model's JSON: a spec has no `class_name`."""
    return text.lstrip()[:1] == "{" and '"class_name"' in text and '"config"' in text


def read_keras(text: str, file: str) -> Sketch:
    """The sketch of a model. Raises Fault: SC101 where the text is no JSON, SC609 for what cannot be honoured."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        span = Span(file, error.lineno, error.colno, error.colno + 1)
        raise Fault(Diagnostic("SC101", "error", "", f"the file is no JSON: {error.msg}", span)) from None
    except (RecursionError, ValueError):
        raise Fault(Diagnostic("SC602", "error", "", "the JSON nests too deep, or its numbers are too long")) from None
    config = _model_config(data, "")
    found = Sketch(str(config.get("name") or "model"))
    reader = _Reader(found)
    exits = reader.model(data, None, 0)
    if any(origin in reader.masks for origin in exits):
        raise refused("an output is where ids are not 0, by a function and no layer")
    names = ["output"] if len(exits) == 1 else [_output_name(exits, at) for at in range(len(exits))]
    found.outputs = dict(zip(names, exits, strict=True))
    return found


def _output_name(exits: list[Origin], at: int) -> str:
    """The name of one of several outputs: its layer's, where that is the only one of this name."""
    name = exits[at][0]
    return name if [origin[0] for origin in exits].count(name) == 1 else f"output_{at}"


def _model_config(data: Any, subject: str) -> dict[str, Any]:
    """The config of a model. Raises Fault."""
    if not isinstance(data, dict) or data.get("class_name") not in _MODELS or not isinstance(data.get("config"), dict):
        name = data.get("class_name") if isinstance(data, dict) else None
        what = f"a {shorten(name)}" if isinstance(name, str) else "something else"
        raise refused(f"a Functional or a Sequential model is wanted, this is {what}", subject)
    config: dict[str, Any] = data["config"]
    if not isinstance(config.get("layers"), list):
        raise refused("the model lists no layers: a subclass of Model holds code in their place", subject)
    return config


class _Reader:
    """Adds models to one sketch."""

    def __init__(self, found: Sketch) -> None:
        self.found = found
        self.names: dict[tuple[str, str], str] = {}
        self.masks: dict[Origin, Origin] = {}
        self.calls: dict[Place, Call] = {}
        self.frozen = False

    def model(self, data: Any, fed: list[Origin] | None, depth: int, prefix: str = "") -> list[Origin]:
        """Adds one model; `fed` are the tensors of a model within another. Returns what leaves it. Raises Fault."""
        config = _model_config(data, prefix.rstrip("/"))
        if depth > MAX_NESTED:
            raise refused(f"models stand in models more than {MAX_NESTED} deep", prefix.rstrip("/"))
        outer = self.frozen
        self.frozen = outer or config.get("trainable") is False
        if data["class_name"] == "Sequential":
            exits = self.sequential(config, data.get("build_config"), fed, depth, prefix)
        else:
            exits = self.functional(config, fed, depth, prefix)
        self.frozen = outer
        return exits

    def sequential(
        self, config: dict[str, Any], build: Any, fed: list[Origin] | None, depth: int, prefix: str
    ) -> list[Origin]:
        """Layers one behind the other."""
        layers = [_entry(item, prefix) for item in config["layers"]]
        if layers and layers[0]["class_name"] == "InputLayer":
            first = layers.pop(0)
            fed = fed or [self.input(first)]
        if fed is None:
            shape = config.get("build_input_shape") or (build.get("input_shape") if isinstance(build, dict) else None)
            if not isinstance(shape, list):
                raise refused("the model does not say what it is fed: it was never built", "", "begin it with an Input")
            fed = [self.input({"class_name": "InputLayer", "config": {"batch_shape": shape, "name": "input"}})]
        for entry in layers:
            fed = self.called(entry, {"args": [fed[0]], "kwargs": {}}, depth, prefix)[:1]
        return fed

    def functional(self, config: dict[str, Any], fed: list[Origin] | None, depth: int, prefix: str) -> list[Origin]:
        """Layers with the calls of each, in an order in which every call comes behind what it is fed."""
        entries = {str(item.get("name") or item["config"].get("name")): item for item in _entries(config, prefix)}
        origins: dict[Place, list[Origin]] = {}
        starts = _places(config.get("input_layers"), prefix)
        for at, (name, _, _) in enumerate(starts):
            if name not in entries:
                raise refused(f"the input `{shorten(name)}` is not among the layers", prefix.rstrip("/"))
            origins[name, 0] = [fed[at]] if fed is not None and at < len(fed) else [self.input(entries[name])]
        for place in _in_order(entries, {name for name, _, _ in starts}, prefix):
            entry = entries[place[0]]
            node = _resolved(entry["inbound_nodes"][place[1]], origins, place[0])
            origins[place] = self.called(entry, node, depth, prefix)
        return [_leaving(origins, end, prefix) for end in _places(config.get("output_layers"), prefix)]

    def input(self, entry: dict[str, Any]) -> Origin:
        """Adds an input. Raises Fault."""
        config = entry["config"]
        name = str(config.get("name") or "input")
        shape = config.get("batch_shape", config.get("batch_input_shape"))
        sizes = isinstance(shape, list) and shape and all(size is None or type(size) is int for size in shape)
        if not sizes or config.get("sparse") or config.get("ragged") or config.get("optional"):
            raise refused("an input is one dense tensor of a given shape", name)
        dtype = config.get("dtype") or "float32"
        if dtype not in DTYPES:
            raise refused(f"the dtype {shorten(dtype)} is not one that a spec knows", name)
        self.found.inputs.append(Input(name, shape[1:], dtype, shape[0]))
        return name, 0, 0

    def called(self, entry: dict[str, Any], node: dict[str, Any], depth: int, prefix: str) -> list[Origin]:
        """Adds one call of a layer, or of all layers of a model; returns its outputs. Raises Fault."""
        if len(self.found.calls) >= MAX_CALLS:
            raise refused(f"the model has more than {MAX_CALLS:,} calls")
        own = str(entry["config"].get("name") or entry.get("name") or "")
        if entry["class_name"] in _MODELS:
            return self.model(entry, _flat(node["args"]), depth + 1, f"{prefix}{own}/")
        if entry["class_name"] == "NotEqual" and len(node["args"]) == 2 and node["args"][1] == 0:
            return [self.mask(own, _flat(node["args"][0]))]
        layer_type = self.layer_type(entry, own)
        if (prefix, own) not in self.names:
            name = self.names[prefix, own] = self.found.fresh(own)
            arguments = arguments_of(layer_type, entry["config"], name)
            self.found.layers[name] = layer_type.type_name, arguments | ({"trainable": False} if self.frozen else {})
        name = self.names[prefix, own]
        feed, said = _sorted(layer_type, self.without_mask(node, own), name)
        if any(origin in self.masks for fed in feed.values() for origin in _flat(fed)):
            raise refused("it is fed where ids are not 0, by a function and no layer", name)
        number = self.found.call(name, feed, said)
        self.calls[name, number] = self.found.calls[-1]
        return [(name, number, port) for port in range(_MOST_OUTPUTS)]

    def mask(self, name: str, compared: list[Origin]) -> Origin:
        """What stands for `ids != 0`: Keras writes the mask that an Embedding starts as a function of its ids."""
        if len(compared) != 1:
            raise refused("keras.ops.not_equal is no layer that a spec knows", name)
        mask = (f"{name} != 0", 0, 0)
        self.masks[mask] = compared[0]
        return mask

    def without_mask(self, node: dict[str, Any], subject: str) -> dict[str, Any]:
        """A call without a mask that comes along with its tensors anyway. Raises Fault where it would not."""
        given = node.get("kwargs") or {}
        mask = given.get("mask")
        if not isinstance(mask, tuple) or mask not in self.masks:
            return node
        if not any(self.starts_mask(origin, self.masks[mask]) for origin in _flat(node["args"])):
            raise refused("its mask is not the one that an Embedding starts and its input carries", subject)
        return {**node, "kwargs": {name: value for name, value in given.items() if name != "mask"}}

    def starts_mask(self, origin: Origin, ids: Origin) -> bool:
        """Whether an Embedding of these ids, one that masks zeros, stands on the way to a tensor."""
        waiting, seen = [origin], set[Place]()
        while waiting:
            layer, number, _ = waiting.pop()
            call = self.calls.get((layer, number))
            if call is None or (layer, number) in seen:
                continue
            seen.add((layer, number))
            fed = [one for each in call.feed.values() for one in _flat(each)]
            type_name, arguments = self.found.layers[layer]
            if type_name == "Embedding" and arguments.get("mask_zero") and fed == [ids]:
                return True
            waiting += fed
        return False

    def layer_type(self, entry: dict[str, Any], subject: str) -> type[Layer]:
        """The type of a layer. Raises Fault where a spec has none such."""
        name, module = str(entry["class_name"]), str(entry.get("module") or "keras.layers")
        found = find(name) if name in CATALOGUE and not name.startswith("ops.") else None
        if ".ops" in module or entry.get("registered_name") not in (None, name, f"keras>{name}"):
            found = None
        if found is None:
            guess = did_you_mean(f"ops.{name.lower()}", CATALOGUE) if ".ops" in module else None
            help = f"write the spec by hand, with `{guess}`" if guess else "replace it, in Keras, by layers of Keras"
            raise refused(f"{shorten(module)}.{shorten(name)} is no layer that a spec knows", subject, help)
        return found


def _entries(config: dict[str, Any], prefix: str) -> list[dict[str, Any]]:
    return [_entry(item, prefix) for item in config["layers"]]


def _entry(item: Any, prefix: str) -> dict[str, Any]:
    """One layer of a model's list. Raises Fault."""
    if isinstance(item, dict) and isinstance(item.get("class_name"), str) and isinstance(item.get("config"), dict):
        return item
    raise refused("an entry of `layers` is no serialised layer", prefix.rstrip("/"))


def _places(value: Any, prefix: str) -> list[tuple[str, int, int]]:
    """`["x", 0, 0]`, or a list or mapping of such. Raises Fault."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list) and value and not isinstance(value[0], (list, dict)):
        value = [value]
    found = [_place(item, prefix) for item in value] if isinstance(value, list) else []
    if not found:
        raise refused("the model lists no inputs or no outputs", prefix.rstrip("/"))
    return found


def _place(item: Any, subject: str) -> tuple[str, int, int]:
    if isinstance(item, list) and len(item) == 3 and isinstance(item[0], str):
        name, node, tensor = item
        if type(node) is int and type(tensor) is int and node >= 0 and 0 <= tensor < _MOST_OUTPUTS:
            return name, node, tensor
    raise refused(f"{shorten(item)} says from which layer a tensor comes in no way that is known", subject.rstrip("/"))


def _in_order(entries: dict[str, dict[str, Any]], starts: set[str], prefix: str) -> list[Place]:
    """Every call behind those that feed it, else in the order of the file. Raises Fault where that cannot be."""
    waiting: dict[Place, set[Place]] = {}
    for name, entry in entries.items():
        nodes = entry.get("inbound_nodes") or []
        for number, node in enumerate(nodes if name not in starts and isinstance(nodes, list) else []):
            if not isinstance(node, dict) or not isinstance(node.get("args"), list) or not _is_kwargs(node):
                raise refused("its calls are written as Keras 2 did", name, "load and save it with Keras 3")
            feeding = {(source[0], source[1]) for source in _histories(node, name)}
            waiting[name, number] = {place for place in feeding if place[0] not in starts}
    users: dict[Place, list[Place]] = {}
    for place, feeding in waiting.items():
        for source in feeding:
            users.setdefault(source, []).append(place)
    positions = {place: at for at, place in enumerate(waiting)}
    places = [*waiting]
    ready = [at for place, at in positions.items() if not waiting[place]]
    heapify(ready)
    found: list[Place] = []
    while ready:
        place = places[heappop(ready)]
        found.append(place)
        for user in users.get(place, ()):
            waiting[user].discard(place)
            if not waiting[user]:
                heappush(ready, positions[user])
    if len(found) < len(waiting):
        stuck = next(place for place in waiting if waiting[place])
        raise refused("it is fed by a layer that is not there, or by itself", prefix + stuck[0])
    return found


def _is_kwargs(node: dict[str, Any]) -> bool:
    return isinstance(node.get("kwargs") or {}, dict)


def _histories(value: Any, subject: str) -> list[tuple[str, int, int]]:
    """Where every tensor in a call comes from."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return [_history(value, subject)]
        return [found for item in value.values() for found in _histories(item, subject)]
    if isinstance(value, list):
        return [found for item in value for found in _histories(item, subject)]
    return []


def _history(tensor: dict[str, Any], subject: str) -> tuple[str, int, int]:
    """Where a tensor comes from. Raises Fault."""
    config = tensor.get("config")
    return _place(config.get("keras_history") if isinstance(config, dict) else None, subject)


def _resolved(value: Any, origins: dict[Place, list[Origin]], subject: str) -> Any:
    """A call with every tensor replaced by its origin."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return _leaving(origins, _history(value, subject), subject)
        return {key: _resolved(item, origins, subject) for key, item in value.items()}
    return [_resolved(item, origins, subject) for item in value] if isinstance(value, list) else value


def _leaving(origins: dict[Place, list[Origin]], place: tuple[str, int, int], subject: str) -> Origin:
    found = origins.get((place[0], place[1]), [])
    if place[2] >= len(found):
        raise refused(f"there is no output {place[2]} of `{shorten(place[0])}`", subject.rstrip("/"))
    return found[place[2]]


def _flat(value: Any) -> list[Origin]:
    """The tensors in a call of a model, in order."""
    if isinstance(value, tuple):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for item in items for found in _flat(item)]


def _sorted(layer_type: type[Layer], node: dict[str, Any], subject: str) -> tuple[Feed, dict[str, Any]]:
    """Tensors by the port they feed, and the other arguments of a call. Raises Fault."""
    ports = [port.rstrip("?*+") for port in layer_type.ports]
    many = {port.rstrip("?*+") for port in layer_type.ports if port[-1] in "*+"}
    given = node.get("kwargs") or {}
    if len(node["args"]) > len(ports):
        raise refused(f"it is called with {len(node['args'])} arguments, and a spec knows {', '.join(ports)}", subject)
    values = {**dict(zip(ports, node["args"], strict=False)), **given}
    feed: Feed = {}
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        tensors = _flat(value)
        if not tensors:
            arguments |= call_argument(layer_type, name, value, subject)
        elif name not in ports or (len(tensors) > 1 and name not in many):
            raise refused(f"a spec has no way to feed it tensors as `{shorten(name)}`", subject)
        else:
            feed[name] = tensors if name in many else tensors[0]
    return feed, arguments
