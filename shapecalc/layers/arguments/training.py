"""Arguments that act in training only: regularizers and constraints, whose names and arguments are Keras's."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.errors import Refusal
from shapecalc.layers.arguments.kinds import Kind, plain_number, shown
from shapecalc.layers.class_names import snake_case

REGULARIZERS: dict[str, tuple[str, ...]] = {
    "L1": ("l1",),
    "L2": ("l2",),
    "L1L2": ("l1", "l2"),
    "OrthogonalRegularizer": ("factor", "mode"),
}
CONSTRAINTS: dict[str, tuple[str, ...]] = {
    "MaxNorm": ("max_value", "axis"),
    "MinMaxNorm": ("min_value", "max_value", "rate", "axis"),
    "NonNeg": (),
    "UnitNorm": ("axis",),
}


class NamedKind(Kind):
    """A name, or `{NAME: {argument: value}}`, of what `table` holds: class names, or the same in small letters."""

    def __init__(self, name: str, table: dict[str, tuple[str, ...]]) -> None:
        self.name = name
        self.table = table | {_small(one): arguments for one, arguments in table.items()}

    def read(self, value: object, owner: type) -> Any:
        name, arguments = value, None
        if isinstance(value, dict) and len(value) == 1:
            ((name, arguments),) = value.items()
        if value is None:
            return None
        if not isinstance(name, str) or name not in self.table or not isinstance(arguments or {}, dict):
            from shapecalc.diagnostics import did_you_mean

            guess = did_you_mean(name, self.table) if isinstance(name, str) else None
            help = f"did you mean `{guess}`?" if guess and guess != name else f"Keras has {', '.join(self.table)}"
            raise Refusal(f"wants the name of a Keras {self.name}, got {shown(value)}", code="SC204", help=help)
        if arguments is None:
            return value if isinstance(value, str) else {name: None}
        for key in arguments:
            if key not in self.table[name]:
                takes = ", ".join(self.table[name]) or "no arguments"
                message = f"the {self.name} {name} has no argument {shown(key)}; it takes {takes}"
                raise Refusal(message, code="SC202")
        return {name: {key: plain_number(item) for key, item in arguments.items()}}

    def schema(self, owner: type) -> dict[str, Any]:
        options = {"type": "object", "minProperties": 1, "maxProperties": 1, "propertyNames": {"enum": [*self.table]}}
        return {"anyOf": [{"enum": [*self.table]}, options, {"type": "null"}]}


def _small(name: str) -> str:
    """`max_norm` of `MaxNorm`; Keras writes `l1l2` in one."""
    return name.lower() if name.startswith("L") else snake_case(name)


REGULARIZER = NamedKind("regularizer", REGULARIZERS)
CONSTRAINT = NamedKind("constraint", CONSTRAINTS)
