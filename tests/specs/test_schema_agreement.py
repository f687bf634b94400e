"""The JSON Schema and the parser agree on specs that were changed at random, one place each.

What the schema refuses, the parser refuses. What the parser refuses for its form, the schema refuses, but for what
stands elsewhere in the file: names of blocks, and what arguments they have.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from shapecalc.diagnostics import Fault
from shapecalc.document.read import read
from shapecalc.render.spec_schema import spec_schema
from tests.document.documents import plain
from tests.first_hour.cases import FOLDER, cases
from tests.robust.fuzz.documents import generate_spec, list_specs, mutate
from tests.specs.faults import list_errors

SPECS = Path(__file__).parents[2] / "specs"
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, 2, -1, 3, 0.5, 1.5, 10**19, 100_001,
    "", "x", "same", "5", "-3", "0", "1_0", "1e-5", "inf", "yes", "T", "$n", "$n + 1",
    "(3, 3)", "(None, 5, 1)", "(None)",
    "relu", "Dense", "Danse", "dense", "input", "prev", "lstm.*", "float16", "float3", "required", "glorot_uniform",
    [], [1], [2, 3], [1, None], ["a", "b"], [[1, 2], [3, 4]],
    {}, {"a": 1}, {"zeros": None}, {"l2": 0}, {"Dense": {"units": 3}}, {"reuse": "dense"},
)  # fmt: skip
KEYS = (
    "name", "description", "units", "from", "call", "if", "repeat", "reuse", "dtype", "trainable", "input", "inputs",
    "layers", "expect", "args", "blocks", "outputs", "batch_size", "shape", "params", "output", "activation",
    "training", "Dense", "LSTM", "Flatten", "Danse", "Lambda", "ops.mean", "ops.nothing",
)  # fmt: skip
OF_FORM = ("SC108", "SC109", "SC201", "SC202", "SC309")
"""Codes of form, where a file has no blocks and no layer is reused: any name may be that of a block, and a call's
arguments are those of the layer.
"""


@cache
def validator() -> Draft7Validator:
    return Draft7Validator(spec_schema())


@cache
def list_models() -> list[Any]:
    """The values of small specs that are in one file."""
    paths = [path for folder in ("tutorial", "layers", "models") for path in sorted((SPECS / folder).glob("*.yaml"))]
    texts = [path.read_text() for path in paths if path.stat().st_size < 1_500]
    return [plain(read(text, "model.yaml").root) for text in texts if "file:" not in text]


def list_places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all values within a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from list_places(item, (*path, key))


def change(model: Any, chance: random.Random) -> Any:
    """The model with one value changed, taken away, added, renamed or wrapped."""
    model = copy.deepcopy(model)
    *path, key = chance.choice(list(list_places(model)))
    parent = model
    for step in path:
        parent = parent[step]
    value, name = copy.deepcopy(chance.choice(VALUES)), chance.choice(KEYS)
    way = chance.choice(("put", "put", "put", "take", "add", "rename", "wrap"))
    if way == "put":
        parent[key] = value
    elif way == "take":
        del parent[key]
    elif way == "wrap" or isinstance(parent, list):
        parent[key] = chance.choice(([parent[key]], {name: parent[key]}))
    else:
        parent[name] = value if way == "add" else parent.pop(key)
    return model


def find_disagreements(seed: int, count: int) -> list[str]:
    """Changed models on which schema and parser disagree, with what the parser says."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        model = change(chance.choice(list_models()), chance)
        text = json.dumps(model)
        errors = list_errors(text)
        form = OF_FORM if "blocks" not in model and '"reuse"' not in text else ("SC309",)
        if validator().is_valid(model):
            of_form = [error.message for error in errors if error.code in form]
            found += [f"the parser alone refuses {text}: {message}" for message in of_form]
        elif not errors:
            found.append(f"the schema alone refuses {text}")
    return found


def is_built(model: Any) -> bool:
    """Whether every entry of a model is built: no block without a use, nothing under an `if`, no repeat of nothing."""
    return not (isinstance(model, dict) and model.keys() & {"blocks"}) and not any(
        path[-1] in ("if", "repeat") for path in list_places(model)
    )


@pytest.mark.parametrize("first", range(0, 600, 100))
def test_what_the_schema_refuses_of_any_document_the_parser_refuses(first: int) -> None:
    for seed in range(first, first + 100):
        chance = random.Random(seed)
        text = generate_spec(chance) if seed % 2 else mutate(chance, chance.choice(list_specs()))
        try:
            model = plain(read(text, "model.yaml").root)
        except Fault:
            continue
        if is_built(model) and not validator().is_valid(model):
            assert list_errors(text), text


@pytest.mark.parametrize("file", ["entries.txt", "forms.txt", "names.txt", "notations.txt", "signs.txt", "wiring.txt"])
def test_what_new_users_write_is_judged_alike(file: str) -> None:
    """Specs with a mistake, and the same after the help was typed."""
    for case in cases(FOLDER / file):
        for text in filter(None, (case.spec, case.typed)):
            try:
                model = plain(read(text, "model.yaml").root)
            except Fault:
                continue
            assert validator().is_valid(model) or list_errors(text), case.title


@pytest.mark.parametrize("seed", range(10))
def test_schema_and_parser_agree(seed: int) -> None:
    assert find_disagreements(seed, 60) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_schema_and_parser_agree_at_length(seed: int) -> None:
    assert find_disagreements(seed, 1_000) == []
