"""References resolved, and what a call is fed: the edges of a graph being built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics import Label, error, shorten
from shapecalc.diagnostics.errors import Refusal
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import automatic_name
from shapecalc.layers.core import InputLayer
from shapecalc.layers.values import FeedOf
from shapecalc.model.feeds import assemble
from shapecalc.model.graph import Graph, GraphNode
from shapecalc.model.references import Names, Reference

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.model.spec import Entry


class Wiring:
    """The names of one graph and everything that refers to them; findings go to the graph's problems."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.spec = graph.spec
        self.document = graph.spec.document
        self.names = Names()
        self.referred: list[tuple[str, Node]] = []
        self.below: dict[str, int] | None = None

    def problem(
        self, code: str, message: str, node: Node, subject: str = "", help: str | None = None, *labels: Label
    ) -> None:
        """Reports an error at a node."""
        self.graph.problems.append(
            error(code, message, self.document.span(node), subject=subject, labels=labels, help=help)
        )

    def references(self, node: Node) -> list[Reference]:
        """The outputs one reference names; empty where it was reported."""
        if not isinstance(node, ScalarNode):
            from shapecalc.model.mistakes.referred import names_within

            self.problem("SC108", "a reference is a name", node, help=names_within(node))
            return []
        try:
            return self.resolve(str(node.value), node)
        except Refusal as fault:
            from shapecalc.model.mistakes.referred import suggest_reference

            if (
                fault.code == "SC302"
                and self.later()[str(node.value).partition(".")[0]] <= self.document.span(node).line
            ):
                message = f"`{shorten(node.value)}` is this entry itself"
                self.problem("SC302", message, node, help="feed it from an entry above: data flows downwards")
                return []
            self.problem(fault.code, fault.message, node, help=suggest_reference(node, self.names) or fault.help)
            return []

    def resolve(self, text: str, node: Node) -> list[Reference]:
        base = text.partition(".")[0].partition("/")[0]
        self.referred.append((base, node))
        if text in self.names.found:
            return [self.names.found[text]]
        return self.names.resolve(text, self.later)

    def later(self) -> dict[str, int]:
        """Names given by entries anywhere, with their lines: asked for only to explain a name that is not above."""
        if self.below is None:
            self.below = {}
            for entry in self.spec.entries:
                given = given_name(entry)
                name = str(given.value) if isinstance(given, ScalarNode) else automatic_name(str(entry.key.value))
                self.below.setdefault(name, self.document.span(entry.key).line)
        return self.below

    def feed(self, entry: Entry, source: Node | None, layer: Layer | None) -> FeedOf[Reference]:
        """What a call is fed, port by port; empty where something was reported."""
        if layer is None or isinstance(layer, InputLayer):
            if source is not None:
                self.sources(source)
            return ()
        if layer.refused:
            return (tuple(self.sources_within(source)),)
        if layer.is_source or not layer.ports:
            return self.fed_nothing(entry, source, layer)
        named: dict[str, list[Reference]] | None = None
        refs: list[Reference] = []
        if source is None:
            if self.names.prev is None:
                inputs = " and ".join(f"`{name}`" for name in self.names.found)
                self.problem(
                    "SC306",
                    f"what is it fed? There is no entry above, only the inputs {inputs}",
                    entry.key,
                    help="add `from: NAME`",
                )
                return ()
            refs = [self.names.prev]
        elif isinstance(source, MappingNode):
            named = {name: self.sources(node) for name, node in source.fields.items()}
            if not all(named.values()):
                return ()
        else:
            before = len(self.graph.problems)
            refs = self.sources(source)
            if len(self.graph.problems) > before:
                return ()
        try:
            return assemble(layer.ports, refs, named)
        except Refusal as fault:
            node = source if source is not None else entry.key
            self.problem(fault.code, f"{layer.type_name} {fault.message}", node, help=fault.help)
            return ()

    def fed_nothing(self, entry: Entry, source: Node | None, layer: Layer) -> FeedOf[Reference]:
        """The feed of a layer that takes no input: an input of the graph lends a Weight its batch axis."""
        if source is not None:
            self.problem("SC306", f"{layer.type_name} takes no input", source, help="take `from` out")
            return ()
        if layer.ports and not self.graph.inputs:
            message = f"{layer.type_name} has the batch axis of an input, and there is none here"
            self.problem("SC306", message, entry.key, help="give the block an input: `inputs: [like]`")
            return ()
        return (Reference(0),) if layer.ports else ()

    def sources(self, node: Node) -> list[Reference]:
        """References one by one or in a list."""
        if isinstance(node, SequenceNode):
            return [ref for item in node.items for ref in self.references(item)]
        return self.references(node)

    def sources_within(self, source: Node | None) -> list[Reference]:
        """All that an entry is fed, whatever the form."""
        if source is None:
            return [] if self.names.prev is None else [self.names.prev]
        nodes = source.fields.values() if isinstance(source, MappingNode) else [source]
        return [ref for node in nodes for ref in self.sources(node)]

    def first_fed(self, source: Node | None) -> Reference | None:
        """The first thing an entry is fed."""
        while isinstance(source, (MappingNode, SequenceNode)):
            items = list(source.fields.values()) if isinstance(source, MappingNode) else source.items
            if not items:
                return self.names.prev
            source = items[0]
        found = [self.names.prev] if source is None else self.references(source)
        return found[0] if found else None

    def outputs(self) -> None:
        """What leaves the graph: by default all outputs of the last entry."""
        node = self.spec.outputs
        outputs = self.graph.outputs
        if node is None:
            if self.names.prev is not None and self.spec.entries:
                outputs["output"] = self.names.prev
        elif isinstance(node, MappingNode):
            for name, source in node.fields.items():
                for ref in self.references(source)[:1]:
                    outputs[name] = ref
        elif isinstance(node, SequenceNode):
            for item in node.items:
                refs = self.references(item)
                text = str(item.value) if isinstance(item, ScalarNode) else ""
                for position, ref in enumerate(refs):
                    outputs[text if len(refs) == 1 else f"{text}.{position}"] = ref
            if len(outputs) == 1:
                self.graph.outputs = {"output": next(iter(outputs.values()))}
        else:
            for ref in self.references(node)[:1]:
                outputs["output"] = ref
        self.refuse_dead_ends()

    def refuse_dead_ends(self) -> None:
        """An entry that leads to no output is an error: it would be counted, and do nothing."""
        called = self.graph.nodes[len(self.graph.inputs) :]
        if not self.graph.outputs or any(node.layer is None or unfed(node) for node in called):
            return
        alive = bytearray(len(self.graph.nodes))
        for ref in self.graph.outputs.values():
            alive[ref.node] = 1
        for node in reversed(self.graph.nodes):
            if alive[node.index]:
                for slot in node.feed:
                    if isinstance(slot, Reference):
                        alive[slot.node] = 1
                    else:
                        for ref in slot or ():
                            alive[ref.node] = 1
                if node.weights_of != node.name:
                    alive[self.names.found[node.weights_of].node] = 1
        if all(alive):
            return
        for node in self.graph.nodes:
            if not alive[node.index] and node.entry is not None:
                help = f"feed it to another entry, or name it in `outputs: [..., {node.name}]`"
                self.problem("SC303", "leads to no output", node.entry.key, node.name, help)

    def refuse_ambiguous(self) -> None:
        """An automatic name may be referred to only while it is the sole one of its kind."""
        for base, node in self.referred:
            if base in self.names.several:
                help = "give the one you mean a name: `name: ...` among its arguments"
                self.problem(
                    "SC305", f"`{base}` is an automatic name and there are several of its kind", node, help=help
                )


def unfed(node: GraphNode) -> bool:
    """Whether a call lacks what it is to be fed, which was reported."""
    return not node.feed and node.layer is not None and bool(node.layer.ports)


def given_name(entry: Entry) -> Node | None:
    """The node of the name an entry gives itself."""
    return entry.args.fields.get("name") if isinstance(entry.args, MappingNode) else None
