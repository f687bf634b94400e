"""An array without numbers: its shape, its dtype, and the memory that it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from shapecalc.dims import Shape, Size, prod
from shapecalc.layers.values import BYTES
from shapecalc.training.strides import Strides, lay_out, make_strides

_SERIALS = count()


def next_serial() -> int:
    """A number greater than those of all storages made so far, and smaller than those of later ones."""
    return next(_SERIALS)


class Storage:
    """A piece of memory that arrays look at: `factors` are the sizes whose product is its elements.

    Each is unlike every other, however equal they look: memory that two layers keep counts once. `parameter` says that
    it is that of a weight, which is counted elsewhere. `copied` says that it holds what another piece holds in another
    order or dtype: a copy that only this backend makes. `serial` counts: the later made, the greater.
    """

    __slots__ = ("copied", "dtype", "factors", "name", "parameter", "serial")

    def __init__(
        self, name: str, factors: tuple[Size, ...], dtype: str, parameter: bool = False, copied: bool = False
    ) -> None:
        self.name = name
        self.factors = factors
        self.dtype = dtype
        self.parameter = parameter
        self.copied = copied
        self.serial = next_serial()

    @property
    def bytes(self) -> Size:
        """How much memory it takes, in bytes."""
        return prod(self.factors) * BYTES[self.dtype]


class Array(NamedTuple):
    """A view of a storage. `strides` say how many elements apart the entries of each axis stand, as in PyTorch.

    `needs_grad` says that the backward pass computes its gradient: it comes of a weight that is trained.
    """

    shape: Shape
    dtype: str
    storage: Storage
    strides: tuple[Size, ...]
    needs_grad: bool = False

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def bytes(self) -> Size:
        """The bytes of its entries, whatever its storage has besides."""
        return prod(self.shape) * BYTES[self.dtype]


def make_array(
    name: str,
    shape: Sequence[Size],
    dtype: str = "float32",
    needs_grad: bool = False,
    *,
    strides: tuple[Size, ...] | None = None,
    copied: bool = False,
) -> Array:
    """An array in memory of its own, row by row unless `strides` say otherwise."""
    shape = Shape(shape)
    storage = Storage(name, tuple(shape), dtype, copied=copied)
    return Array(shape, dtype, storage, make_strides(shape) if strides is None else strides, needs_grad)


def arrange_like(*arrays: Array, shape: Sequence[Size] | None = None) -> Strides:
    """The strides of a new array computed from arrays that stretch to `shape`, the shape of the first by default."""
    return lay_out(arrays[0].shape if shape is None else shape, *((array.shape, array.strides) for array in arrays))
