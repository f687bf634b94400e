"""The JSON Schema (draft 2020-12) of model specs, generated from the catalogue, for editors."""

from __future__ import annotations

from collections.abc import Iterable
from json import dumps
from typing import TYPE_CHECKING, Any

from shapecalc.layers.arguments.argument import Required
from shapecalc.layers.arguments.names import DTYPES, POLICIES
from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.arguments.words import ActivationKind, DtypeKind, InitializerKind
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import ALIASES, CATALOGUE, find
from shapecalc.render.catalogue import summary_of

if TYPE_CHECKING:
    from shapecalc.layers.arguments.argument import Arg

Schema = dict[str, Any]

_NAME = "^[^\\W\\d_]\\w*$"
_EXPRESSION = {"$ref": "#/$defs/expression"}
_SHARED = {"activation": ActivationKind(), "initializer": InitializerKind(), "dtype": DtypeKind()}
"""Kinds with long schemas, which stand once under the name of the kind."""
_QUANTITIES = ("params", "trainable", "non_trainable", "macs", "weights")


def schema_text() -> str:
    """The schema as JSON, one definition a line, so that a changed layer is a changed line."""

    def member(key: str, value: Any) -> str:
        return f"{dumps(key)}: {dumps(value, ensure_ascii=False)}"

    schema = spec_schema()
    definitions = ",\n    ".join(member(key, value) for key, value in schema.pop("$defs").items())
    lines = [*(member(key, value) for key, value in schema.items()), f'"$defs": {{\n    {definitions}\n  }}']
    return "{\n  " + ",\n  ".join(lines) + "\n}\n"


def spec_schema() -> Schema:
    """The schema of a model spec. A `$name` expression may stand wherever a scalar does."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "shapecalc model spec",
        "description": "A neural network: its inputs, its layers from top to bottom, its outputs.",
        **_make_strict(
            {
                **_make_block_keys(),
                "batch_size": {"type": ["integer", "string", "null"], "minimum": 1},
                "expect": _make_expect(),
            }
        ),
        "required": ["layers"],
        "$defs": _make_common() | {f"layer.{name}": _make_layer(layer_type) for name, layer_type in _list_types()},
    }


def _list_types() -> Iterable[tuple[str, type[Layer]]]:
    for name in CATALOGUE:
        layer_type = find(name)
        if layer_type is not None:
            yield name, layer_type


def _make_strict(properties: Schema, **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def _make_value(schema: Schema) -> Schema:
    """The schema of a scalar: the value itself, or an expression."""
    return {"anyOf": [schema, _EXPRESSION]}


def _make_block_keys() -> Schema:
    shape = {"$ref": "#/$defs/input"}
    text = {"type": ["string", "number"]}
    return {
        "name": {**text, "description": "Free text; the file's stem by default."},
        "description": {**text, "description": "Free text."},
        "args": {"type": ["object", "null"], "description": "Name to default, or `required`; `--set` gives a model's."},
        "input": {**shape, "description": "The shape of the one input, without the batch axis."},
        "inputs": {
            "description": "Name to shape; in a block a list of names will do.",
            "anyOf": [
                {"type": "object", "propertyNames": {"pattern": _NAME}, "additionalProperties": shape},
                {"type": "array", "items": {"type": "string", "pattern": _NAME}},
            ],
        },
        "layers": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/entry"}, "description": "Top to bottom."},
        "outputs": {
            "description": "A reference, a list, or name to reference; the last entry by default.",
            "anyOf": [
                {"$ref": "#/$defs/references"},
                {"type": "object", "additionalProperties": {"$ref": "#/$defs/reference"}},
            ],
        },
        "blocks": {
            "type": ["object", "null"],
            "description": "Name to a sub-model, used as a layer type.",
            "propertyNames": {"pattern": _NAME},
            "additionalProperties": {"$ref": "#/$defs/block"},
        },
        "dtype": _make_value({"enum": [*DTYPES, *POLICIES]}),
    }


def _make_expect() -> Schema:
    quantity = {"type": ["integer", "string"], "description": 'Exact, or a bound as text: "<= 5M", "<= 20 MiB".'}
    shape = {"$ref": "#/$defs/shape"}
    shapes = {
        "anyOf": [
            shape,
            {"type": "array", "items": shape},
            {"type": "object", "additionalProperties": shape},
        ]
    }
    of_layer = {**dict.fromkeys(_QUANTITIES, quantity), "output": shapes, "outputs": shapes}
    layers = {"type": "object", "additionalProperties": _make_strict(of_layer)}
    return _make_strict(
        {**of_layer, "peak_activation": quantity, "layers": layers}, description="What `check` holds it to."
    )


def _make_common() -> Schema:
    """The definitions that layers share."""
    size = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}, {"type": "string"}]}
    names = [name for name, _ in _list_types()]
    calls = {name: {"$ref": f"#/$defs/layer.{name}"} for name in names}
    calls |= {alias: calls[name] for alias, name in ALIASES.items()}
    return {
        **{name: kind.schema(Layer) for name, kind in _SHARED.items()},
        "expression": {
            "type": "string",
            "pattern": "\\$|^\\s*[-+.0-9(]",
            "description": "`$name`, an expression, a number, a tuple.",
        },
        "shape": {"anyOf": [{"type": "array", "items": size}, {"type": "string"}]},
        "input": {
            "anyOf": [
                {"$ref": "#/$defs/shape"},
                {"type": "null"},
                *(
                    _make_strict({key: {"$ref": "#/$defs/shape"}, "dtype": {"enum": list(DTYPES)}})
                    for key in ("shape", "batch_shape")
                ),
            ]
        },
        "reference": {"type": "string", "description": "NAME, NAME.PORT, NAME.*, or prev."},
        "references": {
            "anyOf": [
                {"$ref": "#/$defs/reference"},
                {"type": "array", "items": {"$ref": "#/$defs/reference"}},
            ]
        },
        "block": {
            "anyOf": [
                _make_strict({"file": {"type": "string"}}, required=["file"]),
                _make_strict(_make_block_keys(), required=["layers"]),
            ]
        },
        "reuse": {
            "anyOf": [
                {"type": "string"},
                _make_strict(
                    {"layer": {"type": "string"}, "name": {"type": "string", "pattern": _NAME}}, required=["layer"]
                ),
            ]
        },
        "call": {"type": ["object", "null"], "description": "Arguments of a block or a function of keras.ops."},
        "layer": {
            "description": "A layer as the value of an argument.",
            "anyOf": [{"type": "string"}, _make_calls(calls)],
        },
        "entry": {"anyOf": [{"type": "string", "description": "A type without arguments."}, _make_entry(calls)]},
    }


def _make_calls(calls: Schema, **more: Any) -> Schema:
    """One key names a layer type; any other name is a block's."""
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {**calls, "reuse": {"$ref": "#/$defs/reuse"}, **more},
        "patternProperties": {"^ops\\.[\\w.]+$": {"$ref": "#/$defs/call"}},
        "propertyNames": {"pattern": "^(ops\\.[\\w.]+|[^\\W\\d_]\\w*)$"},
        "additionalProperties": {"$ref": "#/$defs/call"},
    }


def _make_entry(calls: Schema) -> Schema:
    references = {"$ref": "#/$defs/references"}
    return _make_calls(
        calls,
        **{
            "from": {
                "description": "What it is fed; the entry above by default.",
                "anyOf": [references, {"type": "object", "additionalProperties": references}],
            },
            "call": {"type": "object", "description": "Arguments of its call that are not tensors."},
            "if": _make_value({"type": "boolean"}),
            "repeat": {
                "description": "Build it again: 12, {i: 12}, {f: [16, 32]}.",
                "anyOf": [{"type": "integer"}, {"type": "object"}, _EXPRESSION],
            },
        },
    )


def _make_layer(layer_type: type[Layer]) -> Schema:
    """The arguments of one type: a closed object, or nothing where none is required."""
    arguments = {name: argument for name, argument in layer_type.args.items() if not argument.call}
    required = [name for name, argument in arguments.items() if argument.required]
    properties = {name: _make_argument(argument, layer_type) for name, argument in arguments.items()}
    properties["name"] = {"type": "string", "pattern": _NAME, "description": "By default Keras's automatic name."}
    closed = (
        _make_strict(properties, required=required) if required else _make_strict(properties, type=["object", "null"])
    )
    return {"description": summary_of(layer_type), **closed}


def _make_argument(argument: Arg[Any], owner: type[Layer]) -> Schema:
    kind = argument.kind.name
    schema = {"$ref": f"#/$defs/{kind}"} if kind in _SHARED else argument.kind.schema(owner)
    options = [schema] if schema else []
    if schema and argument.nullable:
        options.append({"type": "null"})
    if schema and not isinstance(argument.kind, (LayerKind, LayersKind)):
        options = [_allow_expressions(option) for option in options] + [_EXPRESSION]
    argument_schema: Schema = {"anyOf": options} if options else {}
    if argument.doc:
        argument_schema = {"description": argument.doc, **argument_schema}
    if not isinstance(argument.default, Required) and _is_json(argument.default):
        argument_schema["default"] = list(argument.default) if isinstance(argument.default, tuple) else argument.default
    return argument_schema


def _allow_expressions(schema: Schema) -> Schema:
    """Expressions for the items of lists, too."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [_allow_expressions(option) for option in schema["anyOf"]]}
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        return {**schema, "items": _make_value(_allow_expressions(schema["items"]))}
    return schema


def _is_json(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(_is_json(item) for item in value)
    return value is None or isinstance(value, (bool, int, float, str))
