"""Forwards of layers/onnx/control.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array, CannotRun, apply, forward
from shapecalc.forward.block import start_block
from shapecalc.forward.footprint import measure_graph
from shapecalc.forward.onnx.base import fill_ports, place_axis, wide_memory
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.onnx.base import Operator
    from shapecalc.layers.onnx.control import If, Loop, Scan

MOST_TRIPS = 1_000_000
"""Trips of a loop that is run: a file may ask for as many as a number of 64 bits says."""


def graph_memory(cfg: Operator, feed: Any, inferred: Any) -> int:
    """Bytes of copies of the inputs and outputs, and of the graphs within."""
    walks = [part.inferred.walk for part in inferred.inner if part.inferred.walk is not None]
    return wide_memory(cfg, feed, inferred) + sum(measure_graph(walk).bytes for walk in walks)


@forward("onnx.If", memory=graph_memory)
def if_(cfg: If, weight: Weights, *feed: Any) -> Any:
    cond, captured = fill_ports(cfg, weight, feed)
    taken, other = ("then_branch", "else_branch") if bool(np.all(cond)) else ("else_branch", "then_branch")
    weight.leave_out(other)
    return apply(getattr(cfg, taken), weight.scope(taken), *captured)


@forward("onnx.Loop", memory=graph_memory)
def loop(cfg: Loop, weight: Weights, *feed: Any) -> Any:
    """What the last trip hands on, then what all trips give, one after the other."""
    most, cond, values = fill_ports(cfg, weight, feed)
    count = len(values) - cfg.captured
    state, captured = list(values[:count]), values[count:]
    limit = None if most is None else int(np.asarray(most).reshape(-1)[0])
    goes_on = cond is None or bool(np.all(cond))
    scanned: list[tuple[Array, ...]] = []
    trip = 0
    while goes_on and (limit is None or trip < limit):
        if trip == MOST_TRIPS:
            message = f"it runs its graph more than {MOST_TRIPS:,} times"
            raise CannotRun(message, code="SC605", help="feed it what ends sooner")
        outputs = apply(cfg.body, weight.scope("body"), np.array(trip, np.int64), np.array(True), *state, *captured)
        goes_on = bool(np.all(outputs[0]))
        state = list(outputs[1 : 1 + count])
        scanned.append(outputs[1 + count :])
        trip += 1
    if not scanned:
        weight.leave_out("body")
        given = [np.array(0, np.int64), np.array(True), *state, *captured]
        return (*state, *_make_empty(cfg.body, weight, given, 1 + count))
    return (*state, *(np.stack(arrays) for arrays in zip(*scanned, strict=True)))


def _make_empty(body: Any, weight: Weights, feed: Sequence[Array], skip: int) -> list[Array]:
    """What no trip gives: arrays of the shapes that one would have given, none of them."""
    walk: Any = start_block(body, weight.scope("body"), feed, (None,) * len(feed)).walk
    tensors = [list(walk.results[node].outputs.values())[port] for node, port in walk.output_sources().values()]
    return [
        np.zeros((0, *(size if isinstance(size, int) else 0 for size in tensor.shape)), tensor.dtype)
        for tensor in tensors[skip:]
    ]


@forward("onnx.Scan", memory=graph_memory)
def scan(cfg: Scan, weight: Weights, *feed: Any) -> Any:
    (values,) = fill_ports(cfg, weight, feed)
    if not cfg.batched:
        return _scan(cfg, weight, list(values))
    own = len(values) - cfg.captured
    samples = [
        _scan(cfg, weight, [*(array[sample] for array in values[:own]), *values[own:]])
        for sample in range(values[0].shape[0])
    ]
    return tuple(np.stack(arrays) for arrays in zip(*samples, strict=True))


def _scan(cfg: Scan, weight: Weights, values: list[Array]) -> tuple[Array, ...]:
    """The states after the last step, then what all steps give, put together along an axis."""
    own = len(values) - cfg.captured
    count = own - cfg.num_scan_inputs
    state, captured = values[:count], values[own:]
    scanned = [
        np.moveaxis(array, place_axis(axis, array.ndim), 0)[:: -1 if backwards else 1]
        for array, axis, backwards in zip(
            values[count:own], _list(cfg.scan_input_axes, own), _list(cfg.scan_input_directions, own), strict=False
        )
    ]
    given: list[tuple[Array, ...]] = []
    for step in range(scanned[0].shape[0]):
        outputs = apply(cfg.body, weight.scope("body"), *state, *(array[step] for array in scanned), *captured)
        state = list(outputs[:count])
        given.append(outputs[count:])
    joined = []
    for number, arrays in enumerate(zip(*given, strict=True)):
        stacked = np.stack(arrays)[:: -1 if _list(cfg.scan_output_directions, number + 1)[number] else 1]
        axis = _list(cfg.scan_output_axes, number + 1)[number]
        joined.append(np.moveaxis(stacked, 0, place_axis(axis, stacked.ndim)))
    return (*state, *joined)


def _list(given: int | tuple[int, ...] | None, count: int) -> tuple[int, ...]:
    """A number for each tensor, 0 where none is said."""
    return (0,) * count if given is None else (given,) if isinstance(given, int) else given
