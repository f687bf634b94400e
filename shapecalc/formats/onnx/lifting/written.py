"""Numbers that nodes compute, as the arguments of a spec: sizes become expressions of the symbols in them."""

from __future__ import annotations

import math
import re
from typing import Any

from shapecalc.dims import Dim, is_unknown
from shapecalc.dims.known import Ratio
from shapecalc.formats.folding.listing import Expression
from shapecalc.layers.values import Tensor

MOST = 64
"""Numbers that are written where a node stood: more of them are easier to read as the node."""
_SYMBOL = re.compile(r"[A-Za-z_]\w*")


def write_size(size: Dim) -> Expression:
    """A size as an expression: `2*$seq + 1`."""
    return Expression(_SYMBOL.sub(r"$\g<0>", str(size)))


def write_values(tensor: Tensor) -> Any:
    """The numbers of a tensor as an argument takes them; None where they are not known, or more than are written."""
    items, sizes = tensor.values, [size for size in tensor.shape if isinstance(size, int)]
    if items is None or len(items) > MOST or len(sizes) != tensor.shape.ndim:
        return None
    if not all(map(_can_be_written, items)):
        return None
    values = [write_size(item) if isinstance(item, Dim) else item for item in items]
    if tensor.dtype == "int64" and values and len(sizes) <= 1:
        return values if sizes else values[0]
    return {"shape": sizes, "dtype": tensor.dtype, "values": values}


def _can_be_written(item: Any) -> bool:
    if isinstance(item, Dim):
        return not is_unknown(item)
    if isinstance(item, (Ratio, str)):
        return False
    return bool(math.isfinite(item))
