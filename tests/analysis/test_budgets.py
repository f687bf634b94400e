"""Budgets: when one is exceeded, what is said of it, and which layers are named."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.budgets import Base, Budget, check_budgets, shorten_count
from shapecalc.analysis.memory import Memory
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Diagnostic
from shapecalc.dims import bind, symbols
from shapecalc.model.load import Library
from shapecalc.training.peak import Training
from tests.specs.analysed import report_of

ENCODER = """\
input: [8]
blocks:
  Ffn:
    inputs: [x]
    layers:
      - Dense: {units: 16, name: up}
      - Dense: {units: 8, name: down}
layers:
  - Ffn:
    repeat: 3
  - Dense: {units: 2, name: head}
"""
"""Three rounds of 144 + 136 parameters, and a head of 18: 858."""


def budget(name: str, limit: int, **more: Any) -> Budget:
    return Budget(name, Fraction(limit), f"{limit:,}", "models/*", **more)


def excess(text: str, name: str, limit: int, base: Base | None = None, **more: Any) -> Diagnostic | None:
    """The finding for one budget of a model."""
    found = check_budgets(report_of(text), [budget(name, limit, **more)], None if base is None else lambda: base)
    assert len(found) < 2
    return found[0] if found else None


def read_total(report: Report, name: str, batch: int = 1) -> int:
    """A quantity by the ways of other commands."""
    memory = Memory(report, Training("adam") if name == "max-training" else None, batch)
    total = {
        "max-params": report.params,
        "max-macs": report.macs,
        "max-weights": report.weights_bytes,
        "max-memory": memory.needed[0],
        "max-training": memory.needed[0],
    }[name]
    assert isinstance(total, int)
    return total


@pytest.mark.parametrize("name", ["max-params", "max-macs", "max-weights", "max-memory", "max-training"])
@pytest.mark.parametrize("batch", [1, 32])
def test_a_budget_is_the_most_that_is_allowed(name: str, batch: int) -> None:
    total = read_total(report_of(ENCODER), name, batch)
    assert excess(ENCODER, name, total, batch=batch) is None
    assert excess(ENCODER, name, total - 1, batch=batch) is not None


def test_what_is_said() -> None:
    finding = excess(ENCODER, "max-params", 800)
    assert finding is not None
    assert (finding.code, finding.severity) == ("SC512", "error")
    assert finding.message == "858 params: 58 (7.2%) over the budget of 800"
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (8, 1)
    assert finding.notes == ("ffn/*/up x 3: 432, 50.3%", "ffn/*/down x 3: 408, 47.6%", "head: 18, 2.1%")
    assert [(label.span.line, label.text) for label in finding.labels] == [(6, "the most: 432")]
    assert finding.help == (
        "`shapecalc explain model.yaml ffn/0/up` shows where the most comes from; "
        "or raise `max-params` of `models/*` in the settings"
    )


@pytest.mark.parametrize(
    ("name", "limit", "more", "message"),
    [
        ("max-macs", 700, {}, "784 MACs: 84 (12.0%) over the budget of 700"),
        ("max-weights", 1024, {}, "3.4 KiB of weights: 2.4 KiB (235.2%) over the budget of 1,024"),
        ("max-memory", 10, {}, "3.5 KiB of memory at batch 1: 3.5 KiB over the budget of 10"),
        ("max-memory", 10, {"batch": 64}, "11.4 KiB of memory at batch 64: 11.3 KiB over the budget of 10"),
        (
            "max-training",
            1,
            {"batch": 4, "optimizer": "sgd"},
            "8.0 KiB of memory in training with sgd at batch 4: 8.0 KiB over the budget of 1",
        ),
        ("max-params", 0, {}, "858 params: 858 over the budget of 0"),
    ],
)
def test_the_message_says_what_was_counted(name: str, limit: int, more: dict[str, Any], message: str) -> None:
    finding = excess(ENCODER, name, limit, **more)
    assert finding is not None
    assert finding.message == message


def test_a_batch_size_of_the_models_own_is_the_one_that_counts() -> None:
    own = ENCODER.replace("input: [8]", "input: {batch_shape: [4, 8]}")
    finding = excess(own, "max-memory", 10, batch=64)
    assert finding is not None
    assert " at batch 4: " in finding.message
    named = "batch_size: B\n" + ENCODER
    for text in (named, ENCODER):
        finding = excess(text, "max-memory", 10, batch=64)
        assert finding is not None
        assert " at batch 64: " in finding.message


def test_the_parts_of_what_adds_up_add_up() -> None:
    for name in ("max-params", "max-macs", "max-weights"):
        assert sum(list_shares(name)) == pytest.approx(100, abs=0.3), name
    # In training the outputs that are not kept, and what the update takes, are no layer's.
    assert 50 < sum(list_shares("max-training")) < 100


def list_shares(name: str) -> list[float]:
    """What parts of the encoder take of a budget, as per cent."""
    finding = excess(ENCODER, name, 1, batch=3)
    assert finding is not None
    return [float(note.partition("%")[0].rpartition(" ")[2]) for note in finding.notes]


def test_memory_at_once_is_of_all_weights_and_of_one_round() -> None:
    finding = excess(ENCODER, "max-memory", 1, Base("main", report_of(BEFORE)), batch=10)
    assert finding is not None
    assert finding.notes == (
        "3.5 KiB at main (+1.1 KiB)",
        "ffn/*/up x 3: 1.7 KiB of weights, 640 B of activations each; 1.8 KiB at main (+576 B)",
        "ffn/*/down x 3: 1.6 KiB of weights, 320 B of activations each; 1.4 KiB at main (+544 B)",
        "input: 320 B of activations; the same at main",
        "head: 72 B of weights, 80 B of activations; the same as top at main",
    )
    finding = excess(ENCODER, "max-memory", 1, Base("main", report_of(ENCODER)), batch=10)
    assert finding is not None
    assert finding.notes[0] == "as much at main"


def test_a_shared_layer_has_its_weights_once() -> None:
    shared = "input: [8]\nlayers:\n  - Dense: {units: 8, name: d}\n  - {reuse: d}\n  - {reuse: d}\n"
    finding = excess(shared, "max-params", 1)
    assert finding is not None
    assert finding.notes == ("d: 72, 100.0%",)
    block = "input: [8]\nblocks: {B: {inputs: [x], layers: [{Dense: {units: 8, name: d}}]}}\n"
    finding = excess(block + "layers:\n  - B: {name: b}\n  - {reuse: b}\n", "max-params", 1)
    assert finding is not None
    assert finding.notes == ("b/d: 72, 100.0%",)


def test_a_formula_needs_numbers_for_its_sizes() -> None:
    text = "input: [T, 4]\nlayers: [{Dense: {units: 3}}]\n"
    finding = excess(text, "max-macs", 100)
    assert finding is not None
    assert finding.message == "MACs cannot be held to the budget of 100: 12*T is no number"
    assert finding.help == "say how large they may be: `set = {T = 128}` beside `max-macs`"
    assert excess(text, "max-macs", 100, sizes=(("T", 8), ("U", 3))) is None
    finding = excess(text, "max-macs", 100, sizes=(("T", 9),))
    assert finding is not None
    assert finding.message == "108 MACs: 8 (8.0%) over the budget of 100"
    assert excess(text, "max-params", 15) is None


def test_an_axis_of_unknown_length_has_no_number() -> None:
    text = "input: [null, 4]\nlayers: [{Dense: {units: 3}}]\n"
    finding = excess(text, "max-macs", 100)
    assert finding is not None
    assert finding.message == "MACs cannot be held to the budget of 100: an axis has no known length"
    assert finding.help == (
        "give it a number, or a name such as `T` in the input and `set = {T = 128}` beside the budget"
    )
    finding = excess(text, "max-memory", 100, batch=8)
    assert finding is not None
    assert finding.message == "memory at batch 8 cannot be held to the budget of 100: an axis has no known length"


BEFORE = ENCODER.replace("repeat: 3", "repeat: 2").replace("name: head", "name: top")


def test_what_each_was_in_a_base_revision() -> None:
    finding = excess(ENCODER, "max-params", 800, Base("main", report_of(BEFORE)))
    assert finding is not None
    assert finding.notes == (
        "578 at main (+280)",
        "ffn/*/up x 3: 432, 50.3%; 288 at main (+144)",
        "ffn/*/down x 3: 408, 47.6%; 272 at main (+136)",
        "head: 18, 2.1%; the same as top at main",
    )


def test_what_shrank_and_what_is_new() -> None:
    before = ENCODER.replace("units: 2", "units: 4").replace("  - Ffn:\n    repeat: 3\n", "")
    finding = excess(ENCODER, "max-params", 800, Base("v1", report_of(before)))
    assert finding is not None
    assert finding.notes == (
        "36 at v1 (+822)",
        "ffn/*/up x 3: 432, 50.3%; new since v1",
        "ffn/*/down x 3: 408, 47.6%; new since v1",
        "head: 18, 2.1%; 36 at v1 (-18)",
    )


def test_no_base_is_read_where_every_budget_is_kept() -> None:
    def read_base() -> Base:
        raise AssertionError

    assert check_budgets(report_of(ENCODER), [budget("max-params", 858)], read_base) == []


def test_a_base_that_is_not_there_says_why() -> None:
    finding = excess(ENCODER, "max-params", 1, Base("main", None, "the file is new since main"))
    assert finding is not None
    assert finding.notes[:2] == ("the file is new since main", "ffn/*/up x 3: 432, 50.3%")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (999, "999"),
        (1000, "1.00K"),
        (5_312_456, "5.31M"),
        (53_124_560, "53.1M"),
        (531_245_600, "531M"),
        (10**15, "1,000,000,000,000,000"),
    ],
)
def test_counts_in_three_digits(count: int, text: str) -> None:
    assert shorten_count(count) == text


SPECS = Path(__file__).parents[2] / "specs"
CONCRETE = [
    path
    for folder in ("tutorial", "models")
    for path in sorted((SPECS / folder).glob("*.yaml"))
    if path.stem in ("many_to_many", "mobilenet_v1", "gpt2_small", "unet", "lstm_seq2seq", "resnet50", "whisper_tiny")
]


@pytest.mark.parametrize("path", CONCRETE, ids=lambda path: path.stem)
@pytest.mark.parametrize("optimizer", [None, "adam"])
def test_a_batch_beside_a_budget_is_as_one_that_is_set(path: Path, optimizer: str | None) -> None:
    """The memory of a model whose batch size is set, which is analysed anew, against that of formulas."""
    bound = analyse(Library().open(str(path)), Settings({}, 3))
    sizes = {name: 64 for tensor in bound.inputs.values() for size in tensor.shape for name in symbols(size)}
    alternatives = [
        bind(size, sizes) for size in Memory(bound, None if optimizer is None else Training(optimizer)).needed
    ]
    needed = max(size for size in alternatives if isinstance(size, int))
    name = "max-memory" if optimizer is None else "max-training"
    report = analyse(Library().open(str(path)))
    for limit, count in ((needed, 0), (needed - 1, 1)):
        allowed = budget(name, limit, batch=3, optimizer=optimizer or "sgd", sizes=tuple(sizes.items()))
        assert len(check_budgets(report, [allowed])) == count
