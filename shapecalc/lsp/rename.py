"""Rename: a new name at every place of a layer, a block, a size, an argument; the model stays the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecalc.diagnostics import shorten
from shapecalc.dims import Size, bind, symbol
from shapecalc.document.fixes import set_argument
from shapecalc.document.nodes import resolve_plain
from shapecalc.layers.catalogue import ALIASES, CATALOGUE, automatic_name
from shapecalc.lsp.documents import Snapshot
from shapecalc.lsp.elsewhere import list_elsewhere
from shapecalc.lsp.names import NamedEntry, name_entries
from shapecalc.lsp.symbols import Occurrence, Symbol, find_occurrence
from shapecalc.model.declarations import is_size_name
from shapecalc.model.references import WIRING, name_fault

if TYPE_CHECKING:
    from shapecalc.lsp.documents import OpenFiles
    from shapecalc.model.spec import ModelSpec


_ALIKE = (("layer", "input"), ("argument", "size", "variable"))
"""Kinds of names among which each may be given once."""


class Refused(Exception):
    """A new name that cannot be given; the message says why."""


class Replacement(NamedTuple):
    """A text to put between two offsets of the open file."""

    start: int
    end: int
    text: str


class Renamed(NamedTuple):
    """A name that can be renamed, and where it stands."""

    name: str
    start: int
    end: int


def find_renamed(files: OpenFiles, file: str, offset: int) -> Renamed | None:
    """The name at an offset; None where there is none, or it is declared in another file."""
    snapshot = files.snapshot(file)
    if snapshot is None:
        return None
    occurrence = find_occurrence(snapshot.occurrences, snapshot.document, offset)
    if occurrence is None or _list_declarations(snapshot, occurrence, elsewhere=True):
        return None
    return Renamed(occurrence.symbol.name, occurrence.start, occurrence.end)


def rename(files: OpenFiles, file: str, offset: int, name: str) -> dict[str, list[Replacement]]:
    """By open file the replacements that give the name at an offset another. Raises Refused."""
    snapshot = files.snapshot(file)
    if snapshot is None or snapshot.spec is None:
        raise Refused("the text cannot be read as it stands: mend its YAML first")
    occurrence = find_occurrence(snapshot.occurrences, snapshot.document, offset)
    if occurrence is None:
        raise Refused("there is no name here that a spec gives")
    elsewhere = _list_declarations(snapshot, occurrence, elsewhere=True)
    if elsewhere:
        raise Refused(f"`{occurrence.symbol.name}` is declared in {elsewhere[0].document.file}: rename it there")
    if name == occurrence.symbol.name:
        return {}
    _refuse_name(snapshot, occurrence, name)
    replacements = sorted(set(_list_replacements(snapshot, occurrence, name)))
    _refuse_change(files, snapshot, occurrence, replacements, name)
    renamed = {file: replacements}
    for other, each in list_elsewhere(files, snapshot, occurrence):
        renamed.setdefault(other.file, []).append(Replacement(each.start, each.end, name))
    return renamed


def apply_replacements(text: str, replacements: list[Replacement]) -> str:
    """The text with replacements made, each at the place it had before the others."""
    for start, end, new in sorted(replacements, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _list_declarations(snapshot: Snapshot, occurrence: Occurrence, elsewhere: bool) -> list[Occurrence]:
    """Where a name is declared, in this file or in others."""
    return [
        each
        for each in snapshot.occurrences
        if each.symbol == occurrence.symbol
        and each.is_declaration
        and (each.document is not snapshot.document) == elsewhere
    ]


def _refuse_name(snapshot: Snapshot, occurrence: Occurrence, name: str) -> None:
    """Raises Refused for a name that cannot be given, or that something else has."""
    kind, _, owner = occurrence.symbol
    if kind in ("argument", "size", "variable"):
        if not is_size_name(name) or not isinstance(resolve_plain(name), str):
            raise Refused(
                f"`{shorten(name)}` cannot be a name: it begins with a letter and holds letters, digits and `_`"
            )
    elif fault := name_fault(name):
        raise Refused(fault)
    elif not isinstance(resolve_plain(name), str):
        raise Refused(f"`{name}` is no text in YAML")
    if kind == "block" and (name in CATALOGUE or name in ALIASES):
        raise Refused(f"a block cannot be called `{name}`: that is a layer type")
    if kind == "block" and (name in WIRING or name == "reuse"):
        raise Refused(f"a block cannot be called `{name}`: that is a key of entries")
    alike = next((kinds for kinds in _ALIKE if kind in kinds), (kind,))
    for each in snapshot.occurrences:
        other = each.symbol
        if each.is_declaration and other.kind in alike and other.name == name and other.owner == owner:
            raise Refused(f"the name `{name}` is taken")


def _list_replacements(snapshot: Snapshot, occurrence: Occurrence, name: str) -> list[Replacement]:
    """The new name wherever the old one stands, and what follows from it."""
    places = [
        each for each in snapshot.occurrences if each.symbol == occurrence.symbol and each.document is snapshot.document
    ]
    replacements = [Replacement(each.start, each.end, name) for each in places if each.automatic is None]
    if occurrence.symbol.kind == "block":
        replacements += _follow_block(snapshot, places, name)
    for each in places:
        if each.automatic is not None:
            spec, entry = each.automatic.spec, each.automatic.entry
            after = name_entries(spec, {entry: name})
            replacements += _insert_name(snapshot, each.automatic, name)
            replacements += _follow_names(snapshot, spec, [named for named in after if named.entry is not entry])
    return replacements


def _follow_block(snapshot: Snapshot, places: list[Occurrence], name: str) -> list[Replacement]:
    """The automatic names of layers that call a block, which come of its name, wherever they are used."""
    at = {(each.start, each.end) for each in places if not each.is_declaration}
    calls = [each.automatic for each in snapshot.occurrences if (each.start, each.end) in at and each.automatic]
    bases = {named.entry: automatic_name(name) for named in calls}
    specs = {id(named.spec): named.spec for named in calls}
    return [
        replacement
        for spec in specs.values()
        for replacement in _follow_names(snapshot, spec, name_entries(spec, bases=bases))
    ]


def _follow_names(snapshot: Snapshot, spec: ModelSpec, after: list[NamedEntry]) -> list[Replacement]:
    """The names that entries of a spec have afterwards, wherever those that they have now are used."""
    before = {named.entry: named.name for named in name_entries(spec)}
    changed = {
        Symbol("layer", before[named.entry], id(spec)): named.name
        for named in after
        if before[named.entry] != named.name
    }
    return [
        Replacement(each.start, each.end, changed[each.symbol])
        for each in snapshot.occurrences
        if each.symbol in changed and each.automatic is None and each.document is snapshot.document
    ]


def _insert_name(snapshot: Snapshot, named: NamedEntry, name: str) -> list[Replacement]:
    """The argument `name` among those of an entry that has none."""
    entry, source = named.entry, snapshot.source
    edits = set_argument(named.spec.document, entry.key, entry.args, "name", name)
    if not edits:
        raise Refused(f"`{named.name}` has no arguments by name, among which its own could stand")
    return [
        Replacement(source.find_offset(line, column), source.find_offset(end_line, end_column), text)
        for _, line, column, end_line, end_column, text in edits
    ]


def _refuse_change(
    files: OpenFiles, snapshot: Snapshot, occurrence: Occurrence, replacements: list[Replacement], name: str
) -> None:
    """Raises Refused where the model would be another with the new name."""
    changed = files.make_snapshot(snapshot.file, apply_replacements(snapshot.text, replacements))
    kind, old, owner = occurrence.symbol
    is_shown = kind in ("size", "argument") and owner == id(snapshot.spec)  # a symbol in shapes, not one of a block
    renamed: dict[str, Size] = {old: symbol(name)} if is_shown else {}
    if _list_numbers(changed, {}) != _list_numbers(snapshot, renamed):
        raise Refused(f"with the name `{shorten(name)}` the model would be another one")


def _list_numbers(snapshot: Snapshot, renamed: dict[str, Size]) -> tuple[object, ...]:
    """What must stay the same: shapes, parameters and MACs row by row, and what is wrong."""
    rows = [] if snapshot.report is None else snapshot.report.rows
    sizes = [[*(size for shape in row.shapes for size in shape), row.params, row.macs] for row in rows]
    numbers = [[str(bind(size, renamed)) for size in row] for row in sizes]
    return numbers, sorted(finding.code for finding in snapshot.findings)
