"""The calls of a flat model in an order in which what belongs together stands together."""

from __future__ import annotations

from shapecalc.formats.flat_model import Call, Feed, FlatModel, Source

_EITHER_WAY = ("Add", "Multiply", "Maximum", "Minimum", "Average")
"""Merging layers that give the same whichever of two inputs comes first."""


def order_calls(flat: FlatModel) -> FlatModel:
    """The same model with its calls depth first from the outputs, so that branches are one piece each.

    Of two inputs that a layer takes either way the one that more calls lead to comes first: an entry that is left out
    stands for its first input.
    """
    sources = _sources(flat)
    depths = _depths(flat, sources)
    sequence = _depth_first(flat, sources, depths)
    if len(sequence) != len(flat.calls):
        return flat
    found = FlatModel(flat.name)
    found.inputs, found.layers, found.blocks = list(flat.inputs), dict(flat.layers), flat.blocks
    moved: dict[tuple[str, int], tuple[str, int]] = {(given.name, 0): (given.name, 0) for given in flat.inputs}
    numbers: dict[int, int] = {}
    for origin, position in sources.items():
        numbers[position] = origin[1]

    def move(origin: Source) -> Source:
        return (*moved[origin[0], origin[1]], origin[2])

    for position in sequence:
        call = flat.calls[position]
        feed: Feed = {
            port: [move(origin) for origin in fed] if isinstance(fed, list) else move(fed)
            for port, fed in call.feed.items()
        }
        if _takes_either_way(flat, call):
            feed = {port: _deeper_first(fed, old, sources, depths) for (port, fed), old in _pairs(feed, call.feed)}
        moved[call.layer, numbers[position]] = call.layer, found.call(call.layer, feed, call.arguments)
    found.outputs = {name: move(origin) for name, origin in flat.outputs.items()}
    return found


def _takes_either_way(flat: FlatModel, call: Call) -> bool:
    """Whether a call merges two tensors, whichever comes first."""
    fed = [*call.feed.values()]
    return flat.layers[call.layer][0] in _EITHER_WAY and len(fed) == 1 and isinstance(fed[0], list) and len(fed[0]) == 2


def _pairs(feed: Feed, old: Feed) -> list[tuple[tuple[str, Source | list[Source]], Source | list[Source]]]:
    return [*zip(feed.items(), old.values(), strict=True)]


def _deeper_first(
    fed: Source | list[Source],
    old: Source | list[Source],
    sources: dict[tuple[str, int], int],
    depths: dict[int, int],
) -> Source | list[Source]:
    """Two origins, `old` before calls were moved, the one that more calls lead to first."""
    if not isinstance(fed, list) or not isinstance(old, list):
        return fed
    first, second = (depths.get(sources.get((layer, number), -1), 0) for layer, number, _ in old)
    return fed if first >= second else fed[::-1]


def _origins(call: Call) -> list[Source]:
    return [origin for fed in call.feed.values() for origin in (fed if isinstance(fed, list) else [fed])]


def _sources(flat: FlatModel) -> dict[tuple[str, int], int]:
    """The position of each call by its layer and which of the layer's calls it is."""
    counts: dict[str, int] = {}
    found: dict[tuple[str, int], int] = {}
    for position, call in enumerate(flat.calls):
        number = counts[call.layer] = counts.get(call.layer, -1) + 1
        found[call.layer, number] = position
    return found


def _depths(flat: FlatModel, sources: dict[tuple[str, int], int]) -> dict[int, int]:
    """How many calls lead to each call at the most."""
    found: dict[int, int] = {}
    for position, call in enumerate(flat.calls):
        before = [sources.get((origin[0], origin[1]), -1) for origin in _origins(call)]
        found[position] = 1 + max((found.get(source, 0) for source in before), default=0)
    return found


def _depth_first(flat: FlatModel, sources: dict[tuple[str, int], int], depths: dict[int, int]) -> list[int]:
    """The positions of the calls, each after what it is fed; of two branches the shorter one first."""
    sequence: list[int] = []
    seen: set[int] = set()
    waiting = [sources[origin[0], origin[1]] for origin in flat.outputs.values() if (origin[0], origin[1]) in sources]
    waiting.reverse()
    while waiting:
        position = waiting[-1]
        call = flat.calls[position]
        fed = [sources.get((origin[0], origin[1]), -1) for origin in _origins(call)]
        if _takes_either_way(flat, call):
            fed.sort(key=lambda source: depths.get(source, 0))
        missing = [source for source in fed if source >= 0 and source not in seen]
        if position in seen or not missing:
            waiting.pop()
            if position not in seen:
                seen.add(position)
                sequence.append(position)
        else:
            waiting.append(missing[0])
    return sequence
