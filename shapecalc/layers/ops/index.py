"""The index of operations: which module holds `ops.NAME`. https://keras.io/api/ops/

A spec that names one operation imports only the module it stands in.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapecalc.layers.ops.base import Operation

_MODULES = {
    "elementwise": (
        "abs absolute add arccos arccosh arcsin arcsinh arctan arctanh cast ceil clip copy cos cosh divide "
        "divide_no_nan elu equal erf exp exp2 expm1 floor floor_divide full_like gelu greater greater_equal "
        "hard_sigmoid hard_silu hard_swish hard_tanh isfinite isinf isnan leaky_relu less less_equal log "
        "log10 log1p log2 log_sigmoid logical_and logical_not logical_or logical_xor maximum minimum mod "
        "multiply negative not_equal ones_like power reciprocal relu relu6 round rsqrt selu sigmoid sign silu "
        "sin sinh softplus softsign sparse_plus sparse_sigmoid sqrt square stop_gradient subtract swish tan "
        "tanh tanh_shrink true_divide trunc where zeros_like"
    ),
    "shape": (
        "broadcast_to concatenate expand_dims moveaxis ravel reshape split squeeze stack swapaxes transpose unstack"
    ),
    "entries": ("arange flip get_item one_hot pad repeat roll take take_along_axis tile tril triu"),
    "reduce": (
        "all any argmax argmin argsort count_nonzero cumprod cumsum log_softmax logsumexp max mean min norm "
        "normalize prod softmax sort std sum top_k var"
    ),
    "linear": "dot einsum matmul",
    "image": "image.resize",
}

NAMES: dict[str, str] = {f"ops.{name}": module for module, names in _MODULES.items() for name in names.split()}
"""The name of an operation in a spec, to its module."""


def find(type_name: str) -> type[Operation] | None:
    """The class of `ops.NAME`, importing its module; None where there is no such operation."""
    module = NAMES.get(type_name)
    if module is None:
        return None
    operation: type[Operation] = import_module(f"shapecalc.layers.ops.{module}").TYPES[type_name]
    return operation


def list_types() -> dict[str, type[Operation]]:
    """All operations by their names in a spec; imports every module."""
    return {name: import_module(f"shapecalc.layers.ops.{module}").TYPES[name] for name, module in NAMES.items()}
