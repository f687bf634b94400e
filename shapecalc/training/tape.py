"""A tape: what the calls of one layer save for the backward pass, and the weights that it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.dims import Shape, Size, add_up, at_least, prod
from shapecalc.layers.values import FeedOf
from shapecalc.model.feeds import flatten
from shapecalc.training.array import Array, Storage, arrange_like, make_array
from shapecalc.training.strides import Strides, make_strides

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer
    from shapecalc.layers.values import Inferred

Result = Array | tuple[Array, ...]
RunGraph = Callable[["Tape", "Walk", FeedOf[Array], FeedOf[Array]], tuple[Array, ...]]
"""How the graph of a block is run: with what it is fed, and the masks that come with it."""


class Scope(NamedTuple):
    """The layer that runs, what was inferred of its call, and whether a layer around it is frozen."""

    layer: Layer
    inferred: Inferred
    frozen: bool


class Step(NamedTuple):
    """One call of a layer that stands in a graph: what it was fed and gave, and what it is the first to keep.

    `inferred` tells its weights, `owner` the path of the call that came first with them, and `frozen`
    that a layer around it trains none. `recomputed` are the bytes that a checkpointed
    block keeps only while its part of the backward pass runs, `borrowed` what gradients need besides, `worked` what the
    call needs beside what it keeps and gives.
    """

    path: str
    feed: FeedOf[Array]
    masks: FeedOf[Array]
    outputs: tuple[Array, ...]
    saved: dict[Storage, str]
    pinned: dict[Storage, str]
    inferred: Inferred
    owner: str
    frozen: bool = False
    recomputed: Size = 0
    borrowed: Size = 0
    worked: Size = 0

    @property
    def fed(self) -> list[Array]:
        """The arrays that it was fed."""
        return flatten(self.feed, Array)


class Tape:
    """Collects what is saved: storages in the order they were saved, each once, those of weights left out.

    `pinned` holds what Keras itself keeps alive beside: the inputs of a sigmoid or softmax, which it remembers on the
    output (`_keras_logits`). `steps` are the calls of layers in graphs, and `path` that of the node that runs,
    `owner` that of the node whose weights it has.
    `checkpoints` names the blocks, by type or path, that keep their inputs alone and run again in the backward pass.
    `masks` holds the masks of the ports of the layer that runs; None where none came. `made` is the mask that a layer
    has computed with and gives on. `twins` tells of such a mask the one that the graph computes beside it.
    """

    def __init__(self, run_graph: RunGraph, checkpoints: frozenset[str] = frozenset()) -> None:
        self.run_graph = run_graph
        self.checkpoints = checkpoints
        self.steps: list[Step] = []
        self.path = ""
        self.owner = ""
        self.in_step = False
        self.saved: dict[Storage, str] = {}
        self.pinned: dict[Storage, str] = {}
        self.borrowed: Size = 0
        self.worked: Size = 0
        self.masks: dict[str, Array | tuple[Array | None, ...] | None] = {}
        self.made: Array | None = None
        self.twins: dict[Storage, Array] = {}
        self.scopes: list[Scope] = []

    @property
    def scope(self) -> Scope:
        """The layer that runs now."""
        return self.scopes[-1]

    @contextmanager
    def enter(self, layer: Layer, inferred: Inferred) -> Iterator[None]:
        """Runs `layer` within the one that runs now."""
        frozen = bool(self.scopes) and self.scope.frozen
        self.scopes.append(Scope(layer, inferred, frozen or (not layer.trainable and layer.freezes)))
        try:
            yield
        finally:
            self.scopes.pop()

    def save(self, array: Array, name: str = "") -> None:
        """Keeps an array for the backward pass: all of its storage, as long as any part of it is needed."""
        if not array.storage.parameter:
            self.saved.setdefault(array.storage, name or array.storage.name)

    def pin(self, array: Array, name: str) -> None:
        """Keeps an array beside what the backward pass needs."""
        if not array.storage.parameter:
            self.pinned.setdefault(array.storage, name)

    def borrow(self, *arrays: Array) -> None:
        """Counts arrays that are there only while the gradients of this layer are computed."""
        self.borrowed = self.borrowed + add_up(array.bytes for array in arrays)

    def work_on(self, *arrays: Array) -> None:
        """Counts arrays that are there only while this layer runs."""
        self.worked = self.worked + add_up(array.bytes for array in arrays)

    def find_mask(self, given: Array | None, port: str = "inputs") -> Array | None:
        """The mask that a layer uses: the one it is given, else the one that came with the tensor of a port."""
        came = self.masks.get(port)
        return given if given is not None else came if isinstance(came, Array) else None

    def shape_output(self, like: Array) -> Shape:
        """The shape of the first output of the layer that runs, with the batch of an array that it is fed."""
        shape = self.scope.inferred.output.shape
        return Shape([*like.shape[:1], *shape[1:]]) if shape.ndim else shape

    def find_weight(self, name: str) -> Array | None:
        """The weight of the layer that runs, in the dtype it is stored in; None where the layer has none of this name.

        A layer around it that is frozen leaves nothing of it to train.
        """
        for weight in self.scope.inferred.weights:
            if weight.name == name:
                shape, dtype = Shape(weight.shape), weight.dtype or "float32"
                storage = Storage(name, tuple(shape), dtype, parameter=True)
                needs_grad = bool(weight.trainable) and not self.scope.frozen
                return Array(shape, dtype, storage, _lay_out_weight(self.scope.layer, name, shape), needs_grad)
        return None

    def weight(self, name: str) -> Array:
        """The weight of this name as the layer computes with it: in half precision a copy of it."""
        weight = self.find_weight(name)
        if weight is None:
            raise LookupError(f"{self.scope.layer.type_name} has no weight `{name}`")
        layer = self.scope.layer
        mixed = layer.compute_dtype != layer.variable_dtype and weight.dtype.startswith("float")
        return cast(weight, layer.compute_dtype) if mixed else weight


def _lay_out_weight(layer: Layer, name: str, shape: Shape) -> Strides:
    """The strides of a weight: an orthogonal matrix that is not wider than high comes column by column."""
    arguments = f"{name}_initializer", f"{name.removesuffix('_kernel')}_initializer", "depthwise_initializer"
    initializer = next((getattr(layer, each) for each in arguments if hasattr(layer, each)), None)
    drawn = initializer[0] if isinstance(initializer, tuple) else initializer
    if drawn == "orthogonal" and len(shape) > 1 and at_least(prod(shape[:-1]), shape[-1]) is True:
        return make_strides(shape, (len(shape) - 1, *range(len(shape) - 1)))
    return make_strides(shape)


def cast(array: Array, dtype: str) -> Array:
    """The array in another dtype: a copy, whose gradient needs nothing."""
    if array.dtype == dtype:
        return array
    name = f"{array.storage.name} in {dtype}"
    needs_grad = array.needs_grad and dtype.startswith(("float", "bfloat", "complex"))
    return make_array(name, array.shape, dtype, needs_grad, strides=arrange_like(array), copied=True)
