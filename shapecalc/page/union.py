"""Two models as one graph: every box and arrow of either, and on which sides it is."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from shapecalc.analysis.diffs.folding import find_kind
from shapecalc.diagnostics import shorten
from shapecalc.formats.pictures.drawing import AROUND, Arrow, Box, Frame
from shapecalc.formats.pictures.rounds import name_rounds
from shapecalc.formats.pictures.words import LONGEST, describe, find_family, write_params, write_shapes

if TYPE_CHECKING:
    from shapecalc.analysis.diffs.models import Change, Diff
    from shapecalc.analysis.report import Report
    from shapecalc.inference.walk import Source, Walk

OLD, NEW = 0, 1
_TURNED = 1_000_000
"""From this number on, ports of arrows that are turned."""
SIGNS = {"added": "+ ", "removed": "- ", "changed": "~ ", "equal": ""}

Walks: TypeAlias = "tuple[Walk | None, Walk | None]"
Ends: TypeAlias = dict[tuple[int, int], str]
"""The box of each node of both graphs of a frame, by the side and the node's index."""


class Way(NamedTuple):
    """What is known of an arrow: whether each side has it, and whether it is drawn from its target to its source.

    Only an arrow of the old model can be turned: one that would close a circle with those of the new.
    """

    sides: frozenset[int]
    turned: bool = False


class Union(NamedTuple):
    """Both models in one frame. `kinds` and `changes` are those of each box, `ways` those of each arrow of a frame."""

    frame: Frame
    kinds: dict[str, str]
    changes: dict[str, tuple[Change, ...]]
    ways: dict[tuple[str, Arrow], Way]


def unite(diff: Diff) -> Union:
    """The graphs of both models as one; blocks are open where something in them differs."""
    artist = _Artist()
    walks = diff.old.walk, diff.new.walk
    frame = artist.draw_level("", diff.tree, walks, is_model=True)
    artist.add_outputs(frame, diff.old, diff.new)
    return Union(frame, artist.kinds, artist.changes, artist.ways)


class _Artist:
    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.changes: dict[str, tuple[Change, ...]] = {}
        self.ways: dict[tuple[str, Arrow], Way] = {}
        self.ends: Ends = {}

    def draw_level(self, key: str, changes: Sequence[Change], walks: Walks, *, is_model: bool = False) -> Frame:
        """The frame of a model or of a block, given the graphs that it is on both sides."""
        names = {change.row.name for change in changes}
        boxes, ends = [], Ends()
        for group in _group(changes, walks):
            box = self.draw_box(group, walks, names)
            boxes.append(box)
            for change in group:
                for side, row in enumerate((change.old, change.new)):
                    if row is not None and row.walk is walks[side]:
                        ends[side, row.node.index] = box.key
        if is_model:
            self.ends = ends
        found: dict[Arrow, set[int]] = {}
        by_key = {box.key: box for box in boxes}
        for side, arrow in _list_arrows(changes, walks, ends, by_key, is_model):
            found.setdefault(arrow, set()).add(side)
        boxes, arrows = self.put_in_order(key, boxes, found)
        if is_model:
            return Frame(boxes, arrows)
        known = [walk for walk in walks if walk is not None]
        inputs = max((len(walk.graph.inputs) for walk in known), default=0)
        outputs = max((len(walk.output_sources()) for walk in known), default=0)
        return Frame(boxes, arrows, inputs, outputs)

    def draw_box(self, group: Sequence[Change], walks: Walks, names: set[str]) -> Box:
        """The box of a layer of both models, of equal rounds, or of a block with what is in it."""
        change = group[0]
        key = f"n{len(self.kinds)}"
        kind = _name_kind(change, walks)
        self.kinds[key], self.changes[key] = kind, tuple(group)
        news = [row for row in (each.new or each.old for each in group) if row is not None]
        name = name_rounds(news, names)
        if change.old is not None and change.new is not None and len(group) == 1 and change.old.name != name:
            name = f"{change.old.name} → {name}"
        row = change.row
        inside = None
        if _is_open(change):
            inside = self.draw_level(key, change.within or (), _find_walks(change))
        olds = [each for each in (change.old, change.new) if each is not None]
        return Box(
            key,
            SIGNS[kind] + shorten(name, LONGEST),
            _join(shorten(f"{each.type}, shared" if each.reused else each.type, LONGEST) for each in olds),
            "input" if row.node.entry is None else "layer" if row.inferred.walk is None else "block",
            _join(describe(each.node.layer) for each in olds),
            tuple(_join_lines([write_shapes(each) for each in olds])),
            _join(write_params(each, len(group)) for each in olds),
            len(group),
            find_family(row.node.layer),
            f"{row.path}{row.name}",
            inside,
        )

    def add_outputs(self, frame: Frame, old: Report, new: Report) -> None:
        """A box for each output of the models, by its name."""
        sides = [{} if report.walk is None else report.walk.output_sources() for report in (old, new)]
        for number, name in enumerate(dict.fromkeys([*sides[NEW], *sides[OLD]])):
            key = f"out{number}"
            shapes = [
                str(report.walk.tensor(sources[name]).shape)
                for report, sources in zip((old, new), sides, strict=True)
                if name in sources and report.walk is not None
            ]
            kind = "removed" if name not in sides[NEW] else "added" if name not in sides[OLD] else "equal"
            if len(set(shapes)) > 1:
                kind = "changed"
            self.kinds[key], self.changes[key] = kind, ()
            text = SIGNS[kind] + shorten(name, LONGEST)
            frame.boxes.append(Box(key, text, "", "output", shapes=(shorten(_join(shapes), 2 * LONGEST),)))
            found: dict[Arrow, set[int]] = {}
            for side, sources in enumerate(sides):
                if name in sources and (side, sources[name].node) in self.ends:
                    source = sources[name]
                    found.setdefault(Arrow(self.ends[side, source.node], source.position, key), set()).add(side)
            for arrow, on in found.items():
                self.ways["", arrow] = Way(frozenset(on))
                frame.arrows.append(arrow)

    def put_in_order(self, frame: str, boxes: list[Box], found: dict[Arrow, set[int]]) -> tuple[list[Box], list[Arrow]]:
        """The boxes with sources before targets, and the arrows, those turned that would close a circle."""
        order = {box.key: number for number, box in enumerate(boxes)}
        followers: dict[str, set[str]] = {box.key: set() for box in boxes}
        backward = []
        for arrow in found:
            if AROUND in (arrow.source, arrow.target):
                continue
            if order[arrow.source] < order[arrow.target]:
                followers[arrow.source].add(arrow.target)
            else:
                backward.append(arrow)
        turned: dict[Arrow, Arrow] = {}
        opened = {box.key: box.inside is not None for box in boxes}
        for arrow in backward:
            if _is_reached(arrow.target, arrow.source, followers):
                slot = arrow.slot if opened[arrow.source] else 0
                # A port of its own: the arrow carries no tensor of the box from whose bottom it is drawn.
                port = 0 if opened[arrow.target] else _TURNED + len(turned)
                turned[arrow] = Arrow(arrow.target, port, arrow.source, slot)
            else:
                followers[arrow.source].add(arrow.target)
        arrows = []
        for arrow, sides in found.items():
            drawn = turned.get(arrow, arrow)
            if (frame, drawn) not in self.ways:
                arrows.append(drawn)
                self.ways[frame, drawn] = Way(frozenset(sides), arrow in turned)
        for arrow in turned.values():
            followers[arrow.source].add(arrow.target)
        return _sort(boxes, order, followers), arrows


def _list_arrows(
    changes: Sequence[Change], walks: Walks, ends: Ends, boxes: dict[str, Box], is_model: bool
) -> Iterator[tuple[int, Arrow]]:
    """The arrows of a frame, each with its side; what a layer that is now elsewhere was fed is left out."""

    def find_end(side: int, source: Source) -> tuple[str, int] | None:
        """The box that makes a tensor, and by which of its outputs."""
        key = ends.get((side, source.node))
        if key is not None:
            return key, source.position
        walk = walks[side]
        is_input = not is_model and walk is not None and walk.graph.nodes[source.node].entry is None
        return (AROUND, source.node) if is_input else None

    for side, walk in enumerate(walks):
        if walk is None:
            continue
        for change in changes:
            row = (change.old, change.new)[side]
            if row is None or row.walk is not walk:
                continue
            key = ends[side, row.node.index]
            opened = boxes[key].inside
            for slot, source in enumerate(walk.sources_of(row.node)):
                end = find_end(side, source)
                if end is not None and end[0] != key and (opened is None or slot < opened.inputs):
                    yield side, Arrow(*end, key, slot if opened is not None else 0)
        if not is_model:
            for slot, source in enumerate(walk.output_sources().values()):
                end = find_end(side, source)
                if end is not None:
                    yield side, Arrow(*end, AROUND, slot)


def _is_reached(start: str, end: str, followers: dict[str, set[str]]) -> bool:
    seen, left = {start}, [start]
    while left:
        key = left.pop()
        if key == end:
            return True
        left += followers[key] - seen
        seen |= followers[key]
    return False


def _sort(boxes: list[Box], order: dict[str, int], followers: dict[str, set[str]]) -> list[Box]:
    """The boxes with sources before targets, else as they stand."""
    waits = dict.fromkeys(order, 0)
    for targets in followers.values():
        for target in targets:
            waits[target] += 1
    ready = [order[key] for key, count in waits.items() if not count]
    heapify(ready)
    placed = []
    while ready:
        box = boxes[heappop(ready)]
        placed.append(box)
        for target in followers[box.key]:
            waits[target] -= 1
            if not waits[target]:
                heappush(ready, order[target])
    return placed


def _group(changes: Sequence[Change], walks: Walks) -> Iterator[list[Change]]:
    """The changes one by one, rounds of a repeat that look the same together."""
    group: list[Change] = []
    last: Hashable = None
    for change in changes:
        look = _describe(change, walks)
        if group and look is not None and look == last:
            group.append(change)
            continue
        if group:
            yield group
        group, last = [change], look
    if group:
        yield group


def _describe(change: Change, walks: Walks) -> Hashable:
    """All that a box shows of a round but its number; None for what is no round."""
    bases = [None if row is None else row.name.rpartition("/")[0] for row in (change.old, change.new)]
    if not any(bases) or "" in bases:
        return None
    return (*bases, _describe_inside(change, walks))


def _describe_inside(change: Change, walks: Walks) -> Hashable:
    within = change.within or () if _is_open(change) else ()
    return (
        _name_kind(change, walks),
        *(
            row and (row.type, row.reused, describe(row.node.layer), write_shapes(row), write_params(row, 1))
            for row in (change.old, change.new)
        ),
        *((inner.row.name, _describe_inside(inner, _find_walks(change))) for inner in within),
    )


def _find_walks(change: Change) -> Walks:
    """The graphs of a block on both sides."""
    old, new = (None if row is None else row.inferred.walk for row in (change.old, change.new))
    return old, new


def _name_kind(change: Change, walks: Walks) -> str:
    """added, removed, changed or equal; a layer that was in another graph is changed."""
    if change.old is not None and change.new is not None and change.old.walk is not walks[OLD]:
        return "changed"
    kind = find_kind(change)
    return "changed" if kind == "renamed" else kind


def _is_open(change: Change) -> bool:
    """Whether a block is drawn open: something in it is not as the block is."""
    usual = change.kind if change.kind in ("added", "removed") else "equal"
    walks = _find_walks(change)
    return any(_name_kind(inner, walks) != usual or _is_open(inner) for inner in change.within or ())


def _join(texts: Iterable[str]) -> str:
    """`(None, 5) → (None, 10)`; the text alone where both are the same."""
    different = list(dict.fromkeys(texts))
    return " → ".join(text or "nothing" for text in different) if len(different) > 1 else "".join(different)


def _join_lines(sides: list[tuple[str, ...]]) -> Iterator[str]:
    """The lines of both sides, each with what it was before it."""
    for number in range(max(map(len, sides))):
        yield _join(lines[number] if number < len(lines) else "" for lines in sides)
