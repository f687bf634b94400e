"""Walks a graph from top to bottom, applying each node's rule; a block's rule is such a walk."""

from __future__ import annotations

from typing import Any

from shapecalc.analysis.blame import located, port_fault
from shapecalc.diagnostics import Diagnostic, Fault, Label
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.layers.base import Feed, Layer, infer, rule
from shapecalc.layers.values import Inferred, Inner, Tensor
from shapecalc.model.block import Block
from shapecalc.model.feeds import FeedFault, assemble
from shapecalc.model.graph import Graph, GraphNode, build
from shapecalc.model.inputs import block_sizes, declarations
from shapecalc.model.references import ALL, Ref


class Walk:
    """A graph with what was inferred of each node; None where that failed or something above did."""

    __slots__ = ("feeds", "graph", "problems", "results")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.results: list[Inferred | None] = []
        self.problems: list[Diagnostic] = list(graph.problems)

    def outputs(self) -> dict[str, Tensor]:
        """What leaves the graph, by name: a single output that is a layer's gives all its ports."""
        found: dict[str, Tensor] = {}
        for name, ref in self.graph.outputs.items():
            for position, tensor in enumerate(self.tensors(ref, len(self.graph.outputs) == 1)):
                found[name if position == 0 else f"{name}.{position}"] = tensor
        return found

    def tensors(self, ref: Ref, every: bool = False) -> list[Tensor]:
        """The tensors a reference names; empty where nothing was inferred. Raises KeyError for an unknown port."""
        inferred = self.results[ref.node]
        if inferred is None:
            return []
        outputs = inferred.outputs
        if ref.port is None:
            return list(outputs.values()) if every else [inferred.output]
        if ref.port == ALL:
            return list(outputs.values())
        if ref.port in outputs:
            return [outputs[ref.port]]
        if ref.port.isdecimal() and int(ref.port) < len(outputs):
            return [list(outputs.values())[int(ref.port)]]
        raise KeyError(ref.port)


def walk(graph: Graph) -> Walk:
    """Infers every node. A failed node keeps its dependants silent: one cause, one finding."""
    walked = Walk(graph)
    results = walked.results
    firsts: list[Tensor | None] = list(graph.inputs)
    results.extend(Inferred({"output": tensor}) for tensor in graph.inputs)
    for node in graph.nodes[len(firsts) :]:
        slots = node.feed
        # A chain is the common case: one port, fed the first output of another node.
        if len(slots) == 1 and slots[0].__class__ is Ref and slots[0].port is None:
            first = firsts[slots[0].node]
            feed: Feed | None = None if first is None else (first,)
        else:
            feed = _gathered(walked, node)
        inferred = None if feed is None or node.layer is None else _inferred(walked, node, node.layer, feed)
        results.append(inferred)
        firsts.append(None if inferred is None else inferred.output)
    return walked


def _inferred(walked: Walk, node: GraphNode, layer: Layer, feed: Feed) -> Inferred | None:
    """What one call gives; None where it was reported."""
    try:
        return infer(layer, feed)
    except ShapeError as error:
        walked.problems.append(located(error, walked, node, feed))
    except Fault as fault:
        walked.problems.extend(_called_from(fault, walked.graph, node))
    return None


def _called_from(fault: Fault, graph: Graph, node: GraphNode) -> list[Diagnostic]:
    """Findings within a block, with the entry that called it."""
    if node.entry is None:
        return list(fault.diagnostics)
    span = graph.document.span(node.entry.key)
    label = Label(span, f"called here, as `{node.name}`")
    return [one._replace(labels=(*one.labels, label)) for one in fault.diagnostics]


def _gathered(walked: Walk, node: GraphNode) -> Feed | None:
    """The tensors a node is fed, port by port; None where one is missing."""
    if not node.feed or node.layer is None:
        return None if node.layer is None or node.layer.ports else ()
    fed: list[Any] = []
    starred: list[Tensor] = []
    has_star = False
    for slot in node.feed:
        refs = (slot,) if isinstance(slot, Ref) else slot
        if refs is None:
            fed.append(None)
            continue
        found = _looked_up(walked, node, refs)
        if found is None:
            return None
        starred += found
        has_star |= isinstance(slot, Ref) and slot.port == ALL
        fed.append(found[0] if isinstance(slot, Ref) else tuple(found))
    if not has_star:
        return tuple(fed)
    try:
        return assemble(node.layer.ports, starred)
    except FeedFault as fault:
        walked.problems.append(
            port_fault(fault.code, f"{node.layer.type_name} {fault.message}", walked, node, fault.help)
        )
        return None


def _looked_up(walked: Walk, node: GraphNode, refs: tuple[Ref, ...]) -> list[Tensor] | None:
    """The tensors of several references; None where one is missing or its port unknown, which is reported."""
    found: list[Tensor] = []
    for ref in refs:
        try:
            tensors = walked.tensors(ref)
        except KeyError:
            walked.problems.append(port_fault("SC307", None, walked, node, None, ref))
            return None
        if not tensors:
            return None
        found += tensors
    return found


@rule(Block)
def block(cfg: Block, *feed: Tensor) -> Inferred:
    """Builds the block's graph for what it is fed, and walks it. Raises Fault with what is wrong inside."""
    spec, context = cfg.spec, cfg.context
    if any(spec is outer for outer in context.open_blocks):
        raise ShapeError(
            f"the block `{spec.name}` contains itself", code="SC310", help="a network is finite: use `repeat`"
        )
    context.open_blocks.append(spec)
    try:
        fed = dict(zip(spec.inputs, feed, strict=True))
        declared, problems = declarations(spec, cfg.scope, cfg.dtype)
        if problems:
            raise Fault(*problems)
        scope = cfg.scope | block_sizes(declared, fed)
        walked = walk(build(spec, scope, fed, context, cfg.dtype))
    finally:
        context.open_blocks.pop()
    if walked.problems:
        raise Fault(*walked.problems)
    return Inferred(walked.outputs(), inner=inner_parts(walked), walk=walked)


def inner_parts(walked: Walk) -> tuple[Inner, ...]:
    """The nodes of a graph as layers within a layer; a reused one lends its cost again but not its weights."""
    parts = zip(walked.graph.nodes, walked.results, strict=True)
    return tuple(
        Inner(node.weights_of, inferred, reused=node.weights_of != node.name)
        for node, inferred in parts
        if inferred is not None and node.entry is not None
    )
