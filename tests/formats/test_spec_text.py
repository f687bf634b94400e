"""A model written as a spec."""

from __future__ import annotations

from pathlib import Path

from shapecalc.formats.flat_model import flatten
from shapecalc.formats.spec_text import spec_text
from tests.specs.analysed import clean


def test_a_chain_reads_as_a_person_would_write_it() -> None:
    text = (Path(__file__).parent / "keras" / "specs" / "cnn.yaml").read_text()
    assert spec_text(flatten(clean(text))) == (
        "name: model\n"
        "input: [32, 32, 3]\n"
        "layers:\n"
        "  - Conv2D: {filters: 8, kernel_size: [3, 5], strides: 2, padding: same, use_bias: false,\n"
        "      kernel_initializer: he_normal}\n"
        "  - BatchNormalization: {momentum: 0.9}\n"
        "  - ReLU\n"
        "  - DepthwiseConv2D: {kernel_size: 3, depthwise_initializer: {random_normal: {stddev: 0.1}}}\n"
        "  - ZeroPadding2D: {padding: [[1, 0], [2, 1]]}\n"
        "  - MaxPooling2D\n"
        "  - GlobalAveragePooling2D\n"
        "  - Dropout: {rate: 0.2}\n"
        "  - Dense: {units: 10, activation: softmax, kernel_regularizer: {L2: {l2: 0.01}}}\n"
    )
