"""`$` expressions as Python: the first way of writing one that gives what the spec's exact arithmetic gives."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import Dim
from shapecalc.expressions.evaluate import evaluate
from shapecalc.formats.keras.writing.code.trees import write_tree

_WORD = re.compile(
    r"""\$\{?(?P<name>[^\W\d]\w*)\}?
      | (?P<text>'[^']*'|"[^"]*")
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
      | (?P<word>[^\W\d]\w*)""",
    re.VERBOSE,
)
_IN_PYTHON = {
    "true": "True",
    "false": "False",
    "null": "None",
    "floor": "math.floor",
    "ceil": "math.ceil",
    "log": "math.log",
}
_NONE = re.compile(r" [!=]= None\b")

_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.UAdd: operator.pos,
    ast.USub: operator.neg, ast.Not: operator.not_, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip


def make_divisible(v: float, divisor: int = 8, min_value: float | None = None) -> int:
    """What the function of this name in the written code gives."""
    nearest = int(round(v, 9) + divisor / 2) // divisor * divisor
    nearest = max(divisor if min_value is None else min_value, nearest)  # type: ignore[assignment]
    return nearest + divisor if nearest < 0.9 * round(v, 9) else nearest


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min, "max": max, "round": round, "make_divisible": make_divisible, "math.floor": math.floor,
    "math.ceil": math.ceil, "math.log": math.log, "len": len,
}  # fmt: skip


def in_python(text: str, names: dict[str, str], scopes: Iterable[dict[str, Any]]) -> str | None:
    """An expression as Python reads it, `$name` by its name there; None where no way of writing it comes to the same.

    Python's floats are not exact: what comes out whole by the spec is rounded where it would not be here.
    """
    source = write_source(text, names)
    known = [scope for scope in scopes if not any(isinstance(value, Dim) for value in scope.values())]
    for candidate in (source, source.replace(" / ", " // "), f"round({source})"):
        if all(_agrees(candidate, text, names, scope) for scope in known):
            return _NONE.sub(lambda match: " is not None" if "!" in match[0] else " is None", candidate)
    return None


def write_source(text: str, names: dict[str, str]) -> str:
    """An expression in Python's words, spaced as Black does."""

    def write_word(match: re.Match[str]) -> str:
        if match["name"]:
            return names.get(match["name"], match["name"])
        return _IN_PYTHON.get(match["word"], match[0]) if match["word"] else match[0]

    return write_tree(ast.parse(_WORD.sub(write_word, text).strip(), mode="eval").body)


def _agrees(source: str, text: str, names: dict[str, str], scope: dict[str, Any]) -> bool:
    """Whether Python gives what the spec gives, in one scope."""
    try:
        exact = evaluate(text, scope)
    except Refusal:  # a loop variable of another entry
        return False
    values = {
        names.get(name, name): float(value) if isinstance(value, Fraction) else value for name, value in scope.items()
    }
    try:
        value = _run(ast.parse(source, mode="eval").body, values)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return False
    if isinstance(exact, Fraction):
        return isinstance(value, float) and math.isclose(value, exact, rel_tol=1e-12)
    return type(value) is type(exact) and bool(value == exact)


def _run(node: ast.expr, names: dict[str, Any]) -> Any:
    """The value of an expression in Python: of the few kinds of nodes that `write_source` writes."""
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return names[node.id]
        case ast.List() | ast.Tuple():
            return [_run(item, names) for item in node.elts]
        case ast.Subscript():
            return _run(node.value, names)[_run(node.slice, names)]
        case ast.BinOp():
            return _OPERATORS[type(node.op)](_run(node.left, names), _run(node.right, names))
        case ast.UnaryOp():
            return _OPERATORS[type(node.op)](_run(node.operand, names))
        case ast.BoolOp():
            return _run_junction(node, names)
        case ast.Compare():
            return _run_comparison(node, names)
        case ast.IfExp():
            return _run(node.body if _run(node.test, names) else node.orelse, names)
        case ast.Call():
            given = {item.arg: _run(item.value, names) for item in node.keywords if item.arg}
            return _FUNCTIONS[write_tree(node.func)](*[_run(item, names) for item in node.args], **given)
    raise TypeError(type(node))


def _run_junction(node: ast.BoolOp, names: dict[str, Any]) -> Any:
    value = None
    for term in node.values:
        value = _run(term, names)
        if bool(value) is isinstance(node.op, ast.Or):
            break
    return value


def _run_comparison(node: ast.Compare, names: dict[str, Any]) -> bool:
    left = _run(node.left, names)
    for sign, comparator in zip(node.ops, node.comparators, strict=True):
        right = _run(comparator, names)
        if not _OPERATORS[type(sign)](left, right):
            return False
        left = right
    return True
