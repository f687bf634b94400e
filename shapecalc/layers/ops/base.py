"""What all operations share: functions of keras.ops as layer types, written `ops.NAME`. https://keras.io/api/ops/

They have no weights, drop masks without a warning, and follow Keras's dtype promotion where layers cast to their own
dtype. Axis 0 is the batch axis, and counts as an axis: `ops.reshape: {newshape: [-1, 12]}`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from shapecalc.diagnostics.errors import Refusal, ShapeError
from shapecalc.dims import Dim, Shape, Size, axis_from_front, broadcast_shapes, is_unknown
from shapecalc.layers.arguments import arg, names
from shapecalc.layers.arguments.kind import Kind
from shapecalc.layers.arguments.numbers import LARGEST
from shapecalc.layers.arguments.plain import as_yaml, convert_text
from shapecalc.layers.arguments.words import ChoiceKind
from shapecalc.layers.base import Layer
from shapecalc.layers.class_names import camel_case
from shapecalc.layers.dtypes import find_result_type
from shapecalc.layers.values import Inferred, Numbers, Tensor

DTYPES = tuple(dtype for dtype in names.DTYPES if dtype != "string")
LIMITS = {f"{sign}int{bits}": bits for sign in ("", "u") for bits in (8, 16, 32, 64)}


class Operation(Layer):
    """A function of keras.ops. `operands` names the ports that may be given as a constant argument instead."""

    masking = "stop"
    may_be_empty = True
    operands: ClassVar[tuple[str, ...]] = ()
    trainable = None  # type: ignore[assignment]
    dtype = None  # type: ignore[assignment]

    def split_dtype(self) -> tuple[str, str]:
        """Compute and variable dtype. Nothing uses them: rules give the dtype of outputs, and there are no weights."""
        return "float32", "float32"


def name_class(type_name: str) -> str:
    """The class of a type: `ops.true_divide` is OpsTrueDivide."""
    return camel_case(type_name.replace(".", "_"))


def make_operation(name: str, base: type[Operation], doc: str, **content: Any) -> type[Operation]:
    """The layer type `ops.NAME`: a class that derives from `base`, whose rule and ports it shares."""
    type_name = f"ops.{name}"
    names = {"type_name": type_name, "__doc__": doc, "__module__": base.__module__, **content}
    return type(name_class(type_name), (base,), names)


def index_by_name(*types: type[Operation]) -> dict[str, type[Operation]]:
    """Types by what a spec calls them."""
    return {operation.type_name: operation for operation in types}


class ConstantKind(Kind):
    """A number, true or false, or a nested list of them, in place of a tensor."""

    name = "number or list of numbers"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, (list, tuple)):
            items = tuple(self.read(item, owner) for item in value)
            if not items or len({_measure_nesting(item) for item in items}) > 1:
                raise Refusal(f"must be lists of equal length, got {as_yaml(value)}", code="SC204")
            return items
        number = convert_text(value)
        if isinstance(number, int) and abs(number) > LARGEST:
            raise Refusal("must be a number within 10**18", code="SC205")
        if isinstance(number, (bool, int, float, Dim)):
            return number
        if hasattr(number, "numerator"):
            return float(number)  # type: ignore[arg-type]
        raise Refusal(f"must be a number or a list of numbers, got {as_yaml(value)}", code="SC204")

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import number_schema

        number = number_schema()
        return {**number, "type": ["number", "boolean", "array", "string"]}


def _measure_nesting(value: Any) -> tuple[int, ...]:
    """The shape of a constant."""
    return (len(value), *_measure_nesting(value[0])) if isinstance(value, tuple) else ()


def _flatten_numbers(value: Any) -> list[Any]:
    """All numbers of a constant, in one list."""
    return [number for part in value for number in _flatten_numbers(part)] if isinstance(value, tuple) else [value]


def constant(doc: str = "") -> arg.Arg[Any]:
    """A number or a list of numbers in place of the tensor of the same name; nothing where that is fed."""
    return arg.Arg(ConstantKind(), None, doc or "A constant in place of the tensor.")


def optional_dtype(doc: str = "Of the output.") -> arg.Arg[str | None]:
    """A plain dtype, or nothing for the operation's own."""
    return arg.Arg(ChoiceKind(DTYPES), None, doc)


def find_dtype(tensor: Tensor) -> str:
    """A tensor's dtype; one that came without is floating."""
    return tensor.dtype or "float32"


def fill_operands(cfg: Operation, *fed: Tensor | None) -> tuple[Tensor, ...]:
    """The operands: constants where the arguments give them, and the tensors fed, in order, for the rest.

    A scalar has Python's dtype, `int` or `float`, which takes that of the tensors; a list has int32 or float32.
    """
    tensors = [tensor for tensor in fed if tensor is not None]
    missing = [name for name in cfg.operands if getattr(cfg, name) is None]
    if len(tensors) > len(missing):
        name = next(name for name in cfg.operands if getattr(cfg, name) is not None)
        raise ShapeError(
            f"is given `{name}` twice: as a constant and as a tensor",
            arg=name,
            code="SC306",
            change=(name, None),
            help=f"take `{name}` out of the arguments, or feed one tensor less",
        )
    if len(tensors) < len(missing):
        name = missing[len(tensors)]
        raise ShapeError(
            f"needs `{name}`: a tensor, or a number in its place",
            input=name,
            code="SC306",
            example=(name, "0.5"),
            help=f"feed it as `from: [a, b]`, or write `{name}: 0.5` among the arguments",
        )
    rest = iter(tensors)
    return tuple(next(rest) if name in missing else _make_tensor(getattr(cfg, name)) for name in cfg.operands)


def _make_tensor(value: Any) -> Tensor:
    numbers = _flatten_numbers(value)
    dtype = "bool" if all(isinstance(number, bool) for number in numbers) else "int"
    dtype = "float" if any(isinstance(number, float) for number in numbers) else dtype
    if isinstance(value, tuple):
        dtype = {"int": "int32", "float": "float32"}.get(dtype, dtype)
    return Tensor(Shape(_measure_nesting(value)), dtype)


def promote_dtypes(cfg: Operation, *tensors: Tensor) -> str:
    """The dtype of a result; refuses a constant that it cannot hold."""
    dtype = find_result_type(*(find_dtype(tensor) for tensor in tensors))
    bits = LIMITS.get(dtype)
    if bits is not None:
        low, high = (0, 2**bits) if dtype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1))
        for name in cfg.operands:
            for number in _flatten_numbers(getattr(cfg, name)):
                if isinstance(number, int) and not low <= number < high:
                    raise ShapeError(f"{number} is no {dtype}", arg=name, code="SC205", help="cast the input first")
    return dtype


def refuse_dtype(tensor: Tensor, wanted: str, port: str) -> None:
    """Raises ShapeError: an operation has no meaning for values of this dtype."""
    raise ShapeError(
        f"needs {wanted}, got {find_dtype(tensor)}",
        input=port,
        code="SC407",
        help="cast it first: `ops.cast: {dtype: float32}`",
    )


def settle_unknowns(merged: Shape, *shapes: Shape) -> Shape:
    """`merged` with its unknown axes settled by a number that any of `shapes` has there, counted from the last axis.

    Whether an unknown turns out to be that number or 1, the number is what comes out: Keras infers it so.
    """
    sizes = list(merged)
    for back in range(-len(sizes), 0):
        if is_unknown(sizes[back]):
            there = [shape[back] for shape in shapes if -back in range(shape.ndim + 1)]
            sizes[back] = next((size for size in there if isinstance(size, int) and size != 1), sizes[back])
    return Shape(sizes)


def broadcast_operands(*shapes: Shape, port: str) -> Shape:
    """The shape that all broadcast to."""
    return settle_unknowns(broadcast_shapes(*shapes, input=port, help=STRETCH_HELP), *shapes)


STRETCH_HELP = "make the axes equal, or 1 where one is to be stretched, with `ops.expand_dims` or `ops.reshape`"


def locate_axis(axis: int, ndim: int, argument: str = "axis") -> int:
    """An axis counted from the front; ShapeError where there are not so many."""
    position = axis_from_front(axis, ndim)
    if position is None:
        raise ShapeError(
            f"has no axis {axis}: its input has {ndim} {'axis' if ndim == 1 else 'axes'}",
            arg=argument,
            code="SC205",
            help=f"choose an axis from {-ndim} to {ndim - 1}; 0 is the batch axis",
        )
    return position


def locate_axes(axis: int | tuple[int, ...] | None, ndim: int, argument: str = "axis") -> tuple[int, ...]:
    """Axes counted from the front, all of them where none is named; ShapeError where one is named twice."""
    if axis is None:
        return tuple(range(ndim))
    positions = tuple(locate_axis(number, ndim, argument) for number in ((axis,) if isinstance(axis, int) else axis))
    if len(set(positions)) != len(positions):
        raise ShapeError(
            f"{argument} names an axis twice: {list(positions)}", arg=argument, code="SC205", help="name it once"
        )
    return positions


def refuse_open_sizes(sizes: tuple[Size, ...], argument: str) -> tuple[Size, ...]:
    """Refuses a -1 among the sizes, which only a reshape can work out."""
    if -1 in sizes:
        raise ShapeError(f"-1 has no meaning in `{argument}`", arg=argument, code="SC205", help="write every number")
    return sizes


def make_output(sizes: tuple[Size, ...] | list[Size], dtype: str | None, **macs: tuple[Size, ...]) -> Inferred:
    """The `Inferred` of an operation with one output."""
    return Inferred(outputs={"output": Tensor(Shape(sizes), dtype or "float32")}, macs=macs)


def note_numbers(inferred: Inferred, least: Size, most: Size) -> Inferred:
    """The same, with the note that its output holds whole numbers from `least` to `most`, both included."""
    known = {port: tensor._replace(numbers=Numbers(least, most)) for port, tensor in inferred.outputs.items()}
    return Inferred(known, macs=inferred.macs)


def make_outputs(tensors: list[Tensor]) -> Inferred:
    """The `Inferred` of an operation with a list of outputs: `output`, then by number from 1."""
    return Inferred(outputs={"output" if index == 0 else str(index): tensor for index, tensor in enumerate(tensors)})
