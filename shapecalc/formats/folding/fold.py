"""The search for a short description: blocks for what recurs, variants of blocks, repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

from shapecalc.formats.folding.body import Block, Body, Leaf, Slot, blocks_within
from shapecalc.formats.folding.cost import HEADER, LINE, body_cost, slot_cost
from shapecalc.formats.folding.describe import Describer
from shapecalc.formats.folding.runs import repeat_runs
from shapecalc.formats.folding.starts import MOST_WORDS, begin_by_forks, begin_by_names
from shapecalc.formats.folding.variants import inline, merge_blocks, put_in_place
from shapecalc.formats.folding.windows import Window, WindowIndex, extract

MOST_STEPS = 200
MOST_TURNS = 3
MOST_RARE = 2
MOST_FLAGS = 4
MOST_ARGUMENTS = 8
MOST_TRIED = 200

Begin = Callable[[Body], bool]


def list_beginnings() -> Iterator[Begin]:
    """The ways to begin; each changes a body and the models within it, or returns false where it has nothing to begin
    with."""
    for words in range(1, MOST_WORDS):
        yield partial(_begin_in_each, partial(begin_by_names, words=words))
    yield partial(_begin_in_each, begin_by_forks)
    yield partial(_begin_in_each, partial(begin_by_forks, after=1))
    yield lambda body: True


def _begin_in_each(begin: Begin, model: Body) -> bool:
    """Begins in a model and in the models within it; whether there was anything to begin with."""
    begun = [begin(body) for body in _bodies(model) if body.count == 1]
    return any(begun)


def fold(model: Body, *, early: bool) -> bool:
    """Folds a body where it stands. With `early`, single layers in a row become repeats before there are blocks;
    returns false where there are none, so that it would come to the same as without."""
    if early and not _repeat(model):
        return False
    index = WindowIndex()
    _merge_variants(model)
    for _ in range(MOST_TURNS):
        changed = _extract_windows(model, index)
        changed = _merge_variants(model) or changed
        if not changed:
            break
    for _ in range(MOST_TURNS):
        changed = _repeat(model)
        changed = _extract_windows(model, index) or changed
        changed = _merge_variants(model) or changed
        if not changed:
            break
    _inline_single(model)
    return True


def _bodies(model: Body) -> list[Body]:
    return [model, *blocks_within(model)]


def _extract_windows(model: Body, index: WindowIndex) -> bool:
    """Makes blocks of the windows that pay most, as long as some do."""
    changed = False
    for _ in range(MOST_STEPS):
        best = _best_group(_bodies(model), index)
        if best is None:
            return changed
        extract(best)
        changed = True
    return changed


def _best_group(bodies: list[Body], index: WindowIndex) -> list[Window] | None:
    """The equal windows that save most as a block; None where none save anything."""
    costs = {id(body): [slot_cost(body, position) for position in range(len(body.slots))] for body in bodies}
    bounds: list[tuple[float, list[Window], float]] = []
    for windows in index.groups(bodies).values():
        if len(windows) < 2 or _is_periodic(windows[0]):
            continue
        saved = float(sum(sum(costs[id(w.body)][w.start : w.end]) for w in windows))
        bound = saved - (LINE + 1) * len(windows) - HEADER - saved / len(windows)
        bounds.append((bound, windows, saved))
    bounds.sort(key=lambda bounded: -bounded[0])
    best: list[Window] | None = None
    most = 0.0
    for bound, windows, saved in bounds[:MOST_TRIED]:
        if bound <= most:
            break
        gain = saved - _cost_as_block(windows)
        if gain > most:
            best, most = windows, gain
    return best


def _is_periodic(window: Window) -> bool:
    """Whether the kinds of a window are a shorter sequence several times over: that one is the block."""
    kinds = [slot.kind for slot in window.body.slots[window.start : window.end]]
    return any(
        len(kinds) % length == 0 and kinds == kinds[:length] * (len(kinds) // length)
        for length in range(1, len(kinds) // 2 + 1)
    )


def _cost_as_block(windows: list[Window]) -> float:
    """The cost of a block for windows, and of its calls."""
    first = windows[0]
    varying = _varying(windows)
    if varying > MOST_ARGUMENTS:
        return float("inf")
    within = sum(slot_cost(first.body, position, first.start) for position in range(first.start, first.end))
    calls = 0
    for window in windows:
        calls += LINE + 1 + 2 * varying
        if len(window.inputs) > 1 or (window.inputs[0][0] != window.start - 1 and window.start > 0):
            calls += LINE + len(window.inputs)
    return HEADER + within + 2 * varying + calls


def _varying(windows: list[Window]) -> int:
    """About how many arguments a block for these windows takes."""
    vectors: set[tuple[str, ...]] = set()
    for offset in range(windows[0].end - windows[0].start):
        block = windows[0].body.slots[windows[0].start + offset].block
        rows = [row for window in windows for row in window.body.slots[window.start + offset].rows]
        if block is not None:
            vectors.add(tuple(_content(block, row) for row in rows))
            continue
        leaves = [leaf for row in rows for leaf in (row if isinstance(row, list) else [row]) if isinstance(leaf, Leaf)]
        if len({leaf.text for leaf in leaves}) == 1:
            continue
        for key in dict.fromkeys(key for leaf in leaves for key in leaf.arguments):
            vectors.add(tuple(repr(leaf.arguments.get(key)) for leaf in leaves))
    return sum(len({*vector}) > 1 for vector in vectors)


def _content(block: Block | None, row: Any) -> str:
    """The values within an instance of a block, as text."""
    if isinstance(row, list):
        return "[" + " ".join(_content(block, item) for item in row) + "]"
    if row is None or block is None:
        return row.text if isinstance(row, Leaf) else "-"
    return " ".join(_content(slot.block, slot.rows[row]) for slot in block.slots)


def _calls(bodies: list[Body]) -> Counter[int]:
    """How many entries call each block."""
    return Counter(id(slot.block) for body in bodies for slot in body.slots if slot.block is not None)


def _merge_variants(model: Body) -> bool:
    """Makes two blocks one where that is shorter, as long as there are such."""
    changed = False
    refused: set[tuple[int, int]] = set()
    kept: list[Block] = []  # so that no number of an object is given twice
    for _ in range(MOST_STEPS):
        best = _best_merge(model, refused, kept)
        if best is None:
            return changed
        put_in_place(_bodies(model), *best)
        kept += best
        changed = True
    return changed


def _best_merge(model: Body, refused: set[tuple[int, int]], kept: list[Block]) -> tuple[Block, Block, Block] | None:
    bodies = _bodies(model)
    calls = _calls(bodies)
    blocks = [body for body in bodies if isinstance(body, Block)]
    best: tuple[Block, Block, Block] | None = None
    most = 0.0
    for number, block in enumerate(blocks):
        for other in blocks[number + 1 :]:
            if (id(block), id(other)) in refused or _holds(block, other) or _holds(other, block):
                continue
            united = merge_blocks(block, other)
            gain = _gain(bodies, calls, block, other, united) if united is not None else -1.0
            if united is None or gain <= 0:
                refused.add((id(block), id(other)))
                kept += [block, other]
            elif gain > most:
                best, most = (block, other, united), gain
    return best


def _holds(block: Body, other: Block) -> bool:
    return any(slot.block is not None and (slot.block is other or _holds(slot.block, other)) for slot in block.slots)


def _gain(bodies: list[Body], calls: Counter[int], block: Block, other: Block, united: Block) -> float:
    """What merging two blocks saves; nothing where they have too little in common to be one."""
    present = [[row is not None for row in slot.rows] for slot in united.slots]
    flags = {tuple(there) for there in present if not all(there)}
    common = sum(any(there[: block.count]) and any(there[block.count :]) for there in present)
    rare = sum(there.count(True) == 1 for there in present)
    if 2 * common < min(len(block.slots), len(other.slots)) or len(flags) > MOST_FLAGS:
        return -1.0
    if united.count > 3 and rare > MOST_RARE:
        return -1.0
    titled = any(each.given is not None and each.given.title for each in (block, other))
    if titled and (flags or united.given is None or not united.given.title):
        return -1.0  # models within the model are one block only where they are built alike, and named alike
    before = body_cost(block) + body_cost(other)
    before += sum(HEADER for each in (block, other) if calls[id(each)] > 1 or each.given is not None)
    number = calls[id(block)] + calls[id(other)]
    both = {id(block), id(other)}
    neighbours = sum(
        {id(slot.block), id(below.block)} == both for body in bodies for slot, below in pairwise(body.slots)
    )
    return before - HEADER - body_cost(united) - 2 * len(flags) - len(flags) * number * 0.7 + LINE * neighbours


def _repeat(model: Body) -> bool:
    """Makes runs repeats, in the model and in its blocks."""
    describer = Describer(model)
    describer.describe_blocks()
    changed = False
    for body in _bodies(model):
        changed = repeat_runs(body, describer.parameters) or changed
    return changed


def _inline_single(model: Body) -> None:
    """Puts the entries of a block that is called once in the place of its call."""
    for _ in range(MOST_STEPS):
        bodies = _bodies(model)
        calls = _calls(bodies)
        single: list[tuple[Body, Slot]] = [
            (body, slot)
            for body in bodies
            for slot in body.slots
            if slot.block is not None
            and slot.block.given is None
            and calls[id(slot.block)] == 1
            and not slot.repeated
            and None not in slot.rows
        ]
        if not single:
            return
        body, slot = single[0]
        assert slot.block is not None
        inline(body, slot.block)
