"""Expressions of Python as text, spaced and bracketed as Black leaves them, alike in every version of Python."""

from __future__ import annotations

import ast

from shapecalc.formats.keras.writing.code.literals import write_text

_SIGNS: dict[type, tuple[str, int]] = {
    ast.Add: ("+", 6), ast.Sub: ("-", 6), ast.Mult: ("*", 7), ast.Div: ("/", 7), ast.FloorDiv: ("//", 7),
    ast.Mod: ("%", 7), ast.Or: ("or", 2), ast.And: ("and", 3),
}  # fmt: skip
"""Operators and how tightly they bind; `A if C else B` is 1, `not` 4, comparisons 5, signs 8, powers 9, others 10."""
_COMPARISONS: dict[type, str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


def write_tree(node: ast.expr, least: int = 0) -> str:
    """The text of a tree, in brackets where it binds less tightly than `least`."""
    text, level = _write(node)
    return f"({text})" if level < least else text


def _write(node: ast.expr) -> tuple[str, int]:
    """The text of a tree, and how tightly it binds."""
    match node:
        case ast.Constant():
            return (write_text(node.value) if isinstance(node.value, str) else repr(node.value)), 10
        case ast.Name():
            return node.id, 10
        case ast.Attribute():
            return f"{write_tree(node.value, 10)}.{node.attr}", 10
        case ast.List() | ast.Tuple():
            return f"[{', '.join(map(write_tree, node.elts))}]", 10
        case ast.Subscript():
            return f"{write_tree(node.value, 10)}[{write_tree(node.slice)}]", 10
        case ast.Call():
            given = [write_tree(item) for item in node.args]
            given += [f"{item.arg}={write_tree(item.value)}" for item in node.keywords]
            return f"{write_tree(node.func, 10)}({', '.join(given)})", 10
        case ast.IfExp():
            return f"{write_tree(node.body, 2)} if {write_tree(node.test, 2)} else {write_tree(node.orelse, 1)}", 1
        case ast.Compare():
            pairs = zip(node.ops, node.comparators, strict=True)
            rest = [f" {_COMPARISONS[type(sign)]} {write_tree(item, 6)}" for sign, item in pairs]
            return write_tree(node.left, 6) + "".join(rest), 5
        case ast.BoolOp():
            sign, level = _SIGNS[type(node.op)]
            return f" {sign} ".join(write_tree(item, level + 1) for item in node.values), level
    return _write_operation(node)


def _write_operation(node: ast.expr) -> tuple[str, int]:
    """The text of a sign or an operator with its operands."""
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            return f"not {write_tree(node.operand, 4)}", 4
        is_power = isinstance(node.operand, ast.BinOp) and isinstance(node.operand.op, ast.Pow)
        return f"{'-' if isinstance(node.op, ast.USub) else '+'}{write_tree(node.operand, 10 if is_power else 8)}", 8
    assert isinstance(node, ast.BinOp)
    if isinstance(node.op, ast.Pow):
        negated = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
        space = "" if _is_simple(node.left) and _is_simple(negated) else " "
        return f"{write_tree(node.left, 10)}{space}**{space}{write_tree(node.right, 8)}", 9
    sign, level = _SIGNS[type(node.op)]
    return f"{write_tree(node.left, level)} {sign} {write_tree(node.right, level + 1)}", level


def _is_simple(node: ast.expr) -> bool:
    """Whether an operand of a power is a name or a number, which Black writes without spaces."""
    return isinstance(node, (ast.Name, ast.Constant))
