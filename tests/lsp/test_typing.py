"""Specs as they are typed, character by character: every answer at every prefix, without a fault or a long wait."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.cli.lsp import judge
from shapecalc.lsp.actions import list_actions
from shapecalc.lsp.completion import complete
from shapecalc.lsp.definitions import find_definitions
from shapecalc.lsp.diagnostics import list_shown
from shapecalc.lsp.documents import OpenFiles
from shapecalc.lsp.hints import list_hints
from shapecalc.lsp.hover import find_hover
from shapecalc.lsp.outline import list_items
from shapecalc.lsp.references import list_references
from shapecalc.lsp.rename import Refused, find_renamed, rename
from tests.lsp.client import session
from tests.robust.mutations import mutated
from tests.work import at_most

SPECS = Path(__file__).parents[2] / "specs"
RESIDUAL = """\
args: {width: 1.0, classes: 10}
input: [32, 32, 3]
blocks:
  Residual:
    args: {filters: required, strides: 1, project: false}
    layers:
      - Conv2D: {filters: $filters, kernel_size: 1, strides: $strides, name: shortcut}
        if: $project
      - Conv2D: {filters: $filters, kernel_size: 3, strides: $strides, padding: same}
        from: input
      - Add:
        from: [shortcut, prev]
layers:
  - Residual: {filters: "make_divisible($f * $width, 8)", strides: 2, project: true}
    repeat: {f: [16, 32, 64]}
  - GlobalAveragePooling2D
  - Dense: {units: $classes, activation: softmax}  # the end
expect: {output: [10], params: "<= 5M"}
"""
TYPED = {
    "chain": (SPECS / "tutorial" / "many_to_many.yaml").read_text("utf-8"),
    "shared": (SPECS / "tutorial" / "clip_classifier.yaml").read_text("utf-8"),
    "blocks": RESIDUAL,
}
FILE = "/nowhere/model.yaml"


def ask_everything(files: OpenFiles, text: str, offset: int) -> None:
    """Every request about a text and an offset in it."""
    files.put(FILE, text)
    snapshot = files.snapshot(FILE)
    assert snapshot is not None
    shown = list_shown(snapshot)
    assert all(0 <= finding.start <= finding.end <= len(snapshot.source) for finding in shown)
    assert "SC610" not in [finding.finding.code for finding in shown]
    assert all(0 <= hint.offset <= len(snapshot.source) for hint in list_hints(files, FILE, 0, len(text)))
    found = complete(files, FILE, offset)
    assert found is None or 0 <= found.start <= offset <= found.end <= len(text)
    for place in (offset, max(offset - 3, 0), len(text) // 2):
        find_hover(files, FILE, place)
        find_definitions(files, FILE, place)
        list_references(files, FILE, place)
        find_renamed(files, FILE, place)
    with suppress(Refused):
        rename(files, FILE, max(offset - 1, 0), "fresh")
    list_actions(snapshot, 0, len(text))
    list_items(snapshot)


@pytest.mark.parametrize("name", TYPED)
def test_every_prefix_is_answered(name: str) -> None:
    files = OpenFiles(judge)
    text = TYPED[name]
    for end in range(len(text) + 1):
        ask_everything(files, text[:end], end)


@pytest.mark.parametrize("name", TYPED)
def test_typing_into_the_middle_is_answered(name: str) -> None:
    """Each line typed anew, with the rest of the file below it."""
    files = OpenFiles(judge)
    text = TYPED[name]
    for end in range(0, len(text), 3):
        rest = text.find("\n", end)
        ask_everything(files, text[:end] + text[rest:], end)


def test_prefixes_are_answered_over_the_protocol(tmp_path: Path) -> None:
    with session(tmp_path) as client:
        uri = (tmp_path / "typed.yaml").as_uri()
        client.open(uri, "")
        for end in range(0, len(RESIDUAL) + 1, 7):
            typed = RESIDUAL[:end]
            line, character = typed.count("\n"), len(typed.rpartition("\n")[2])
            client.change(uri, typed)
            client.at("completion", uri, line, character)
            client.at("hover", uri, line, max(character - 1, 0))
            whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
            client.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": whole})
        client.change(uri, RESIDUAL)
        assert client.wait_for_findings(uri) == []


@given(mutated(), st.integers(0, 2_000))
@settings(max_examples=150)
def test_mutated_specs_are_answered(text: str, offset: int) -> None:
    ask_everything(OpenFiles(judge), text, min(offset, len(text)))


LAYERS = (
    "LSTM: {{units: {0}, return_sequences: true, name: layer_{1}}}",
    "Dense: {{units: {0}, activation: relu, name: layer_{1}}}",
    "LayerNormalization: {{name: layer_{1}}}",
    "Conv1D: {{filters: {0}, kernel_size: 3, padding: same, name: layer_{1}}}",
)


def write_layers(count: int) -> str:
    lines = [f"  - {LAYERS[number % 4].format(5 + number % 7, number)}\n" for number in range(count)]
    return "input: [100, 64]\nlayers:\n" + "".join(lines)


def count_work_a_key(count: int) -> int:
    """The most calls that a key costs, in the middle of a file of so many layers."""
    files = OpenFiles(judge)
    text = write_layers(count)
    middle = text.index("  - ", len(text) // 2)
    ask_everything(files, text, middle)
    most = 0
    typed = "  - Dense: {units: 5, activation: relu}\n    from: layer_3\n"
    for end in range(0, len(typed) + 1, 3):
        with at_most(1_000_000) as work:
            files.put(FILE, text[:middle] + typed[:end] + text[middle:])
            snapshot = files.snapshot(FILE)
            assert snapshot is not None
            list_shown(snapshot)
            list_hints(files, FILE, 0, len(snapshot.source))
            complete(files, FILE, middle + end)
            find_hover(files, FILE, middle + max(end - 1, 0))
        most = max(most, work.calls)
    return most


def test_a_key_costs_little_in_a_long_file() -> None:
    """In proportion to the layers, and not more: 200 layers are some 10 milliseconds, `tests/benchmarks` has them."""
    short, long = count_work_a_key(50), count_work_a_key(200)
    assert long < 4.5 * short
    assert long < 200_000
