"""Forwards of layers/ops/linear.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array, forward
from shapecalc.forward.dtypes import cast_alike, cast_factors
from shapecalc.forward.memory import bytes_of, copy_memory, list_outputs
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.ops.base import Operation
    from shapecalc.layers.ops.linear import OpsDot, OpsEinsum, OpsMatmul


def product_memory(cfg: Operation, feed: Any, inferred: Any) -> int:
    """Bytes of the operands in one dtype with their axes in order, and of the product before its axes are."""
    return 2 * copy_memory(cfg, feed, inferred) + bytes_of(*list_outputs(inferred))


@forward("OpsMatmul", memory=product_memory)
def matmul(cfg: OpsMatmul, weight: Weights, x1: Array, x2: Array) -> Array:
    left, right = cast_factors(x1, x2)
    return np.asarray(left @ right)


@forward("OpsDot", memory=product_memory)
def dot(cfg: OpsDot, weight: Weights, x1: Array, x2: Array) -> Array:
    return np.asarray(np.dot(*cast_alike(x1, x2)))


@forward("OpsEinsum", memory=product_memory)
def einsum(cfg: OpsEinsum, weight: Weights, operands: tuple[Array, ...]) -> Array:
    """By matrix products where the letters allow it."""
    return np.asarray(np.einsum(cfg.subscripts, *cast_factors(*operands), optimize=True))
