"""Walks a graph from top to bottom, applying each node's rule; a block's rule is such a walk."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics import Diagnostic, Fault, Label, error
from shapecalc.diagnostics.errors import Refusal, ShapeError
from shapecalc.document.nodes import MappingNode, SequenceNode
from shapecalc.inference.blame import located, output_fault, port_fault
from shapecalc.inference.walk import Source, Walk
from shapecalc.layers.base import Feed, Layer, infer, rule
from shapecalc.layers.values import Inferred, Inner, Tensor
from shapecalc.model.block import Block
from shapecalc.model.builder import build
from shapecalc.model.context import MAX_BLOCKS, MAX_NESTED, MAX_NODES
from shapecalc.model.feeds import assemble
from shapecalc.model.graph import Graph, GraphNode
from shapecalc.model.inputs import block_sizes, declarations
from shapecalc.model.references import ALL, Reference

_CALLS_SHOWN = 4  # besides the outermost: of a fault deep within blocks nobody reads every call


def walk(graph: Graph) -> Walk:
    """Infers every node. A failed node keeps its dependants silent: one cause, one finding."""
    walked = Walk(graph)
    results = walked.results
    firsts: list[Tensor | None] = list(graph.inputs)
    results.extend(Inferred({"output": tensor}) for tensor in graph.inputs)
    for node in graph.nodes[len(firsts) :]:
        slots = node.feed
        # A chain is the common case: one port, fed the first output of another node.
        if len(slots) == 1 and slots[0].__class__ is Reference and slots[0].port is None:
            first = firsts[slots[0].node]
            feed: Feed | None = None if first is None else (first,)
        else:
            feed = _gathered(walked, node)
        inferred = None if feed is None or node.layer is None else _inferred(walked, node, node.layer, feed)
        results.append(inferred)
        firsts.append(None if inferred is None else inferred.output)
    _check_outputs(walked)
    return walked


def _check_outputs(walked: Walk) -> None:
    """Reports and leaves out outputs of a port that is not there."""
    outputs = walked.graph.outputs
    for name, ref in list(outputs.items()):
        try:
            walked.sources(ref)
        except KeyError:
            walked.problems.append(output_fault(walked, name, ref))
            del outputs[name]


def _inferred(walked: Walk, node: GraphNode, layer: Layer, feed: Feed) -> Inferred | None:
    """What one call gives; None where it was reported."""
    try:
        inferred = infer(layer, feed)
        if inferred.inner:
            walked.layers += inferred.layers
            if walked.layers > MAX_NODES:
                message = f"makes more than {MAX_NODES:,} layers, those within blocks counted"
                raise ShapeError(message, code="SC602", help="repeat less often, or use blocks in fewer places")
        return inferred
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
    return [
        one._replace(subject=f"{node.name}/{one.subject}".rstrip("/"), labels=(*one.labels[:_CALLS_SHOWN], label))
        for one in fault.diagnostics
    ]


def _gathered(walked: Walk, node: GraphNode) -> Feed | None:
    """The tensors a node is fed, port by port; None where one is missing."""
    if not node.feed or node.layer is None:
        return None if node.layer is None or node.layer.ports else ()
    wires: list[Any] = []
    for slot in node.feed:
        refs = (slot,) if isinstance(slot, Reference) else slot or ()
        found = _looked_up(walked, node, refs)
        if found is None:
            return None
        wires.append(None if slot is None else found[0] if isinstance(slot, Reference) else tuple(found))
    if node.layer.lists and _is_bare(node):
        message = f"{node.layer.type_name} merges a list of tensors, and is fed one tensor alone"
        help = "name them all, `from: [a, b]`, or take this entry out"
        walked.problems.append(port_fault("SC306", message, walked, node, help))
        return None
    if any(isinstance(slot, Reference) and slot.port == ALL for slot in node.feed):
        try:
            starred = [source for slot in node.feed if isinstance(slot, Reference) for source in walked.sources(slot)]
            wires = list(assemble(node.layer.ports, starred))
        except Refusal as fault:
            message = f"{node.layer.type_name} {fault.message}"
            walked.problems.append(port_fault(fault.code, message, walked, node, fault.help))
            return None
    walked.wires[node.index] = tuple(wires)
    return walked.feed_of(node)


def _is_bare(node: GraphNode) -> bool:
    """Whether a call is fed one reference that stands in no list; Keras tells `layer(x)` from `layer([x])`."""
    wiring = node.entry.wiring if node.entry is not None else None
    source = wiring.fields.get("from") if wiring is not None else None
    if isinstance(source, MappingNode):
        source = source.fields.get("inputs")
    refs = [ref for slot in node.feed for ref in ((slot,) if isinstance(slot, Reference) else slot or ())]
    return len(refs) == 1 and refs[0].port != ALL and not isinstance(source, SequenceNode)


def _looked_up(walked: Walk, node: GraphNode, refs: tuple[Reference, ...]) -> list[Source] | None:
    """The outputs of several references; None where one is missing or its port unknown, which is reported."""
    found: list[Source] = []
    for ref in refs:
        try:
            sources = walked.sources(ref)
        except KeyError:
            walked.problems.append(port_fault("SC307", None, walked, node, None, ref))
            return None
        if not sources:
            return None
        found += sources
    return found


@rule(Block)
def block(cfg: Block, *feed: Tensor) -> Inferred:
    """Builds the block's graph for what it is fed, and walks it. Raises Fault with what is wrong inside."""
    spec, context = cfg.spec, cfg.context
    if any(spec is outer for outer in context.open_blocks):
        raise ShapeError(
            f"the block `{spec.name}` contains itself", code="SC310", help="a network is finite: use `repeat`"
        )
    if len(context.open_blocks) >= MAX_NESTED:
        raise ShapeError(f"blocks stand in blocks more than {MAX_NESTED} deep", code="SC602", help="nest them less")
    known = context.faults.get((cfg, feed))
    if known is not None:
        raise known
    context.open_blocks.append(spec)
    try:
        walked = _walked_block(cfg, feed)
    except Fault as fault:
        context.faults[cfg, feed] = fault
        raise
    finally:
        context.open_blocks.pop()
    return Inferred(walked.outputs(), inner=inner_parts(walked), walk=walked)


def _walked_block(cfg: Block, feed: tuple[Tensor, ...]) -> Walk:
    """The walk of a block's graph. Raises Fault with what is wrong inside."""
    spec, context = cfg.spec, cfg.context
    message = f"blocks come to more than {MAX_BLOCKS:,} different graphs"
    help = "repeat them with fewer different arguments"
    context.count(0, 1, error("SC602", message, spec.document.span(spec.node), help=help))
    fed = dict(zip(spec.inputs, feed, strict=True))
    declared, problems, _ = declarations(spec, cfg.scope, cfg.dtype)
    if problems:
        raise Fault(*problems)
    scope = cfg.scope | block_sizes(declared, fed)
    walked = walk(build(spec, scope, fed, context, cfg.dtype))
    if walked.problems or not walked.outputs():
        # Without outputs, something in the block could not be read, and was reported where it stands.
        raise Fault(*walked.problems)
    return walked


def inner_parts(walked: Walk) -> tuple[Inner, ...]:
    """The nodes of a graph as layers within a layer; a reused one lends its cost again but not its weights."""
    parts = zip(walked.graph.nodes, walked.results, strict=True)
    return tuple(
        Inner(node.weights_of, inferred, reused=node.weights_of != node.name)
        for node, inferred in parts
        if inferred is not None and node.entry is not None
    )


LOOKUPS = {"Embedding": "input_dim", "ReversibleEmbedding": "input_dim", "IntegerLookup": "max_tokens"}
"""Layer types that look ids up in a table, and the argument that says how many there are."""
_PASSES = frozenset(("Reshape", "Flatten", "Permute", "RepeatVector", "Identity", "Dropout", "SpatialDropout1D"))


def vocabulary(walked: Walk, index: int) -> int | None:
    """How many ids the first output of a node may take: the smallest table it is looked up in, within blocks too."""
    found: list[int] = []
    for node in walked.graph.nodes:
        places = [place for place, wire in enumerate(walked.wires_of(node)) if (index, 0) == wire]
        inferred = walked.results[node.index] if node.index < len(walked.results) else None
        if not places or node.layer is None or inferred is None:
            continue
        inside = _vocabulary_of(node.layer, inferred, places[0])
        if node.layer.type_name in _PASSES:
            inside = vocabulary(walked, node.index)
        if inside is not None:
            found.append(inside)
    return min(found, default=None)


def _vocabulary_of(layer: Layer, inferred: Inferred, place: int) -> int | None:
    """As `vocabulary`, of what one layer is fed at one of its ports."""
    if layer.type_name in LOOKUPS:
        size = getattr(layer, LOOKUPS[layer.type_name])
        return size if isinstance(size, int) else 2
    if inferred.walk is not None:
        return vocabulary(inferred.walk, place)
    inner = getattr(layer, "layer", None)
    if isinstance(inner, Layer) and len(inferred.inner) == 1:
        return _vocabulary_of(inner, inferred.inner[0].inferred, place)
    return None
