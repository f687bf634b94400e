"""Where every value of a YAML text stands, with its ends, its anchor and its aliases: what editing a text needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from shapecalc.document.nodes import ScalarNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecalc.document.nodes import MappingNode, Node, SequenceNode

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Spot:
    """A value as it stands in a text, from the mark `start` to the mark `end`; an alias is a spot of its own.

    `keys` and `items` are the spots within, `key` is that of a value, `target` what an alias stands for, `parent` what
    it stands in, and `aliases` are those of a spot with an anchor. The `end` of a value in block style is that of the
    last one in it.
    """

    __slots__ = (
        "_paths", "aliases", "anchor", "end", "is_flow", "items", "key", "keys", "kind", "parent", "start", "style",
        "target",
    )  # fmt: skip

    def __init__(self, kind: str, event: Any, parent: Spot | None) -> None:
        self.kind = kind
        self.start = event.start_mark
        self.end = event.end_mark
        self.anchor: str | None = event.anchor
        self.style: str | None = getattr(event, "style", None)
        self.is_flow = bool(getattr(event, "flow_style", False))
        self.parent = parent
        self.key: Spot | None = None
        self.keys: list[Spot] = []
        self.items: list[Spot] = []
        self.target: Spot | None = None
        self.aliases: list[Spot] = []
        self._paths = 0

    @property
    def resolved(self) -> Spot:
        """What an alias stands for; any other spot itself."""
        return self.target or self

    def count_paths(self) -> int:
        """In how many ways it is reached from the root: once as it stands, and once more by each alias of it."""
        if not self._paths:
            own = 1 if self.parent is None else self.parent.count_paths()
            self._paths = own + sum(alias.count_paths() for alias in self.aliases)
        return self._paths


def read_spots(text: str) -> Spot | None:
    """The root of the first document in a text; None of one that holds nothing. Raises yaml.YAMLError."""
    anchors: dict[str, Spot] = {}
    root: Spot | None = None
    open_spots: list[Spot] = []
    for event in yaml.parse(text, Loader=_Loader):
        kind = event.__class__
        if kind is DocumentEndEvent:
            break
        if kind is MappingEndEvent or kind is SequenceEndEvent:
            closed = open_spots.pop()
            last = closed.items[-1] if closed.items else None
            closed.end = last.end if last is not None and not closed.is_flow else event.end_mark
            continue
        if kind not in (ScalarEvent, AliasEvent, MappingStartEvent, SequenceStartEvent):
            continue
        parent = open_spots[-1] if open_spots else None
        names = {ScalarEvent: "scalar", AliasEvent: "alias", MappingStartEvent: "mapping"}
        spot = Spot(names.get(kind, "sequence"), event, parent)
        if kind is AliasEvent:
            spot.target = anchors.get(str(spot.anchor))
            if spot.target is not None:
                spot.target.aliases.append(spot)
        elif spot.anchor:
            anchors[spot.anchor] = spot
        if parent is None:
            root = root or spot
        elif parent.kind == "mapping" and len(parent.keys) == len(parent.items):
            parent.keys.append(spot)
        else:
            spot.key = parent.keys[-1] if parent.keys else None
            parent.items.append(spot)
        if kind is MappingStartEvent or kind is SequenceStartEvent:
            open_spots.append(spot)
    return root


def list_scalars(root: Spot | None) -> list[Spot]:
    """All scalars, in the order of the text."""
    found: list[Spot] = []
    waiting = [root] if root is not None else []
    while waiting:
        spot = waiting.pop()
        if spot.kind == "scalar":
            found.append(spot)
        waiting += spot.keys
        waiting += spot.items
    return sorted(found, key=lambda spot: spot.start.index)


def pair_fields(node: MappingNode, spot: Spot) -> Iterator[tuple[ScalarNode, Node, Spot, Spot]]:
    """The keys and values of a mapping, each with its spot."""
    spots = {key.start.index: (key, value) for key, value in zip(spot.resolved.keys, spot.resolved.items, strict=False)}
    for key in node.keys:
        mark: Any = key.start_mark
        if mark.index in spots:
            value = node.fields[key.value]
            key_spot, value_spot = spots[mark.index]
            yield key, value, key_spot, _extend(value_spot, value)


def pair_items(node: SequenceNode, spot: Spot) -> Iterator[tuple[Node, Spot]]:
    """The items of a list, each with its spot; a tuple is several scalars to YAML, and one item."""
    spots = iter(spot.resolved.items)
    end = -1
    for item in node.items:
        inner = next((inner for inner in spots if inner.start.index >= end), None)
        if inner is None:
            return
        inner = _extend(inner, item)
        end = inner.end.index
        yield item, inner


def _extend(spot: Spot, node: Node) -> Spot:
    """The spot of a value up to the end of its node, which was put together where commas had split it."""
    if spot.kind != "scalar" or not isinstance(node, ScalarNode):
        return spot
    end: Any = node.end_mark
    if end.index > spot.end.index:
        spot.end = end
    return spot
