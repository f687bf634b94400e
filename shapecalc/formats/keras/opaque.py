"""Layers of a Keras model that hold code: what the file says of each stands in place of a type.

Nothing of it is imported or run. A layer of a known type with code in an argument on which no shape depends, such as an
activation, keeps its type; of all others only what the file recorded is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.diagnostics import Diagnostic, Fault, Span, error, shorten
from shapecalc.diagnostics.errors import Refusal
from shapecalc.formats.flat_model import Call, FlatModel, Source
from shapecalc.formats.keras.entries import is_keras_own, is_model, name_of
from shapecalc.formats.keras.operations import is_operation
from shapecalc.formats.keras.unshaped import find_unshaped, hide_layer, is_weightless
from shapecalc.layers.arguments.names import DTYPES, POLICIES
from shapecalc.layers.arguments.words import ActivationKind
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE, canonical, find
from shapecalc.layers.opaque import HeldCode, Opaque, Recorded, RecordedCall, shape_text

if TYPE_CHECKING:
    from shapecalc.layers.arguments.argument import Arg

_LAMBDA = "__lambda__"


class Stripped(NamedTuple):
    """A config without the code in it, and the code by the argument that held it.

    `whole` names what makes the layer all code, where something does: a layer within that has no type, or an argument
    that the layer is nothing without.
    """

    config: dict[str, Any]
    code: dict[str, str]
    whole: str | None = None


def strip_code(layer_type: type[Layer], config: dict[str, Any]) -> Stripped:
    """The config of a layer without the code in it."""
    kept = dict(config)
    code: dict[str, str] = {}
    for name, value in config.items():
        if not isinstance(value, (dict, list, str)):
            continue
        argument = layer_type.args.get(name)
        if argument is None or name == "dtype":
            continue
        if argument.holds_layers:
            inner = _strip_layers(value)
            if inner.whole is not None:
                return Stripped(config, {}, inner.whole)
            kept[name] = inner.config["layers"]
            code |= {f"{name}.{inside}": words for inside, words in inner.code.items()}
        elif (words := _code_in(argument, value, layer_type)) is not None:
            if isinstance(argument.kind, ActivationKind):
                kept[name] = "linear"
            elif argument.required:
                return Stripped(config, {}, words)
            else:
                del kept[name]
            code[name] = words
    return Stripped(kept, code)


def _strip_layers(value: Any) -> Stripped:
    """The layer, or list of layers, in an argument without the code in them, as `layers`."""
    if isinstance(value, list):
        parts = [_strip_layers(item) for item in value]
        whole = next((part.whole for part in parts if part.whole is not None), None)
        code = {name: words for part in parts for name, words in part.code.items()}
        return Stripped({"layers": [part.config["layers"] for part in parts]}, code, whole)
    if not isinstance(value, dict) or is_model(value) or not isinstance(value.get("config"), dict):
        return Stripped({"layers": value}, {})
    layer_type = type_of(value)
    if layer_type is None:
        return Stripped({"layers": value}, {}, owner_of(value))
    config, code, whole = strip_code(layer_type, value["config"])
    return Stripped({"layers": {**value, "config": config}}, code, whole)


def type_of(entry: dict[str, Any]) -> type[Layer] | None:
    """The type of a serialised layer; None where it is none of Keras's, or one that holds code."""
    name = canonical(str(entry.get("class_name")))
    if name not in CATALOGUE or name.startswith("ops.") or not is_keras_own(entry):
        return None
    layer_type = find(name)
    return None if layer_type is None or layer_type.refused else layer_type


def _code_in(argument: Arg[Any], value: Any, layer_type: type[Layer]) -> str | None:
    """What code an argument holds, if any: an object of nobody's class, a function, a word that Keras does not know."""
    if not isinstance(value, str):
        return _code_of(value)
    if not isinstance(argument.kind, ActivationKind):
        return None
    try:
        argument.read(value, layer_type)
    except Refusal:
        return value
    return None


def _code_of(value: Any) -> str | None:
    """What code stands in a value, if any."""
    if isinstance(value, list):
        items = value if value and isinstance(value[0], (dict, list)) else []
    elif isinstance(value, dict):
        name = value.get("class_name")
        if name == _LAMBDA:
            return "a lambda"
        if isinstance(name, str) and "module" in value and not name.startswith("__") and not is_keras_own(value):
            return owner_of(value)
        items = [*value.values()]
    else:
        return None
    return next((words for item in items if (words := _code_of(item)) is not None), None)


def owner_of(value: dict[str, Any]) -> str:
    """The class or the function of a serialised object with whose it is: `mine>Attend`, `keras.layers.JaxLayer`."""
    name, module, registered = value.get("class_name"), value.get("module"), value.get("registered_name")
    if name == "function" and isinstance(value.get("config"), str):
        return str(value["config"])
    if isinstance(registered, str) and registered not in (name, "") and not is_keras_own(value):
        return registered
    return f"{module}.{name}" if isinstance(module, str) and module else str(name)


class CodeReader:
    """Collects the layers of a file that hold code while it is read, and says in the end what was recorded of them."""

    def __init__(self) -> None:
        self.layers: dict[str, tuple[FlatModel, str, dict[str, Any], str]] = {}
        self.names: dict[str, tuple[str, ...]] = {}
        self.paths: dict[int, str] = {}  # of the models, by their identity
        self.counts: dict[str, int] = {}
        self.arguments: list[tuple[FlatModel, str, dict[str, str]]] = []

    def add_layer(self, model: FlatModel, name: str, entry: dict[str, Any], around: str, *, frozen: bool) -> str:
        """Adds a layer of which only the records are known; returns the word that stands for it in the file's spec.

        `around` is the path of the model that it stands in.
        """
        word = f"opaque {len(self.layers) + 1}"
        layer_type = type_of(entry)
        within = _code_of(entry["config"]) if is_keras_own(entry) else None
        if layer_type is not None:
            within = strip_code(layer_type, entry["config"]).whole
        owner = owner_of(entry) if within is None else f"{entry['class_name']} of {within}"
        config = {**entry["config"], "trainable": False} if frozen else entry["config"]
        self.names[word] = (*filter(None, around.split("/")), name_of(entry))
        self.layers[word] = model, name, {**entry, "config": config}, owner
        return word

    def hide_unshaped(self, root: FlatModel) -> list[str]:
        """Makes layers of records of those that are fed what is not recorded; returns the words that stand for them."""
        words = []
        lost_outputs: dict[str, list[bool]] = {}
        for block, model in (*root.blocks.items(), ("", root)):
            lost, behind = find_unshaped(model, {*self.layers}, lost_outputs)
            lost_outputs[block] = [source in lost for source in model.outputs.values()]
            for name in behind:
                type_name, arguments = model.layers[name]
                entry = {"module": "keras.layers", "class_name": type_name, "config": {**arguments, "name": name}}
                words.append(self.add_layer(model, name, entry, self.paths[id(model)], frozen=False))
                hide_layer(model, name, words[-1])
        return words

    def count_call(self, word: str) -> int:
        """Which of the calls of a layer the next one is."""
        number = self.counts.get(word, 0)
        self.counts[word] = number + 1
        return number

    def add_arguments(self, model: FlatModel, name: str, code: dict[str, str]) -> None:
        """Adds a layer of a known type, with the code in its arguments."""
        self.arguments.append((model, name, code))

    def held(self, root: FlatModel) -> HeldCode | None:
        """What code the file holds, once all of it was read; None where it holds none."""
        if not self.layers and not self.arguments:
            return None
        names = {id(block): name for name, block in root.blocks.items()}
        _hand_down_records(root)
        behind = self.hide_unshaped(root)
        calls = {id(model): _Calls(model) for model in (root, *root.blocks.values())}
        arguments = {
            (names.get(id(model), ""), calls[id(model)].node_of(name)): code for model, name, code in self.arguments
        }
        layers = {
            word: _opaque_layer(calls[id(model)], name, entry, owner)
            for word, (model, name, entry, owner) in self.layers.items()
        }
        for word in behind:
            layers[word].is_code = False
        return HeldCode(layers, self.names, arguments)


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
                tuple(self.recorded((name, number, port)) for port in range(self.outputs.get((name, number), 1))),
            )
            for number, call in enumerate(self.by_layer[name])
        )

    def recorded_input(self, source: Source) -> Recorded:
        """What was recorded of a tensor, or declared of an input; what the layer was built for may be another call."""
        declared = self.inputs.get(source[0])
        if declared is not None:
            return declared
        return self.recorded(source) if self.model.tensors.get(source, (None, ""))[1] else Recorded(None)

    def recorded(self, source: Source) -> Recorded:
        """What was recorded of a tensor."""
        shape, dtype = self.model.tensors.get(source, (None, ""))
        return Recorded(None if shape is None else tuple(shape), dtype if dtype in DTYPES else None)


def _opaque_layer(calls: _Calls, name: str, entry: dict[str, Any], owner: str) -> Opaque:
    """A layer that holds code, with what the file recorded of its calls."""
    config = entry["config"]
    # Functions have no weights, and Keras tracks none that a Lambda uses.
    no_weights = is_operation(entry) or (is_keras_own(entry) and is_weightless(entry["class_name"]))
    layer = Opaque(
        str(entry["class_name"]).rpartition(">")[2], owner, calls.list_recorded(name), () if no_weights else None
    )
    dtype = config.get("dtype")
    if isinstance(dtype, dict) and isinstance(dtype.get("config"), dict):
        dtype = dtype["config"].get("name")
    if isinstance(dtype, str) and dtype in (*DTYPES, *POLICIES):
        layer.__dict__["dtype"] = dtype
    if config.get("trainable") is False:
        layer.__dict__["trainable"] = False
    return layer


def refuse_conversion(flat: FlatModel, file: str) -> None:
    """Raises Fault with SC609 for all layers that hold code at once, and what would have to stand in their place."""
    if flat.code is None:
        return
    findings = []
    for block, model in (*flat.blocks.items(), ("", flat)):
        for name, (type_name, _) in model.layers.items():
            layer = flat.code.layers.get(type_name)
            if layer is not None and layer.is_code:
                findings.append(_need_of(layer, name, Span(file, 0, 0, 0, model.places[name])))
        for (where, node), code in flat.code.arguments.items():
            if where == block:
                name = model.calls[node - len(model.inputs)].layer
                findings.append(_need_of_arguments(code, name, Span(file, 0, 0, 0, model.places[name])))
    raise Fault(*findings)


def _need_of(layer: Opaque, name: str, span: Span) -> Diagnostic:
    """What a layer that is all code would have to be replaced by."""
    shapes = " and ".join(dict.fromkeys(f"{_shapes(call.inputs)} -> {_shapes(call.outputs)}" for call in layer.calls))
    message = f"{shorten(layer.owner)} is code, for which a spec has no word: {shapes}"
    help = "replace it, in Keras, by layers and functions of Keras that give these shapes"
    return error("SC609", message, span, subject=name, help=help)


def _need_of_arguments(code: dict[str, str], name: str, span: Span) -> Diagnostic:
    """What the arguments of a layer would have to be that hold code."""
    words = " and ".join(f"`{argument}` is {shorten(owner)}" for argument, owner in code.items())
    help = "take one of Keras's own, in Keras, or leave it out and put what it does after the layer, as Keras's layers"
    if not any(argument.endswith("activation") for argument in code):
        help = "take one of Keras's own, in Keras, or leave it out: what is run and counted does not depend on it"
    return error("SC609", f"{words}: code, for which a spec has no word", span, subject=name, help=help)


def _shapes(tensors: tuple[Recorded, ...]) -> str:
    """Recorded shapes as Keras prints them."""
    texts = [shape_text(tensor.shape) for tensor in tensors]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
