"""What expectations want to stand where, and the edits that they agree about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from shapecalc.document.edits import TextEdits
    from shapecalc.document.spots import Spot

_COLON = re.compile(r"\s*:")
_ANCHOR = re.compile(r"&\S+\s*")
_BLOCK_SCALAR = re.compile(r"[^\r\n]*\s*(.*?)\s*", re.DOTALL)
"""What stands below the first line of a block scalar, without the spaces around it."""


class _Wish(NamedTuple):
    """What one expectation wants to stand at a spot; `text` is None where it is content with what stands there."""

    spot: Spot
    text: str | None


class ListWish(NamedTuple):
    """What one expectation wants a list to hold; `texts` is None where it is content with what it holds."""

    spot: Spot
    items: tuple[Spot, ...]
    texts: tuple[str, ...] | None
    kept: tuple[bool, ...]
    """Whether each item may stay as it is written."""
    whole: str


class _Change(NamedTuple):
    """A text to put in the place of what stands from one position to another."""

    start: int
    end: int
    text: str


class Wishes:
    """Collects what is wanted, then writes it.

    A value with an anchor is changed only where all that it is read by want the same; else an alias is replaced.
    """

    def __init__(self, edits: TextEdits) -> None:
        self.edits = edits
        self.text = edits.document.text
        self.wishes: dict[int, list[_Wish]] = {}
        self.lists: dict[int, list[ListWish]] = {}

    def want(self, spot: Spot, text: str | None) -> None:
        self.wishes.setdefault(id(spot.resolved), []).append(_Wish(spot, text))

    def want_list(self, wish: ListWish) -> None:
        self.lists.setdefault(id(wish.spot.resolved), []).append(wish)

    def resize(self, place: Spot, items: Sequence[Spot], texts: tuple[str, ...]) -> None:
        """Gives a list of shapes as many items as there are texts: what the others hold is wanted item by item."""
        size = self.plan_size(place, items, texts, f"[{', '.join(texts)}]")
        if size is not None and place.count_paths() == 1:
            self.edits.replace(*size)

    def write(self) -> None:
        for lists in self.lists.values():
            self.write_list(lists)
        for wishes in self.wishes.values():
            self.write_place(wishes)

    def write_place(self, wishes: list[_Wish]) -> None:
        """Writes what all that is said of one place agrees about; else each alias of it by itself."""
        place = wishes[0].spot.resolved
        if len({wish.text for wish in wishes}) == 1 and len(wishes) == place.count_paths():
            if wishes[0].text is not None:
                self.replace_scalar(place, wishes[0].text)
            return
        for wish in wishes:
            if wish.text is not None:
                self.replace_alias(wish.spot, wish.text)

    def write_list(self, wishes: list[ListWish]) -> None:
        """As `write_place`, of a list; its items say what they want in turn."""
        first = wishes[0]
        place = first.spot.resolved
        agreed = len({wish.texts for wish in wishes}) == 1 and len(wishes) == place.count_paths()
        size = None if first.texts is None else self.plan_size(place, first.items, first.texts, first.whole)
        changes = agreed and first.texts is not None and size is not None and self.has_own_items(first, place)
        if changes and size is not None and size.start < size.end + len(size.text):
            self.edits.replace(*size)
        if not agreed:
            for wish in wishes:
                if wish.texts is not None:
                    self.replace_alias(wish.spot, wish.whole)
        for wish in wishes:
            for position, item in enumerate(wish.items):
                new = changes and not wish.kept[position] and first.texts is not None and position < len(first.texts)
                self.want(item, first.texts[position] if new and first.texts is not None else None)

    def has_own_items(self, wish: ListWish, place: Spot) -> bool:
        """Whether each item that is to change is read by nothing but its list, or stands in it by an alias."""
        return all(
            kept or (item.count_paths() == place.count_paths() and (item.target is None or place.count_paths() == 1))
            for item, kept in zip(wish.items, wish.kept, strict=True)
        )

    def replace_alias(self, spot: Spot, text: str) -> None:
        """Puts a text in the place of an alias that nothing else is read by."""
        if spot.target is not None and spot.count_paths() == 1:
            self.edits.replace(spot.start.index, spot.end.index, text)

    def replace_scalar(self, spot: Spot, text: str) -> None:
        """Puts a text in the place of a scalar's, within its quotes and behind its anchor."""
        start, end = spot.start.index, spot.end.index
        anchor = _ANCHOR.match(self.text, start, end) if spot.anchor else None
        start = anchor.end() if anchor else start
        if spot.style in ("'", '"'):
            start, end = start + 1, end - 1
        elif spot.style:  # a block scalar: what stands below its first line
            body = _BLOCK_SCALAR.fullmatch(self.text, start, end)
            start, end = body.span(1) if body else (start, end)
            text = text.strip()
        elif start == end and anchor:
            text = f" {text}"
        elif start == end and spot.key is not None:
            start, text = self.place_behind_key(spot, spot.key, text)
            end = start
        self.edits.replace(start, end, text)

    def place_behind_key(self, spot: Spot, key: Spot, text: str) -> tuple[int, str]:
        """Where a value is put that is not there yet, and its text with what it needs before it."""
        colon = _COLON.match(self.text, key.end.index)
        if colon is None:
            return key.end.index, f": {text}"
        between = self.text[colon.end() : spot.start.index]
        if between and not between.strip(" \t"):
            return spot.start.index, text
        return colon.end(), f" {text}"

    def plan_size(self, place: Spot, items: Sequence[Spot], texts: tuple[str, ...], whole: str) -> _Change | None:
        """The change that appends items to a list, or takes some from its end, so that it has one for each text.

        A list that had no items, or has none, gives way to `whole`.
        None where that cannot be done, or comments would be lost.
        """
        end = place.end.index
        if len(texts) == len(items) > 0:
            return _Change(end, end, "")
        if not items or not texts:
            start = place.start.index
            is_plain = place.is_flow and not place.anchor and "#" not in self.text[start:end]
            return _Change(start, end, whole) if is_plain else None
        if len(texts) > len(items):
            return self.plan_items(place, items, texts[len(items) :])
        start, end = items[len(texts) - 1].end.index, items[-1].end.index
        if not place.is_flow:
            start, end = self.edits.find_line_end(start), self.edits.find_line_end(end)
        return None if "#" in self.text[start:end] else _Change(start, end, "")

    def plan_items(self, place: Spot, items: Sequence[Spot], texts: tuple[str, ...]) -> _Change:
        """The change that puts items at the end of a list, in its style."""
        last = items[-1].end.index
        if place.is_flow:
            between = self.text[items[0].end.index : items[1].start.index] if len(items) > 1 else ", "
            gap = between if re.fullmatch(r",\s*", between) else ", "
            return _Change(last, last, "".join(gap + text for text in texts))
        end = self.edits.find_line_end(last)
        lead = "\n" + " " * place.start.column + "- "
        return _Change(end, end, "".join(lead + text for text in texts))
