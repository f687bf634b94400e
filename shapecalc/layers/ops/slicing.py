"""The key between the brackets of `x[...]`, as data, and the sizes that it leaves."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from shapecalc.diagnostics.errors import Refusal, ShapeError
from shapecalc.dims import Shape, Size, ceil_div, formula, is_unknown, require_at_least, unknown
from shapecalc.layers.arguments.kind import Kind
from shapecalc.layers.arguments.numbers import LARGEST
from shapecalc.layers.arguments.plain import as_yaml

Entry: TypeAlias = "int | str | tuple[int | None, int | None, int | None] | None"
"""A position, `...`, None for a new axis, or (start, stop, step)."""

_SLICE = re.compile(r"\s*(-?\d{1,18})?\s*:\s*(-?\d{1,18})?\s*(?::\s*(-?\d{1,18})?\s*)?")
_POSITION = re.compile(r"\s*-?\d{1,18}\s*")


class KeyKind(Kind):
    """Text as in Python's brackets, `":, -1, ::2"`, or a list with an entry an axis: `[":", -1, null]`."""

    name = "slices"

    def read(self, value: object, owner: type) -> Any:
        entries = value.strip().removesuffix(",").split(",") if isinstance(value, str) else value
        if isinstance(entries, int) and not isinstance(entries, bool):
            entries = [entries]
        if not isinstance(entries, (list, tuple)):
            raise Refusal(f"must be slices, got {as_yaml(value)}", code="SC204", help=_HELP)
        key = tuple(_read_entry(item) for item in entries)
        if key.count("...") > 1:
            raise Refusal(f"may hold `...` once, got {as_yaml(value)}", code="SC204", help=_HELP)
        return key

    def schema(self, owner: type) -> dict[str, Any]:
        return {"type": ["string", "integer", "array"], "items": {"type": ["string", "integer", "null"]}}


_HELP = 'write it as in Python: `":, 0"`, `"..., ::2"`, `":, 1:-1"`; an axis is added by `null`'


def _read_entry(item: object) -> Entry:
    if item is None or (isinstance(item, int) and not isinstance(item, bool) and abs(item) <= LARGEST):
        return item
    text = item.strip() if isinstance(item, str) else ""
    if text in ("...", "None", "null"):
        return "..." if text == "..." else None
    if _POSITION.fullmatch(text):
        return int(text)
    match = _SLICE.fullmatch(text)
    if match is None or match[3] in ("0", "-0"):
        raise Refusal(f"cannot read {as_yaml(item)} as a slice", code="SC204", help=_HELP)
    start, stop, step = (None if part is None else int(part) for part in match.groups())
    return start, stop, step


def key_text(key: tuple[Entry, ...]) -> str:
    """A key as it stands between brackets: `:, -1, ::2`."""
    return ", ".join(map(_write_entry, key))


def _write_entry(entry: Entry) -> str:
    if not isinstance(entry, tuple):
        return str(entry)
    start, stop, step = ("" if bound is None else str(bound) for bound in entry)
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def spread_key(key: tuple[Entry, ...], ndim: int) -> tuple[Entry, ...]:
    """The key with an entry for every axis: `...`, which is at the end where it is not written, is as many slices."""
    taken = sum(entry is not None and entry != "..." for entry in key)
    if taken > ndim:
        raise ShapeError(f"has {taken} slices for {ndim} axes", arg="key", code="SC205", help=f"give at most {ndim}")
    where = key.index("...") if "..." in key else len(key)
    whole: tuple[Entry, ...] = ((None, None, None),) * (ndim - taken)
    return (*key[:where], *whole, *key[where + 1 :])


def slice_shape(shape: Shape, key: tuple[Entry, ...]) -> list[Size]:
    """The sizes that `key` leaves of `shape`."""
    sizes = iter(shape)
    remaining: list[Size] = []
    for entry in spread_key(key, shape.ndim):
        if entry is None:
            remaining.append(1)
        elif isinstance(entry, tuple):
            remaining.append(_count_taken(next(sizes), *entry))
        elif isinstance(entry, int):
            _require_position(next(sizes), entry)
    return remaining


def _require_position(size: Size, position: int) -> None:
    message = f"position {position} is beyond an axis of {formula(size)}"
    least = position + 1 if position >= 0 else -position
    require_at_least(size, least, message, arg="key", help="count positions from 0, or back from -1")


def _count_taken(size: Size, start: int | None, stop: int | None, step: int | None) -> Size:
    """How many entries of an axis a slice takes. Of a symbol, bounds are assumed to lie within it; of an unknown size
    they may not, so that the result is unknown as well.
    """
    if isinstance(size, int):
        return len(range(*slice(start, stop, step).indices(size)))
    if is_unknown(size) and (start or stop):
        return unknown("a slice of an unknown axis")
    stride = 1 if step is None else step
    backwards = stride in range(-LARGEST, 0)
    first: Size = size - 1 if backwards else 0
    beyond: Size = -1 if backwards else size
    first = first if start is None else _resolve_bound(size, start, backwards)
    beyond = beyond if stop is None else _resolve_bound(size, stop, backwards)
    taken = first - beyond if backwards else beyond - first
    if isinstance(taken, int):
        return len(range(0, taken, abs(stride)))
    if start is not None and stop is not None:
        require_at_least(taken, 0)
    return ceil_div(taken, abs(stride))


def _resolve_bound(size: Size, bound: int, backwards: bool) -> Size:
    """A bound counted from the front. Where a slice runs backwards, it must be the place of an entry."""
    from_front = bound in range(LARGEST)
    require_at_least(size, bound + int(backwards) if from_front else -bound)
    return bound if from_front else size + bound
