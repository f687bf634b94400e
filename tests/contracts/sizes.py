"""What rules may not do to a size, found in their syntax trees: divide, order or test it; that is for dims/ to do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from shapecalc.layers.arguments.numbers import SizeKind
from shapecalc.layers.catalogue import CATALOGUE, find

DIVISIONS = (ast.FloorDiv, ast.Mod, ast.Div)
ORDERINGS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def misuses(tree: ast.AST) -> Iterator[str]:
    """Each division, ordering and truth test of what may be a size, as its text."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, DIVISIONS):
            yield ast.unparse(node)
        elif isinstance(node, ast.Compare) and any(isinstance(one, ORDERINGS) for one in node.ops):
            if not all(is_plain(one) for one in (node.left, *node.comparators)):
                yield ast.unparse(node)
        elif isinstance(node, ast.FunctionDef):
            yield from truth_tests(node)


def is_plain(node: ast.expr) -> bool:
    """Whether an operand is no size for sure: a literal, a constant, a length, the largest of a window."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.strip("_").isupper():
            return True
        case ast.Call(func=ast.Name(id="len")) | ast.Call(func=ast.Attribute(attr="count")):
            return True
        case ast.Call(func=ast.Name(id="max" | "min"), args=[ast.Attribute(value=ast.Name(id="cfg"))]):
            return True
    return False


def truth_tests(function: ast.FunctionDef) -> Iterator[str]:
    """Sizes in a place where Python asks whether they are true."""
    sizes = set(named_sizes(function))
    for node in ast.walk(function):
        for tested in tested_in(node):
            of_shape = is_entry(tested) and "shape" in ast.unparse(tested)
            argument = isinstance(tested, ast.Attribute) and tested.attr in size_arguments() and is_config(tested)
            if of_shape or argument or (isinstance(tested, ast.Name) and tested.id in sizes):
                yield f"truth of {ast.unparse(tested)}"


def named_sizes(function: ast.FunctionDef) -> Iterator[str]:
    """Names bound to a size: what `.axes(...)` gives, and entries of a shape."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign):
            continue
        target, value = node.targets[0], node.value
        if isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "axes":
            yield from (one.id for one in getattr(target, "elts", ()) if isinstance(one, ast.Name))
        elif is_entry(value) and isinstance(target, ast.Name) and ".shape[" in ast.unparse(value):
            yield target.id


def is_entry(node: ast.expr) -> bool:
    """Whether a node takes one entry of something, and no slice."""
    return isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice)


def tested_in(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert)):
        yield node.test
    elif isinstance(node, ast.BoolOp):
        yield from node.values[:-1]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.comprehension):
        yield from node.ifs


def is_config(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "cfg"


@cache
def size_arguments() -> frozenset[str]:
    """The names of arguments that may hold a symbol."""
    types = [found for name in CATALOGUE if (found := find(name)) is not None]
    return frozenset(name for found in types for name, one in found.args.items() if isinstance(one.kind, SizeKind))
