"""Which layer of one model is which of the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from shapecalc.analysis.diffs.alignment import Pairs, align, increasing, pair_best
from shapecalc.analysis.diffs.arguments import describe_arguments, freeze
from shapecalc.analysis.diffs.levels import Level, Place, chosen_name, list_leaves
from shapecalc.analysis.report import Row
from shapecalc.dims import count_text, size_text

_MOST_CELLS = 40_000
"""Pairs of layers that are scored to find the best alignment of two parts; larger parts go by type alone."""
_MOST_ARGUMENTS = 2
"""Arguments that may differ in a layer under another name."""
_ALIKE = 0.6
"""How much of two names is the same where one may be the other, renamed."""


class Content(NamedTuple):
    """What is compared of a layer but its name: numbers of which equal ones stand for equal things.

    `parts` are its arguments one by one, or what is within a block.
    """

    args: int
    whole: int
    parts: frozenset[Hashable]


class Trait(NamedTuple):
    """What is compared of a layer: the name somebody gave it, its type, its content."""

    name: str | None
    type: str
    content: Content
    is_block: bool
    has_weights: bool

    @property
    def kind(self) -> tuple[str | None, str]:
        """The name and the type."""
        return self.name, self.type


class Traits:
    """The traits of layers; those of equal calls are found once."""

    def __init__(self) -> None:
        self.numbers: dict[Hashable, int] = {}
        self.known: dict[tuple[int, int, bool, bool], Content] = {}

    def of(self, level: Level, row: Row) -> Trait:
        """The traits of a layer."""
        is_block = level.inside(row) is not None
        return Trait(chosen_name(row), row.type, self.find(level, row), is_block, count_text(row.params) != "0")

    def find(self, level: Level, row: Row) -> Content:
        """The content of a layer."""
        inside = level.inside(row)
        key = (id(row.inferred), id(row.node.layer), row.reused, inside is None)
        if key not in self.known:
            self.known[key] = self._read(row, inside)
        return self.known[key]

    def _read(self, row: Row, inside: Level | None) -> Content:
        arguments = freeze(describe_arguments(row.node.layer))
        counts = [size_text(size) for size in (row.params, row.trainable, row.macs)]
        shapes = tuple(map(str, row.shapes))
        if inside is None:
            args = self._number((row.type, arguments))
            parts = frozenset(arguments if isinstance(arguments, tuple) else ())
            return Content(args, self._number((args, *counts, shapes, row.reused)), parts)
        within = [self.find(inside, inner).whole for inner in inside.rows]
        return Content(self._number(arguments), self._number((*within, *counts, shapes)), frozenset(within))

    def _number(self, value: Hashable) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def match_models(old: Level, new: Level) -> None:
    """Finds the partner of every layer that has one, in blocks that are partners and across blocks."""
    traits = Traits()
    _match_levels(old, new, traits)
    _match_across(old, new, traits)


def _match_levels(old: Level, new: Level, traits: Traits) -> None:
    waiting = [(old, new)]
    while waiting:
        before, after = waiting.pop()
        pairs = match_rows(
            [traits.of(before, row) for row in before.rows], [traits.of(after, row) for row in after.rows]
        )
        for position, other in pairs.items():
            row, partner = before.rows[position], after.rows[other]
            before.partners[row.node.index] = Place(after, partner.node.index)
            after.partners[partner.node.index] = Place(before, row.node.index)
            inside, within = before.inside(row), after.inside(partner)
            if inside is not None and within is not None:
                waiting.append((inside, within))


def match_rows(old: Sequence[Trait], new: Sequence[Trait]) -> dict[int, int]:
    """The new layer that each old one is, by their positions in one graph.

    Where types are the same in order, and no chosen name stands elsewhere, so are the layers. Else those that are
    equal, in order; those of the same chosen name; those of equal content under other names, in order; and of what
    lies between, what is alike.
    """
    if _has_same_order(old, new):
        return {position: position for position in range(len(old))}
    if _write_kinds(new) < _write_kinds(old):  # so that the way back is the way there
        return {position: other for other, position in _match_parts(new, old).items()}
    return _match_parts(old, new)


def _write_kinds(traits: Sequence[Trait]) -> list[tuple[str, str]]:
    return [(trait.name or "", trait.type) for trait in traits]


def _match_parts(old: Sequence[Trait], new: Sequence[Trait]) -> dict[int, int]:
    """As `match_rows`, where the two are not in the same order."""
    sides = [[(*trait.kind, trait.content.whole) for trait in traits] for traits in (old, new)]
    pairs = dict(align(*sides))
    _pair_gaps(pairs, old, new, _pair_renamed)
    _pair_by(pairs, old, new, lambda trait: trait.kind if trait.name is not None else None)
    _pair_by(pairs, old, new, lambda trait: trait.name)
    _pair_gaps(pairs, old, new, _pair_contents)
    _pair_gaps(pairs, old, new, _pair_alike)
    _pair_by(pairs, old, new, lambda trait: trait.content.whole if trait.has_weights else None, sure=True)
    return pairs


def _has_same_order(old: Sequence[Trait], new: Sequence[Trait]) -> bool:
    """Whether types are the same in order, and chosen names too, but for some that the other side has not."""
    if [trait.type for trait in old] != [trait.type for trait in new]:
        return False
    pairs = {(trait.name, other.name) for trait, other in zip(old, new, strict=True) if trait.name != other.name}
    apart = {trait.name for trait in old} ^ {trait.name for trait in new}
    both = [pair for pair in pairs if None not in pair]
    is_one_to_one = len({pair[0] for pair in both}) == len({pair[1] for pair in both}) == len(both)
    return is_one_to_one and all({*pair} - {None} <= apart for pair in pairs)


def _pair_gaps(
    pairs: dict[int, int],
    old: Sequence[Trait],
    new: Sequence[Trait],
    pair: Callable[[Sequence[Trait], Sequence[Trait]], Pairs],
) -> None:
    """Pairs what lies between the pairs that are in order, gap by gap."""
    taken = set(pairs.values())
    last = top = 0
    for position, other in [*increasing(sorted(pairs.items())), (len(old), len(new))]:
        left = [index for index in range(last, position) if index not in pairs]
        right = [index for index in range(top, other) if index not in taken]
        last, top = position + 1, other + 1
        if left and right:
            for index, partner in pair([old[index] for index in left], [new[index] for index in right]):
                pairs[left[index]] = right[partner]


def _pair_by(
    pairs: dict[int, int],
    old: Sequence[Trait],
    new: Sequence[Trait],
    key: Callable[[Trait], Hashable],
    sure: bool = False,
) -> None:
    """Pairs what has no partner and the same key, wherever it stands; `sure`: where both sides have as many."""
    taken = set(pairs.values())
    sides: list[dict[Hashable, list[int]]] = [{}, {}]
    for side, traits, known in ((sides[0], old, pairs), (sides[1], new, taken)):
        for position, trait in enumerate(traits):
            found = key(trait) if position not in known else None
            if found is not None:
                side.setdefault(found, []).append(position)
    for found, places in sides[0].items():
        others = sides[1].get(found, [])
        if not sure or len(places) == len(others):
            pairs.update(zip(places, others, strict=False))


def _pair_renamed(old: Sequence[Trait], new: Sequence[Trait]) -> Pairs:
    """All of both parts, where they have the same content in the same order."""
    same = [trait.content.whole for trait in old] == [trait.content.whole for trait in new]
    return [(position, position) for position in range(len(old))] if same else []


def _pair_contents(old: Sequence[Trait], new: Sequence[Trait]) -> Pairs:
    return align([trait.content.whole for trait in old], [trait.content.whole for trait in new])


def _pair_alike(old: Sequence[Trait], new: Sequence[Trait]) -> Pairs:
    """Layers of one type: all of both parts where the types are the same in order, else those that are most alike."""
    if [trait.type for trait in old] == [trait.type for trait in new]:
        return [(at, at) for at in range(len(old)) if _score(old[at], new[at])]
    if len(old) * len(new) > _MOST_CELLS:
        return align([trait.kind for trait in old], [trait.kind for trait in new])
    return pair_best(len(old), len(new), lambda position, other: _score(old[position], new[other]))


def _score(old: Trait, new: Trait) -> int:
    """How sure it is that a layer is another; 0 where it is not taken for it.

    A name that somebody gave counts: under another one a layer is the same if the names or the arguments are alike.
    """
    if old.is_block != new.is_block or (old.type != new.type and not old.is_block):
        return 0
    common = len(old.content.parts & new.content.parts)
    share = common / max(len(old.content.parts | new.content.parts), 1)
    like = len(old.content.parts) - common <= _MOST_ARGUMENTS
    if old.is_block:
        like = old.type == new.type or share >= _ALIKE
    names = SequenceMatcher(None, old.name, new.name, False).ratio() if old.name and new.name else 1.0
    if not like and (old.type != new.type or names < _ALIKE):
        return 0
    same_args = old.content.args == new.content.args and (share == 1.0 or not old.is_block)
    return 1000 + 100 * same_args + int(50 * share) + int(20 * names) + 10 * (old.name == new.name)


def _match_across(old: Level, new: Level, traits: Traits) -> None:
    """Pairs layers that went into a block or out of one: equal content, in order, and weights in them or beside."""
    before = [(level, row, traits.of(level, row)) for level, row in list_unmatched(old)]
    after = [(level, row, traits.of(level, row)) for level, row in list_unmatched(new)]
    if [_write_place(row) for _, row, _ in after] < [_write_place(row) for _, row, _ in before]:
        before, after = after, before
    pairs = dict(align([trait.content.whole for *_, trait in before], [trait.content.whole for *_, trait in after]))
    kept = {position for position in pairs if before[position][2].has_weights}
    for step in (1, -1):
        for position in sorted(pairs, reverse=step < 0):
            if position - step in kept and pairs[position - step] == pairs[position] - step:
                kept.add(position)
    for position in kept:
        (level, row, _), (other, partner, _) = before[position], after[pairs[position]]
        level.partners[row.node.index] = Place(other, partner.node.index)
        other.partners[partner.node.index] = Place(level, row.node.index)


def _write_place(row: Row) -> tuple[str, ...]:
    return row.path + row.name, row.type, *map(str, row.shapes)


def list_unmatched(level: Level) -> Iterator[tuple[Level, Row]]:
    """The layers that have no partner, blocks without one opened."""
    for row in level.rows:
        partner = level.partners.get(row.node.index)
        inside = level.inside(row)
        if partner is None:
            yield from list_leaves(level, row)
        elif inside is not None and partner.level.inside(partner.row) is not None:
            yield from list_unmatched(inside)
