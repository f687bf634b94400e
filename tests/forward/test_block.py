"""Runs of graphs: what feeds a model stays as it is, and outputs are freed after their last use and not before."""

from __future__ import annotations

import tracemalloc
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.forward.base import Array
from shapecalc.forward.block import GraphRun
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.inference.walk import Walk
from shapecalc.model.load import Library


def walk_of(report: Report) -> Walk:
    assert report.walk is not None
    return report.walk


X = np.array([[-1, 2, -3, 4]], np.float32)


def test_what_feeds_the_model_is_never_written_to() -> None:
    report = analyse(Library().parse("input: [4]\nlayers:\n  - ReLU\n", "model.yaml"))
    x = X.copy()
    (y,) = GraphRun(walk_of(report), Weights(WeightStore())).run([x], [None])
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, np.maximum(X, 0))


def peak(layers: str) -> int:
    """Bytes that one run of a model with inputs of a MiB needs at most."""
    report = analyse(Library().parse("input: [256, 32]\nbatch_size: 32\n" + layers, "model.yaml"))
    assert report.ok, report.diagnostics
    x, store = np.zeros((32, 256, 32), np.float32), WeightStore()
    GraphRun(walk_of(report), Weights(store)).run([x], [None])
    tracemalloc.start()
    try:
        GraphRun(walk_of(report), Weights(store)).run([x], [None])
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_chain_of_layers_needs_two_arrays_at_a_time_in_blocks_too() -> None:
    layer = "Dense: {units: 32}"
    chain = f"[{layer}, {layer}, {layer}]".replace("Dense", "{Dense").replace("32}", "32}}")
    flat = peak(f"layers: {chain}\n")
    nested = peak(
        f"blocks:\n  Inner: {{layers: {chain}}}\n  Outer: {{layers: [Inner, Inner]}}\nlayers: [Outer, Outer]\n"
    )
    assert 2 << 20 <= flat < 2.5 * (1 << 20)
    assert 2 << 20 <= nested < 2.5 * (1 << 20)


BLOCKS = """
blocks:
  Residual:
    layers: [BatchNormalization, {Add: {}, from: [prev, input]}, ReLU]
  Nested:
    layers: [Residual, {Reshape: {target_shape: [3, 4, 2]}}, Residual]
  Through:
    layers: [Identity]
  Both:
    inputs: [p, q]
    layers: [{ReLU: {}, from: p}, {Add: {}, from: [q, prev]}]
    outputs: [re_lu, add]
"""
ONE = (
    "ReLU: {}", "BatchNormalization: {}", "Activation: {activation: relu}", "Identity: {}", "Residual: {}",
    "Reshape: {target_shape: [3, 4, 2]}", "Cropping2D: {cropping: 0}", "ZeroPadding2D: {padding: 0}", "Nested: {}",
    "Through: {}", "Conv2D: {filters: 2, kernel_size: 3, padding: same}", "MaxPooling2D: {pool_size: 1}",
)  # fmt: skip
"""Entries of one input (3, 4, 2) that give the same shape: arrays of their own, views, and blocks."""


@st.composite
def graphs(draw: st.DrawFn) -> str:
    """A model of such entries, each fed from anywhere above, with outputs in any place."""
    names, used, text = ["x"], {"x"}, BLOCKS + "inputs: {x: [3, 4, 2]}\nlayers:\n"
    for number in range(draw(st.integers(1, 8))):
        first, second = (draw(st.sampled_from(names[-4:])) for _ in range(2))
        kind = draw(st.sampled_from((*ONE, "Add: {}", "Both: {}")))
        two = kind in ("Add: {}", "Both: {}")
        made = kind.replace("{", f"{{name: n{number}" + ("" if "{}" in kind else ", "), 1)
        text += f"  - {made}\n    from: {f'[{first}, {second}]' if two else first}\n"
        used |= {first, second} if two else {first}
        names += [f"n{number}.re_lu", f"n{number}.add"] if kind == "Both: {}" else [f"n{number}"]
    wanted = [name for name in names[1:] if name not in used or draw(st.booleans())]
    return text + f"outputs: [{', '.join(wanted)}]\n"


@settings(max_examples=150)
@given(graphs())
def test_what_is_freed_is_never_missed(text: str) -> None:
    report = analyse(Library().parse(text, "model.yaml"))
    assert report.ok, (text, report.diagnostics)
    x = np.random.default_rng(1).standard_normal((2, 3, 4, 2)).astype(np.float32)
    store = WeightStore()

    def outputs(x: Array) -> tuple[Array, ...]:
        return GraphRun(walk_of(report), Weights(store)).run([x], [None])

    before = x.copy()
    found = outputs(x)
    outputs(-x)
    np.testing.assert_array_equal(x, before)
    with patch.object(GraphRun, "hand_over"), patch.object(GraphRun, "release"):
        plain = outputs(x)
    for one, other in zip(found, plain, strict=True):
        np.testing.assert_array_equal(one, other)
