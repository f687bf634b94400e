"""Every place where a name of a spec is declared or used: what definition, references and rename stand on.

A name is a layer's, an input's, an output's, a block's, an argument's, a size's or a loop variable's. Only names that
stand in the text as they are read are listed, so that a quoted name with an escape in it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from shapecalc.analysis.amounts import parse_amount
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode
from shapecalc.layers.catalogue import canonical, find
from shapecalc.lsp.names import NamedEntry, name_entries
from shapecalc.lsp.scope import list_size_nodes, list_variables

if TYPE_CHECKING:
    from shapecalc.document.nodes import Document, Node
    from shapecalc.model.spec import Entry, ModelSpec

Kind: TypeAlias = Literal["layer", "input", "output", "block", "argument", "size", "variable"]

_READ = re.compile(r"\$\{?([^\W\d]\w*)")
_BASE = re.compile(r"[^./@]+")
_NAME = re.compile(r"(?<![\w.$])[A-Za-z_]\w*")
_BOUND = re.compile(r"\s*(?:<=|>=|<|>|==|=|)\s*")


class Symbol(NamedTuple):
    """One thing that has a name. `owner` is the id of the spec that it belongs to, or of a loop variable's entry."""

    kind: Kind
    name: str
    owner: int


class Occurrence(NamedTuple):
    """A place where a symbol's name stands, in offsets of its document's text.

    A layer without a name of its own is declared by its type, and `automatic` is then its entry.
    """

    symbol: Symbol
    document: Document
    start: int
    end: int
    is_declaration: bool
    automatic: NamedEntry | None = None


def list_occurrences(root: ModelSpec) -> list[Occurrence]:
    """All occurrences in a spec, its blocks, and the files that these are read from, each once."""
    collector = _Collector()
    collector.visit_spec(root)
    collector.visit_expect(root)
    return list(dict.fromkeys(collector.occurrences))


def find_occurrence(occurrences: list[Occurrence], document: Document | None, offset: int) -> Occurrence | None:
    """The occurrence at an offset of a document; a name of its own rather than a type that stands for one."""
    near = [each for each in occurrences if each.document is document and each.start <= offset <= each.end]
    return min(near, key=lambda each: each.automatic is not None, default=None)


class _Collector:
    """Walks the nodes of specs, and notes each name with what it stands for."""

    def __init__(self) -> None:
        self.occurrences: list[Occurrence] = []
        self.seen: set[int] = set()
        self.named: dict[int, dict[str, NamedEntry]] = {}
        self.sizes: dict[int, set[str]] = {}

    def note(self, symbol: Symbol, spec: ModelSpec, node: Any, start: int, *, declared: bool = False) -> None:
        """Add an occurrence of a symbol, whose name begins at an offset of the text of a scalar."""
        text = spec.document.text
        place = node.start_mark.index + (node.style in ("'", '"')) + start
        if text.startswith(symbol.name, place) and place + len(symbol.name) <= node.end_mark.index:
            end = place + len(symbol.name)
            self.occurrences.append(Occurrence(symbol, spec.document, place, end, declared))

    def visit_spec(self, spec: ModelSpec) -> None:
        if id(spec) in self.seen:
            return
        self.seen.add(id(spec))
        fields = spec.node.fields
        self.visit_arguments(spec)
        self.visit_inputs(spec)
        blocks = fields.get("blocks")
        for key in blocks.keys if isinstance(blocks, MappingNode) else ():
            self.note(Symbol("block", str(key.value), id(spec)), spec, key, 0, declared=True)
        for named in name_entries(spec):
            self.visit_entry(spec, named)
        self.visit_outputs(spec)
        for node in (spec.dtype, spec.batch_size):
            self.visit_value(spec, node, {})
        for block in spec.blocks.values():
            if block is not None:
                self.visit_spec(block)

    def visit_arguments(self, spec: ModelSpec) -> None:
        args = spec.node.fields.get("args")
        for key in args.keys if isinstance(args, MappingNode) else ():
            self.note(Symbol("argument", str(key.value), id(spec)), spec, key, 0, declared=True)
            self.visit_value(spec, spec.args.get(str(key.value)), {})

    def visit_inputs(self, spec: ModelSpec) -> None:
        inputs = spec.node.fields.get("inputs")
        for key in inputs.keys if isinstance(inputs, MappingNode) else _list_items(inputs):
            if isinstance(key, ScalarNode) and str(key.value) in spec.inputs:
                self.note(Symbol("input", str(key.value), id(spec)), spec, key, 0, declared=True)
        for name, node, start in list_size_nodes(spec):
            self.note(Symbol("size", name, id(spec)), spec, node, start, declared=True)
        for shape in spec.inputs.values():
            self.visit_value(spec, shape, {})

    def visit_outputs(self, spec: ModelSpec) -> None:
        outputs = spec.outputs
        if isinstance(outputs, MappingNode):
            for key in outputs.keys:
                self.note(Symbol("output", str(key.value), id(spec)), spec, key, 0, declared=True)
        self.visit_references(spec, outputs)

    def visit_entry(self, spec: ModelSpec, named: NamedEntry) -> None:
        entry, key = named.entry, named.entry.key
        symbol = Symbol("layer", named.name, id(spec))
        if named.node is not None:
            self.note(symbol, spec, named.node, 0, declared=True)
        elif named.base:
            marks: Any = key
            place = marks.start_mark.index, marks.end_mark.index
            self.occurrences.append(Occurrence(symbol, spec.document, *place, True, named))
        variables = {str(name.value): Symbol("variable", str(name.value), id(entry)) for name in list_variables(entry)}
        for name in list_variables(entry):
            self.note(variables[str(name.value)], spec, name, 0, declared=True)
        if key.value == "reuse":
            target = entry.args.fields.get("layer") if isinstance(entry.args, MappingNode) else entry.args
            self.visit_references(spec, target)
        else:
            self.visit_call(spec, key, entry.args, variables)
        if entry.wiring is not None:
            self.visit_wiring(spec, entry, entry.wiring, variables)

    def visit_wiring(self, spec: ModelSpec, entry: Entry, wiring: MappingNode, variables: dict[str, Symbol]) -> None:
        source = wiring.fields.get("from")
        block = spec.find_block(str(entry.key.value))
        if isinstance(source, MappingNode) and block is not None:
            for port in source.keys:
                self.note(Symbol("input", str(port.value), id(block)), spec, port, 0)
        self.visit_references(spec, source)
        for key in ("call", "if"):
            self.visit_value(spec, wiring.fields.get(key), variables)
        self.visit_value(spec, wiring.fields.get("repeat"), {})

    def visit_call(self, spec: ModelSpec, key: ScalarNode, args: Node | None, variables: dict[str, Symbol]) -> None:
        """The type or block that a key names, and its arguments."""
        name = str(key.value)
        owner = next((each for each in spec.lineage() if name in each.blocks), None)
        block = owner.blocks[name] if owner is not None else None
        if owner is not None:
            self.note(Symbol("block", name, id(owner)), spec, key, 0)
        if not isinstance(args, MappingNode):
            return
        layer_type = find(canonical(name)) if owner is None else None
        for argument in args.keys:
            word, value = str(argument.value), args.fields[str(argument.value)]
            if block is not None and word in block.args:
                self.note(Symbol("argument", word, id(block)), spec, argument, 0)
            declared = layer_type.args.get(word) if layer_type is not None else None
            if declared is not None and declared.holds_layers:
                self.visit_layers(spec, value, variables)
            elif word != "name":
                self.visit_value(spec, value, variables)

    def visit_layers(self, spec: ModelSpec, node: Node, variables: dict[str, Symbol]) -> None:
        """A layer, or layers, as the value of an argument."""
        if isinstance(node, SequenceNode):
            for item in node.items:
                self.visit_layers(spec, item, variables)
        elif isinstance(node, ScalarNode):
            self.visit_call(spec, node, None, variables)
        elif (only := node.only()) is not None:
            if only[0].value == "reuse":
                self.visit_references(spec, only[1])
            else:
                self.visit_call(spec, *only, variables)

    def visit_value(self, spec: ModelSpec, node: Node | None, variables: dict[str, Symbol]) -> None:
        """The names that the expressions of a value read."""
        if isinstance(node, (MappingNode, SequenceNode)):
            for inner in node.fields.values() if isinstance(node, MappingNode) else node.items:
                self.visit_value(spec, inner, variables)
        elif node is not None and "$" in str(node.value):
            for match in _READ.finditer(str(node.value)):
                symbol = variables.get(match[1]) or self.find_read(spec, match[1])
                if symbol is not None:
                    self.note(symbol, spec, node, match.start(1))

    def visit_references(self, spec: ModelSpec, node: Node | None) -> None:
        if isinstance(node, (MappingNode, SequenceNode)):
            for inner in node.fields.values() if isinstance(node, MappingNode) else node.items:
                self.visit_references(spec, inner)
        elif node is not None:
            self.visit_reference(spec, node)

    def visit_reference(self, spec: ModelSpec, node: ScalarNode) -> None:
        """`NAME`, `NAME.PORT`, `NAME/0`: the name, and the port where it is an output of a block."""
        text = str(node.value)
        base = _BASE.match(text)
        if base is None:
            return
        entry = self.note_layer(spec, spec, node, base[0], 0)
        _, dot, port = text.partition(".")
        block = self.find_block_within(spec, entry)
        if dot and block is not None:
            self.note_output(block, spec, node, port, len(text) - len(port))

    def note_layer(
        self, spec: ModelSpec, where: ModelSpec, node: ScalarNode, name: str, start: int
    ) -> NamedEntry | None:
        """Note a layer or an input of `spec`, named by a node of the spec `where`; the entry, if it is one."""
        named = self.name_entries(spec).get(name)
        if named is not None:
            self.note(Symbol("layer", name, id(spec)), where, node, start)
        elif name in spec.inputs and ("inputs" in spec.node.fields or name != "input"):
            self.note(Symbol("input", name, id(spec)), where, node, start)
        return named

    def note_output(self, block: ModelSpec, where: ModelSpec, node: ScalarNode, name: str, start: int) -> None:
        """Note an output of a block or a model by its name: its own, or where none is given, that of its layer."""
        if isinstance(block.outputs, MappingNode):
            if name in block.outputs.fields:
                self.note(Symbol("output", name, id(block)), where, node, start)
        elif isinstance(block.outputs, SequenceNode) and name in block.output_names:
            base = _BASE.match(name)
            if base is not None:
                self.note_layer(block, where, node, base[0], start)

    def name_entries(self, spec: ModelSpec) -> dict[str, NamedEntry]:
        if id(spec) not in self.named:
            self.named[id(spec)] = {named.name: named for named in name_entries(spec)}
        return self.named[id(spec)]

    def find_read(self, spec: ModelSpec, name: str) -> Symbol | None:
        """What `$name` reads in a spec, loop variables apart: its own argument or size, else the model's argument."""
        if name in spec.args:
            return Symbol("argument", name, id(spec))
        if id(spec) not in self.sizes:
            self.sizes[id(spec)] = {size for size, _, _ in list_size_nodes(spec)}
        if name in self.sizes[id(spec)]:
            return Symbol("size", name, id(spec))
        root = spec.root
        return Symbol("argument", name, id(root)) if name in root.args else None

    def find_block_within(self, spec: ModelSpec, named: NamedEntry | None) -> ModelSpec | None:
        """The block that an entry calls, or that the layer within it is."""
        if named is None:
            return None
        key, args = named.entry.key, named.entry.args
        if key.value == "reuse":
            target = args.fields.get("layer") if isinstance(args, MappingNode) else args
            base = _BASE.match(str(target.value)) if isinstance(target, ScalarNode) else None
            other = self.name_entries(spec).get(base[0]) if base else None
            return None if other is named else self.find_block_within(spec, other)
        return _find_block(spec, key, args)

    def visit_expect(self, spec: ModelSpec) -> None:
        expect = spec.expect
        if isinstance(expect, MappingNode):
            self.visit_expected(spec, spec, expect)
            layers = expect.fields.get("layers")
            for key in layers.keys if isinstance(layers, MappingNode) else ():
                block = self.visit_path(spec, key)
                wanted = layers.fields[str(key.value)]  # type: ignore[union-attr]
                if isinstance(wanted, MappingNode):
                    self.visit_expected(spec, block, wanted)

    def visit_expected(self, spec: ModelSpec, block: ModelSpec | None, wanted: MappingNode) -> None:
        """Expectations of a block or a model: the names of its outputs, and the names in formulas."""
        for key in wanted.keys:
            value = wanted.fields[str(key.value)]
            if key.value == "layers":
                continue
            if key.value in ("output", "outputs") and isinstance(value, MappingNode) and block is not None:
                for name in value.keys:
                    self.note_output(block, spec, name, str(name.value), 0)
            self.visit_formula(spec, value)

    def visit_formula(self, spec: ModelSpec, node: Node) -> None:
        """The names in an expected number or shape: with a `$`, or alone."""
        if isinstance(node, (MappingNode, SequenceNode)):
            for inner in node.fields.values() if isinstance(node, MappingNode) else node.items:
                self.visit_formula(spec, inner)
            return
        self.visit_value(spec, node, {})
        text = str(node.value)
        bound = _BOUND.match(text)
        if "$" in text or _is_amount(text[bound.end() if bound else 0 :]):
            return
        for match in _NAME.finditer(text):
            symbol = self.find_read(spec, match[0])
            if symbol is not None:
                self.note(symbol, spec, node, match.start())

    def visit_path(self, root: ModelSpec, key: ScalarNode) -> ModelSpec | None:
        """`encoder/0/lstm`: every layer on the way. Gives the block that the last one is."""
        spec: ModelSpec | None = root
        start = 0
        for word in str(key.value).split("/"):
            base = _BASE.match(word)
            if spec is not None and base is not None and not word.isdecimal():
                named = self.note_layer(spec, root, key, base[0], start)
                spec = self.find_block_within(spec, named)
            start += len(word) + 1
        return spec


def _list_items(node: Node | None) -> Iterable[Node]:
    return node.items if isinstance(node, SequenceNode) else ()


def _is_amount(text: str) -> bool:
    try:
        parse_amount(text)
    except ValueError:
        return False
    return True


def _find_block(spec: ModelSpec, key: ScalarNode, args: Node | None) -> ModelSpec | None:
    """The block that a type names, or that stands within it as an argument."""
    name = str(key.value)
    if spec.knows_block(name):
        return spec.find_block(name)
    layer_type = find(canonical(name))
    if layer_type is None or not isinstance(args, MappingNode):
        return None
    for word, value in args.fields.items():
        declared = layer_type.args.get(word)
        if declared is None or not declared.holds_layers:
            continue
        inner = value.only() if isinstance(value, MappingNode) else None
        if isinstance(value, ScalarNode):
            return _find_block(spec, value, None)
        if inner is not None:
            return _find_block(spec, *inner)
    return None
