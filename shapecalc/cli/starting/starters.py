"""The text of each starter spec: short models of their kind, with their counts, to be changed."""

from __future__ import annotations

from typing import NamedTuple


class Starter(NamedTuple):
    """What a starter is in a line, and its text below the `name`."""

    words: str
    text: str


STARTERS = {
    "mlp": Starter(
        "numbers in, a class out",
        """\
input: [16]                      # 16 numbers a sample; the batch axis is left out
layers:
  - Dense: {units: 32, activation: relu}
  - Dense: {units: 32, activation: relu}
  - Dense: {units: 3, activation: softmax}
expect:
  params: 1699
  output: [3]
""",
    ),
    "lstm": Starter(
        "a sequence in, a number out for each step",
        """\
input: [T, 1]                    # T steps of 1 number; T is a size of any length
layers:
  - LSTM: {units: 5, return_sequences: true}
  - TimeDistributed:
      layer: {Dense: {units: 1}}
expect:
  params: 146
  output: [T, 1]
""",
    ),
    "cnn": Starter(
        "a picture in, a class out",
        """\
args: {classes: 10}              # `--set classes=100` changes it
input: [28, 28, 1]
layers:
  - Conv2D: {filters: 16, kernel_size: 3, activation: relu}
  - MaxPooling2D
  - Conv2D: {filters: 32, kernel_size: 3, activation: relu}
  - GlobalAveragePooling2D
  - Dense: {units: $classes, activation: softmax}
expect:
  params: 5130
  output: [10]
""",
    ),
    "resnet": Starter(
        "blocks with skips, written once and repeated",
        """\
args: {classes: 10}
input: [32, 32, 3]
blocks:
  Residual:
    args: {filters: required}
    layers:
      - Conv2D: {filters: $filters, kernel_size: 3, padding: same, use_bias: false}
      - BatchNormalization
      - ReLU
      - Conv2D: {filters: $filters, kernel_size: 3, padding: same, use_bias: false}
      - BatchNormalization
      - Add:
        from: [input, prev]
      - ReLU
layers:
  - Conv2D: {filters: 16, kernel_size: 3, padding: same}
  - Residual: {filters: 16}
    repeat: 3
  - GlobalAveragePooling2D
  - Dense: {units: $classes, activation: softmax}
expect:
  params: 14826
  output: [10]
""",
    ),
    "transformer": Starter(
        "tokens in, the next token out",
        """\
args: {vocabulary: 1000, features: 64, heads: 4, depth: 2}
inputs:
  tokens: {shape: [T], dtype: int32}
blocks:
  Layer:
    input: [T, D]
    layers:
      - LayerNormalization
      - MultiHeadAttention: {num_heads: $heads, key_dim: $D // $heads}
        from: [prev, prev]
        call: {use_causal_mask: true}
      - Add: {name: attended}
        from: [input, prev]
      - LayerNormalization
      - Dense: {units: 4 * $D, activation: gelu}
      - Dense: {units: $D}
      - Add:
        from: [attended, prev]
layers:
  - Embedding: {input_dim: $vocabulary, output_dim: $features}
  - Layer:
    repeat: $depth
  - LayerNormalization
  - Dense: {units: $vocabulary, name: logits}
expect:
  params: 229096
  output: [T, 1000]
""",
    ),
    "two-towers": Starter(
        "two inputs, one layer shared by both",
        """\
inputs: {left: [20, 8], right: [20, 8]}
layers:
  - GRU: {units: 16, name: encode}
    from: left
  - reuse: {layer: encode, name: encode_right}
    from: right
  - Concatenate:
    from: [encode, encode_right]
  - Dense: {units: 1, activation: sigmoid}
expect:
  params: 1281
  output: [1]
""",
    ),
}
"""By the names that `--like` takes."""


def write_starter(kind: str, name: str) -> str:
    """The text of a starter spec with its name."""
    return f'name: {name}\ndescription: "A starter: {STARTERS[kind].words}."\n{STARTERS[kind].text}'
