"""More cases of merges: other orders in memory, and gradients of some inputs only."""

from __future__ import annotations

from tests.training.cases._orders import list_orders

CASES = list_orders("merging")
