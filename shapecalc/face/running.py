"""A forward pass asked for from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from operator import index
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.report import Report
from shapecalc.analysis.verify import run_model, sample_inputs
from shapecalc.diagnostics import Fault, did_you_mean, error, shorten
from shapecalc.face.resources import limit
from shapecalc.face.weights import find_source, read_weights
from shapecalc.formats.inputs import fit_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapecalc.face.reading import Reading


def run(reading: Reading, report: Report, inputs: Any, weights: Any, seed: int) -> dict[str, NDArray[Any]]:
    """The outputs by name. `inputs` and `weights` are those of `Model.run`. Raises Fault."""
    import numpy as np

    seed = index(seed)
    if seed < 0:
        raise ValueError(f"`seed` is a whole number of at least 0, got {seed}")
    reading.require_no_code(report)
    most = limit(None)
    arrays = sample_inputs(report, "random", seed, 1, most) if inputs is None else fit_arrays(report, inputs).arrays
    if isinstance(weights, Mapping):
        refuse_unknown(report, weights)
        given: dict[str, Any] | None = {path: np.asarray(array) for path, array in weights.items()}
    else:
        file = None if weights is None else os.fspath(weights)
        source = find_source(reading, report.file, report, file, {})
        given = read_weights(reading, report, source, most).arrays
    done = run_model(report, arrays, given, seed, None, most)
    errors = [finding for finding in done.diagnostics if finding.severity == "error"]
    if errors:
        raise Fault(*errors)
    return done.outputs


def refuse_unknown(report: Report, weights: Mapping[str, Any]) -> None:
    """Raises Fault with SC606 for a path that is none of the model's weights: a misspelt one would be left out."""
    known = [f"{row.name}/{path}" for row in report.rows for path, _ in row.weights]
    for path in weights.keys() - set(known):
        guess = did_you_mean(path, known) if isinstance(path, str) else None
        help = f"did you mean `{guess}`?" if guess else "paths are those of `layers[NAME].weights`: `lstm/kernel`"
        raise Fault(error("SC606", f"the model has no weight `{shorten(str(path))}`", help=help))
