"""The kinds of argument that hold layers: of wrappers, and of recurrent layers over cells."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.errors import Refusal
from shapecalc.layers.arguments.kind import Kind
from shapecalc.layers.arguments.plain import Config, as_yaml


class LayerKind(Kind):
    name = "layer"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, Config):
            return value
        message, help = f"must be a layer, got {as_yaml(value)}", "write it as `{Dense: {units: 8}}`"
        raise Refusal(message, code="SC204", help=help, instead="{Dense: {units: 8}}", example=True)

    def schema(self, owner: type) -> dict[str, Any]:
        return {"$ref": "#/definitions/layer"}


class LayersKind(Kind):
    name = "list of layers"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, Config):
            return (value,)
        if isinstance(value, (list, tuple)) and value and all(isinstance(item, Config) for item in value):
            return tuple(value)
        raise Refusal(f"must be a layer or a list of layers, got {as_yaml(value)}", code="SC204")

    def schema(self, owner: type) -> dict[str, Any]:
        layer = {"$ref": "#/definitions/layer"}
        several = {"type": "array", "items": layer, "minItems": 1}
        return {"if": {"type": "array"}, "then": several, "else": layer}
