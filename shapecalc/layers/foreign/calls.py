"""Calls in Python's syntax, `LSTM(5, return_sequences=True)`, read without being run."""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

MAX_LENGTH = 2_000
MAX_DEPTH = 20
LARGEST = 10**9

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
}


class Name(NamedTuple):
    """A variable: its value is not known."""

    name: str


class Call(NamedTuple):
    """A call: what is called, with the module before it, and its arguments; `fed` is the text of a second call's."""

    module: str
    name: str
    positional: tuple[Any, ...] = ()
    keywords: tuple[tuple[str, Any], ...] = ()
    fed: str = ""


class NotACall(Exception):
    """The text is no call, or holds what cannot be read without running it."""


def read_call(text: str) -> Call | None:
    """The call that a text writes, an assignment or `model.add(...)` around it left out; None where it is none."""
    if len(text) > MAX_LENGTH or "(" not in text or _measure_depth(text) > MAX_DEPTH:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            statement = ast.parse(text.strip().rstrip(",;"), mode="exec").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return None
    expression = getattr(statement, "value", None)
    if not isinstance(statement, (ast.Expr, ast.Assign)) or not isinstance(expression, ast.Call):
        return None
    try:
        return _call(expression)
    except NotACall:
        return None


def bind(call: Call, parameters: list[str]) -> dict[str, Any] | None:
    """The values of a call by the names of its parameters; None where it gives more than there are, or one twice."""
    if len(call.positional) > len(parameters):
        return None
    values = dict(zip(parameters, call.positional, strict=False))
    if any(name in values for name, _ in call.keywords):
        return None
    return values | dict(call.keywords)


def _measure_depth(text: str) -> int:
    deepest = depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _call(expression: ast.Call) -> Call:
    function = expression.func
    if isinstance(function, ast.Call):  # Dense(5)(x): a layer, then what it is fed
        return _call(function)._replace(fed=", ".join(ast.unparse(argument) for argument in expression.args))
    if isinstance(function, ast.Attribute) and function.attr == "add" and len(expression.args) == 1:
        inner = expression.args[0]
        if isinstance(inner, ast.Call):
            return _call(inner)
    module, name = _split_dotted_name(function)
    keywords = []
    for keyword in expression.keywords:
        if keyword.arg is None:
            raise NotACall
        keywords.append((keyword.arg, read_value(keyword.value)))
    return Call(module, name, tuple(read_value(argument) for argument in expression.args), tuple(keywords))


def _split_dotted_name(expression: ast.expr) -> tuple[str, str]:
    parts: list[str] = []
    while isinstance(expression, ast.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ast.Name):
        raise NotACall
    parts.append(expression.id)
    return ".".join(reversed(parts[1:])), parts[0]


def read_value(expression: ast.expr) -> Any:
    """An expression as a value: plain data, a `Call`, or a `Name`. Raises NotACall for all else."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, (str, int, float, bool, type(None))):
        return expression.value
    if isinstance(expression, (ast.Tuple, ast.List)):
        return [read_value(element) for element in expression.elts]
    if isinstance(expression, ast.Dict) and all(isinstance(key, ast.Constant) for key in expression.keys):
        keys = [str(key.value) for key in expression.keys if isinstance(key, ast.Constant)]
        return dict(zip(keys, map(read_value, expression.values), strict=True))
    if isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.USub):
        value = read_value(expression.operand)
        if isinstance(value, (int, float)):
            return -value
    if isinstance(expression, ast.BinOp):
        return _calculate(expression)
    if isinstance(expression, ast.Call):
        return _call(expression)
    if isinstance(expression, ast.Attribute):  # tf.nn.relu, keras.activations.relu, torch.float32
        return _split_dotted_name(expression)[1]
    if isinstance(expression, ast.Name):
        return Name(expression.id)
    raise NotACall


def _calculate(expression: ast.BinOp) -> Any:
    """Sums and products of small numbers, `28 * 28`; a variable in them makes the value unknown."""
    left, right = read_value(expression.left), read_value(expression.right)
    compute = _OPERATORS.get(type(expression.op))
    if isinstance(left, Name) or isinstance(right, Name):
        return Name("")
    if compute is None or not all(isinstance(side, (int, float)) and abs(side) <= LARGEST for side in (left, right)):
        raise NotACall
    try:
        return compute(left, right)
    except ZeroDivisionError:
        raise NotACall from None
