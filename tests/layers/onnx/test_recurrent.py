"""The recurrent operators: what they are fed besides the steps has the shapes that the cell needs."""

from __future__ import annotations

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.model.load import Library

SOUND = {
    "W": (1, 12, 8), "R": (1, 12, 3), "B": (1, 24), "sequence_lens": (2,), "initial_h": (1, 2, 3),
    "initial_c": (1, 2, 3), "P": (1, 9),
}  # fmt: skip


def say(**changed: tuple[int, ...]) -> list[str]:
    """What is said of an LSTM of three units that is fed tensors of these shapes."""
    shapes = SOUND | changed
    lines = [
        "input: {batch_shape: [5, 2, 8]}", "layers:", "  - onnx.LSTM:", "      hidden_size: 3",
        *(f"      {port}: {{shape: {list(shape)}}}" for port, shape in shapes.items()),
    ]  # fmt: skip
    report = analyse(Library().parse("\n".join(lines), "m.yaml"))
    return [finding.message for finding in report.diagnostics]


def test_what_a_cell_needs_is_taken() -> None:
    assert say() == []


@pytest.mark.parametrize(
    ("port", "shape"),
    [
        ("W", (2, 12, 8)), ("R", (1, 8, 3)), ("R", (1, 12, 5)), ("B", (1, 12)), ("sequence_lens", (3,)),
        ("initial_h", (1, 1, 3)), ("initial_c", (1, 2, 5)), ("initial_c", (2, 3)), ("P", (1, 12)),
    ],
)  # fmt: skip
def test_another_shape_is_refused(port: str, shape: tuple[int, ...]) -> None:
    (message,) = say(**{port: shape})
    assert str(shape) in message
