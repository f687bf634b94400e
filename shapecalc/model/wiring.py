"""The edges of a graph being built: references resolved, and what each call is fed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics import Fix, shorten
from shapecalc.diagnostics.errors import Refusal
from shapecalc.document.findings import Findings
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import automatic_name
from shapecalc.layers.core import InputLayer
from shapecalc.model.feeds import flatten, sort_into_ports
from shapecalc.model.graph import Graph, GraphNode
from shapecalc.model.references import Names, Reference

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.layers.values import FeedOf
    from shapecalc.model.spec import Entry


class Wiring:
    """The names of one graph, and everything that refers to them."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.spec = graph.spec
        self.findings = Findings(graph.document, graph.problems)
        self.names = Names()
        self._uses: list[tuple[str, Node]] = []
        self._below: dict[str, int] | None = None

    def make_feed(self, entry: Entry, source: Node | None, layer: Layer | None) -> FeedOf[Reference]:
        """What a call is fed, port by port; `source` is the node of `from`. Empty where something was reported."""
        if layer is None or isinstance(layer, InputLayer):
            if source is not None:
                self._resolve_all(source)
            return ()
        if layer.refused:
            return (tuple(self._resolve_all(source)),)
        if layer.is_source or not layer.ports:
            return self._feed_layer_without_input(entry, source, layer)
        named: dict[str, list[Reference]] | None = None
        references: list[Reference] = []
        before = len(self.findings)
        if isinstance(source, MappingNode):
            named = {name: self._resolve_list(node) for name, node in source.fields.items()}
        else:
            references = self._find_above(entry) if source is None else self._resolve_list(source)
        if len(self.findings) > before:
            return ()
        try:
            return sort_into_ports(layer.ports, references, named)
        except Refusal as refusal:
            from shapecalc.document.fixes import take_way_out

            message = f"{layer.type_name} {refusal.message}"
            node = entry.key if source is None else source
            help = take_way_out(self.graph.document, node, refusal)
            self.findings.error(refusal.code, message, node, help=help)
            return ()

    def _find_above(self, entry: Entry) -> list[Reference]:
        """The output of the entry above."""
        if self.names.prev is not None:
            return [self.names.prev]
        if not self.names.references:
            message = "what is it fed? There is no entry above, and no input"
            from shapecalc.document.fixes import declare

            edits = declare(self.graph.document, self.spec.node, "input: [5, 1]")
            help = Fix("declare an input above `layers`: `input: [5, 1]`", edits, example=True)
            self.findings.error("SC306", message, entry.key, help=help)
            return []
        inputs = " and ".join(f"`{name}`" for name in self.names.references)
        message = f"what is it fed? There is no entry above, only the inputs {inputs}"
        from shapecalc.document.fixes import add_beside

        line = f"from: {next(iter(self.names.references))}"
        edits = add_beside(self.graph.document, entry.key, entry.args, line)
        self.findings.error("SC306", message, entry.key, help=Fix(f"add `{line}`, or another of them", edits))
        return []

    def _feed_layer_without_input(self, entry: Entry, source: Node | None, layer: Layer) -> FeedOf[Reference]:
        """The feed of a layer that takes no input; a Weight takes its batch axis from the graph's first input."""
        if source is not None:
            help = self._take_from_out(entry)
            self.findings.error("SC306", f"{layer.type_name} takes no input", source, help=help)
            return ()
        if layer.ports and not self.graph.inputs:
            message = f"{layer.type_name} has the batch axis of an input, and there is none here"
            self.findings.error("SC306", message, entry.key, help="give the block an input: `inputs: [like]`")
            return ()
        return (Reference(0),) if layer.ports else ()

    def _take_from_out(self, entry: Entry) -> Fix:
        """The way out of a `from` where no input is taken, with the edit that deletes it."""
        from shapecalc.document.edits import remove_field

        wiring = entry.wiring
        keys = [key for key in wiring.keys if key.value == "from"] if wiring is not None else []
        edits = tuple(remove_field(self.graph.document, wiring, key) for key in keys if wiring is not None)
        return Fix("take `from` out", edits)

    def find_first(self, source: Node | None) -> Reference | None:
        """The first output that an entry is fed."""
        while isinstance(source, (MappingNode, SequenceNode)):
            nodes = list(source.fields.values()) if isinstance(source, MappingNode) else source.items
            if not nodes:
                return self.names.prev
            source = nodes[0]
        references = [self.names.prev] if source is None else self.resolve_node(source)
        return references[0] if references else None

    def _resolve_all(self, source: Node | None) -> list[Reference]:
        """All outputs that an entry is fed, in whatever form they are written."""
        if source is None:
            return [] if self.names.prev is None else [self.names.prev]
        nodes = source.fields.values() if isinstance(source, MappingNode) else [source]
        return [reference for node in nodes for reference in self._resolve_list(node)]

    def _resolve_list(self, node: Node) -> list[Reference]:
        """The outputs that one reference, or a list of them, names."""
        if isinstance(node, SequenceNode):
            return [reference for item in node.items for reference in self.resolve_node(item)]
        return self.resolve_node(node)

    def resolve_node(self, node: Node) -> list[Reference]:
        """The outputs that one reference names; empty where it was reported."""
        if not isinstance(node, ScalarNode):
            from shapecalc.model.mistakes.referred import names_within

            self.findings.error("SC108", "a reference is a name", node, help=names_within(self.graph.document, node))
            return []
        try:
            return self.resolve(str(node.value), node)
        except Refusal as refusal:
            from shapecalc.document.fixes import take_way_out
            from shapecalc.model.mistakes.referred import suggest_reference

            name = str(node.value).partition(".")[0]
            if refusal.code == "SC302" and self._list_below()[name] <= self.graph.document.span(node).line:
                message = f"`{shorten(node.value)}` is this entry itself"
                words = "feed it from an entry above: data flows downwards"
                self.findings.error("SC302", message, node, help=words)
                return []
            help: Fix | str | None = suggest_reference(self.graph.document, node, self.names)
            help = help or take_way_out(self.graph.document, node, refusal)
            if isinstance(help, Fix) and self._lacks_names():
                help = help._replace(safe=False)
            self.findings.error(refusal.code, refusal.message, node, help=help)
            return []

    def _lacks_names(self) -> bool:
        """Whether an entry could not be read, whose name may be the one that is referred to."""
        return bool(self.graph.document.diagnostics) or any(node.layer is None for node in self.graph.nodes)

    def resolve(self, text: str, node: Node) -> list[Reference]:
        """The outputs that a text names, which stands at a node. Raises Refusal."""
        base = text.partition(".")[0].partition("/")[0]
        self._uses.append((base, node))
        if text in self.names.references:
            return [self.names.references[text]]
        return self.names.resolve(text, self._list_below)

    def _list_below(self) -> dict[str, int]:
        """The names that entries give anywhere in the spec, with their lines."""
        if self._below is None:
            self._below = {}
            for entry in self.spec.entries:
                node = name_node(entry)
                name = str(node.value) if isinstance(node, ScalarNode) else automatic_name(str(entry.key.value))
                self._below.setdefault(name, self.graph.document.span(entry.key).line)
        return self._below

    def add_outputs(self) -> None:
        """Say what leaves the graph: by default all outputs of the last entry."""
        node = self.spec.outputs
        outputs = self.graph.outputs
        if node is None:
            if self.names.prev is not None and self.spec.entries:
                outputs["output"] = self.names.prev
        elif isinstance(node, MappingNode):
            for name, source in node.fields.items():
                for reference in self.resolve_node(source)[:1]:
                    outputs[name] = reference
        elif isinstance(node, SequenceNode):
            for item in node.items:
                references = self.resolve_node(item)
                text = str(item.value) if isinstance(item, ScalarNode) else ""
                for position, reference in enumerate(references):
                    outputs[text if len(references) == 1 else f"{text}.{position}"] = reference
            if len(outputs) == 1:
                self.graph.outputs = {"output": next(iter(outputs.values()))}
        else:
            for reference in self.resolve_node(node)[:1]:
                outputs["output"] = reference

    def refuse_dead_ends(self) -> None:
        """Report entries that lead to no output: they would be counted, and do nothing."""
        called = self.graph.nodes[len(self.graph.inputs) :]
        if not self.graph.outputs or any(node.layer is None or _lacks_feed(node) for node in called):
            return
        is_needed = bytearray(len(self.graph.nodes))
        for reference in self.graph.outputs.values():
            is_needed[reference.node] = 1
        for node in reversed(self.graph.nodes):
            if is_needed[node.index]:
                for fed in flatten(node.feed, Reference):
                    is_needed[fed.node] = 1
                if node.weights_of != node.name:
                    is_needed[self.names.references[node.weights_of].node] = 1
        if all(is_needed):
            return
        for node in self.graph.nodes:
            if not is_needed[node.index] and node.entry is not None:
                help = f"feed it to another entry, or name it in `outputs: [..., {node.name}]`"
                self.findings.error("SC303", "leads to no output", node.entry.key, subject=node.name, help=help)

    def refuse_ambiguous(self) -> None:
        """Report automatic names that are referred to and were given more than once."""
        for base, node in self._uses:
            if base in self.names.ambiguous:
                message = f"`{base}` is an automatic name and there are several of its kind"
                help = "give the one you mean a name: `name: ...` among its arguments"
                self.findings.error("SC305", message, node, help=help)


def _lacks_feed(node: GraphNode) -> bool:
    """Whether a call lacks what it is to be fed, which was reported."""
    return not node.feed and node.layer is not None and bool(node.layer.ports)


def name_node(entry: Entry) -> Node | None:
    """The node of the name that an entry gives itself."""
    return entry.args.fields.get("name") if isinstance(entry.args, MappingNode) else None
