"""Every example of the language reference is a spec that is clean, meets its expectations, and runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shapecalc.analysis.verify import run_model, sample_inputs
from shapecalc.expressions.arithmetic import FUNCTIONS
from shapecalc.layers.catalogue import ALIASES, CATALOGUE
from shapecalc.model.references import WIRING
from shapecalc.model.spec import BLOCK_KEYS, MODEL_KEYS
from tests.specs.analysed import clean

SPECS = Path(__file__).parents[2] / "specs"
TEXT = (SPECS / "README.md").read_text("utf-8")
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
EXAMPLES = [text for _, text in FENCES]


def test_every_example_is_a_whole_spec() -> None:
    assert len(EXAMPLES) == 13
    assert {language for language, _ in FENCES} == {"yaml"}
    for text in EXAMPLES:
        assert re.search(r"^inputs?:", text, re.MULTILINE)
        assert re.search(r"^expect:", text, re.MULTILINE)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_does_what_it_says(number: int) -> None:
    report = clean(EXAMPLES[number])
    run = run_model(report, sample_inputs(report, "random"))
    assert run.diagnostics == []
    assert run.agrees


def test_every_key_has_its_place() -> None:
    keys = TEXT[TEXT.index("## Keys") : TEXT.index("## Entries")]
    assert all(f"`{key}`" in keys for key in MODEL_KEYS)
    assert set(MODEL_KEYS) - set(BLOCK_KEYS) == {"batch_size", "expect"}
    entries = TEXT[TEXT.index("## Entries") : TEXT.index("## References")]
    assert all(f"`{key}`" in entries for key in WIRING)


def test_every_function_of_expressions_is_named() -> None:
    assert f"`{' '.join(FUNCTIONS)}`" in TEXT


def test_the_types_it_names_exist() -> None:
    named = set(re.findall(r"`([A-Z][a-z]*[A-Z][A-Za-z0-9]*)`", TEXT))
    assert named >= {"LSTM", "TimeDistributed", "LSTMCell", "StackedRNNCells"}
    assert named - {"NAME", "NEW"} <= {*CATALOGUE, *ALIASES}


def test_the_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (SPECS / link).exists()
