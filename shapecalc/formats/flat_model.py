"""A model as other notations have it: layers with plain arguments, the calls of each, no expressions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from shapecalc.diagnostics import Diagnostic, Fault, error
from shapecalc.dims import Dim, symbols
from shapecalc.layers.arguments.words import InitializerKind
from shapecalc.layers.base import Layer, port_name
from shapecalc.layers.catalogue import find
from shapecalc.layers.class_names import snake_case
from shapecalc.model.block import Block, Reuse

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.formats.constant_arrays import Array
    from shapecalc.formats.onnx.messages import Tensor as TensorInFile
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.arguments.argument import Arg
    from shapecalc.layers.opaque import HeldCode
    from shapecalc.layers.values import Inferred, Tensor
    from shapecalc.model.graph import GraphNode

Source: TypeAlias = tuple[str, int, int]
"""An output: a layer or an input, which of its calls, which of that call's outputs."""


_INPUT = re.compile(r"input(_layer)?(_\d+)?\Z")

MOST_OUTPUTS = 16
"""Outputs of a call that may be used: how many there are is known only when it is inferred."""


class Input(NamedTuple):
    """An input: sizes of one sample, None for one that is not known; `batch` is None unless it is fixed.

    `axes` are all of them where the file says them, as ONNX does: a name stands for a size that the file names.
    """

    name: str
    shape: list[int | None]
    dtype: str
    batch: int | None = None
    axes: list[int | str | None] | None = None


Feed: TypeAlias = dict[str, "Source | list[Source]"]
"""What each port of a layer is fed, by the name of Keras's call argument."""


class Call(NamedTuple):
    """One call of a layer: what it is fed, and call arguments that are no tensors."""

    layer: str
    feed: Feed
    arguments: dict[str, Any]

    def sources(self) -> list[Source]:
        """All that it is fed, port by port."""
        return [source for fed in self.feed.values() for source in (fed if isinstance(fed, list) else [fed])]

    def first_source(self) -> Source | None:
        """The first tensor that it is fed."""
        return next(iter(self.sources()), None)


Tensors: TypeAlias = dict[Source, tuple[list[int | None], str]]
"""The shapes, batch axis first, and dtypes of what is known to flow; of what a layer was built for, which may have been
for another call, the dtype is empty."""


class Held(NamedTuple):
    """What the numbers of a weight were in an ONNX file: a node and its port, and how their axes and gates changed."""

    node: str
    port: str
    change: str = ""
    number: int = 0


class Origin(NamedTuple):
    """The nodes that a layer was made of, and what each of its weights was."""

    nodes: tuple[str, ...]
    weights: dict[str, Held]


class FlatModel:
    """Inputs, layers (name to type and arguments as a spec would give them), calls from top to bottom, outputs.

    `blocks` holds the models that are layers of this one or of each other, those that others need first: their layers
    have the name of the block as their type, and are fed by the names of its inputs. `places` says where in its file
    each layer stands, `old_names` what those were called there that have another name here, `notes` what was read
    otherwise than it was written, `constants` the arrays that are weights here and none there, by layer; `held` the
    tensors of an ONNX file that layers are given, by layer and argument. `code` is what a model file holds that no text
    can say, on the outermost model. `has_operators` says that its layers are the nodes of an ONNX file, which may be
    lifted to layers of Keras; `origins` what each such layer was made of, `surplus` how many numbers more the file has
    for it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.blocks: dict[str, FlatModel] = {}
        self.places: dict[str, str] = {}
        self.old_names: dict[str, str] = {}
        self.constants: dict[str, Array] = {}
        self.held: dict[str, dict[str, TensorInFile]] = {}
        self.notes: list[Diagnostic] = []
        self.inputs: list[Input] = []
        self.layers: dict[str, tuple[str, dict[str, Any]]] = {}
        self.calls: list[Call] = []
        self.outputs: dict[str, Source] = {}
        self.tensors: Tensors = {}
        self.code: HeldCode | None = None
        self.has_operators = False
        self.origins: dict[str, Origin] = {}
        self.surplus: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._known = 0  # how many of the inputs are among the taken names

    def call(self, layer: str, feed: Feed, arguments: dict[str, Any]) -> int:
        """Adds a call of a layer; returns which of its calls it is."""
        number = self._counts.get(layer, 0)
        self._counts[layer] = number + 1
        self.calls.append(Call(layer, feed, arguments))
        return number

    def fresh(self, name: str) -> str:
        """A name that no input has, and that was not given out before; from now on it is taken."""
        if len(self.inputs) != self._known:
            self._taken |= {input.name for input in self.inputs}
            self._known = len(self.inputs)
        new, count = name, self._numbers.get(name, 0)
        while new in self._taken:
            count += 1
            new = f"{name}_{count}"
        self._numbers[name] = count  # many layers of one name are not counted from the start each time
        self._taken.add(new)
        return new


def old_path(flat: FlatModel, path: str) -> str:
    """The path that a layer, named by its path here, had in the file that the model was read of."""
    model, names, between = flat, list[str](), 0
    for name in path.split("/"):
        names.append(name if between else model.old_names.get(name, name))
        held = None if between else find_block(flat, model.layers.get(name, ("", {})))
        if held is not None:
            model = flat.blocks[held[0]]
        between = max(between - 1, 0) if held is None else held[1].count("/")
    return "/".join(names)


def show_inputs(flat: FlatModel) -> list[Input]:
    """The inputs with their names; a sole one that Keras named is called `input`."""
    if len(flat.inputs) == 1 and _INPUT.match(flat.inputs[0].name):
        return [flat.inputs[0]._replace(name="input")]
    return flat.inputs


def list_constants(flat: FlatModel, model: FlatModel | None = None, prefix: str = "") -> dict[str, Array]:
    """The arrays that are weights here and none in the file, by the path of their layer; those of blocks too."""
    model = model or flat
    found = {prefix + name: array for name, array in model.constants.items()}
    for name, layer in model.layers.items():
        held = find_block(flat, layer)
        if held is not None:
            found |= list_constants(flat, flat.blocks[held[0]], f"{prefix}{name}/{held[1]}")
    return found


def find_block(flat: FlatModel, layer: tuple[str, dict[str, Any]]) -> tuple[str, str] | None:
    """The block that a layer is or that it wraps, and the path of the layers in between; None where there is none."""
    (type_name, arguments), path = layer, ""
    while type_name not in flat.blocks:
        inner = arguments.get("layer")
        if not isinstance(inner, dict) or len(inner) != 1:
            return None
        ((type_name, given),) = inner.items()
        arguments = given if isinstance(given, dict) else {}
        path += f"{arguments.get('name') or snake_case(type_name)}/"
    return type_name, path


def unfold_blocks(flat: FlatModel) -> FlatModel:
    """The same model with the layers of its blocks in their place, named by their paths: `encoder/dense`."""
    if not flat.blocks:
        return flat
    unfolded = FlatModel(flat.name)
    unfolded.inputs, unfolded.tensors = list(flat.inputs), flat.tensors
    exits = _unfold(flat, flat.blocks, {given.name: (given.name, 0, 0) for given in flat.inputs}, "", unfolded)
    unfolded.outputs = dict(zip(flat.outputs, exits, strict=True))
    return unfolded


def _unfold(
    model: FlatModel, blocks: dict[str, FlatModel], fed: dict[str, Source], prefix: str, unfolded: FlatModel
) -> list[Source]:
    """Adds the calls of a model that is fed these sources; returns what leaves it."""
    outputs: dict[tuple[str, int], list[Source]] = {(name, 0): [source] for name, source in fed.items()}
    numbers: dict[str, int] = {}

    def find(source: Source) -> Source:
        given = outputs.get(source[:2])
        return given[source[2]] if given is not None and source[2] < len(given) else source

    for call in model.calls:
        number = numbers[call.layer] = numbers.get(call.layer, -1) + 1
        type_name, arguments = model.layers[call.layer]
        feed: Feed = {
            port: [find(source) for source in given] if isinstance(given, list) else find(given)
            for port, given in call.feed.items()
        }
        path = prefix + call.layer
        if type_name in blocks:
            inner = {port: source for port, source in feed.items() if isinstance(source, tuple)}
            outputs[call.layer, number] = _unfold(blocks[type_name], blocks, inner, f"{path}/", unfolded)
            continue
        unfolded.layers[path] = type_name, arguments
        called = unfolded.call(path, feed, call.arguments)
        outputs[call.layer, number] = [(path, called, port) for port in range(MOST_OUTPUTS)]
    return [find(source) for source in model.outputs.values()]


def refusal(message: str, subject: str = "", help: str | None = None) -> Fault:
    """What a notation has no words for."""
    return Fault(error("SC609", message, subject=subject, help=help))


def flatten(report: Report) -> FlatModel:
    """An analysed model laid flat, its blocks unfolded. Raises Fault with SC609 for what cannot be unfolded."""
    if report.walk is None:
        raise Fault(*report.diagnostics)
    flat = FlatModel(report.name)
    for name, tensor in report.inputs.items():
        batch, dtype = tensor.shape[0] if tensor.shape.ndim else None, tensor.dtype or "float32"
        flat.inputs.append(Input(name, known_sizes(tensor)[1:], dtype, batch if isinstance(batch, int) else None))
        flat.tensors[name, 0, 0] = known_sizes(tensor), dtype
    inputs: list[list[Source]] = [[(name, 0, 0)] for name in report.inputs]
    exits = _Unfolding(flat, flat.blocks).graph(report.walk, "", inputs, trainable=True)
    flat.outputs = dict(zip(report.walk.output_sources(), exits, strict=True))
    return flat


class _Unfolding:
    """Adds the layers of blocks to a flat model. A block that is reused calls the layers in it again."""

    def __init__(self, flat: FlatModel, blocks: dict[str, FlatModel]) -> None:
        self.flat = flat
        self.blocks = blocks
        self.names: dict[str, str] = {}

    def graph(self, walk: Walk, prefix: str, fed: list[list[Source]], *, trainable: bool) -> list[Source]:
        """Adds the layers of one graph; returns its outputs."""
        outputs: dict[int, list[Source]] = dict(enumerate(fed))  # by node
        for node, inferred in zip(walk.graph.nodes, walk.results, strict=True):
            if node.entry is None or node.layer is None or inferred is None:
                continue
            path = prefix + node.weights_of
            if inferred.walk is not None:
                inner = [[outputs[index][position]] for index, position in walk.sources_of(node)]
                own = trainable and node.layer.trainable
                outputs[node.index] = self.graph(inferred.walk, f"{path}/", inner, trainable=own)
                continue
            feed = self.feed(walk, node, node.layer, outputs)
            name, number = self.layer(node.layer, inferred, path, feed, trainable)
            outputs[node.index] = [(name, number, position) for position in range(len(inferred.outputs))]
            for source, tensor in zip(outputs[node.index], inferred.outputs.values(), strict=True):
                self.flat.tensors[source] = known_sizes(tensor), tensor.dtype or "float32"
        return [outputs[index][position] for index, position in walk.output_sources().values()]

    def feed(self, walk: Walk, node: GraphNode, layer: Layer, outputs: dict[int, list[Source]]) -> Feed:
        """What a call is fed, by port."""
        feed: Feed = {}
        if layer.is_source:
            return feed
        for port, wire in zip(layer.ports, walk.source_feed_of(node), strict=False):
            if wire and isinstance(wire[0], int):
                feed[port_name(port)] = outputs[wire[0]][wire[1]]
            elif wire:
                feed[port_name(port)] = [outputs[index][position] for index, position in wire]
        return feed

    def layer(self, layer: Layer, inferred: Inferred, path: str, feed: Feed, trainable: bool) -> tuple[str, int]:
        """Adds a call of a layer, and the layer itself the first time; returns its name and which call it is."""
        if path not in self.names:
            name = self.names[path] = self.flat.fresh(path.replace("/", "_"))
            arguments = self.arguments(layer, inferred, name, trainable)
            if not trainable:
                arguments = freeze(layer.type_name, arguments, name)
            self.flat.layers[name] = (layer.type_name, arguments)
        name = self.names[path]
        arguments = {key: value for key, value in plain_arguments(layer, name, call=True).items() if value is not False}
        return name, self.flat.call(name, feed, arguments)

    def arguments(self, layer: Layer, inferred: Inferred, subject: str, trainable: bool) -> dict[str, Any]:
        """The arguments of a layer, the blocks that it holds as blocks of the flat model. Raises Fault."""
        if not _holds_block(layer):
            return plain_arguments(layer, subject)
        held = {
            name: value for name, value in layer.__dict__.items() if isinstance(value, Block) or _holds_block(value)
        }
        bare = layer.replace()
        for name in held:
            del bare.__dict__[name]
        arguments = plain_arguments(bare, subject)
        inner, by_name = iter(inferred.inner), {part.name: part.inferred for part in inferred.inner}
        for name, value in held.items():
            several = value if isinstance(value, tuple) else (value,)
            if len(by_name) < len(held) and name not in by_name:
                raise refusal(f"`{name}` of {layer.type_name} is never run, and nothing is known of it", subject)
            inferred_of = [by_name[name]] if name in by_name else [next(inner).inferred for _ in several]
            items = [
                self.inner(item, part, subject, trainable) for item, part in zip(several, inferred_of, strict=True)
            ]
            arguments[name] = items if isinstance(value, tuple) else items[0]
        return arguments

    def inner(self, layer: Layer, inferred: Inferred, subject: str, trainable: bool) -> dict[str, Any]:
        """A layer that stands in another, as a spec writes it. Raises Fault."""
        named = {"name": layer.name} if layer.name else {}
        if isinstance(layer, Block) and inferred.walk is not None:
            return {self.block(layer, inferred.walk, trainable=trainable and layer.trainable): named}
        return {layer.type_name: named | self.arguments(layer, inferred, subject, trainable)}

    def block(self, layer: Block, walk: Walk, *, trainable: bool) -> str:
        """Adds a block that a layer holds as a model of its own; returns its name."""
        block = FlatModel(layer.type_name)
        inputs: list[list[Source]] = []
        for node, tensor in zip(walk.graph.nodes, walk.graph.inputs, strict=False):
            sizes, dtype = known_sizes(tensor), tensor.dtype or "float32"
            block.inputs.append(Input(node.name, sizes[1:], dtype, sizes[0] if sizes else None))
            block.tensors[node.name, 0, 0] = sizes, dtype
            inputs.append([(node.name, 0, 0)])
        exits = _Unfolding(block, self.blocks).graph(walk, "", inputs, trainable=trainable)
        block.outputs = dict(zip(walk.output_sources(), exits, strict=True))
        name, count = layer.type_name, 1
        while name in self.blocks:
            count += 1
            name = f"{layer.type_name}{count}"
        self.blocks[name] = block
        return name


def _holds_block(value: object) -> bool:
    """Whether a block stands in an argument of a layer, or in one of the layers there."""
    items = value if isinstance(value, tuple) else value.__dict__.values() if isinstance(value, Layer) else ()
    return any(isinstance(item, Block) or _holds_block(item) for item in items)


def known_sizes(tensor: Tensor) -> list[int | None]:
    """The sizes of a tensor, None for each that is no number."""
    return [size if isinstance(size, int) else None for size in tensor.shape]


def freeze(type_name: str, arguments: dict[str, Any], subject: str) -> dict[str, Any]:
    """The arguments with `trainable: false` wherever Keras heeds it: on the layer, or on those within. Raises Fault."""
    layer_type = find(type_name)
    if layer_type is None or "trainable" not in layer_type.args:
        return arguments
    holding = [name for name, kind in layer_type.args.items() if kind.holds_layers and arguments.get(name) is not None]
    if not layer_type.freezes and not holding:
        help = "set `layer.trainable = False` in Keras, as the code does that `--to keras-python` writes"
        raise refusal(f"Keras trains the layers within {type_name} whatever `trainable` it is made with", subject, help)
    fixed = {**arguments, "trainable": False} if layer_type.freezes else dict(arguments)
    for name in holding:
        inner = arguments[name]
        if isinstance(inner, list):
            fixed[name] = [_freeze_inner(layer, subject) for layer in inner]
        else:
            fixed[name] = _freeze_inner(inner, subject)
    return fixed


def _freeze_inner(layer: dict[str, Any], subject: str) -> dict[str, Any]:
    """A layer that stands in another, as a spec writes it, frozen."""
    ((type_name, arguments),) = layer.items()
    return {type_name: freeze(type_name, arguments or {}, subject)}


def plain_arguments(layer: Layer, subject: str, *, call: bool = False) -> dict[str, Any]:
    """The arguments a layer was given, as a spec gives them; with `call` those of its call. Raises Fault."""
    given = {name: layer.__dict__[name] for name in type(layer).args if name in layer.__dict__}
    return {
        name: _plain(_written(layer, argument, value), argument, f"`{name}` of {layer.type_name}", subject)
        for name, value in given.items()
        if (argument := type(layer).args[name]).call == call
    }


def _written(layer: Layer, argument: Arg[Any], value: Any) -> Any:
    return None if value is None else argument.kind.write(value, type(layer))


def _plain(value: Any, argument: Arg[Any] | None, what: str, subject: str) -> Any:
    """A value as a spec gives it. Raises Fault."""
    if isinstance(value, Dim):
        name = min(symbols(value), default="")
        raise refusal(f"{what} is the formula {value}", subject, f"give its symbols values: `--set {name}=8`")
    if isinstance(value, (Block, Reuse)):
        kind = "a block" if isinstance(value, Block) else "a layer used elsewhere"
        raise refusal(f"{what} is {kind}, and that cannot stand in another layer there", subject)
    if isinstance(value, Layer):
        return {value.type_name: ({"name": value.name} if value.name else {}) | plain_arguments(value, subject)}
    if argument is not None and isinstance(argument.kind, InitializerKind) and isinstance(value, tuple):
        name, arguments = value
        return {name: dict(arguments)} if arguments else name
    if argument is not None and argument.kind.name == "slices":
        from shapecalc.layers.ops.slicing import key_text  # models that are read need none of it

        return key_text(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item, None, what, subject) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item, None, what, subject) for key, item in value.items()}
    return value
