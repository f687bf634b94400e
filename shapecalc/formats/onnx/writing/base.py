"""The registry of writers: what makes nodes of ONNX of a call of a layer, and of the mask that comes with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shapecalc.dims import Shape, Size, is_unknown, size_text
from shapecalc.layers.base import Layer
from shapecalc.layers.values import Tensor

Array: TypeAlias = NDArray[Any]


BFLOAT = "bfloat16"


class Value:
    """A tensor in the graph that is written: its name there, and its shape and dtype. `array` is a constant's."""

    __slots__ = ("array", "name", "tensor")

    def __init__(self, name: str, tensor: Tensor, array: Array | None = None) -> None:
        self.name = name
        self.tensor = tensor
        self.array = array

    @property
    def shape(self) -> Shape:
        return self.tensor.shape

    @property
    def ndim(self) -> int:
        return self.tensor.shape.ndim

    @property
    def dtype(self) -> str:
        return self.tensor.dtype or "float32"

    @property
    def is_float(self) -> bool:
        return self.dtype.startswith(("float", "bfloat"))


Fed: TypeAlias = "Value | tuple[Value, ...] | None"
Masks: TypeAlias = "tuple[Any, ...]"
"""Port by port as the feed: the mask that came with each tensor, or None."""
Writer: TypeAlias = Callable[..., "Value | tuple[Value, ...]"]


class Adding(Protocol):
    """What adds nodes and constants to a graph, as its parts see it: `depth` is above 0 in a graph within a node."""

    depth: int

    def add(self, kind: str, feed: Sequence[Value | None], outputs: int, attributes: dict[str, Any]) -> list[Value]: ...
    def op(self, kind: str, *feed: Value | None, **attributes: Any) -> Value: ...
    def array(self, name: str, array: Array) -> Value: ...
    def constant(self, numbers: Any, dtype: str = "float32") -> Value: ...
    def ints(self, numbers: Sequence[int]) -> Value: ...
    def concat(self, parts: Sequence[Value], axis: int) -> Value: ...


class WeightView(Protocol):
    """The weights below the path of a layer: those that a run would use."""

    path: str

    def __call__(self, name: str, shape: tuple[int, ...], initializer: Any = "glorot_uniform") -> Array: ...
    def scope(self, name: str) -> WeightView: ...
    def name_in_graph(self) -> WeightView: ...
    def find_reused(self, path: str) -> WeightView: ...
    def find_constant(self, name: str) -> Array | None: ...
    def of_dtype(self, dtype: str) -> WeightView: ...


class NoForm(Exception):
    """A call that has no form in ONNX, or none in the version that is written; `help` says the way out."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


_WRITERS: dict[str, Writer] = {}
_MASK_WRITERS: dict[str, Callable[..., Any]] = {}
_WANT_MASKS: set[str] = set()


def writer(*types: str, masks: bool = False) -> Callable[[Writer], Writer]:
    """Registers `function(nodes, cfg, weight, *feed)`, which adds the nodes of a call and gives its outputs.

    With `masks` it is also given `masks=`, port by port as the feed.
    """

    def register(function: Writer) -> Writer:
        for name in types:
            _WRITERS[name] = function
            if masks:
                _WANT_MASKS.add(name)
        return function

    return register


def mask_writer(*types: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers `function(nodes, cfg, feed, masks)`: the mask that leaves a layer, None, or one for each output."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _MASK_WRITERS.update(dict.fromkeys(types, function))
        return function

    return register


def find_writer(layer_type: type[Layer]) -> Writer | None:
    """What writes calls of a type; None where it has no form in ONNX. Imports its family first."""
    family = layer_type.__module__.removeprefix("shapecalc.layers.")
    is_operator = family.startswith("onnx.")
    if is_operator or family in _FAMILIES:
        import_module(f"shapecalc.formats.onnx.writing.{'operators' if is_operator else family}")
    return _WRITERS["onnx."] if is_operator else _WRITERS.get(layer_type.type_name)


_FAMILIES = (
    *("activations", "attention", "audio", "augmentation", "conv_recurrent", "convolution", "core", "image", "merging"),
    *("normalization", "pooling", "preprocessing", "recurrent", "regularization", "reshaping", "wrappers"),
    *("ops.elementwise", "ops.entries", "ops.image", "ops.linear", "ops.reduce", "ops.shape"),
)


def wants_masks(layer_type: type[Layer]) -> bool:
    """Whether the writer of a type is given the masks that come with its inputs."""
    return layer_type.type_name in _WANT_MASKS


def find_mask_writer(layer_type: type[Layer]) -> Callable[..., Any] | None:
    """What writes the masks that leave a layer, where they do not just pass."""
    return _MASK_WRITERS.get(layer_type.type_name)


def number(size: Size, what: str) -> int:
    """A size that a file must say as a number. Raises NoForm."""
    if isinstance(size, int):
        return size
    help = "give the input a size" if is_unknown(size) else f"give its symbols values: `--set {_first_symbol(size)}=8`"
    raise NoForm(f"{what} is {size_text(size)}, and the file needs a number", help)


def _first_symbol(size: Size) -> str:
    from shapecalc.dims import symbols

    return min(symbols(size), default="")


def numbers(sizes: tuple[Size, ...], what: str) -> tuple[int, ...]:
    """Sizes that a file must say as numbers. Raises NoForm."""
    return tuple(number(size, what) for size in sizes)


def number_type(dtype: str) -> np.dtype[Any]:
    """NumPy's dtype of that name. Raises NoForm where it has none."""
    if dtype == "string":
        return np.dtype(object)
    try:
        if dtype == BFLOAT:
            raise TypeError  # a package beside NumPy may know it, and another computer has none
        return np.dtype(dtype)
    except TypeError:
        raise NoForm(f"its numbers are {dtype}, and NumPy has none", "use float16 or float32") from None
