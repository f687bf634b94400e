"""Which specs a model is made of, and which of them are frozen or given a dtype by those that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.model.spec import ModelSpec


class BlockCalls:
    """The blocks of a model: `names` has what they are called, those first that others use; `frozen` and `typed` are
    those that are given `trainable` or `dtype` somewhere, or stand in one that is.
    """

    def __init__(self, root: ModelSpec) -> None:
        self.names: dict[ModelSpec, str] = {}
        self._seen: set[ModelSpec] = set()
        self.frozen: set[ModelSpec] = set()
        self.typed: set[ModelSpec] = {root} if root.dtype is not None else set()
        self._calls: list[tuple[ModelSpec, ModelSpec, set[str]]] = []
        self._collect(root)
        self._spread()

    def _collect(self, spec: ModelSpec) -> None:
        """Finds the blocks that a spec uses, and theirs."""
        for entry in spec.entries:
            self._collect_call(spec, str(entry.key.value), entry.args)

    def _collect_call(self, spec: ModelSpec, type_name: str, args: Node | None) -> None:
        block = spec.find_block(type_name)
        if block is None:
            self._collect_within(spec, args)
            return
        given = set(args.fields) if isinstance(args, MappingNode) else set()
        self._calls.append((spec, block, {name for name in given if name not in block.args}))
        if block not in self._seen:
            self._seen.add(block)
            self._collect(block)
            self.names[block] = type_name

    def _collect_within(self, spec: ModelSpec, node: Node | None) -> None:
        """Finds the blocks that layers hold."""
        if isinstance(node, ScalarNode):
            if spec.find_block(str(node.value)) is not None:
                self._collect_call(spec, str(node.value), None)
        elif isinstance(node, MappingNode):
            for key, item in node.fields.items():
                if spec.find_block(key) is not None:
                    self._collect_call(spec, key, item)
                else:
                    self._collect_within(spec, item)
        elif isinstance(node, SequenceNode):
            for item in node.items:
                self._collect_within(spec, item)

    def _spread(self) -> None:
        """What is said of a block holds of the blocks in it."""
        changed = True
        while changed:
            before = len(self.frozen) + len(self.typed)
            for caller, block, given in self._calls:
                if "trainable" in given or caller in self.frozen:
                    self.frozen.add(block)
                if "dtype" in given or block.dtype is not None or caller in self.typed:
                    self.typed.add(block)
            changed = len(self.frozen) + len(self.typed) > before
