"""The worked example of every type: clean, as expected, and computed as inferred; and broken rules are found out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.examples import Example, find_example, find_refusal
from shapecalc.analysis.expect import check_expectations
from shapecalc.analysis.verify import Run, run_model, sample_inputs
from shapecalc.analysis.warnings import list_warnings
from shapecalc.dims import Shape
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Inferred, Weight
from shapecalc.model.load import Library
from tests.contracts.feeds import TYPES, calls_in, example_call
from tests.specs.analysed import said_of

DEPRECATED = {"TimeDistributedDense": ["SC209"]}


@cache
def shown(name: str) -> Example:
    found = find_example(name)
    assert found is not None, f"specs/layers/{name}.yaml is missing"
    return found


def forward(name: str) -> Run:
    """A forward pass of the example, analysed anew."""
    report = analyse(Library().parse(shown(name).text, f"{name}.yaml"))
    return run_model(report, sample_inputs(report, "random"))


@pytest.mark.parametrize("name", TYPES)
def test_it_is_clean_and_meets_its_expectations(name: str) -> None:
    report = shown(name).report
    found = dict.fromkeys(report.diagnostics + check_expectations(report) + list_warnings(report))
    assert [one.code for one in found] == DEPRECATED.get(name, []), [one.sentence for one in found]
    assert report.walk is not None
    assert name in {call.layer.type_name for call in calls_in(report.walk)}


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name != "Lambda"])
def test_it_says_what_it_shows_and_what_comes_of_it(name: str) -> None:
    spec = shown(name).report.spec
    assert spec.description.endswith(".")
    assert len(spec.description) <= 125
    expected = spec.expect
    assert expected is not None
    assert "params" in expected.fields  # type: ignore[union-attr]
    assert {"output", "outputs"} & set(expected.fields)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", TYPES)
def test_a_rule_states_anew_what_it_is_asked(name: str) -> None:
    """What a rule gives is filled in where it stands, so it must be nobody else's: not a call's within either."""
    layer, feed = example_call(name)
    once, again = layer.rule(layer, *feed), layer.rule(layer, *feed)
    assert once is not again
    assert all(once is not part.inferred for part in once.inner)
    settled = infer(layer, feed)
    assert layer.rule(layer, *feed) is not settled


@pytest.mark.parametrize("name", TYPES)
def test_the_forward_computes_what_the_rule_states(name: str) -> None:
    run = forward(name)
    assert run.diagnostics == []
    assert run.agrees
    assert all(np.isfinite(array).all() for array in run.outputs.values() if array.dtype.kind == "f")


def states(monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[Inferred], Inferred]) -> None:
    """Makes the rule of a type say something else."""
    layer_type = find(name)
    assert layer_type is not None
    sound = layer_type.rule
    monkeypatch.setattr(layer_type, "rule", staticmethod(lambda cfg, *feed: change(sound(cfg, *feed))))


@pytest.mark.parametrize("name", TYPES)
def test_a_weight_too_many_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(sound: Inferred) -> Inferred:
        more = Weight("one_too_many", (1,))
        return Inferred(sound.outputs, (*sound.weights, more), sound.macs, sound.inner)

    states(monkeypatch, name, change)
    found = forward(name).diagnostics
    assert {one.code for one in found} == {"SC502"}
    assert all(" parameters, allocated " in one.message for one in found)


@pytest.mark.parametrize("name", ["Activation", "Conv1D", "Dense", "Flatten", "LSTM", "Resizing", "ops.cumsum"])
def test_a_wrong_size_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(sound: Inferred) -> Inferred:
        shape = sound.output.shape
        wrong = sound.output._replace(shape=Shape((*shape[:-1], shape[-1] + 1)))
        return Inferred({**sound.outputs, "output": wrong}, sound.weights, sound.macs, sound.inner)

    states(monkeypatch, name, change)
    assert "SC502" in {one.code for one in forward(name).diagnostics}


def test_what_no_spec_may_use_says_why() -> None:
    assert set(CATALOGUE) - set(TYPES) == {"InputLayer", "Lambda"}
    refused = find_refusal(find("Lambda"))  # type: ignore[arg-type]
    assert refused is not None
    assert refused.code == "SC212"
    assert said_of("input: [3]\nlayers:\n  - InputLayer: {shape: [10, 4]}\n  - Dense: {units: 3}\n") == [
        "3:5 SC206 input_layer: is no entry: a model's input stands above its layers | "
        "write `input: [10, 4]` above `layers`, or several inputs under `inputs`"
    ]


def test_a_name_that_is_no_type_has_no_example() -> None:
    assert find_example("Lambda") is None
    assert find_example("../tutorial/many_to_many") is None
