"""A layer may write over its input where nobody else reads it, and only there."""

from __future__ import annotations

import tracemalloc
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import analyse
from shapecalc.forward.base import Array
from shapecalc.forward.block import GraphRun
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.model.load import Library

X = np.array([[-1, 2, -3, 4]], np.float32)
EYE = {"a/kernel": np.eye(4, dtype=np.float32), "a/bias": np.zeros(4, np.float32)}

CHAIN = """
input: [4]
layers:
  - Dense: {units: 4, name: a}
"""


def run(layers: str, blocks: str = "") -> tuple[Array, dict[str, Array]]:
    """The output for X of a layer `a` that hands X on and what follows it, and the output of every layer."""
    report = analyse(Library().parse(blocks + CHAIN + layers, "model.yaml"))
    assert report.ok, report.diagnostics
    outputs: dict[str, Array] = {}
    x = X.copy()
    graph = GraphRun(report.walk, Weights(WeightStore(EYE)))
    (y,) = graph.run([x], [None], lambda node, arrays: outputs.update({node.name: arrays[0]}))
    np.testing.assert_array_equal(x, X)
    return y, outputs


def test_the_last_to_read_an_array_writes_over_it() -> None:
    y, outputs = run("  - ReLU: {name: r}\n  - BatchNormalization: {epsilon: 0, name: n}\n")
    np.testing.assert_array_equal(y, [[0, 2, 0, 4]])
    assert np.shares_memory(outputs["a"], outputs["r"])
    assert np.shares_memory(outputs["r"], outputs["n"])


@pytest.mark.parametrize(
    "layers",
    [
        "  - ReLU: {name: r}\n  - Add:\n    from: [a, r]\n",
        "  - Identity: {name: same}\n  - ReLU: {name: r}\n    from: a\n  - Add:\n    from: [same, r]\n",
        "  - Flatten: {name: same}\n  - ReLU: {name: r}\n    from: a\n  - Add:\n    from: [same, r]\n",
        "  - Rectified: {name: r}\n  - Add:\n    from: [a, r]\n",
        "  - Activation: {activation: relu, name: r}\n    from: a\n  - Add:\n    from: [r, a]\n",
    ],
    ids=["read again", "the same array", "a view of it", "read outside the block", "as an activation"],
)
def test_an_array_that_is_still_needed_is_left_alone(layers: str) -> None:
    y, _ = run(layers, "blocks:\n  Rectified: {layers: [ReLU]}")
    np.testing.assert_array_equal(y, X + np.maximum(X, 0))


def test_a_sum_goes_where_its_first_term_was() -> None:
    y, outputs = run("  - ReLU: {name: r}\n  - Add: {name: s}\n    from: [a, r]\n")
    np.testing.assert_array_equal(y, X + np.maximum(X, 0))
    assert np.shares_memory(outputs["a"], outputs["s"])


def test_a_narrow_first_term_makes_way_for_the_sum() -> None:
    y, _ = run(
        "  - Reshape: {target_shape: [4, 1], name: tall}\n  - Reshape: {target_shape: [1, 4], name: flat}\n"
        "    from: a\n  - Add:\n    from: [tall, flat]\n"
    )
    np.testing.assert_array_equal(y[0], X[0][:, None] + X)


def test_a_mask_that_still_goes_along_is_left_alone() -> None:
    text = """
inputs: {x: [3, 2], k: [3]}
layers:
  - ops.cast: {dtype: int32, name: m}
    from: k
  - ops.ones_like: {name: other}
    from: m
  - BatchNormalization: {name: n}
    from: {inputs: x, mask: m}
  - Add: {name: sum}
    from: [m, other]
  - SimpleRNN: {units: 1, use_bias: false, name: r}
    from: n
outputs: [sum, r]
"""
    report = analyse(Library().parse(text, "model.yaml"))
    assert report.ok, report.diagnostics
    x, k = np.ones((1, 3, 2), np.float32), np.array([[1, 0, 0]], np.float32)
    weights = {"r/kernel": np.ones((2, 1), np.float32), "r/recurrent_kernel": np.zeros((1, 1), np.float32)}
    x[:, 0] = 0
    graph = GraphRun(report.walk, Weights(WeightStore(weights)))
    total, y = graph.run([x, k], [None, None])
    np.testing.assert_array_equal(total, [[2, 1, 1]])
    np.testing.assert_array_equal(y, [[0]])


def test_what_feeds_the_model_is_never_written_over() -> None:
    report = analyse(Library().parse("input: [4]\nlayers:\n  - ReLU\n", "model.yaml"))
    x = X.copy()
    (y,) = GraphRun(report.walk, Weights(WeightStore())).run([x], [None])
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, np.maximum(X, 0))


def test_a_block_writes_over_what_only_it_was_fed() -> None:
    blocks = "blocks:\n  Residual:\n    layers: [ReLU, {Add: {name: s}, from: [input, prev]}]\n"
    y, outputs = run("  - Residual: {name: r}\n", blocks)
    np.testing.assert_array_equal(y, X + np.maximum(X, 0))
    assert np.shares_memory(outputs["a"], outputs["r"])
    y, outputs = run("  - Residual: {name: r}\n  - Add:\n    from: [a, r]\n", blocks)
    np.testing.assert_array_equal(y, 2 * X + np.maximum(X, 0))
    assert not np.shares_memory(outputs["a"], outputs["r"])


def peak(layers: str) -> int:
    """Bytes that one run of a model with inputs of a MiB needs at most."""
    report = analyse(Library().parse("input: [256, 32]\nbatch_size: 32\n" + layers, "model.yaml"))
    assert report.ok, report.diagnostics
    x, store = np.zeros((32, 256, 32), np.float32), WeightStore()
    GraphRun(report.walk, Weights(store)).run([x], [None])
    tracemalloc.start()
    try:
        GraphRun(report.walk, Weights(store)).run([x], [None])
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
"""Entries of one input (3, 4, 2) that give the same: in place, as views, through a scratch, and in blocks."""


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
def test_what_is_written_over_is_never_missed(text: str) -> None:
    report = analyse(Library().parse(text, "model.yaml"))
    assert report.ok, (text, report.diagnostics)
    x = np.random.default_rng(1).standard_normal((2, 3, 4, 2)).astype(np.float32)
    store = WeightStore()

    def outputs(x: Array) -> tuple[Array, ...]:
        return GraphRun(report.walk, Weights(store)).run([x], [None])

    before = x.copy()
    found = outputs(x)
    outputs(-x)
    np.testing.assert_array_equal(x, before)
    with patch.object(GraphRun, "is_spare", lambda self, source: False):
        plain = outputs(x)
    for one, other in zip(found, plain, strict=True):
        np.testing.assert_array_equal(one, other)
