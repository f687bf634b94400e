"""Arguments whose default is a value and which null switches off."""

from __future__ import annotations

from typing import Any, TypeVar

from shapecalc.layers.arguments.args import Arg
from shapecalc.layers.arguments.kinds import Kind

T = TypeVar("T")


class NullableKind(Kind):
    """Another kind's values, and null."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.name = f"{kind.name} or null"

    def read(self, value: object, owner: type) -> Any:
        return None if value is None else self.kind.read(value, owner)

    def expand(self, default: Any, owner: type) -> Any:
        return self.kind.expand(default, owner)

    def schema(self, owner: type) -> dict[str, Any]:
        return {"anyOf": [self.kind.schema(owner), {"type": "null"}]}


def nullable(argument: Arg[T]) -> Arg[T | None]:
    """The same argument, which takes null as well."""
    return Arg(NullableKind(argument.kind), argument.default, argument.doc, inert=argument.inert)
