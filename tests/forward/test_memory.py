"""What forwards state of their memory, held against what processes of their own take."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from shapecalc.forward.base import apply, working_memory
from shapecalc.forward.memory import bytes_of, flatten_feed, list_outputs
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.contracts.feeds import TYPES, Call, golden_calls, map_sizes
from tests.processes import BESIDES, FACTOR, measured, taken

MIB = 1 << 20
SIZE, MOST = 40 * MIB, 100 * MIB
"""What inputs, outputs and weights of a call are made to take."""

MACS = 1 << 30
"""What a call may cost in time."""

LARGE = {
    "units", "filters", "output_dim", "num_tokens", "num_bins", "num_classes", "key_dim", "num_mel_bins", "size",
    "depth_multiplier", "n", "height", "width", "repeats", "padding", "output_size", "kernel_size", "pool_size",
}  # fmt: skip
"""Arguments that make what is inside of a layer, or comes out of it, larger."""

WRONG: dict[str, tuple[int, ...] | None] = {
    "AdaptiveMaxPooling1D": (0, 1, 2), "AdditiveAttention": (0, 2), "CategoryEncoding": None, "Conv2D": None,
    "Conv2DTranspose": (0, 1, 2, 4), "ConvLSTM2D": (4, 5), "DepthwiseConv2D": None, "GRU": (2, 3), "LSTM": (2, 3),
    "MelSpectrogram": None, "MultiHeadAttention": None, "STFTSpectrogram": None, "SeparableConv2D": None,
    "SimpleRNN": (2, 3),
}  # fmt: skip
"""Types that once took many times what was said of them, and in which ways they are tried; None: in all. The others
take minutes, for their steps are loops of Python."""

pytestmark = measured


def total(call: Call) -> int:
    """Bytes of inputs, outputs and weights."""
    inferred = infer(call.layer, call.feed)
    return bytes_of(*call.feed, *list_outputs(inferred), *(weight for _, weight in inferred.all_weights()))


def stated(call: Call) -> int:
    """What a run of this layer alone is said to need."""
    return total(call) + working_memory(call.layer, call.feed, infer(call.layer, call.feed))


def ways(call: Call) -> Iterator[Callable[[int], Call]]:
    """How a call may be made larger: along each axis of what it is fed, along all but the batch, by its arguments."""
    rank = max((len(one.shape) for one in flatten_feed(call.feed)), default=0)
    for axis in range(rank):
        yield lambda times, axis=axis: along(call, times, {axis})  # type: ignore[misc]
    if rank > 2:
        yield lambda times: along(call, max(1, round(times ** (1 / (rank - 1)))), set(range(1, rank)))
    arguments = {name: getattr(call.layer, name) for name in call.layer.args if name in LARGE}
    if any(map(larger_by(2), arguments.values())):
        yield lambda times: Call(
            call.layer.replace(**{n: larger_by(times)(v) or v for n, v in arguments.items()}), call.feed
        )


def along(call: Call, times: int, axes: set[int]) -> Call:
    return Call(call.layer, map_sizes(call.feed, lambda size, axis: size * times if axis in axes else size))


def larger_by(times: int) -> Callable[[Any], Any]:
    """A whole number, or several, so many times; None of what is neither."""

    def larger(value: Any) -> Any:
        if type(value) is int and value > 0:
            return value * times
        whole = isinstance(value, tuple) and all(type(one) is int and one > 0 for one in value)
        return tuple(one * times for one in value) if whole and value else None

    return larger


def grown(make: Callable[[int], Call]) -> Call | None:
    """The call at a size that matters; None where rules or time do not let it."""
    found, times = None, 1
    while times < 1 << 30:
        try:
            call = make(times)
            size = total(call)
            macs = infer(call.layer, call.feed).total_macs
        except Exception:  # what the layer refuses at this size
            size, macs, call = 0, 0, None
        if size > MOST or not isinstance(macs, int) or macs > MACS:
            break
        found = call if call is not None and size > SIZE / 4 else found
        if size >= SIZE:
            break
        times = math.ceil(times * (2 if 2 * size < SIZE else 1.5))
    return found


def computed(call: Call) -> None:
    """One call of a layer, on numbers that no layer refuses."""
    feed = tuple(
        None if port is None else array(port) if isinstance(port, Tensor) else tuple(map(array, port))
        for port in call.feed
    )
    with np.errstate(all="ignore"):
        apply(call.layer, Weights(WeightStore()), *feed)


def array(tensor: Tensor) -> Any:
    """Numbers that no layer refuses."""
    shape = tuple(size for size in tensor.shape if isinstance(size, int))
    if tensor.dtype == "string":
        return np.full(shape, "cat")
    values = np.empty(shape, "float32" if tensor.dtype in (None, "bfloat16") else tensor.dtype)
    values[...] = 0.5 if values.dtype.kind == "f" else 1
    return values


def beyond(call: Call, chosen: tuple[int, ...] | None = None) -> list[str]:
    """What is wrong with what is stated of a call, made larger in every way, or in those chosen."""
    found = []
    for way, make in enumerate(ways(call)):
        large = grown(make) if chosen is None or way in chosen else None
        if large is None:
            continue
        said, took = stated(large), taken(lambda large=large: computed(large))  # type: ignore[misc]
        if took > FACTOR * said + BESIDES:
            shapes = [tuple(one.shape) for one in flatten_feed(large.feed)]
            found.append(f"way {way}: {shapes} took {took >> 20} MiB, {said >> 20} MiB were stated")
    return found


@pytest.mark.parametrize("type_name", WRONG)
def test_no_layer_takes_more_than_it_states(type_name: str) -> None:
    assert beyond(golden_calls(type_name)[0], WRONG[type_name]) == []


@pytest.mark.long
@pytest.mark.parametrize("type_name", TYPES)
def test_no_layer_of_any_case_takes_more_than_it_states(type_name: str) -> None:
    calls = golden_calls(type_name)
    chosen = calls[:: max(1, len(calls) // 4)]
    assert {place: found for place, call in enumerate(chosen) if (found := beyond(call))} == {}
