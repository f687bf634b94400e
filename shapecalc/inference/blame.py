"""Findings for the faults of a walk: the line of the argument or input that a rule blames, and a help that works."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Diagnostic, Fix, Label, Span, did_you_mean, error, has_rival, shorten
from shapecalc.diagnostics.errors import Refusal, ShapeError
from shapecalc.dims import Shape, is_unknown, unknowns
from shapecalc.document.fixes import find_text, leave_out, move_above_layers, set_argument, take_way_out
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode
from shapecalc.inference.walk import NodeFault, PortFault, Walk
from shapecalc.inference.ways_out import (
    Question,
    ask_for_channels,
    find_rank_help,
    find_states_help,
    find_unknown_help,
    list_flips,
    set_on,
)
from shapecalc.layers.base import Feed, port_name
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Inferred, Tensor
from shapecalc.model.feeds import flatten
from shapecalc.model.references import Reference

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.model.graph import GraphNode


def list_findings(walked: Walk) -> list[Diagnostic]:
    """What is wrong with a graph, and with its nodes in the order of the walk."""
    findings = list(walked.graph.problems)
    for fault in walked.faults:
        if isinstance(fault, NodeFault):
            findings.append(_find_rule_fault(walked, fault))
        elif isinstance(fault, PortFault):
            findings.append(_find_port_fault(walked, fault))
        else:
            findings.append(fault)
    if walked.graph.document.places:  # no text that anyone could edit
        return [finding._replace(edits=(), safe=False, example=False) for finding in findings]
    return findings


def _find_rule_fault(walked: Walk, fault: NodeFault) -> Diagnostic:
    """The finding at a node that gives nothing: its line, what feeds it, and a help text that was tried out."""
    node, refusal, feed = fault.node, fault.refusal, fault.feed
    if feed is None:
        span = walked.graph.document.span(_find_feeding_node(node))
        return error(refusal.code, str(refusal), span, subject=node.name, help=refusal.help)
    document = walked.graph.document
    blamed = _find_argument_node(node, refusal) or node.entry.key  # type: ignore[union-attr]  # only entries have rules
    subject = "/".join((node.name, *refusal.path[1:]))
    labels: tuple[Label, ...] = ()
    help = _make_change(walked, node, refusal)
    source = _find_blamed_source(walked, node, refusal)
    if refusal.wanted_rank is not None and source is not None:
        lost = _find_lost_axis(walked, source, refusal.wanted_rank + _count_axes_taken(node, refusal))
        if lost is not None:
            culprit, reason, help = lost
            labels = (Label(document.span(culprit.entry.key), reason),)  # type: ignore[union-attr]
        else:
            labels = _label_feed(walked, node, refusal)
            help = help or find_rank_help(walked, node, refusal, feed, _count_axes_taken(node, refusal))
    elif refusal.input in ("initial_state", "states"):
        labels = _label_feed(walked, node, refusal)
        help = find_states_help(walked, node, refusal, list_blamed_refs(node, refusal), feed) or help
    elif refusal.code == "SC403" and source is not None:
        labels = _label_unknown(walked, node, feed)
        help = find_unknown_help(walked, node, feed) or help
    elif refusal.input is not None:
        labels = _label_feed(walked, node, refusal)
    elif refusal.code == "SC402":
        question = ask_for_channels(walked, node)
        labels = _label_input(walked, question)
        help = question.help if question is not None else help
    return error(refusal.code, str(refusal), document.span(blamed), subject=subject, labels=labels, help=help)


def _find_port_fault(walked: Walk, fault: PortFault) -> Diagnostic:
    """The finding where a reference names a port that its node does not have: the port, those it has, the way out."""
    ref = fault.ref
    source, inferred = walked.graph.nodes[ref.node], walked.results[ref.node]
    ports = list(inferred.outputs) if inferred else []
    message = f"`{source.name}` has no output `{shorten(str(ref.port))}`; it gives {', '.join(ports)}"
    subject = "" if fault.node is None else fault.node.name
    written = _find_output_node(walked, fault.output) if fault.node is None else _find_feeding_node(fault.node)
    help: str | Fix | None = _find_flag_for_port(walked, source, str(ref.port))
    return error(
        "SC307",
        message,
        walked.graph.document.span(written),
        subject=subject,
        help=help or _suggest_port(walked, written, source, str(ref.port), ports),
    )


def _suggest_port(walked: Walk, written: Node, source: GraphNode, port: str, ports: list[str]) -> str | Fix | None:
    """The port that a reference was probably meant to name, else the layer alone, which is its first."""
    guess = did_you_mean(port, ports)
    wrong = f"{source.name}.{port}"
    help = None if guess else f"write `{source.name}`" + " for the first" * (len(ports) > 1)
    instead = f"{source.name}.{guess}" if guess else source.name
    safe = guess is not None and not has_rival(port, guess, ports)
    if guess:
        help = f"did you mean `{guess}`?"
    node = find_text(written, wrong)
    if node is None or help is None:
        return help
    return take_way_out(
        walked.graph.document, node, Refusal("", code="SC307", help=help, instead=instead, safe=safe, wrong=wrong)
    )


def _find_feeding_node(node: GraphNode) -> Node:
    """The node where an entry says what it is fed: its `from`, else its type."""
    entry = node.entry
    if entry is not None and entry.wiring is not None and "from" in entry.wiring.fields:
        return entry.wiring.fields["from"]
    return entry.key  # type: ignore[union-attr]  # an input is fed nothing


def _find_output_node(walked: Walk, name: str) -> Node:
    """The node where the spec names an output of the graph."""
    written: Node = walked.graph.spec.outputs or walked.graph.spec.node
    if isinstance(written, MappingNode):
        return written.fields.get(name, written)
    if isinstance(written, SequenceNode):
        items = (item for item in written.items if isinstance(item, ScalarNode) and item.value == name)
        return next(items, written)
    return written


def _find_argument_node(node: GraphNode, refusal: ShapeError) -> Node | None:
    """The node of the blamed argument, in the layer at the end of the path of blame."""
    pair = _find_blamed_pair(node, refusal)
    args = None if pair is None else pair[1]
    return args.fields.get(refusal.arg) if refusal.arg is not None and isinstance(args, MappingNode) else None


def _find_blamed_pair(node: GraphNode, refusal: ShapeError) -> tuple[ScalarNode, Node | None] | None:
    """The type and the arguments of the layer at the end of the path of blame; None where it is no layer's own."""
    if node.entry is None:
        return None
    key, args = node.entry.key, node.entry.args
    for _ in refusal.path[1:]:
        inner = args.fields.get("layer") if isinstance(args, MappingNode) else None
        if isinstance(inner, ScalarNode):
            key, args = inner, None
            continue
        only = inner.only() if isinstance(inner, MappingNode) else None
        if only is None:
            return None
        key, args = only
    return key, args


def _make_change(walked: Walk, node: GraphNode, refusal: ShapeError) -> str | Fix | None:
    """The help of a refusal, with the edits that change the argument it names first."""
    pair = _find_blamed_pair(node, refusal)
    if refusal.help is None or pair is None or pair[0].value == "reuse":
        return refusal.help
    (key, args), document = pair, walked.graph.document
    if refusal.above:
        return Fix(refusal.help, move_above_layers(document, walked.graph.spec.node, key, args, refusal.above))
    if refusal.change is None:
        return refusal.help
    name, value = refusal.change
    edits = leave_out(document, args, name) if value is None else set_argument(document, key, args, name, value)
    return Fix(refusal.help, edits, example=refusal.example)


def _find_blamed_source(walked: Walk, node: GraphNode, refusal: ShapeError) -> GraphNode | None:
    """The node that feeds the blamed input, by default the first."""
    refs = list_blamed_refs(node, refusal)
    return walked.graph.nodes[refs[0].node] if refs else None


def list_blamed_refs(node: GraphNode, refusal: ShapeError) -> list[Reference]:
    """The references that feed the blamed input, or the one of them that is to blame."""
    ports = [port_name(port) for port in node.layer.ports] if node.layer is not None else []
    if refusal.input not in ports or ports.index(refusal.input) >= len(node.feed):
        return flatten(node.feed, Reference)
    refs = flatten((node.feed[ports.index(refusal.input)],), Reference)
    if refusal.item is None:
        return refs
    # A layer that reads one way within a Bidirectional is fed one half of the states.
    backwards = len(refusal.path) > 1 and refusal.path[1].startswith("backward")
    position = refusal.item + (len(refs) // 2 if backwards else 0)
    return refs[position : position + 1]


def _label_feed(walked: Walk, node: GraphNode, refusal: ShapeError) -> tuple[Label, ...]:
    """A label at each layer or input that feeds the blamed input, with the shape it gives."""
    labels = []
    document = walked.graph.document
    for ref in list_blamed_refs(node, refusal):
        source = walked.graph.nodes[ref.node]
        declared = walked.graph.spec.inputs.get(source.name)
        shape = walked.tensor(walked.resolve(ref)[0]).shape
        if source.entry is not None:
            labels.append(Label(document.span(source.entry.key), f"gives {shape}"))
        elif declared is not None:
            labels.append(Label(document.span(declared), f"is {shape}"))
    return tuple(labels[:4])


def _count_axes_taken(node: GraphNode, refusal: ShapeError) -> int:
    """How many axes the wrappers on the path of blame take away before the layer at its end is fed."""
    layer, taken = node.layer, 0
    for _ in refusal.path[1:]:
        taken += layer is not None and layer.type_name == "TimeDistributed"
        layer = getattr(layer, "layer", None)
    return taken


def _label_input(walked: Walk, question: Question | None) -> tuple[Label, ...]:
    """A label at the input that a question is about, with its shape."""
    if question is None:
        return ()
    shape = walked.graph.inputs[question.node.index].shape
    return (Label(_span_input(walked, question.node), f"is {shape}"),)


def _find_lost_axis(walked: Walk, source: GraphNode, rank: int) -> tuple[GraphNode, str, str | Fix] | None:
    """The node above that had enough axes and gave fewer, and the one flag whose flip keeps them."""
    node: GraphNode | None = source
    while node is not None and node.entry is not None:
        inferred = walked.results[node.index]
        if inferred is None or node.layer is None:
            return None
        feed = walked.feed_of(node)
        if _count_axes(feed) >= rank > inferred.output.shape.ndim:
            flag = _find_flag_that_keeps(node, feed, rank)
            if flag is None:
                return (
                    node,
                    f"gives {inferred.output.shape}",
                    f"`{node.name}` drops the axis; place it later or leave it out",
                )
            argument = type(node.layer).args[flag]
            wanted = "false" if getattr(node.layer, flag) else "true"
            reason = argument.off or f"gives {inferred.output.shape}"
            return node, reason, set_on(walked, node, flag, wanted)
        refs = flatten(node.feed, Reference)
        node = walked.graph.nodes[refs[0].node] if refs else None
    return None


def _count_axes(feed: Feed) -> int:
    first = feed[0] if feed else None
    return first.shape.ndim if isinstance(first, Tensor) else 0


def _find_flag_that_keeps(node: GraphNode, feed: Feed, rank: int) -> str | None:
    """The flag of a node's layer whose flip gives an output of enough axes: each is tried by its rule."""

    def keeps(inferred: Inferred) -> bool:
        return inferred.output.shape.ndim >= rank

    return _find_flag(node, feed, keeps)


def _find_flag_for_port(walked: Walk, source: GraphNode, port: str) -> Fix | None:
    """The help that names the flag whose flip gives a node the wanted port."""
    if source.layer is None or source.entry is None:
        return None
    flag = _find_flag(source, walked.feed_of(source), lambda inferred: port in inferred.outputs)
    return set_on(walked, source, flag, "true") if flag else None


def _find_flag(node: GraphNode, feed: Feed, is_wanted: Callable[[Inferred], bool]) -> str | None:
    """The first flag of a node's layer whose flip gives what is wanted; None where there is none."""
    layer = node.layer
    if layer is None:
        return None
    for name, flipped in list_flips(layer):
        try:
            inferred = infer(flipped, feed)
        except ShapeError:
            continue
        if is_wanted(inferred):
            return name
    return None


def _label_unknown(walked: Walk, node: GraphNode, feed: Feed) -> tuple[Label, ...]:
    """The input that holds the unknown a layer cannot size its weights by, and the layer that mixed it in."""
    shapes = [tensor.shape for tensor in flatten(feed, Tensor)]
    wanted = set(unknowns(shapes[0][-1])) if shapes and len(shapes[0]) > 1 else set()
    labels: list[Label] = []
    waiting, seen = flatten(node.feed, Reference), set[int]()
    while waiting:
        above = walked.graph.nodes[waiting.pop().node]
        if above.index in seen:
            continue
        seen.add(above.index)
        if above.entry is None:
            shape: Shape = walked.graph.inputs[above.index].shape
            if any(wanted & unknowns(size) for size in shape):
                labels.append(Label(_span_input(walked, above), f"an axis of `{above.name}` is unknown: {shape}"))
                break
            continue
        inferred = walked.results[above.index]
        mixed = inferred is not None and _ends_unknown(inferred.output)
        fed = walked.feed_of(above)
        if mixed and fed and isinstance(fed[0], Tensor) and not _ends_unknown(fed[0]):
            span = walked.graph.document.span(above.entry.key)
            labels.append(Label(span, f"mixes it into the last axis: {inferred.output.shape}"))  # type: ignore[union-attr]
        waiting += flatten(above.feed, Reference)
    return tuple(labels)


def _ends_unknown(tensor: Tensor) -> bool:
    return any(map(is_unknown, tensor.shape[-1:]))


def _span_input(walked: Walk, node: GraphNode) -> Span:
    spec = walked.graph.spec
    declared = spec.inputs.get(node.name)
    return walked.graph.document.span(declared if declared is not None else spec.node)
