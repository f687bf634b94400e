"""The model on which optimizers, checkpoints and half precision are measured."""

from __future__ import annotations

BATCH, STEPS, WORDS, UNITS, HIDDEN, CLASSES, BLOCKS = 4, 24, 60, 32, 160, 5, 3
DTYPES = ("float32", "mixed_bfloat16", "bfloat16")

SPEC = f"""
args: {{dtype: float32}}
dtype: $dtype
inputs: {{words: {{shape: [{STEPS}], dtype: int32}}}}
blocks:
  Block:
    layers:
      - Dense: {{units: {HIDDEN}, activation: gelu}}
      - Dense: {{units: {UNITS}}}
      - Add:
        from: [input, prev]
layers:
  - Embedding: {{input_dim: {WORDS}, output_dim: {UNITS}}}
  - Block:
    repeat: {BLOCKS}
  - GlobalMaxPooling1D
  - Dense: {{units: {CLASSES}}}
"""
