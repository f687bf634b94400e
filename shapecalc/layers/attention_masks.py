"""The masks of attention layers: how they are laid on the scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, broadcast, broadcast_shapes, require_same
from shapecalc.layers.values import Tensor

if TYPE_CHECKING:
    from typing import TypedDict

    class Blame(TypedDict, total=False):
        """The arguments of ShapeError for a mask: the port and the item to blame."""

        arg: str
        input: str

    Sides = tuple[Tensor, Tensor, Tensor | None]
    Given = tuple[Tensor | None, Tensor | None, Tensor | None]


def list_mask_shapes(sides: Sides, given: Given) -> list[Shape]:
    """The shapes of the masks of query, value and key, given or come along, laid out as (..., query, key)."""
    shapes: list[Shape | None] = []
    for side, mask in zip(sides, given, strict=True):
        if mask is not None:
            shapes.append(mask.shape)
        else:
            shapes.append(side.mask if side is not None else None)
    rows, *columns = shapes
    laid = [] if rows is None else [Shape((*rows, 1))]
    return laid + [Shape((*shape[:-1], 1, shape[-1])) for shape in columns if shape is not None]


def require_fit(masks: Sequence[Shape], scores: Shape, pairs: int, blame: Blame) -> Shape | None:
    """The mask as it is laid on the scores, the last `pairs` axes of which are query and key; refused where it cannot.

    A mask with fewer axes gets axes of size 1 in front of those, where the heads are.
    """
    if not masks:
        return None
    of_batch = [mask for mask in masks if mask[0] == scores[0] and not isinstance(scores[0], int)]
    ranks = {mask.ndim for mask in of_batch}
    if len(ranks) > 1 or pairs in ranks:
        message = f"cannot lay masks of shape {' and '.join(map(str, of_batch))} on scores of shape {scores}"
        help = "their batch would lie on another axis: set `attention_axes`, or drop the mask before it"
        raise ShapeError(message, code="SC411", help=help, **blame)
    merged = broadcast_shapes(*masks, **blame)
    message = f"cannot lay a mask of shape {merged} on scores of shape {scores}"
    if merged.ndim not in range(pairs, scores.ndim + 1):
        raise ShapeError(message, help=f"give a mask of {pairs} to {scores.ndim} axes", **blame)
    front = merged.ndim - pairs
    laid = (*merged[:front], *(1,) * (scores.ndim - merged.ndim), *merged[front:])
    for size, score in zip(laid, scores, strict=True):
        require_same(broadcast(size, score, message, **blame), score, message, **blame)
    return Shape(laid)


def require_masks_fit(scores: Shape, query: Tensor, value: Tensor, mask: Sequence[Tensor]) -> None:
    """Refuses masks that are not (batch, query) for query and (batch, key) or (batch, query, key) for value."""
    rows, columns = scores.ndim - 2, scores.ndim - 1
    wanted: dict[int, tuple[int, ...]] = {0: (0, rows), 1: (0, columns)}
    for position, side in enumerate((query, value)):
        if mask:
            shape = mask[position].shape
            axes = tuple(range(scores.ndim)) if position == 1 and shape.ndim == scores.ndim else wanted[position]
        elif side.mask is not None:
            shape, axes = side.mask, wanted[position]
        else:
            continue
        message = f"cannot lay a mask of shape {shape} on scores of shape {scores}"
        if shape.ndim != len(axes):
            raise ShapeError(
                message, input="mask", help="masks are (batch, query) for query and (batch, key) for value"
            )
        for size, axis in zip(shape, axes, strict=True):
            require_same(scores[axis], size, message, input="mask")
