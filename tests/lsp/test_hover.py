"""What hover says of each kind of word."""

from __future__ import annotations

import pytest

from shapecalc.lsp.documents import OpenFiles
from shapecalc.lsp.hover import Hover, find_hover

FILE = "/nowhere/model.yaml"
TEXT = """\
args: {depth: 2, width: 8}
input: [T, 8]
blocks:
  Mix:
    description: Mixes *things*.
    args: {units: required, wide: false}
    layers:
      - Dense: {units: $units, name: inner}
      - Add:
        from: [inner, input]
layers:
  - LSTM: {units: $width, return_sequences: true, name: reader}  # shapecalc: ignore[SC505]
  - Mix: {units: $width}
    from: reader
    repeat: $depth
  - Conv1D: {filters: 3, kernel_size: 3, padding: same}
expect:
  params: "< 9M"
  layers:
    mix/0/inner: {output: [T, 8]}
"""


def hover(word: str, after: str = "", text: str = TEXT) -> Hover | None:
    files = OpenFiles()
    files.put(FILE, text)
    return find_hover(files, FILE, text.index(word, text.index(after) + len(after)) + 1)


@pytest.mark.parametrize(
    ("word", "after", "said"),
    [
        ("LSTM", "", "total             4*units*(features + units + 1)  544"),
        ("LSTM", "", "### LSTM"),
        ("return_seq", "", "`return_sequences` of LSTM: true or false, default `false`\n\nOutput every step."),
        ("same", "", "One of `valid`, `same`, `causal`"),
        ("name: reader", "", "`name` of LSTM: text"),
        ("reader}", "", "reader (LSTM)"),
        ("reader\n", "from: ", "reader (LSTM)"),
        ("width", "units: $", "`width`: argument, `8`"),
        ("units, n", "$", "`units`: argument, `8`"),
        ("T, 8]", "", "`T`: size, `T`"),
        ("Mix: {u", "", "mix/0 (Mix)"),
        ("Mix: {u", "", "- `mix/1` `(None, T, 8)` 72 params"),
        ("Mix: {u", "", "Mixes \\*things\\*."),
        ("units", "Mix: {", "`units`: an argument of the block `Mix`, by default `required`"),
        ("inner", "mix/0/", "inner (Dense)"),
        ("mix/0", "", "mix/0 (Mix)"),
        ("T, 8]}", "", "`T`: size, `T`"),
        ("Conv1D", "", "conv1d (Conv1D)"),
        ("input]", "[inner, ", "`input`: an input of the block"),
        ("from", "", "What it is fed"),
        ("repeat", "", "Build it again"),
        ("layers", "wide: false}\n    ", "The entries, from top to bottom."),
        ("params", "", "Numbers in weights."),
        ("SC505", "", "### SC505: Mask lost"),
    ],
)
def test_said(word: str, after: str, said: str) -> None:
    found = hover(word, after)
    assert found is not None
    assert said in found.markdown


@pytest.mark.parametrize(("word", "after"), [("9M", ""), ("# shapecalc", ""), ("things", ""), (": [T", "")])
def test_nothing_is_said_of_other_words(word: str, after: str) -> None:
    assert hover(word, after) is None


def test_the_page_of_what_is_wrong_is_said_there() -> None:
    text = TEXT.replace("return_sequences: true, ", "")
    found = hover("Conv1D", "", text)
    assert found is not None
    assert "### Conv1D" in found.markdown
    assert "### SC412: " in found.markdown
    text = TEXT.replace("[T, 8]\nblocks", "[T, [8]]\nblocks")
    found = hover("[8]", "", text)
    assert found is not None
    assert found.markdown.startswith("### SC204: ")
    assert text[found.start : found.end] == "[8]"


def test_numbers_stay_while_another_line_is_typed() -> None:
    files = OpenFiles()
    files.put(FILE, TEXT)
    snapshot = files.snapshot(FILE)
    assert snapshot is not None
    assert snapshot.findings is not None
    typed = TEXT.replace("  - Conv1D", "  - Dense: {un\n  - Conv1D")
    files.put(FILE, typed)
    for word, name in (("LSTM", "reader"), ("Conv1D", "conv1d")):
        found = find_hover(files, FILE, typed.index(word) + 1)
        assert found is not None
        assert f"{name} ({word})" in found.markdown


def test_one_name_of_an_expression() -> None:
    text = TEXT.replace("units: $width}\n    from", 'units: "$width-$depth"}\n    from')
    for name, value in (("width", "8"), ("depth", "2")):
        found = hover(name, '{units: "' if name == "width" else "$width-$", text)
        assert found is not None
        assert found.markdown == f"`{name}`: argument, `{value}`"
        assert text[found.start : found.end] == name


def test_names_of_the_model_are_no_markup() -> None:
    text = "args: {'a`*b': 1}\nblocks: {'x': {description: '<b>`', layers: [Flatten]}}\ninput: [4]\nlayers: [x]\n"
    found = hover("x]", "", text)
    assert found is not None
    assert "<b>" not in found.markdown


def test_other_yaml_is_left_alone() -> None:
    assert hover("name", "", "on: push\nname: test\njobs: {}\n") is None
