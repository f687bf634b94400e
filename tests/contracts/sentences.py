"""What the package says where something is wrong: every message, help and label, read from its source.

`sentences.txt` lists them by file, so that they can be read aloud in one place, and a change of words is seen as one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "shapecalc"
FILE = Path(__file__).with_name("sentences.txt")
NAMES = ("message", "help", "label", "text", "reason", "note", "words", "advice", "fault", "head", "what")
"""Arguments and variables that hold what is said, or a piece of it."""
PAGES = "diagnostics/pages"


def write_sentences() -> str:
    """The whole list: the path of a file, and below it what is said there."""
    blocks = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        said = [] if name.startswith(PAGES) else list(dict.fromkeys(find_sentences(ast.parse(path.read_text("utf-8")))))
        if said:
            blocks.append("\n".join([name, *(f"  {sentence}" for sentence in said)]))
    return "\n".join(blocks) + "\n"


def find_sentences(tree: ast.AST) -> Iterator[str]:
    """The texts in a module that somebody is told: in what is raised, and under the names of `NAMES`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            yield from write_texts(node.exc)
        elif isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg in NAMES:
                    yield from write_texts(keyword.value)
            if is_finding(node):
                for argument in node.args:
                    yield from write_texts(argument)
        elif isinstance(node, ast.Assign) and any(is_named(target) for target in node.targets):
            yield from write_texts(node.value)


def is_finding(call: ast.Call) -> bool:
    """Whether a call makes a finding or a refusal."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return name.strip("_").lower() in (
        "error", "warning", "note", "refusal", "refuse", "fault", "shapeerror", "rankerror", "usageerror", "misused",
    )  # fmt: skip


def is_named(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id in NAMES


def write_texts(value: ast.AST) -> Iterator[str]:
    """The texts in an expression, `{}` for what is put in; words alone and codes are left out."""
    if isinstance(value, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in value.values]
        text = "".join(map(str, parts))
        if " " in text.strip():
            yield text.replace("\n", "\\n")
        for part in value.values:
            if isinstance(part, ast.FormattedValue):
                yield from write_texts(part.value)
    elif isinstance(value, ast.Constant):
        if isinstance(value.value, str) and " " in value.value.strip():
            yield value.value.replace("\n", "\\n")
    else:
        for child in ast.iter_child_nodes(value):
            yield from write_texts(child)
