"""Weights by path: given ones, or fresh ones seeded by their path so that the order of asking does not matter."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapecalc.forward.initializers import make_initial


class WeightMismatch(Exception):
    """A given array whose shape is not what the forward asks for."""

    def __init__(self, path: str, wanted: tuple[int, ...], got: tuple[int, ...]) -> None:
        super().__init__(f"weight {path} has shape {got}, the layer needs {wanted}")
        self.path = path
        self.wanted = wanted
        self.got = got


class WeightStore:
    """All weights of a run. `given` arrays are taken by path; what is missing is made by its initializer.

    `left_out` are the beginnings of the paths of weights that nothing asks for, since their layers are not run.
    With `keeps` false the arrays are made anew at each asking, for who needs one at a time.
    """

    def __init__(self, given: Mapping[str, NDArray[Any]] | None = None, seed: int = 0, *, keeps: bool = True) -> None:
        self.given = given or {}
        self.seed = seed
        self.keeps = keeps
        self.arrays: dict[str, NDArray[Any]] = {}
        self.left_out: set[str] = set()

    def ask(self, path: str, shape: tuple[int, ...], initializer: Any, dtype: str) -> NDArray[Any]:
        """The weight at `path`; raises WeightMismatch where a given one has another shape."""
        array = self.arrays.get(path)
        if array is None:
            array = self.given.get(path)
            if array is None:
                seed = np.random.default_rng([self.seed, zlib.crc32(path.encode())])
                array = make_initial(initializer, shape, seed)
            array = np.asarray(array, dtype=dtype, order="C")
            if self.keeps:
                self.arrays[path] = array
        if array.shape != tuple(shape):
            raise WeightMismatch(path, tuple(shape), array.shape)
        return array

    def count_allocated(self) -> dict[str, int]:
        """How many numbers the weights below each path hold: `a/dense/kernel` counts for `a` and for `a/dense`."""
        counts: dict[str, int] = {}
        for name, array in self.arrays.items():
            path, slash, _ = name.rpartition("/")
            while slash:
                counts[path] = counts.get(path, 0) + array.size
                path, slash, _ = path.rpartition("/")
        return counts


class Weights:
    """A view of the store at a layer's path. `graph` is the path of the graph it stands in, where reused layers are."""

    __slots__ = ("dtype", "graph", "path", "store")

    def __init__(self, store: WeightStore, path: str = "", graph: str = "", dtype: str = "float32") -> None:
        self.store = store
        self.path = path
        self.graph = graph
        self.dtype = dtype

    def __call__(self, name: str, shape: tuple[int, ...], initializer: Any = "glorot_uniform") -> NDArray[Any]:
        """The weight called `name`, of that shape; `initializer` is a name or (name, arguments)."""
        return self.store.ask(self.path + name, shape, initializer, self.dtype)

    def find_constant(self, name: str) -> NDArray[Any] | None:
        """The array given at the path of `name`, which counts as no weight; None where there is none."""
        return self.store.given.get(self.path + name)

    def leave_out(self, name: str) -> None:
        """Notes that the layer `name` within this one is not run this time, so that nothing asks for its weights."""
        self.store.left_out.add(f"{self.path}{name}/")

    def scope(self, name: str) -> Weights:
        """The view of a layer within this one."""
        return Weights(self.store, f"{self.path}{name}/", self.graph, self.dtype)

    def name_in_graph(self) -> Weights:
        """The same view, as the graph that layers within it are named in."""
        return Weights(self.store, self.path, self.path, self.dtype)

    def find_reused(self, path: str) -> Weights:
        """The view of the layer at `path` in the same graph."""
        return Weights(self.store, f"{self.graph}{path}/", self.graph, self.dtype)

    def of_dtype(self, dtype: str) -> Weights:
        """The same view, giving arrays of another dtype."""
        return self if dtype == self.dtype else Weights(self.store, self.path, self.graph, dtype)
