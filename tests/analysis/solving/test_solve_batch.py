"""The largest batch, and values that must be multiples."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.measured import examine
from shapecalc.analysis.memory import Memory
from shapecalc.model.load import Library
from shapecalc.training.peak import Training
from tests.analysis.solving.test_solve import EIGHTS, RECURRENT, STEPS, ask, fault

NETWORK = """
args: {units: 64}
input: [28, 28, 1]
layers:
  - Conv2D: {filters: 8, kernel_size: 3, activation: relu}
  - MaxPooling2D
  - Flatten
  - Dense: {units: $units}
"""


def needed(text: str, batch: int, training: Training | None, units: int = 64) -> int:
    report, _ = examine(Library().parse(text, "model.yaml"), {"units": units}, batch)
    return max(size for size in Memory(report, training).needed if isinstance(size, int))


@pytest.mark.parametrize("training", [None, Training("sgd"), Training("adam")])
@pytest.mark.parametrize("units", [1, 64])
def test_the_largest_batch(training: Training | None, units: int) -> None:
    found = ask(NETWORK, "batch", memory=10**8, training=training, values={"units": units})
    assert found.method == "formula"
    assert needed(NETWORK, found.value, training, units) <= 10**8 < needed(NETWORK, found.value + 1, training, units)
    assert found.next == found.value + 1


def test_a_batch_that_has_a_name() -> None:
    named = "batch_size: B\n" + NETWORK
    assert ask(named, "B", memory=10**8).value == ask(named, "batch", memory=10**8).value
    assert ask(NETWORK, "batch", memory=10**8).value == ask("batch_size: 4\n" + NETWORK, "batch", memory=10**8).value


def test_an_argument_or_a_size_called_batch_is_that() -> None:
    text = "args: {batch: 2}\ninput: [5]\nlayers: [{Dense: {units: $batch}}]\n"
    assert ask(text, "batch", params=60).value == 10
    assert ask("input: [batch]\nlayers: [{Dense: {units: 2}}]\n", "batch", params=60).value == 29


@pytest.mark.parametrize(
    ("first", "message", "help"),
    [
        (
            "2",
            "the inputs fix the batch size at 2",
            "write `null` in place of it in `batch_shape`, or a name such as `B`",
        ),
        ("N", "the inputs call the batch size `N`", "write `--for N`"),
    ],
)
def test_a_batch_that_inputs_say(first: str, message: str, help: str) -> None:
    text = f"input: {{batch_shape: [{first}, 5]}}\nlayers: [{{Dense: {{units: 2}}}}]\n"
    assert fault(text, "batch", memory=10**6) == [("SC507", message)]


def test_an_open_batch_shape_is_the_batch() -> None:
    text = "input: {batch_shape: [null, 5]}\nlayers: [{Dense: {units: 2}}]\n"
    assert ask(text, "batch", memory=48 + 28 * 100).value == 100


def test_no_batch_is_the_largest_or_small_enough() -> None:
    assert fault(NETWORK, "batch", params=10**6) == [
        ("SC507", "`batch` has no largest value: whatever it is, the limit on params is kept")
    ]
    assert fault(NETWORK, "batch", memory=10**3, least=0) == [("SC507", "no `batch` from 1 on has memory <= 1,000")]


def test_a_multiple_from_a_formula() -> None:
    found = ask(RECURRENT, "units", params=10**6, step=64)
    assert (found.value, found.next, found.method) == (256, 320, "formula")
    assert ask(RECURRENT, "units", params=10**6, step=64, most=255).value == 192
    assert ask(RECURRENT, "units", params=10**6, step=64, most=300).next is None
    assert ask(RECURRENT, "units", params=10**6, step=287).value == 287
    assert ask(EIGHTS, "width", params=100, step=12).value == 120


def test_a_multiple_by_inference() -> None:
    assert ask(RECURRENT, "depth", params=10**6, step=8).value == 24
    found = ask(STEPS, "width", params=1000, step=6)
    assert (found.value, found.next) == (162, 168)  # rounded to 160 units and to 168


def test_no_multiple_fits() -> None:
    message = "no `units` from 1 on that is a multiple of 500 has params <= 1,000,000"
    assert fault(RECURRENT, "units", params=10**6, step=500) == [("SC507", message)]


@settings(max_examples=60)
@given(
    st.sampled_from([(RECURRENT, "units"), (RECURRENT, "depth"), (STEPS, "width"), (EIGHTS, "width")]),
    st.integers(1, 70),
    st.integers(1, 100),
    st.integers(60, 40_000),
)
def test_a_multiple_is_that_of_trying_all(case: tuple[str, str], step: int, most: int, limit: int) -> None:
    text, name = case
    fitting = []
    for value in range(step, most + 1, step):
        report, _ = examine(
            Library().parse(text, "model.yaml"), {"units": 9, name: value} if name == "depth" else {name: value}, None
        )
        if report.ok and isinstance(report.params, int) and report.params <= limit:
            fitting.append(value)
    more = {"values": {"units": 9}} if name == "depth" else {}
    if fitting:
        assert ask(text, name, params=limit, step=step, most=most, **more).value == max(fitting)
    else:
        assert fault(text, name, params=limit, step=step, most=most, **more)[0][0] in (
            "SC507",
            "SC401",
            "SC201",
            "SC204",
        )
