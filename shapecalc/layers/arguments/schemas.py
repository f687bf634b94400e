"""JSON Schemas of values which a spec may also write as text: numbers, `$` expressions, tuples in parentheses.

They are flat where they can be, a list of types with the bounds of each: of such a schema an editor says what is wrong,
of a choice of schemas only that none fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecalc.layers.arguments.plain import LARGEST

Schema = dict[str, Any]

_SIGNS = (
    r"[\w\s+\-*/%<>()\[\],=]", "!=", r"\.(?![A-DF-Za-df-z_])", r"\$(?:\{\w+\})?", r"'[^'$\\]*'", r'"[^"$\\]*"',
    r"[^\x00-\x7F]",
)  # fmt: skip
EXPRESSION = rf"^(?=[\s\S]*\$)(?:{'|'.join(_SIGNS)})+$"
"""Text that has a `$`, and nothing that expressions have not: code, `${...}` with more than a name, other operators."""
EVALUATED = rf"{EXPRESSION}|^\s*\("
"""Text that may stand for a value of any kind: an expression, or a tuple in parentheses."""

_OTHER_DIGITS = r"[^\x00-\x7F]"
_DECIMAL = r"\.?[0-9][0-9_]*\.?[0-9_]*([eE][-+]?[0-9_]+)?"
_NO_DIGITS = "[iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN]"
_WHOLE = {
    None: "[-+]?[0-9_]+",
    -1: r"\+?[0-9_]+|-[0_]*1?",
    0: r"\+?[0-9_]+|-[0_]+",
    1: r"\+?[0-9_]*[1-9][0-9_]*",
}
"""Whole numbers as text by the least that they may be; any other bound holds of numbers alone."""


def whole_schema(low: int | None) -> Schema:
    """A whole number of at least `low`, as a number or as text."""
    digits = _WHOLE.get(low, _WHOLE[None])
    return {
        "type": ["integer", "string"],
        "minimum": -LARGEST if low is None else low,
        "maximum": LARGEST,
        "pattern": rf"^\s*({digits})\s*$|{_OTHER_DIGITS}|{EVALUATED}",
        "patternErrorMessage": "This must be a whole number" + ("." if low is None else f" of at least {low}."),
    }


def number_schema(low: float | None = None, high: float | None = None, *, above: float | None = None) -> Schema:
    """A real number within bounds, as a number or as text."""
    bounds = {"minimum": low, "maximum": high, "exclusiveMinimum": above}
    return {
        "type": ["number", "string"],
        **{key: bound for key, bound in bounds.items() if bound is not None},
        "pattern": rf"^\s*[-+]?({_DECIMAL}|{_NO_DIGITS})\s*$|{_OTHER_DIGITS}|{EVALUATED}",
        "patternErrorMessage": "This must be a number.",
    }


def flag_schema() -> Schema:
    """True or false, or text that is evaluated to one."""
    return {
        "type": ["boolean", "string"],
        "pattern": EVALUATED,
        "patternErrorMessage": "This must be true or false, without quotes.",
    }


def list_schema(items: Schema, *, least: int = 0, most: int | None = None) -> Schema:
    """A list, or text that is evaluated to one."""
    bounds = {"minItems": least or None, "maxItems": most}
    return {
        "type": ["array", "string"],
        "items": items,
        **{key: bound for key, bound in bounds.items() if bound is not None},
        "pattern": EVALUATED,
        "patternErrorMessage": "This must be a list.",
    }


def object_schema(properties: Schema, required: Sequence[str] = (), *, nullable: bool = False) -> Schema:
    """A mapping with these keys and no others.

    An empty one has a schema of its own: between `{` and `}` yaml-language-server offers the names of keys where no
    schema has `properties`, and otherwise nothing.
    """
    if not properties:
        return {"type": ["object", "null"], "maxProperties": 0}
    schema: Schema = {
        "type": ["object", "null"] if nullable else "object",
        "if": {"minProperties": 1},
        "then": {"properties": properties, "additionalProperties": False},
        "else": {"type": "object", "propertyNames": {"enum": [*properties]}},
    }
    return schema | ({"required": list(required)} if required else {})


def allow_one(item: Schema, several: Schema) -> Schema:
    """One item in place of a list of them; its text is the item's."""
    return {**several, **item, "type": [*item["type"][:-1], *several["type"]]}


def allow_null(schema: Schema) -> Schema:
    """The same values, and null."""
    if "anyOf" in schema:
        return {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    kinds = schema.get("type", "null")
    return schema if "null" in kinds else {**schema, "type": [*([kinds] if isinstance(kinds, str) else kinds), "null"]}


def words_schema(words: tuple[str | None, ...], *, any_case: bool = False) -> Schema:
    """One of a few words, as they stand or with `any_case` in any letters, or text that is evaluated to one."""
    pattern = EVALUATED
    if any_case:
        pattern = f"^({'|'.join(map(_ignore_case, filter(None, words)))})$|{EVALUATED}"
    return {"anyOf": [{"enum": list(words)}, {"type": "string", "pattern": pattern}]}


def _ignore_case(word: str) -> str:
    """The pattern of a word in any letters."""
    return "".join(f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() else letter for letter in word)


def named_schema(
    table: dict[str, tuple[str, ...]], others: tuple[str, ...] = (), needs: dict[str, tuple[str, ...]] | None = None
) -> Schema:
    """A name, or `{NAME: {argument: value}}`, of what `table` holds with the arguments of each.

    `others` are names that are read and not offered; `needs` has the arguments that some cannot do without.
    """
    needs = needs or {}
    arguments = {
        name: object_schema({argument: {} for argument in known}, needs.get(name, ()), nullable=name not in needs)
        for name, known in table.items()
    }
    written: Schema = {**object_schema(arguments), "minProperties": 1, "maxProperties": 1}
    pattern = EVALUATED
    if others:
        pattern = f"^({'|'.join(others)})$|{EVALUATED}"
        written["then"]["patternProperties"] = {f"^({'|'.join(others)})$": {"type": ["object", "null"]}}
    names = [name for name in table if name not in needs]
    return {"anyOf": [{"enum": names}, {"type": "string", "pattern": pattern}, written]}
