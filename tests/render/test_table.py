"""The summary table: what Keras 3.15.1 prints, and a fast path that rich would not print otherwise."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.report import Report
from shapecalc.dims import binary_text, symbol
from shapecalc.model.load import Library
from shapecalc.render.columns import memory_text
from shapecalc.render.layout import Heading
from shapecalc.render.summary_options import SummaryOptions
from shapecalc.render.table import Terminal, rich_table, summary_table, table_text, terminal_of

KERAS = Path(__file__).parent / "keras"


def report_of(text: str, settings: Settings | None = None) -> Report:
    report = analyse(Library().parse(text, "model.yaml"), settings)
    assert not report.diagnostics
    return report


def folded(text: str) -> list[tuple[str, ...]]:
    """The rows of a printed table, cells that were folded put together again."""
    rows: list[tuple[str, ...]] = []
    fresh = True
    for line in text.split("\n"):
        inside = line.startswith(("│", "┃"))
        if inside:
            cells = tuple(cell.strip() for cell in line.strip("│┃").replace("┃", "│").split("│"))
            if not fresh:
                cells = tuple(f"{old} {new}".strip() for old, new in zip(rows.pop(), cells, strict=True))
            rows.append(cells)
        fresh = not inside
    return rows


ONE_TO_ONE = "name: one_to_one\ninput: [1, 1]\nlayers:\n  - LSTM: {units: 5}\n  - Dense: {units: 1}\n"
MANY_TO_ONE = "name: many_to_one\ninput: [5, 1]\nlayers:\n  - LSTM: {units: 5}\n  - Dense: {units: 5}\n"
MANY_TO_MANY = (
    "name: many_to_many\ninput: [5, 1]\nlayers:\n  - LSTM: {units: 5, return_sequences: true}\n"
    "  - TimeDistributed: {layer: {Dense: {units: 1}}}\n"
)
SEQ2SEQ = """\
name: seq2seq
inputs: {source: [5, 8], target: [3, 8]}
layers:
  - LSTM: {units: 4, return_state: true, name: encoder}
    from: source
  - LSTM: {units: 4, name: decoder}
    from: {sequences: target, initial_state: [encoder.state_h, encoder.state_c]}
"""
ACTIVATIONS = [
    " Activations: the bytes of a layer's outputs, of a block all its layers', for one sample where the batch size is "
    "unknown.",
    " Peak: outputs alive at once when layers run from top to bottom and each output goes after its last use; inputs "
    "count,",
    " those of a block stay until it ends, the layer that runs has its workspace.",
    " Workspace: what a layer holds only while it runs: the scores (batch, heads, query, key) of attention,",
    " unless it returns them or `flash_attention` is true.",
]
TWINS = """\
name: twins
inputs: {left: [8], right: [8]}
layers:
  - Dense: {units: 4, name: first}
    from: left
  - reuse: {layer: first, name: second}
    from: right
  - Add:
    from: [first, second]
"""
BLOCKS = """\
name: nested
input: [8]
blocks:
  Outer:
    layers:
      - Inner
      - Dense: {units: 3}
  Inner:
    layers:
      - Dense: {units: 2}
layers:
  - Outer
  - Dense: {units: 1}
"""


@pytest.mark.parametrize(("name", "spec"), [("one_to_one", ONE_TO_ONE), ("many_to_one", MANY_TO_ONE)])
def test_the_table_is_keras_s_to_the_letter(name: str, spec: str) -> None:
    assert summary_table(report_of(spec)) == (KERAS / f"{name}.txt").read_text()


@pytest.mark.parametrize(("name", "spec"), [("many_to_many", MANY_TO_MANY), ("seq2seq", SEQ2SEQ)])
def test_what_keras_folds_is_not_folded_and_the_rest_is_the_same(name: str, spec: str) -> None:
    ours, keras = summary_table(report_of(spec)), (KERAS / f"{name}.txt").read_text()
    assert [row[:3] for row in folded(ours)] == [row[:3] for row in folded(keras)]
    assert [line for line in ours.split("\n") if "params" in line] == [
        line for line in keras.split("\n") if "params" in line
    ]


def test_connections_are_references_of_the_spec() -> None:
    rows = folded(summary_table(report_of(SEQ2SEQ)))
    assert [row[3] for row in rows] == ["Connected to", "-", "-", "source", "target, encoder.state_h, encoder.state_c"]


def test_a_reused_layer_counts_once_and_is_used_twice() -> None:
    text = summary_table(report_of(TWINS))
    assert [(row[0], row[2], row[3]) for row in folded(text)[1:]] == [
        ("left (InputLayer)", "0", "-"),
        ("right (InputLayer)", "0", "-"),
        ("first (Dense)", "36", "first(left), second(right)"),
        ("add (Add)", "0", "first, second"),
    ]
    assert text.endswith(
        " Total params: 36 (144.00 B)\n Trainable params: 36 (144.00 B)\n Non-trainable params: 0 (0.00 B)\n"
        " Used params: 72 (288.00 B)\n"
        " Used params count shared weights again for each call that uses them: first 72 (holds 36).\n"
    )


def test_what_is_reused_within_a_block_is_used_too() -> None:
    block = "{layers: [{Dense: {units: 4, name: d}}, {reuse: {layer: d, name: e}}]}"
    text = summary_table(report_of(f"input: [4]\nblocks: {{B: {block}}}\nlayers: [B]"))
    assert " Total params: 20 (80.00 B)\n" in text
    assert text.endswith(
        " Used params: 40 (160.00 B)\n"
        " Used params count shared weights again for each call that uses them: b 40 (holds 20).\n"
    )


def test_frozen_weights_are_not_trainable() -> None:
    text = summary_table(
        report_of("input: [4]\nlayers:\n  - Dense: {units: 2, trainable: false}\n  - Dense: {units: 1}")
    )
    assert " Trainable params: 3 (12.00 B)\n Non-trainable params: 10 (40.00 B)\n" in text


@pytest.mark.parametrize(
    ("depth", "names"),
    [
        (1, ["outer (Outer)", "dense (Dense)"]),
        (2, ["outer (Outer)", "└ inner (Inner)", "└ dense (Dense)", "dense (Dense)"]),
        (3, ["outer (Outer)", "└ inner (Inner)", "└ dense (Dense)", "└ dense (Dense)", "dense (Dense)"]),
    ],
)
def test_depth_opens_blocks_as_a_tree(depth: int, names: list[str]) -> None:
    text = summary_table(report_of(BLOCKS), SummaryOptions(depth))
    assert [row[0] for row in folded(text)][1:] == names
    assert ("│       └ dense (Dense)" in text) == (depth == 3)


STACK = """\
input: [T, 8]
blocks:
  Layer:
    layers:
      - LayerNormalization
      - Dense: {units: 8}
      - Add:
        from: [prev, input]
layers:
  - Layer:
    repeat: 12
  - Dense: {units: 2}
"""


def test_equal_rounds_are_one_line_whose_counts_are_their_sum() -> None:
    text = summary_table(report_of(STACK), SummaryOptions(2, ("macs", "activations", "mask")))
    assert folded(text)[1:] == [
        ("layer/0 ... x 12 (Layer)", "(None, T, 8)", "1,056", "input", "768*T", "1152*T B", ""),
        ("└ input (InputLayer)", "(None, T, 8)", "0", "-", "0", "32*T B", ""),
        ("└ layer_normalization (LayerNormalization)", "(None, T, 8)", "16", "input", "0", "32*T B", ""),
        ("└ dense (Dense)", "(None, T, 8)", "72", "layer_normalization", "64*T", "32*T B", ""),
        ("└ add (Add)", "(None, T, 8)", "0", "dense, input", "0", "32*T B", ""),
        ("dense (Dense)", "(None, T, 2)", "18", "layer/11", "16*T", "8*T B", ""),
    ]
    assert " Total params: 1,074 (4.20 KB)\n" in text
    assert " Total MACs: 784*T\n" in text
    assert text.endswith(
        " A line `x N` stands for N equal rounds: counts are of all, the rest and the lines below it of one.\n"
    )


def test_unfold_gives_each_round_a_line() -> None:
    text = summary_table(report_of(STACK), SummaryOptions(unfold=True))
    assert [row[0] for row in folded(text)][1:] == [*(f"layer/{i} (Layer)" for i in range(12)), "dense (Dense)"]
    assert "equal rounds" not in text


def test_symbols_give_formulas() -> None:
    text = summary_table(report_of("input: [m, p]\nlayers:\n  - Dense: {units: 10}"))
    assert folded(text)[1] == ("dense (Dense)", "(None, m, 10)", "10*p + 10")
    assert " Total params: 10*p + 10 (40*p + 40 B)\n" in text


def test_a_symbol_that_is_set_is_a_number() -> None:
    bound = report_of("input: [m, p]\nlayers:\n  - Dense: {units: 10}", Settings({"p": 4, "m": symbol("m")}, 2))
    assert folded(summary_table(bound))[1] == ("dense (Dense)", "(2, m, 10)", "50")


def test_columns_come_with_their_convention() -> None:
    options = SummaryOptions(columns=("macs", "flops", "activations", "dtype", "bytes", "formula"))
    text = summary_table(report_of(ONE_TO_ONE), options)
    assert folded(text)[1][3:] == ("120", "240", "20 B", "float32", "560 B", "4*units*(features + units + 1)")
    assert text.split("\n")[-13:] == [
        " Total MACs: 125",
        " Total FLOPs: 250",
        " Total weight bytes: 584 B",
        " Activations: 28 B in all, 24 B at peak",
        " MACs count matrix products and convolutions, per sample; biases, activations and lookups are left out.",
        " FLOPs = 2 × MACs, of matrix products and convolutions, per sample.",
        *ACTIVATIONS,
        " Bytes: KiB, MiB and GiB are 1024; KB, MB and GB are 1024 in totals, as in Keras, and 1000 in limits.",
        "",
    ]


def test_weights_stand_a_line_each() -> None:
    text = summary_table(report_of("input: [4]\nlayers:\n  - Dense: {units: 2}"), SummaryOptions(columns=("weights",)))
    lines = [line for line in text.split("\n") if "kernel" in line or "bias" in line]
    assert [line.split("│")[4].strip() for line in lines] == ["kernel (4, 2)", "bias (2,)"]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0.00 B"),
        (584, "584.00 B"),
        (1023, "1023.00 B"),
        (1024, "1.00 KB"),
        (1664, "1.62 KB"),
        (1024**2, "1.00 MB"),
        (102_228_128, "97.49 MB"),
        (5 * 1024**6, "5120.00 PB"),
    ],
)
def test_memory_is_worded_as_keras_does(size: int, text: str) -> None:
    assert memory_text(size) == text


@pytest.mark.parametrize(("size", "text"), [(1023, "1023 B"), (1536, "1.5 KiB"), (3 * 2**20, "3.0 MiB")])
def test_bytes_of_columns_have_binary_units(size: int, text: str) -> None:
    assert binary_text(size) == text


HEADINGS = [Heading("Layer (type)", width=31), Heading("Param #", True, 13), Heading("More")]
CELLS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters="\u00a0\u3000"), max_size=40
).map(lambda text: " ".join(text.split()))


@settings(max_examples=60)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6))
def test_the_fast_path_prints_what_rich_prints(rows: list[tuple[str, ...]]) -> None:
    assert table_text(HEADINGS, rows, Terminal()) == rich_table(HEADINGS, rows, Terminal())


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
@pytest.mark.parametrize("terminal", [Terminal(), Terminal(200), Terminal(None, None, True)])
def test_long_and_short_tables_are_rich_s(count: int, terminal: Terminal) -> None:
    rows = [(f"layer_{index} (100%)", f"{index:,}", "x" * index) for index in range(count)]
    assert table_text(HEADINGS, rows, terminal) == rich_table(HEADINGS, rows, terminal)


def test_a_terminal_folds_and_loses_nothing() -> None:
    text = summary_table(report_of(MANY_TO_MANY), terminal=Terminal(50))
    assert max(map(len, text.split("\n"))) <= 50
    assert folded(text)[2] == ("time_distributed (TimeDistributed)", "(None, 5, 1)", "6")


@pytest.mark.parametrize("width", [1, 8, 20])
def test_no_terminal_is_too_narrow(width: int) -> None:
    assert "Total params: " in summary_table(report_of(SEQ2SEQ), terminal=Terminal(width))


def test_no_name_is_cut_where_there_is_no_terminal() -> None:
    name = "a" * 90
    assert f"{name} (Dense)" in summary_table(report_of(f"input: [4]\nlayers:\n  - Dense: {{units: 2, name: {name}}}"))


def test_colours_are_of_the_sixteen_that_follow_the_terminal_s_theme() -> None:
    text = summary_table(report_of(ONE_TO_ONE), terminal=Terminal(80, "truecolor"))
    assert "\x1b[1mModel: " in text
    assert "lstm (\x1b[36mLSTM\x1b[0m)" in text
    assert "\x1b[35mNone\x1b[0m" in text
    assert "38;" not in text


def test_markup_and_control_characters_stay_text() -> None:
    text = summary_table(report_of('name: "[red]a[/red] \\e[31m :smile:"\ninput: [4]\nlayers: [{Dense: {units: 2}}]'))
    assert text.startswith('Model: "[red]a[/red] \\x1b[31m :smile:"\n')


def test_a_pipe_is_plain_and_an_ascii_stream_gets_ascii() -> None:
    assert terminal_of(io.StringIO()) == Terminal(None, None, False)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert terminal_of(stream) == Terminal(None, None, True)
    assert summary_table(report_of(BLOCKS), SummaryOptions(2), terminal=terminal_of(stream)).isascii()
