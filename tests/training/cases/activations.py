"""More cases of activations: other orders in memory, frozen layers, one entry."""

from __future__ import annotations

from shapecalc.layers.arguments.names import ACTIVATIONS
from tests.golden.cases import Case, tensor
from tests.training.cases._orders import list_orders

NAMES = [name for name in ACTIVATIONS if name != "keras2_hard_sigmoid"]
_SHAPES = ((2, 3, 4), (1, 1, 2), (3, 6))


def list_named() -> list[Case]:
    """Every activation, in three sizes and in another order."""
    plain = [
        {"config": {"activation": name}, "inputs": {"inputs": tensor(*shape)}} for name in NAMES for shape in _SHAPES
    ]
    turned = [
        {"config": {"activation": name, **more}, "inputs": {"inputs": tensor(2, 3, 4, order=[2, 0, 1])}}
        for name in NAMES
        for more in ({}, {"dtype": "mixed_bfloat16"}, {"dtype": "float64"})
    ]
    return [*plain, *turned]


def list_alphas() -> list[Case]:
    """PReLU whose alpha is frozen, or shared."""
    return [
        {"config": {"trainable": trainable, **shared}, "inputs": {"inputs": tensor(*shape)}}
        for trainable in (True, False)
        for shared in ({}, {"shared_axes": [1]})
        for shape in ((2, 3, 4), (1, 1, 1), (2, 3, 4, 5))
    ]


CASES = list_orders("activations")
CASES["Activation"] += list_named()
CASES["PReLU"] += list_alphas()
