"""Changes the package's code at random, one change at a time, and counts what the tests notice.

    python -m tests.robust.mutants SEED COUNT [PART OF A MODULE'S NAME]

Works in a copy of the checkout, so that the code at hand is never changed. It first runs the tests under `coverage` (to
be installed for this), which says which tests reach which line; a change is tried on those, then on all tests. Of each
change it prints the line before and after, and the first test that failed, or SURVIVED where none did. A change that
nobody could see from outside, such as a faster way turned into a slower one, survives rightly: whoever reads the list
says which.
"""

from __future__ import annotations

import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
MOST_TESTS = 60
"""Test functions that are tried first, of all that reach the changed line."""
TIMEOUT = 1200
"""Seconds after which a run of the tests counts as one that noticed: the change made a loop endless."""

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


def main(seed: int, count: int, part: str = "") -> None:
    """Tries `count` changes drawn by `seed` in the modules whose dotted name holds `part`."""
    chance = random.Random(seed)
    modules = [path for path in sorted((ROOT / "shapecalc").rglob("*.py")) if part in dotted(path)]
    changes = [change for path in modules for change in changes_of(path)]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        copy_checkout(copy)
        reached = map_tests(copy)
        chosen = [change for change in chance.sample(changes, len(changes)) if is_python(change)][:count]
        for number, change in enumerate(chosen, 1):
            noticed_by = first_failure(copy, change, reached(change))
            survivors += not noticed_by
            print(f"{number}: {described(change)}\n    {noticed_by or 'SURVIVED'}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} noticed")


def copy_checkout(folder: Path) -> None:
    """Copies what git knows of."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def map_tests(folder: Path) -> Callable[[Change], list[str]]:
    """Runs all tests under coverage; gives a function from a change to the tests that reach its line, near ones first.

    Raises SystemExit where a test fails without any change.
    """
    from coverage import CoverageData

    settings = folder / ".coveragerc"
    settings.write_text("[run]\nsource = shapecalc\ndynamic_context = test_function\n", "utf-8")
    failed = run_tests(folder, ["tests"], ["coverage", "run", f"--rcfile={settings}", "-m"])
    if failed:
        sys.exit(f"without any change: {failed}")
    data = CoverageData(str(folder / ".coverage"))
    data.read()

    def reached(change: Change) -> list[str]:
        lines = data.contexts_by_lineno(str(folder / change.path.relative_to(ROOT)))
        package = change.path.relative_to(ROOT / "shapecalc").parts[0]
        names = sorted(filter(None, lines.get(change.start[0], [])), key=lambda name: f".{package}." not in name)
        modules = [name.rpartition(".") for name in names[:MOST_TESTS]]
        return [f"{module.replace('.', '/')}.py::{function}" for module, _, function in modules]

    return reached


def dotted(path: Path) -> str:
    """The module's name: `shapecalc.dims.dim`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def changes_of(path: Path) -> Iterator[Change]:
    """Every change that this program knows to make in a file."""
    lines = path.read_text("utf-8").split("\n")
    for node in visible_nodes(ast.parse("\n".join(lines))):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            yield between(path, node.left, COMPARISONS[type(node.ops[0])], node.comparators[0])
        elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
            yield between(path, node.left, ARITHMETIC[type(node.op)], node.right)
        elif isinstance(node, ast.BoolOp):
            yield between(path, node.values[0], "or" if isinstance(node.op, ast.And) else "and", node.values[1])
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield replaced(path, node, f"({ast.unparse(node.operand)})")
        elif isinstance(node, ast.Constant):
            yield from changed_constants(path, node)
        elif isinstance(node, (ast.If, ast.IfExp, ast.While)) and not isinstance(node.test, ast.Constant):
            yield replaced(path, node.test, f"(not ({ast.unparse(node.test)}))")
        elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
            yield replaced(path, node, "return None")
        elif isinstance(node, (ast.AugAssign, ast.Raise, ast.Continue, ast.Break)) or is_call(node):
            yield replaced(path, node, "pass")


def is_call(node: ast.AST) -> bool:
    """Whether a node is a call made for its effect alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def changed_constants(path: Path, node: ast.Constant) -> Iterator[Change]:
    """A number one more, a flag turned, a text with a letter more."""
    value = node.value
    if isinstance(value, bool):
        yield replaced(path, node, repr(not value))
    elif isinstance(value, (int, float)):
        yield replaced(path, node, repr(value + 1))
    elif isinstance(value, str) and value:
        yield replaced(path, node, repr(value + "x"))


def visible_nodes(tree: ast.AST) -> Iterator[ast.AST]:
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
                yield from visible_nodes(child)


def replaced(path: Path, node: ast.AST, new: str) -> Change:
    """A node's text replaced."""
    return Change(path, (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset), new)  # type: ignore[attr-defined]


def between(path: Path, left: ast.expr, operator: str, right: ast.expr) -> Change:
    """What stands between two operands replaced by another operator."""
    end = (left.end_lineno or left.lineno, left.end_col_offset or 0)
    return Change(path, end, (right.lineno, right.col_offset), f" {operator} ")


def applied(change: Change, text: str) -> str:
    """The text of a file with the change made."""
    lines = [line.encode() for line in text.split("\n")]
    (first, start), (last, end) = change.start, change.end
    head, tail = lines[first - 1][:start], lines[last - 1][end:]
    lines[first - 1 : last] = [head + change.new.encode() + tail]
    return b"\n".join(lines).decode()


def described(change: Change) -> str:
    """Where the change stands, and its first line before and after."""
    text = change.path.read_text("utf-8")
    line = change.start[0]
    before, after = text.split("\n")[line - 1].strip(), applied(change, text).split("\n")[line - 1].strip()
    return f"{change.path.relative_to(ROOT)}:{line}: {before}\n    -> {after}"


def is_python(change: Change) -> bool:
    """Whether the changed file can still be compiled."""
    try:
        compile(applied(change, change.path.read_text("utf-8")), "changed", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def first_failure(folder: Path, change: Change, near: list[str]) -> str:
    """The first test that fails with the change made, those `near` tried first; empty where all pass."""
    target = folder / change.path.relative_to(ROOT)
    text = target.read_text("utf-8")
    target.write_text(applied(change, text), "utf-8")
    try:
        return (run_tests(folder, near) if near else "") or run_tests(folder, ["tests"])
    finally:
        target.write_text(text, "utf-8")


def run_tests(folder: Path, tests: list[str], within: Sequence[str] = ()) -> str:
    """The first test that fails among some; empty where none does. `within` is a module that runs pytest."""
    command = [sys.executable, "-m", *within, "pytest", "-x", "-q", "--no-header", *tests]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return "no end"
    if run.returncode == 0:
        return ""
    named = [line for line in run.stdout.split("\n") if line.startswith(("FAILED ", "ERROR "))]
    return (named[0] if named else f"exit code {run.returncode}")[:200]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:4])
