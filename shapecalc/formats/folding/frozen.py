"""Blocks that are trained or not as a whole: their calls say so, and not each layer in them."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.formats.folding.body import Block, Leaf
from shapecalc.layers.catalogue import find


def list_frozen(blocks: list[Block]) -> dict[int, list[bool]]:
    """Of each block some of whose instances are frozen, each as a whole, which they are; the blocks that others need
    come first."""
    frozen: dict[int, list[bool]] = {}
    mixed: set[int] = set()
    for block in blocks:
        states = [{*_states(block, instance, frozen)} for instance in range(block.count)]
        within = {id(slot.block) for slot in block.slots if slot.block is not None}
        if within & mixed or any(len(state) > 1 for state in states):
            mixed.add(id(block))
        elif {False} in states:
            if all(_heeds(slot.type_name) for slot in block.slots if slot.block is None):
                frozen[id(block)] = [state == {False} for state in states]
            else:
                mixed.add(id(block))
    return frozen


def _states(block: Block, instance: int, frozen: dict[int, list[bool]]) -> Iterator[bool]:
    """Whether each layer and each block in an instance is trained; nothing of those without weights."""
    for slot in block.slots:
        rows = slot.rows[instance]
        for row in rows if isinstance(rows, list) else [rows]:
            if isinstance(row, Leaf) and row.weighted:
                yield row.arguments.get("trainable") is not False
            elif slot.block is not None and row is not None:
                yield from (
                    {not frozen[id(slot.block)][row]} if id(slot.block) in frozen else _states(slot.block, row, frozen)
                )


def _heeds(type_name: str) -> bool:
    """Whether Keras freezes the layers of a type that are made with `trainable: false`."""
    layer_type = find(type_name)
    return layer_type is None or (
        layer_type.freezes and not any(argument.holds_layers for argument in layer_type.args.values())
    )
