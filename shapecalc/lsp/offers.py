"""What is offered at each kind of place in a spec."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from shapecalc.layers.arguments.argument import Arg
from shapecalc.layers.arguments.names import DTYPES, POLICIES
from shapecalc.layers.arguments.words import ActivationKind, FlagKind
from shapecalc.layers.base import Layer, port_name
from shapecalc.layers.catalogue import ALIASES, CATALOGUE, canonical, family_of, find
from shapecalc.lsp.expected import list_expectations, list_layers
from shapecalc.lsp.meaning import Meaning, find_spec
from shapecalc.lsp.names import find_entry, name_above
from shapecalc.lsp.pages import (
    EXPECT_KEYS,
    INPUT_KEYS,
    NAME_DOC,
    REUSE_KEYS,
    TOP_KEYS,
    WIRING_KEYS,
    list_options,
    write_default,
)
from shapecalc.lsp.scope import list_scope, list_variables
from shapecalc.model.spec import BLOCK_KEYS, MODEL_KEYS

if TYPE_CHECKING:
    from shapecalc.lsp.context import Context
    from shapecalc.lsp.documents import Snapshot
    from shapecalc.model.spec import ModelSpec

Sort: TypeAlias = Literal["type", "block", "argument", "key", "word", "layer", "value", "number", "file"]

_NOT_OFFERED = ("InputLayer", "Lambda", "TimeDistributedDense")
"""Types that no entry should name: what is fed is an input, code is refused, and one is deprecated."""
_FORMS = {
    "layers": "layers:\n  - $0",
    "input": "input: [$0]",
    "inputs": "inputs:\n  ${1:name}: [$0]",
    "args": "args: {$0}",
    "blocks": "blocks:\n  ${1:Name}:\n    layers:\n      - $0",
    "expect": "expect: {$0}",
}
"""How keys at the top go on."""
_WIRING_FORMS = {"from": "from: $0", "call": "call: {$0}", "if": "if: \\$$0", "repeat": "repeat: $0"}


class Completion(NamedTuple):
    """One thing that may stand at a place. `text` is put in; in a `snippet` it has places to fill in.

    `rank` orders the list: what is needed comes first. `type_name` says whose page explains it.
    """

    label: str
    sort: Sort
    text: str
    is_snippet: bool = False
    detail: str = ""
    doc: str = ""
    rank: int = 5
    type_name: str = ""


class Opening:
    """A place where something is typed: what is meant there, and the version of the file that could be read."""

    def __init__(self, context: Context, meaning: Meaning, view: Snapshot | None, has_colon: bool) -> None:
        self.context = context
        self.meaning = meaning
        self.view = view
        self.has_colon = has_colon
        self.spec = find_spec(view.spec, meaning.blocks) if view is not None else None

    def key(self, name: str) -> str:
        """A key as it is put in: with its colon, unless one follows."""
        return name if self.has_colon else f"{name}: "


def _list_top_keys(place: Opening) -> Iterator[Completion]:
    keys = BLOCK_KEYS if place.meaning.kind == "block key" else MODEL_KEYS
    for key in keys:
        if place.context.in_flow or place.has_colon or key not in _FORMS:
            yield Completion(key, "key", place.key(key), doc=TOP_KEYS[key])
        else:
            yield Completion(key, "key", _FORMS[key], True, doc=TOP_KEYS[key])


def _list_types(place: Opening) -> Iterator[Completion]:
    """The types and blocks that an entry, or an argument that is a layer, may name."""
    meaning, context = place.meaning, place.context
    braces = not context.is_key and (context.in_flow or meaning.kind == "layer")
    dash = "- " if meaning.kind == "list of entries" else ""
    for name, block in _list_blocks(place.spec):
        form = _write_call(place, name, [] if block is None else _list_required(name, block), braces)
        yield Completion(name, "block", dash + form, "$" in form, "block", rank=1)
    for name in list_offered():
        form = _write_call(place, name, _list_required(name, None), braces)
        yield Completion(name, "type", dash + form, "$" in form, family_of(canonical(name)), type_name=name)
    form = "reuse" if place.has_colon else "{reuse: $1}" if braces else "reuse: $1"
    yield Completion("reuse", "key", dash + form, "$" in form, doc=WIRING_KEYS["reuse"], rank=6)


def _write_call(place: Opening, name: str, required: list[str], braces: bool) -> str:
    """A type with places for what it needs: `LSTM: {units: $1}`; the type alone where nothing is needed."""
    if place.has_colon:
        return name
    if not required:
        return f"{name}: {{$0}}" if place.context.is_key and place.meaning.kind != "list of entries" else name
    holes = ", ".join(f"{argument}: ${number}" for number, argument in enumerate(required, 1))
    form = f"{name}: {{{holes}}}"
    return f"{{{form}}}" if braces else form


@lru_cache(maxsize=1)
def list_offered() -> tuple[str, ...]:
    """The names of all types that an entry may name, the operations last."""
    return tuple(name for name in (*CATALOGUE, *ALIASES) if name not in _NOT_OFFERED)


def _list_blocks(spec: ModelSpec | None) -> list[tuple[str, ModelSpec | None]]:
    """The blocks in sight of a spec, but for those that it stands in."""
    if spec is None:
        return []
    lineage = list(spec.lineage())
    return [(name, block) for each in lineage for name, block in each.blocks.items() if block not in lineage]


def _is_required(node: Any) -> bool:
    return getattr(node, "value", None) == "required"


def _list_entry_keys(place: Opening) -> Iterator[Completion]:
    layer_type = find(canonical(place.meaning.type_name))
    calls = [] if layer_type is None else [argument for argument in layer_type.args.values() if argument.call]
    for key, form in _WIRING_FORMS.items():
        if key == "call" and not calls:
            continue
        text = place.key(key) if place.has_colon or place.context.in_flow else form
        yield Completion(key, "key", text, text == form and not place.has_colon, doc=WIRING_KEYS[key])


def _list_arguments(place: Opening) -> Iterator[Completion]:
    """The arguments of a type or a block, those that are required first."""
    type_name = place.meaning.type_name
    block = place.spec.find_block(type_name) if place.spec is not None else None
    if not place.context.is_key:
        yield _offer_braces(type_name, block)
        return
    if block is not None:
        for name, node in block.args.items():
            is_required = _is_required(node)
            default = str(getattr(node, "value", "..."))
            detail = "required" if is_required else f"default {default}"
            yield Completion(name, "argument", place.key(name), detail=detail, rank=1 if is_required else 3)
        common = Layer.args
    else:
        layer_type = find(canonical(type_name))
        if layer_type is None:
            return
        common = layer_type.args
    for name, argument in common.items():
        if not argument.call:
            yield _offer_argument(place, name, argument)
    yield Completion("name", "argument", place.key("name"), detail="text", doc=NAME_DOC, rank=4)


def _offer_braces(type_name: str, block: ModelSpec | None) -> Completion:
    """The arguments in braces, with those that are required, behind a type and its colon."""
    names = _list_required(type_name, block)
    holes = ", ".join(f"{name}: ${number}" for number, name in enumerate(names, 1)) or "$0"
    label = ", ".join(f"{name}: " for name in names)
    return Completion(f"{{{label}}}", "argument", f"{{{holes}}}", True, f"arguments of {type_name}")


def _list_required(type_name: str, block: ModelSpec | None) -> list[str]:
    """The arguments that a block, or else a type, does not do without."""
    if block is not None:
        return [name for name, node in block.args.items() if _is_required(node)]
    layer_type = find(type_name)
    return [] if layer_type is None else [*layer_type.required]


def _offer_argument(place: Opening, name: str, argument: Arg[Any]) -> Completion:
    rank = 1 if argument.required else 4 if name in ("trainable", "dtype") or argument.inert else 3
    detail = f"{argument.kind_name}, {write_default(argument).replace('`', '')}"
    return Completion(name, "argument", place.key(name), detail=detail, doc=argument.doc, rank=rank)


def _list_values(place: Opening) -> Iterator[Completion]:
    """The words that an argument takes."""
    meaning = place.meaning
    block = place.spec.find_block(meaning.type_name) if place.spec is not None else None
    if block is not None and meaning.name in block.args:
        if str(getattr(block.args[meaning.name], "value", "")) in ("true", "false"):
            yield from _offer_words(("true", "false"))
        return
    layer_type = find(canonical(meaning.type_name))
    argument = None if layer_type is None else layer_type.args.get(meaning.name)
    if layer_type is not None and argument is not None:
        default = "" if argument.required else write_default(argument)
        yield from _offer_words(_list_words(argument, layer_type), default)


def _list_words(argument: Arg[Any], owner: type[Layer]) -> list[str]:
    """The words that an argument takes, `null` last."""
    kind = argument.kind
    if isinstance(kind, FlagKind):
        words = ["true", "false"]
    else:
        options = kind.schema(owner)
        choices = [options, *options.get("anyOf", ())]
        words = [*list_options(argument, owner), *(str(word) for choice in choices for word in choice.get("enum", ()))]
    if words and (argument.nullable or isinstance(kind, ActivationKind)):
        words.append("null")
    return list(dict.fromkeys(words))


def _offer_words(words: Iterable[str], default: str = "") -> Iterator[Completion]:
    for word in words:
        is_default = default == f"default `{word}`"
        yield Completion(word, "word", word, detail="default" if is_default else "", rank=2)


def _list_call_arguments(place: Opening) -> Iterator[Completion]:
    layer_type = find(canonical(place.meaning.type_name))
    if layer_type is None or not place.context.is_key:
        return
    for name, argument in layer_type.args.items():
        if argument.call:
            yield _offer_argument(place, name, argument)


def _list_references(place: Opening) -> Iterator[Completion]:
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


def _list_layer_names(place: Opening) -> Iterator[Completion]:
    """The layers above, for `reuse`."""
    if place.spec is not None:
        inputs = set(place.spec.inputs)
        for item in _list_references(place):
            if item.label not in inputs and item.label != "prev" and "." not in item.label:
                yield item


def _list_call_ports(place: Opening) -> Iterator[Completion]:
    type_name = place.meaning.type_name
    block = place.spec.find_block(type_name) if place.spec is not None else None
    layer_type = find(canonical(type_name))
    ports = list(block.inputs) if block is not None else [] if layer_type is None else map(port_name, layer_type.ports)
    for port in ports:
        yield Completion(port, "argument", place.key(port), detail=f"input of {type_name}")


def _list_rounds(place: Opening) -> Iterator[Completion]:
    if not place.context.in_flow:
        yield Completion("{i: 12}", "word", "{${1:i}: ${2:12}}", True, doc="So many rounds, `$i` from 0.")
        yield Completion("{f: [16, 32]}", "word", "{${1:f}: [$2]}", True, doc="A round for each value.")


def _list_expect_keys(place: Opening) -> Iterator[Completion]:
    """The keys of `expect`, each with what is so now."""
    report = place.view.report if place.view is not None else None
    for key, written in list_expectations(report).items():
        text = key if place.has_colon else f"{key}: {written}"
        yield Completion(key, "key", text, detail=written, doc=EXPECT_KEYS[key])
    yield Completion("layers", "key", place.key("layers"), doc=EXPECT_KEYS["layers"], rank=6)


def _list_layer_expect_keys(place: Opening) -> Iterator[Completion]:
    report = place.view.report if place.view is not None else None
    for key, written in list_expectations(report, place.meaning.name).items():
        yield Completion(
            key, "key", key if place.has_colon else f"{key}: {written}", detail=written, doc=EXPECT_KEYS[key]
        )


def _list_expected_values(place: Opening) -> Iterator[Completion]:
    report = place.view.report if place.view is not None else None
    written = list_expectations(report, place.meaning.type_name).get(place.meaning.name)
    if written is not None:
        yield Completion(written, "number", written, detail="as it is now")


def _list_expected_layers(place: Opening) -> Iterator[Completion]:
    """The paths of layers, each with what is so now."""
    report = place.view.report if place.view is not None else None
    prefix, _, _ = place.context.word.strip("\"'").rpartition("/")
    for path, written in list_layers(report, prefix):
        yield Completion(path, "layer", path if place.has_colon else f"{path}: {written}", detail=written)


def _list_files(place: Opening) -> Iterator[Completion]:
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


OF_VALUES = (
    "argument value", "call value", "condition", "rounds", "size", "batch size", "expected value", "declared argument",
)  # fmt: skip
"""Where expressions may stand."""

SOURCES: dict[str, Callable[[Opening], Iterable[Completion]]] = {
    "top key": _list_top_keys,
    "block key": _list_top_keys,
    "list of entries": _list_types,
    "entry": _list_types,
    "layer": _list_types,
    "entry key": _list_entry_keys,
    "argument": _list_arguments,
    "argument value": _list_values,
    "call argument": _list_call_arguments,
    "call value": _list_values,
    "reference": _list_references,
    "port": _list_call_ports,
    "layer name": _list_layer_names,
    "condition": lambda place: _offer_words(("true", "false")),
    "rounds": _list_rounds,
    "expect key": _list_expect_keys,
    "expect layer": _list_expected_layers,
    "layer expect key": _list_layer_expect_keys,
    "expected value": _list_expected_values,
    "dtype": lambda place: _offer_words((*DTYPES, *POLICIES)),
    "input key": lambda place: (Completion(key, "key", place.key(key), doc=doc) for key, doc in INPUT_KEYS.items()),
    "reuse key": lambda place: (Completion(key, "key", place.key(key), doc=doc) for key, doc in REUSE_KEYS.items()),
    "declared argument": lambda place: _offer_words(("required",)),
    "block file": _list_files,
}
"""What is offered at each kind of place."""
