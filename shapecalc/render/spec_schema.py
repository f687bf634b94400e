"""The JSON Schema of model specs, generated from the catalogue, for editors and other tools.

It refuses what the parser refuses where the form alone shows it: names, types, arguments, the kinds of values. Draft 7
is the newest that all editors read; what it does not know, `errorMessage` among it, is for them.
"""

from __future__ import annotations

from json import dumps
from typing import Any

from shapecalc.analysis.expect import OF_LAYER, OF_MODEL
from shapecalc.layers.arguments.names import DTYPES, POLICIES
from shapecalc.layers.arguments.plain import LARGEST
from shapecalc.layers.arguments.schemas import EVALUATED, EXPRESSION, Schema, object_schema, words_schema
from shapecalc.layers.catalogue import ALIASES
from shapecalc.render.spec_schema_entries import make_entries
from shapecalc.render.spec_schema_types import list_names, list_types, make_types, refer, refuse_keys

IDENTIFIER = "urn:shapecalc:spec:1"
_FREE = {"type": ["string", "number", "boolean", "null"]}
_FORMULA = r"^[^!-'.,:-@\[-^`{-~]+$"
"""Texts without the signs that no formula has."""
_INPUT_NAME = "^(?!prev$)[A-Za-z][A-Za-z0-9_-]*$"


def schema_text() -> str:
    """The schema as JSON, one definition a line, so that a changed layer is a changed line."""

    def member(key: str, value: Any) -> str:
        return f"{dumps(key)}: {dumps(value, ensure_ascii=False)}"

    schema = spec_schema()
    definitions = ",\n    ".join(member(key, value) for key, value in schema.pop("definitions").items())
    lines = [*(member(key, value) for key, value in schema.items()), f'"definitions": {{\n    {definitions}\n  }}']
    return "{\n  " + ",\n  ".join(lines) + "\n}\n"


def spec_schema() -> Schema:
    """The schema of a model spec."""
    batch = {
        "type": ["integer", "string", "null"],
        "minimum": 1,
        "maximum": LARGEST,
        "pattern": rf"^(?!None$)[A-Za-z_]\w*$|{EXPRESSION}",
    }
    properties = {
        **_make_block_keys("model"),
        "batch_size": {"description": "The batch axis: a number, or a name; not known by default.", **batch},
        "expect": _make_expect(),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": IDENTIFIER,
        "title": "shapecalc model spec",
        "description": "A neural network: its inputs, its layers from top to bottom, its outputs.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": ["layers"],
        "anyOf": [{"required": ["input"]}, {"required": ["inputs"]}],
        "allOf": [
            _refuse_both_inputs(),
            {
                "if": {"required": ["blocks"], "properties": {"blocks": {"type": "object"}}},
                "else": {"properties": {"layers": {"items": refer("known-entry")}}, "allOf": [_require_feed()]},
            },
            {"if": {"not": {"required": ["batch_size"]}}, "then": _require_open_batch()},
        ],
        "definitions": {**_make_common(), **make_entries(), **make_types()},
    }


def _make_block_keys(owner: str) -> Schema:
    """The keys that a model and a block have; `owner` says which of the two."""
    declared: Schema = {
        "type": ["object", "null"],
        "propertyNames": {"pattern": _INPUT_NAME},
        "additionalProperties": refer(f"input-of-a-{owner}"),
    }
    if owner == "block":
        names = {"type": "array", "uniqueItems": True, "items": {"type": "string", "pattern": _INPUT_NAME}}
        declared = {"anyOf": [declared, names]}
    return {
        "name": {**_FREE, "description": "Free text; the file's stem by default."},
        "description": {**_FREE, "description": "Free text."},
        "args": {"type": ["object", "null"], "description": "Name to default, or `required`; `--set` gives a model's."},
        "input": {
            "description": "The shape of the one input, without the batch axis: `[5, 1]`.",
            **refer(f"input-of-a-{owner}"),
        },
        "inputs": {"description": "Name to shape; in a block a list of names will do.", **declared},
        "layers": {
            "description": "The entries, from top to bottom.",
            "type": "array",
            "minItems": 1,
            "items": refer("entry"),
        },
        "outputs": {
            "description": "A reference, a list of them, or name to reference; the last entry by default.",
            "anyOf": [
                refer("references"),
                {
                    "type": ["object", "null"],
                    "propertyNames": {"pattern": _INPUT_NAME},
                    "additionalProperties": refer("reference"),
                },
            ],
        },
        "blocks": {
            "description": "Name to a sub-model, used as a layer type.",
            "type": ["object", "null"],
            "propertyNames": refer("block-name"),
            "additionalProperties": refer("block"),
        },
        "dtype": {
            "description": "Of layers that give none; float32 by default.",
            **words_schema((*DTYPES, *POLICIES, None)),
        },
        "active": {
            "description": "The part of its weights that one token needs, where a router chooses; all by default.",
            "type": ["number", "string", "null"],
            "exclusiveMinimum": 0,
            "maximum": 1,
            "pattern": EXPRESSION,
        },
    }


def _make_expect() -> Schema:
    quantity = {
        "description": 'Exact, a formula, or a bound as text: "<= 5M", "<= 20 MiB".',
        "type": ["integer", "string", "null"],
        "minimum": 0,
        "pattern": rf"{EXPRESSION}|^\s*(<=|>=|<|>|==?)?\s*[0-9][0-9,_]*(\.[0-9]+)?\s*[A-Za-z]*\s*$|{_FORMULA}",
        "patternErrorMessage": 'A number, a formula, or a bound: "<= 5M", "<= 20 MiB".',
    }
    shapes = {
        "description": "One shape, a list of shapes, or shapes by name.",
        "if": {"type": "array", "items": [{"type": "array"}], "minItems": 1},
        "then": {"items": refer("expected-shape")},
        "else": {
            "if": {"type": "object"},
            "then": {"additionalProperties": refer("expected-shape")},
            "else": refer("expected-shape"),
        },
    }
    of_layer = {
        **dict.fromkeys(OF_LAYER, quantity),
        "output": shapes,
        "outputs": shapes,
    }
    layers = {
        "description": "The same by the path of a layer.",
        "type": "object",
        "additionalProperties": object_schema(of_layer),
    }
    of_model = {**of_layer, **dict.fromkeys(OF_MODEL, quantity), "layers": layers}
    return {
        "description": "What `shapecalc check` holds the model to.",
        **object_schema(of_model, nullable=True),
    }


def _make_common() -> Schema:
    """Shapes, inputs and blocks."""
    size = {
        "type": ["integer", "null", "string"],
        "minimum": 1,
        "maximum": LARGEST,
        "pattern": rf"^[A-Za-z_]\w*$|{EXPRESSION}",
        "patternErrorMessage": "A size is a whole number of at least 1, `null`, a name, or an expression with `$`.",
    }
    text = {
        "pattern": EVALUATED,
        "patternErrorMessage": "A shape is a list of sizes, without the batch axis: `[5, 1]`.",
    }
    return {
        "size-of-a-model": size,
        "size-of-a-block": {**size, "pattern": rf"{size['pattern']}|^\.\.\.$"},
        **{
            f"shape-of-a-{owner}": {
                "type": ["array", "string"],
                "items": refer(f"size-of-a-{owner}"),
                "maxItems": 100,
                **text,
            }
            for owner in ("model", "block")
        },
        "expected-shape": {
            "type": ["array", "string"],
            "pattern": rf"^\s*[\[(]|{EXPRESSION}",
            "patternErrorMessage": "Write it as `[5, 1]`, or as the table prints it.",
            "items": {"type": ["integer", "string", "null"], "minimum": 0, "pattern": rf"{EXPRESSION}|{_FORMULA}"},
        },
        **{f"input-of-a-{owner}": _make_input(owner) for owner in ("model", "block")},
        "block": {
            "if": {"required": ["file"]},
            "then": object_schema({"file": _FREE}),
            "else": {
                **object_schema(_make_block_keys("block"), ["layers"]),
                "allOf": [_refuse_both_inputs()],
            },
        },
    }


def _make_input(owner: str) -> Schema:
    """An input: a shape, or a mapping with a dtype; a block's need not say its shape."""
    shape = refer(f"shape-of-a-{owner}")
    properties = {"shape": shape, "batch_shape": shape, "dtype": words_schema(DTYPES)}
    said: Schema = {"oneOf": [{"required": ["shape"]}, {"required": ["batch_shape"]}]}
    if owner == "block":
        said = {"not": {"required": ["shape", "batch_shape"]}}
    return {"anyOf": [shape, {**object_schema(properties), **said}]}


def _require_open_batch() -> Schema:
    """Without `batch_size`, the first axis of a shape in parentheses is None."""
    shape = {
        "if": {"type": "string", "pattern": r"^[^$]*$"},
        "then": {
            "pattern": r"^\s*\(\s*None\s*[,)]",
            "patternErrorMessage": "In parentheses the batch stands first: `(None, 5, 1)`; in brackets it is left out.",
        },
    }
    declared = {**shape, "properties": {"shape": shape}}
    return {"properties": {"input": declared, "inputs": {"additionalProperties": declared}}}


def _require_feed() -> Schema:
    """The first entry of a model with several inputs, or none, says what it is fed."""
    sources = [name for name in list_names() if _is_source(name)]
    exempt = [{"required": [key]} for key in ("from", "if", "repeat", *sources)]
    message = "What is it fed? Write it with `from: NAME` below, where NAME is an input."
    not_alone = {"pattern": "^(?!)", "patternErrorMessage": message}
    only = {"type": "object", "minProperties": 1, "maxProperties": 1}
    return {
        "if": {"required": ["inputs"], "properties": {"inputs": {"not": only}}},
        "then": {"properties": {"layers": {"items": [{"anyOf": exempt, **not_alone}]}}},
    }


def _refuse_both_inputs() -> Schema:
    message = "`input` and `inputs` cannot both stand here: declare them all under `inputs`."
    return {"if": {"required": ["input", "inputs"]}, "then": refuse_keys("inputs$", message)}


def _is_source(name: str) -> bool:
    layer_type = list_types()[ALIASES.get(name, name)]
    return layer_type.is_source or not layer_type.ports
