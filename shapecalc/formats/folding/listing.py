"""A model or a block as it is going to be written: entries with their arguments, and names for those that need one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, count
from typing import Any

from shapecalc.formats.folding.arguments import base_of, has_form
from shapecalc.formats.folding.body import Ref, SlotFeed
from shapecalc.model.references import name_fault


class Expression(str):
    """A value that is computed: `$filters`, `4 * $filters`."""

    __slots__ = ()


class Infinity(float):
    """A number without bound, as only the numbers of a tensor may be."""

    __slots__ = ()


class Entry:
    """One entry. `head` is a layer type or the name of a block; `again` is the entry whose layer is called again."""

    __slots__ = ("again", "arguments", "call", "condition", "feed", "head", "layer_type", "repeat", "wish")

    def __init__(self, head: str, arguments: dict[str, Any], feed: SlotFeed) -> None:
        self.head = head
        self.layer_type = head
        self.arguments = arguments
        self.feed = feed
        self.call: dict[str, Any] = {}
        self.condition: Any = None
        self.repeat: Any = None
        self.again: int | None = None
        self.wish = ""

    @property
    def base(self) -> str:
        """What its automatic name begins with."""
        return base_of(self.head)


class Listing:
    """A model or a block: its arguments, what its inputs are called, its entries, what leaves it.

    `keeps_names` says that a name that was wished for is kept though nobody refers to it; with `every` also one that
    looks as if it were automatic.
    """

    def __init__(
        self, inputs: list[str], entries: list[Entry], exits: list[Ref], *, keeps_names: bool, every: bool = False
    ) -> None:
        self.inputs = inputs
        self.outputs: list[str] = []  # the names of several outputs of a block
        self.shapes: dict[str, Any] = {}
        self.arguments: dict[str, Any] = {}
        self.entries = entries
        self.exits = exits
        used = find_referred(entries, exits)
        if every:  # the outputs are named, even where they are those of the last entry
            used |= {number for number, _ in exits if number >= 0}
        wishes = _list_names(inputs, entries) if every else _wishes(inputs, entries, used, keeps_names)
        self.names, self.given = _name_entries(inputs, entries, used, wishes)

    def refer(self, ref: Ref, at: int) -> str:
        """A reference as the entry at a position writes it: `prev` for the entry above."""
        number, port = ref
        previous = at - 1 if at or len(self.inputs) == 1 else None
        name = "prev" if number == previous else self.inputs[-1 - number] if number < 0 else self.names[number]
        return name + (f".{port}" if port else "")


def find_referred(entries: list[Entry], exits: list[Ref]) -> set[int]:
    """The entries that are referred to by name: by others than the entry below them."""
    referred = {number for number, _ in exits if number >= 0 and (number != len(entries) - 1 or len(exits) > 1)}
    for position, entry in enumerate(entries):
        if entry.again is not None:
            referred.add(entry.again)
        for fed in entry.feed.values():
            referred |= {
                number for number, _ in (fed if isinstance(fed, list) else [fed]) if 0 <= number != position - 1
            }
    return referred


def _name_entries(
    inputs: list[str], entries: list[Entry], used: set[int], wishes: list[str]
) -> tuple[list[str], list[str | None]]:
    """The name of each entry, and the one that it has to give itself.

    An entry is named if it is referred to, but for one that is the only one of its kind.
    """
    silent = Counter(entry.base for entry, wish in zip(entries, wishes, strict=True) if not wish)
    letters: dict[str, Iterator[str]] = {}
    for position in sorted(used):
        base = entries[position].base
        if not wishes[position] and (silent[base] > 1 or entries[position].again is not None):
            silent[base] -= 1
            wishes[position] = f"{base}_{next(letters.setdefault(base, _letters()))}"
    ambiguous = {base for base, total in silent.items() if total > 1}
    taken, names, given = {*inputs}, list[str](), list[str | None]()
    counts: Counter[str] = Counter()
    wished = Counter(wish for wish in wishes if wish)
    for entry, wish in zip(entries, wishes, strict=True):
        if wish:
            wished[wish] -= 1
            name = _unlike(wish, lambda name: name in taken or name in ambiguous or wished[name] > 0)
        else:
            name, counts[entry.base] = _automatic(entry.base, counts[entry.base], taken)
        taken.add(name)
        names.append(name)
        given.append(name if wish else None)
    return names, given


def _list_names(inputs: list[str], entries: list[Entry]) -> list[str]:
    """The names that entries bear already; empty for those that can have none."""
    return ["" if name_fault(entry.wish) or entry.wish in inputs else entry.wish for entry in entries]


def _wishes(inputs: list[str], entries: list[Entry], used: set[int], keeps_names: bool) -> list[str]:
    """The names that entries give themselves; empty for those that need none."""
    wishes = []
    for position, entry in enumerate(entries):
        wish = entry.wish if keeps_names or position in used else ""
        own = has_form(wish, entry.base)
        wishes.append("" if name_fault(wish) or wish in inputs or (own and position not in used) else wish)
    pairs = [*zip(entries, wishes, strict=True)]
    alone = Counter(entry.base for entry, wish in pairs if not wish or has_form(wish, entry.base))
    return ["" if has_form(wish, entry.base) and alone[entry.base] == 1 else wish for entry, wish in pairs]


def _letters() -> Iterator[str]:
    """a, b, ..., z, a2, b2, ..."""
    return (f"{letter}{number}" for number in chain(("",), count(2)) for letter in "abcdefghijklmnopqrstuvwxyz")


def _automatic(base: str, count: int, taken: set[str]) -> tuple[str, int]:
    """The next automatic name of a kind, as whoever reads the spec will count, and the count after it."""
    name = f"{base}_{count}" if count else base
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name, count + 1


def _unlike(name: str, is_taken: Callable[[str], bool]) -> str:
    """The name, or one made of it that nothing else has: `relu`, `relu_a`, `relu_b`."""
    if not is_taken(name):
        return name
    base = name.removesuffix("_a")
    return next(free for letter in _letters() if not is_taken(free := f"{base}_{letter}"))
