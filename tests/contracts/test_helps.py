"""Every refusal of a rule names a way out."""

from __future__ import annotations

import ast
from pathlib import Path

LAYERS = Path(__file__).parents[2] / "shapecalc" / "layers"


def helpless(source: str) -> list[int]:
    """The lines where a ShapeError is made without `help`."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "ShapeError"
        and not any(keyword.arg in ("help", None) for keyword in call.keywords)
    ]


def test_every_shape_error_of_a_layer_has_a_help() -> None:
    found = {
        path.name: lines
        for path in sorted(LAYERS.rglob("*.py"))
        if "onnx" not in path.parts  # a node of a file is not mended by typing
        and (lines := helpless(path.read_text("utf-8")))
    }
    assert found == {}


def test_the_test_can_fail() -> None:
    assert helpless('raise ShapeError("no", arg="units")') == [1]
    assert helpless('raise ShapeError("no", arg="units", help="write 3")') == []
    assert helpless('raise ShapeError("no", **blame)') == []
