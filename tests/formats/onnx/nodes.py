"""The recorded node tests of the standard, and what is made of them."""

from __future__ import annotations

import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from shapecalc.cli.session import Session
from shapecalc.diagnostics import Fault
from shapecalc.dims import bind
from shapecalc.formats.onnx.read import read_onnx

PATH = Path(__file__).parent / "nodes.xz"

RIGHT, UNKNOWN, REFUSED, WRONG = "right", "unknown", "refused", "wrong"


class NodeTest(NamedTuple):
    """A test: its model as bytes, and again with the values that say what is to be done; what goes in and comes out."""

    name: str
    operator: str
    inputs: list[Any]
    outputs: list[Any]
    models: list[bytes]


class Verdict(NamedTuple):
    """What was made of a test; `said` is what was inferred, or the code and message of a refusal."""

    kind: str
    said: str


@cache
def list_tests() -> list[NodeTest]:
    """All recorded tests."""
    head, data = lzma.decompress(PATH.read_bytes()).split(b"\n", 1)
    tests, at = [], 0
    for test in json.loads(head)["tests"]:
        models = []
        for size in test.pop("bytes"):
            models.append(data[at : at + size])
            at += size
        tests.append(NodeTest(**test, models=models))
    return tests


def judge(model: bytes, outputs: list[Any]) -> Verdict:
    """What is made of a model whose outputs are known: refused, right, wrong, or with sizes that are not known."""
    session = Session()
    try:
        report = session.report_of_model(read_onnx(memoryview(model), "model.onnx"), "model.onnx")
    except Fault as fault:
        return Verdict(REFUSED, f"{fault.diagnostics[0].code} {fault.diagnostics[0].sentence}")
    errors = [finding for finding in report.diagnostics if finding.severity == "error"]
    if errors or report.walk is None:
        return Verdict(REFUSED, "; ".join(f"{finding.code} {finding.sentence}" for finding in errors))
    results = report.walk.results
    inferred: list[Any] = []
    for index, port in report.walk.output_sources().values():
        result = results[index]
        assert result is not None
        tensor = list(result.outputs.values())[port]
        inferred.append([tensor.dtype, [size if isinstance(size, int) else None for size in tensor.shape]])
    said = json.dumps(inferred)
    if inferred == outputs:
        return Verdict(RIGHT, said)
    return Verdict(UNKNOWN if _may_be(inferred, outputs) else WRONG, f"{said} and not {json.dumps(outputs)}")


def _may_be(inferred: list[Any], outputs: list[Any]) -> bool:
    """Whether outputs are as inferred but for sizes that are not known."""
    if len(inferred) != len(outputs):
        return False
    for (dtype, sizes), output in zip(inferred, outputs, strict=True):
        if not isinstance(output, list) or len(output) != 2 or output[0] != dtype or len(output[1]) != len(sizes):
            return False
        if any(size not in (None, real) for size, real in zip(sizes, output[1], strict=True)):
            return False
    return True


def judge_symbols(model: bytes, outputs: list[Any], *, shared: bool) -> Verdict:
    """As `judge`, with every axis of the inputs but those of 1 a size with a name, which is bound to its number then.

    Axes of one length have one name where they are `shared`, else each its own. A model that demands otherwise, which
    ONNX Runtime would refuse at this binding, is refused here too.
    """
    session = Session()
    try:
        flat = read_onnx(memoryview(model), "model.onnx")
    except Fault as fault:
        return Verdict(REFUSED, fault.diagnostics[0].code)
    binding: dict[str, int] = {}
    for number, given in enumerate(flat.inputs):
        axes: list[int | str | None] = []
        for axis, size in enumerate(given.axes or []):
            name = f"size{size}" if shared else f"input{number}_axis{axis}"
            if isinstance(size, int) and size > 1:
                binding[name] = size
            axes.append(name if name in binding else size)
        flat.inputs[number] = given._replace(axes=axes, shape=[None] * max(len(axes) - 1, 0), batch=None)
    try:
        report = session.report_of_model(flat, "model.onnx")
    except Fault as fault:
        return Verdict(REFUSED, fault.diagnostics[0].sentence)
    if report.walk is None or any(finding.severity == "error" for finding in report.diagnostics):
        return Verdict(REFUSED, "; ".join(finding.sentence for finding in report.diagnostics))
    results = report.walk.results
    for result in results:
        if result is not None and any(relation.holds(binding) is False for relation in result.assumes):
            return Verdict(REFUSED, "an assumption does not hold")
    inferred: list[Any] = []
    for index, port in report.walk.output_sources().values():
        tensor = list(results[index].outputs.values())[port]  # type: ignore[union-attr]
        sizes = [bind(size, binding) for size in tensor.shape]
        inferred.append([tensor.dtype, [size if isinstance(size, int) else None for size in sizes]])
    if inferred == outputs:
        return Verdict(RIGHT, "")
    return Verdict(UNKNOWN if _may_be(inferred, outputs) else WRONG, f"{inferred} and not {json.dumps(outputs)}")
