"""Single calls as ONNX files: arguments, masks and states that Keras was asked about, with its numbers."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from shapecalc.formats.onnx.writing.base import NoForm
from tests.formats.onnx.writing.writing import check_case, list_cases, run_file, write_case
from tests.golden.calls import made, outputs, records
from tests.golden.cases import families, load

STEP = 5
"""One of so many cases is read again here; `check_runtime.py` takes all of them, and ONNX Runtime."""


@pytest.mark.parametrize("family", families())
def test_a_file_gives_what_keras_gave(family: str, tmp_path: Path) -> None:
    recorded, failed, checked = outputs(family), [], 0
    for kind, index, case in list_cases(load(family).CASES):
        record = records(family)["cases"][kind][index]
        if index % STEP or "bfloat16" in {case["config"].get("dtype"), *record["dtypes"]}:
            continue
        try:
            written = write_case(made(kind, case), case, record, concrete="stateful" in str(case["config"]))
        except NoForm:
            continue
        onnx.save(written.message, tmp_path / "call.onnx")
        wanted = [recorded[f"{kind}/{index}/{position}"] for position in range(written.outputs)]
        try:
            check_case(
                written, run_file(tmp_path / "call.onnx", written.inputs), record, wanted, "float16" in str(case)
            )
            checked += 1
        except Exception as error:  # told below, with the case that it belongs to
            failed.append(f"{kind}/{index} {case}: {type(error).__name__}: {error}")
    assert not failed, "\n".join(failed)
    assert checked
