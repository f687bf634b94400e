"""Runs two models with the same weights on the same inputs, and compares the outputs."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shapecalc.analysis.report import Report
from shapecalc.analysis.verify import run_model, sample_inputs
from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.dims import binary_text

Array: TypeAlias = NDArray[Any]

TOLERANCE = 1e-5
"""How far outputs may differ, as a share of the greatest value, and still count as equal: rounding differs."""
_POSITIVE = ("variance", "gamma", "scale")


class OutputPair(NamedTuple):
    """One output of both models and the greatest difference between the two, NaN where a value is no number."""

    old: str
    new: str
    shape: tuple[int, ...]
    difference: float
    equal: bool


def compare_numbers(old: Report, new: Report, seed: int, batch: int, max_memory: int | None) -> list[OutputPair]:
    """The outputs of both models in their order. Weights are matched by order and shape, inputs by order.

    Raises Fault: SC509 where the models have no weights or inputs in common, and whatever a run may raise.
    """
    shapes = [[str(tensor.shape) for tensor in report.inputs.values()] for report in (old, new)]
    if shapes[0] != shapes[1]:
        raise _make_refusal(f"the inputs are {', '.join(shapes[0])} and {', '.join(shapes[1])}")
    # All that shapes can show is checked before the first array is made.
    pairs = _match_paths(old, new)
    _refuse_memory(old, max_memory)
    inputs = sample_inputs(old, "random", seed, batch)
    fed = dict(zip(new.inputs, inputs.values(), strict=False))
    weights = _draw_arrays(old, seed)
    matched = {path: weights[source] for path, source in pairs.items()}
    before = run_model(old, inputs, weights, seed, None, max_memory).outputs
    after = run_model(new, fed, matched, seed, None, max_memory).outputs
    forms = [[array.shape for array in outputs.values()] for outputs in (before, after)]
    if forms[0] != forms[1]:
        raise _make_refusal(f"the outputs are {_join_shapes(forms[0])} and {_join_shapes(forms[1])}")
    return [
        _compare_outputs(name, other, before[name], after[other]) for name, other in zip(before, after, strict=True)
    ]


def _make_refusal(message: str) -> Fault:
    help = "leave `--numeric` out: the comparison of layers says what differs"
    return Fault(error("SC509", message, help=help))


def _join_shapes(shapes: list[tuple[int, ...]]) -> str:
    return ", ".join(map(str, shapes))


def _match_paths(old: Report, new: Report) -> dict[str, str]:
    """The weight of the old model whose array each weight of the new one gets: the first free one of its shape."""
    free: dict[tuple[int, ...], list[str]] = {}
    for path, shape in reversed(_list_weights(old)):
        free.setdefault(shape, []).append(path)
    matched = {}
    for path, shape in _list_weights(new):
        if not free.get(shape):
            raise _make_refusal(f"the new model's weight {shorten(path)} {shape} has no counterpart in the old one")
        matched[path] = free[shape].pop()
    unmatched = next((shape for shape, paths in free.items() if paths), None)
    if unmatched is not None:
        raise _make_refusal(f"a weight {unmatched} of the old model has no counterpart in the new one")
    return matched


def _refuse_memory(report: Report, limit: int | None) -> None:
    """Raises Fault with SC603 where the weights alone are beyond the limit."""
    held = report.weights_bytes
    if limit is not None and isinstance(held, int) and held > limit:
        message = f"the weights need {binary_text(held)}, more than the {binary_text(limit)} allowed"
        help = "compare smaller models, or raise `--max-memory`"
        raise Fault(error("SC603", message, subject=report.name, help=help))


def _draw_arrays(report: Report, seed: int) -> dict[str, Array]:
    """An array for each weight."""
    random = np.random.default_rng(seed)
    return {path: _draw_array(path, shape, random) for path, shape in _list_weights(report)}


def _list_weights(report: Report) -> list[tuple[str, tuple[int, ...]]]:
    """Paths and shapes of all weights, in order. Raises Fault where a shape is symbolic."""
    weights = []
    for row in report.rows:
        for path, weight in row.weights:
            shape = tuple(size for size in weight.shape if isinstance(size, int))
            if len(shape) < len(weight.shape):
                name = f"{row.name}/{path}"
                help = "bind its symbols with `--set`"
                raise Fault(error("SC509", f"the weight {name} has no shape in numbers", help=help))
            weights.append((f"{row.name}/{path}", shape))
    return weights


def _draw_array(path: str, shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Values of both signs that keep outputs about as large as inputs; scales and variances are positive."""
    if path.endswith(_POSITIVE):
        return random.uniform(0.5, 1.5, shape).astype(np.float32)
    if len(shape) < 2:
        return np.asarray(0.5 * random.standard_normal(shape), dtype=np.float32)
    inputs = max(1, int(np.prod(shape[:-1])))
    return np.asarray(random.standard_normal(shape) / np.sqrt(inputs), dtype=np.float32)


def _compare_outputs(old: str, new: str, before: Array, after: Array) -> OutputPair:
    first, second = before.astype(np.float64), after.astype(np.float64)
    with np.errstate(invalid="ignore"):
        apart = np.where(first == second, 0.0, np.abs(first - second))
    difference = float(np.max(apart, initial=0.0))
    scale = float(np.max(np.abs(first), initial=1.0, where=np.isfinite(first)))
    return OutputPair(old, new, before.shape, difference, difference <= TOLERANCE * scale)
