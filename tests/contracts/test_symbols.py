"""Rules on sizes that are no numbers: each takes symbols and unknowns, and says of them what it says of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import is_unknown, unknown
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Inferred
from tests.contracts.feeds import (
    TYPES,
    Call,
    assumptions,
    bound_call,
    example_call,
    golden_calls,
    map_sizes,
    numbers,
    symbolic,
)
from tests.specs.analysed import said_of

NEEDS_NUMBERS = {"ops.unstack": "SC403: how many outputs there are must be known, by the axis or by `num`"}
"""Types that refuse symbols, and why; Keras refuses them unknown sizes too."""

CLAMPS = {"ops.get_item"}
"""Types that also take sizes at which their assumptions fail: a slice that ends beyond its axis ends with it."""

FEW = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@cache
def calls(name: str) -> tuple[Call, ...]:
    """The worked example of a type, and the recorded cases; all of them infer with symbols."""
    found = (example_call(name), *golden_calls(name))
    return tuple(call for call in found if name not in NEEDS_NUMBERS or not refused(symbolic(call)[0]))


def refused(call: Call) -> ShapeError | None:
    try:
        infer(*call)
    except ShapeError as error:
        return error
    return None


@pytest.mark.parametrize("name", TYPES)
def test_a_rule_takes_a_symbol_for_every_size(name: str) -> None:
    error = refused(symbolic(example_call(name))[0])
    said = NEEDS_NUMBERS.get(name)
    assert (error and error.code) == (said and said[:5])
    for call in golden_calls(name) if said is None else ():
        infer(*symbolic(call)[0])


@pytest.mark.parametrize("name", TYPES)
def test_a_rule_takes_an_unknown_for_every_size(name: str) -> None:
    """Refused is only what cannot be: a weight, a state or a number of outputs of unknown size."""
    call = example_call(name)
    sound = infer(*call)
    blind = Call(call.layer, map_sizes(call.feed, lambda size, axis: 1 if size == 1 else unknown()))
    error = refused(blind)
    if error is not None:
        assert error.code == "SC403"
        assert error.help
        assert any(True for _ in sound.all_weights()) or name in NEEDS_NUMBERS
        return
    found = infer(*blind)
    assert [len(one.shape) for one in found.outputs.values()] == [len(one.shape) for one in sound.outputs.values()]
    for _, weight in found.all_weights():
        assert not any(is_unknown(size) for size in weight.shape if not isinstance(size, int))


@pytest.mark.parametrize("name", TYPES)
def test_binding_before_and_after_is_the_same_for_every_recorded_case(name: str) -> None:
    for call in calls(name):
        named, values = symbolic(call)
        assert agrees(infer(*named), bound_call(named, values), values, name in CLAMPS) or name in CLAMPS


@pytest.mark.parametrize("name", TYPES)
@FEW
@given(data=st.data())
def test_binding_before_and_after_is_the_same_for_other_sizes(name: str, data: st.DataObject) -> None:
    """Sizes that were equal stay so in one half of the tries, so that what must be equal often is."""
    if not calls(name):
        assert name in NEEDS_NUMBERS
        return
    named, values = symbolic(data.draw(st.sampled_from(calls(name))))
    size = st.integers(2, 14)
    if data.draw(st.booleans()):
        images = {old: data.draw(size) for old in sorted(set(values.values()))}
        values = {label: images[old] for label, old in values.items()}
    else:
        values = {label: data.draw(size) for label in values}
    agrees(infer(*named), bound_call(named, values), values, name in CLAMPS)


def agrees(stated: Inferred, call: Call, values: Mapping[str, int], clamps: bool) -> bool:
    """Asserts that numbers are taken where all assumptions hold, refused elsewhere, and come to what was stated."""
    hold = all(one.holds(values) for one in assumptions(stated))
    error = refused(call)
    if hold or clamps:
        assert error is None or not hold, error
        assert not hold or numbers(infer(*call), values) == numbers(stated, values)
    else:
        assert error is not None, [str(one) for one in assumptions(stated)]
    return hold


@pytest.mark.parametrize(
    "wrapper",
    [
        "SpectralNormalization: {layer: {Conv1D: {filters: 2, kernel_size: 4}}}",
        "TimeDistributed: {layer: {Conv1D: {filters: 2, kernel_size: 4}}}",
    ],
)
def test_a_wrapper_tells_what_the_layer_within_assumes(wrapper: str) -> None:
    input = "[9, H, 3]" if wrapper.startswith("Time") else "[H, 3]"
    said = said_of(f"input: {input}\nlayers:\n  - {wrapper}\n")
    assert [line.split(" | ")[0].rpartition(": ")[2] for line in said] == ["assumes H >= 4"]
