"""Makes the tensors that a model is fed, and finds the declared sizes of a block from what it is fed."""

from __future__ import annotations

from types import EllipsisType
from typing import TYPE_CHECKING

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, require_same, symbol, unknown
from shapecalc.layers.values import Tensor

if TYPE_CHECKING:
    from shapecalc.model.declarations import Declaration, Declared


def make_inputs(
    declared: dict[str, Declaration], sizes: dict[str, Size], batch: Size | None
) -> tuple[dict[str, Tensor], dict[str, Size]]:
    """The tensors that a model is fed, and the sizes that its inputs declare.

    They have one batch size, but where an input says its own. A declared name has the value in `sizes`, else it is a
    symbol.
    """
    known: dict[str, Size] = {}
    rows = unknown("batch") if batch is None else batch
    tensors = {}
    for name, declaration in declared.items():
        shape: list[Size] = []
        first = rows if declaration.batch is None else declaration.batch
        for size in () if declaration.is_scalar else (first, *(declaration.shape or ())):
            if isinstance(size, str):
                known.setdefault(size, sizes[size] if size in sizes else symbol(size))
                shape.append(known[size])
            elif size is None:
                shape.append(unknown())
            elif not isinstance(size, EllipsisType):
                shape.append(size)
        tensors[name] = Tensor(Shape(shape), declaration.dtype, False)
    return tensors, known


def match_sizes(declared: dict[str, Declaration], fed: dict[str, Tensor]) -> dict[str, Size]:
    """The values of a block's declared names, from what it is fed. Raises ShapeError naming the input."""
    known: dict[str, Size] = {}
    for name, declaration in declared.items():
        if declaration.shape is None:
            continue
        shape = fed[name].shape
        if declaration.is_scalar and not shape:
            continue
        pairs = _pair_sizes(declaration.shape, shape)
        message = f"`{name}` must be {_print(declaration.shape)}, got {shape}"
        if pairs is None:
            help = "`...` in its input stands for any number of axes" if ... not in declaration.shape else None
            raise ShapeError(message, input=name, code="SC411", help=help)
        if declaration.batch is not None:
            pairs.append((declaration.batch, shape[0]))
        for wanted, size in pairs:
            if isinstance(wanted, str):
                known[wanted] = require_same(known.get(wanted, size), size, f"`{wanted}` is two sizes", input=name)
            elif wanted is not None:
                require_same(wanted, size, message, input=name)
    return known


def _pair_sizes(declared: Declared, shape: Shape) -> list[tuple[Size | str | None, Size]] | None:
    """Each declared size with the one it is fed, but for the axes of `...`; None where their numbers differ."""
    sizes = list(shape[1:])
    if ... in declared:
        many = len(sizes) - (len(declared) - 1)
        if many < 0:
            return None
        position = declared.index(...)
        declared = [*declared[:position], *declared[position + 1 :]]
        del sizes[position : position + many]
    if len(declared) != len(sizes):
        return None
    return [
        (wanted, size) for wanted, size in zip(declared, sizes, strict=True) if not isinstance(wanted, EllipsisType)
    ]


def _print(declared: Declared) -> str:
    """Sizes as the table prints a shape: `(None, 5, 1)`."""
    words = ["..." if size is ... else str(size) for size in declared]
    return f"(None, {', '.join(words)})" if words else "(None,)"
