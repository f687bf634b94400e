"""How long a description is: two for each line and one for each word, two more for a name that a reference needs."""

from __future__ import annotations

from shapecalc.formats.folding.body import Body, Leaf, Slot

LINE = 2
NAME = 2
HEADER = 4 * LINE  # the name, the arguments and `layers:` of a block


def words_of(slot: Slot) -> int:
    """About how many words stand in an entry."""
    for row in slot.rows:
        leaf = row[0] if isinstance(row, list) and row else row
        if isinstance(leaf, Leaf):
            parts = (len(value) if isinstance(value, (list, dict)) else 0 for value in leaf.arguments.values())
            return 1 + 2 * len(leaf.arguments) + sum(parts)
    return 3


def slot_cost(body: Body, position: int, start: int = 0) -> int:
    """The cost of one entry, when the body or a part of it begins at `start`."""
    slot = body.slots[position]
    cost = LINE + words_of(slot) + (LINE + 2 if slot.repeated else 0)
    if any(row is None for row in slot.rows):
        cost += LINE + 2
    refs = slot.refs()
    if refs and (len(refs) > 1 or not _is_previous(refs[0], position, start)):
        cost += LINE + len(refs)
        cost += NAME * sum(1 for ref in refs if ref[0] >= start and not _is_previous(ref, position, start))
    return cost


def _is_previous(ref: tuple[int, int], position: int, start: int) -> bool:
    return ref[0] == position - 1 if position > start else ref[0] < start


def body_cost(body: Body) -> int:
    """The cost of all entries of a body."""
    return sum(slot_cost(body, position) for position in range(len(body.slots)))
