"""What forwards state of their memory, held against what processes of their own take."""

from __future__ import annotations

import math
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.forward.base import apply, working_memory
from shapecalc.forward.memory import held, outputs, tensors, width
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.base import infer
from shapecalc.layers.values import Tensor
from tests.contracts.feeds import TYPES, Call, golden_calls, map_sizes

MIB = 1 << 20
SIZE, MOST = 40 * MIB, 100 * MIB
"""What inputs, outputs and weights of a call are made to take."""

MACS = 1 << 30
"""What a call may cost in time."""

FACTOR, BESIDES = 1.2, 64 * MIB
"""How far a process may go beyond what was stated: blocks and buffers of a fixed size come to a few dozen megabytes."""

LARGE = {
    "units", "filters", "output_dim", "num_tokens", "num_bins", "num_classes", "key_dim", "num_mel_bins", "size",
    "depth_multiplier", "n", "height", "width", "repeats", "padding", "output_size", "kernel_size", "pool_size",
}  # fmt: skip
"""Arguments that make what is inside of a layer, or comes out of it, larger."""

WRONG = [
    "AdaptiveMaxPooling1D", "AdditiveAttention", "CategoryEncoding", "Conv2D", "Conv2DTranspose", "ConvLSTM2D",
    "DepthwiseConv2D", "GRU", "LSTM", "MelSpectrogram", "MultiHeadAttention", "STFTSpectrogram", "SeparableConv2D",
    "SimpleRNN",
]  # fmt: skip
"""Types that once took many times what was said of them."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say what it took")


def total(call: Call) -> int:
    """Bytes of inputs, outputs and weights."""
    inferred = infer(call.layer, call.feed)
    weights = sum(weight.params * width(weight.dtype) for _, weight in inferred.all_weights())
    return int(held(*call.feed) + held(*outputs(inferred)) + weights)


def stated(call: Call) -> int:
    """What a run of this layer alone is said to need."""
    return total(call) + working_memory(call.layer, call.feed, infer(call.layer, call.feed))


def ways(call: Call) -> Iterator[Callable[[int], Call]]:
    """How a call may be made larger: along each axis of what it is fed, along all but the batch, by its arguments."""
    rank = max((len(one.shape) for one in tensors(call.feed)), default=0)
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
            size, macs, call = 0, 0, None  # type: ignore[assignment]
        if size > MOST or not isinstance(macs, int) or macs > MACS:
            break
        found = call if call is not None and size > SIZE / 4 else found
        if size >= SIZE:
            break
        times = math.ceil(times * (2 if 2 * size < SIZE else 1.5))
    return found


def taken(call: Call) -> int:
    """The most that a process of its own holds of memory while it computes a call, beyond what it began with."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(120)
        before = status("VmRSS")
        feed = tuple(
            None if port is None else array(port) if isinstance(port, Tensor) else tuple(map(array, port))
            for port in call.feed
        )
        try:
            with np.errstate(all="ignore"):
                apply(call.layer, Weights(WeightStore()), *feed)
            os.write(writer, pickle.dumps(status("VmHWM") - before))
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as answer:
        data = answer.read()
    os.waitpid(child, 0)
    return int(pickle.loads(data)) if data else 0  # values that a layer refuses


def status(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def array(tensor: Tensor) -> Any:
    """Numbers that no layer refuses."""
    shape = tuple(tensor.shape)
    if tensor.dtype == "string":
        return np.full(shape, "cat")
    values = np.empty(shape, "float32" if tensor.dtype in (None, "bfloat16") else tensor.dtype)
    values[...] = 0.5 if values.dtype.kind == "f" else 1
    return values


def beyond(call: Call) -> list[str]:
    """What is wrong with what is stated of a call, made larger in every way."""
    found = []
    for way, make in enumerate(ways(call)):
        large = grown(make)
        if large is None:
            continue
        said, took = stated(large), taken(large)
        if took > FACTOR * said + BESIDES:
            shapes = [tuple(one.shape) for one in tensors(large.feed)]
            found.append(f"way {way}: {shapes} took {took >> 20} MiB, {said >> 20} MiB were stated")
    return found


@pytest.mark.parametrize("type_name", WRONG)
def test_no_layer_takes_more_than_it_states(type_name: str) -> None:
    assert beyond(golden_calls(type_name)[0]) == []


@pytest.mark.long
@pytest.mark.parametrize("type_name", TYPES)
def test_no_layer_of_any_case_takes_more_than_it_states(type_name: str) -> None:
    calls = golden_calls(type_name)
    chosen = calls[:: max(1, len(calls) // 4)]
    assert {place: found for place, call in enumerate(chosen) if (found := beyond(call))} == {}
