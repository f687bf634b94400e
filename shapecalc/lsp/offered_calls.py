"""What is offered within an entry: types and blocks, their arguments and the words that these take."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shapecalc.layers.arguments.argument import Arg
from shapecalc.layers.arguments.names import INITIALIZERS
from shapecalc.layers.arguments.words import (
    CONSTRAINT,
    REGULARIZER,
    ActivationKind,
    FlagKind,
    InitializerKind,
    NamedKind,
)
from shapecalc.layers.base import Layer, port_name
from shapecalc.layers.catalogue import ALIASES, CATALOGUE, canonical, family_of, find
from shapecalc.lsp.opening import Completion, Opening, offer_words
from shapecalc.lsp.pages import NAME_DOC, WIRING_KEYS, list_options, write_default

if TYPE_CHECKING:
    from shapecalc.model.spec import ModelSpec

_NOT_OFFERED = ("InputLayer", "Lambda", "TimeDistributedDense")
"""Types that no entry should name: what is fed is an input, code is refused, and one is deprecated."""
_WIRING_FORMS = {"from": "from: $0", "call": "call: {$0}", "if": "if: \\$$0", "repeat": "repeat: $0"}


def list_types(place: Opening) -> Iterator[Completion]:
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


def list_entry_keys(place: Opening) -> Iterator[Completion]:
    layer_type = find(canonical(place.meaning.type_name))
    calls = [] if layer_type is None else [argument for argument in layer_type.args.values() if argument.call]
    for key, form in _WIRING_FORMS.items():
        if key == "call" and not calls:
            continue
        text = place.key(key) if place.has_colon or place.context.in_flow else form
        yield Completion(key, "key", text, text == form and not place.has_colon, doc=WIRING_KEYS[key])


def list_arguments(place: Opening) -> Iterator[Completion]:
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


def list_values(place: Opening) -> Iterator[Completion]:
    """The words that an argument takes."""
    meaning = place.meaning
    block = place.spec.find_block(meaning.type_name) if place.spec is not None else None
    if block is not None and meaning.name in block.args:
        if str(getattr(block.args[meaning.name], "value", "")) in ("true", "false"):
            yield from offer_words(("true", "false"))
        return
    layer_type = find(canonical(meaning.type_name))
    argument = None if layer_type is None else layer_type.args.get(meaning.name)
    if argument is not None and place.context.is_key:
        yield from _list_named(place, argument)
    elif layer_type is not None and argument is not None:
        default = "" if argument.required else write_default(argument)
        yield from offer_words(_list_words(argument, layer_type), default)


def _list_named(place: Opening, argument: Arg[Any]) -> Iterator[Completion]:
    """The initializers, or what else has arguments of its own, within braces."""
    kind = argument.kind
    names = INITIALIZERS if isinstance(kind, InitializerKind) else kind.table if isinstance(kind, NamedKind) else {}
    for name in names:
        form = name if place.has_colon else f"{name}: {{$0}}"
        yield Completion(name, "word", form, "$" in form, rank=2)


def list_parts(place: Opening) -> Iterator[Completion]:
    """The arguments of an initializer, a regularizer or a constraint."""
    for name in (INITIALIZERS | REGULARIZER.table | CONSTRAINT.table).get(place.meaning.name, ()):
        yield Completion(name, "argument", place.key(name), detail=f"of {place.meaning.name}")


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


def list_call_arguments(place: Opening) -> Iterator[Completion]:
    layer_type = find(canonical(place.meaning.type_name))
    if layer_type is None or not place.context.is_key:
        return
    for name, argument in layer_type.args.items():
        if argument.call:
            yield _offer_argument(place, name, argument)


def list_call_ports(place: Opening) -> Iterator[Completion]:
    type_name = place.meaning.type_name
    block = place.spec.find_block(type_name) if place.spec is not None else None
    layer_type = find(canonical(type_name))
    ports = list(block.inputs) if block is not None else [] if layer_type is None else map(port_name, layer_type.ports)
    for port in ports:
        yield Completion(port, "argument", place.key(port), detail=f"input of {type_name}")
