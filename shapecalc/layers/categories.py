"""Shapes that the layers of categories share: of their output modes, and of the values they are given."""

from __future__ import annotations

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size
from shapecalc.layers.arguments.plain import as_yaml


def refuse_sparse(flag: bool, name: str = "sparse") -> None:
    """Refuses `sparse` and `ragged` outputs."""
    if flag:
        message = f"{name} tensors are not modelled"
        raise ShapeError(
            message,
            arg=name,
            code="SC206",
            change=(name, None),
            help=f"leave `{name}` out to get the same values dense",
        )


def measure_nested(value: object, name: str) -> tuple[int, ...]:
    """The shape of a number or a list of numbers, nested or not."""
    if not isinstance(value, tuple):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            message = f"`{name}` must be a number or a list of numbers, got {as_yaml(value)}"
            raise ShapeError(
                message,
                arg=name,
                code="SC204",
                example=(name, "1"),
                help=f"write `{name}: 1`, or `{name}: [0.5, 1]`",
            )
        return ()
    shapes = {measure_nested(item, name) for item in value}
    if len(shapes) != 1:
        message = f"`{name}` must be lists of equal lengths, and none empty"
        raise ShapeError(
            message,
            arg=name,
            code="SC204",
            example=(name, "[[1, 2], [3, 4]]"),
            help=f"write `{name}: [[1, 2], [3, 4]]`, or one list",
        )
    return (len(value), *shapes.pop())


def encode_shape(shape: Shape, mode: str, depth: Size) -> Shape:
    """The shape of categories of `shape` in an output mode: as they are, each one a vector, or one vector a sample.

    The vector takes the place of a last axis of 1; one vector a sample sums over the axis after the batch axis.
    """
    if mode == "int":
        return shape
    if mode == "one_hot":
        shape.axes("batch", ...)
        return Shape((*(shape[:-1] if shape.ndim != 1 and shape[-1] == 1 else shape), depth))
    batch, _, rest = shape.axes("batch", "values", ...)
    return Shape((batch, *rest, depth))
