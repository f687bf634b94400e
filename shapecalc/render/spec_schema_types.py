"""The JSON Schema of layer types: a definition for each, and what several of them share."""

from __future__ import annotations

from collections import Counter
from json import dumps
from typing import TYPE_CHECKING, Any

from shapecalc.layers.arguments.argument import Required
from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.arguments.schemas import Schema, allow_null, object_schema
from shapecalc.layers.base import Layer, port_name, takes_many
from shapecalc.layers.catalogue import ALIASES, CATALOGUE, find
from shapecalc.render.catalogue import summary_of

if TYPE_CHECKING:
    from shapecalc.layers.arguments.argument import Arg

LAYERS_WITHIN = (LayerKind, LayersKind)
_REFUSED = ("InputLayer",)
"""Types that are read only to be refused, besides those whose class says so."""


def refer(name: str) -> Schema:
    """A reference to a definition."""
    return {"$ref": f"#/definitions/{name}"}


def refuse_keys(pattern: str, message: str) -> Schema:
    """Refuses the keys that begin with a pattern: of all ways to refuse, editors show here what is to be done."""
    return {"propertyNames": {"pattern": f"^(?!{pattern})", "patternErrorMessage": message}}


def list_types() -> dict[str, type[Layer]]:
    """The types that an entry may name; those that every spec is refused for are not among them."""
    types = {name: layer_type for name in CATALOGUE if (layer_type := find(name)) is not None}
    return {name: layer_type for name, layer_type in types.items() if not layer_type.refused and name not in _REFUSED}


def list_names() -> list[str]:
    """The names of types, and the other names under which Keras exports them."""
    types = list_types()
    return [*types, *(alias for alias, name in ALIASES.items() if name in types)]


def make_types() -> Schema:
    """A definition for each type, and before these one for each schema of values that several arguments have."""
    shared = _name_shared()
    values = dict(shared.values())
    common = {name: _make_argument(argument, Layer, shared) for name, argument in Layer.args.items()}
    types = {name: _make_type(layer_type, shared) for name, layer_type in list_types().items()}
    return {**values, **common, **types}


def _name_shared() -> dict[str, tuple[str, Schema]]:
    """The schemas that several arguments have, each under a name, by their text: kinds with the same bounds."""
    kinds: dict[str, tuple[str, Schema]] = {}
    uses: Counter[str] = Counter()
    for layer_type in list_types().values():
        for argument in layer_type.args.values():
            if not argument.call and not isinstance(argument.kind, LAYERS_WITHIN):
                schema = _make_value(argument, layer_type)
                uses[dumps(schema)] += 1
                kinds.setdefault(dumps(schema), (f"value.{argument.kind_name.replace(' ', '-')}", schema))
    shared: dict[str, tuple[str, Schema]] = {}
    taken: Counter[str] = Counter()
    for text, (name, schema) in kinds.items():
        if uses[text] > 1 and schema:
            taken[name] += 1
            shared[text] = (f"{name}.{taken[name]}" if taken[name] > 1 else name, schema)
    return shared


def _make_value(argument: Arg[Any], owner: type[Layer]) -> Schema:
    """The schema of an argument's values."""
    schema = argument.kind.schema(owner)
    return allow_null(schema) if argument.nullable and schema else schema


def _make_type(layer_type: type[Layer], shared: dict[str, tuple[str, Schema]]) -> Schema:
    """The arguments of one type: a closed object, or nothing where none is required."""
    arguments = {name: argument for name, argument in layer_type.args.items() if not argument.call}
    properties = {
        name: refer(name) if argument is Layer.args.get(name) else _make_argument(argument, layer_type, shared)
        for name, argument in arguments.items()
    }
    schema: Schema = {"title": layer_type.type_name, "description": summary_of(layer_type)}
    if layer_type.deprecated:  # a `deprecationMessage` would be shown as an error, and `check` warns
        schema["description"] = f"Deprecated: write `{layer_type.deprecated}`."
        schema |= {"deprecated": True, "doNotSuggest": True}
    if layer_type.required:
        body = ", ".join(f"{name}: ${number}" for number, name in enumerate(layer_type.required, 1))
        schema["defaultSnippets"] = [{"label": "{...}", "sortText": "~", "body": f"^{{{body}}}"}]
    required = layer_type.required
    return schema | object_schema({**properties, "name": refer("name")}, required, nullable=not required)


def _make_argument(argument: Arg[Any], owner: type[Layer], shared: dict[str, tuple[str, Schema]]) -> Schema:
    """The values of an argument, with its meaning and its default."""
    schema = _make_value(argument, owner)
    if dumps(schema) in shared:
        schema = refer(shared[dumps(schema)][0])
    described: Schema = {"title": argument.name, "description": argument.doc, **schema}
    if not isinstance(argument.default, Required) and _is_json(argument.default):
        described["default"] = list(argument.default) if isinstance(argument.default, tuple) else argument.default
    return described


def _is_json(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(_is_json(item) for item in value)
    return value is None or isinstance(value, (bool, int, float, str))


def name_wiring(layer_type: type[Layer]) -> str:
    """The name of the definition of what may stand beside a type: its ports, and the arguments of its call."""
    ports = layer_type.widest_ports or layer_type.ports
    call = [name for name, argument in layer_type.args.items() if argument.call]
    return ".".join(["fed", *([] if layer_type.is_source else ports), *(f"({name})" for name in call)])


def make_wirings() -> Schema:
    """What may stand beside types: `from` by their ports, `call` by the arguments of their calls."""
    return {name_wiring(layer_type): _make_wiring(layer_type) for layer_type in list_types().values()}


def _make_wiring(layer_type: type[Layer]) -> Schema:
    ports = () if layer_type.is_source else layer_type.widest_ports or layer_type.ports
    call: Schema = {name: {} for name, argument in layer_type.args.items() if argument.call}
    if "training" not in call:
        call["training"] = {"enum": [False]}
    schema: Schema = {
        "properties": {
            "from": _make_feed(ports) if ports else {"not": {}, "errorMessage": "It is fed nothing: take `from` out."},
            "call": object_schema(call),
        }
    }
    return schema | ({"required": ["from"]} if len(_list_needed(ports)) > 1 else {})


def _list_needed(ports: tuple[str, ...]) -> list[str]:
    return [port_name(port) for port in ports if port[-1] not in "?*"]


def _make_feed(ports: tuple[str, ...]) -> Schema:
    """What `from` may be for a type with these ports; `NAME.*` and `NAME/*` stand for any number of outputs."""
    least = len(_list_needed(ports))
    bounds: Schema = {"minItems": least}
    if not any(map(takes_many, ports)):
        bounds["maxItems"] = len(ports)
    spread = {"type": "string", "pattern": "\\*"}
    by_name = {port_name(port): refer("references" if takes_many(port) else "input-of-a-port") for port in ports}
    return {
        "if": {"type": "array"},
        "then": {"anyOf": [bounds, {"contains": spread}]},
        "else": {
            "properties": by_name,
            "additionalProperties": False,
            "required": _list_needed(ports),
            **({"pattern": "\\*", "patternErrorMessage": f"It needs {least} inputs."} if least > 1 else {}),
        },
    }
