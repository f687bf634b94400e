"""The values that rules take and give: tensors, weights, and what is inferred of one call of a layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from shapecalc.dims import Relation, Shape, Size, add_up, is_unknown, prod

if TYPE_CHECKING:
    from collections.abc import Mapping

BYTES = {
    "bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "int64": 8, "uint64": 8,
    "float16": 2, "bfloat16": 2, "float32": 4, "float64": 8, "string": 0, "complex64": 8, "complex128": 16,
    "float8e4m3fn": 1, "float8e4m3fnuz": 1, "float8e5m2": 1, "float8e5m2fnuz": 1, "float8e8m0": 1,
    "float6e2m3": 1, "float6e3m2": 1, "float4e2m1": 1, "uint4": 1, "int4": 1, "uint2": 1, "int2": 1,
}  # fmt: skip
"""Bytes of one element; text has no fixed size and counts as none. Numbers of fewer than eight bits take a byte each
where they are computed with."""


T = TypeVar("T")
FeedOf: TypeAlias = tuple[T | tuple[T, ...] | None, ...]
"""What a call is fed, port by port: one thing, several where the port takes many, None where an optional one is left
out; trailing optional ports may be missing. A feed holds references, then sources, and last tensors."""

WIDE = ("int32", "int64", "uint32", "uint64", "float32", "float64")
"""The dtypes that hold large whole numbers exactly: others wrap around, or round."""


class Numbers(NamedTuple):
    """The least and the greatest of whole numbers; both are certain to occur."""

    least: Size
    most: Size


class Tensor(NamedTuple):
    """What flows along an edge: a shape with the batch axis first, a dtype, and the shape of the mask that comes along.

    `masked` is false where none does; true is a mask with one entry a step, (batch, time). A rule that leaves `dtype`
    or `masked` out means what the layer's dtype and its class's `masking` say. `numbers` is known of tensors that
    hold the same whole numbers whatever the model is fed, such as positions. `values` are the numbers themselves, in
    row-major order, of a small tensor of ONNX that holds sizes, or numbers that sizes are computed with.
    """

    shape: Shape
    dtype: str | None = None
    masked: Shape | bool | None = None
    numbers: Numbers | None = None
    values: tuple[Any, ...] | None = None

    @property
    def mask(self) -> Shape | None:
        """The shape of the mask that comes with it; None where none does."""
        if isinstance(self.masked, Shape):
            return self.masked
        return Shape(self.shape[:2]) if self.masked else None


class Weight(NamedTuple):
    """A named array that a layer owns; a `dtype` that a rule leaves out is the layer's.

    `trainable` is None where nothing records whether training changes it.
    """

    name: str
    shape: tuple[Size, ...]
    trainable: bool | None = True
    dtype: str | None = None

    @property
    def params(self) -> Size:
        """How many numbers it holds."""
        return prod(self.shape)

    @property
    def is_recorded(self) -> bool:
        """Whether its size is known: else it stands for all that a layer may hold whose code is in no file."""
        return not any(is_unknown(size) for size in self.shape)

    @property
    def bytes(self) -> Size:
        """How much memory it takes, in bytes."""
        return self.params * BYTES[self.dtype or "float32"]


class Inner(NamedTuple):
    """A layer within a layer. `calls`: how often one sample passes through it; `reused`: its weights are another's."""

    name: str
    inferred: Inferred
    calls: Size = 1
    reused: bool = False


new: Any = tuple.__new__
"""Makes a named tuple of all its fields in a third of the time that its constructor takes; each call makes several."""


def weights(**shapes: tuple[Size, ...] | None) -> tuple[Weight, ...]:
    """Trainable weights in Keras's order; one whose shape is None is not there."""
    return tuple([new(Weight, (name, shape, True, None)) for name, shape in shapes.items() if shape is not None])


def fixed(**shapes: tuple[Size, ...] | None) -> tuple[Weight, ...]:
    """Weights that training does not change, in Keras's order."""
    return tuple([Weight(name, shape, False) for name, shape in shapes.items() if shape is not None])


_NOTHING: Mapping[str, Any] = {}
"""The products or the workspace of a call without any: one object for all, since there are many such calls."""


class Inferred:
    """What a rule gives for one call: outputs by port, own weights, MACs as products of factors, layers within.

    `macs` is per sample: for each matrix product or convolution its factors, in the order they are explained.
    `workspace` holds what is in memory only while the call runs, by name: the scores within an attention layer.
    `assumes` holds the assumptions about sizes that are not numbers; `walk` is a block's graph with
    what was inferred of each node.
    """

    __slots__ = (
        "_layers", "_macs", "_params", "_trainable", "assumes", "inner", "macs", "outputs", "walk", "weights",
        "workspace",
    )  # fmt: skip

    def __init__(
        self,
        outputs: Mapping[str, Tensor],
        weights: tuple[Weight, ...] = (),
        macs: Mapping[str, tuple[Size, ...]] | None = None,
        inner: tuple[Inner, ...] = (),
        assumes: tuple[Relation, ...] = (),
        walk: Any = None,
        workspace: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.walk = walk
        self.workspace = workspace or _NOTHING
        self.outputs = outputs
        self.weights = weights
        self.macs = macs or _NOTHING
        self.inner = inner
        self.assumes = assumes
        self._params: Size | None = None
        self._trainable: Size | None = None
        self._macs: Size | None = None
        self._layers: int | None = None

    @property
    def output(self) -> Tensor:
        """The first output."""
        for tensor in self.outputs.values():
            return tensor
        raise LookupError("a rule gives at least one output")

    @property
    def params(self) -> Size:
        """How many numbers all its weights hold, those within included, shared ones once."""
        if self._params is None:
            self._params = add_up(weight.params for _, weight in self.all_weights())
        return self._params

    @property
    def trainable_params(self) -> Size:
        """As `params`, of the weights that training changes."""
        if self._trainable is None:
            self._trainable = add_up(weight.params for _, weight in self.all_weights() if weight.trainable)
        return self._trainable

    @property
    def total_macs(self) -> Size:
        """Multiply-accumulates of one sample, layers within counted as often as they are called."""
        if self._macs is None:
            own = add_up(prod(factors) for factors in self.macs.values())
            self._macs = own + add_up(part.calls * part.inferred.total_macs for part in self.inner)
        return self._macs

    @property
    def layers(self) -> int:
        """How many layers there are within, at any depth."""
        if self._layers is None:
            self._layers = sum(1 + part.inferred.layers for part in self.inner)
        return self._layers

    def all_weights(self, prefix: str = "") -> Iterator[tuple[str, Weight]]:
        """Every weight with its path: own trainable, own fixed, then those of inner layers; reused ones left out."""
        for weight in self.weights:
            yield prefix + weight.name, weight
        for part in self.inner:
            if not part.reused:
                yield from part.inferred.all_weights(f"{prefix}{part.name}/")
