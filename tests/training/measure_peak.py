"""Measure the most memory that a training step takes: Keras on PyTorch, by the events of PyTorch's allocator.

Needs keras and torch; only recording does. The profiler starts before the model is built, so that weights count.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import gc

import torch


def measure_peak(build: Callable[[], Any], step: Callable[[Any], Any], steps: int = 3) -> tuple[int, int]:
    """The most bytes allocated during the last of some steps of what `build` gives, and those alive before it."""
    gc.collect()
    with torch.profiler.profile(profile_memory=True, activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        model = build()
        for _ in range(steps - 1):
            step(model)
        gc.collect()
        with torch.profiler.record_function("last step"):
            step(model)
    events = profile.profiler.kineto_results.events()
    start = next(event for event in events if event.name() == "last step").start_ns()
    memory = sorted(
        ((event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]"), key=lambda pair: pair[0]
    )
    before = sum(size for at, size in memory if at < start)
    alive = peak = before
    for at, size in memory:
        if at >= start:
            alive += size
            peak = max(peak, alive)
    return peak, before
