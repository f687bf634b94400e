"""A model while it is folded: lists of slots, each with what it holds in every instance of its list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from shapecalc.formats.flat_model import Call, FlatModel, Source
from shapecalc.formats.folding.arguments import least_arguments
from shapecalc.formats.folding.facts import Facts, no_facts

Ref: TypeAlias = tuple[int, int]
"""An output: the position of a slot, or -1, -2, ... for the inputs of the body, and its position among the outputs."""

SlotFeed: TypeAlias = dict[str, "Ref | list[Ref]"]
"""What each port of a slot is fed."""


_NAMELESS = re.compile(r"(Sequential|Functional|Model)_?\d*\Z")
"""Titles of models that Keras named."""


class Leaf:
    """One call of a layer: its least arguments, its name, the channels of what it is fed, whether it has weights."""

    __slots__ = ("arguments", "channels", "name", "text", "weighted")

    def __init__(self, arguments: dict[str, Any], name: str, channels: int | None, *, weighted: bool = True) -> None:
        self.arguments = arguments
        self.name = name
        self.channels = channels
        self.weighted = weighted
        self.text = repr(arguments)  # asked for often: equal arguments have equal texts


class Slot:
    """One entry of a body. `rows` holds what it is in each instance of the body: a Leaf, the number of an instance
    of its block, a list of these where it is repeated, or None where it is left out.

    `again` is the slot whose layer is called again; `pinned` says that the layer has several calls, so that it stays
    where it is.
    """

    __slots__ = ("again", "block", "call", "feed", "pinned", "repeated", "rows", "type_name")

    def __init__(self, type_name: str, feed: SlotFeed, rows: list[Any]) -> None:
        self.type_name = type_name
        self.block: Block | None = None
        self.feed = feed
        self.rows = rows
        self.call: dict[str, Any] = {}
        self.again: int | None = None
        self.pinned = False
        self.repeated = False

    def copy(self, feed: SlotFeed, rows: list[Any]) -> Slot:
        """The same kind of slot, fed otherwise and with other rows."""
        slot = Slot(self.type_name, feed, rows)
        slot.block, slot.call, slot.again = self.block, self.call, self.again
        slot.pinned, slot.repeated = self.pinned, self.repeated
        return slot

    @property
    def kind(self) -> tuple[Any, ...]:
        """What two slots must have in common to be the same one."""
        block = id(self.block) if self.block is not None else 0
        return self.type_name, block, self.repeated, tuple(self.feed), repr(self.call) if self.call else ""

    def refs(self) -> list[Ref]:
        """All that it is fed, port by port."""
        return [ref for fed in self.feed.values() for ref in (fed if isinstance(fed, list) else [fed])]


class Body:
    """A list of slots with `count` instances. The model itself has one; a block one for each of its calls.

    Whoever changes the slots puts a new list in.

    `exits` are the outputs that leave it: of a block the first output of its last slot, alone.
    """

    def __init__(self, inputs: int, slots: list[Slot], count: int) -> None:
        self.inputs = inputs
        self.slots = slots
        self.count = count
        self.exits: list[Ref] = []
        self.apart: list[Block] = []
        self._uses: tuple[list[Slot], list[int], list[bool]] | None = None

    def uses(self) -> tuple[list[int], list[bool]]:
        """The last slot that uses each slot, and whether nothing but its first output is used."""
        if self._uses is None or self._uses[0] is not self.slots:
            last_use, is_closed = [-1] * len(self.slots), [True] * len(self.slots)
            for position, slot in enumerate(self.slots):
                for source, port in [*slot.refs(), *([(slot.again, 0)] if slot.again is not None else [])]:
                    if source >= 0:
                        last_use[source] = position
                        is_closed[source] = is_closed[source] and port == 0
            for source, port in self.exits:
                if source >= 0:
                    last_use[source] = len(self.slots)
                    is_closed[source] = is_closed[source] and port == 0
            self._uses = self.slots, last_use, is_closed
        return self._uses[1], self._uses[2]


class Given(NamedTuple):
    """What a block keeps of the models that it was made of: its title, empty where Keras named them, the names of its
    inputs and outputs, and in each instance the name of the layer that the model was. One that is `fixed` is called
    by its title from places where folding does not look."""

    title: str
    inputs: list[str]
    outputs: list[str]
    names: list[str]
    fixed: bool = False


class Block(Body):
    """A body that stands in others as a slot; a model within the model has something `given`, and stays a block."""

    def __init__(self, inputs: int, slots: list[Slot], count: int, given: Given | None = None) -> None:
        super().__init__(inputs, slots, count)
        self.exits = [(len(slots) - 1, 0)]
        self.given = given


def copy_of(body: Body) -> Body:
    """The body of a flat model again, to be folded in another way."""
    copies: dict[int, Block] = {}

    def copy_slots(slots: list[Slot]) -> list[Slot]:
        copied = [slot.copy(slot.feed, slot.rows) for slot in slots]
        for slot in copied:
            slot.block = copy_block(slot.block) if slot.block is not None else None
        return copied

    def copy_block(block: Block) -> Block:
        if id(block) not in copies:
            copies[id(block)] = Block(block.inputs, copy_slots(block.slots), block.count, block.given)
            copies[id(block)].exits = list(block.exits)
        return copies[id(block)]

    copy = Body(body.inputs, copy_slots(body.slots), body.count)
    copy.exits = list(body.exits)
    copy.apart = [copy_block(block) for block in body.apart]
    return copy


def name_of(slot: Slot) -> str:
    """The name of the layer that a slot of the model is; empty of a block that folding made."""
    (row,) = slot.rows
    if slot.block is not None:
        return slot.block.given.names[row] if slot.block.given is not None and isinstance(row, int) else ""
    return row.name if isinstance(row, Leaf) else ""


def look_through(body: Body, instance: int, ref: Ref) -> Ref:
    """What a reference comes to in an instance: a slot that is left out stands for the first thing it is fed."""
    while ref[0] >= 0 and body.slots[ref[0]].rows[instance] is None:
        ref = body.slots[ref[0]].refs()[0]
    return ref


def map_feed(feed: SlotFeed, change: Callable[[Ref], Ref]) -> SlotFeed:
    """A feed with every reference changed."""
    return {port: [change(ref) for ref in fed] if isinstance(fed, list) else change(fed) for port, fed in feed.items()}


def body_of(flat: FlatModel, facts: Facts) -> Body:
    """The body of a flat model: a slot for each call, in order."""
    body = Body(len(flat.inputs), [], 1)
    body.slots, body.exits = _slots_of(flat, facts, {})
    return body


def nested_body_of(flat: FlatModel, facts: Facts) -> Body:
    """The body of a flat model with blocks for the models within; those that entries do not call stand apart."""
    called = _list_called(flat)
    body = Body(len(flat.inputs), [], 1)
    body.slots, body.exits = _slots_of(flat, facts, called)
    body.apart = [_block_of(name, "", facts, flat.blocks, called) for name in flat.blocks if name not in called]
    return body


def _slots_of(flat: FlatModel, facts: Facts, nested: Mapping[str, FlatModel]) -> tuple[list[Slot], list[Ref]]:
    """The slots of a model, and what leaves it."""
    positions: dict[tuple[str, int], int] = {(given.name, 0): -1 - number for number, given in enumerate(flat.inputs)}
    counts = Counter(call.layer for call in flat.calls)
    numbers: Counter[str] = Counter()
    slots: list[Slot] = []

    def ref_of(source: Source) -> Ref:
        return positions[source[0], source[1]], source[2]

    for call in flat.calls:
        number = numbers[call.layer]
        numbers[call.layer] += 1
        slot = _slot_of(flat, facts, call, ref_of)
        slot.pinned = counts[call.layer] > 1
        if number:
            slot.again = positions[call.layer, 0]
        elif slot.type_name in nested:
            slot.feed = {f"in{port}": slot.feed[fed.name] for port, fed in enumerate(nested[slot.type_name].inputs)}
            slot.block = _block_of(slot.type_name, call.layer, facts, nested, nested)
            slot.type_name, slot.rows = "", [0]
        positions[call.layer, number] = len(slots)
        slots.append(slot)
    return slots, [ref_of(source) for source in flat.outputs.values()]


def _block_of(
    title: str, layer: str, facts: Facts, models: Mapping[str, FlatModel], nested: Mapping[str, FlatModel]
) -> Block:
    """The block of a model that is a layer, or stands apart."""
    flat, fixed = models[title], title not in nested
    slots, exits = _slots_of(flat, facts.blocks.get(title) or no_facts(flat), nested)
    named = "" if _NAMELESS.match(title) and not fixed else title
    given = Given(named, name_inputs(flat), [*flat.outputs], [layer if named else ""], fixed)
    block = Block(len(flat.inputs), slots, 1, given)
    block.exits = exits
    return block


def name_inputs(block: FlatModel) -> list[str]:
    """What the inputs of a model within a model are called: a sole one needs no name."""
    return ["input"] if len(block.inputs) == 1 else [given.name for given in block.inputs]


def _list_called(flat: FlatModel) -> dict[str, FlatModel]:
    """The models within a model that entries call and say nothing to; not those that stand in another layer."""
    layers = [layer for model in (flat, *flat.blocks.values()) for layer in model.layers.values()]
    fixed = {word for _, arguments in layers for word in _words_in(arguments)}
    fixed |= {type_name for type_name, arguments in layers if arguments}
    return {name: block for name, block in flat.blocks.items() if name not in fixed}


def _words_in(value: Any) -> Iterator[str]:
    """Every text in a value, names of arguments too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _words_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _words_in(item)


def _slot_of(flat: FlatModel, facts: Facts, call: Call, ref_of: Callable[[Source], Ref]) -> Slot:
    type_name, arguments = flat.layers[call.layer]
    shape = facts.shape_fed(call)
    weighted = not facts.shapes or call.layer in facts.weighted
    rank = len(shape) if shape is not None else None
    least = least_arguments(type_name, arguments, rank=rank, weighted=weighted)
    feed: SlotFeed = {
        port: [ref_of(origin) for origin in fed] if isinstance(fed, list) else ref_of(fed)
        for port, fed in call.feed.items()
    }
    slot = Slot(type_name, feed, [Leaf(least, call.layer, shape[-1] if shape else None, weighted=weighted)])
    slot.call = call.arguments
    return slot


def blocks_within(body: Body) -> list[Block]:
    """The blocks that a body is made of, those that stand apart and those that others need first."""
    blocks: dict[int, Block] = {}

    def visit(within: Body) -> None:
        for block in [*within.apart, *(slot.block for slot in within.slots if slot.block is not None)]:
            if id(block) not in blocks:
                visit(block)
                blocks[id(block)] = block

    visit(body)
    return [*blocks.values()]
