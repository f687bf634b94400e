"""The names of a spec's entries as the builder gives them, without building its graph."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.layers.catalogue import automatic_name
from shapecalc.model.wiring import name_node

if TYPE_CHECKING:
    from shapecalc.model.spec import Entry, ModelSpec


class NamedEntry(NamedTuple):
    """An entry with its name; `node` is where the name stands, None where it is an automatic one of its `base`."""

    name: str
    entry: Entry
    spec: ModelSpec
    node: ScalarNode | None = None
    base: str = ""


def name_entries(
    spec: ModelSpec,
    given: Mapping[Entry, str] = MappingProxyType({}),
    bases: Mapping[Entry, str] = MappingProxyType({}),
) -> list[NamedEntry]:
    """The entries of a spec, named from top to bottom.

    `given` are names that entries would have, and `bases` what automatic names would be made of, in place of what
    stands there.
    """
    named: list[NamedEntry] = []
    taken = set(spec.inputs)
    counts: dict[str, int] = {}
    for entry in spec.entries:
        node = name_node(entry)
        if entry in given:
            name = given[entry]
            named.append(NamedEntry(name, entry, spec))
        elif isinstance(node, ScalarNode) and isinstance(resolve(node), str):
            name = str(node.value)
            named.append(NamedEntry(name, entry, spec, node))
        elif entry.key.value == "reuse":
            owner = read_target(entry)
            counts[f"{owner}@"] = counts.get(f"{owner}@", 1) + 1
            name = f"{owner}@{counts[f'{owner}@']}"
            named.append(NamedEntry(name, entry, spec))
        else:
            word = str(entry.key.value).removeprefix("ops.").partition("(")[0].rpartition(".")[2]
            base = bases.get(entry) or automatic_name(word)
            count = counts.get(base, 0)
            name = f"{base}_{count}" if count else base
            while name in taken:
                count += 1
                name = f"{base}_{count}"
            counts[base] = count + 1
            named.append(NamedEntry(name, entry, spec, base=base))
        taken.add(name)
    return named


def read_target(entry: Entry) -> str:
    """The name that stands after `reuse`; empty where there is none."""
    node = entry.args.fields.get("layer") if isinstance(entry.args, MappingNode) else entry.args
    return str(node.value) if isinstance(node, ScalarNode) else ""


def find_entry(spec: ModelSpec, position: int) -> Entry | None:
    """The entry at a position of `layers`, faulty ones counted."""
    layers = spec.node.fields.get("layers")
    if not isinstance(layers, SequenceNode) or not 0 <= position < len(layers.items):
        return None
    item = layers.items[position]
    keys = {id(key) for key in item.keys} if isinstance(item, MappingNode) else {id(item)}
    return next((entry for entry in spec.entries if id(entry.key) in keys), None)


def name_above(spec: ModelSpec, position: int | None) -> list[NamedEntry]:
    """The named entries above a position of `layers`; all where it is None."""
    layers = spec.node.fields.get("layers")
    named = name_entries(spec)
    if position is None or not isinstance(layers, SequenceNode):
        return named
    above: set[int] = set()
    for item in layers.items[:position]:
        above |= {id(key) for key in item.keys} if isinstance(item, MappingNode) else {id(item)}
    return [each for each in named if id(each.entry.key) in above]


def find_named(spec: ModelSpec, name: str) -> Entry | None:
    """The entry of a name."""
    return next((named.entry for named in name_entries(spec) if named.name == name), None)
