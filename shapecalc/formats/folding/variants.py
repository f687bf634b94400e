"""Two blocks as one, with entries that are there in some of its calls and left out in others."""

from __future__ import annotations

from typing import Any, TypeAlias

from shapecalc.formats.folding.body import Block, Body, Given, Ref, Slot, SlotFeed, map_feed
from shapecalc.formats.folding.titles import unite_titles

Pattern: TypeAlias = tuple[bool, ...]
"""Which slots of a body are there in an instance."""


def merge_blocks(block: Block, other: Block) -> Block | None:
    """One block that is either; None where their entries or their wiring do not go together.

    The instances of the second one follow those of the first.
    """
    if block.inputs != other.inputs or not _can_merge(block, other):
        return None
    for from_end in (True, False):
        united = _unite_blocks(block, other, _align(block, other, from_end=from_end))
        if united is not None and _keeps(united, block, 0) and _keeps(united, other, block.count):
            return united
    return None


def _can_merge(block: Block, other: Block) -> bool:
    """Whether both are models within the model or neither is, and what leaves them is their last entry."""
    ends = all(each.exits == [(len(each.slots) - 1, 0)] for each in (block, other))
    fixed = any(each.given is not None and each.given.fixed for each in (block, other))
    return ends and not fixed and (block.given is None) == (other.given is None)


def _align(block: Body, other: Body, *, from_end: bool) -> list[tuple[int | None, int | None]]:
    """The slots of two bodies side by side: the longest common sequence of kinds, the rest one after the other."""
    kinds, other_kinds = [slot.kind for slot in block.slots], [slot.kind for slot in other.slots]
    if from_end:
        kinds, other_kinds = kinds[::-1], other_kinds[::-1]
    lengths = [[0] * (len(other_kinds) + 1) for _ in range(len(kinds) + 1)]
    for i in range(len(kinds) - 1, -1, -1):
        for j in range(len(other_kinds) - 1, -1, -1):
            equal = kinds[i] == other_kinds[j]
            lengths[i][j] = lengths[i + 1][j + 1] + 1 if equal else max(lengths[i + 1][j], lengths[i][j + 1])
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < len(kinds) or j < len(other_kinds):
        if (
            i < len(kinds)
            and j < len(other_kinds)
            and kinds[i] == other_kinds[j]
            and lengths[i][j] == lengths[i + 1][j + 1] + 1
        ):
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif j == len(other_kinds) or (i < len(kinds) and lengths[i + 1][j] >= lengths[i][j + 1]):
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    if not from_end:
        return pairs
    a, b = len(kinds) - 1, len(other_kinds) - 1
    return [(None if i is None else a - i, None if j is None else b - j) for i, j in reversed(pairs)]


def _unite_blocks(block: Block, other: Block, pairs: list[tuple[int | None, int | None]]) -> Block | None:
    """The block that the pairs make; of two references the later one: a slot that is left out stands for the other."""
    numbers = {old: new for new, (old, _) in enumerate(pairs) if old is not None}
    other_numbers = {old: new for new, (_, old) in enumerate(pairs) if old is not None}

    def change(places: dict[int, int]) -> Any:
        return lambda ref: (places[ref[0]], ref[1]) if ref[0] >= 0 else ref

    slots: list[Slot] = []
    for i, j in pairs:
        slot = block.slots[i] if i is not None else other.slots[j]  # type: ignore[index]
        feed = map_feed(block.slots[i].feed, change(numbers)) if i is not None else None
        again = map_feed(other.slots[j].feed, change(other_numbers)) if j is not None else None
        both = _later(feed, again) if feed is not None and again is not None else feed or again or {}
        if both is None:
            return None
        rows = [*(block.slots[i].rows if i is not None else [None] * block.count)]
        rows += other.slots[j].rows if j is not None else [None] * other.count
        slots.append(slot.copy(both, rows))
    return Block(block.inputs, slots, block.count + other.count, _unite_given(block.given, other.given))


def _unite_given(given: Given | None, other: Given | None) -> Given | None:
    """What a block keeps of two that it was made of."""
    if given is None or other is None:
        return None
    return given._replace(title=unite_titles(given.title, other.title), names=given.names + other.names)


def _later(feed: SlotFeed, other: SlotFeed) -> SlotFeed | None:
    """Of two feeds the later reference for each; None where they are not of one form."""
    later: SlotFeed = {}
    for (port, fed), (_, also) in zip(feed.items(), other.items(), strict=True):
        if isinstance(fed, list) != isinstance(also, list):
            return None
        if isinstance(fed, list) and isinstance(also, list):
            if len(fed) != len(also):
                return None
            later[port] = [max(pair) for pair in zip(fed, also, strict=True)]
        else:
            later[port] = max(fed, also)
    return later


def list_patterns(block: Block) -> dict[Pattern, int]:
    """The patterns of a block's instances, each with one instance that has it."""
    instances: dict[Pattern, int] = {}
    for instance in range(block.count):
        instances.setdefault(tuple(slot.rows[instance] is not None for slot in block.slots), instance)
    return instances


def trace_wiring(block: Block, pattern: Pattern) -> tuple[list[Any], Ref]:
    """What each slot that is there is fed, and what leaves the block: slots that are left out looked through, and the
    others counted without them."""
    numbers: dict[int, int] = {}
    for position, present in enumerate(pattern):
        if present:
            numbers[position] = len(numbers)

    def settle(ref: Ref) -> Ref:
        while ref[0] >= 0 and not pattern[ref[0]]:
            refs = block.slots[ref[0]].refs()
            if not refs or ref[1]:
                return -99, 0
            ref = refs[0]
        return (numbers[ref[0]], ref[1]) if ref[0] >= 0 else ref

    fed = [map_feed(slot.feed, settle) for slot, present in zip(block.slots, pattern, strict=True) if present]
    return [[*feed.items()] for feed in fed], settle(block.exits[0])


def _keeps(united: Block, block: Block, begins: int) -> bool:
    """Whether a united block is wired as one of its parts was, in every pattern of that part's instances."""
    for pattern, instance in list_patterns(block).items():
        whole = tuple(slot.rows[begins + instance] is not None for slot in united.slots)
        if sum(whole) != sum(pattern) or trace_wiring(united, whole) != trace_wiring(block, pattern):
            return False
    return True


def put_in_place(bodies: list[Body], block: Block, other: Block, united: Block) -> None:
    """Makes the calls of two blocks calls of the one that both became."""
    for body in bodies:
        for slot in body.slots:
            if slot.block is block or slot.block is other:
                shift = block.count if slot.block is other else 0
                slot.rows = [_shift(row, shift) for row in slot.rows]
                slot.block = united
        body.slots = [*body.slots]


def _shift(row: Any, shift: int) -> Any:
    if isinstance(row, list):
        return [_shift(item, shift) for item in row]
    return None if row is None else row + shift


def inline(body: Body, block: Block) -> None:
    """Puts the entries of a block in the place of its calls in a body; the block must have no slot left out there."""
    slots: list[Slot] = []
    moved: dict[int, int] = {}
    for position, slot in enumerate(body.slots):
        if slot.block is not block or slot.repeated:
            moved[position] = len(slots)
            slots.append(_at(slot, moved))
            continue
        outer = slot.refs()
        start = len(slots)
        for inner in block.slots:

            def change(ref: Ref, outer: list[Ref] = outer, start: int = start) -> Ref:
                if ref[0] >= 0:
                    return start + ref[0], ref[1]
                source = outer[-1 - ref[0]]
                return (moved[source[0]], source[1]) if source[0] >= 0 else source

            rows = [None if row is None else inner.rows[row] for row in slot.rows]
            slots.append(inner.copy(map_feed(inner.feed, change), rows))
        moved[position] = len(slots) - 1
    body.slots = slots
    body.exits = [(moved[ref[0]], ref[1]) if ref[0] >= 0 else ref for ref in body.exits]


def _at(slot: Slot, moved: dict[int, int]) -> Slot:
    copy = slot.copy(map_feed(slot.feed, lambda ref: (moved[ref[0]], ref[1]) if ref[0] >= 0 else ref), slot.rows)
    copy.again = moved[slot.again] if slot.again is not None else None
    return copy
