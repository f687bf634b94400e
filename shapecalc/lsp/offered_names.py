"""What is offered where something is named: layers and their outputs, values, files, and what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from shapecalc.lsp.expected import list_expectations, list_layers
from shapecalc.lsp.names import find_entry, name_above
from shapecalc.lsp.opening import Completion, Opening
from shapecalc.lsp.pages import EXPECT_KEYS
from shapecalc.lsp.scope import list_scope, list_variables

if TYPE_CHECKING:
    from shapecalc.lsp.documents import Snapshot


def list_references(place: Opening) -> Iterator[Completion]:
    """The inputs and the entries above, with their ports where they have several."""
    spec, view = place.spec, place.view
    if spec is None or view is None:
        return
    if place.meaning.entry is not None:
        yield Completion("prev", "layer", "prev", detail="the entry above", rank=3)
    for name in spec.inputs:
        yield Completion(name, "layer", name, detail="input", rank=2)
    for named in name_above(spec, place.meaning.entry):
        if "@" not in named.name:
            yield Completion(named.name, "layer", named.name, detail=str(named.entry.key.value), rank=1)
        yield from _list_ports(view, named.name, view.rows.get(named.entry, []))


def _list_ports(view: Snapshot, name: str, rows: list[Any]) -> Iterator[Completion]:
    outputs = rows[-1].outputs if rows else {}
    if len(outputs) > 1:
        for port, tensor in outputs.items():
            label = f"{name}.{port}"
            yield Completion(label, "layer", label, detail=str(tensor.shape), rank=4)


def list_layer_names(place: Opening) -> Iterator[Completion]:
    """The layers above, for `reuse`."""
    if place.spec is not None:
        inputs = set(place.spec.inputs)
        for item in list_references(place):
            if item.label not in inputs and item.label != "prev" and "." not in item.label:
                yield item


def list_names(place: Opening) -> Iterator[Completion]:
    """What `$name` may read here."""
    spec = place.spec
    if spec is None:
        return
    names: dict[str, str] = {}
    if place.meaning.entry is not None:
        names |= dict.fromkeys(_list_loop_variables(place), "loop variable")
    names |= {name: what for name, what in list_scope(spec).items() if name not in names}
    for name, what in names.items():
        yield Completion(f"${name}", "value", f"${name}", detail=what, rank=3)


def _list_loop_variables(place: Opening) -> list[str]:
    """The variables of the entry's `repeat`, which may stand above or below what is typed."""
    spec, entry = place.spec, place.meaning.entry
    if spec is None or entry is None:
        return []
    found = find_entry(spec, entry)
    return [str(key.value) for key in list_variables(found)] if found is not None else []


def list_rounds(place: Opening) -> Iterator[Completion]:
    if not place.context.in_flow:
        yield Completion("{i: 12}", "word", "{${1:i}: ${2:12}}", True, doc="So many rounds, `$i` from 0.")
        yield Completion("{f: [16, 32]}", "word", "{${1:f}: [$2]}", True, doc="A round for each value.")


def list_expect_keys(place: Opening) -> Iterator[Completion]:
    """The keys of `expect`, each with what is so now."""
    report = place.view.report if place.view is not None else None
    for key, written in list_expectations(report).items():
        text = key if place.has_colon else f"{key}: {written}"
        yield Completion(key, "key", text, detail=written, doc=EXPECT_KEYS[key])
    yield Completion("layers", "key", place.key("layers"), doc=EXPECT_KEYS["layers"], rank=6)


def list_layer_expect_keys(place: Opening) -> Iterator[Completion]:
    report = place.view.report if place.view is not None else None
    for key, written in list_expectations(report, place.meaning.name).items():
        yield Completion(
            key, "key", key if place.has_colon else f"{key}: {written}", detail=written, doc=EXPECT_KEYS[key]
        )


def list_expected_values(place: Opening) -> Iterator[Completion]:
    report = place.view.report if place.view is not None else None
    written = list_expectations(report, place.meaning.type_name).get(place.meaning.name)
    if written is not None:
        yield Completion(written, "number", written, detail="as it is now")


def list_expected_layers(place: Opening) -> Iterator[Completion]:
    """The paths of layers, each with what is so now."""
    report = place.view.report if place.view is not None else None
    prefix, _, _ = place.context.word.strip("\"'").rpartition("/")
    for path, written in list_layers(report, prefix):
        yield Completion(path, "layer", path if place.has_colon else f"{path}: {written}", detail=written)


def list_files(place: Opening) -> Iterator[Completion]:
    """The specs beside the file."""
    import os

    if place.view is None:
        return
    folder = os.path.dirname(place.view.file) or "."
    own = os.path.basename(place.view.file)
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for _, entry in zip(range(1_000), entries, strict=False) if entry.is_file())
    except OSError:  # it is not saved yet
        return
    for name in names:
        if name.endswith((".yaml", ".yml")) and name != own and not name.startswith("."):
            yield Completion(name, "file", name)
