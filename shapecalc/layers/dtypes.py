"""Dtypes of results: Keras's promotion rules, which are JAX's with 32 bits as the default. https://keras.io/api/ops/

`int` and `float` stand for Python's own numbers, which take the dtype of the tensors in the same operation where they
can.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.layers.arguments.names import FLOATS

if TYPE_CHECKING:
    from shapecalc.layers.values import Tensor

_WIDER = {
    "bool": ("int",),
    "int": ("uint8", "int8"),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "uint64": ("float",),
    "float": ("bfloat16", "float16"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64",),
    "float64": (),
}
"""Each dtype's next wider ones; what two dtypes give is the first that both can be widened to."""

_RESOLVED = {"int": "int32", "float": "float32", "uint64": "uint32"}


@cache
def _widen(dtype: str) -> tuple[str, ...]:
    """`dtype` and all that it can be widened to, nearest first."""
    wider_dtypes = [dtype]
    for narrow in wider_dtypes:
        wider_dtypes += [wider for wider in _WIDER[narrow] if wider not in wider_dtypes]
    return tuple(wider_dtypes)


@cache
def find_result_type(*dtypes: str) -> str:
    """The dtype of a result of operands of `dtypes`, as keras.backend.result_type gives it; text has none."""
    if "string" in dtypes:
        raise _make_text_error()
    common = [candidate for candidate in _widen(dtypes[0]) if all(candidate in _widen(other) for other in dtypes)]
    least = next(candidate for candidate in common if all(other in _widen(candidate) for other in common))
    return _RESOLVED.get(least, least)


def join_type(*dtypes: str) -> str:
    """The dtype of tensors put side by side: equal dtypes stay, which sums of uint64 do not."""
    return dtypes[0] if len(set(dtypes)) == 1 else find_result_type(*dtypes)


def find_product_type(*dtypes: str) -> str:
    """The dtype of a sum of products: those of int8 add up in int32."""
    return "int32" if set(dtypes) == {"int8"} else find_result_type(*dtypes)


def require_numbers(tensor: Tensor, port: str = "inputs") -> None:
    """Refuses text as an input to compute with: Keras builds such a model, and fails when it is called."""
    if tensor.dtype == "string":
        raise _make_text_error(port)


def require_floats(tensor: Tensor, port: str = "inputs", subject: str = "") -> None:
    """Refuses whole numbers, truth values and text where Keras takes floats alone; `subject` names what takes them."""
    if not is_float(tensor.dtype):
        message = f"{subject} needs floating numbers, got {tensor.dtype}".lstrip()
        help = "make the input float32, or cast it first: `ops.cast: {dtype: float32}`"
        raise ShapeError(message, input=port, code="SC407", help=help)


def _make_text_error(port: str | None = None) -> ShapeError:
    help = "turn text into numbers first, by `StringLookup`, `Hashing` or `TextVectorization`"
    return ShapeError("computes with numbers, got text", input=port, code="SC407", help=help)


def is_float(dtype: str | None) -> bool:
    """Whether a tensor of `dtype` holds floating numbers; one without a dtype does."""
    return dtype is None or dtype in FLOATS


def pass_dtype(dtype: str | None) -> str | None:
    """The dtype that leaves a layer which moves values about: None, its own, for floats; others as they came."""
    return None if is_float(dtype) else dtype


def cast_dtypes(dtypes: tuple[str | None, ...], compute_dtype: str) -> list[str]:
    """The dtypes of inputs, floats cast to a layer's compute dtype."""
    return [compute_dtype if dtype is None or dtype in FLOATS else dtype for dtype in dtypes]


def join_dtypes(dtypes: tuple[str | None, ...], compute_dtype: str) -> str:
    """The dtype of what a layer makes of several inputs, floats among them cast to its compute dtype first."""
    return find_result_type(*cast_dtypes(dtypes, compute_dtype))
