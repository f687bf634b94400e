"""The recorded numbers of the node tests of the standard, and what `run` makes of them."""

from __future__ import annotations

import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapecalc.analysis.verify import run_model, sample_inputs
from shapecalc.cli.session import Session
from shapecalc.diagnostics import Fault
from shapecalc.formats.onnx.messages import Model
from shapecalc.formats.onnx.read import read_onnx
from shapecalc.formats.onnx.wire import read_message
from shapecalc.formats.weights.model_file import read_held
from tests.formats.onnx.nodes import REFUSED, RIGHT, WRONG, NodeTest, Verdict

PATH = Path(__file__).parent / "numbers.xz"

RANDOM = ("Bernoulli", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial")
"""Operators of whose numbers only the shape can be told."""
TOLERANCES = {"float16": (1e-2, 1e-3), "bfloat16": (1e-2, 8e-3)}
"""Relative and absolute, by dtype; of other floats `_TOLERANCE`, of all others none."""
_TOLERANCE = (1e-3, 1e-5)
"""The standard's own: the numbers of some tests are rounded."""

Array = NDArray[Any]


@cache
def read_numbers() -> dict[str, tuple[list[Array | None], list[Array | None]]]:
    """What each test is fed and gives, by its name."""
    head, data = lzma.decompress(PATH.read_bytes()).split(b"\n", 1)

    def read(said: Any) -> Array | None:
        if said is None:
            return None
        dtype, shape, place = said
        if dtype == "string":
            return np.array(place, str).reshape(shape)
        return np.frombuffer(data, dtype, int(np.prod(shape)), place).reshape(shape)

    return {
        name: ([read(said) for said in fed], [read(said) for said in given])
        for name, (fed, given) in json.loads(head)["tests"].items()
    }


def judge_numbers(test: NodeTest) -> Verdict:
    """What a run of a test comes to: with its inputs fed, or, where it is refused so, as constants of the model."""
    verdicts = [_judge(test, model) for model in test.models]
    return next((verdict for verdict in verdicts if verdict.kind != REFUSED), verdicts[0])


def _judge(test: NodeTest, model: bytes) -> Verdict:
    fed, wanted = read_numbers()[test.name]
    by_name = dict(zip(list_inputs(test.models[0]), fed, strict=False))
    session = Session()
    try:
        flat = read_onnx(memoryview(model), "model.onnx")
        report = session.report_of_model(flat, "model.onnx")
        if not report.ok:
            raise Fault(*report.diagnostics)
        feed = {name: by_name[flat.places[name]] for name in report.inputs}
        if any(array is None for array in feed.values()):
            return Verdict(REFUSED, "is fed what is no tensor")
        run = run_model(report, feed, read_held(flat, "model.onnx", None))  # type: ignore[arg-type]
    except Fault as fault:
        first = next(finding for finding in fault.diagnostics if finding.severity == "error")
        return Verdict(REFUSED, f"{first.code} {first.message}")
    if not run.agrees:
        return Verdict(WRONG, "; ".join(finding.message for finding in run.diagnostics))
    return compare(test, list(run.outputs.values()), wanted)


def run_random(test: NodeTest) -> list[str]:
    """The codes of what is found where the models of a test are fed random numbers; a run without findings is empty."""
    codes = []
    for model in test.models:
        try:
            flat = read_onnx(memoryview(model), "model.onnx")
            report = Session().report_of_model(flat, "model.onnx")
            if not report.ok:
                raise Fault(*report.diagnostics)
            weights = read_held(flat, "model.onnx", None)
            run = run_model(report, sample_inputs(report, "random"), weights, 0, None, 1 << 30)
            codes.append("; ".join(finding.code for finding in run.diagnostics))
        except Fault as fault:
            codes.append(next(finding.code for finding in fault.diagnostics if finding.severity == "error"))
    return codes


def list_inputs(model: bytes) -> list[str]:
    graph = read_message(Model, memoryview(model)).graph
    assert graph is not None
    return [given.name for given in graph.input]


def compare(test: NodeTest, outputs: list[Array], wanted: list[Array | None]) -> Verdict:
    for number, (array, expected, (dtype, _)) in enumerate(zip(outputs, wanted, test.outputs, strict=True)):
        if expected is None:
            continue
        if array.shape != expected.shape or (array.dtype != expected.dtype and dtype != "string"):
            said = f"{array.dtype} {array.shape} and not {expected.dtype} {expected.shape}"
            return Verdict(WRONG, f"output {number} is {said}")
        if test.operator in RANDOM or test.name.startswith("test_bernoulli"):
            continue
        relative, absolute = TOLERANCES.get(dtype, _TOLERANCE if expected.dtype.kind == "f" else (0, 0))
        same = (
            np.allclose(array, expected, relative, absolute, equal_nan=True)
            if expected.dtype.kind in "fc"
            else np.array_equal(array, expected)
        )
        if not same:
            return Verdict(WRONG, f"output {number} has other numbers")
    return Verdict(RIGHT, "")
