"""Builds the graph of a spec: entries from top to bottom, with `if`, `repeat`, `call` and `reuse`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Fix, error, shorten
from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import Dim
from shapecalc.document.nodes import MappingNode, ScalarNode
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.arguments.words import FlagKind
from shapecalc.layers.base import Layer
from shapecalc.layers.core import InputLayer
from shapecalc.model.configs import Configs
from shapecalc.model.context import MAX_FINDINGS, MAX_NODES
from shapecalc.model.entry_names import EntryNames
from shapecalc.model.graph import Graph, GraphNode
from shapecalc.model.references import Reference
from shapecalc.model.repeats import feed_next_round, read_rounds
from shapecalc.model.values import UNREAD
from shapecalc.model.wiring import Wiring

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.layers.values import FeedOf, Tensor
    from shapecalc.model.context import Context
    from shapecalc.model.spec import Entry, ModelSpec


def build(
    spec: ModelSpec, scope: dict[str, Any], inputs: dict[str, Tensor], context: Context, dtype: str = "float32"
) -> Graph:
    """The graph of `spec` fed with `inputs`; `scope` is what `$name` reads, declared sizes included.

    Findings stand in `problems`. Raises Fault when there are too many nodes.
    """
    if not context.open_blocks:
        context.begin()
    builder = _Builder(spec, scope, context, dtype)
    builder.add_inputs(inputs)
    builder.add_entries()
    return builder.graph


class _Builder:
    """Builds one graph from top to bottom: each entry gets its config, its name and its feed, and becomes a node."""

    def __init__(self, spec: ModelSpec, scope: dict[str, Any], context: Context, dtype: str) -> None:
        self.graph = Graph(spec, scope)
        self.nodes = self.graph.nodes
        self.context = context
        self.wiring = Wiring(self.graph)
        self.names = self.wiring.names
        self.findings = self.wiring.findings
        self.configs = Configs(spec, scope, context, self.graph.problems, dtype)
        self.graph.assumed = self.configs.assumed
        self.entry_names = EntryNames(self.names, self.configs, self.nodes)
        if spec.active is not None:
            from shapecalc.model.active_part import read_active

            self.graph.active = read_active(self.configs, spec.active)
            context.is_partly_active |= self.graph.active != 1

    def add_inputs(self, inputs: dict[str, Tensor]) -> None:
        """Add a node for each input; a single one is what `prev` names at the top."""
        self.graph.inputs = tuple(inputs.values())
        for name, tensor in inputs.items():
            layer = InputLayer(shape=tuple(tensor.shape[1:]), dtype=tensor.dtype or "float32")
            self.names.references[name] = Reference(self.add_node(name, layer, None, ()).index)
        if len(inputs) == 1:
            self.names.prev = Reference(0)

    def add_entries(self) -> None:
        """Add all entries, then the outputs, then check what can only be checked at the end."""
        findings = self.findings.diagnostics
        for entry in self.graph.spec.entries:
            if entry.wiring is None:
                self.add_unwired(entry)
            else:
                self.add_wired(entry, entry.wiring)
            if len(findings) >= MAX_FINDINGS:
                self.findings.error("SC602", f"more than {MAX_FINDINGS} findings; stopped here", entry.key)
                return
        self.wiring.add_outputs()
        self.wiring.refuse_dead_ends()
        self.wiring.refuse_ambiguous()

    def add_unwired(self, entry: Entry) -> None:
        """Add an entry with nothing beside it: one call on the entry above."""
        if entry.key.value == "reuse":
            self.add_reuse(entry, None)
            return
        layer = self.configs.build_layer(entry.key, entry.args)
        name = self.entry_names.name_entry(entry)
        prev = self.names.prev
        # Most layers take one tensor: nothing to sort into ports.
        is_simple = layer is not None and layer.ports == ("inputs",) and prev is not None
        feed: FeedOf[Reference] = (prev,) if is_simple else self.wiring.make_feed(entry, None, layer)
        self.add_layer(name, layer, entry, feed)

    def add_wired(self, entry: Entry, wiring: MappingNode) -> None:
        """Add an entry with `from`, `call`, `if` or `repeat` beside it."""
        repeat = wiring.fields.get("repeat")
        if repeat is not None:
            self.add_rounds(entry, wiring, repeat)
        elif not self.is_wanted(self.configs, wiring):
            self.skip(entry, wiring)
        elif entry.key.value == "reuse":
            self.add_reuse(entry, wiring)
        else:
            layer = self.build_called(self.configs, entry, wiring, None)
            name = self.entry_names.name_entry(entry)
            self.add_layer(name, layer, entry, self.wiring.make_feed(entry, wiring.fields.get("from"), layer))

    def add_layer(self, name: str, layer: Layer | None, entry: Entry, feed: FeedOf[Reference]) -> None:
        """Add a node that owns its weights, to which later entries may refer."""
        node = self.add_node(name, layer, entry, feed)
        self.names.add(name, Reference(node.index))
        if layer is not None:
            self.configs.reusable[name] = layer

    def add_node(self, name: str, layer: Layer | None, entry: Entry | None, feed: FeedOf[Reference]) -> GraphNode:
        node = GraphNode(len(self.nodes), name, layer, entry, feed)
        self.nodes.append(node)
        return node

    def is_wanted(self, configs: Configs, wiring: MappingNode) -> bool:
        """Whether an entry's `if` holds; without one it does."""
        node = wiring.fields.get("if")
        value = True if node is None else configs.read(node)
        if node is None or value is UNREAD:
            return True
        if not isinstance(value, (bool, int)):
            help: str | Fix = "an `if` is decided by arguments, before any shape is known"
            if not isinstance(value, Dim):
                from shapecalc.document.fixes import write
                from shapecalc.model.mistakes.values import suggest_value

                help = "write `$name`: an `if` is decided by arguments"
                meant = suggest_value(value, lambda guess: FlagKind().read(guess, Layer), configs.scope)
                if meant is not None:
                    help = write(configs.document, node, meant.text, help.replace("$name", "{}"), safe=meant.safe)
            self.findings.error("SC204", f"`if` must be true or false, got {as_yaml(value)}", node, help=help)
            return True
        return bool(value)

    def skip(self, entry: Entry, wiring: MappingNode) -> None:
        """Let a skipped entry's name, and `prev`, stand for the first thing it was fed."""
        name = self.entry_names.name_entry(entry)
        first = self.wiring.find_first(wiring.fields.get("from"))
        if first is not None:
            self.names.add(name, first)

    def build_called(
        self, configs: Configs, entry: Entry, wiring: MappingNode, target: GraphNode | None
    ) -> Layer | None:
        """The config of an entry, or of the layer it calls again, with the arguments of the call."""
        layer = configs.build_layer(entry.key, entry.args) if target is None else target.layer
        call = wiring.fields.get("call")
        return layer if call is None or layer is None else configs.add_call(layer, call)

    def add_rounds(self, entry: Entry, wiring: MappingNode, repeat: Node) -> None:
        """Add an entry several times, each with new weights, each fed by the one before."""
        rounds = read_rounds(self.configs, repeat)
        is_reuse = entry.key.value == "reuse"
        target = self.find_target(entry) if is_reuse else None
        if rounds is None or (is_reuse and target is None):
            self.add_unbuilt(entry)
            return
        if not rounds:
            self.skip(entry, wiring)
            return
        self.count_rounds(len(rounds), repeat)
        names = self.entry_names
        name = names.name_entry(entry) if target is None else names.name_further_call(entry, target)
        source = wiring.fields.get("from")
        first = self.wiring.find_first(source)
        outputs: list[Reference] = []
        layer: Layer | None = None
        feed: FeedOf[Reference] = ()
        for number, variables in enumerate(rounds):
            configs = self.configs.add_variables(variables)
            if not self.is_wanted(configs, wiring):
                continue
            before = layer
            layer = self.build_called(configs, entry, wiring, target)
            if outputs:
                feed = feed_next_round(before, layer, outputs[-1], feed)
            else:
                feed = self.wiring.make_feed(entry, source, layer)
            node = self.add_node(f"{name}/{number}", layer, entry, feed)
            outputs.append(Reference(node.index))
            self.names.references[node.name] = outputs[-1]
            if layer is None:
                break
            if target is not None:
                node.weights_of = target.weights_of
            else:
                self.configs.reusable[node.name] = layer
        self.names.rounds[name] = outputs
        last = outputs[-1] if outputs else first
        if last is not None:
            self.names.add(name, last)

    def count_rounds(self, rounds: int, repeat: Node) -> None:
        """Raises Fault where the model has too many layers with these."""
        message = f"the model has more than {MAX_NODES:,} layers"
        refusal = error("SC602", message, self.graph.document.span(repeat), help="repeat less often")
        self.context.count(rounds, 0, refusal)

    def add_reuse(self, entry: Entry, wiring: MappingNode | None) -> None:
        """Add another call of a layer above: same config, same weights."""
        target = self.find_target(entry)
        if target is None:
            self.add_unbuilt(entry)
            return
        layer = target.layer if wiring is None else self.build_called(self.configs, entry, wiring, target)
        name = self.entry_names.name_further_call(entry, target)
        feed = self.wiring.make_feed(entry, wiring.fields.get("from") if wiring else None, layer)
        node = self.add_node(name, layer, entry, feed)
        node.weights_of = target.weights_of
        self.names.add(name, Reference(node.index))

    def find_target(self, entry: Entry) -> GraphNode | None:
        """The node whose layer a `reuse` calls again; None where something was reported."""
        node = entry.args
        if isinstance(node, MappingNode):
            for key in node.keys:
                if key.value not in ("layer", "name"):
                    message = f"`reuse` has no argument `{shorten(key.value)}`"
                    self.findings.error("SC202", message, key, help="it takes layer and name")
            node = node.fields.get("layer")
        if not isinstance(node, ScalarNode):
            message = "`reuse` names a layer above: `reuse: NAME` or `reuse: {layer: NAME, name: NEW}`"
            self.findings.error("SC312", message, entry.key)
            return None
        try:
            reference = self.wiring.resolve(str(node.value), node)[0]
        except Refusal as refusal:
            from shapecalc.document.fixes import take_way_out

            help = take_way_out(self.graph.document, node, refusal)
            self.findings.error(refusal.code, refusal.message, node, help=help)
            return None
        target = self.nodes[reference.node]
        if target.entry is None or reference.port is not None:
            message = f"`{shorten(node.value)}` is not a layer, so it cannot be called again"
            self.findings.error("SC312", message, node)
            return None
        return target

    def add_unbuilt(self, entry: Entry) -> None:
        """Add an entry whose fault was reported: its name exists, so that references to it are not reported too."""
        self.add_layer(self.entry_names.name_entry(entry), None, entry, ())
