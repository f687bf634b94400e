"""What is made from the catalogue knows every type and every argument: pages, the JSON Schema, completions."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft7Validator

from shapecalc.analysis.examples import find_example
from shapecalc.cli.completing.candidates import list_answers
from shapecalc.cli.main import cli
from shapecalc.diagnostics.errors import Refusal
from shapecalc.layers.arguments.argument import Arg
from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.arguments.numbers import CountKind, NumberKind, SizeKind
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import ALIASES, CATALOGUE, find
from shapecalc.render.catalogue import summary_of
from shapecalc.render.spec_schema import spec_schema
from tests.cli.conftest import Command
from tests.contracts.feeds import TYPES
from tests.contracts.signatures import OF_KERAS_1, SIGNATURES, has_keras_page


@cache
def schema() -> dict[str, Any]:
    return spec_schema()


def found(name: str) -> type[Layer]:
    layer_type = find(name)
    assert layer_type is not None
    return layer_type


@pytest.mark.parametrize("name", CATALOGUE)
def test_it_is_documented(name: str) -> None:
    layer_type = found(name)
    assert layer_type.type_name == name
    assert summary_of(layer_type).endswith(".")
    assert len(summary_of(layer_type)) > 6
    assert has_keras_page(layer_type) == (name in SIGNATURES or name == OF_KERAS_1)
    undocumented = [one for one, argument in layer_type.args.items() if not argument.doc.endswith((".", "!"))]
    assert undocumented == []


@pytest.mark.parametrize("name", CATALOGUE)
def test_its_page_shows_every_argument(name: str, shapecalc: Command) -> None:
    (page,) = json.loads(shapecalc("layers", name, "--output-format", "json").out)["layers"]
    assert [one["name"] for one in page["arguments"]] == list(found(name).args)
    markdown = shapecalc("layers", name, "--output-format", "markdown").out.replace("\\", "")
    text = shapecalc("layers", name).out
    for argument in found(name).args:
        assert f"| {argument} | " in markdown
        assert re.search(rf"^  {argument} ", text, re.MULTILINE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_schema_knows_every_argument(name: str) -> None:
    definitions = schema()["definitions"]
    offered = definitions["entry"]["anyOf"][-1]["properties"]
    if name in ("InputLayer", "Lambda"):  # refused in every spec
        assert name not in definitions
        assert name not in offered
        return
    definition = definitions[name]
    arguments = {one: argument for one, argument in found(name).args.items() if not argument.call}
    assert definition["title"] == name
    assert definition["description"] == summary_of(found(name)) or found(name).deprecated
    assert set(definition["then"]["properties"]) == {"name", *arguments}
    assert set(definition["else"]["propertyNames"]["enum"]) == {"name", *arguments}
    assert set(definition.get("required", ())) == {one for one, argument in arguments.items() if argument.required}
    assert definition["then"]["additionalProperties"] is False
    assert offered[name] == {"$ref": f"#/definitions/{name}"}


SAMPLES: tuple[Any, ...] = (
    *range(-3, 4), 0.5, -0.5, 1.5, True, False, None, 10**18, 10**19, 1e300, float("inf"),
    [], [1], [0, 1], [1, 2], [1, 1, 1], [-1, 1], [[0, 1], [1, 1]], ["1", "-1"], ["(1, 2)", [1, 1]], [None], [None, 2],
    "5", "+5", " 5 ", "-5", "0", "-0", "-1", "1_0", "1__0", "_1", "1e3", "1e-5", ".5", "5.", "1.5", "inf", "-Infinity",
    "nan", "0x10", "\uff15", "(5)", "(3, 3)", "(3,)", "((1, 2), (3, 4))", "(None, 3)", "(None)", "(true)", "()", "(",
    "None", "true", "", "x", "SAME", "Same", "channels_first", "CHANNELS_LAST", "relu", "float16", "Zeros", "zero",
    "glorot_uniform", "GlorotUniform", "constant", "l2", "L2", "max_norm", {"zeros": None}, {"Constant": {"value": 1}},
    {"constant": {}}, {"l2": {"l2": 0.1}}, {"L1L2": None}, {"MaxNorm": {"axis": 0}}, {}, {"a": 1},
)  # fmt: skip
"""Values around the bounds of numbers and of lists of numbers, texts that are read as values, and names."""


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_schema_admits_what_is_read(name: str) -> None:
    """An editor must not mark what `check` reads; of numbers, it marks what `check` refuses too."""
    definitions = {"$schema": schema()["$schema"], "definitions": schema()["definitions"]}
    if name not in definitions["definitions"]:
        return
    for argument_name, argument in found(name).args.items():
        if argument.call or isinstance(argument.kind, (LayerKind, LayersKind)):
            continue
        reference = {"allOf": [{"$ref": f"#/definitions/{name}/then/properties/{argument_name}"}], **definitions}
        validator = Draft7Validator(reference)
        for value in SAMPLES:
            is_read, is_valid = reads(argument, value, found(name)), validator.is_valid(value)
            assert is_valid or not is_read, f"{argument_name}: {value}"
            if (type(value) is int or value == 0.5) and isinstance(argument.kind, (SizeKind, CountKind, NumberKind)):
                assert is_valid == is_read, f"{argument_name}: {value}"


def reads(argument: Arg[Any], value: Any, owner: type[Layer]) -> bool:
    """Whether an argument takes a value."""
    try:
        argument.read(value, owner)
    except Refusal:
        return False
    return True


@pytest.mark.parametrize("name", TYPES)
def test_the_markdown_page_shows_the_example_and_what_it_gives(name: str, shapecalc: Command) -> None:
    markdown = shapecalc("layers", name, "--output-format", "markdown").out
    shown = find_example(name)
    assert shown is not None
    assert f"```yaml\n{shown.text.rstrip()}\n```\n" in markdown
    (row, *_) = (row for row in shown.report.rows if row.type == name)
    shapes = ", ".join(map(str, row.shapes))
    shapes = f"[{shapes}]" if len(row.shapes) > 1 else shapes
    assert f"- {row.name}: {shapes}, {row.params} params" in markdown.replace("\\", "")


@pytest.mark.parametrize("name", TYPES)
def test_the_page_derives_the_numbers_of_the_example(name: str, shapecalc: Command) -> None:
    (page,) = json.loads(shapecalc("layers", name, "--output-format", "json").out)["layers"]
    shown = find_example(name)
    assert shown is not None
    assert page["example"] == shown.text
    (row, *_) = (one for one in shown.report.rows if one.type == name)
    assert len(page["outputs"]) == len(row.shapes)
    assert len(page["weights"]) == len(list(row.inferred.all_weights()))
    assert (page["params"] == "0") == (row.params == 0)
    assert (page["macs"] == "0") == (row.macs == 0)


def test_completions_know_every_type() -> None:
    offered = list_answers(cli, ["layers"], "").candidates
    assert [candidate.value for candidate in offered] == [*CATALOGUE, *ALIASES]
    assert all(candidate.help.endswith(".") for candidate in offered)
    assert [candidate.value for candidate in list_answers(cli, ["layers"], "ops.im").candidates] == ["ops.image.resize"]
