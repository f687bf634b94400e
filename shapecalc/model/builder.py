"""A spec in its scope to a graph: entries from top to bottom, with `if`, `repeat`, `call` and `reuse`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Label, error, shorten
from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import Dim
from shapecalc.document.nodes import MappingNode, ScalarNode, resolve
from shapecalc.layers.arguments.numbers import whole_number
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.arguments.words import FlagKind
from shapecalc.layers.base import Layer, port_name
from shapecalc.layers.catalogue import automatic_name
from shapecalc.layers.core import InputLayer
from shapecalc.layers.values import FeedOf, Tensor
from shapecalc.model.block import Block
from shapecalc.model.configs import Configs, Refused
from shapecalc.model.context import MAX_FINDINGS, MAX_NODES
from shapecalc.model.graph import Graph, GraphNode
from shapecalc.model.references import TAKEN, Reference, name_fault, suggest_name
from shapecalc.model.wiring import Wiring, given_name

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
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
    return _Builder(spec, scope, inputs, context, dtype).run()


class _Builder:
    """Builds one graph from top to bottom."""

    def __init__(
        self, spec: ModelSpec, scope: dict[str, Any], inputs: dict[str, Tensor], context: Context, dtype: str
    ) -> None:
        self.graph = Graph(spec, scope)
        self.nodes = self.graph.nodes
        self.spec = spec
        self.document = spec.document
        self.context = context
        self.wiring = Wiring(self.graph)
        self.names = self.wiring.names
        self.problem = self.wiring.problem
        self.configs = Configs(spec, scope, context, self.graph.problems, dtype)
        self.graph.assumed = self.configs.assumed
        self.bases: dict[str, str] = {}
        self.graph.inputs = tuple(inputs.values())
        for name, tensor in inputs.items():
            node = self.add(name, InputLayer(shape=tuple(tensor.shape[1:]), dtype=tensor.dtype or "float32"), None, ())
            self.names.found[name] = Reference(node.index)
        if len(inputs) == 1:
            self.names.prev = Reference(0)

    def run(self) -> Graph:
        """All entries, then the outputs, then what can only be judged at the end."""
        problems = self.graph.problems
        for entry in self.spec.entries:
            if entry.wiring is None:
                self.plain_entry(entry)
            else:
                self.wired_entry(entry, entry.wiring)
            if len(problems) >= MAX_FINDINGS:
                self.problem("SC602", f"more than {MAX_FINDINGS} findings; stopped here", entry.key)
                return self.graph
        self.wiring.outputs()
        self.wiring.refuse_ambiguous()
        return self.graph

    def add(self, name: str, layer: Layer | None, entry: Entry | None, feed: FeedOf[Reference]) -> GraphNode:
        node = GraphNode(len(self.nodes), name, layer, entry, feed)
        self.nodes.append(node)
        return node

    def plain_entry(self, entry: Entry) -> None:
        """An entry without wiring: one call on what stands above."""
        if entry.key.value == "reuse":
            self.reuse(entry, None)
            return
        layer = self.configs.layer(entry.key, entry.args)
        name = self.name(entry, given_name(entry))
        prev = self.names.prev
        # Most layers take one tensor: nothing to sort into ports.
        simple = layer is not None and layer.ports == ("inputs",) and prev is not None
        feed: FeedOf[Reference] = (prev,) if simple else self.wiring.feed(entry, None, layer)
        self.finish(self.add(name, layer, entry, feed), name)

    def finish(self, node: GraphNode, name: str) -> None:
        """Lets later entries refer to a node."""
        ref = Reference(node.index)
        self.names.found[name] = ref
        self.names.prev = ref
        if node.layer is not None:
            self.configs.reusable[name] = node.layer

    def wired_entry(self, entry: Entry, wiring: MappingNode) -> None:
        """An entry with `from`, `call`, `if` or `repeat` beside it."""
        repeat = wiring.fields.get("repeat")
        if repeat is not None:
            self.repeated(entry, wiring, repeat)
        elif not self.wanted(self.configs, wiring):
            self.skip(entry, wiring)
        elif entry.key.value == "reuse":
            self.reuse(entry, wiring)
        else:
            layer = self.called(self.configs, entry, wiring)
            name = self.name(entry, given_name(entry))
            feed = self.wiring.feed(entry, wiring.fields.get("from"), layer)
            self.finish(self.add(name, layer, entry, feed), name)

    def name(self, entry: Entry, given: Node | None) -> str:
        """The name an entry gives itself, else the next automatic one of its type."""
        name = self.given(given) if given is not None else None
        if name is not None:
            return name
        type_name = entry.key.value
        base = self.bases.get(type_name)
        if base is None:
            word = type_name.removeprefix("ops.").partition("(")[0].rpartition(".")[2]  # of what is no type too
            base = self.bases[type_name] = automatic_name(str(word))
        return self.names.fresh(base)

    def given(self, node: Node) -> str | None:
        """The name that stands at a node; None where it was reported."""
        try:
            text = self.configs.plain(node)
        except Refused as refused:
            self.graph.problems.append(refused.diagnostic)
            return None
        fault = name_fault(text) if isinstance(text, str) else f"a name is text, got {as_yaml(text)}"
        if fault:
            help = f"choose another name, such as `{suggest_name(text, 'encoder_1')}`"
            self.problem("SC309", fault, node, help=help)
            if text not in TAKEN:
                # Whoever refers to it is not to be told of the same fault again.
                self.names.found.setdefault(str(text), Reference(len(self.nodes)))
        elif text in self.names.found:
            self.duplicate(text, node)
        else:
            return str(text)
        return None

    def duplicate(self, name: str, given: Node) -> None:
        """Reports a name that is there already."""
        first = self.nodes[self.names.found[name].node]
        if first.entry is None:
            self.problem("SC304", f"the name `{name}` is an input's", given, help="give this layer another name")
            return
        label = Label(self.document.span(first.entry.key), "the first of that name")
        self.problem("SC304", f"the name `{name}` stands twice", given, "", "give each layer a name of its own", label)

    def called(self, configs: Configs, entry: Entry, wiring: MappingNode) -> Layer | None:
        """The config of an entry with the arguments of its call."""
        layer = configs.layer(entry.key, entry.args)
        call = wiring.fields.get("call")
        return layer if call is None or layer is None else self.with_call(configs, layer, call)

    def with_call(self, configs: Configs, layer: Layer, call: Node) -> Layer | None:
        """A config with call arguments put in."""
        if not isinstance(call, MappingNode):
            word = shorten(call.value) if isinstance(call, ScalarNode) and call.value else "use_causal_mask"
            help = f"write `call: {{{word}: true}}`"
            self.problem("SC108", "`call` is a mapping of call arguments", call, help=help)
            return None
        known = {name: argument for name, argument in type(layer).args.items() if argument.call}
        values: dict[str, Any] = {}
        for event in call.keys:
            name = str(event.value)
            node = call.fields[name]
            if name in known:
                configs.argument(name, known[name], node, values, type(layer), layer.type_name)
            elif name == "training":
                if not (isinstance(node, ScalarNode) and resolve(node) is False):
                    self.problem("SC206", "the forward pass is inference, so `training` cannot be true", node)
            else:
                takes = (
                    f"its call takes {', '.join(known)}"
                    if known
                    else "its call takes tensors only: they stand in `from`"
                )
                self.problem(
                    "SC202", f"the call of {layer.type_name} has no argument `{shorten(name)}`", event, help=takes
                )
        return layer.replace(**values) if values else layer

    def wanted(self, configs: Configs, wiring: MappingNode) -> bool:
        """Whether an entry's `if` holds; without one it does."""
        node = wiring.fields.get("if")
        if node is None:
            return True
        try:
            value = configs.plain(node)
        except Refused as refused:
            self.graph.problems.append(refused.diagnostic)
            return True
        if not isinstance(value, (bool, int)):
            help = "an `if` is decided by arguments, before any shape is known"
            if not isinstance(value, Dim):
                from shapecalc.model.mistakes.values import suggest_value

                meant = suggest_value(value, lambda guess: FlagKind().read(guess, Layer), configs.scope)
                help = f"write `{meant or '$name'}`: an `if` is decided by arguments"
            self.problem("SC204", f"`if` wants true or false, got {as_yaml(value)}", node, help=help)
            return True
        return bool(value)

    def skip(self, entry: Entry, wiring: MappingNode) -> None:
        """Lets a skipped entry's name, and `prev`, stand for the first thing it was fed."""
        name = self.name(entry, given_name(entry))
        first = self.wiring.first_fed(wiring.fields.get("from"))
        if first is not None:
            self.names.found[name] = first
            self.names.prev = first

    def repeated(self, entry: Entry, wiring: MappingNode, repeat: Node) -> None:
        """An entry built several times, each with new weights, each fed by the one before."""
        rounds = self.rounds(repeat)
        again = entry.key.value == "reuse"
        target = self.target(entry) if again else None
        if rounds is None or (again and target is None):
            self.unbuilt(entry)
            return
        if not rounds:
            self.skip(entry, wiring)
            return
        message = f"the model has more than {MAX_NODES:,} layers"
        span = self.document.span(repeat)
        self.context.count(len(rounds), 0, error("SC602", message, span, help="repeat less often"))
        name = self.name(entry, given_name(entry)) if target is None else self.name_again(entry, target)
        source = wiring.fields.get("from")
        first = self.wiring.first_fed(source)
        made: list[Reference] = []
        layer: Layer | None = None
        feed: FeedOf[Reference] = ()
        for number, variables in enumerate(rounds):
            configs = self.configs.within(variables)
            if not self.wanted(configs, wiring):
                continue
            before = layer
            layer = (
                self.called(configs, entry, wiring) if target is None else self.called_again(configs, target, wiring)
            )
            feed = self.next_feed(before, layer, made[-1], feed) if made else self.wiring.feed(entry, source, layer)
            node = self.add(f"{name}/{number}", layer, entry, feed)
            made.append(Reference(node.index))
            self.names.found[node.name] = made[-1]
            if layer is None:
                break
            if target is not None:
                node.weights_of = target.weights_of
            else:
                self.configs.reusable[node.name] = layer
        self.names.rounds[name] = made
        last = made[-1] if made else first
        if last is not None:
            self.names.found[name] = last
            self.names.prev = last

    def rounds(self, node: Node) -> list[dict[str, Any]] | None:
        """The loop variables of each round."""
        try:
            value = self.configs.plain(node)
        except Refused as refused:
            self.graph.problems.append(refused.diagnostic)
            return None
        if not isinstance(value, dict):
            value = {"": value}
        lists: dict[str, Any] = {}
        for name, item in value.items():
            if isinstance(item, (list, tuple)):
                lists[name] = item
            elif isinstance(item, int) and not isinstance(item, bool) and item >= 0:
                if item > MAX_NODES:
                    message = f"`repeat` of {shorten(item)} is beyond the limit of {MAX_NODES:,}"
                    self.problem("SC602", message, node, help="repeat less often")
                    return None
                lists[name] = range(item)
            else:
                from shapecalc.model.mistakes.values import suggest_value

                meant = suggest_value(item, lambda guess: whole_number(guess, 0, ""), self.configs.scope)
                help = "write a whole number, `{i: 12}` or `{f: [16, 32]}`"
                if meant is not None:
                    help = f"write `{meant}`" if not name else f"write `{{{name}: {meant}}}`"
                self.problem("SC308", f"`repeat` wants a number of rounds, got {as_yaml(item)}", node, help=help)
                return None
        if not lists:
            self.problem("SC308", "`repeat` wants at least one loop variable", node, help="write `{i: 12}`")
            return None
        if len({len(items) for items in lists.values()}) != 1:
            lengths = ", ".join(f"{name} {len(items)}" for name, items in lists.items())
            self.problem("SC308", f"lists that repeat in step are of one length; here: {lengths}", node)
            return None
        return [dict(zip(lists, step, strict=True)) for step in zip(*lists.values(), strict=True)]

    def next_feed(
        self, before: Layer | None, layer: Layer | None, last: Reference, feed: FeedOf[Reference]
    ) -> FeedOf[Reference]:
        """What the next round is fed: outputs go to inputs of the same name, or else the first to the first.

        What takes no inputs is fed nothing in any round.
        """
        if layer is not None and not layer.ports:
            return feed
        names = before.spec.output_names if isinstance(before, Block) else ()
        ports = [port_name(port) for port in layer.ports] if layer is not None else []
        same = {port: Reference(last.node, port) for port in ports if port in names}
        if not same:
            rest: Any = feed[0][1:] if feed and not isinstance(feed[0], Reference) and feed[0] else None
            head: Any = (last, *rest) if rest is not None else last
            return (head, *feed[1:])
        return tuple(same.get(port, old) for port, old in zip(ports, feed, strict=False))

    def reuse(self, entry: Entry, wiring: MappingNode | None) -> None:
        """A layer above called again: same config, same weights."""
        target = self.target(entry)
        if target is None:
            self.unbuilt(entry)
            return
        layer = target.layer if wiring is None else self.called_again(self.configs, target, wiring)
        name = self.name_again(entry, target)
        feed = self.wiring.feed(entry, wiring.fields.get("from") if wiring else None, layer)
        node = self.add(name, layer, entry, feed)
        node.weights_of = target.weights_of
        ref = Reference(node.index)
        self.names.found[name] = ref
        self.names.prev = ref

    def unbuilt(self, entry: Entry) -> None:
        """An entry whose fault was reported: its name is there, so that nobody is told that it is not."""
        name = self.name(entry, given_name(entry))
        self.finish(self.add(name, None, entry, ()), name)

    def name_again(self, entry: Entry, target: GraphNode) -> str:
        """The name of a further call: its own, else `dense@2`."""
        given = given_name(entry)
        return (self.given(given) if given is not None else None) or self.names.again(target.weights_of)

    def called_again(self, configs: Configs, target: GraphNode, wiring: MappingNode) -> Layer | None:
        """The config of a layer above with the arguments of a further call."""
        call = wiring.fields.get("call")
        return target.layer if call is None or target.layer is None else self.with_call(configs, target.layer, call)

    def target(self, entry: Entry) -> GraphNode | None:
        """The node whose layer a `reuse` calls again; None where something was reported."""
        args = entry.args
        if not isinstance(args, MappingNode):
            return self.reused(args, entry)
        for event in args.keys:
            if event.value not in ("layer", "name"):
                message = f"`reuse` has no argument `{shorten(event.value)}`"
                self.problem("SC202", message, event, help="it takes layer and name")
        return self.reused(args.fields.get("layer"), entry)

    def reused(self, node: Node | None, entry: Entry) -> GraphNode | None:
        """The node whose layer is called again."""
        if not isinstance(node, ScalarNode):
            self.problem(
                "SC312", "`reuse` names a layer above: `reuse: NAME` or `reuse: {layer: NAME, name: NEW}`", entry.key
            )
            return None
        try:
            refs = self.wiring.resolve(str(node.value), node)
        except Refusal as fault:
            self.problem(fault.code, fault.message, node, help=fault.help)
            return None
        target = self.nodes[refs[0].node]
        if target.entry is None or refs[0].port is not None:
            self.problem("SC312", f"`{shorten(node.value)}` is not a layer, so it cannot be called again", node)
            return None
        return target
