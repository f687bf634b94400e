"""More cases of layers that act in training only: other orders in memory, and gradients of some inputs only."""

from __future__ import annotations

from tests.training.cases._orders import list_orders

CASES = list_orders("regularization")
