"""Files and functions stay short enough to be read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.contracts.sources import PACKAGE, module_name, modules

MOST_LINES = 450
MOST_LINES_OF_A_FUNCTION = 60

LONG_FUNCTIONS = {
    "shapecalc.document.builder.build": "one loop over the events of a document, where a call for each would show",
}
"""What is longer, and why it is not divided."""


def functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Name and lines of each function, decorators left out."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_are_short() -> None:
    lengths = {module_name(path): len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert not {name for name, lines in lengths.items() if lines >= MOST_LINES}


def test_functions_are_short() -> None:
    lengths = {f"{module}.{name}": lines for module, tree in modules().items() for name, lines in functions(tree)}
    too_long = {name for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FUNCTION}
    assert too_long == set(LONG_FUNCTIONS)


@pytest.mark.parametrize(("lines", "counted"), [(1, 2), (59, 60), (60, 61)])
def test_a_long_function_is_found(lines: int, counted: int) -> None:
    text = "@decorated\ndef f():\n" + "    x = 1\n" * lines
    assert list(functions(ast.parse(text))) == [("f", counted)]
