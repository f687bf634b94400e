"""Whether a model fits a device."""

from __future__ import annotations

import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.devices import GIB, Device
from shapecalc.analysis.fitting import Fit, report_excess
from shapecalc.analysis.memory import Memory
from shapecalc.analysis.report import Report
from shapecalc.dims import at_least
from shapecalc.model.load import Library
from shapecalc.training.peak import Training

CARD = Device("card", "A card", 10_000, 1000, {"float32": 100}, "a test")
DENSE = "input: [10]\nlayers:\n  - Dense: {units: 5}\n"
SEQUENCE = "input: [T, 10]\nlayers:\n  - Dense: {units: 5}\n"
DECODER = """\
inputs: {tokens: {shape: [T], dtype: int32}}
layers:
  - Embedding: {input_dim: 100, output_dim: 8, name: table}
  - MultiHeadAttention: {num_heads: 2, key_dim: 4}
    from: [table, table]
    call: {use_causal_mask: true}
  - Dense: {units: 100, use_bias: false}
"""
HEADS = 4 * (8 * 8 + 8)
"""Numbers in the four projections of the attention."""
CACHE = 2 * 8 * 4
"""Bytes of the key and the value of a token."""


def report_of(text: str, batch: int | None = None, **values: int) -> Report:
    report = analyse(Library().parse(text, "model.yaml"), Settings(dict(values), batch))
    assert report.ok, report.diagnostics
    return report


def test_a_model_that_fits_to_the_byte() -> None:
    report = report_of(DENSE, 4)
    (needed,) = Memory(report).needed
    assert isinstance(needed, int)
    assert Fit(report, CARD._replace(memory=needed)).fits
    fit = Fit(report, CARD._replace(memory=needed - 1))
    assert (fit.fits, fit.excess) == (False, 1)
    assert report_excess(Fit(report, CARD)) is None


def test_training_needs_more() -> None:
    report = report_of(DENSE, 4)
    fit = Fit(report, CARD, Training("adam"))
    assert fit.needed == Memory(report, Training("adam")).needed
    (training,), (inference,) = fit.needed, Fit(report, CARD).needed
    assert at_least(training, inference + 1)


def test_a_size_decides_up_to_which_value() -> None:
    fit = Fit(report_of(SEQUENCE), CARD)
    assert fit.fits is None
    found = fit.find_largest()
    assert found is not None
    name, value = found
    assert name == "T"
    assert Fit(report_of(SEQUENCE, T=value), CARD).fits
    assert Fit(report_of(SEQUENCE, T=value + 1), CARD).fits is False
    assert Fit(report_of(SEQUENCE), CARD._replace(memory=50)).find_largest() == ("T", 0)


def test_sizes_that_no_one_value_decides() -> None:
    text = SEQUENCE.replace("[T, 10]", "[T, U, 10]")
    assert Fit(report_of(text), CARD).find_largest() is None
    assert Fit(report_of(SEQUENCE.replace("T", "null")), CARD).find_largest() is None


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("tokens", [None, 20])
def test_a_decoder_holds_its_weights_and_the_cache(batch: int | None, tokens: int | None) -> None:
    report = report_of(DECODER, batch, **({} if tokens is None else {"T": tokens}))
    fit = Fit(report, CARD, kv_cache=True)
    weights = 4 * (800 + HEADS + 800)
    samples = batch or 1
    assert fit.count_cache(1) == CACHE * samples
    assert fit.most_tokens == (CARD.memory - weights) // (CACHE * samples)
    if tokens is not None:
        assert fit.tokens == tokens
        assert fit.needed == (weights + CACHE * samples * tokens,)
        assert fit.fits is (weights + CACHE * samples * tokens <= CARD.memory)
    else:
        assert fit.find_largest() == ("T", fit.most_tokens)


def test_as_many_tokens_as_fit() -> None:
    most = Fit(report_of(DECODER), CARD, kv_cache=True).most_tokens
    assert most is not None
    assert Fit(report_of(DECODER, T=most), CARD, kv_cache=True).fits
    assert Fit(report_of(DECODER, T=most + 1), CARD, kv_cache=True).fits is False
    assert Fit(report_of(DECODER), CARD._replace(memory=4), kv_cache=True).most_tokens == 0


def test_tokens_a_second_read_weights_and_cache_once() -> None:
    fit = Fit(report_of(DECODER, 3), CARD, kv_cache=True)
    read = 4 * (HEADS + 800)  # a row of the table of embeddings is next to nothing
    assert fit.find_token_rate(0) == pytest.approx(3 * 1000 / read)
    assert fit.find_token_rate(50) == pytest.approx(3 * 1000 / (read + 3 * 50 * CACHE))


WINDOWED = """\
args: {window: 4}
inputs: {tokens: {shape: [T], dtype: int32}}
layers:
  - Embedding: {input_dim: 100, output_dim: 8, name: table}
  - EinsumDense: {equation: "btd,dhk->bhtk", output_shape: [2, null, 4], name: query}
    from: table
  - EinsumDense: {equation: "btd,dhk->bhtk", output_shape: [2, null, 4], name: key}
    from: table
  - EinsumDense: {equation: "btd,dhk->bhtk", output_shape: [2, null, 4], name: value}
    from: table
  - ops.einsum: {subscripts: "bhqk,bhsk->bhqs", name: score}
    from: [query, key]
  - ops.full_like: {fill_value: -1e9}
  - ops.triu: {k: 1, name: later}
  - ops.full_like: {fill_value: -1e9}
    from: score
  - ops.tril: {k: -$window, name: before}
  - ops.add:
    from: [score, later]
  - ops.add:
    from: [prev, before]
  - Softmax
  - ops.einsum: {subscripts: "bhqs,bhsk->bhqk"}
    from: [prev, value]
"""


def test_a_window_bounds_the_cache() -> None:
    fit = Fit(report_of(WINDOWED), CARD, kv_cache=True)
    assert fit.is_decoder
    assert (fit.count_cache(3), fit.count_cache(4), fit.count_cache(99)) == (3 * CACHE, 4 * CACHE, 4 * CACHE)
    weights = 4 * (800 + 3 * 64)
    assert fit.memory.weights_bytes == weights
    assert fit.most_tokens is None  # any number fits
    assert (fit.fits, fit.needed) == (True, (weights + 4 * CACHE,))
    assert Fit(report_of(WINDOWED), CARD._replace(memory=weights + 3 * CACHE), kv_cache=True).most_tokens == 3
    assert Fit(report_of(WINDOWED, T=50), CARD, kv_cache=True).needed == (weights + 4 * CACHE,)
    tight = Fit(report_of(WINDOWED), CARD._replace(memory=weights + 2 * CACHE), kv_cache=True)
    assert (tight.fits, tight.find_largest()) == (None, ("T", 2))


def test_tokens_read_the_experts_that_are_active() -> None:
    text = (
        DECODER
        + """\
  - Experts
blocks:
  Experts:
    active: 0.25
    layers:
      - Dense: {units: 400, use_bias: false}
"""
    )
    fit = Fit(report_of(text), CARD, kv_cache=True)
    read = 4 * (HEADS + 800 + 100 * 400 // 4)
    assert fit.find_token_rate(0) == pytest.approx(1000 / read)


def test_a_model_without_a_cache_is_held_to_inference() -> None:
    report = report_of(DENSE)
    assert Fit(report, CARD, kv_cache=True).needed == Memory(report).needed
    assert not Fit(report_of(DECODER), CARD, Training("adam"), kv_cache=True).is_decoder


def test_the_finding_says_what_is_lacking() -> None:
    small = CARD._replace(memory=GIB, name="small")
    finding = report_excess(
        Fit(report_of(DENSE.replace("units: 5", "units: 100_000_000".replace("_", ""))), small, Training("sgd"))
    )
    assert finding is not None
    assert finding.code == "SC512"
    assert finding.span is not None
    assert finding.span.line == 2
    assert finding.message.startswith("8.") or finding.message.startswith("9.")
    assert " GiB of memory in training with sgd: " in finding.message
    assert finding.message.endswith(" GiB over the 1.0 GiB of small")
