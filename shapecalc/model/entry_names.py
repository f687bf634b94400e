"""The names that entries get: those they give themselves, else automatic ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics import Label
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.catalogue import automatic_name
from shapecalc.model.references import TAKEN, Reference, name_fault, suggest_name
from shapecalc.model.values import UNREAD
from shapecalc.model.wiring import name_node

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.model.graph import GraphNode
    from shapecalc.model.references import Names
    from shapecalc.model.spec import Entry
    from shapecalc.model.values import Values


class EntryNames:
    """Names the entries of one graph; `nodes` are those built so far."""

    def __init__(self, names: Names, values: Values, nodes: list[GraphNode]) -> None:
        self.names = names
        self.values = values
        self.findings = values.findings
        self.nodes = nodes
        self._bases: dict[str, str] = {}

    def name_entry(self, entry: Entry) -> str:
        """The name an entry gives itself, else the next automatic one of its type."""
        node = name_node(entry)
        name = self._read_name(node) if node is not None else None
        if name is not None:
            return name
        type_name = entry.key.value
        base = self._bases.get(type_name)
        if base is None:
            word = type_name.removeprefix("ops.").partition("(")[0].rpartition(".")[2]  # also where the text is no type
            base = self._bases[type_name] = automatic_name(str(word))
        return self.names.make_automatic(base)

    def name_further_call(self, entry: Entry, target: GraphNode) -> str:
        """The name of a further call of a layer: its own, else `dense@2`."""
        node = name_node(entry)
        return (self._read_name(node) if node is not None else None) or self.names.make_again(target.weights_of)

    def _read_name(self, node: Node) -> str | None:
        """The name that stands at a node; None where it was reported."""
        name = self.values.read(node)
        if name is UNREAD:
            return None
        fault = name_fault(name) if isinstance(name, str) else f"a name is text, got {as_yaml(name)}"
        if fault:
            from shapecalc.document.fixes import write

            help = "choose another name, such as `{}`"
            fix = write(self.values.document, node, suggest_name(name, "encoder_1"), help, safe=False)
            self.findings.error("SC309", fault, node, help=fix)
            if name not in TAKEN:
                # A reference to it is not reported for the same fault.
                self.names.references.setdefault(str(name), Reference(len(self.nodes)))
            return None
        if name in self.names.references:
            self._refuse_duplicate(name, node)
            return None
        return str(name)

    def _refuse_duplicate(self, name: str, node: Node) -> None:
        """Report a name that is there already."""
        first = self.nodes[self.names.references[name].node]
        if first.entry is None:
            self.findings.error("SC304", f"the name `{name}` is an input's", node, help="give this layer another name")
            return
        label = Label(self.values.document.span(first.entry.key), "the first of that name")
        message = f"the name `{name}` stands twice"
        self.findings.error("SC304", message, node, help="give each layer a name of its own", labels=(label,))
