"""Layers of a Keras model that are code: what the file records of each stands in place of a type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from shapecalc.formats.flat_model import Call, FlatModel, Source
from shapecalc.formats.keras.operations import is_operation
from shapecalc.formats.keras.reading.entries import is_keras_own, name_of
from shapecalc.formats.keras.reading.held_code import code_of, owner_of, strip_code, type_of
from shapecalc.formats.keras.reading.unshaped import find_unshaped, hide_layer, is_weightless
from shapecalc.layers.arguments.names import DTYPES, POLICIES
from shapecalc.layers.opaque import HeldCode, Opaque, Recorded, RecordedCall


class _Holder(NamedTuple):
    """A layer of which only records are known: where it stands, what the file says of it, and what it is called there.

    `owner` is its class with whose it is; `names` are those of the models around it and its own in the file. One that
    `is_behind` holds no code, and is fed what is not recorded.
    """

    model: FlatModel
    name: str
    entry: dict[str, Any]
    owner: str
    names: tuple[str, ...]
    is_behind: bool = False


class CodeReader:
    """Collects the layers of a file that hold code while it is read, and says in the end what was recorded of them."""

    def __init__(self) -> None:
        self.holders: dict[str, _Holder] = {}
        self.paths: dict[int, str] = {}  # of the models, by their identity
        self.counts: dict[str, int] = {}
        self.is_whole = False  # whether the one layer there is is the whole model of the file
        self.arguments: list[tuple[FlatModel, str, dict[str, str]]] = []

    def add_layer(self, model: FlatModel, name: str, entry: dict[str, Any], *, frozen: bool) -> str:
        """Adds a layer that is code; returns the word that stands for it in the file's spec."""
        layer_type = type_of(entry)
        within = code_of(entry["config"]) if is_keras_own(entry) else None
        if layer_type is not None:
            within = strip_code(layer_type, entry["config"]).whole
        owner = owner_of(entry) if within is None else f"{entry['class_name']} of {within}"
        config = {**entry["config"], "trainable": False} if frozen else entry["config"]
        return self._add(model, name, {**entry, "config": config}, owner, name_of(entry))

    def add_arguments(self, model: FlatModel, name: str, code: dict[str, str]) -> None:
        """Adds a layer of a known type, with the code in its arguments."""
        self.arguments.append((model, name, code))

    def count_call(self, word: str) -> int:
        """Which of the calls of a layer the next one is."""
        number = self.counts.get(word, 0)
        self.counts[word] = number + 1
        return number

    def held(self, root: FlatModel) -> HeldCode | None:
        """What code the file holds, once all of it was read; None where it holds none."""
        if not self.holders and not self.arguments:
            return None
        blocks = {id(block): name for name, block in root.blocks.items()}
        _hand_down_records(root)
        self._hide_reshaping()
        self._hide_unshaped(root)
        calls = {id(model): _Calls(model) for model in (root, *root.blocks.values())}
        return HeldCode(
            {word: _opaque_layer(calls[id(holder.model)], holder) for word, holder in self.holders.items()},
            {word: holder.names for word, holder in self.holders.items()},
            {(blocks.get(id(model), ""), calls[id(model)].node_of(name)): code for model, name, code in self.arguments},
        )

    def _hide_reshaping(self) -> None:
        """Makes layers of records of those whose activation is code that gives another shape, as the file records."""
        kept = []
        for model, name, code in self.arguments:
            if not _reshapes(model, name, code):
                kept.append((model, name, code))
                continue
            words = " and ".join(f"{argument} {owner}" for argument, owner in code.items())
            self._hide(model, name, f"{model.layers[name][0]} of {words}")
        self.arguments = kept

    def _hide_unshaped(self, root: FlatModel) -> None:
        """Makes layers of records of those that are fed what is not recorded."""
        lost_outputs: dict[str, list[bool]] = {}
        for block, model in (*root.blocks.items(), ("", root)):
            lost, behind = find_unshaped(model, {*self.holders}, lost_outputs)
            lost_outputs[block] = [source in lost for source in model.outputs.values()]
            for name in behind:
                self._hide(model, name, model.layers[name][0], is_behind=True)

    def _hide(self, model: FlatModel, name: str, owner: str, *, is_behind: bool = False) -> None:
        """Makes a layer of records of one that has a type."""
        type_name, arguments = model.layers[name]
        entry = {"module": "keras.layers", "class_name": type_name, "config": arguments}
        own = model.old_names.get(name, name)
        hide_layer(model, name, self._add(model, name, entry, owner, own, is_behind=is_behind))

    def _add(
        self, model: FlatModel, name: str, entry: dict[str, Any], owner: str, own: str, *, is_behind: bool = False
    ) -> str:
        word = f"opaque_{len(self.holders) + 1}"
        names = () if self.is_whole else (*filter(None, self.paths[id(model)].split("/")), own)
        self.holders[word] = _Holder(model, name, entry, owner, names, is_behind)
        return word


def _reshapes(model: FlatModel, name: str, code: dict[str, str]) -> bool:
    """Whether the activation of a layer gives other channels than the layer computes, as the file records it."""
    recorded = model.tensors.get((name, 0, 0))
    if recorded is None or not recorded[0] or "activation" not in code:
        return False
    type_name, arguments = model.layers[name]
    channels = arguments.get("units", arguments.get("filters"))
    if type_name == "Activation":
        fed = next((call.feed.get("inputs") for call in model.calls if call.layer == name), None)
        shape = model.tensors.get(fed) if isinstance(fed, tuple) else None
        return shape is not None and shape[0] != recorded[0]
    last = 1 if arguments.get("data_format") == "channels_first" else -1
    return isinstance(channels, int) and recorded[0][last] not in (channels, None)


def _hand_down_records(root: FlatModel) -> None:
    """What a model recorded of the outputs of a model within it, said of the layers in there that give them."""
    for model in (root, *reversed(root.blocks.values())):
        for name, (type_name, _) in model.layers.items():
            block = root.blocks.get(type_name)
            for port, source in enumerate(block.outputs.values() if block is not None else ()):
                recorded = model.tensors.get((name, 0, port))
                if block is not None and recorded is not None:
                    block.tensors.setdefault(source, recorded)


class _Calls:
    """The calls of one model that concern its layers of code: by layer, and how many outputs of each are used."""

    def __init__(self, model: FlatModel) -> None:
        self.model = model
        self.inputs = {given.name: Recorded((given.batch, *given.shape), given.dtype) for given in model.inputs}
        self.by_layer: dict[str, list[Call]] = {}
        self.positions: dict[str, int] = {}
        self.outputs: dict[tuple[str, int], int] = {}
        for position, call in enumerate(model.calls):
            self.by_layer.setdefault(call.layer, []).append(call)
            self.positions.setdefault(call.layer, position)
            for fed in call.feed.values():
                self.note_used(fed if isinstance(fed, list) else [fed])
        self.note_used(model.outputs.values())

    def note_used(self, sources: Iterable[Source]) -> None:
        for name, number, port in sources:
            self.outputs[name, number] = max(self.outputs.get((name, number), 0), port + 1)

    def node_of(self, name: str) -> int:
        """Which node of its graph the first call of a layer is."""
        return len(self.model.inputs) + self.positions[name]

    def list_recorded(self, name: str) -> tuple[RecordedCall, ...]:
        """What was recorded of the calls of a layer; outputs that nothing uses have no records."""
        return tuple(
            RecordedCall(
                tuple(self.recorded_input(source) for source in call.feed["inputs"] if isinstance(source, tuple)),
                tuple(self.find_record((name, number, port)) for port in range(self.outputs.get((name, number), 1))),
            )
            for number, call in enumerate(self.by_layer[name])
        )

    def recorded_input(self, source: Source) -> Recorded:
        """What was recorded of a tensor, or declared of an input; what the layer was built for may be another call."""
        declared = self.inputs.get(source[0])
        if declared is not None:
            return declared
        return self.find_record(source) if self.model.tensors.get(source, (None, ""))[1] else Recorded(None)

    def find_record(self, source: Source) -> Recorded:
        """What was recorded of a tensor."""
        shape, dtype = self.model.tensors.get(source, (None, ""))
        return Recorded(None if shape is None else tuple(shape), dtype if dtype in DTYPES else None)


def _opaque_layer(calls: _Calls, holder: _Holder) -> Opaque:
    """A layer of which only records are known."""
    entry, config = holder.entry, holder.entry["config"]
    # Functions have no weights, and Keras tracks none that a Lambda uses.
    is_function = is_operation(entry) or entry.get("module") == "tensorflow"
    no_weights = is_function or (is_keras_own(entry) and is_weightless(entry["class_name"]))
    type_name = str(entry["class_name"]).rpartition(">")[2]
    layer = Opaque(type_name, holder.owner, calls.list_recorded(holder.name), () if no_weights else None)
    layer.is_code = not holder.is_behind
    dtype = config.get("dtype")
    if isinstance(dtype, dict) and isinstance(dtype.get("config"), dict):
        dtype = dtype["config"].get("name")
    if isinstance(dtype, str) and dtype in (*DTYPES, *POLICIES):
        layer.__dict__["dtype"] = dtype
    if config.get("trainable") is False:
        layer.__dict__["trainable"] = False
    return layer
