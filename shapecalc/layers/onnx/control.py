"""Operators that run graphs: one of two, or one again and again. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Dim, Shape, Size, is_unknown, prod, require_same, same, unknown
from shapecalc.layers import nested
from shapecalc.layers.arguments import arg
from shapecalc.layers.base import Layer
from shapecalc.layers.infer import infer
from shapecalc.layers.onnx.base import Operator, index_by_name, list_numbers, place_axis, rule
from shapecalc.layers.values import Inferred, Inner, Tensor

_CAPTURED = "How many of what it is fed the graph takes from around it: they come last."
_MOST_TRIPS = 64
"""Trips that are gone through one by one, where they differ in shape."""
_MOST_ROUNDS = 8
"""Rounds after which a shape that goes on changing is refused."""


class If(Operator):
    """One of two graphs, as a condition says. Both see what they take from around them.

    https://onnx.ai/onnx/operators/onnx__If.html
    """

    type_name = "onnx.If"
    ports = ("cond", "captured*")
    numbers = ("cond",)
    then_branch = nested.layer(doc="The graph where the condition holds.")
    else_branch = nested.layer(doc="The graph where it does not.")


@rule(If)
def if_(cfg: If, cond: Tensor, captured: tuple[Tensor, ...] = ()) -> Inferred:
    values = list_numbers(cond)
    if values and isinstance(values[0], bool):
        name = "then_branch" if values[0] else "else_branch"
        taken = infer(getattr(cfg, name), captured)
        return Inferred(taken.outputs, inner=(Inner(name, taken),))
    branches = {name: infer(getattr(cfg, name), captured) for name in ("then_branch", "else_branch")}
    one, other = branches.values()
    pairs = zip(_own(one), _own(other), strict=True)
    outputs = _name_outputs([_merge(left, right, "its branches give") for left, right in pairs])
    return Inferred(outputs, inner=tuple(Inner(name, branch) for name, branch in branches.items()))


def _own(inferred: Inferred) -> list[Tensor]:
    return list(inferred.outputs.values())


def _name_outputs(tensors: Sequence[Tensor]) -> dict[str, Tensor]:
    return {f"output_{number}" if number else "output": tensor for number, tensor in enumerate(tensors)}


def _merge(left: Tensor, right: Tensor, subject: str) -> Tensor:
    """What a tensor is that may be either of two: a size in which they differ is not known. Raises ShapeError."""
    if left.shape.ndim != right.shape.ndim:
        message = f"{subject} {left.shape} and {right.shape}, and which of them depends on what is fed"
        raise ShapeError(message, code="SC403")
    sizes = [one if same(one, other) else unknown() for one, other in zip(left.shape, right.shape, strict=True)]
    values = left.values if left.values == right.values else None
    return Tensor(Shape(sizes), left.dtype, False, None, values)


class Loop(Operator):
    """A graph run again and again: up to `M` times, while a condition holds. `values` are what trips hand on, then what
    the graph takes from around it. https://onnx.ai/onnx/operators/onnx__Loop.html
    """

    type_name = "onnx.Loop"
    ports = ("M?", "cond?", "values*")
    numbers = ("M", "cond")
    body = nested.layer(doc="The graph: fed the number of the trip, the condition and what is handed on.")
    captured = arg.count(0, doc=_CAPTURED, low=0)


@rule(Loop)
def loop(cfg: Loop, M: Tensor | None = None, cond: Tensor | None = None, values: tuple[Tensor, ...] = ()) -> Inferred:
    count = len(values) - cfg.captured
    handed, captured = values[:count], values[count:]
    trips = _count_trips(M, cond)
    if isinstance(trips, int) and trips in range(1, _MOST_TRIPS + 1):
        stated = _go_through(cfg.body, trips, cond, handed, captured)
        if stated is not None:
            return stated
    state, inferred = _settle(cfg.body, [_any_number("int64"), _holds()], handed, captured, 1)
    outputs = _own(inferred)
    if trips == 0 or list_numbers(outputs[0]) != (True,):
        trips = 0 if trips == 0 else unknown()
    scanned = [Tensor(Shape((trips, *tensor.shape)), tensor.dtype, False) for tensor in outputs[1 + count :]]
    return Inferred(_name_outputs([*state, *scanned]), inner=(Inner("body", inferred, trips),))


def _any_number(dtype: str) -> Tensor:
    return Tensor(Shape(()), dtype, False)


def _holds() -> Tensor:
    return Tensor(Shape(()), "bool", False, None, (True,))


def _count_trips(most: Tensor | None, cond: Tensor | None) -> Size:
    """How often a graph is run if its own condition goes on to hold; not known where what is fed decides it."""
    first = None if cond is None else (list_numbers(cond) or (None,))[0]
    if first is False:
        return 0
    limit = None if most is None else (list_numbers(most) or (None,))[0]
    if (cond is None or first is True) and isinstance(limit, (int, Dim)):
        return max(limit, 0) if isinstance(limit, int) else limit
    return unknown()


def _go_through(
    body: Layer, trips: int, cond: Tensor | None, handed: Sequence[Tensor], captured: Sequence[Tensor]
) -> Inferred | None:
    """What comes of the trips one by one; None where that is not told, such as of a condition that is computed."""
    state, inner, scanned = list(handed), list[Inner](), list[list[Tensor]]()
    for trip in range(trips):
        number = Tensor(Shape(()), "int64", False, None, (trip,))
        inferred = infer(body, (number, _holds(), *state, *captured))
        outputs = _own(inferred)
        answer = list_numbers(outputs[0])
        if not answer or not isinstance(answer[0], bool):
            return None
        state = outputs[1 : 1 + len(state)]
        scanned.append(outputs[1 + len(state) :])
        inner.append(Inner(f"trip_{trip}" if inner else "body", inferred, reused=bool(inner)))
        if not answer[0]:
            break
    stacked = [_stack(tensors) for tensors in zip(*scanned, strict=True)]
    if all(part.inferred.total_macs == inner[0].inferred.total_macs for part in inner):
        inner = [Inner("body", inner[0].inferred, len(inner))]
    return Inferred(_name_outputs([*state, *stacked]), inner=tuple(inner))


def _stack(tensors: Sequence[Tensor]) -> Tensor:
    """What trips give, one after another along a new axis: all must have one shape. Raises ShapeError."""
    merged = tensors[0]
    for tensor in tensors[1:]:
        if tensor.shape.ndim != merged.shape.ndim:
            raise ShapeError(f"its trips give {merged.shape} and {tensor.shape}, which cannot be stacked", code="SC404")
        message = f"its trips give {merged.shape} and {tensor.shape}, which cannot be stacked"
        sizes = [
            require_same(one, other, message, code="SC404")
            for one, other in zip(merged.shape, tensor.shape, strict=True)
        ]
        merged = Tensor(Shape(sizes), merged.dtype, False)
    values = None
    if all(tensor.values is not None for tensor in tensors):
        values = tuple(value for tensor in tensors for value in tensor.values or ())
    return Tensor(Shape((len(tensors), *merged.shape)), merged.dtype, False, None, values)


def _settle(
    body: Layer, first: Sequence[Tensor], handed: Sequence[Tensor], rest: Sequence[Tensor], skip: int
) -> tuple[list[Tensor], Inferred]:
    """What trips hand on, whichever trip it is, and one of them: sizes that change from one to the next are not known.

    `skip` outputs come before what is handed on. Raises ShapeError.
    """
    state = [tensor._replace(masked=False) for tensor in handed]
    for _ in range(_MOST_ROUNDS):
        inferred = infer(body, (*first, *state, *rest))
        given = _own(inferred)[skip : skip + len(state)]
        pairs = zip(state, given, strict=True)
        merged = [_keep_unknown(old, _merge(old, new, "a trip is fed and hands on")) for old, new in pairs]
        if merged == state:
            return state, inferred
        state = merged
    raise ShapeError("its trips hand on shapes that do not settle", code="SC403")


def _keep_unknown(old: Tensor, new: Tensor) -> Tensor:
    """The new tensor with the sizes of the old one that were not known: each unknown is a size of its own."""
    sizes = [
        one if isinstance(one, Dim) and is_unknown(one) else other
        for one, other in zip(old.shape, new.shape, strict=True)
    ]
    return new._replace(shape=Shape(sizes))


class Scan(Operator):
    """A graph run along an axis: it hands on states and is fed a part of the scanned tensors at a time. `values` are
    the states, then what is scanned, then what the graph takes from around it.

    https://onnx.ai/onnx/operators/onnx__Scan.html
    """

    type_name = "onnx.Scan"
    ports = ("values+",)
    body = nested.layer(doc="The graph.")
    num_scan_inputs = arg.count(doc="How many tensors are scanned.")
    captured = arg.count(0, doc=_CAPTURED, low=0)
    batched = arg.flag(doc="Every tensor has a batch axis in front, which is gone through one by one (version 8).")
    scan_input_axes = arg.optional(arg.axes(doc="The axis of each scanned tensor; 0 without it."))
    scan_output_axes = arg.optional(arg.axes(doc="The axis of each output that is put together; 0 without it."))
    scan_input_directions = arg.optional(arg.axes(doc="1 for each scanned tensor that is gone through backwards."))
    scan_output_directions = arg.optional(arg.axes(doc="1 for each output that is put together backwards."))


@rule(Scan)
def scan(cfg: Scan, values: tuple[Tensor, ...]) -> Inferred:
    count = len(values) - cfg.captured - cfg.num_scan_inputs
    if count not in range(len(values) + 1):
        raise ShapeError(f"scans {cfg.num_scan_inputs} tensors, and is fed fewer", arg="num_scan_inputs", code="SC205")
    batch = values[0].shape[:1] if cfg.batched else Shape(())
    own = len(values) - cfg.captured
    values = (*(_drop_batch(cfg, tensor) for tensor in values[:own]), *values[own:])
    states, rest = values[:count], values[own:]
    parts, steps = [], None
    for tensor, given in zip(values[count:], _list_axes(cfg.scan_input_axes, cfg.num_scan_inputs), strict=False):
        axis = place_axis(given, tensor.shape.ndim, "scan_input_axes")
        size = tensor.shape[axis]
        steps = size if steps is None else require_same(steps, size, f"scans {steps} and {size} steps", code="SC405")
        parts.append(Tensor(Shape(tensor.shape[:axis] + tensor.shape[axis + 1 :]), tensor.dtype, False))
    state, inferred = _settle(cfg.body, (), states, (*parts, *rest), 0)
    outputs = _own(inferred)[count:]
    scanned = []
    for tensor, given in zip(outputs, _list_axes(cfg.scan_output_axes, len(outputs)), strict=False):
        sizes = list(tensor.shape)
        sizes.insert(place_axis(given, len(sizes) + 1, "scan_output_axes"), unknown() if steps is None else steps)
        scanned.append(Tensor(Shape(sizes), tensor.dtype, False))
    results = [tensor._replace(shape=Shape((*batch, *tensor.shape))) for tensor in (*state, *scanned)]
    return Inferred(
        _name_outputs(results), inner=(Inner("body", inferred, prod((*batch, 1 if steps is None else steps))),)
    )


def _drop_batch(cfg: Scan, tensor: Tensor) -> Tensor:
    """A tensor as one sample has it."""
    if cfg.batched and not tensor.shape.ndim:
        raise ShapeError("needs a batch axis, got a number", code="SC411")
    return tensor._replace(shape=Shape(tensor.shape[1:]), values=None) if cfg.batched else tensor


def _list_axes(given: int | tuple[int, ...] | None, count: int) -> tuple[int, ...]:
    if given is None:
        return (0,) * count
    return (given,) if isinstance(given, int) else given


TYPES = index_by_name(If, Loop, Scan)
