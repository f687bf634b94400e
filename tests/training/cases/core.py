"""More cases of core layers: other orders in memory, frozen layers, one sample, one unit, half precision."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor
from tests.training.cases._orders import list_orders

_ORDERS: list[dict[str, Any]] = [{}, {"order": [0, 2, 1]}, {"order": [1, 0, 2]}, {"order": [2, 1, 0]}]
_WAYS: list[dict[str, Any]] = [{}, {"trainable": False}, {"dtype": "mixed_bfloat16"}, {"lora_rank": 2}]


def list_dense() -> list[Case]:
    """Products of rows that stand in any order, in every way."""
    return [
        {"config": {"units": units, "activation": activation, **way}, "inputs": {"inputs": tensor(*shape, **order)}}
        for units, activation in ((3, None), (1, "relu"), (4, "softmax"))
        for shape, order, way in product([(2, 3, 4), (1, 3, 4), (2, 1, 4), (2, 3, 1)], _ORDERS, _WAYS)
    ]


def list_einsum() -> list[Case]:
    """Equations of attention and others."""
    equations: list[tuple[str, list[int | None], str | None, tuple[int, ...]]] = [
        ("abc,cde->abde", [None, 2, 3], "de", (2, 3, 4)),
        ("abcd,cde->abe", [None, 5], "e", (2, 3, 4, 2)),
        ("abc,bd->adc", [5, None], None, (2, 3, 4)),
        ("abc,cd->adb", [5, None], None, (2, 3, 4)),
        ("...a,ab->...b", [3], "b", (2, 3, 4, 2)),
        ("ab,b->ab", [None], None, (2, 3)),
        ("abc,bcd->abd", [None, 3], "bd", (1, 3, 4)),
        ("abc,bcd->abd", [None, 3], None, (2, 3, 4)),
    ]
    return [
        {
            "config": {"equation": equation, "output_shape": output, "bias_axes": bias, **way},
            "inputs": {"inputs": tensor(*shape, **({"order": [0, *range(len(shape) - 1, 0, -1)]} if turned else {}))},
        }
        for equation, output, bias, shape in equations
        for turned in (False, True)
        for way in _WAYS[:3]
    ]


def list_tables() -> list[Case]:
    """Tables, frozen and not, looked up in any order."""
    return [
        {
            "config": {"input_dim": 5, "output_dim": 4, **way},
            "inputs": {"inputs": tensor(*shape, kind="ids", high=5, **order)},
        }
        for shape, order in (((2, 3), {}), ((2, 3), {"order": [1, 0]}), ((1, 1), {}), ((2, 3, 2), {}))
        for way in _WAYS
    ]


CASES = list_orders("core")
CASES["Dense"] += list_dense()
CASES["EinsumDense"] += list_einsum()
CASES["Embedding"] += list_tables()
