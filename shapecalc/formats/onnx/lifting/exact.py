"""What the nodes of an ONNX file give, node by node: without the graph of a spec, which only what is shown needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.diagnostics.errors import Refusal, ShapeError
from shapecalc.dims import Shape, Size, add_up, symbol, unknown
from shapecalc.dims.division import exact_quotient
from shapecalc.formats.flat_model import FlatModel, Source
from shapecalc.inference.walk import find_samples
from shapecalc.layers.base import Feed, Layer, port_name, takes_many
from shapecalc.layers.catalogue import find
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Inferred, Tensor

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk


class Exact(NamedTuple):
    """The tensors that a model is fed and what was inferred of its nodes, by names; `samples` is the batch of MACs."""

    inputs: dict[str, Tensor]
    results: dict[str, Inferred]
    samples: Size

    def tensor(self, source: Source) -> Tensor:
        """The tensor of an output."""
        inferred = self.results.get(source[0])
        return self.inputs[source[0]] if inferred is None else list(inferred.outputs.values())[source[2]]

    @property
    def params(self) -> Size:
        """Parameters of all nodes."""
        return add_up(inferred.params for inferred in self.results.values())

    @property
    def trainable(self) -> Size:
        """As `params`, of what training changes."""
        return add_up(inferred.trainable_params for inferred in self.results.values())

    @property
    def macs(self) -> Size:
        """Multiply-accumulates of one sample, or of the whole call where no batch divides them."""
        return add_up(self.macs_of(inferred) for inferred in self.results.values())

    def macs_of(self, inferred: Inferred) -> Size:
        """As `macs`, of one node."""
        total = inferred.total_macs
        quotient = exact_quotient(total, self.samples)
        return total if quotient is None else quotient


def read_walk(flat: FlatModel, walk: Walk) -> Exact | None:
    """What a walk of a model's spec inferred; None where a node was refused."""
    names = [given.name for given in flat.inputs] + [call.layer for call in flat.calls]
    pairs = [(name, inferred) for name, inferred in zip(names, walk.results, strict=True) if inferred is not None]
    if len(pairs) < len(names):
        return None
    inputs = {name: inferred.output for name, inferred in pairs[: len(flat.inputs)]}
    return Exact(inputs, dict(pairs[len(flat.inputs) :]), walk.samples)


def infer_nodes(flat: FlatModel) -> Exact | None:
    """Infers a model without blocks; None where an argument or a node is refused."""
    inputs = _make_inputs(flat)
    exact = Exact(inputs, {}, 1)
    tensors = {(name, 0, 0): tensor for name, tensor in inputs.items()}
    try:
        for call in flat.calls:
            layer = build_layer(*flat.layers[call.layer])
            if layer is None:
                return None
            inferred = exact.results[call.layer] = infer(layer, _feed(layer, call.feed, tensors))
            for port, tensor in enumerate(inferred.outputs.values()):
                tensors[call.layer, 0, port] = tensor
    except (ShapeError, KeyError):  # the second: a port that the node has not
        return None
    totals = [inferred.total_macs for inferred in exact.results.values()]
    return exact._replace(samples=find_samples(inputs.values(), totals))


def _make_inputs(flat: FlatModel) -> dict[str, Tensor]:
    """The tensors that a model is fed. An input that does not name its batch has that of all such."""
    batch = unknown("batch")
    tensors = {}
    for given in flat.inputs:
        axes = given.axes if given.axes is not None else [given.batch, *given.shape]
        sizes = [symbol(size) if isinstance(size, str) else unknown() if size is None else size for size in axes]
        if axes and axes[0] is None:
            sizes[0] = batch
        tensors[given.name] = Tensor(Shape(sizes), given.dtype, False)
    return tensors


def _feed(layer: Layer, feed: Any, tensors: dict[Source, Tensor]) -> Feed:
    """What the ports of a layer are fed, without those at the end that are left out."""
    ports: list[Any] = []
    for port in layer.ports:
        fed = feed.get(port_name(port))
        if takes_many(port):
            ports.append(tuple(tensors[source] for source in fed or ()))
        else:
            ports.append(None if fed is None else tensors[fed])
    while ports and not ports[-1]:
        ports.pop()
    return tuple(ports)


_LAYERS: dict[tuple[str, str], Layer | None] = {}
_MOST_LAYERS = 4_096


def build_layer(type_name: str, arguments: dict[str, Any]) -> Layer | None:
    """A layer with its arguments read; None where one of them is refused or lacking.

    Equal ones are one layer, so that `infer` knows equal calls again.
    """
    key = type_name, repr(arguments)
    if key in _LAYERS:
        return _LAYERS[key]
    if len(_LAYERS) >= _MOST_LAYERS:
        _LAYERS.clear()
    layer = _LAYERS[key] = _read_layer(type_name, arguments)
    return layer


def _read_layer(type_name: str, arguments: dict[str, Any]) -> Layer | None:
    layer_type = find(type_name)
    if layer_type is None:
        return None
    values: dict[str, Any] = {}
    for name, value in arguments.items():
        argument = layer_type.args.get(name)
        if argument is None:
            return None
        if argument.holds_layers:
            ((inner, inner_arguments),) = value.items()
            value = build_layer(inner, inner_arguments)
        try:
            values[name] = argument.read(value, layer_type)
        except Refusal:
            return None
    return layer_type(**values) if values.keys() >= set(layer_type.required) else None
