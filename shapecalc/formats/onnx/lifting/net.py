"""The nodes of a file with what was inferred of each, to be changed: folded, and replaced by layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shapecalc.dims import Size
from shapecalc.formats.flat_model import Feed, FlatModel, Held, Origin, Source
from shapecalc.formats.onnx.lifting.exact import Exact
from shapecalc.layers.catalogue import find
from shapecalc.layers.onnx.base import PREFIX
from shapecalc.layers.values import Inferred, Tensor


class Node:
    """A node, or the layer that takes its place: its type, arguments, what it is fed, and what was inferred."""

    __slots__ = ("arguments", "feed", "inferred", "name", "outputs", "type_name")

    def __init__(self, name: str, type_name: str, arguments: dict[str, Any], feed: Feed, inferred: Inferred) -> None:
        self.name = name
        self.type_name = type_name
        self.arguments = arguments
        self.feed = feed
        self.inferred = inferred
        self.outputs = tuple(inferred.outputs.values())

    @property
    def operator(self) -> str:
        """The name of the operator in ONNX; of a layer of Keras empty."""
        return self.type_name[len(PREFIX) :] if self.type_name.startswith(PREFIX) else ""

    @property
    def output(self) -> Source:
        """Its first output."""
        return self.name, 0, 0

    def sources(self) -> list[Source]:
        """All that it is fed, port by port."""
        return [source for fed in self.feed.values() for source in (fed if isinstance(fed, list) else [fed])]

    def source(self, port: str) -> Source | None:
        """What a port of one tensor is fed; None where it is given or left out."""
        fed = self.feed.get(port)
        return fed if isinstance(fed, tuple) else None


class Net:
    """Nodes from top to bottom by name, the inputs, and what leaves the model.

    `samples` is the batch of MACs. `ranks` says in which order nodes stand, equal ones as they were added; `surplus`
    how many numbers the file has that a layer has not. `given` says which constants of the file, by layer and argument,
    others than their own nodes are given.
    """

    def __init__(self, flat: FlatModel, exact: Exact) -> None:
        self.flat = flat
        self.exact = exact
        self.samples: Size = exact.samples
        self.inputs = exact.inputs
        self.outputs = dict(flat.outputs)
        self.origins: dict[str, Origin] = {}
        self.surplus: dict[str, int] = {}
        self.given: dict[tuple[str, str], tuple[str, str]] = {}
        self.nodes: dict[str, Node] = {}
        for call in flat.calls:
            type_name, arguments = flat.layers[call.layer]
            inferred = exact.results[call.layer]
            self.nodes[call.layer] = Node(call.layer, type_name, dict(arguments), dict(call.feed), inferred)
        self.ranks = {name: rank for rank, name in enumerate(self.nodes)}
        self._users: dict[Source, list[Node]] | None = None

    def tensor(self, source: Source) -> Tensor:
        """The tensor of an output."""
        node = self.nodes.get(source[0])
        return self.inputs[source[0]] if node is None else node.outputs[source[2]]

    def has_batch(self, source: Source, axis: int = 0) -> bool:
        """Whether an axis of a tensor, the first, is that of all inputs: the batch."""
        shape = self.tensor(source).shape
        batches = {given.shape[0] for given in self.inputs.values() if given.shape.ndim}
        return shape.ndim > axis and {shape[axis]} == batches

    def node_of(self, source: Source | None) -> Node | None:
        """The node that gives a tensor; None for an input."""
        return None if source is None else self.nodes.get(source[0])

    def users(self, source: Source) -> list[Node]:
        """The nodes that are fed an output, once for each use."""
        if self._users is None:
            self._users = {}
            for node in self.nodes.values():
                for fed in node.sources():
                    self._users.setdefault(fed, []).append(node)
        return self._users.setdefault(source, [])

    def only_user(self, source: Source) -> Node | None:
        """The node that alone is fed an output that does not leave the model; None where there is none such."""
        users = self.users(source)
        return users[0] if len(users) == 1 and source not in self.outputs.values() else None

    def is_used(self, source: Source) -> bool:
        """Whether an output is fed to anything, or leaves the model."""
        return bool(self.users(source)) or source in self.outputs.values()

    def redirect(self, redirected: dict[Source, Source]) -> None:
        """Feeds others in place of outputs, to nodes and to what leaves the model."""
        if not redirected:
            return

        def follow(source: Source) -> Source:
            while source in redirected:
                source = redirected[source]
            return source

        for node in self.nodes.values():
            node.feed = map_feed(node.feed, follow)
        self.outputs = {name: follow(source) for name, source in self.outputs.items()}
        self._users = None

    def replace(self, nodes: Sequence[Node], port: int, new: Node, origin: Origin) -> None:
        """Puts a layer in the place of nodes: it gives an output of the last one."""
        last = nodes[-1].name, 0, port
        for node in nodes:
            for source in dict.fromkeys(node.sources()):
                self.users(source)[:] = [user for user in self.users(source) if user.name != node.name]
            del self.nodes[node.name]
            self.origins.pop(node.name, None)
        self.nodes[new.name] = new
        self.ranks[new.name] = self.ranks[last[0]]
        self.origins[new.name] = origin
        for source in new.sources():
            self.users(source).append(new)
        self.move_users(last, new.output)

    def replace_all(self, nodes: Sequence[Node], new: Sequence[Node], output: Source) -> None:
        """Puts nodes in the place of others, of which one output is used beyond them: the last new node gives it."""
        rank = self.ranks[output[0]]
        for node in nodes:
            del self.nodes[node.name]
        for node in new:
            self.nodes[node.name] = node
            self.ranks[node.name] = rank
        self.redirect({output: new[-1].output} if output != new[-1].output else {})
        self._users = None

    def move_users(self, old: Source, new: Source) -> None:
        """Feeds one output in place of another to all that use that."""
        if new == old:
            return
        users = self.users(old)
        for user in users:
            user.feed = map_feed(user.feed, lambda source: new if source == old else source)
        self.users(new).extend(users)
        users[:] = []
        self.outputs = {name: new if source == old else source for name, source in self.outputs.items()}

    def insert_after(self, node: Node, new: Node) -> None:
        """Puts a node between another and all that use that one's output."""
        self.nodes[new.name] = new
        self.ranks[new.name] = self.ranks[node.name]
        self.flat.places.setdefault(new.name, self.flat.places[node.name])
        self.move_users(node.output, new.output)
        self.users(node.output).append(new)

    def insert_before(self, name: str, new: Node) -> None:
        """Adds a node that stands above another."""
        self.nodes[new.name] = new
        self.ranks[new.name] = self.ranks[name]
        self.flat.places.setdefault(new.name, self.flat.places[name])
        for source in new.sources():
            self.users(source).append(new)

    def list_origins(self, node: Node) -> tuple[str, ...]:
        """The nodes of the file that a node is, or that the layer in its place was made of."""
        return self.origins[node.name].nodes if node.name in self.origins else (node.name,)

    def find_held(self, held: Held) -> Held:
        """Where the file holds the numbers of a port: at another node where they were given to several."""
        node, port = self.given.get((held.node, held.port), (held.node, held.port))
        return held._replace(node=node, port=port)

    def drop_unused(self) -> None:
        """Leaves out all nodes that lead to no output."""
        needed: set[str] = set()
        waiting = [source[0] for source in self.outputs.values()]
        while waiting:
            name = waiting.pop()
            if name in self.nodes and name not in needed:
                needed.add(name)
                waiting += [source[0] for source in self.nodes[name].sources()]
        self.keep(needed)

    def keep(self, names: set[str]) -> None:
        """Leaves out all nodes but these."""
        self.nodes = {name: node for name, node in self.nodes.items() if name in names}
        self._users = None

    def flatten(self) -> FlatModel:
        """The nodes as a flat model again."""
        flat = FlatModel(self.flat.name)
        flat.inputs, flat.notes = list(self.flat.inputs), list(self.flat.notes)
        flat.outputs, flat.has_operators = dict(self.outputs), True
        flat.blocks, flat.origins, flat.surplus = self.flat.blocks, self.origins, self.surplus
        for node in sorted(self.nodes.values(), key=lambda node: self.ranks[node.name]):
            layer_type = find(node.type_name)
            of_call = (
                {}
                if layer_type is None
                else {name: value for name, value in node.arguments.items() if layer_type.args[name].call}
            )
            own = {name: value for name, value in node.arguments.items() if name not in of_call}
            flat.layers[node.name] = node.type_name, own
            flat.call(node.name, node.feed, of_call)
        flat.held = {
            name: dict(held) for name, held in self.flat.held.items() if name in self.nodes and name not in self.origins
        }
        for (name, port), (giver, argument) in self.given.items():
            if name in self.nodes and name not in self.origins:
                flat.held.setdefault(name, {})[port] = self.flat.held[giver][argument]
        flat.places = {
            name: place for name, place in self.flat.places.items() if name in self.nodes or name in self.inputs
        }
        flat.tensors = {source: tensor for source, tensor in self.flat.tensors.items() if self.gives_same(source)}
        return flat

    def gives_same(self, source: Source) -> bool:
        """Whether a tensor is there and has the shape that it had in the file."""
        name, _, port = source
        node = self.nodes.get(name)
        if node is None:
            return name in self.inputs
        return port < len(node.outputs) and node.outputs[port].shape == self.exact.tensor(source).shape


def map_feed(feed: Feed, change: Any) -> Feed:
    """A feed with every source changed."""
    return {
        port: [change(source) for source in fed] if isinstance(fed, list) else change(fed) for port, fed in feed.items()
    }


def list_edges(feed: Feed) -> Iterator[tuple[str, Source, bool]]:
    """Port, source and whether the port takes many tensors, for all that a node is fed."""
    for port, fed in feed.items():
        if isinstance(fed, list):
            yield from ((port, source, True) for source in fed)
        else:
            yield port, fed, False
