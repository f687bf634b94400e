"""Blocks that are trained or not as a whole: their calls say so, and not each layer in them."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.formats.flat_model import FlatModel
from shapecalc.formats.folding.body import Block, Body, Given, Leaf, Slot, name_inputs
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


def freeze_whole(body: Body, flat: FlatModel) -> Body | None:
    """A model none of whose layers is trained, as a call of one block that says so; None of other models."""
    leaves = [*_weighted_leaves(body)]
    if not leaves or any(leaf.arguments.get("trainable") is not False for _, leaf in leaves):
        return None
    if not all(_heeds(type_name) for type_name, _ in leaves):
        return None
    given = Given("Network", name_inputs(flat), [*flat.outputs], [""])
    block = Block(body.inputs, body.slots, 1, given)
    block.exits = body.exits
    call = Slot("", {f"in{port}": (-1 - port, 0) for port in range(body.inputs)}, [0])
    call.block = block
    whole = Body(body.inputs, [call], 1)
    whole.exits = [(0, port) for port in range(len(body.exits))]
    whole.apart = body.apart
    return whole


def _weighted_leaves(body: Body) -> Iterator[tuple[str, Leaf]]:
    """The layers with weights, in the blocks of a body too, and their types."""
    for slot in body.slots:
        if slot.block is not None:
            yield from _weighted_leaves(slot.block)
            continue
        yield from ((slot.type_name, row) for row in slot.rows if isinstance(row, Leaf) and row.weighted)
