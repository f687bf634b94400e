"""`walk()` infers every node of a graph, from top to bottom; a `Walk` is the graph with what was inferred."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from shapecalc.diagnostics import Diagnostic, Fault, Label
from shapecalc.diagnostics.errors import Refusal, ShapeError
from shapecalc.dims import Shape, Size, is_unknown, same
from shapecalc.dims.division import exact_quotient
from shapecalc.document.nodes import MappingNode, SequenceNode
from shapecalc.inference.shared_weights import require_same_weights
from shapecalc.layers.base import Feed, Layer
from shapecalc.layers.infer import freeze, infer
from shapecalc.layers.values import FeedOf, Inferred, Tensor
from shapecalc.model.context import MAX_NODES
from shapecalc.model.feeds import flatten, sort_into_ports
from shapecalc.model.graph import Graph, GraphNode
from shapecalc.model.references import ALL, Reference

_CALLS_SHOWN = 4  # besides the outermost: of a fault deep within blocks nobody reads every call


class Source(NamedTuple):
    """An output of a node: the node's index in the graph, and the output's position among the node's outputs."""

    node: int
    position: int


class NodeFault:
    """A node that gives nothing: its rule refused its feed, or, where `feed` is None, it could not be fed."""

    def __init__(self, node: GraphNode, refusal: ShapeError, feed: Feed | None) -> None:
        self.node = node
        self.refusal = refusal
        self.feed = feed


class PortFault:
    """A reference to a port that is not there: fed to `node`, or, where that is None, named as the output `output`."""

    def __init__(self, ref: Reference, node: GraphNode | None, output: str = "") -> None:
        self.ref = ref
        self.node = node
        self.output = output


class Walk:
    """A graph with what was inferred of each node: None where its rule refused, or that of a node above it.

    `feeds` says where each port of a node is fed from, for nodes that take more than one node's first output;
    `layers` counts the layers within its nodes. `faults` are what went wrong, and within blocks the findings of it.
    """

    __slots__ = ("_positions", "_samples", "faults", "feeds", "graph", "layers", "results")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.results: list[Inferred | None] = []
        self.faults: list[NodeFault | PortFault | Diagnostic] = []
        self.feeds: dict[int, FeedOf[Source]] = {}
        self.layers = 0
        self._samples: Size | None = None
        self._positions: dict[str, int] | None = None

    def freeze(self, done: dict[int, Inferred]) -> Walk:
        """The same with no weight trainable; `done` as in `infer.freeze`."""
        frozen = Walk(self.graph)
        frozen.results = [None if inferred is None else freeze(inferred, done) for inferred in self.results]
        frozen.faults, frozen.feeds, frozen.layers = self.faults, self.feeds, self.layers
        return frozen

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong with the graph or any of its nodes; `list_findings` says what is."""
        return not self.faults and not self.graph.problems

    @property
    def has_masks(self) -> bool:
        """Whether a mask comes with any of its tensors."""
        for inferred in self.results:
            for tensor in () if inferred is None else inferred.outputs.values():
                if tensor.masked:
                    return True
        return False

    @property
    def samples(self) -> Size:
        """The samples that each operator of ONNX counts its MACs for: the batch, or 1 where it divides not all of them.

        Then the MACs are those of the whole call, as they are beside a layer that is fed no batch.
        """
        if self._samples is None:
            counted: dict[bool, list[Inferred]] = {True: [], False: []}
            for node, inferred in zip(self.graph.nodes, self.results, strict=False):
                if inferred is not None and node.layer is not None:
                    counted[node.layer.counts_call].append(inferred)
            samples = find_samples(self.graph.inputs, (inferred.total_macs for inferred in counted[True]))
            if counted[True] and samples != 1 and any(_lacks_batch(inferred, samples) for inferred in counted[False]):
                samples = 1
            self._samples = samples
        return self._samples

    def find_result(self, name: str) -> Inferred | None:
        """What was inferred of the node of a name; None where it failed or is still to come."""
        if self._positions is None:  # few graphs ask
            self._positions = {node.name: node.index for node in self.graph.nodes}
        position = self._positions.get(name, len(self.results))
        return self.results[position] if position < len(self.results) else None

    def source_feed_of(self, node: GraphNode) -> FeedOf[Source]:
        """Where each port of a node is fed from."""
        feed = self.feeds.get(node.index)
        return (
            feed if feed is not None else tuple(Source(ref.node, 0) for ref in node.feed if isinstance(ref, Reference))
        )

    def sources_of(self, node: GraphNode) -> list[Source]:
        """The edges into a node: every output it is fed, once for each use. A layer that is a source has none."""
        return [] if node.layer is not None and node.layer.is_source else self.needs_of(node)

    def needs_of(self, node: GraphNode) -> list[Source]:
        """The outputs that must be computed before a node: its sources, and what a source has its batch axis from."""
        return flatten(self.source_feed_of(node), Source)

    def feed_of(self, node: GraphNode) -> Feed:
        """The tensors a node is fed, port by port."""
        return tuple(
            None
            if port is None
            else self.tensor(port)
            if isinstance(port, Source)
            else tuple(self.tensor(source) for source in port)
            for port in self.source_feed_of(node)
        )

    def output_sources(self) -> dict[str, Source]:
        """The sources of the graph's outputs, by name: a sole output that is a whole layer gives all its ports."""
        sources: dict[str, Source] = {}
        every = len(self.graph.outputs) == 1
        for name, ref in self.graph.outputs.items():
            if every and ref.port is None and self.results[ref.node] is not None:
                ref = Reference(ref.node, ALL)
            for position, source in enumerate(self.resolve(ref)):
                sources[name if position == 0 else f"{name}.{position}"] = source
        return sources

    def outputs(self) -> dict[str, Tensor]:
        """The tensors that leave the graph, by name."""
        return {name: self.tensor(source) for name, source in self.output_sources().items()}

    def tensor(self, source: Source) -> Tensor:
        """The tensor of an output; one without axes where nothing was inferred."""
        inferred = self.results[source[0]]
        return list(inferred.outputs.values())[source[1]] if inferred is not None else Tensor(Shape(()))

    def resolve(self, ref: Reference) -> list[Source]:
        """The outputs a reference names; empty where nothing was inferred. Raises KeyError for an unknown port."""
        inferred = self.results[ref.node]
        if inferred is None:
            return []
        ports = list(inferred.outputs)
        if ref.port is None:
            return [Source(ref.node, 0)]
        if ref.port == ALL:
            return [Source(ref.node, position) for position in range(len(ports))]
        if ref.port in ports:
            return [Source(ref.node, ports.index(ref.port))]
        if ref.port.isdecimal() and int(ref.port) < len(ports):
            return [Source(ref.node, int(ref.port))]
        raise KeyError(ref.port)


def find_samples(inputs: Iterable[Tensor], totals: Iterable[Size]) -> Size:
    """The batch of all inputs, or 1 where they have no such, or where it does not divide all of some counts."""
    batches = {tensor.shape[0] for tensor in inputs if tensor.shape}
    batch = batches.pop() if len(batches) == 1 else 1
    return batch if all(exact_quotient(total, batch) is not None for total in totals) else 1


def _lacks_batch(inferred: Inferred, batch: Size) -> bool:
    """Whether what a layer gives has MACs and another first axis than the batch."""
    sizes = inferred.output.shape[:1] if inferred.outputs else ()
    return any(not (is_unknown(size) or same(size, batch)) for size in sizes) and inferred.total_macs != 0


def walk(graph: Graph) -> Walk:
    """Infers every node. Nodes that are fed by one that failed are skipped: one cause, one finding."""
    walked = Walk(graph)
    results = walked.results
    firsts: list[Tensor | None] = list(graph.inputs)
    results.extend(Inferred({"output": tensor}) for tensor in graph.inputs)
    for node in graph.nodes[len(firsts) :]:
        ports = node.feed
        # A chain is the common case: one port, fed the first output of another node.
        if len(ports) == 1 and ports[0].__class__ is Reference and ports[0].port is None:
            first = firsts[ports[0].node]
            feed: Feed | None = None if first is None else (first,)
        else:
            feed = _gather_feed(walked, node)
        inferred = None if feed is None or node.layer is None else _infer_node(walked, node, node.layer, feed)
        results.append(inferred)
        firsts.append(None if inferred is None else inferred.output)
    _check_outputs(walked)
    return walked


def walk_within(inferred: Inferred) -> tuple[str, Walk] | None:
    """The walk of a block, or of the block that a wrapper holds, and the path of the layers in between (`block/`).

    None for a layer without a graph.
    """
    path = ""
    while inferred.walk is None:
        if len(inferred.inner) != 1:
            return None
        path += inferred.inner[0].name + "/"
        inferred = inferred.inner[0].inferred
    return path, inferred.walk


def _gather_feed(walked: Walk, node: GraphNode) -> Feed | None:
    """The tensors a node is fed, port by port; None where one is missing."""
    if not node.feed or node.layer is None:
        return None if node.layer is None or node.layer.ports else ()
    feed: list[Source | tuple[Source, ...] | None] = []
    for port in node.feed:
        sources = _resolve_all(walked, node, (port,) if isinstance(port, Reference) else port or ())
        if sources is None:
            return None
        feed.append(None if port is None else sources[0] if isinstance(port, Reference) else tuple(sources))
    if node.layer.lists and _is_bare(node):
        message = f"{node.layer.type_name} merges a list of tensors, and is fed one tensor alone"
        help = "name them all, `from: [a, b]`, or take this entry out"
        walked.faults.append(NodeFault(node, ShapeError(message, code="SC306", help=help), None))
        return None
    if any(isinstance(port, Reference) and port.port == ALL for port in node.feed):
        try:
            starred = [source for port in node.feed if isinstance(port, Reference) for source in walked.resolve(port)]
            feed = list(sort_into_ports(node.layer.ports, starred))
        except Refusal as refusal:
            message = f"{node.layer.type_name} {refusal.message}"
            walked.faults.append(NodeFault(node, ShapeError(message, code=refusal.code, help=refusal.help), None))
            return None
    walked.feeds[node.index] = tuple(feed)
    return walked.feed_of(node)


def _resolve_all(walked: Walk, node: GraphNode, refs: tuple[Reference, ...]) -> list[Source] | None:
    """The outputs of several references; None where one is missing or its port unknown, which is kept as a fault."""
    sources: list[Source] = []
    for ref in refs:
        try:
            outputs = walked.resolve(ref)
        except KeyError:
            walked.faults.append(PortFault(ref, node))
            return None
        if not outputs:
            return None
        sources += outputs
    return sources


def _is_bare(node: GraphNode) -> bool:
    """Whether a call is fed one reference that stands in no list; Keras tells `layer(x)` from `layer([x])`."""
    wiring = node.entry.wiring if node.entry is not None else None
    source = wiring.fields.get("from") if wiring is not None else None
    if isinstance(source, MappingNode):
        source = source.fields.get("inputs")
    refs = flatten(node.feed, Reference)
    return len(refs) == 1 and refs[0].port != ALL and not isinstance(source, SequenceNode)


def _infer_node(walked: Walk, node: GraphNode, layer: Layer, feed: Feed) -> Inferred | None:
    """What one call gives; None where that is a fault."""
    try:
        inferred = infer(layer, feed)
        if inferred.inner:
            walked.layers += inferred.layers
            if walked.layers > MAX_NODES:
                message = f"makes more than {MAX_NODES:,} layers, those within blocks counted"
                raise ShapeError(message, code="SC602", help="repeat less often, or use blocks in fewer places")
        if inferred.inner or node.weights_of != node.name:
            return require_same_weights(node, inferred, walked.find_result)
        return inferred
    except ShapeError as refusal:
        walked.faults.append(NodeFault(node, refusal, feed))
    except Fault as fault:
        walked.faults += label_call(fault, walked.graph, node)
    return None


def label_call(fault: Fault, graph: Graph, node: GraphNode) -> list[Diagnostic]:
    """Findings within a block, labelled with the entry that calls it."""
    if node.entry is None:
        return list(fault.diagnostics)
    label = Label(graph.document.span(node.entry.key), f"called here, as `{node.name}`")
    return [
        finding._replace(
            subject=f"{node.name}/{finding.subject}".rstrip("/"), labels=(*finding.labels[:_CALLS_SHOWN], label)
        )
        for finding in fault.diagnostics
    ]


def _check_outputs(walked: Walk) -> None:
    """Leaves out outputs of a port that is not there, which is a fault."""
    outputs = walked.graph.outputs
    for name, ref in list(outputs.items()):
        try:
            walked.resolve(ref)
        except KeyError:
            walked.faults.append(PortFault(ref, None, name))
            del outputs[name]
