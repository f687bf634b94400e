"""Masks have shapes, which are inferred and judged as those of tensors are: what passes `check` runs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.verify import run_model, sample_inputs
from tests.specs.analysed import found_in, report_of, said_of

CELLS = "[{LSTMCell: {units: 4}}, {GRUCell: {units: 4}}]"
LAYERS = [
    "Dense: {units: 4}", "Masking: {}", "LSTM: {units: 4, return_sequences: true}", "LSTM: {units: 4}",
    "GRU: {units: 3, return_sequences: true}", "Bidirectional: {layer: {LSTM: {units: 2, return_sequences: true}}}",
    f"RNN: {{cell: {CELLS}, return_sequences: true}}", "ConvLSTM1D: {filters: 4, kernel_size: 1}",
    "ConvLSTM1D: {filters: 4, kernel_size: 1, return_sequences: true}", "TimeDistributed: {layer: {Dense: {units: 4}}}",
    "TimeDistributed: {layer: {LSTM: {units: 4, return_sequences: true}}}", "TimeDistributed: {layer: Softmax}",
    "TimeDistributed: {layer: Masking}", "TimeDistributed: {layer: BatchNormalization}",
    "TimeDistributed: {layer: GlobalAveragePooling1D}", "TimeDistributed: {layer: Flatten}",
    "Softmax: {}", "Softmax: {axis: 1}", "Softmax: {axis: [1, 2]}", "BatchNormalization: {}", "LayerNormalization: {}",
    "GlobalAveragePooling1D: {}", "GlobalMaxPooling1D: {}", "Dropout: {rate: 0.1}", "Reshape: {target_shape: [4, -1]}",
    "Flatten: {}", "Permute: {dims: [2, 1]}", "RepeatVector: {n: 4}", "Conv1D: {filters: 4, kernel_size: 1}",
    "Identity: {}", "PReLU: {}", "SpectralNormalization: {layer: {Dense: {units: 4}}}", "ops.relu: {}",
    "UpSampling1D: {}", "GroupNormalization: {groups: 1}", "UnitNormalization: {}",
]  # fmt: skip
MERGING = [
    "Add: {}", "Subtract: {}", "Multiply: {}", "Average: {}", "Maximum: {}", "Minimum: {}", "Concatenate: {}",
    "Concatenate: {axis: 1}", "Concatenate: {axis: 2}", "Dot: {axes: 1}", "Dot: {axes: 2}", "Attention: {}",
    "AdditiveAttention: {}", "MultiHeadAttention: {num_heads: 1, key_dim: 2}",
    "MultiHeadAttention: {num_heads: 1, key_dim: 2, attention_axes: [2]}",
    "GroupQueryAttention: {head_dim: 2, num_query_heads: 1, num_key_value_heads: 1}",
]  # fmt: skip
SOURCES = {
    "x": "{shape: [4], dtype: int32}", "y": "{shape: [4, 4], dtype: int32}", "f": "[4, 4]", "g": "[4, 4, 4]",
    "h": "[4, 4, 4, 2]",
}  # fmt: skip
BY_HAND = {"m": "{shape: [4], dtype: bool}", "n": "{shape: [4, 4], dtype: bool}"}
TAKES = {"LSTM": "sequences", "Softmax": "inputs", "BatchNormalization": "inputs", "GlobalAveragePooling1D": "inputs"}


@st.composite
def pipelines(draw: Any) -> str:
    """A spec whose layers pass masks on, join them and use them, every one of them an output."""
    used = draw(st.lists(st.sampled_from(list(SOURCES)), min_size=1, max_size=2, unique=True))
    masks: list[str] = []
    entries = [
        f"Embedding: {{input_dim: 5, output_dim: 4, mask_zero: true, name: l{place}}}\n    from: {name}"
        if name in "xy"
        else f"Masking: {{name: l{place}}}\n    from: {name}"
        for place, name in enumerate(used)
    ]
    for place in range(len(entries), len(entries) + draw(st.integers(1, 4))):
        earlier = st.integers(0, place - 1).map("l{}".format)
        kind = draw(st.sampled_from("lllmmh"))
        entry = draw(st.sampled_from(MERGING if kind == "m" else LAYERS))
        type_name = entry.partition(":")[0]
        source = f"[{draw(earlier)}, {draw(earlier)}]" if kind == "m" else draw(earlier)
        if kind == "h" and type_name in TAKES:
            masks.append(draw(st.sampled_from(list(BY_HAND))))
            source = f"{{{TAKES[type_name]}: {source}, mask: {masks[-1]}}}"
        comma = "" if entry.endswith("{}") else ", "
        entries.append(f"{entry[:-1]}{comma}name: l{place}}}\n    from: {source}")
    inputs = {name: shape for name, shape in (SOURCES | BY_HAND).items() if name in (*used, *masks)}
    declared = ", ".join(f"{name}: {shape}" for name, shape in inputs.items())
    layers = "".join(f"  - {entry}\n" for entry in entries)
    return f"inputs: {{{declared}}}\nlayers:\n{layers}outputs: [{', '.join(f'l{n}' for n in range(len(entries)))}]\n"


@settings(max_examples=150)
@given(pipelines())
def test_a_pipeline_of_masks_that_passes_runs(text: str) -> None:
    if any(one.severity == "error" or one.code == "SC503" for one in found_in(text)):
        return
    report = report_of(text)
    run = run_model(report, sample_inputs(report, "random"))
    assert run.diagnostics == []
    assert run.agrees


IDS = (
    "inputs: {ids: {shape: [6, 4], dtype: int32}}\nlayers:\n"
    "  - Embedding: {input_dim: 9, output_dim: 8, mask_zero: true}\n"
)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("TimeDistributed: {layer: Flatten}\n  - LSTM: {units: 5}",
         "lstm: cannot lay a mask of shape (None, 6, 4) on states of shape (None, 5)"),
        ("TimeDistributed: {layer: Flatten}\n  - Bidirectional: {layer: {GRU: {units: 5}}}",
         "bidirectional/forward_gru: cannot lay a mask of shape (None, 6, 4) on states of shape (None, 5)"),
        ("TimeDistributed: {layer: Flatten}\n  - GlobalAveragePooling1D",
         "global_average_pooling1d: needs a mask (batch, time), got (None, 6, 4)"),
        ("Softmax", "softmax: the mask (None, 6, 4) that comes with the input does not broadcast to (None, 6, 4, 8)"),
        ("TimeDistributed: {layer: Flatten}\n  - Concatenate: {axis: 1}\n    from: [prev, prev]", None),
        ("TimeDistributed: {layer: {LSTM: {units: 4}}}", None),
        ("TimeDistributed: {layer: Flatten}\n  - LSTM: {units: 4}", None),
        ("BatchNormalization", None),
        ("TimeDistributed: {layer: Flatten}\n  - BatchNormalization",
         "batch_normalization: needs a mask of 2 axes, one fewer than its input, got (None, 6, 4)"),
        ("TimeDistributed: {layer: Flatten, name: flat}\n  - Masking: {name: again}\n  - Add:\n    from: [flat, again]",
         "add: cannot join masks of shape (None, 6, 4) and (None, 6)"),
    ],
)  # fmt: skip
def test_a_mask_that_cannot_be_used_is_refused_with_its_shape(entries: str, message: str | None) -> None:
    said = [line for line in said_of(f"{IDS}  - {entries}\n") if "SC505" not in line]
    assert len(said) == (message is not None), said
    assert all(str(message) in line for line in said), said


@pytest.mark.parametrize(
    ("layer", "warned"),
    [
        ("{Embedding: {input_dim: 9, output_dim: 8, mask_zero: true}}", "Embedding"),
        ("Masking", "Masking"),
        ("{TimeDistributed: {layer: Masking}}", "Masking"),
        ("Masks", "Masks"),
        ("Uses", None),
        ("{Dense: {units: 4}}", None),
        ("{Embedding: {input_dim: 9, output_dim: 8}}", None),
    ],
)
def test_a_mask_that_starts_within_a_step_and_stays_there_is_a_warning(layer: str, warned: str | None) -> None:
    blocks = "blocks:\n  Masks: {layers: [Masking]}\n  Uses: {layers: [Masking, LSTM: {units: 3}]}\n"
    blocks = "".join(
        line + "\n" for line in blocks.splitlines() if "blocks" in line or line.split(":")[0].strip() in layer
    )
    text = f"input: [6, 4, 5]\n{blocks if ':' in blocks[7:] else ''}layers:\n  - TimeDistributed: {{layer: {layer}}}\n"
    said = said_of(text)
    assert [f"the mask that {warned} starts within a step never leaves it" in line for line in said] == (
        [] if warned is None else [True]
    ), said
