"""`shapecalc schema`: valid itself, true of every spec of the repository, and closed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.render.spec_schema import spec_schema
from tests.cli.conftest import Command

SPECS = Path(__file__).parents[2] / "specs"
SOUND = [path for folder in ("tutorial", "layers", "models") for path in sorted((SPECS / folder).rglob("*.yaml"))]


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(spec_schema())


def test_the_schema_is_one(shapecalc: Command) -> None:
    code, out, err = shapecalc("schema")
    assert (code, err) == (0, "")
    data = json.loads(out)
    Draft202012Validator.check_schema(data)
    assert data["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {f"layer.{name}" for name in CATALOGUE} <= data["$defs"].keys()


@pytest.mark.parametrize("path", SOUND, ids=lambda path: str(path.relative_to(SPECS)))
def test_every_sound_spec_is_valid(path: Path) -> None:
    assert [error.message for error in validator().iter_errors(yaml.safe_load(path.read_text()))] == []


@pytest.mark.parametrize(
    "text",
    [
        "layers: [Dense: {units: $n}]",
        "layers: [Dense: {units: '$n * 2', activation: '$act', use_bias: $flag}]",
        "layers: [Conv2D: {filters: 8, kernel_size: [$k, 3]}]",
        "layers: [Residual: {filters: 3}]\nblocks: {Residual: {file: residual.yaml}}",
        "layers: [{Dense: {units: 3}, from: input, if: $deep, repeat: {f: [1, 2]}}, {reuse: dense}]",
        "inputs: {a: {shape: [T, null], dtype: int32}}\nlayers: [Flatten]\noutputs: {y: flatten.0}",
        "layers: [Bidirectional: {layer: {LSTM: {units: 3}}}]\nexpect: {params: '<= 5M', output: '(None, 3)'}",
        "layers: [LayerNormalization: {epsilon: 1e-5}]",
        "layers: [{ops.mean: {axis: 1}}]",
    ],
)
def test_what_the_language_has_is_valid(text: str) -> None:
    assert [error.message for error in validator().iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "layers: []",
        "layer: [Dense: {units: 3}]",
        "layers: [Dense: {unitz: 3}]",
        "layers: [Dense: {}]",
        "layers: [Dense: {units: -3}]",
        "layers: [Dense: {units: many}]",
        "layers: [Dense: {units: 3, activation: rellu}]",
        "layers: [Conv2D: {filters: 8, kernel_size: [3, 3, 3]}]",
        "layers: [TimeDistributed: {layer: {Dense: {unitz: 3}}}]",
        "layers: [Dense: {units: 3}]\nexpect: {parms: 3}",
        "layers: [Dense: {units: 3}]\nblocks: {B: {layers: [Dense: {units: 0}]}}",
        "layers: [{Dense: {units: 3}, repeat: [3]}]",
    ],
)
def test_faults_are_invalid(text: str) -> None:
    assert not validator().is_valid(yaml.safe_load(text))
