"""No dtype or empty batch that a rule takes stops a forward: what passes `check` runs, or is refused as by Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape
from shapecalc.forward.base import apply
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.arguments.names import DTYPES
from shapecalc.layers.base import Feed, Layer
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.contracts.feeds import TYPES, example_call, map_sizes
from tests.layering import layer_of

WITH_DTYPE = [name for name in TYPES if not name.startswith("ops.")]
OF_KERAS = {
    "int32": "Dense EinsumDense Embedding ELU Softmax Conv1D Conv2D Conv2DTranspose DepthwiseConv2D SeparableConv2D "
    "AveragePooling2D LSTM GRU SimpleRNN ConvLSTM1D MultiHeadAttention Attention UnitNormalization",
    "bool": "Dense Embedding ELU Softmax Conv1D MaxPooling1D MaxPooling2D AveragePooling2D LSTM MultiHeadAttention",
    "string": "Dense Identity Masking ReLU Flatten Reshape Permute ZeroPadding1D Add Concatenate Dropout Rescaling",
}
"""Types that Keras 3.15.1 builds with a dtype and cannot call."""


def array_of(item: Any) -> Any:
    """Values for what a port is fed."""
    if item is None:
        return None
    if not isinstance(item, Tensor):
        return tuple(map(array_of, item))
    shape = tuple(map(int, item.shape))  # type: ignore[arg-type]
    if item.dtype == "string":
        return np.full(shape, "the cat", object)
    dtype = "float32" if item.dtype in (None, "bfloat16") else item.dtype
    return np.random.default_rng(1).integers(0, 2, shape).astype(dtype)


def refusal(layer: Layer, feed: Feed) -> str | None:
    """The code with which a call is refused; None where it is not."""
    try:
        infer(layer, feed)
    except ShapeError as error:
        return error.code
    return None


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype != "bfloat16"])
@pytest.mark.parametrize("name", WITH_DTYPE)
def test_a_dtype_is_refused_or_computed_in(name: str, dtype: str) -> None:
    layer, feed = example_call(name)
    layer = layer.replace(dtype=dtype)
    feed = map_sizes(feed, lambda size, axis: size if isinstance(size, int) else 2)
    if (code := refusal(layer, feed)) is not None:
        assert code == "SC407"
        return
    stated = infer(layer, feed)
    with np.errstate(all="ignore"):
        outputs = apply(layer, Weights(WeightStore()), *map(array_of, feed))
    for tensor, output in zip(stated.outputs.values(), outputs, strict=True):
        assert len(tensor.shape) == output.ndim


@pytest.mark.parametrize(("name", "dtype"), [(name, dtype) for dtype, row in OF_KERAS.items() for name in row.split()])
def test_what_keras_cannot_call_is_refused(name: str, dtype: str) -> None:
    layer, feed = example_call(name)
    with pytest.raises(ShapeError, match="computes"):
        infer(layer.replace(dtype=dtype), feed)


@pytest.mark.parametrize("name", [name for name in WITH_DTYPE if name != "Weight"])
def test_an_empty_batch_runs(name: str) -> None:
    layer, feed = example_call(name)
    feed = map_sizes(feed, lambda size, axis: 0 if axis == 0 else size if isinstance(size, int) else 2)
    stated = infer(layer, feed)
    with np.errstate(all="ignore"):
        outputs = apply(layer, Weights(WeightStore()), *map(array_of, feed))
    assert [output.shape[0] for output in outputs] == [tensor.shape[0] for tensor in stated.outputs.values()]


def cast_feed(feed: Feed, dtype: str) -> Feed:
    """A feed with its numbers in another dtype."""

    def cast(item: Any) -> Any:
        if item is None:
            return None
        if not isinstance(item, Tensor):
            return tuple(map(cast, item))
        return item if item.dtype == "string" else item._replace(dtype=dtype)

    return tuple(map(cast, feed))


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype not in ("bfloat16", "string")])
@pytest.mark.parametrize("name", [name for name in TYPES if name != "ops.arange"])
def test_the_dtype_that_a_rule_states_is_computed(name: str, dtype: str) -> None:
    layer, feed = example_call(name)
    feed = cast_feed(map_sizes(feed, lambda size, axis: size if isinstance(size, int) else 2), dtype)
    if refusal(layer, feed) is not None:
        return
    stated = infer(layer, feed)
    with np.errstate(all="ignore"):
        outputs = apply(layer, Weights(WeightStore()), *map(array_of, feed))
    computed = ["string" if output.dtype.kind in "USO" else output.dtype.name for output in outputs]
    assert computed == [tensor.dtype for tensor in stated.outputs.values()]


@pytest.mark.parametrize(
    ("entry", "dtypes", "of_keras"),
    [
        ({"Add": {}}, ("uint64", "uint64"), "uint32"),
        ({"Maximum": {}}, ("uint8", "uint64"), "uint32"),
        ({"Add": {}}, ("int32", "uint32"), "int64"),
        ({"Concatenate": {}}, ("uint64", "uint64"), "uint64"),
        ({"Concatenate": {}}, ("uint64", "uint8"), "uint32"),
        ({"ops.stack": {}}, ("uint64", "uint64"), "uint64"),
        ({"ops.concatenate": {}}, ("uint64", "uint64"), "uint64"),
        ({"ops.add": {}}, ("uint64", "uint64"), "uint32"),
        ({"Dot": {"axes": 1}}, ("int8", "int8"), "int32"),
        ({"Dot": {"axes": 1}}, ("bool", "int8"), "int8"),
        ({"ops.matmul": {}}, ("int8", "int8"), "int32"),
        ({"ops.matmul": {}}, ("bool", "int8"), "int8"),
    ],
)
def test_two_dtypes_give_what_they_give_in_keras(
    entry: dict[str, dict[str, Any]], dtypes: tuple[str, str], of_keras: str
) -> None:
    ((name, config),) = entry.items()
    layer = layer_of(name, config)
    pair = tuple(Tensor(Shape((2, 2)), dtype, False) for dtype in dtypes)
    feed: Feed = pair if len(layer.ports) == 2 else (pair,)
    (output,) = apply(layer, Weights(WeightStore()), *map(array_of, feed))
    assert (infer(layer, feed).output.dtype, output.dtype.name) == (of_keras, of_keras)
