"""What is known of the entries of a spec before any of them is written: names, and which of their outputs are used."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, TypeAlias

from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode
from shapecalc.formats.keras.writing.code.no_form import NoForm
from shapecalc.layers.catalogue import automatic_name
from shapecalc.model.references import ALL, Names, Reference
from shapecalc.model.wiring import name_node

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.formats.keras.writing.code.uses import Uses
    from shapecalc.model.spec import Entry, ModelSpec

_BUILT_IN = ["range", "enumerate", "zip", "min", "max", "round"]
_RESERVED = {*keyword.kwlist, *_BUILT_IN, "keras", "layers", "ops", "math", "name", "trainable", "dtype"}
_MOST_UNPACKED = 4

Fed: TypeAlias = "dict[str, str | list[str]]"
"""What a call is fed, by port: code of a tensor, or a list of such."""


class Plan:
    """One entry: its name (None of a call again that has none), the ports of its outputs, and what refers to it.

    `used` are the ports that something names, `rounds` the rounds (`*` for all), `layers` the rounds whose layer is
    called again, `is_called_again` whether any is.
    """

    def __init__(self, entry: Entry, name: str | None, ports: tuple[str, ...]) -> None:
        self.entry = entry
        self.name = name
        self.ports = ports
        self.used: set[str] = set()
        self.is_named = False
        self.rounds: set[str] = set()
        self.layers: set[str] = set()
        self.is_called_again = False
        self.variable = ""

    def wiring(self, key: str) -> Node | None:
        """What stands beside the type under a key."""
        return None if self.entry.wiring is None else self.entry.wiring.fields.get(key)

    @property
    def is_reuse(self) -> bool:
        return self.entry.key.value == "reuse"

    @property
    def is_unpacked(self) -> bool:
        """Whether each of several outputs has a variable of its own."""
        return 1 < len(self.ports) <= _MOST_UNPACKED and not self.used <= {self.ports[0]}

    @property
    def is_list(self) -> bool:
        """Whether one variable holds all of several outputs."""
        return len(self.ports) > _MOST_UNPACKED and not self.used <= {self.ports[0]}

    def port_at(self, port: str) -> int:
        """The position of an output that a reference names by name or by number."""
        return self.ports.index(port) if port in self.ports else int(port)

    def add_port(self, port: str) -> None:
        """Takes in a port that is referred to: those of an entry that is left out wherever it stands are not known."""
        if port.isdigit():
            self.ports += tuple(map(str, range(len(self.ports), int(port) + 1)))
        elif port not in self.ports:
            self.ports += (port,)


class Plans:
    """The plans of a spec's entries in order, and by name."""

    def __init__(self, spec: ModelSpec, uses: Uses) -> None:
        self.spec = spec
        self.by_name: dict[str, Plan] = {}
        names = Names()
        names.references = {name: Reference(0) for name in spec.inputs}
        self.all = [self._plan(entry, names, uses) for entry in spec.entries]
        for index, plan in enumerate(self.all):
            self._mark_uses(plan, index)
        self._mark_outputs()

    def _plan(self, entry: Entry, names: Names, uses: Uses) -> Plan:
        """The plan of an entry, with the name that the spec's builder gives it."""
        ports = uses.ports_of(entry) or {("output",)}
        if len(ports) > 1:
            raise NoForm(f"an entry gives {' or '.join(map(str, ports))}, as it is called")
        node = name_node(entry)
        name: str | None
        if node is not None:
            name = str(node.value) if isinstance(node, ScalarNode) else None
            if name is None or "$" in name:
                raise NoForm("a name that is read from an argument has no form in Python")
        elif entry.key.value == "reuse":
            name = None
        else:
            word = str(entry.key.value).removeprefix("ops.").rpartition(".")[2]
            name = names.make_automatic(automatic_name(word))
        plan = Plan(entry, name, ports.pop())
        if name is not None:
            names.references[name] = Reference(0)
            self.by_name[name] = plan
        return plan

    def _mark_uses(self, plan: Plan, index: int) -> None:
        """Says of the entries above what an entry is fed of them, or calls again."""
        for text in list_texts(plan.wiring("from")):
            self.mark(text, index)
        if plan.wiring("from") is None:
            self.mark("prev", index)
        for text in _layers_called_again(plan.entry.args) if not plan.is_reuse else [target_of(plan.entry)]:
            target, number = self.find_target(text)
            target.is_called_again = True
            target.layers |= {number} if number else set()

    def find_target(self, text: str) -> tuple[Plan, str]:
        """The entry that made the layer which is called again by this name, and its round."""
        name, _, number = text.partition("/")
        plan = self.by_name[name]
        while plan.is_reuse:
            name, _, number = target_of(plan.entry).partition("/")
            plan = self.by_name[name]
        return plan, number

    def calls_again(self, plan: Plan, target: Plan) -> bool:
        """Whether an entry calls the layer of another again."""
        return plan.is_reuse and self.find_target(target_of(plan.entry))[0] is target

    def _mark_outputs(self) -> None:
        """Says what leaves the spec: of a sole output that is a whole entry, all of its outputs."""
        node = self.spec.outputs
        texts = list_texts(node) or ["prev"]
        for text in texts:
            self.mark(f"{text}.*" if len(texts) == 1 and "." not in text else text, len(self.all))

    def mark(self, text: str, index: int) -> None:
        """Takes note of a reference that stands at an entry."""
        base, dot, port = text.partition(".")
        name, _, number = base.partition("/")
        plan = self.by_name.get(name)
        if name == "prev" and index:
            plan = self.all[index - 1]
        elif plan is not None:
            plan.is_named = True
        if plan is None:
            return
        plan.rounds |= {number} if number else set()
        if dot and port != ALL:
            plan.add_port(port)
        plan.used |= set(plan.ports) if port == ALL else {plan.ports[plan.port_at(port)] if dot else plan.ports[0]}


def list_texts(node: Node | None) -> list[str]:
    """The references that stand at `from` or `outputs`, in order."""
    if node is None:
        return []
    if isinstance(node, ScalarNode):
        return [str(node.value)]
    items = node.fields.values() if isinstance(node, MappingNode) else node.items
    return [text for item in items for text in list_texts(item)]


def target_of(entry: Entry) -> str:
    """The name of the layer that a `reuse` calls again."""
    node = entry.args.fields["layer"] if isinstance(entry.args, MappingNode) else entry.args
    return str(node.value) if isinstance(node, ScalarNode) else ""


def _layers_called_again(node: Node | None) -> list[str]:
    """The layers above that stand within a layer, as `{reuse: NAME}`."""
    if isinstance(node, MappingNode):
        only = node.only()
        if only is not None and only[0].value == "reuse" and isinstance(only[1], ScalarNode):
            return [str(only[1].value)]
        return [text for item in node.fields.values() for text in _layers_called_again(item)]
    return (
        [text for item in node.items for text in _layers_called_again(item)] if isinstance(node, SequenceNode) else []
    )


def identifier(name: str) -> str:
    """A name as one of Python's that shadows nothing the code needs."""
    plain = re.sub(r"\W", "_", name)
    plain = plain if plain[:1].isalpha() else f"_{plain}"
    return f"{plain}_" if plain in _RESERVED else plain
