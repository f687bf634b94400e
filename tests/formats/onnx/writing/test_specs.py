"""Specs as ONNX files: the checker of `onnx` accepts them, and read again they give the spec's numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapecalc.analysis.verify import run_model
from shapecalc.diagnostics import Fault
from shapecalc.formats.onnx.writing.no_form import NO_FORM
from shapecalc.layers.catalogue import CATALOGUE, find
from tests.formats.onnx.writing.writing import assert_close, list_specs, report_of, run_file, sample, save_spec

REFUSED = {f"specs/layers/{name}.yaml" for name in NO_FORM} - {"specs/layers/InputLayer.yaml"}


def test_every_type_is_written_or_refused_with_a_reason() -> None:
    """A new type stands in a file of writing/ or in the table of those that have no form."""
    from shapecalc.formats.onnx.writing.base import find_writer

    types = {name: find(name) for name in CATALOGUE}
    written = {name for name, layer_type in types.items() if layer_type is not None and find_writer(layer_type)}
    assert sorted(written & NO_FORM.keys()) == []
    assert sorted(written | NO_FORM.keys()) == sorted(CATALOGUE)


@pytest.mark.parametrize("spec", [spec for spec in list_specs() if spec not in REFUSED])
def test_the_file_gives_the_numbers_of_the_spec(spec: str, tmp_path: Path) -> None:
    report = report_of(spec)
    inputs = sample(report)
    path = tmp_path / "model.onnx"
    save_spec(report, path)
    assert_close(run_file(path, inputs), list(run_model(report, inputs).outputs.values()))


@pytest.mark.parametrize("spec", sorted(REFUSED - {"specs/layers/Lambda.yaml"}))
def test_what_has_no_form_is_refused_by_its_name(spec: str, tmp_path: Path) -> None:
    report = report_of(spec)
    with pytest.raises(Fault) as raised:
        save_spec(report, tmp_path / "model.onnx")
    (finding,) = raised.value.diagnostics
    name = Path(spec).stem
    assert finding.code == "SC609"
    assert finding.message == f"{name} has no form in ONNX: {NO_FORM[name]}"
    assert finding.span is not None
    assert [*tmp_path.iterdir()] == []
