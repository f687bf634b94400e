"""A layer may write over its input where nobody else reads it, and only there."""

from __future__ import annotations

import numpy as np
import pytest

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


def test_what_feeds_the_model_is_never_written_over() -> None:
    report = analyse(Library().parse("input: [4]\nlayers:\n  - ReLU\n", "model.yaml"))
    x = X.copy()
    (y,) = GraphRun(report.walk, Weights(WeightStore())).run([x], [None])
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, np.maximum(X, 0))
