"""More cases of operations: other orders in memory, and gradients of some inputs only."""

from __future__ import annotations

from tests.golden.cases import Case, tensor
from tests.training.cases._orders import list_orders


def list_pads() -> list[Case]:
    """Zeros and mirrors at the ends of any axes."""
    return [
        {"config": {"pad_width": widths, "mode": mode}, "inputs": {"x": tensor(2, 3, 4, **order)}}
        for widths in ([[0, 0], [1, 1], [0, 2]], [[0, 0], [0, 0], [1, 0]])
        for mode in ("constant", "reflect", "symmetric")
        for order in ({}, {"order": [0, 2, 1]})
    ]


def list_products() -> list[Case]:
    """Products computed in another dtype than the input's."""
    return [
        {"config": {"axis": axis}, "inputs": {"x": tensor(2, 3, 4, dtype=dtype)}}
        for axis in (1, [1, 2], None)
        for dtype in ("float64", "bfloat16", "int32")
    ]


def list_running() -> list[Case]:
    """Running products and sums in another dtype than the input's."""
    return [
        {"config": {"axis": 1, "dtype": given}, "inputs": {"x": tensor(2, 3, 4, dtype=dtype)}}
        for given in ("float64", "bfloat16", "float32")
        for dtype in ("float64", "bfloat16", "float32")
    ]


CASES = list_orders("ops", 4)
CASES["ops.pad"] += list_pads()
CASES["ops.prod"] += list_products()
CASES["ops.cumprod"] += list_running()
CASES["ops.cumsum"] += list_running()
