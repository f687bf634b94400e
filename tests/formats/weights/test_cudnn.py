"""Weights of layers of cuDNN, against what tf_keras 2.21 makes of them where it loads them into an LSTM or a GRU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapecalc.formats.weights.cudnn import read_plainly
from shapecalc.formats.weights.stored import StoredWeight

KERAS: dict[int, list[Any]] = {
    4: [
        [[0, 9, 2, 11, 4, 13, 6, 15], [1, 16, 3, 18, 5, 20, 7, 22], [8, 17, 10, 19, 12, 21, 14, 23]],
        [[100, 108, 102, 110, 104, 112, 106, 114], [101, 109, 103, 111, 105, 113, 107, 115]],
        [408, 410, 412, 414, 416, 418, 420, 422],
    ],
    3: [
        [[0, 7, 2, 9, 4, 11], [1, 12, 3, 14, 5, 16], [6, 13, 8, 15, 10, 17]],
        [[100, 106, 102, 108, 104, 110], [101, 107, 103, 109, 105, 111]],
        [[200, 201, 202, 203, 204, 205], [206, 207, 208, 209, 210, 211]],
    ],
}
"""Kernel, recurrent kernel and bias of two units and three features: of an LSTM, of a GRU."""


def stored(array: Any) -> StoredWeight:
    return StoredWeight(array.shape, "float32", lambda: array)


def numbered(start: int, *shape: int) -> StoredWeight:
    return stored(start + np.arange(np.prod(shape), dtype=np.float32).reshape(shape))


@pytest.mark.parametrize("gates", KERAS)
@pytest.mark.parametrize("ending", [":0", "_1:0", ""])
def test_weights_of_cudnn_are_read_as_those_of_other_layers(gates: int, ending: str) -> None:
    names = [f"rnn/{name}{ending}" for name in ("kernel", "recurrent_kernel", "bias")]
    arrays = [numbered(0, 3, gates * 2), numbered(100, 2, gates * 2), numbered(200, gates * 4)]
    plain = read_plainly(dict(zip(names, arrays, strict=True)))
    for name, wanted in zip(names, KERAS[gates], strict=True):
        assert plain[name].shape == np.shape(wanted)
        np.testing.assert_array_equal(plain[name].read(), wanted)


@pytest.mark.parametrize(
    ("kernel", "recurrent", "bias"),
    [
        ((3, 8), (2, 8), (8,)),
        ((3, 6), (2, 6), (2, 6)),
        ((3, 6), (2, 6), (6,)),
        ((3, 2), (2, 2), (4,)),
        ((3, 8), (2, 6), (16,)),
        ((3, 3, 8), (2, 8), (16,)),
        ((3, 0), (0, 0), (0,)),
    ],
)
def test_weights_of_other_layers_stay_as_they_are(kernel: Any, recurrent: Any, bias: Any) -> None:
    arrays = [numbered(0, *kernel), numbered(0, *recurrent), numbered(0, *bias)]
    weights = dict(zip(["kernel:0", "recurrent_kernel:0", "bias:0"], arrays, strict=True))
    weights = {f"rnn/{name}": weight for name, weight in weights.items()}
    assert read_plainly(weights) == weights


def test_a_bias_alone_stays_as_it_is() -> None:
    weights = {"dense/bias:0": numbered(0, 8), "bias:0": numbered(0, 8), "dense/kernel:0": numbered(0, 2, 4)}
    assert read_plainly(weights) == weights
