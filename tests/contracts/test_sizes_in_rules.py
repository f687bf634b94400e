"""No rule divides, orders or tests a size by itself: the demands of dims/ know symbols, Python's operators do not."""

from __future__ import annotations

import ast

import pytest

from tests.contracts.sizes import misuses
from tests.contracts.sources import modules

PLAIN = {
    "shapecalc.layers.infer": {"size > LARGEST", "size < 0"},  # asked of whole numbers alone
    "shapecalc.layers.class_names": {"index + 1 < len(name)"},  # letters of a name
    "shapecalc.layers.ops.base": {"low <= number < high", "abs(number) > LARGEST"},  # constants of a spec
    "shapecalc.layers.ops.entries": {"index >= 0"},  # constants of a spec
    "shapecalc.layers.foreign.calls": {"_measure_depth(text) > MAX_DEPTH", "abs(side) <= LARGEST"},  # numbers in a text
    "shapecalc.layers.foreign.translate": {"len(padding) % 2"},  # numbers in a text
    "shapecalc.layers.ops.slicing": {"taken > ndim", "position >= 0", "abs(item) <= LARGEST"},  # what a key holds
}
"""Comparisons of whole numbers that are no sizes."""

READS_VALUES = "shapecalc.layers.arguments."
"""The modules that read what a spec gives, before anything is a size."""


def test_rules_leave_sizes_to_dims() -> None:
    found = {
        module: set(misuses(tree))
        for module, tree in modules().items()
        if module.startswith("shapecalc.layers") and not module.startswith(READS_VALUES)
    }
    assert {module: texts for module, texts in found.items() if texts} == PLAIN


@pytest.mark.parametrize(
    "line",
    [
        "half = features // 2",
        "rest = time % cfg.strides[0]",
        "features //= 2",
        "fits = time >= cfg.kernel_size[0]",
        "fits = 0 < inputs.shape[1]",
        "size = cfg.units if cfg.units else features",
        "size = cfg.output_dim or features",
        "batch, time = inputs.shape.axes('batch', 'time')\n    assert time",
        "batch, *middle, features = inputs.shape.axes('batch', ..., 'features')\n    while not features: pass",
        "time = inputs.shape[1]\n    if time: return None",
        "found = [size for size in (1,) if inputs.shape[1]]",
    ],
)
def test_a_misuse_is_found(line: str) -> None:
    assert list(misuses(ast.parse(f"def dense(cfg, inputs):\n    {line}\n")))


@pytest.mark.parametrize(
    "line",
    [
        "gates = 4 * cfg.units",
        "if cfg.use_bias: return features",
        "if max(cfg.strides) > 1 and len(inputs.shape) > 2: return None",
        "middle = middle or (1,)",
        "size = cfg.units if cfg.units is not None else features",
    ],
)
def test_what_is_no_misuse_is_left_alone(line: str) -> None:
    assert not list(misuses(ast.parse(f"def dense(cfg, inputs):\n    {line}\n")))
