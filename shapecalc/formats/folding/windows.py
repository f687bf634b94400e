"""Pieces of bodies that could be blocks: slots in a row of which only the last one is used outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from shapecalc.formats.folding.body import Block, Body, Ref, Slot, map_feed

LONGEST = 40
MOST_INPUTS = 2


class Window(NamedTuple):
    """The slots of a body from `start` up to, not including, `end`, and what is fed into them."""

    body: Body
    start: int
    end: int
    inputs: tuple[Ref, ...]


class WindowIndex:
    """Every window of the bodies of one model by its skeleton: equal skeletons are equal but for values.

    A skeleton is a number: that of what stands before its last slot, together with this slot's kind and wiring.
    """

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._known: dict[int, tuple[Body, list[Slot], list[tuple[int, Window]]]] = {}

    def groups(self, bodies: list[Body]) -> dict[int, list[Window]]:
        """Windows of two slots or more by skeleton, of each skeleton those that do not overlap."""
        groups_of_windows: dict[int, list[Window]] = {}
        for body in bodies:
            for skeleton, window in self._windows(body):
                same = groups_of_windows.setdefault(skeleton, [])
                if not same or same[-1].body is not body or same[-1].end <= window.start:
                    same.append(window)
        return groups_of_windows

    def _windows(self, body: Body) -> list[tuple[int, Window]]:
        known = self._known.get(id(body))
        if known is None or known[1] is not body.slots:
            known = body, body.slots, [*self._scan(body)]
            self._known[id(body)] = known
        return known[2]

    def _scan(self, body: Body) -> Iterator[tuple[int, Window]]:
        last_use, is_closed = body.uses()
        numbers = self._numbers
        kinds = [numbers.setdefault(slot.kind, len(numbers)) for slot in body.slots]
        fixed = [slot.pinned or slot.again is not None for slot in body.slots]
        refs = [slot.refs() for slot in body.slots]
        for start in range(len(kinds)):
            inputs: list[Ref] = []
            skeleton = reach = -1
            for position in range(start, min(len(kinds), start + LONGEST)):
                if fixed[position]:
                    break
                wired: list[int] = [skeleton, kinds[position]]
                for ref in refs[position]:
                    if ref[0] >= start:
                        wired += (ref[0] - start, ref[1])
                    else:
                        if ref not in inputs:
                            inputs.append(ref)
                        wired += (-1 - inputs.index(ref), 0)
                if len(inputs) > MOST_INPUTS:
                    break
                skeleton = numbers.setdefault(tuple(wired), len(numbers))
                if position > start and reach <= position and is_closed[position] and inputs:
                    yield skeleton, Window(body, start, position + 1, tuple(inputs))
                reach = max(reach, last_use[position])


def window_at(body: Body, start: int, end: int) -> tuple[tuple[Any, ...], Window] | None:
    """One window with its skeleton; None where these slots are none."""
    last_use, is_closed = body.uses()
    inputs: list[Ref] = []
    skeleton = []
    for position in range(start, end):
        slot = body.slots[position]
        if slot.pinned or slot.again is not None or (position < end - 1 and last_use[position] >= end):
            return None
        skeleton.append((slot.kind, _relative(slot, start, inputs)))
    if not is_closed[end - 1] or not 1 <= len(inputs) <= MOST_INPUTS:
        return None
    return tuple(skeleton), Window(body, start, end, tuple(inputs))


def _relative(slot: Slot, start: int, inputs: list[Ref]) -> Any:
    """What a slot is fed, counted from the start of its window; outer sources are added to `inputs`."""
    shown = []
    for fed in slot.feed.values():
        numbers = []
        for ref in fed if isinstance(fed, list) else [fed]:
            if ref[0] >= start:
                numbers.append((ref[0] - start, ref[1]))
                continue
            if ref not in inputs:
                inputs.append(ref)
            numbers.append((-1 - inputs.index(ref), 0))
        shown.append((isinstance(fed, list), tuple(numbers)))
    return tuple(shown)


def extract(windows: list[Window]) -> Block:
    """Makes equal windows calls of one new block; the windows of one body must not overlap."""
    first = windows[0]
    numbers, count = _instances(windows)
    slots: list[Slot] = []
    for offset in range(first.end - first.start):
        slot = first.body.slots[first.start + offset]
        rows = [
            row
            for window, calls in zip(windows, numbers, strict=True)
            for row, call in zip(window.body.slots[window.start + offset].rows, calls, strict=True)
            if call is not None
        ]
        slots.append(slot.copy(map_feed(slot.feed, _into(first)), rows))
    block = Block(len(first.inputs), slots, count)
    by_body: dict[int, list[tuple[Window, list[int | None]]]] = defaultdict(list)
    for window, calls in zip(windows, numbers, strict=True):
        by_body[id(window.body)].append((window, calls))
    for pairs in by_body.values():
        _replace(pairs[0][0].body, pairs, block)
    return block


def _instances(windows: list[Window]) -> tuple[list[list[int | None]], int]:
    """For each window the instance of its block in every instance of its body, None where all of it is left out; and
    how many instances the block has."""
    instances: list[list[int | None]] = []
    count = 0
    for window in windows:
        calls: list[int | None] = []
        slots = window.body.slots[window.start : window.end]
        for instance in range(window.body.count):
            present = any(slot.rows[instance] is not None for slot in slots)
            calls.append(count if present else None)
            count += present
        instances.append(calls)
    return instances, count


def _into(window: Window) -> Any:
    """References from within a window, as its block has them."""

    def change(ref: Ref) -> Ref:
        return (ref[0] - window.start, ref[1]) if ref[0] >= window.start else (-1 - window.inputs.index(ref), 0)

    return change


def _replace(body: Body, pairs: list[tuple[Window, list[int | None]]], block: Block) -> None:
    """Puts a call of a block in the place of each window of a body."""
    starts = {window.start: (window, calls) for window, calls in pairs}
    moved: dict[int, int] = {}
    slots: list[Slot] = []
    position = 0
    while position < len(body.slots):
        if position in starts:
            window, calls = starts[position]
            feed: Any = {f"in{number}": ref for number, ref in enumerate(window.inputs)}
            call = Slot("", feed, [*calls])
            call.block = block
            for inner in range(window.start, window.end):
                moved[inner] = len(slots)
            slots.append(call)
            position = window.end
        else:
            moved[position] = len(slots)
            slots.append(body.slots[position])
            position += 1
    renumber(body, slots, moved)


def renumber(body: Body, slots: list[Slot], moved: dict[int, int]) -> None:
    """Gives a body new slots, whose references are still to the old positions."""

    def change(ref: Ref) -> Ref:
        return (moved[ref[0]], ref[1]) if ref[0] >= 0 else ref

    for slot in slots:
        slot.feed = map_feed(slot.feed, change)
        if slot.again is not None:
            slot.again = moved[slot.again]
    body.slots = slots
    body.exits = [change(ref) for ref in body.exits]
