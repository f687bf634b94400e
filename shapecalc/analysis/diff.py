"""Compares two models layer by layer, and recognises layers that were renamed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple

from shapecalc.analysis.costs import outputs_bytes
from shapecalc.analysis.measured import QUANTITIES, find_quantity
from shapecalc.analysis.report import Report, Row
from shapecalc.dims import Dim, Size, add_up, is_unknown, size_text
from shapecalc.layers.arguments.plain import Config, as_yaml
from shapecalc.layers.base import Layer
from shapecalc.model.wiring import name_node

MAX_DEPTH = 1000
"""A depth beyond any nesting of blocks: every layer by itself."""


class Change(NamedTuple):
    """One layer in both models: `kind` is equal, changed, renamed, added or removed; a renamed one may have changed.

    `details` say what differs besides the counts: arguments, shapes, what it is fed.
    """

    kind: str
    old: Row | None
    new: Row | None
    details: tuple[str, ...] = ()


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
    changes: list[Change]
    totals: list[Total]
    outputs: tuple[str, ...]
    settings: tuple[dict[str, Any], dict[str, Any]] = ({}, {})

    @property
    def differs(self) -> bool:
        return bool(self.outputs) or any(change.kind != "equal" for change in self.changes)


class Layered(NamedTuple):
    """A layer at its path, with the outputs it is fed: of layers at their paths, in and out of blocks."""

    row: Row
    fed: tuple[str, ...]

    @property
    def path(self) -> str:
        return self.row.path + self.row.name


def compare_models(old: Report, new: Report, depth: int = MAX_DEPTH) -> Diff:
    """What changed from one model to another; blocks are opened down to `depth`, deeper ones compared as a whole."""
    opening, opened = _Opening(depth), _Opening(depth)
    before, after = opening.layers(old), opened.layers(new)
    partner = match([layer.row for layer in before], [layer.row for layer in after])
    renames = {before[position].path: after[other].path for position, other in partner.items()}
    olds = {other: position for position, other in partner.items()}
    removed: dict[int, list[Change]] = {}
    last = -1
    for position, layer in enumerate(before):
        if position in partner:
            last = partner[position]
        else:
            removed.setdefault(last, []).append(Change("removed", layer.row, None))
    changes = removed.get(-1, [])
    for position, layer in enumerate(after):
        changes.append(
            _compare(before[olds[position]], layer, renames) if position in olds else Change("added", None, layer.row)
        )
        changes += removed.get(position, [])
    return Diff(
        old,
        new,
        changes,
        _compare_totals(old, new),
        _compare_outputs(opening.list_outputs(old), opened.list_outputs(new), renames),
    )


class _Opening:
    """Opens the blocks of one model, and remembers at which path each output is made."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.made: dict[tuple[int, int, int], str] = {}

    def layers(self, report: Report) -> list[Layered]:
        return list(self.open_rows(report.rows, 1, []))

    def open_rows(self, rows: list[Row], level: int, fed: list[str]) -> Iterator[Layered]:
        """The layers of one graph; `fed` says where the inputs of a block are made."""
        for row in rows:
            walk, node, inside = row.walk, row.node, row.inferred.walk
            if node.entry is None and level > 1:
                self.made[id(walk), node.index, 0] = fed[node.index]
                continue
            sources = [self.made[id(walk), index, port] for index, port in walk.sources_of(node)]
            if inside is not None and level < self.depth:
                yield from self.open_rows(row.rows, level + 1, sources)
                paths = [self.made[id(inside), index, port] for index, port in inside.output_sources().values()]
            else:
                layer = Layered(row, tuple(sources))
                yield layer
                paths = [layer.path + (f".{port}" if at else "") for at, port in enumerate(row.outputs)]
            self.made.update({(id(walk), node.index, at): path for at, path in enumerate(paths)})

    def list_outputs(self, report: Report) -> dict[str, tuple[str, str]]:
        """The outputs of the model by name: where each is made, and its shape."""
        walk = report.walk
        if walk is None:
            return {}
        return {
            name: (self.made[id(walk), source.node, source.position], str(walk.tensor(source).shape))
            for name, source in walk.output_sources().items()
        }


def _find_common_path(row: Row) -> str:
    return row.path + row.name


def match(old: list[Row], new: list[Row]) -> dict[int, int]:
    """The old layer that each new one is, by their positions.

    A path with a name from the spec counts first, then equal layers in their order, then type and shape in order, then
    the path of a layer of the same type, then the path alone: automatic names move on when a layer is put in above.
    """
    partners: dict[int, int] = {}
    keys: tuple[Callable[[Row], Hashable], ...] = (
        lambda row: (_find_common_path(row), row.type) if _has_chosen_name(row) else None,
        lambda row: (_find_common_path(row), _make_signature(row)),
        _make_signature,
        lambda row: None if _has_chosen_name(row) else (row.type, tuple(map(str, row.shapes))),
        lambda row: (_find_common_path(row), row.type),
        _find_common_path,
    )
    for key in keys:
        taken = set(partners.values())
        waiting: dict[Hashable, list[int]] = {}
        for position, row in enumerate(new):
            if position not in taken:
                waiting.setdefault(key(row), []).append(position)
        waiting.pop(None, None)
        for position, row in enumerate(old):
            if position not in partners and (places := waiting.get(key(row))):
                partners[position] = places.pop(0)
    return partners


def _has_chosen_name(row: Row) -> bool:
    """Whether its name is given in the spec, and is not automatic."""
    return row.node.entry is None or name_node(row.node.entry) is not None


def _make_signature(row: Row) -> Hashable:
    return row.type, tuple(map(str, row.shapes)), size_text(row.params)


def _compare(before: Layered, after: Layered, renames: dict[str, str]) -> Change:
    old, new = before.row, after.row
    details = []
    if old.type != new.type:
        details.append(f"{old.type} → {new.type}")
    elif old.node.layer is not None and new.node.layer is not None:
        details += _list_argument_changes(old.node.layer, new.node.layer)
    shapes, others = (", ".join(map(str, row.shapes)) for row in (old, new))
    if shapes != others:
        details.append(f"output {shapes} → {others}")
    if tuple(_rename(path, renames) for path in before.fed) != after.fed:
        details.append(f"fed {', '.join(before.fed) or 'nothing'} → {', '.join(after.fed) or 'nothing'}")
    counts = any(
        size_text(getattr(old, name)) != size_text(getattr(new, name)) for name in ("params", "trainable", "macs")
    )
    if before.path != after.path:
        return Change("renamed", old, new, tuple(details))
    return Change("changed" if details or counts else "equal", old, new, tuple(details))


def _rename(output: str, renames: dict[str, str]) -> str:
    """The path in the new model of the layer that makes an output of the old one."""
    path, dot, port = output.partition(".")
    return renames.get(path, path) + dot + port


def _list_argument_changes(old: Layer, new: Layer, prefix: str = "") -> Iterator[str]:
    """Arguments of two layers of one type that differ, those of layers within included.

    A layer below code may have no arguments in one of the files: it is known by its class alone.
    """
    if type(old) is not type(new):
        return
    for name in type(old).args:
        before, after = getattr(old, name), getattr(new, name)
        if isinstance(before, Layer) and isinstance(after, Layer) and before.type_name == after.type_name:
            yield from _list_argument_changes(before, after, f"{prefix}{name}.")
        elif describe_value(before) != describe_value(after):
            yield f"{prefix}{name} {_write_value(before)} → {_write_value(after)}"


def describe_value(value: Any) -> Any:
    """A value of an argument that can be compared: a layer as its type and arguments, an unknown size as it prints."""
    if isinstance(value, Layer):
        return value.type_name, {name: describe_value(getattr(value, name)) for name in type(value).args}
    if isinstance(value, Dim):
        return size_text(value)  # each `null` of a spec is unlike every other; in two files it is written alike
    return [describe_value(item) for item in value] if isinstance(value, tuple) else value


def _write_value(value: Any) -> str:
    if isinstance(value, Config):
        return getattr(value, "type_name", "a layer")
    return as_yaml(list(value)) if isinstance(value, tuple) else as_yaml(value)


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


def _compare_totals(old: Report, new: Report) -> list[Total]:
    return [Total(name, _read_total(old, name), _read_total(new, name)) for name in QUANTITIES]


def _read_total(report: Report, name: str) -> Size | None:
    sizes = find_quantity(report, name)
    return sizes[0] if len(sizes) == 1 else None


def _compare_outputs(
    before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]], renames: dict[str, str]
) -> tuple[str, ...]:
    """The differences of the outputs, by their names."""
    details = [f"output `{name}` is gone" for name in before if name not in after]
    for name, (path, shape) in after.items():
        if name not in before:
            details.append(f"output `{name}` is new: {shape}")
            continue
        old_path, old_shape = before[name]
        if (_rename(old_path, renames), old_shape) != (path, shape):
            details.append(f"output `{name}`: {old_shape} of {old_path} → {shape} of {path}")
    return tuple(details)
