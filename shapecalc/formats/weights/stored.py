"""What a weight file holds, before any array of it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.dims import binary_text

Array: TypeAlias = NDArray[Any]


class Refused(Exception):
    """Why a file is not read; `code` is that of the finding."""

    def __init__(self, reason: str, code: str = "SC606") -> None:
        super().__init__(reason)
        self.code = code


class StoredWeight(NamedTuple):
    """An array in a file. `read` gives its numbers, in a dtype that NumPy has."""

    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], Array]

    @property
    def nbytes(self) -> int:
        """Bytes of the array in memory; bfloat16 is read as float32."""
        return prod(self.shape) * (4 if self.dtype == "bfloat16" else np.dtype(self.dtype).itemsize)


class StoredLayer(NamedTuple):
    """A layer that a file of Keras keeps apart, with the names of its weights in the file.

    `names` are those of the models around it and its own, empty where the file has none. `places` are its class and its
    number among those of this class, in each model around it: `functional`, `dense_1`. `weights` has the name of each
    weight by its place within the layer: `cell/vars/0`; or in order, if `in_order`, by its own name: `lstm/kernel:0`.
    """

    names: tuple[str, ...]
    places: tuple[str, ...]
    weights: dict[str, str]
    in_order: bool = False


class WeightFile(NamedTuple):
    """A weight file: all arrays by their names in it, and of a file of Keras the layers that they belong to."""

    path: str
    kind: str
    weights: dict[str, StoredWeight]
    layers: list[StoredLayer]


@contextmanager
def refuse_damage(what: str) -> Iterator[None]:
    """Raises Refused in place of whatever a library raises: none has a list of that."""
    try:
        yield
    except (Fault, MemoryError, Refused):
        raise
    except Exception:
        raise Refused(f"{what} is damaged") from None


def plain_name(name: str) -> str:
    """A name as text that can be printed: half characters become `?`."""
    return name.encode("utf-8", "replace").decode("utf-8")


def refuse(path: str, reason: str, code: str = "SC606", help: str | None = None) -> Fault:
    """What is said of a weight file that is not read."""
    return Fault(error(code, f"cannot read {shorten(path)}: {shorten(reason, 160)}", help=help))


def refuse_large(path: str, weights: dict[str, StoredWeight], limit: int | None) -> None:
    """Raises Fault with SC603 where all arrays of a file together take more memory than allowed."""
    total = sum(weight.nbytes for weight in weights.values())
    if limit is not None and total > limit:
        message = f"{shorten(path)} unpacks to {binary_text(total)}, more than the {binary_text(limit)} allowed"
        raise Fault(error("SC603", message, help="raise `--max-memory`"))
