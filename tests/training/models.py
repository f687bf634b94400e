"""Whole models whose training is held against Keras on PyTorch: published ones, and small ones of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.report import Report
from shapecalc.model.load import Library

SPECS = Path(__file__).resolve().parents[2] / "specs"
BATCHES = (1, 2, 5)


class Model(NamedTuple):
    """A model: the file of a spec below specs/ with the values that are set, or the text of a spec."""

    file: str = ""
    values: dict[str, Any] = {}  # noqa: RUF012  # never changed
    text: str = ""

    def report(self, batch: int | None) -> Report:
        """The report on the model with a batch of this size, of none where it is left open."""
        library = Library()
        spec = library.parse(self.text, "model.yaml") if self.text else library.open(str(SPECS / self.file))
        return analyse(spec, Settings(dict(self.values), batch))


LSTM_STACK = """
input: [60, 32]
layers:
  - LSTM: {units: 64, return_sequences: true}
  - Dropout: {rate: 0.2}
  - LSTM: {units: 48, return_sequences: true}
  - LSTM: {units: 32}
  - Dense: {units: 3, activation: softmax}
"""
GRU_STACK = """
input: [60, 32]
layers:
  - GRU: {units: 64, return_sequences: true}
  - LayerNormalization
  - GRU: {units: 48}
  - Dense: {units: 1}
"""
TAGGER = """
inputs: {words: {shape: [40], dtype: int32}}
layers:
  - Embedding: {input_dim: 500, output_dim: 64, mask_zero: true}
  - Bidirectional: {layer: {LSTM: {units: 48, return_sequences: true}}}
  - TimeDistributed: {layer: {Dense: {units: 4, activation: softmax}}}
"""
CNN = """
input: [64, 64, 3]
layers:
  - Conv2D: {filters: 32, kernel_size: 3, activation: relu, padding: same}
  - BatchNormalization
  - MaxPooling2D
  - Conv2D: {filters: 48, kernel_size: 3, strides: 2, use_bias: false}
  - ReLU
  - Flatten
  - Dropout: {rate: 0.5}
  - Dense: {units: 10, activation: softmax}
"""
FROZEN = """
input: [64, 64, 3]
blocks:
  Backbone:
    layers:
      - Conv2D: {filters: 32, kernel_size: 3, activation: relu}
      - BatchNormalization
      - MaxPooling2D
      - Conv2D: {filters: 64, kernel_size: 3}
layers:
  - Backbone: {trainable: false}
  - GlobalAveragePooling2D
  - Dense: {units: 256, activation: relu}
  - Dense: {units: 4, activation: softmax}
"""
SIAMESE = """
inputs: {left: [40, 32], right: [40, 32]}
layers:
  - Dense: {units: 48, activation: tanh, name: embed}
    from: left
  - reuse: {layer: embed, name: embed_right}
    from: right
  - LSTM: {units: 64, name: encode}
    from: embed
  - reuse: {layer: encode, name: encode_right}
    from: embed_right
  - Subtract:
    from: [encode, encode_right]
  - Dense: {units: 1, activation: sigmoid}
"""
NESTED = """
input: [48, 64]
blocks:
  Feed:
    input: [T, D]
    layers:
      - Dense: {units: 256, activation: gelu}
      - Dense: {units: 64}
  Layer:
    layers:
      - LayerNormalization
      - MultiHeadAttention: {num_heads: 4, key_dim: 16}
        from: [prev, prev]
      - Add: {name: attended}
        from: [input, prev]
      - LayerNormalization
      - Feed
      - Add:
        from: [attended, prev]
layers:
  - Layer:
    repeat: 3
  - GlobalMaxPooling1D
  - Dense: {units: 2}
"""

GROUPED = """
input: [64, 64, 3]
layers:
  - SeparableConv2D: {filters: 32, kernel_size: 3, activation: swish}
  - GroupNormalization: {groups: 8}
  - GlobalMaxPooling2D
  - Dense: {units: 2}
"""
GROUPED_ATTENTION = """
input: [128, 64]
layers:
  - GroupQueryAttention: {head_dim: 16, num_query_heads: 8, num_key_value_heads: 2}
    from: [input, input]
  - RMSNormalization
  - Dense: {units: 3}
"""


MODELS: dict[str, Model] = {
    "many_to_many": Model("tutorial/many_to_many.yaml"),
    "lstm_stack": Model(text=LSTM_STACK),
    "gru_stack": Model(text=GRU_STACK),
    "tagger": Model(text=TAGGER),
    "cnn": Model(text=CNN),
    "frozen_backbone": Model(text=FROZEN),
    "siamese": Model(text=SIAMESE),
    "nested_blocks": Model(text=NESTED),
    "grouped": Model(text=GROUPED),
    "grouped_attention": Model(text=GROUPED_ATTENTION),
    "lenet5": Model("models/lenet5.yaml"),
    "resnet50": Model("models/resnet50.yaml"),
    "unet": Model("models/unet.yaml", {"size": 188}),
    "bert_base": Model("models/bert_base.yaml", {"T": 24}),
    "gpt2_small": Model("models/gpt2_small.yaml", {"T": 24, "vocabulary": 500}),
    "vit_b_16": Model("models/vit_b_16.yaml"),
    "mobilenet_v1": Model("models/mobilenet_v1.yaml"),
    "mobilenet_v2": Model("models/mobilenet_v2.yaml"),
    "efficientnet_b0": Model("models/efficientnet_b0.yaml"),
    "densenet121": Model("models/densenet121.yaml"),
    "inception_v3": Model("models/inception_v3.yaml"),
    "lstm_seq2seq": Model("models/lstm_seq2seq.yaml", {"units": 16, "S": 7, "T": 5}),
    "wavenet": Model("models/wavenet.yaml", {"T": 50}),
    "t5_small": Model("models/t5_small.yaml", {"S": 12, "T": 9, "vocabulary": 300}),
    "whisper_tiny": Model("models/whisper_tiny.yaml", {"T": 6, "frames": 60, "vocabulary": 300}),
    "convlstm_video": Model("models/convlstm_video.yaml", {"T": 4, "H": 9, "W": 8}),
}
