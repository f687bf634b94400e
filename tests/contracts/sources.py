"""The package's source files as syntax trees: who imports what, and how long things are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "shapecalc"


@cache
def modules() -> dict[str, ast.Module]:
    """Module name to syntax tree."""
    return {module_name(path): ast.parse(path.read_text("utf-8"), str(path)) for path in sorted(PACKAGE.rglob("*.py"))}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def imported(tree: ast.AST, package: str = "") -> Iterator[str]:
    """Every module that is imported, wherever the import stands; `from a import b` may mean a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: -node.level]
                base = ".".join([*above, *([base] if base else [])])
            yield base
            yield from (f"{base}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
            yield from (text_of(argument) for argument in node.args[:1])


def imported_for_types(tree: ast.AST, package: str = "") -> Iterator[str]:
    """Every module that is imported under `if TYPE_CHECKING:`, for annotations alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.body:
                yield from imported(statement, package)


def text_of(node: ast.expr) -> str:
    """What is sure of a text: all of a literal, the start of an f-string."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else ""
