"""A flat model as the nodes of its spec: what reading the text would give, without writing it."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics import Fault, Span, error
from shapecalc.document.flow import is_plain, write_number
from shapecalc.document.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode
from shapecalc.formats.flat_model import FlatModel
from shapecalc.formats.folding.facts import no_facts
from shapecalc.formats.folding.listing import Expression, Listing
from shapecalc.formats.spec_text import (
    block_listings,
    find_port,
    list_block_inputs,
    list_fields,
    list_inputs,
    list_outputs,
    list_wiring,
    model_listing,
    needs_quotes,
    require_scalar,
    spec_text,
)

MAX_NODES = 2_500_000
"""As many as a file of YAML may have."""


class ModelDocument(Document):
    """The nodes of a model of another notation. The text of its spec is written where something asks for it."""

    __slots__ = ("_has_expressions", "flat")

    def __init__(self, flat: FlatModel, file: str) -> None:
        self.flat = flat
        self._has_expressions = False
        super().__init__(file, "")

    @property
    def text(self) -> str:
        """The spec in YAML."""
        return write_text(self.flat)

    @text.setter
    def text(self, text: str) -> None:
        """The text is always that of the nodes."""

    @property
    def has_expressions(self) -> bool:
        return self._has_expressions

    def note_expression(self) -> None:
        """Keeps in mind that a value is computed."""
        self._has_expressions = True


def write_text(flat: FlatModel) -> str:
    """The text of a spec with an entry for each call, which names every layer as the model does. Raises Fault."""
    return spec_text(flat, first_only=len(flat.outputs) == 1, every_name=True)


def make_document(flat: FlatModel, file: str) -> ModelDocument:
    """The nodes of such a spec. Raises Fault for what a spec cannot hold."""
    document = ModelDocument(flat, file)
    maker = _Maker(document)
    document.root = maker.make_model(flat)
    document.places = maker.places
    return document


class _Mark:
    """Where a node would stand: `line` is that of `places`."""

    __slots__ = ("line",)
    column = index = 0

    def __init__(self, line: int) -> None:
        self.line = line


class _Maker:
    """Makes the nodes of one document. `places` says what each entry stands for; the first is all above them."""

    def __init__(self, document: ModelDocument) -> None:
        self.document = document
        self.places = ["config"]
        self.top = self.mark = _Mark(0)
        self.left = MAX_NODES

    def make_model(self, flat: FlatModel) -> Node:
        """The root. Raises Fault."""
        facts = no_facts(flat)
        model = model_listing(flat, facts, every_name=True)
        blocks = block_listings(flat, facts, every_name=True)
        fields = {"name": self.make(flat.name), **self.make_all(list_inputs(flat))}
        if blocks:
            made = {name: self.make_block(block, flat.blocks[name]) for name, block in blocks.items()}
            fields["blocks"] = self.make_mapping(made)
        fields["layers"] = self.make_entries(model, flat)
        return self.finish(fields, list_outputs([*flat.outputs], model, find_port(flat)))

    def make_block(self, block: Listing, flat: FlatModel) -> Node:
        """A model within the model. Raises Fault."""
        fields = self.make_all(list_block_inputs(block))
        fields["layers"] = self.make_entries(block, flat)
        return self.finish(fields, list_outputs(block.outputs, block, ""))

    def finish(self, fields: dict[str, Node], outputs: Any) -> Node:
        """The mapping of a model, with its outputs where anything is said of them. Raises Fault."""
        return self.make_mapping(fields if outputs is None else {**fields, "outputs": self.make(outputs)})

    def make_entries(self, listing: Listing, flat: FlatModel) -> Node:
        """The list of entries, each with a place of its own. Raises Fault."""
        items: list[Node] = []
        for position, (entry, call) in enumerate(zip(listing.entries, flat.calls, strict=True)):
            self.mark = _Mark(len(self.places))
            self.places.append(flat.places.get(call.layer) or "config")
            head, inside = list_fields(listing, position, entry)
            wiring = list_wiring(listing, position, entry)
            if not inside and not wiring:
                items.append(self.make_scalar(head, ""))
                continue
            subject = entry.wish or listing.names[position]
            node = self.make(inside, subject) if inside else self.make_scalar("", "")
            items.append(self.make_mapping({head: node, **self.make_all(wiring, subject)}))
        self.mark = self.top
        return self.make_sequence(items)

    def make_all(self, values: dict[str, Any], subject: str = "") -> dict[str, Node]:
        """The nodes of several values. Raises Fault."""
        return {key: self.make(value, subject) for key, value in values.items()}

    def make(self, value: Any, subject: str = "") -> Node:
        """The node of a value. Raises Fault for what a spec cannot hold."""
        if isinstance(value, Expression):
            self.document.note_expression()
            return self.make_scalar(str(value), '"' if needs_quotes(value) else "")
        if isinstance(value, dict):
            return self.make_mapping({self.make_key(key): self.make(item, subject) for key, item in value.items()})
        if isinstance(value, (list, tuple)):
            return self.make_sequence([self.make(item, subject) for item in value])
        scalar = require_scalar(value, subject)
        if isinstance(scalar, str):
            return self.make_scalar(scalar, "" if is_plain(scalar) else '"')
        return self.make_scalar(write_number(scalar), "")

    def make_key(self, key: Any) -> str:
        """The text of a key. Raises Fault."""
        scalar = require_scalar(key, "")
        return scalar if isinstance(scalar, str) else write_number(scalar)

    def make_mapping(self, fields: dict[str, Node]) -> MappingNode:
        """The node of a mapping."""
        node = MappingNode()
        node.start, node.fields = self.mark, fields
        node.keys = [self.make_scalar(key, "") for key in fields]
        return node

    def make_sequence(self, items: list[Node]) -> SequenceNode:
        """The node of a list."""
        node = SequenceNode()
        node.start, node.items = self.mark, items
        return node

    def make_scalar(self, text: str, style: str) -> ScalarNode:
        """The node of a text, which is what it is read as where `style` is empty."""
        self.left -= 1
        if self.left < 0:
            message = f"the model has more than {MAX_NODES:,} values"
            raise Fault(error("SC602", message, Span(self.document.file, 0, 0, 0)))
        return ScalarNode(text, style, self.mark, self.mark)
