"""Fixes: what they do, and which may be made unasked."""

from __future__ import annotations

import pytest

from shapecalc.diagnostics import Diagnostic, apply_edits, has_rival
from shapecalc.layers.catalogue import CATALOGUE
from tests.first_hour.cases import findings

HEAD = "input: [5, 1]\nlayers:\n"


def find(entries: str) -> Diagnostic:
    return findings(HEAD + entries)[0]


@pytest.mark.parametrize(
    ("entries", "typed"),
    [
        ("  - Danse: {units: 5}\n", "  - Dense: {units: 5}\n"),
        ("  - LSTM: {unit: 5}\n", "  - LSTM: {units: 5}\n"),
        ("  - LSTM: {hidden_size: 5}\n", "  - LSTM: {units: 5}\n"),
        ("  - LSTM(5)\n", "  - LSTM: {units: 5}\n"),
        ("  - LSTM: {units: 5, return_sequences: yes}\n", "  - LSTM: {units: 5, return_sequences: true}\n"),
        ("  - Dense: {units: max(4, 5)}\n", '  - Dense: {units: "max(4, 5)"}\n'),
        ("  - Dense: {units: 5, name: head}\n  - Flatten:\n    from: haed\n",
         "  - Dense: {units: 5, name: head}\n  - Flatten:\n    from: head\n"),
    ],
)  # fmt: skip
def test_a_form_or_the_spelling_of_a_name_is_safe(entries: str, typed: str) -> None:
    finding = find(entries)
    assert apply_edits(HEAD + entries, finding.edits) == HEAD + typed
    assert finding.safe


@pytest.mark.parametrize(
    "entries",
    [
        "  - LSTM: {units: 5}\n  - LSTM: {units: 5}\n",  # return_sequences
        "  - Dense: {units: 5, name: a b}\n",  # another name
        "  - Dense: {units: 5, name: enc_1}\n  - Flatten:\n    from: enc_2\n",  # another number
        "  - Dense: {units: 5, name: heat}\n  - Dense: {units: 5, name: meat}\n  - Add:\n    from: [neat, heat]\n",
        "  - Conv1D: {filters: 3, kernel_size: [3, 3]}\n",  # which of the sizes
        "  -\n  - Flatten\n",  # an entry less
        "  - Linear: {out_features: 5}\n",  # the layer of another library
        "  - Linear: # a comment\n      out_features: 5\n",
    ],
)
def test_a_guess_at_what_was_meant_is_not_safe(entries: str) -> None:
    finding = find(entries)
    assert finding.edits
    assert not finding.safe


def test_a_name_is_no_safe_guess_while_an_entry_is_unread() -> None:
    entries = "  - Dense(5, name='tokens')\n  - Flatten:\n    from: token\n"
    first, second = findings(HEAD.replace("input: [5, 1]", "inputs: {tokin: [5, 1]}") + entries)[:2]
    assert first.safe
    assert second.code == "SC301"
    assert second.edits
    assert not second.safe


def test_an_alias_goes_with_its_key() -> None:
    text = "args: {a: &n 5}\ninput: [5, 1]\ntitle: *n\noptimizer: *n\nlayers:\n  - Flatten\n"
    finding = next(one for one in findings(text) if "optimizer" in one.message)
    assert apply_edits(text, finding.edits) == text.replace("optimizer: *n\n", "")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_that_are_put_in_end_as_the_others(newline: str) -> None:
    text = "layers:\n  - LSTM: {units: 5, input_shape: [5, 1]}\n".replace("\n", newline)
    mended = apply_edits(text, findings(text)[0].edits)
    assert mended == "input: [5, 1]\nlayers:\n  - LSTM: {units: 5}\n".replace("\n", newline)


def test_rivals() -> None:
    assert not has_rival("Danse", "Dense", CATALOGUE)
    assert not has_rival("hidden_size", "units", ["units", "use_bias"])  # a false friend
    assert not has_rival("batch-norm", "BatchNorm", ["BatchNorm", "BatchNorms"])
    assert has_rival("neat", "heat", ["heat", "meat"])
    assert has_rival("Conv4D", "Conv3D", ["Conv3D"])
