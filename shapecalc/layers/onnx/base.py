"""What all operators of ONNX share: ports that may be given constants, whole shapes, and values beside shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any, ClassVar, TypeVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, axis_from_front
from shapecalc.dims.known import Known
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.shapes import MAX_AXES
from shapecalc.layers.base import Layer, port_name, takes_many
from shapecalc.layers.onnx.dtypes import DTYPES, PLAIN, is_float
from shapecalc.layers.onnx.given import Given, GivenKind
from shapecalc.layers.values import Inferred, Tensor, Weight

PREFIX = "onnx."


class Operator(Layer):
    """An operator of the standard, `onnx.NAME`. A port that takes one tensor may be given a constant as an argument.

    `numbers` names the ports whose constants say what is to be done, such as the axes of a sum: they are no weights.
    Each operator's MACs are those of the whole call, since only the file says which axis is the batch.
    """

    masking = "stop"
    may_be_empty = True
    dtypes = DTYPES
    trainable = True
    dtype = None  # type: ignore[assignment]
    counts_call = True

    numbers: ClassVar[tuple[str, ...]] = ()
    statistics: ClassVar[tuple[str, ...]] = ()
    """The ports whose weights training does not change: running means."""
    every_weight: ClassVar[bool] = False
    """Whether constants of whole numbers are weights as well: the operator computes with quantised numbers."""

    needed: ClassVar[tuple[str, ...]] = ()
    """The ports that must be fed or given."""

    def __init_subclass__(cls) -> None:
        ports = cls.__dict__.get("ports")
        if ports is not None:
            cls.needed = tuple(port for port in ports if port[-1] not in "?*+")
            cls.ports = tuple(f"{port}?" if port in cls.needed else port for port in ports)
        for port in ports or ():
            name = port_name(port)
            if not takes_many(port) and name not in cls.__dict__:
                given: arg.Arg[Any] = arg.Arg(GivenKind(), None, "A constant in place of the tensor.")
                given.__set_name__(cls, name)
                setattr(cls, name, given)
        super().__init_subclass__()

    def list_unsaid(self) -> list[str]:
        """The ports whose constants are no weights, and whose numbers are not said: only the file has them."""
        names = [port_name(port) for port in self.ports if not takes_many(port)]
        constants: dict[str, Given | None] = {name: getattr(self, name) for name in names}
        return [
            name
            for name, given in constants.items()
            if given is not None and given.values is None and not is_weight(self, name, given)
        ]

    def split_dtype(self) -> tuple[str, str]:
        """Compute and variable dtype. Nothing uses them: rules give the dtypes."""
        return "float32", "float32"


def make_operator(name: str, base: type[Operator], doc: str, **content: Any) -> type[Operator]:
    """The layer type `onnx.NAME`, which shares the rule and the ports of `base`."""
    names = {"type_name": PREFIX + name, "__doc__": doc, "__module__": base.__module__, **content}
    return type(name, (base,), names)


def index_by_name(*types: type[Operator]) -> dict[str, type[Operator]]:
    """Types by what a spec calls them."""
    return {operator.type_name: operator for operator in types}


RuleT = TypeVar("RuleT", bound=Callable[..., Inferred])


def rule(*types: type[Operator]) -> Callable[[RuleT], RuleT]:
    """Registers a function from config and tensors to `Inferred`; constants stand in their ports' places."""

    def register(function: RuleT) -> RuleT:
        def apply(cfg: Operator, *feed: Any) -> Inferred:
            tensors, held = _fill_ports(cfg, feed)
            stated = function(cfg, *tensors)
            stated.weights = held + stated.weights
            return stated

        apply.__wrapped__ = function  # type: ignore[attr-defined]
        for operator in types:
            operator.rule = staticmethod(apply)
        return function

    return register


def _fill_ports(cfg: Operator, feed: tuple[Any, ...]) -> tuple[list[Any], tuple[Weight, ...]]:
    """The tensors of all ports, and the weights among the constants."""
    tensors: list[Any] = []
    held: list[Weight] = []
    for port, fed in zip_longest(cfg.ports, feed):
        fed = () if fed is None and takes_many(port) else fed
        name = port_name(port)
        given: Given | None = None if takes_many(port) else getattr(cfg, name)
        if given is not None:
            if fed is not None:
                raise ShapeError(f"`{name}` is both fed and given", arg=name, code="SC306")
            fed = given.tensor
            if is_weight(cfg, name, given):
                held.append(
                    Weight(name, given.shape, name not in cfg.statistics and is_float(given.dtype), given.dtype)
                )
        if fed is None and name in cfg.needed:
            raise ShapeError(f"needs `{name}`, fed or given", code="SC306", help="list it in `from`")
        tensors.append(fed)
    return tensors, tuple(held)


def is_weight(operator: Operator | type[Operator], port: str, given: Given) -> bool:
    """Whether a constant counts as parameters: an array of numbers that is no instruction."""
    if port in operator.numbers or not given.shape:
        return False
    return given.dtype not in PLAIN or operator.every_weight


def known_of(tensor: Tensor | None) -> Known | None:
    """The numbers of a tensor, where they are known."""
    if tensor is None or tensor.values is None:
        return None
    shape = tuple(size for size in tensor.shape if isinstance(size, int))
    return Known(shape, tensor.values) if len(shape) == len(tensor.shape) else None


def list_numbers(tensor: Tensor | None) -> tuple[Any, ...] | None:
    """The numbers of a tensor in a row; None where it is left out or they are not known."""
    return None if tensor is None else tensor.values


def whole_numbers(tensor: Tensor | None) -> tuple[int, ...] | None:
    """As `list_numbers`, where all are plain whole numbers."""
    values = None if tensor is None else tensor.values
    if values is None or not all(isinstance(value, int) for value in values):
        return None
    return values


def give(shape: Sequence[Size], dtype: str | None, known: Known | None = None) -> Inferred:
    """One output, with its numbers where they are known."""
    values = known.items if known is not None else None
    return Inferred({"output": Tensor(Shape(shape), dtype, False, None, values)})


def give_many(*tensors: Tensor) -> Inferred:
    """Several outputs, in order."""
    return Inferred({f"output_{number}" if number else "output": tensor for number, tensor in enumerate(tensors)})


def place_axis(axis: int, ndim: int, name: str = "axis") -> int:
    """The position of an axis from the front; a negative one counts from the end. Raises ShapeError."""
    position = axis_from_front(axis, ndim)
    if position is None:
        raise ShapeError(f"has no axis {axis}: its input has {ndim}", arg=name, code="SC205")
    return position


def place_axes(axes: Sequence[int], ndim: int, name: str = "axes") -> tuple[int, ...]:
    """The positions of axes from the front, each once. Raises ShapeError."""
    positions = tuple(place_axis(axis, ndim, name) for axis in axes)
    if len(set(positions)) < len(positions):
        raise ShapeError(f"names an axis twice: {list(axes)}", arg=name, code="SC205")
    return positions


def count_axes(axes: Tensor | None) -> int:
    """How many axes are named by numbers that depend on what is fed. Raises ShapeError where that is not known."""
    return _limit_axes(1 if axes is None or not axes.shape.ndim else axes.shape[0], "axes")


def count_listed(shape: Tensor, name: str) -> int:
    """How many axes a shape that is computed lists. Raises ShapeError where that is not known."""
    return _limit_axes(shape.shape[0] if shape.shape.ndim == 1 else None, name)


def _limit_axes(count: Size | None, name: str) -> int:
    """A number of axes. Raises ShapeError where it is not known, or more than a shape may have."""
    if not isinstance(count, int):
        raise refuse_unknown_values(name)
    require_few_axes(count)
    return count


def require_few_axes(count: int) -> None:
    """Refuses a tensor of more axes than any has. Raises ShapeError."""
    if count not in range(MAX_AXES + 1):
        raise ShapeError(f"gives a tensor of {count:,} axes, and {MAX_AXES} are the most", code="SC602")


def refuse_unknown_values(name: str) -> ShapeError:
    """The refusal of numbers that decide a shape and depend on what the model is fed."""
    return ShapeError(f"`{name}` depends on what is fed, and so does the shape", input=name, code="SC403")
