"""What the forwards of all operators share: tensors that are fed or given, and their registration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain, repeat, zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from shapecalc.forward.base import Array, CannotRun, forward
from shapecalc.forward.memory import Memory, bytes_of, flatten_feed, list_outputs, width
from shapecalc.forward.onnx.dtypes import hold, settle
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.onnx.base import Operator
    from shapecalc.layers.onnx.given import Given

T = TypeVar("T")

_POSITIONS = ("int16", "int32", "int64", "uint16", "uint32", "uint64", "bool", "string")
"""The dtypes of constants that are no weights, unless the operator computes with quantised numbers."""


def wide_memory(cfg: Operator, feed: Any, inferred: Any) -> int:
    """Bytes of two copies of the inputs and two more results in double precision, which most operators stay below."""
    return 2 * bytes_of(*feed, least=8) + 2 * bytes_of(*list_outputs(inferred), least=8)


def move_memory(cfg: Operator, feed: Any, inferred: Any) -> int:
    """Bytes of one more copy of the outputs, for operators that only move numbers."""
    return bytes_of(*list_outputs(inferred))


def product_memory(cfg: Operator, feed: Any, inferred: Any) -> int:
    """Bytes of two results in single precision at least, and of operands of less than that in single precision."""
    narrow = [tensor for tensor in flatten_feed(feed) if width(tensor.dtype) < 4]
    return 2 * bytes_of(*list_outputs(inferred), least=4) + bytes_of(*narrow, least=4)


def operator(*names: str, dtypes: bool = False, memory: Memory = wide_memory) -> Callable[[Any], Any]:
    """Registers `function(cfg, *tensors)` for operators: a tensor for each port, None where it is left out.

    With `dtypes` it is also given `dtypes=`, those of its outputs. Outputs of a dtype that NumPy has not are rounded.
    """

    def register(function: Any) -> Any:
        def run(cfg: Operator, weight: Weights, *feed: Any, **stated: Any) -> Any:
            outputs = function(cfg, *fill_ports(cfg, weight, feed), **(stated if dtypes else {}))
            arrays = [np.asarray(output) for output in (outputs if isinstance(outputs, tuple) else (outputs,))]
            return tuple(map(settle, arrays, chain(stated.get("dtypes", ()), repeat(None))))

        forward(*(f"onnx.{name}" for name in names), dtypes=True, memory=memory)(run)
        return function

    return register


def fill_ports(cfg: Operator, weight: Weights, feed: tuple[Any, ...]) -> list[Any]:
    """The tensors of all ports: those that are fed, and constants in the places of others."""
    tensors: list[Any] = []
    for port, fed in zip_longest(cfg.ports, feed):
        name = port.rstrip("?*+")
        given = None if port[-1] in "*+" else getattr(cfg, name)
        if given is not None:
            fed = make_constant(cfg, weight, name, given)
        tensors.append(() if fed is None and port[-1] in "*+" else fed)
    return tensors


def make_constant(cfg: Operator, weight: Weights, name: str, given: Given) -> Array:
    """A constant: a weight that is asked for by its port's name, or the numbers that the model says."""
    dtype = hold(given.dtype)
    if name not in cfg.numbers and given.shape and (given.dtype not in _POSITIONS or cfg.every_weight):
        return weight.of_dtype(dtype)(name, given.shape, _choose_initial(given))
    array = weight.find_constant(name)
    if array is None and given.values is not None:
        array = np.array(given.values, dtype=str if dtype == "string" else dtype).reshape(given.shape)
    if array is None:
        message = f"the numbers of `{name}` are not said"
        raise CannotRun(message, code="SC606", help="give `values`, or run the file that has them")
    return array if dtype == "string" else array.astype(dtype, copy=False)


def _choose_initial(given: Given) -> Any:
    """How a weight starts that no file gives: with its numbers where the model says them."""
    if given.values is not None:
        return ("constant", {"value": np.array(given.values, hold(given.dtype)).reshape(given.shape)})
    return "glorot_uniform" if given.dtype.startswith(("float", "bfloat")) else "zeros"


def choose(options: Mapping[str, T], name: object, what: str) -> T:
    """What stands under a name. Raises CannotRun for one that is not known."""
    found = options.get(str(name))
    if found is None:
        known = ", ".join(options)
        raise CannotRun(f"`{what}` is {str(name)[:40]!r}", code="SC205", help=f"it may be {known}")
    return found


def place_axis(axis: int, ndim: int) -> int:
    """The position of an axis from the front."""
    return axis + ndim if axis < 0 else axis


def list_whole(array: Array | None) -> list[int] | None:
    """The numbers of an array as Python's."""
    return None if array is None else [int(item) for item in np.asarray(array).reshape(-1)]


def as_single(array: Array) -> Array:
    """Half precision in float32, in which it is computed; others as they are."""
    return array.astype(np.float32) if array.dtype == np.float16 else array
