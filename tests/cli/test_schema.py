"""`shapecalc schema`: valid itself, true of every spec of the repository, and at one with the parser."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from shapecalc.document.nodes import Document
from shapecalc.document.read import read as read_text
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.render.spec_schema import spec_schema
from tests.cli.conftest import Command
from tests.document.documents import plain
from tests.specs.faults import list_errors

SPECS = Path(__file__).parents[2] / "specs"
SOUND = [
    path
    for folder in ("tutorial", "layers", "models")
    for path in sorted((SPECS / folder).rglob("*.yaml"))
    if path.parent.name not in ("configs", "blocks")  # tables, and parts of models
]
REJECTED = sorted((SPECS / "reject").glob("*.yaml"))


@cache
def validator() -> Draft7Validator:
    return Draft7Validator(spec_schema())


def read_document(text: str) -> Document:
    return read_text(text, "model.yaml")


def read(path: Path) -> Any:
    """A file's values by the rules of YAML 1.2, which editors read by."""
    return plain(read_document(path.read_text()).root)


def list_faults(value: Any) -> list[str]:
    return [error.message for error in validator().iter_errors(value)]


def test_the_schema_is_one(shapecalc: Command) -> None:
    code, out, err = shapecalc("schema")
    assert (code, err) == (0, "")
    data = json.loads(out)
    Draft7Validator.check_schema(data)
    assert data["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert data["$id"] == "urn:shapecalc:spec:1"
    assert set(CATALOGUE) - data["definitions"].keys() == {"InputLayer", "Lambda"}


@pytest.mark.parametrize("path", SOUND, ids=lambda path: str(path.relative_to(SPECS)))
def test_every_sound_spec_is_valid(path: Path) -> None:
    assert list_faults(read(path)) == []
    assert list_faults(yaml.safe_load(path.read_text())) == []  # by the rules of YAML 1.1


UNSEEN = {
    "what is said elsewhere in the file": """
        ambiguous_name block_in_itself block_without_its_argument duplicate_name leads_nowhere normalized_width
        one_state_of_two part_of_a_parameter reference_below repeat_out_of_step reuse_of_nothing state_not_returned
        stateful_without_a_batch states_of_a_sequence unknown_name unknown_reference weight_without_a_batch
    """,
    "what an expression comes to": "half_a_unit if_on_a_shape",
    "another file": "file_missing file_outside",
    "a warning, and a schema has none": "deprecated_layer not_frozen",
    "a value that `--set` may give": "required_argument",
    "5.0, which JSON Schema counts as whole": "whole_number_with_a_fraction",
    "gone when the YAML is read": "comma_in_braces duplicate_key merge_key second_document tag",
}
"""The specs of `reject` in which a schema sees nothing, by what it would have to know."""
COMPUTED = ("SC4", "SC5")
"""Codes of shapes, counts and what is expected of them: a schema computes nothing."""


def test_the_faults_of_form_are_seen() -> None:
    unseen = {name for names in UNSEEN.values() for name in names.split()}
    seen = set()
    for path in REJECTED:
        document = read_document(path.read_text())
        code = path.with_suffix(".out").read_text().partition("[")[2]
        if document.root is None or list_faults(plain(document.root)):
            seen.add(path.stem)
        elif code.startswith(COMPUTED):
            unseen.add(path.stem)
    assert {path.stem for path in REJECTED} - seen == unseen, "a new spec that no schema can see stands in UNSEEN"
    assert len(seen) >= 60


@pytest.mark.parametrize(
    "text",
    [
        "layers: [Dense: {units: $n}]",
        "layers: [Dense: {units: '$n * 2', activation: '$act', use_bias: $flag}]",
        "layers: [Dense: {units: '${n}', activation: \"'relu' if $n != .5e1 and $k == 1. else 'a.b'\"}]",
        "layers: [Conv2D: {filters: 8, kernel_size: [$k, 3]}]",
        "layers: [Conv2D: {filters: '8', kernel_size: '(3, 3)', data_format: Channels_Last}]",
        "layers: [Residual: {filters: 3}]\nblocks: {Residual: {file: residual.yaml}}",
        "layers: [{Dense: {units: 3, name: a-b}, from: input, if: $deep, repeat: {f: [1, 2]}}, {reuse: dense}]",
        "layers: [{Attention: , from: x.*}, {Add: , from: 'x/*'}, {Dot: {axes: 1}, from: [a, b]}]",
        "layers: [TimeDistributed: {layer: {Dense: {units: 3, name: 9x}}}]",
        "layers: [Dense: {units: 3, kernel_initializer: {constant: {value: 1}}, bias_initializer: RandomNormal}]",
        "layers: [Bidirectional: {layer: {LSTM: {units: 3}}}]\nexpect: {params: '<= 5M', output: '(None, 3)'}",
        "layers: [LayerNormalization: {epsilon: 1e-5}]",
        "layers: [{ops.mean: {axis: 1}}, {Dropout: {rate: 0.5}, call: {training: false}}]",
    ],
)
def test_what_the_language_has_is_valid(text: str) -> None:
    assert list_faults(plain(read_document(f"input: [5, 1]\n{text}").root)) == []


def test_inputs_in_all_their_forms_are_valid() -> None:
    text = "inputs: {a: {shape: [T, null], dtype: int32}, b: '(None, 5)', c: {batch_shape: [2, B]}}\n"
    end = "layers: [{Flatten: , from: a}]\noutputs: {y: flatten.0}"
    assert list_faults(yaml.safe_load(text + end)) == []


@pytest.mark.parametrize(
    "text",
    [
        "layers: []",
        "layer: [Dense: {units: 3}]",
        "layers: [Dense: {unitz: 3}]",
        "layers: [Dense: {}]",
        "layers: [Dense]",
        "layers: [flatten]",
        "layers: [Lambda: {function: x}]",
        "layers: [InputLayer: {shape: [3]}]",
        "layers: [{Dense: {units: 3}, Flatten: }]",
        "layers: [{from: input}]",
        "layers: [Dense: {units: -3}]",
        "layers: [Dense: {units: '-3'}]",
        "layers: [Dense: {units: many}]",
        "layers: [Dense: {units: $n.real}]\nargs: {n: 3}",
        "layers: [Dense: {units: '$n if $n > 0 && $n else 3'}]\nargs: {n: 3}",
        "layers: [Dense: {units: '${n + 1}'}]\nargs: {n: 3}",
        "layers: [Dense: {units: 3, activation: rellu}]",
        "layers: [Dense: {units: 3, kernel_initializer: {zeros: {gain: 1}}}]",
        "layers: [Dense: {units: 3, kernel_regularizer: {l2: 0}}]",
        "layers: [Dense: {units: 3, kernel_initializer: {zeros: false}}]",
        "layers: [Dense: {units: 3, name: input}]",
        "layers: [Conv2D: {filters: 8, kernel_size: [3, 3, 3]}]",
        "layers: [TimeDistributed: {layer: {Dense: {unitz: 3}}}]",
        "layers: [TimeDistributed: {layer: {dense: {units: 3}}}]",
        "layers: [MultiHeadAttention: {num_heads: 2, key_dim: 2}]",
        "layers: [{MultiHeadAttention: {num_heads: 2, key_dim: 2}, from: {query: input}}]",
        "layers: [{Dense: {units: 3}, from: {input: input}}]",
        "layers: [{Weight: {shape: [3]}, from: input}]",
        "layers: [Dense: {units: 3}]\nexpect: {parms: 3}",
        "layers: [B]\nblocks: {B: {layers: [Dense: {units: 0}]}}",
        "layers: [ops.nothing]\nblocks: {B: {layers: [Flatten]}}",
        "layers: [{Dense: {units: 3}, repeat: [3]}]",
        "layers: [Dense: {units: 3}]\ninputs: {a: [3]}",
        "layers: [Dense: {units: 3}]\nbatch_size: '5'",
    ],
)
def test_faults_are_refused_by_schema_and_parser(text: str) -> None:
    text = f"input: [5, 1]\n{text}"
    assert list_faults(plain(read_document(text).root)) != []
    assert list_errors(text) != []


@pytest.mark.parametrize(
    "shape", ["(28, 28, 1)", "28x28", "{shape: '(28, 28)'}", "[28, '28']", "[..., 3]", "{dtype: int32}"]
)
def test_faults_of_inputs_are_refused_by_schema_and_parser(shape: str) -> None:
    text = f"input: {shape}\nlayers: [Flatten]"
    assert list_faults(plain(read_document(text).root)) != []
    assert list_errors(text) != []
