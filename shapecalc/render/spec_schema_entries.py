"""The JSON Schema of entries: a type or block with its arguments, and the wiring beside it."""

from __future__ import annotations

from itertools import combinations
from re import escape

from shapecalc.layers.arguments.nested import LayerKind
from shapecalc.layers.arguments.schemas import EXPRESSION, Schema, object_schema
from shapecalc.layers.catalogue import ALIASES, CATALOGUE
from shapecalc.model.context import MAX_NODES
from shapecalc.render.spec_schema_types import (
    LAYERS_WITHIN,
    list_names,
    list_types,
    make_wirings,
    name_wiring,
    refer,
    refuse_keys,
)

_OPERATOR = r"onnx\.[A-Za-z0-9]+"
_NAME = "^(?!(input|prev)$)[A-Za-z][A-Za-z0-9_-]*$"
"""The names that entries and blocks may give themselves."""
_REFERENCE = r"^[A-Za-z][A-Za-z0-9_@/*-]*(\..*)?$"
_WIRING = ("from", "call", "if", "repeat")
_EXPRESSION = {"type": "string", "pattern": EXPRESSION}
_ALONE = (refer("bare"), refer("block-name"))
"""A type without arguments, or a block: any name that is no type's."""
_NO_LAYER = "This is no name of a layer above."
_NO_TYPE = "There is no such layer type; `shapecalc layers` lists them."


def make_entries() -> Schema:
    """The definitions of entries and of layers within layers."""
    return {
        **_make_names(),
        **_make_references(),
        "layer": _make_layer(),
        "entry": _make_entry(),
        "known-entry": _make_known(*_WIRING),
        "known-layer": _make_known(),
        "known-layers": {
            "if": {"type": "array"},
            "then": {"items": refer("known-layer")},
            "else": refer("known-layer"),
        },
        **make_wirings(),
    }


def _make_names() -> Schema:
    """The names that layers have, and those of types and blocks."""
    return {
        "name": {
            "title": "name",
            "description": "The layer's name; by default an automatic one in Keras's scheme.",
            "type": ["string", "number", "boolean", "null"],
        },
        "name-of-an-entry": {
            "if": {"properties": {"name": {"type": "string", "pattern": EXPRESSION}}},
            "else": {
                "properties": {
                    "name": {
                        "type": "string",
                        "pattern": _NAME,
                        "maxLength": 200,
                        "patternErrorMessage": "A name begins with a letter and holds letters, digits, `_` and `-`; "
                        "`input` and `prev` are taken.",
                    }
                }
            },
        },
        "types": {"type": "string", "pattern": _match(list_names()), "patternErrorMessage": _NO_TYPE},
        "block-name": {
            "type": "string",
            "pattern": f"^(?!({'|'.join(map(escape, [*CATALOGUE, *ALIASES]))}|prev)$)[A-Za-z][A-Za-z0-9_-]*$",
            "patternErrorMessage": "This is no layer type that needs no arguments, and no name that a block may have.",
        },
        "bare": {
            "enum": _list_bare(),
            "errorMessage": "This is no layer type that needs no arguments: others are written `LSTM: {units: 5}`.",
        },
    }


def _make_references() -> Schema:
    """What `from`, `outputs` and `reuse` name."""
    return {
        "reference": {
            "type": "string",
            "pattern": _REFERENCE,
            "patternErrorMessage": "A reference is NAME, NAME.PORT, NAME.*, NAME/0, NAME/* or prev.",
            "description": "NAME, NAME.PORT, NAME.*, NAME/0, NAME/* or prev.",
        },
        "references": {
            "type": ["string", "array"],
            "pattern": _REFERENCE,
            "patternErrorMessage": "One reference, or a list of them: `[a, b]`.",
            "items": refer("reference"),
        },
        "input-of-a-port": {
            "allOf": [refer("references")],
            "anyOf": [{"type": "string"}, {"maxItems": 1}, {"contains": {"pattern": "\\*"}}],
        },
        "reuse-of-a-layer": {
            "type": "string",
            "pattern": r"^(?!input$)[A-Za-z][A-Za-z0-9_@/-]*$",
            "patternErrorMessage": _NO_LAYER,
            "description": "The name of a layer above, in the same list of layers.",
        },
    }


def _list_bare() -> list[str]:
    """The names of types that need no argument, and may stand alone."""
    types = list_types()
    return [name for name in list_names() if not types[ALIASES.get(name, name)].required]


def _list_calls() -> Schema:
    """Each name of a type with the definition of its arguments."""
    return {name: refer(ALIASES.get(name, name)) for name in list_names()}


def _make_object(properties: Schema) -> Schema:
    """A mapping whose keys are types, blocks and these properties."""
    return {
        "type": "object",
        "properties": {**_list_calls(), **properties},
        "additionalProperties": {"type": ["object", "null"]},
        "propertyNames": {
            "pattern": _match_keys(),
            "patternErrorMessage": "A key of an entry is a layer type, a block, `ops.NAME`, `reuse`, or one of `from`, "
            "`call`, `if` and `repeat`.",
        },
    }


def _match_keys() -> str:
    """The pattern of types and functions, and of what may be a block."""
    refused = [name for name in CATALOGUE if name not in list_types()]
    functions = "|".join(escape(name.removeprefix("ops.")) for name in list_names() if name.startswith("ops."))
    return rf"^(?!({'|'.join(refused)}|prev)$)[A-Za-z][A-Za-z0-9_-]*$|^ops\.({functions})$|^{_OPERATOR}$"


def _make_layer() -> Schema:
    """A layer as the value of an argument: one key, and nothing beside it."""
    within = _make_object({"reuse": refer("reuse-of-a-layer")})
    offered = [name for name in list_names() if not list_types()[ALIASES.get(name, name)].deprecated]
    empty = {"type": "object", "propertyNames": {"enum": [*offered, "reuse"]}}
    written = {"if": {"minProperties": 1}, "then": within, "else": empty}
    return {
        "description": "A layer: a type or block with its arguments, or `{reuse: NAME}`.",
        "anyOf": [*_ALONE, {"type": "object", "minProperties": 1, "maxProperties": 1, **written}],
    }


def _make_entry() -> Schema:
    """An entry of `layers`, for files with blocks and without."""
    reuse = {
        "title": "reuse",
        "description": "A layer above, called again: the same weights, counted once.",
        **object_schema({"layer": refer("reuse-of-a-layer"), "name": refer("name")}, ["layer"]),
        "type": ["string", "object"],
        "pattern": r"^(?!input$)[A-Za-z]",
        "patternErrorMessage": _NO_LAYER,
    }
    types = list_types()
    beside = {name: refer(name_wiring(types[ALIASES.get(name, name)])) for name in list_names()}
    entry = _make_object({"reuse": reuse, **_make_wiring()})
    return {
        "description": "A layer type or block with its arguments; beside it `from`, `call`, `if`, `repeat`.",
        "anyOf": [
            *_ALONE,
            {
                **entry,
                "dependencies": beside,
                # Apart, since yaml-language-server tries patterns on those keys alone that no `properties` beside has.
                "allOf": [
                    _require_one_type(),
                    {"patternProperties": {"^(?!(from|call|if|repeat)$)": refer("name-of-an-entry")}},
                ],
            },
        ],
    }


def _require_one_type() -> Schema:
    """One key besides those of the wiring: as many keys as there are of these, and one."""
    choices: list[Schema] = []
    for count in range(len(_WIRING) + 1):
        present = [{"required": list(keys)} for keys in combinations(_WIRING, count)]
        choices.append({"maxProperties": count + 1, "anyOf": present} if count else {"maxProperties": 1})
    is_wiring = {"propertyNames": {"enum": list(_WIRING)}}
    message = "An entry has one layer type or block, and beside it `from`, `call`, `if`, `repeat`."
    return {"if": {"anyOf": choices, "not": is_wiring}, "else": {"minProperties": 1, **refuse_keys("", message)}}


def _make_wiring() -> Schema:
    """What may stand beside any type; what the type in question takes stands in the schemas of `make_wirings`."""
    references = refer("references")
    return {
        "from": {
            "title": "from",
            "description": "What it is fed: a reference, a list of them, or call argument to reference; "
            "the entry above by default.",
            "anyOf": [references, {"type": "object", "additionalProperties": references}],
        },
        "call": {
            "title": "call",
            "description": "Arguments of its call that are not tensors.",
            "type": "object",
        },
        "if": {
            "title": "if",
            "description": "Whether the entry is there, decided by arguments: `$project`.",
            "anyOf": [{"type": ["boolean", "integer"]}, _EXPRESSION],
        },
        "repeat": {
            "title": "repeat",
            "description": "Build it again, each time with new weights: 12, {i: 12}, {f: [16, 32]}.",
            "type": ["integer", "object", "string"],
            "minimum": 0,
            "maximum": MAX_NODES,
            "pattern": EXPRESSION,
            "minProperties": 1,
            "additionalProperties": {
                "type": ["integer", "array", "string"],
                "minimum": 0,
                "maximum": MAX_NODES,
                "pattern": EXPRESSION,
            },
        },
    }


def _make_known(*wiring: str) -> Schema:
    """Entries of a file that has no blocks, or layers in it: every name is a type's, within layers too."""
    within = {}
    for name, layer_type in list_types().items():
        arguments = {
            argument.name: refer("known-layer") if isinstance(argument.kind, LayerKind) else refer("known-layers")
            for argument in layer_type.args.values()
            if isinstance(argument.kind, LAYERS_WITHIN)
        }
        if arguments:
            within[name] = {"properties": arguments}
    keys = {"pattern": _match([*list_names(), "reuse", *wiring]), "patternErrorMessage": _NO_TYPE}
    return {
        "if": {"type": "object", "minProperties": 1},
        "then": {"propertyNames": keys, "properties": within},
        "else": {"if": {"type": "string"}, "then": refer("types")},
    }


def _match(words: list[str]) -> str:
    """The pattern of these words and of ONNX's operators; unlike an `enum`, it is not offered to be typed."""
    return f"^({'|'.join(map(escape, words))}|{_OPERATOR})$"
