"""What becomes of a mask: made, carried, used, lost; a lost one is a warning."""

from __future__ import annotations

import pytest

from shapecalc.inference.masks import find_mask_use, write_mask
from tests.specs.analysed import codes_in, report_of, said_of

EMBEDDED = "input: [5]\nlayers:\n  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n"


def masks_of(text: str) -> dict[str, str]:
    return {row.name: write_mask(row.walk, row.node) for row in report_of(text).rows}


def test_a_mask_from_its_start_to_the_layer_that_uses_it_up() -> None:
    text = EMBEDDED + "  - Dropout: {rate: 0.5}\n  - LSTM: {units: 3, return_sequences: true}\n  - LSTM: {units: 3}\n"
    text += "  - Dense: {units: 1}\n"
    assert masks_of(text) == {
        "input": "", "embedding": "made", "dropout": "carried", "lstm": "carried, used", "lstm_1": "used", "dense": "",
    }  # fmt: skip
    assert codes_in(text) == []


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("Flatten", "flatten"),
        ("Conv1D: {filters: 2, kernel_size: 2}", "conv1d"),
        ("ops.relu", "relu"),
        ("ops.mean: {axis: 1}", "mean"),
    ],
)
def test_a_lost_mask_is_a_warning_at_the_layer_that_dropped_it(entry: str, name: str) -> None:
    text = f"{EMBEDDED}  - {entry}\n"
    assert masks_of(text)[name] == "lost"
    kind = entry.partition(":")[0]
    assert said_of(text) == [
        f"4:5 SC505 {name}: {kind} does not pass on the mask it is fed: from here on padded steps count as data | "
        "put it after the layers that use the mask, or start no mask"
    ]


def test_an_edge_with_a_mask_is_named_beside_one_without() -> None:
    text = """\
inputs: {words: [5], image: [5, 4]}
layers:
  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}
    from: words
  - Concatenate: {axis: 1}
    from: [embedding, image]
"""
    assert masks_of(text)["concatenate"] == "carried (embedding)"


def test_a_mask_fed_to_its_port_is_used() -> None:
    text = """\
inputs: {x: [5, 4], m: {shape: [5], dtype: bool}}
layers:
  - LSTM: {units: 3}
    from: {sequences: x, mask: m}
"""
    row = report_of(text).rows[-1]
    use = find_mask_use(row.walk, row.node)
    assert use is None or use.edges == ("m",)
    assert masks_of(text)["lstm"] == "used (m)"


def test_a_block_says_what_its_layers_do() -> None:
    text = """\
input: [5]
blocks:
  Encoder:
    layers:
      - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}
      - LSTM: {units: 4, return_sequences: true}
  Head:
    layers:
      - Flatten
      - Dense: {units: 1}
layers: [Encoder, Head]
"""
    assert masks_of(text) == {"input": "", "encoder": "made, used", "head": "lost"}
    assert [line.split(" | ")[0] for line in said_of(text)] == [
        "9:9 SC505 flatten: Flatten does not pass on the mask it is fed: from here on padded steps count as data"
    ]


TABLE = """\
input: [5]
blocks:
  Positions:
    layers:
      - Weight: {shape: [5, 4]}
      - Add:
        from: [input, weight]
layers:
  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}
  - Positions
"""


def test_a_sum_hands_on_a_mask_only_where_all_terms_have_one() -> None:
    # A learned tensor is fed only to lend it the batch axis, so it neither has a mask nor loses one.
    block = report_of(TABLE).rows[-1]
    assert [(row.name, write_mask(row.walk, row.node)) for row in block.rows] == [
        ("input", ""), ("weight", ""), ("add", "lost (input)"),
    ]  # fmt: skip
    assert said_of(TABLE) == [
        "6:9 SC505 add: Add passes a mask on only where all its inputs have one: from here on padded steps count as "
        "data | put it after the layers that use the mask, or mask its other inputs too"
    ]
