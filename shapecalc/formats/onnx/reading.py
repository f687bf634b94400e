"""What a graph's reader offers to those who read a part of it: nodes with graphs in them, and sequences."""

from __future__ import annotations

from typing import Any, Protocol

from shapecalc.formats.flat_model import FlatModel, Source
from shapecalc.formats.onnx.messages import Graph, Tensor
from shapecalc.layers.onnx.base import Operator


class Reading(Protocol):
    """A graph while it is read into `flat`: where its tensors come from, by the names of the file."""

    path: str
    flat: FlatModel
    sources: dict[str, Source | None]
    constants: dict[str, Tensor]
    operators: dict[str, type[Operator]]
    sequences: dict[str, list[Source]]
    nothing: set[str]

    @property
    def blocks(self) -> dict[str, FlatModel]:
        """The blocks of the whole model."""
        ...

    def find_source(self, name: str) -> Source:
        """Where a tensor comes from. Raises Fault, WireError."""
        ...

    def find_size(self, name: str, axis: int) -> int | None:
        """How long an axis of a tensor is, where the file says it as a number."""
        ...

    def flat_name(self, name: str, taken: Any = ()) -> str:
        """A name that a spec can have."""
        ...

    def must_be_fed(self, name: str) -> bool:
        """Whether a graph within this one is fed a tensor of it."""
        ...

    def make_inner(self) -> Reading:
        """A reader of a graph within this one."""
        ...

    def read_inner(self, graph: Graph) -> None:
        """Reads a graph within the model, whose inputs are there already. Raises Fault, WireError."""
        ...
