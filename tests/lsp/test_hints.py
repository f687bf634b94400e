"""Shape and parameters at the end of each layer's line."""

from __future__ import annotations

from shapecalc.lsp.documents import OpenFiles
from shapecalc.lsp.hints import list_hints

FILE = "/nowhere/model.yaml"
TEXT = """\
input: [5, 1]
layers:
  - LSTM:
      units: 5
      return_sequences: true
  - Dense: {units: 2}  # a word
"""


def hints(*texts: str) -> list[tuple[str, str]]:
    """The hints of the last of these texts, typed one after the other: what stands before each on its line, and it."""
    files = OpenFiles()
    found = []
    for text in texts:
        files.put(FILE, text)
        found = list_hints(files, FILE, 0, len(text))
    return [(texts[-1][: hint.offset].rpartition("\n")[2], hint.text) for hint in found]


def test_hints_stand_behind_everything_on_the_line_of_the_type() -> None:
    assert hints(TEXT) == [
        ("  - LSTM:", "(None, 5, 5)  140 params"),
        ("  - Dense: {units: 2}  # a word", "(None, 5, 2)  12 params"),
    ]


def test_only_what_is_asked_for() -> None:
    files = OpenFiles()
    files.put(FILE, TEXT)
    assert [hint.text for hint in list_hints(files, FILE, TEXT.index("Dense"), len(TEXT))] == [
        "(None, 5, 2)  12 params"
    ]


def test_an_annotation_that_is_true_is_not_said_twice() -> None:
    text = TEXT.replace("# a word", "# (None, 5, 2)  12 params")
    assert [text for _, text in hints(text)] == ["(None, 5, 5)  140 params"]
    assert len(hints(text.replace("12 params", "13 params"))) == 2


def test_rounds_and_blocks_are_said_as_annotate_says_them() -> None:
    text = """\
input: [4]
blocks:
  B:
    layers:
      - Dense: {units: 4}
layers:
  - B:
    repeat: 3
"""
    assert hints(text) == [
        ("      - Dense: {units: 4}", "(None, 4)  20 params"),
        ("  - B:", "(None, 4)  3 x 20 params"),
    ]


def test_layers_above_a_fault_keep_their_hints() -> None:
    text = TEXT.replace("      return_sequences: true\n", "") + "  - LSTM: {units: 3}\n"
    assert [shown for _, shown in hints(text)] == ["(None, 5)  140 params", "(None, 2)  12 params"]


def test_lines_that_are_typed_lose_theirs_and_the_others_move() -> None:
    typed = TEXT.replace("  - Dense: {units: 2}  # a word\n", "  - Dense: {units: 2\n  - Flatten\n")
    assert hints(TEXT, typed) == [("  - LSTM:", "(None, 5, 5)  140 params")]
    typed = TEXT.replace("input: [5, 1]\n", "input: [5, 1\nargs: {}\n")
    assert [shown for _, shown in hints(TEXT, typed)] == ["(None, 5, 5)  140 params", "(None, 5, 2)  12 params"]


def test_nothing_is_hinted_of_what_was_never_read() -> None:
    assert hints("input: [5\nlayers:\n  - Flatten\n") == []
