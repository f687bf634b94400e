"""What the functions of one written module have in common: their names, and what callers give each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.document.nodes import MappingNode, ScalarNode
from shapecalc.expressions.evaluate import names as names_in
from shapecalc.formats.keras.writing.code.arguments import reads_names
from shapecalc.formats.keras.writing.code.block_calls import BlockCalls
from shapecalc.formats.keras.writing.code.helpers import HELPERS
from shapecalc.formats.keras.writing.code.plan import identifier, target_of
from shapecalc.formats.keras.writing.code.uses import Uses
from shapecalc.layers.catalogue import automatic_name, find
from shapecalc.layers.class_names import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecalc.analysis.report import Report
    from shapecalc.document.nodes import Node
    from shapecalc.formats.keras.writing.code.plan import Plan, Plans
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer
    from shapecalc.model.spec import ModelSpec


_CALLED = {
    "Weight": ("get_item", "ones_like"),
    "ops.arange": ("get_item", "ones_like", "broadcast_to", "cumsum", "multiply", "add"),
}
"""What stands in for a type calls functions of keras.ops, which Keras names."""


class Module:
    """The specs that a report is made of, as functions of one module.

    `functions` are their names, `helpers` what the module defines besides, `separator` joins the parts of a path to the
    name of a layer, `operations` are what Keras may call the functions of keras.ops.
    """

    def __init__(self, report: Report) -> None:
        assert report.walk is not None
        self.dtype = report.dtype
        self.root = report.walk.graph.spec
        self.uses = Uses(report.walk)
        self.helpers: set[str] = set()
        self.separator = "." if _are_ambiguous(report.walk) else "_"
        types = _types_in(report.walk)
        self.operations = {automatic_name(name.rpartition(".")[2]) for name in types if name.startswith("ops.")}
        self.operations |= {name for type_name, names in _CALLED.items() if type_name in types for name in names}
        self.functions: dict[ModelSpec, str] = {}
        self.reserved = {"build_model", *HELPERS}
        self.block_calls = BlockCalls(self.root)
        for spec, type_name in self.block_calls.names.items():
            self.functions[spec] = self.fresh_function(type_name)
        self._extras: dict[ModelSpec, tuple[str, ...]] = {}

    def fresh_function(self, type_name: str) -> str:
        """A name for the function of a block that no other has."""
        base = name = identifier(snake_case(type_name))
        count = 1
        while name in self.reserved:
            count += 1
            name = f"{base}_{count}"
        self.reserved.add(name)
        return name

    def parameter(self, name: str) -> str:
        """An argument of a spec as a parameter."""
        own = identifier(name)
        return f"{own}_" if own in self.reserved else own

    def names_read(self, spec: ModelSpec) -> set[str]:
        """What the expressions of a spec read, those of its blocks apart."""
        nodes: list[Node | None] = [spec.outputs, *spec.inputs.values(), *spec.args.values()]
        for entry in spec.entries:
            nodes += [entry.args, *([] if entry.wiring is None else entry.wiring.fields.values())]
        return {name for node in nodes for name in _names_in(node)}

    def extras(self, spec: ModelSpec) -> tuple[str, ...]:
        """The arguments of the file's model that a block reads, or that blocks in it read."""
        if spec is self.root or spec.parent is None:
            return ()
        if spec not in self._extras:
            self._extras[spec] = ()
            read = self.names_read(spec)
            for entry in spec.entries:
                block = spec.find_block(str(entry.key.value))
                if block is not None:
                    read |= set(self.extras(block))
            self._extras[spec] = tuple(name for name in spec.root.args if name in read and name not in spec.args)
        return self._extras[spec]

    def is_frozen_somewhere(self, spec: ModelSpec) -> bool:
        """Whether a block is given `trainable` anywhere, or one that it stands in."""
        return spec in self.block_calls.frozen

    def has_dtype(self, spec: ModelSpec) -> bool:
        """Whether a block is given a dtype anywhere, or one that it stands in, or the model."""
        return spec in self.block_calls.typed

    def ports_of(self, spec: ModelSpec, plan: Plan, plans: Plans) -> tuple[str, ...] | None:
        """The ports of an entry's layer; None for one that takes no input."""
        if plan.is_reuse:
            return self.ports_of(spec, plans.find_target(target_of(plan.entry))[0], plans)
        nodes = self.uses.nodes_of(plan.entry)
        layer: Layer | type[Layer] | None = nodes[0][0].layer if nodes else None
        if layer is None:
            block = spec.find_block(str(plan.entry.key.value))
            if block is not None:
                return tuple(block.inputs)
            layer = find(str(plan.entry.key.value))
        assert layer is not None
        return None if layer.is_source or not layer.ports else layer.ports


def _names_in(node: Node | None) -> set[str]:
    if node is None:
        return set()
    if isinstance(node, ScalarNode):
        return set(names_in(node.value)) if reads_names(node) else set()
    items = node.fields.values() if isinstance(node, MappingNode) else node.items
    return {name for item in items for name in _names_in(item)}


def _layers_in(walk: Walk, path: str = "") -> Iterator[tuple[str, Layer]]:
    """Every layer that owns weights or has none, with its path."""
    for node, inferred in zip(walk.graph.nodes, walk.results, strict=True):
        if node.entry is None or node.layer is None or inferred is None or node.weights_of != node.name:
            continue
        yield path + node.name, node.layer
        if inferred.walk is not None:
            yield from _layers_in(inferred.walk, f"{path}{node.name}/")


def _are_ambiguous(walk: Walk) -> bool:
    """Whether two layers have one name when the parts of their paths are joined by `_`."""
    names = [path.replace("/", "_") for path, layer in _layers_in(walk) if not layer.type_name.startswith("ops.")]
    return len(set(names)) < len(names)


def _types_in(walk: Walk) -> set[str]:
    return {layer.type_name for _, layer in _layers_in(walk)}
