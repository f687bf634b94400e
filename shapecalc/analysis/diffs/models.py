"""Compares two models layer by layer, and recognises layers that were renamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from shapecalc.analysis.costs import outputs_bytes
from shapecalc.analysis.diffs.arguments import Detail, list_argument_changes
from shapecalc.analysis.diffs.levels import Level, open_report, plain_name
from shapecalc.analysis.diffs.matching import match_models
from shapecalc.analysis.measured import QUANTITIES, find_quantity
from shapecalc.analysis.report import Report, Row
from shapecalc.dims import Size, add_up, is_unknown, size_text
from shapecalc.inference.walk import Source

MAX_DEPTH = 1000
"""A depth beyond any nesting of blocks: every layer by itself."""


class Change(NamedTuple):
    """A layer, or a block that is opened, in both models: `kind` is equal, changed, renamed, added or removed.

    A renamed one may have changed too. `details` say what differs besides the counts: arguments, shapes, what it is
    fed. `within` are the changes of the layers of a block; a block is changed by its name and what it is fed alone.
    """

    kind: str
    old: Row | None
    new: Row | None
    details: tuple[Detail, ...] = ()
    within: tuple[Change, ...] | None = None

    @property
    def row(self) -> Row:
        """The layer as it is, or was."""
        row = self.new or self.old
        assert row is not None
        return row

    def leaves(self) -> Iterator[Change]:
        """The changes of layers, those of a block in its place."""
        if self.within is None:
            yield self
        else:
            for change in self.within:
                yield from change.leaves()


class Total(NamedTuple):
    """A quantity of both models; None where it is not known."""

    quantity: str
    old: Size | None
    new: Size | None


class Diff(NamedTuple):
    """All layers in the order of the new model, removed ones after the layer that they followed; totals and outputs.

    `settings` are the values that tell the sides of one model apart, by name.
    """

    old: Report
    new: Report
    tree: tuple[Change, ...]
    totals: list[Total]
    outputs: tuple[str, ...]
    settings: tuple[dict[str, Any], dict[str, Any]] = ({}, {})

    @property
    def changes(self) -> list[Change]:
        """The changes of all layers, blocks opened."""
        return [leaf for change in self.tree for leaf in change.leaves()]

    @property
    def differs(self) -> bool:
        return bool(self.outputs) or any(_has_difference(change) for change in self.tree)


def _has_difference(change: Change) -> bool:
    if change.within and change.kind in ("added", "removed"):  # its layers may have been elsewhere
        return any(map(_has_difference, change.within))
    return change.kind != "equal" or any(map(_has_difference, change.within or ()))


def compare_models(old: Report, new: Report, depth: int = MAX_DEPTH) -> Diff:
    """What changed from one model to another; blocks are opened down to `depth`, deeper ones compared as a whole."""
    before, after = open_report(old, depth), open_report(new, depth)
    match_models(before, after)
    tree = tuple(_list_changes(before, after))
    return Diff(old, new, tree, list_totals(old, new), _compare_outputs(before, after))


def list_totals(old: Report | None, new: Report | None) -> list[Total]:
    """The quantities of two models; 0 of one that is not there. Active ones where a part of either is not active."""
    names = list(QUANTITIES)
    if any(report is not None and report.context.is_partly_active for report in (old, new)):
        names += ["active_params", "active_macs"]
    return [Total(name, _read_total(old, name), _read_total(new, name)) for name in names]


def _list_changes(old: Level, new: Level) -> Iterator[Change]:
    """The changes of two graphs that are partners."""
    removed: dict[int, list[Change]] = {}
    last = -1
    for row in old.rows:
        partner = old.partners.get(row.node.index)
        if partner is not None and partner.level is new:
            last = partner.node
        elif partner is None:
            removed.setdefault(last, []).extend(_list_removed(old, row))
    yield from removed.get(-1, [])
    for row in new.rows:
        yield _compare_row(new, row)
        yield from removed.get(row.node.index, [])


def _list_removed(level: Level, row: Row) -> Iterator[Change]:
    """A layer that is gone, or a block with those of its layers that are."""
    inside = level.inside(row)
    if inside is None:
        yield Change("removed", row, None)
    else:
        within = tuple(
            change
            for inner in inside.rows
            if inner.node.index not in inside.partners
            for change in _list_removed(inside, inner)
        )
        if within or not inside.rows:
            yield Change("removed", row, None, (), within)


def _compare_row(level: Level, row: Row) -> Change:
    """The change of a layer of the new model, and of those within it."""
    place = level.partners.get(row.node.index)
    inside = level.inside(row)
    if place is None:
        if inside is None:
            return Change("added", None, row)
        return Change("added", None, row, (), tuple(_compare_row(inside, inner) for inner in inside.rows))
    before = place.level.inside(place.row)
    renamed = _list_names(place.level, place.row) != _list_names(level, row)
    if inside is None or before is None:
        details = tuple(_list_details(place.level, place.row, level, row))
        if not details and counts_differ(place.row, row):
            details = tuple(_compare_inputs(place.level, place.row, level, row))
        kind = "renamed" if renamed else "changed" if details or counts_differ(place.row, row) else "equal"
        return Change(kind, place.row, row, details)
    details = (*_compare_types(place.row, row), *_compare_feeds(place.level, place.row, level, row))
    kind = "renamed" if renamed else "changed" if details else "equal"
    return Change(kind, place.row, row, details, tuple(_list_changes(before, inside)))


def _list_names(level: Level, row: Row) -> tuple[str, ...]:
    return (*level.names, plain_name(row))


def _list_details(old_level: Level, old: Row, new_level: Level, new: Row) -> Iterator[Detail]:
    """What differs in a layer besides the counts."""
    if old.type != new.type:
        yield from _compare_types(old, new)
    elif old.node.layer is not None and new.node.layer is not None:
        yield from list_argument_changes(old.node.layer, new.node.layer)
    shapes, others = (", ".join(map(str, row.shapes)) for row in (old, new))
    if shapes != others:
        yield Detail("output", shapes, others)
    yield from _compare_feeds(old_level, old, new_level, new)


def _compare_types(old: Row, new: Row) -> Iterator[Detail]:
    if old.type != new.type:
        yield Detail("", old.type, new.type)


def _compare_inputs(old_level: Level, old: Row, new_level: Level, new: Row) -> Iterator[Detail]:
    """The shapes that a layer is fed, where nothing else says why its counts differ."""
    before, after = (
        ", ".join(str(row.walk.tensor(source).shape) for source in level.list_sources(row))
        for level, row in ((old_level, old), (new_level, new))
    )
    if before != after:
        yield Detail("input", before, after)


def counts_differ(old: Row, new: Row) -> bool:
    """Whether parameters or MACs of two layers do."""
    return any(
        size_text(getattr(old, name)) != size_text(getattr(new, name)) for name in ("params", "trainable", "macs")
    )


def _compare_feeds(old_level: Level, old: Row, new_level: Level, new: Row) -> Iterator[Detail]:
    """What a layer is fed, where that is not the same; layers put in or taken out on the way say it themselves."""
    before, after = old_level.list_sources(old), new_level.list_sources(new)
    same = len(before) == len(after) and all(
        is_same_source(old_level, source, new_level, other)
        or is_same_source(old_level, _skip_unmatched(old_level, source), new_level, _skip_unmatched(new_level, other))
        for source, other in zip(before, after, strict=True)
    )
    if not same:
        fed, others = (
            ", ".join(_write_source(level, source) for source in sources) or "nothing"
            for level, sources in ((old_level, before), (new_level, after))
        )
        yield Detail("fed", fed, others)


def _skip_unmatched(level: Level, source: Source) -> Source:
    """An output above that a layer without partner hands down: a chain with a layer more is fed the same."""
    while True:
        row = level.find_row(source.node)
        if row is None or source.node in level.partners:
            return source
        sources = level.list_sources(row)
        if len(sources) != 1 or source.position:
            return source
        source = sources[0]


def is_same_source(old: Level, source: Source, new: Level, other: Source) -> bool:
    """Whether an output of the old model is one of the new: of layers that are partners, or of last rounds."""
    row, partner = old.find_row(source.node), new.find_row(other.node)
    if row is not None and partner is not None and source.position == other.position:
        place = old.partners.get(source.node)
        if place is not None and place[:2] == (new, other.node):
            return True
        if old.is_last_round(row) and new.is_last_round(partner) and _share_rounds(old, row, new, partner):
            return True
    if row is None and partner is None and old.outer is not None and new.outer is not None:
        return source == other
    place, made = old.resolve(source), new.resolve(other)
    found = place.level.partners.get(place.node)
    return found is not None and (found.level, found.node, place.output) == made


def _share_rounds(old: Level, row: Row, new: Level, partner: Row) -> bool:
    """Whether a round of one repeat is the partner of a round of the other."""
    base = partner.name.rpartition("/")[0]
    places = [old.partners.get(round_.node.index) for round_ in old.rounds[row.name.rpartition("/")[0]]]
    return any(place and place.level is new and place.row.name.rpartition("/")[0] == base for place in places)


def _write_source(level: Level, source: Source) -> str:
    """An output as a reference: `lstm`, `lstm.state_h`."""
    row = level.find_row(source.node)
    if row is None:
        assert level.walk is not None
        return level.walk.graph.nodes[source.node].name
    name = row.name.rpartition("/")[0] if level.is_last_round(row) else row.name
    return name + (f".{list(row.outputs)[source.position]}" if source.position else "")


def subtract_sizes(old: Size | None, new: Size | None) -> Size | None:
    """The difference; None where it is not known."""
    if old is None or new is None:
        return None
    difference = new - old
    return None if is_unknown(difference) else difference


def count_memory(row: Row | None) -> Size:
    """Bytes of a layer's weights and outputs, of one sample where the batch size is unknown."""
    if row is None:
        return 0
    return add_up([*(weight.bytes for _, weight in row.weights), outputs_bytes(row.inferred)])


def _read_total(report: Report | None, name: str) -> Size | None:
    if report is None:
        return 0
    sizes = find_quantity(report, name)
    return sizes[0] if len(sizes) == 1 else None


def _compare_outputs(old: Level, new: Level) -> tuple[str, ...]:
    """The differences of the outputs, by their names."""
    before, after = (level.walk.output_sources() if level.walk else {} for level in (old, new))
    details = [f"output `{name}` is gone" for name in before if name not in after]
    for name, source in after.items():
        shape, path = _write_output(new, source)
        if name not in before:
            details.append(f"output `{name}` is new: {shape}")
            continue
        old_shape, old_path = _write_output(old, before[name])
        if old_shape != shape or not is_same_source(old, before[name], new, source):
            details.append(f"output `{name}`: {old_shape} of {old_path} → {shape} of {path}")
    return tuple(details)


def _write_output(level: Level, source: Source) -> tuple[str, str]:
    """The shape of an output, and the path of the layer that makes it."""
    place = level.resolve(source)
    row = place.row
    assert level.walk is not None
    port = f".{list(row.outputs)[place.output]}" if place.output else ""
    return str(level.walk.tensor(source).shape), row.path + row.name + port
