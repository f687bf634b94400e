"""Operations along axes: sums and their like, cumulative ones, softmax, norms, sorting. https://keras.io/api/ops/numpy/"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from shapecalc.diagnostics.errors import Refusal, ShapeError
from shapecalc.dims import Shape, Size, formula, prod, require_at_least
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.kind import Kind
from shapecalc.layers.arguments.numbers import NumberKind
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.arguments.shapes import AxesKind
from shapecalc.layers.base import rule
from shapecalc.layers.dtypes import is_float, require_floats
from shapecalc.layers.ops.base import (
    Operation,
    find_dtype,
    index_by_name,
    locate_axes,
    locate_axis,
    make_operation,
    make_output,
    optional_dtype,
    refuse_dtype,
)
from shapecalc.layers.values import Inferred, Tensor

_SUMS = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}


class Reduction(Operation):
    """Axes reduced to one value: (batch, time, features) over axis 1 is (batch, features).

    Without `axis` all of them go, the batch axis too. `gives` says the dtype: a rule of `made`, or a name.
    """

    ports = ("x",)
    gives: ClassVar[str] = "same"
    axis = arg.optional(arg.axes(doc="Axes to reduce; 0 is the batch axis."))
    keepdims = arg.flag(False, doc="Keep them as axes of size 1.")


@rule(Reduction)
def reduction(cfg: Reduction, x: Tensor) -> Inferred:
    sizes = reduce_shape(x.shape, locate_axes(cfg.axis, x.shape.ndim), cfg.keepdims)
    return make_output(sizes, find_family_dtype(cfg.gives, x))


def reduce_shape(shape: Shape, gone: Collection[int], keepdims: bool) -> list[Size]:
    """The sizes that are left when some axes are reduced."""
    if keepdims:
        return [1 if position in gone else size for position, size in enumerate(shape)]
    return [size for position, size in enumerate(shape) if position not in gone]


def find_family_dtype(gives: str, x: Tensor) -> str:
    """The dtype that a family gives for `x`."""
    dtype = find_dtype(x)
    if gives == "needs float":
        require_floats(x, "x")
    if gives in ("same", "needs float"):
        return dtype
    if gives == "sum":
        return _SUMS.get(dtype, dtype)
    if gives == "float":
        return dtype if is_float(dtype) else "float32"
    return gives


class Extreme(Reduction):
    """The least or greatest value."""

    initial = arg.optional(arg.number(doc="A further value to compare with."))


class Place(Operation):
    """Where the least or greatest value stands along one axis; without `axis`, among all values."""

    ports = ("x",)
    axis = arg.optional(arg.axis(doc="Along which axis."))
    keepdims = arg.flag(False, doc="Keep it as an axis of size 1.")


@rule(Place)
def whereabouts(cfg: Place, x: Tensor) -> Inferred:
    return make_output(reduce_shape(x.shape, locate_axes(cfg.axis, x.shape.ndim), cfg.keepdims), "int32")


class OpsCountNonzero(Operation):
    """How many values are not 0. https://keras.io/api/ops/numpy/#count_nonzero-function"""

    type_name = "ops.count_nonzero"
    ports = ("x",)
    axis = arg.optional(arg.axes(doc="Along which axes; by default all."))


@rule(OpsCountNonzero)
def count_nonzero(cfg: OpsCountNonzero, x: Tensor) -> Inferred:
    return make_output(reduce_shape(x.shape, locate_axes(cfg.axis, x.shape.ndim), False), "int32")


class Running(Operation):
    """Sums or products of all entries so far; without `axis`, over all values on one axis."""

    ports = ("x",)
    axis = arg.optional(arg.axis(doc="Along which axis."))
    dtype = optional_dtype("Dtype of the output; the input's by default.")  # type: ignore[assignment]


@rule(Running)
def running(cfg: Running, x: Tensor) -> Inferred:
    sizes: tuple[Size, ...] = x.shape if cfg.axis is not None else (prod(x.shape),)
    locate_axis(cfg.axis or 0, max(x.shape.ndim, 1))
    return make_output(sizes, cfg.dtype or ("int32" if find_dtype(x) == "bool" else x.dtype))


class AllOrSome(AxesKind):
    """One axis, several, or null for all of them."""

    def read(self, value: object, owner: type) -> Any:
        return None if value is None else super().read(value, owner)

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import allow_null

        return allow_null(super().schema(owner))


class Softmax(Operation):
    """Values that sum to 1 along axes."""

    ports = ("x",)
    axis: arg.Arg[Any] = arg.Arg(AllOrSome(), -1, "Along which axes; null for all.")


@rule(Softmax)
def softmax(cfg: Softmax, x: Tensor) -> Inferred:
    require_floats(x, "x")
    locate_axes(cfg.axis, x.shape.ndim)
    return make_output(x.shape, x.dtype)


class OrderKind(Kind):
    """Which norm: a word, or a number."""

    name = "fro, nuc or a number"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, str) and value not in ("fro", "nuc"):
            raise Refusal(
                f"must be fro, nuc or a number, got {as_yaml(value)}", code="SC204", help="write infinity as `.inf`"
            )
        return value if isinstance(value, str) else NumberKind(None, None).read(value, owner)

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import EVALUATED

        return {"anyOf": [{"enum": ["fro", "nuc"]}, {"type": ["number", "string"], "pattern": EVALUATED}]}


class OpsNorm(Operation):
    """Length of vectors along one axis, or norm of matrices along two. https://keras.io/api/ops/numpy/#norm-function"""

    type_name = "ops.norm"
    ports = ("x",)
    ord: arg.Arg[Any] = arg.Arg(
        OrderKind(), None, "Order of the norm: fro, nuc or a number, .inf too; the Euclidean length by default."
    )
    axis = arg.optional(arg.axes(doc="One axis or two; by default all, where there are no more."))
    keepdims = arg.flag(False, doc="Keep them as axes of size 1.")


_MATRIX_NORMS = (None, "fro", "nuc", 1, -1, 2, -2, float("inf"), float("-inf"))


@rule(OpsNorm)
def norm(cfg: OpsNorm, x: Tensor) -> Inferred:
    along = locate_axes(cfg.axis, x.shape.ndim)
    if len(along) not in (1, 2):
        message = f"is a length of vectors or matrices, not over {len(along)} axes"
        raise ShapeError(message, arg="axis", code="SC205", help="choose one axis or two")
    if cfg.ord not in _MATRIX_NORMS if len(along) == 2 else isinstance(cfg.ord, str):
        choices = "fro, nuc, 1, -1, 2, -2, .inf or -.inf" if len(along) == 2 else "a number, .inf or -.inf"
        raise ShapeError(
            f"has no ord {as_yaml(cfg.ord)} over {len(along)} axes",
            arg="ord",
            code="SC205",
            help=f"choose {choices}",
        )
    return make_output(reduce_shape(x.shape, along, cfg.keepdims), find_family_dtype("float", x))


class OpsNormalize(Operation):
    """Vectors scaled to length 1. https://keras.io/api/ops/nn/#normalize-function"""

    type_name = "ops.normalize"
    ports = ("x",)
    axis = arg.axes(-1, doc="Along which axes.")
    order = arg.count(2, doc="Order of the norm: 2 is the Euclidean length.")
    epsilon = arg.optional(arg.number(doc="The least length that is divided by; 1e-7 by default."))


@rule(OpsNormalize)
def normalize(cfg: OpsNormalize, x: Tensor) -> Inferred:
    require_floats(x, "x")
    along = locate_axes(cfg.axis, x.shape.ndim)
    if cfg.order != 2 and len(along) != 1:
        message = f"can scale along one axis with order {cfg.order}, got {len(along)}"
        raise ShapeError(message, arg="axis", code="SC206", help="choose one axis, or order 2")
    return make_output(x.shape, x.dtype)


class OpsTopK(Operation):
    """The k greatest values of the last axis, and their places: NAME, NAME.indices. https://keras.io/api/ops/core/#top_k-function"""

    type_name = "ops.top_k"
    ports = ("x",)
    k = arg.size(doc="Number of values.")
    sorted = arg.flag(True, doc="Greatest first; the values are sorted in any case.")


@rule(OpsTopK)
def top_k(cfg: OpsTopK, x: Tensor) -> Inferred:
    rest, size = x.shape.axes(..., "features")
    if find_dtype(x) == "bool":
        refuse_dtype(x, "numbers", "x")
    message = f"cannot take {formula(cfg.k)} of {formula(size)} values"
    require_at_least(size, cfg.k, message, arg="k", help="take fewer")
    shape = Shape((*rest, cfg.k))
    return Inferred(outputs={"output": Tensor(shape, find_dtype(x)), "indices": Tensor(shape, "int32")})


class Sorting(Operation):
    """Values in rising order along an axis, or their places."""

    ports = ("x",)
    gives: ClassVar[str] = "same"
    axis = arg.axis(-1, doc="Along which axis.")


@rule(Sorting)
def sorting(cfg: Sorting, x: Tensor) -> Inferred:
    locate_axis(cfg.axis, x.shape.ndim)
    return make_output(x.shape, find_family_dtype(cfg.gives, x))


_ARRAYS = "https://keras.io/api/ops/numpy/#{}-function"
_CORE = "https://keras.io/api/ops/core/#{}-function"
_NETS = "https://keras.io/api/ops/nn/#{}-function"

_TABLE: tuple[tuple[type[Operation], str, str, str, str], ...] = (
    (Reduction, "sum", _ARRAYS, "The {} over axes.", "sum prod"),
    (Reduction, "float", _ARRAYS, "The {} over axes, floating.", "mean var std"),
    (Reduction, "bool", _ARRAYS, "Whether {} of the values along axes are not 0.", "any all"),
    (Reduction, "needs float", _CORE, "log(sum(exp(x))) over axes: {}.", "logsumexp"),
    (Extreme, "same", _ARRAYS, "The {} over axes.", "max min"),
    (Place, "int32", _ARRAYS, "The {} along an axis: the place of the first such value.", "argmax argmin"),
    (Running, "same", _ARRAYS, "{}: all entries so far along an axis.", "cumsum cumprod"),
    (Softmax, "same", _NETS, "{} along axes.", "softmax log_softmax"),
    (Sorting, "same", _ARRAYS, "{}: values in rising order along an axis.", "sort"),
    (Sorting, "int32", _ARRAYS, "{}: the places of values in rising order along an axis.", "argsort"),
)
"""The family, its dtype, where Keras documents it, a sentence, and the operations."""

TYPES = index_by_name(
    *(
        make_operation(name, family, f"{words.format(name)} {page.format(name)}", gives=gives)
        for family, gives, page, words, names in _TABLE
        for name in names.split()
    ),
    OpsCountNonzero,
    OpsNorm,
    OpsNormalize,
    OpsTopK,
)
