"""Operators that put, find or make single entries. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, known, prod, require_same, unknown
from shapecalc.layers.arguments import arg
from shapecalc.layers.onnx.base import (
    Operator,
    give,
    give_many,
    index_by_name,
    known_of,
    list_numbers,
    make_operator,
    place_axis,
    rule,
)
from shapecalc.layers.onnx.dtypes import DTYPES
from shapecalc.layers.values import Inferred, Tensor

_SEED = "Seed of the numbers."


class ScatterElements(Operator):
    """Numbers put at positions along an axis. https://onnx.ai/onnx/operators/onnx__ScatterElements.html"""

    type_name = "onnx.ScatterElements"
    ports = ("data", "indices", "updates")
    axis = arg.axis(0, doc="Along which positions count.")
    reduction = arg.choice("none", "add", "mul", "max", "min", default="none", doc="What becomes of what was there.")


class Scatter(ScatterElements):
    """ScatterElements, as it was called before version 11. https://onnx.ai/onnx/operators/onnx__Scatter.html"""

    type_name = "onnx.Scatter"
    reduction = None  # type: ignore[assignment]


@rule(ScatterElements, Scatter)
def scatter_elements(cfg: ScatterElements, data: Tensor, indices: Tensor, updates: Tensor) -> Inferred:
    place_axis(cfg.axis, data.shape.ndim)
    return give(data.shape, data.dtype)


class ScatterND(Operator):
    """Parts put at places. https://onnx.ai/onnx/operators/onnx__ScatterND.html"""

    type_name = "onnx.ScatterND"
    ports = ("data", "indices", "updates")
    reduction = arg.choice("none", "add", "mul", "max", "min", default="none", doc="What becomes of what was there.")


@rule(ScatterND)
def scatter_nd(cfg: ScatterND, data: Tensor, indices: Tensor, updates: Tensor) -> Inferred:
    return give(data.shape, data.dtype)


class TensorScatter(Operator):
    """New steps put into a cache. https://onnx.ai/onnx/operators/onnx__TensorScatter.html"""

    type_name = "onnx.TensorScatter"
    ports = ("past_cache", "update", "write_indices?")
    axis = arg.axis(-2, doc="The axis of the steps.")
    mode = arg.choice("linear", "circular", default="linear", doc="What comes after the last step.")


@rule(TensorScatter)
def tensor_scatter(
    cfg: TensorScatter, past_cache: Tensor, update: Tensor, write_indices: Tensor | None = None
) -> Inferred:
    return give(past_cache.shape, past_cache.dtype)


class Compress(Operator):
    """The parts where a condition holds. https://onnx.ai/onnx/operators/onnx__Compress.html"""

    type_name = "onnx.Compress"
    ports = ("input", "condition")
    numbers = ("condition",)
    axis = arg.optional(arg.axis(doc="The axis; without it all numbers in a row."))


@rule(Compress)
def compress(cfg: Compress, input: Tensor, condition: Tensor) -> Inferred:
    values = list_numbers(condition)
    count = sum(values) if values is not None and all(isinstance(value, bool) for value in values) else unknown()
    if cfg.axis is None:
        return give((count,), input.dtype)
    return give(input.shape.replace(place_axis(cfg.axis, input.shape.ndim), count), input.dtype)


class Unique(Operator):
    """Each number once. https://onnx.ai/onnx/operators/onnx__Unique.html"""

    type_name = "onnx.Unique"
    ports = ("X",)
    axis = arg.optional(arg.axis(doc="The axis; without it all numbers in a row."))
    sorted = arg.flag(True, doc="In order.")


@rule(Unique)
def unique(cfg: Unique, X: Tensor) -> Inferred:
    values = list_numbers(X)
    count: Size = unknown()
    if cfg.axis is None and values is not None and all(known.is_told(value) for value in values):
        count = len(set(values))
    elif cfg.axis is None and prod(X.shape) == 1:
        count = 1
    shape = Shape((count,))
    if cfg.axis is not None:
        axis = place_axis(cfg.axis, X.shape.ndim)
        shape, total = X.shape.replace(axis, count), X.shape[axis]
    else:
        total = prod(X.shape)
    places = Tensor(Shape((count,)), "int64", False)
    return give_many(Tensor(shape, X.dtype, False), places, Tensor(Shape((total,)), "int64", False), places)


class ReverseSequence(Operator):
    """The first steps of each sample backwards. https://onnx.ai/onnx/operators/onnx__ReverseSequence.html"""

    type_name = "onnx.ReverseSequence"
    ports = ("input", "sequence_lens")
    batch_axis = arg.axis(1, doc="The axis of the samples.")
    time_axis = arg.axis(0, doc="The axis of the steps.")


@rule(ReverseSequence)
def reverse_sequence(cfg: ReverseSequence, input: Tensor, sequence_lens: Tensor) -> Inferred:
    return give(input.shape, input.dtype)


class EyeLike(Operator):
    """1 on a diagonal, else 0. https://onnx.ai/onnx/operators/onnx__EyeLike.html"""

    type_name = "onnx.EyeLike"
    ports = ("input",)
    output_dtype = arg.optional(arg.choice(*DTYPES, doc="The dtype; without it the input's."))
    k = arg.axis(0, doc="Which diagonal.")


class Bernoulli(Operator):
    """1 with the chance that a number says, else 0. https://onnx.ai/onnx/operators/onnx__Bernoulli.html"""

    type_name = "onnx.Bernoulli"
    ports = ("input",)
    output_dtype = arg.optional(arg.choice(*DTYPES, doc="The dtype; without it the input's."))
    seed = arg.optional(arg.value(None, _SEED))


class RandomNormalLike(Operator):
    """Random numbers in the shape of a tensor. https://onnx.ai/onnx/operators/onnx__RandomNormalLike.html"""

    type_name = "onnx.RandomNormalLike"
    ports = ("input",)
    output_dtype = arg.optional(arg.choice(*DTYPES, doc="The dtype; without it the input's."))
    mean = arg.number(0.0, doc="Their mean.")
    scale = arg.number(1.0, doc="Their deviation.")
    seed = arg.value(None, _SEED)


class RandomUniformLike(Operator):
    """Random numbers in the shape of a tensor. https://onnx.ai/onnx/operators/onnx__RandomUniformLike.html"""

    type_name = "onnx.RandomUniformLike"
    ports = ("input",)
    output_dtype = arg.optional(arg.choice(*DTYPES, doc="The dtype; without it the input's."))
    low = arg.number(0.0, doc="The least.")
    high = arg.number(1.0, doc="The greatest.")
    seed = arg.value(None, _SEED)


@rule(EyeLike, Bernoulli, RandomNormalLike, RandomUniformLike)
def make_like(cfg: EyeLike, input: Tensor) -> Inferred:
    return give(input.shape, cfg.output_dtype or input.dtype)


class RandomNormal(Operator):
    """Random numbers. https://onnx.ai/onnx/operators/onnx__RandomNormal.html"""

    type_name = "onnx.RandomNormal"
    ports = ()
    shape = arg.axes(doc="The shape.")
    output_dtype = arg.choice(*DTYPES, default="float32", doc="The dtype.")
    mean = arg.number(0.0, doc="Their mean.")
    scale = arg.number(1.0, doc="Their deviation.")
    seed = arg.value(None, _SEED)


class RandomUniform(Operator):
    """Random numbers. https://onnx.ai/onnx/operators/onnx__RandomUniform.html"""

    type_name = "onnx.RandomUniform"
    ports = ()
    shape = arg.axes(doc="The shape.")
    output_dtype = arg.choice(*DTYPES, default="float32", doc="The dtype.")
    low = arg.number(0.0, doc="The least.")
    high = arg.number(1.0, doc="The greatest.")
    seed = arg.value(None, _SEED)


@rule(RandomNormal, RandomUniform)
def make_random(cfg: RandomNormal) -> Inferred:
    return give((cfg.shape,) if isinstance(cfg.shape, int) else cfg.shape, cfg.output_dtype)


class Multinomial(Operator):
    """Classes drawn by their log chances. https://onnx.ai/onnx/operators/onnx__Multinomial.html"""

    type_name = "onnx.Multinomial"
    ports = ("input",)
    output_dtype = arg.choice(*DTYPES, default="int32", doc="The dtype.")
    sample_size = arg.count(1, doc="How many are drawn.")
    seed = arg.value(None, _SEED)


@rule(Multinomial)
def multinomial(cfg: Multinomial, input: Tensor) -> Inferred:
    return give((input.shape[0], cfg.sample_size), cfg.output_dtype)


class NegativeLogLikelihoodLoss(Operator):
    """The loss of log chances. https://onnx.ai/onnx/operators/onnx__NegativeLogLikelihoodLoss.html"""

    type_name = "onnx.NegativeLogLikelihoodLoss"
    ports = ("input", "target", "weight?")
    ignore_index = arg.optional(arg.axis(doc="A class that is left out."))
    reduction = arg.choice("none", "sum", "mean", default="mean", doc="How losses are put together.")


@rule(NegativeLogLikelihoodLoss)
def negative_log_likelihood_loss(
    cfg: NegativeLogLikelihoodLoss, input: Tensor, target: Tensor, weight: Tensor | None = None
) -> Inferred:
    return give(target.shape if cfg.reduction == "none" else (), input.dtype)


class SoftmaxCrossEntropyLoss(Operator):
    """The loss of scores, and log chances. https://onnx.ai/onnx/operators/onnx__SoftmaxCrossEntropyLoss.html"""

    type_name = "onnx.SoftmaxCrossEntropyLoss"
    ports = ("scores", "labels", "weights?")
    ignore_index = arg.optional(arg.axis(doc="A class that is left out."))
    reduction = arg.choice("none", "sum", "mean", default="mean", doc="How losses are put together.")


@rule(SoftmaxCrossEntropyLoss)
def softmax_cross_entropy_loss(
    cfg: SoftmaxCrossEntropyLoss, scores: Tensor, labels: Tensor, weights: Tensor | None = None
) -> Inferred:
    shape = labels.shape if cfg.reduction == "none" else Shape(())
    return give_many(Tensor(shape, scores.dtype, False), Tensor(scores.shape, scores.dtype, False))


class Einsum(Operator):
    """A sum of products by an equation. https://onnx.ai/onnx/operators/onnx__Einsum.html"""

    type_name = "onnx.Einsum"
    ports = ("Inputs+",)
    equation = arg.value(arg.REQUIRED, "Letters of each input's axes, and after `->` of the output's.")


@rule(Einsum)
def einsum(cfg: Einsum, Inputs: tuple[Tensor, ...]) -> Inferred:
    left, arrow, right = str(cfg.equation).replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(Inputs):
        message = f"the equation `{cfg.equation}` has {len(terms)} inputs, and {len(Inputs)} are fed"
        raise ShapeError(message, arg="equation", code="SC205")
    sizes: dict[str, Any] = {}
    rest: tuple[Any, ...] = ()
    for term, tensor in zip(terms, Inputs, strict=True):
        letters, shape = _name_axes(term, tensor.shape, str(cfg.equation))
        for letter, size in zip(letters, shape, strict=True):
            sizes[letter] = require_same(sizes.get(letter, size), size, f"`{letter}` is two sizes", code="SC405")
        if "..." in term:
            rest = max(rest, tuple(letter for letter in letters if len(letter) > 1), key=len)
    if not arrow:
        counted = left.replace(",", "").replace("...", "")
        right = ("..." if rest else "") + "".join(
            sorted(letter for letter in set(counted) if counted.count(letter) == 1)
        )
    output = [*right.partition("...")[0], *(rest if "..." in right else ()), *right.partition("...")[2]]
    missing = [letter for letter in output if letter not in sizes]
    if missing:
        raise ShapeError(f"no input has `{missing[0]}`", arg="equation", code="SC205")
    macs = {"product": tuple(sizes.values())} if len(Inputs) > 1 else {}
    return Inferred({"output": Tensor(Shape([sizes[letter] for letter in output]), Inputs[0].dtype)}, macs=macs)


def _name_axes(term: str, shape: Shape, equation: str) -> tuple[list[str], Shape]:
    """A name for each axis; those of `...` are counted from the end. Raises ShapeError."""
    before, dots, after = term.partition("...")
    between = len(shape) - len(before) - len(after)
    if between not in range(len(shape) + 1) or (between and not dots):
        message = f"`{term}` of the equation `{equation}` does not name the axes of {shape}"
        raise ShapeError(message, arg="equation", code="SC205")
    return [*before, *(f"...{number}" for number in range(-between, 0)), *after], shape


def _make_window(name: str) -> type[Operator]:
    return make_operator(
        name, Window, f"https://onnx.ai/onnx/operators/onnx__{name}.html",
        output_datatype=arg.count(1, doc="Number of the dtype."), periodic=arg.flag(True, doc="Leave out the last."),
    )  # fmt: skip


class Window(Operator):
    """Factors of a window of a length that is given."""

    type_name = "onnx.Window"
    ports = ("size",)
    numbers = ("size",)


@rule(Window)
def window(cfg: Any, size: Tensor) -> Inferred:
    from shapecalc.layers.onnx.dtypes import NAMES

    known = known_of(size)
    return give((known.items[0] if known is not None else unknown(),), NAMES.get(cfg.output_datatype, "float32"))


class BitCast(Operator):
    """The same bits as another dtype. https://onnx.ai/onnx/operators/onnx__BitCast.html"""

    type_name = "onnx.BitCast"
    ports = ("input",)
    to = arg.choice(*DTYPES, doc="The dtype.")


@rule(BitCast)
def bit_cast(cfg: BitCast, input: Tensor) -> Inferred:
    return give(input.shape, cfg.to)


TYPES = index_by_name(
    ScatterElements, Scatter, ScatterND, TensorScatter, Compress, Unique, ReverseSequence, EyeLike, Bernoulli,
    RandomNormalLike, RandomUniformLike, RandomNormal, RandomUniform, Multinomial, NegativeLogLikelihoodLoss,
    SoftmaxCrossEntropyLoss, Einsum, BitCast,
    _make_window("HannWindow"), _make_window("HammingWindow"), _make_window("BlackmanWindow"),
)  # fmt: skip
