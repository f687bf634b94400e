"""Holds files that are written against ONNX Runtime, and its numbers against ours and Keras's.

Run in an environment of its own, with onnx and onnxruntime: `python -m tests.formats.onnx.writing.check_runtime specs`
takes every spec with a few versions of the operators, `... cases [FAMILY...]` every golden case, with numbers, with an
unknown batch and with every axis unknown. It prints what disagrees, what is refused and the counts, and ends with 1
where anything disagrees.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

from shapecalc.analysis.verify import run_model
from shapecalc.diagnostics import Fault
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.formats.onnx.writing.base import NoForm
from tests.formats.onnx.writing.writing import (
    Array,
    assert_close,
    check_case,
    list_cases,
    list_specs,
    report_of,
    sample,
    save_spec,
    write_case,
)
from tests.golden.calls import made, outputs, records
from tests.golden.cases import families, load

OPSETS = (15, 18, 20, 23)
WAYS = {"numbers": (False, True), "batch": (False, False), "unknown": (True, False)}
"""Which sizes of a case are unknown: `free`, and `concrete`."""

NOT_IN_RUNTIME = "Could not find an implementation"
"""What ONNX Runtime says of an operator that the standard has for a dtype and it has not: convolutions of float64."""
ONE_CALL = {
    "CategoryEncoding/1",
    "IntegerLookup/11",
    "StringLookup/11",
    "ops.squeeze/0",
    "ops.squeeze/8",
    "ops.take_along_axis/5",
}
"""Cases whose unknown axes are 1 where the rule cannot tell: with every axis unknown they are other calls."""


def run_runtime(model: bytes | str, inputs: dict[str, Array]) -> list[Any]:
    """The outputs of a file by ONNX Runtime, on one core."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    fed = {name: array.astype(object) if array.dtype.kind in "US" else array for name, array in inputs.items()}
    return list(session.run(None, fed))


def check_specs(counts: Counter[str]) -> None:
    """Every spec, with each version of the operators."""
    with tempfile.TemporaryDirectory() as folder:
        for spec in list_specs():
            if spec.endswith("Lambda.yaml"):
                continue
            report = report_of(spec)
            inputs = sample(report)
            wanted = list(run_model(report, inputs).outputs.values())
            for opset in OPSETS:
                path = Path(folder, "model.onnx")
                try:
                    save_spec(report, path, opset)
                    assert_close(run_runtime(str(path), inputs), wanted)
                    counts["equal"] += 1
                except Fault as fault:
                    counts[f"refused: {fault.diagnostics[0].message}"] += 1
                except Exception as error:
                    counts["disagrees"] += 1
                    print(f"{spec} at version {opset}: {type(error).__name__}: {str(error)[:300]}")


def check_cases(counts: Counter[str], names: list[str]) -> None:
    """Every golden case of some families, or of all."""
    for family in names or families():
        recorded = outputs(family)
        for kind, index, case in list_cases(load(family).CASES):
            record = records(family)["cases"][kind][index]
            if "bfloat16" in {case["config"].get("dtype"), *record["dtypes"]}:
                continue
            for way, (free, concrete) in WAYS.items():
                if way == "unknown" and f"{kind}/{index}" in ONE_CALL:
                    continue
                try:
                    written = write_case(made(kind, case), case, record, free=free, concrete=concrete, opset=19)
                    onnx.checker.check_model(written.message, full_check=True)
                    got = run_runtime(written.message.SerializeToString(), written.inputs)
                    wanted = [recorded[f"{kind}/{index}/{place}"] for place in range(written.outputs)]
                    check_case(written, got, record, wanted, "float16" in str(case))
                    counts[f"equal, {way}"] += 1
                except NoForm as none:
                    counts[f"refused: {kind}: {none.message}"] += 1
                except ShapeError:
                    counts["no such call with unknown sizes"] += 1
                except Exception as error:
                    if NOT_IN_RUNTIME in str(error):
                        counts["not in ONNX Runtime"] += 1
                        continue
                    counts["disagrees"] += 1
                    print(f"{kind}/{index}, {way}: {case} {type(error).__name__}: {str(error)[-300:]}")


def main(what: str, *names: str) -> int:
    onnxruntime.set_default_logger_severity(4)
    gc.enable()
    counts = Counter[str]()
    with np.errstate(all="ignore"):
        if what == "specs":
            check_specs(counts)
        else:
            check_cases(counts, list(names))
    for name, count in sorted(counts.items()):
        print(f"{count:6} {name}")
    return int(counts["disagrees"] > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
