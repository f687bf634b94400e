"""Every change that the program knows to make in a file: an operator, a constant, a condition, a statement left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

COMPARISONS = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==", ast.Is: "is not",
    ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
ARITHMETIC = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.FloorDiv: "*", ast.Div: "*", ast.Mod: "//", ast.Pow: "*"}


class Change(NamedTuple):
    """A piece of a file and what to put in its place; columns count bytes of the line, as `ast` does."""

    path: Path
    start: tuple[int, int]
    end: tuple[int, int]
    new: str

    def apply(self, text: str) -> str:
        """The text of the file with the change made."""
        lines = [line.encode() for line in text.split("\n")]
        (first, start), (last, end) = self.start, self.end
        head, tail = lines[first - 1][:start], lines[last - 1][end:]
        lines[first - 1 : last] = [head + self.new.encode() + tail]
        return b"\n".join(lines).decode()

    def describe(self, root: Path) -> str:
        """Where the change stands, and its first line before and after."""
        text, line = self.path.read_text("utf-8"), self.start[0]
        before, after = text.split("\n")[line - 1].strip(), self.apply(text).split("\n")[line - 1].strip()
        return f"{self.path.relative_to(root)}:{line}: {before}\n    -> {after}"

    def is_python(self) -> bool:
        """Whether the changed file can still be compiled."""
        try:
            compile(self.apply(self.path.read_text("utf-8")), "changed", "exec")
        except (SyntaxError, ValueError):
            return False
        return True


def list_changes(path: Path) -> Iterator[Change]:
    """Every change that this program knows to make in a file."""
    lines = path.read_text("utf-8").split("\n")
    for node in walk_visible(ast.parse("\n".join(lines))):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            yield replace_between(path, node.left, COMPARISONS[type(node.ops[0])], node.comparators[0])
        elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
            yield replace_between(path, node.left, ARITHMETIC[type(node.op)], node.right)
        elif isinstance(node, ast.BoolOp):
            yield replace_between(path, node.values[0], "or" if isinstance(node.op, ast.And) else "and", node.values[1])
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield replace(path, node, f"({ast.unparse(node.operand)})")
        elif isinstance(node, ast.Constant):
            yield from change_constant(path, node)
        elif isinstance(node, (ast.If, ast.IfExp, ast.While)) and not isinstance(node.test, ast.Constant):
            yield replace(path, node.test, f"(not ({ast.unparse(node.test)}))")
        elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
            yield replace(path, node, "return None")
        elif isinstance(node, (ast.AugAssign, ast.Raise, ast.Continue, ast.Break)) or is_call(node):
            yield replace(path, node, "pass")


def is_call(node: ast.AST) -> bool:
    """Whether a node is a call made for its effect alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def change_constant(path: Path, node: ast.Constant) -> Iterator[Change]:
    """A number plus one, the other truth value, a text with one more letter."""
    value = node.value
    if isinstance(value, bool):
        yield replace(path, node, repr(not value))
    elif isinstance(value, (int, float)):
        yield replace(path, node, repr(value + 1))
    elif isinstance(value, str) and value:
        yield replace(path, node, repr(value + "x"))


def walk_visible(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but docstrings, annotations, f-strings' parts, and what only type checkers read."""
    if isinstance(tree, ast.If) and isinstance(tree.test, ast.Name) and tree.test.id == "TYPE_CHECKING":
        return
    yield tree
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "type_params") or isinstance(tree, ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if isinstance(child, ast.AST) and not is_docstring:
                yield from walk_visible(child)


def replace(path: Path, node: ast.AST, new: str) -> Change:
    """The change that puts a text in the place of a node."""
    return Change(path, (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset), new)  # type: ignore[attr-defined]


def replace_between(path: Path, left: ast.expr, operator: str, right: ast.expr) -> Change:
    """The change that puts another operator between two operands."""
    end = (left.end_lineno or left.lineno, left.end_col_offset or 0)
    return Change(path, end, (right.lineno, right.col_offset), f" {operator} ")
