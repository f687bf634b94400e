"""Where folding may begin: windows that names or forks of the model suggest."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from shapecalc.formats.folding.arguments import base_of, has_form
from shapecalc.formats.folding.body import Body, name_of
from shapecalc.formats.folding.windows import LONGEST, Window, extract, window_at

MOST_WORDS = 4


def begin_by_names(body: Body, words: int) -> bool:
    """Makes blocks of the slots whose names begin with the same words, numbers and letters after them apart."""
    runs = _named_runs(body, words)
    kinds: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for start, end, prefix in runs:
        kinds[re.sub(r"\d+[a-z]?(?![a-z])", "#", prefix)].append((start, end))
    chosen = [pair for pairs in kinds.values() if len(pairs) > 1 for pair in pairs if 1 < pair[1] - pair[0] <= LONGEST]
    return _extract(body, sorted(chosen))


def _named_runs(body: Body, words: int) -> list[tuple[int, int, str]]:
    """Slots in a row whose names begin alike; a slot that Keras named belongs to those before it."""
    runs: list[tuple[int, int, str]] = []
    for position, slot in enumerate(body.slots):
        name = name_of(slot)
        parts = name.split("_")
        automatic = slot.block is None and has_form(name, base_of(slot.type_name))
        prefix = "_".join(parts[:words]) if len(parts) > words else ""
        if runs and runs[-1][1] == position and (automatic or prefix == runs[-1][2]) and not slot.pinned:
            runs[-1] = (runs[-1][0], position + 1, runs[-1][2])
        elif prefix and re.search(r"\d", prefix) and not automatic:
            runs.append((position, position + 1, prefix))
    return runs


def begin_by_forks(body: Body, *, after: int = 0) -> bool:
    """Makes blocks of what stands between a fork and the slot that merges its branches, and `after` slots more."""
    pairs = []
    covered = -1
    for position, slot in enumerate(body.slots):
        if len(slot.refs()) < 2 or slot.pinned:
            continue
        end = position + 1 + after
        for start in range(max(0, covered + 1, position - LONGEST), position if end <= len(body.slots) else 0):
            window = window_at(body, start, end)
            if window is not None and len(window[1].inputs) == 1:
                pairs.append((start, end))
                covered = end - 1
                break
    return _extract(body, pairs)


def _extract(body: Body, pairs: list[tuple[int, int]]) -> bool:
    """Makes blocks of windows, one for each skeleton."""
    groups: dict[Any, list[Window]] = defaultdict(list)
    reach = 0
    for start, end in pairs:
        found = window_at(body, start, end) if start >= reach else None
        while found is None and start >= reach and end - start > 2:  # a name that Keras gave may belong elsewhere
            end -= 1
            found = window_at(body, start, end)
        if found is not None:
            groups[found[0]].append(found[1])
            reach = end
    spans = sorted((window.start, window.end) for windows in groups.values() for window in windows)
    for skeleton in [*groups]:
        again = []
        for start, end in spans:
            found = window_at(body, start, end)
            if found is not None and found[0] == skeleton:
                again.append(found[1])
        if not again:
            continue
        extract(again)
        taken = {(window.start, window.end) for window in again}
        shifts = [(window.end, window.end - window.start - 1) for window in again]
        spans = [
            (start - sum(by for at, by in shifts if at <= start), end - sum(by for at, by in shifts if at <= start))
            for start, end in spans
            if (start, end) not in taken
        ]
    return bool(groups)
