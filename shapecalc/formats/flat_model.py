"""A model as other notations have it: layers with plain arguments, the calls of each, no blocks and no expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from shapecalc.diagnostics import Fault, error
from shapecalc.dims import Dim, symbols
from shapecalc.inference.walk import Source
from shapecalc.layers.arguments.words import InitializerKind
from shapecalc.layers.base import Layer, port_name
from shapecalc.layers.catalogue import find
from shapecalc.layers.ops.slicing import KeyKind, key_text
from shapecalc.model.block import Block, Reuse

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.arguments.argument import Arg
    from shapecalc.layers.values import Tensor
    from shapecalc.model.graph import GraphNode

Origin: TypeAlias = tuple[str, int, int]
"""An output: a layer or an input, which of its calls, which of that call's outputs."""


class Input(NamedTuple):
    """An input: sizes of one sample, None for one that is not known; `batch` is None unless it is fixed."""

    name: str
    shape: list[int | None]
    dtype: str
    batch: int | None = None


Feed: TypeAlias = dict[str, "Origin | list[Origin]"]
"""What each port of a layer is fed, by the name of Keras's call argument."""


class Call(NamedTuple):
    """One call of a layer: what it is fed, and call arguments that are no tensors."""

    layer: str
    feed: Feed
    arguments: dict[str, Any]


class FlatModel:
    """Inputs, layers (name to type and arguments as a spec would give them), calls from top to bottom, outputs.

    `tensors` holds the shape, batch axis first, and the dtype of what is known to flow.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.inputs: list[Input] = []
        self.layers: dict[str, tuple[str, dict[str, Any]]] = {}
        self.calls: list[Call] = []
        self.outputs: dict[str, Origin] = {}
        self.tensors: dict[Origin, tuple[list[int | None], str]] = {}
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
        taken = self._taken | {one.name for one in self.inputs} if len(self.inputs) != self._known else self._taken
        self._taken, self._known = taken, len(self.inputs)
        found, count = name, self._numbers.get(name, 0)
        while found in taken:
            count += 1
            found = f"{name}_{count}"
        self._numbers[name] = count  # many layers of one name are not counted from the start each time
        taken.add(found)
        return found


def refused(message: str, subject: str = "", help: str | None = None) -> Fault:
    """What a notation has no words for."""
    return Fault(error("SC609", message, subject=subject, help=help))


def sketch(report: Report) -> FlatModel:
    """The sketch of an analysed model, its blocks unfolded. Raises Fault with SC609 for what cannot be unfolded."""
    if report.walk is None:
        raise Fault(*report.diagnostics)
    found = FlatModel(report.name)
    for name, tensor in report.inputs.items():
        batch = tensor.shape[0]
        found.inputs.append(
            Input(name, _sizes(tensor)[1:], tensor.dtype or "float32", batch if isinstance(batch, int) else None)
        )
        found.tensors[name, 0, 0] = _sizes(tensor), tensor.dtype or "float32"
    unfolding = _Unfolding(found)
    origins = [[(name, 0, 0)] for name in report.inputs]
    exits = unfolding.graph(report.walk, "", origins, trainable=True)
    found.outputs = dict(zip(report.walk.output_sources(), exits, strict=True))
    return found


class _Unfolding:
    """Lays the layers of blocks out flat. A block that is reused calls the layers in it again."""

    def __init__(self, found: FlatModel) -> None:
        self.found = found
        self.names: dict[str, str] = {}

    def graph(self, walk: Walk, prefix: str, fed: list[list[Origin]], *, trainable: bool) -> list[Origin]:
        """Adds the layers of one graph; returns what leaves it."""
        origins: dict[int, list[Origin]] = dict(enumerate(fed))
        for node, inferred in zip(walk.graph.nodes, walk.results, strict=True):
            if node.entry is None or node.layer is None or inferred is None:
                continue
            path = prefix + node.weights_of
            if inferred.walk is not None:
                inner = [[_origin(origins, source)] for source in walk.sources_of(node)]
                own = trainable and node.layer.trainable
                origins[node.index] = self.graph(inferred.walk, f"{path}/", inner, trainable=own)
            else:
                feed = self.feed(walk, node, node.layer, origins)
                name, number = self.layer(node.layer, path, feed, trainable)
                origins[node.index] = [(name, number, port) for port in range(len(inferred.outputs))]
                for origin, tensor in zip(origins[node.index], inferred.outputs.values(), strict=True):
                    self.found.tensors[origin] = _sizes(tensor), tensor.dtype or "float32"
        return [_origin(origins, source) for source in walk.output_sources().values()]

    def feed(self, walk: Walk, node: GraphNode, layer: Layer, origins: dict[int, list[Origin]]) -> Feed:
        """What a call is fed, by port."""
        found: Feed = {}
        if layer.is_source:
            return found
        for port, wire in zip(layer.ports, walk.source_feed_of(node), strict=False):
            if wire:
                found[port_name(port)] = (
                    _origin(origins, wire)
                    if isinstance(wire, Source)
                    else [_origin(origins, source) for source in wire]
                )
        return found

    def layer(self, layer: Layer, path: str, feed: Feed, trainable: bool) -> tuple[str, int]:
        """Adds a call of a layer, and the layer itself the first time."""
        if path not in self.names:
            name = self.names[path] = self.found.fresh(path.replace("/", "_"))
            arguments = plain_arguments(layer, name)
            if not trainable:
                arguments = frozen(layer.type_name, arguments, name)
            self.found.layers[name] = (layer.type_name, arguments)
        name = self.names[path]
        called = {key: value for key, value in plain_arguments(layer, name, call=True).items() if value is not False}
        return name, self.found.call(name, feed, called)


def _sizes(tensor: Tensor) -> list[int | None]:
    """The sizes of a tensor, those that are no numbers as None."""
    return [size if isinstance(size, int) else None for size in tensor.shape]


def _origin(origins: dict[int, list[Origin]], source: Source) -> Origin:
    return origins[source[0]][source[1]]


def frozen(type_name: str, arguments: dict[str, Any], subject: str) -> dict[str, Any]:
    """The arguments with `trainable: false` wherever Keras heeds it: on the layer, or on those within. Raises Fault."""
    layer_type = find(type_name)
    if layer_type is None or "trainable" not in layer_type.args:
        return arguments
    holding = [name for name, one in layer_type.args.items() if one.holds_layers and arguments.get(name) is not None]
    if not layer_type.freezes and not holding:
        help = "leave its block's `trainable: false` out, and set `layer.trainable = False` in Keras"
        raise refused(f"Keras trains the layers within {type_name} whatever `trainable` it is made with", subject, help)
    found = {**arguments, "trainable": False} if layer_type.freezes else dict(arguments)
    for name in holding:
        value = arguments[name]
        found[name] = [_frozen(item, subject) for item in value] if isinstance(value, list) else _frozen(value, subject)
    return found


def _frozen(layer: dict[str, Any], subject: str) -> dict[str, Any]:
    """A layer that stands in another, as a spec writes it, frozen."""
    ((type_name, arguments),) = layer.items()
    return {type_name: frozen(type_name, arguments or {}, subject)}


def plain_arguments(layer: Layer, subject: str, *, call: bool = False) -> dict[str, Any]:
    """The arguments a layer was given, as a spec gives them; with `call` those of its call. Raises Fault."""
    given = {name: layer.__dict__[name] for name in type(layer).args if name in layer.__dict__}
    return {
        name: _plain(_written(layer, argument, value), argument, f"`{name}` of {layer.type_name}", subject)
        for name, value in given.items()
        if (argument := type(layer).args[name]).call == call
    }


def _written(layer: Layer, argument: Arg[Any], value: Any) -> Any:
    return None if value is None else argument.kind.written(value, type(layer))


def _plain(value: Any, argument: Arg[Any] | None, what: str, subject: str) -> Any:
    """A value as a spec gives it. Raises Fault."""
    if isinstance(value, Dim):
        name = min(symbols(value), default="")
        raise refused(f"{what} is the formula {value}", subject, f"give its symbols values: `--set {name}=8`")
    if isinstance(value, (Block, Reuse)):
        kind = "a block" if isinstance(value, Block) else "a layer used elsewhere"
        raise refused(f"{what} is {kind}, and that cannot stand in another layer there", subject)
    if isinstance(value, Layer):
        return {value.type_name: ({"name": value.name} if value.name else {}) | plain_arguments(value, subject)}
    if argument is not None and isinstance(argument.kind, InitializerKind) and isinstance(value, tuple):
        name, arguments = value
        return {name: dict(arguments)} if arguments else name
    if argument is not None and isinstance(argument.kind, KeyKind):
        return key_text(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item, None, what, subject) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item, None, what, subject) for key, item in value.items()}
    return value
