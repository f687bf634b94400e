"""Arrays that the recorder and the tests build alike, so that neither inputs nor weights need storing.

Every array comes from a legacy `numpy.random.RandomState` stream, which numpy keeps the same from version to version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Shape = Sequence[int]

DRAWS: dict[str, Callable[[np.random.RandomState, Shape, int], Array]] = {
    "normal": lambda stream, shape, high: np.asarray(stream.standard_normal(tuple(shape))),
    "positive": lambda stream, shape, high: stream.uniform(0.1, 2.0, tuple(shape)),
    "uniform": lambda stream, shape, high: stream.uniform(0.0, 1.0, tuple(shape)),
    "image": lambda stream, shape, high: stream.uniform(0.0, 255.0, tuple(shape)),
    "ids": lambda stream, shape, high: stream.randint(0, high, tuple(shape)),
    "mask": lambda stream, shape, high: stream.uniform(0.0, 1.0, tuple(shape)) < 0.6,
    "ones": lambda stream, shape, high: np.ones(tuple(shape)),
    "zeros": lambda stream, shape, high: np.zeros(tuple(shape)),
}
DEFAULT_DTYPES = {"ids": "int32", "mask": "bool"}


def array(shape: Shape, seed: int, kind: str = "normal", dtype: str = "float32", high: int | None = None) -> Array:
    """An array of `shape`: `kind` names a draw of `DRAWS`, `high` is the number of different ids."""
    stream = np.random.RandomState(seed)
    return np.asarray(DRAWS[kind](stream, shape, high if high is not None else 10)).astype(dtype)


def steps_array(pattern: Sequence[Any], steps: int) -> Array:
    """A boolean mask: `[3, 5]` are the lengths of two samples padded on the right, nested lists are the mask itself."""
    if all(isinstance(length, int) for length in pattern):
        return np.asarray(np.arange(steps) < np.asarray(pattern)[:, None])
    return np.asarray(pattern, dtype=bool)


def input_array(spec: Mapping[str, Any], seed: int) -> Array:
    """The array of one input spec of a case."""
    dtype = input_dtype(spec)
    if "value" in spec:
        return np.asarray(spec["value"], dtype=None if dtype == "string" else dtype)
    values = array(spec["shape"], seed, spec.get("kind", "normal"), dtype, spec.get("high"))
    if "valid" in spec:
        kept = steps_array(spec["valid"], spec["shape"][1])
        values[~kept] = spec.get("fill", 0)
    return values


def input_dtype(spec: Mapping[str, Any]) -> str:
    """The dtype of an input spec: what it says, or what its kind implies."""
    return str(spec.get("dtype", DEFAULT_DTYPES.get(spec.get("kind", "normal"), "float32")))


def is_spec(node: Any) -> bool:
    """Whether `node` is an input spec rather than a list or a mapping of them."""
    return isinstance(node, Mapping) and ("shape" in node or not isinstance(node.get("value", {}), Mapping))


def map_specs(build: Callable[[Mapping[str, Any], int], Any], node: Any) -> Any:
    """Replace every input spec in a nest of mappings and lists by `build(spec, seed)`; seeds count up from 1."""
    counter = iter(range(1, 1_000))

    def visit(part: Any) -> Any:
        if is_spec(part):
            return build(part, next(counter))
        if isinstance(part, Mapping):
            return {key: visit(value) for key, value in part.items()}
        return [visit(value) for value in part]

    return visit(node)


def input_arrays(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of a case by port, nested as the case nests them."""
    arrays: dict[str, Any] = map_specs(input_array, inputs)
    return arrays


def weight_value(name: str, shape: Shape, index: int) -> Array:
    """The value of the weight that stands at `index` in Keras's order of a layer's weights."""
    draw = np.random.RandomState(1_000 + index).standard_normal(tuple(shape))
    if "variance" in name:
        values = 0.5 + np.abs(draw)
    elif name.endswith(("gamma", "scale")):
        values = 1.0 + 0.2 * draw
    elif len(shape) < 2:
        values = 0.2 * draw
    else:
        values = draw / (2.0 * np.sqrt(np.prod(shape[:-1])) if "embeddings" not in name else 2.0)
    return np.asarray(values).astype("float32")
