"""A model written as a spec."""

from __future__ import annotations

from pathlib import Path

from shapecalc.formats.flat_model import sketch
from shapecalc.formats.spec_text import spec_text
from tests.specs.analysed import clean


def test_a_chain_reads_as_a_person_would_write_it() -> None:
    text = (Path(__file__).parent / "keras" / "specs" / "cnn.yaml").read_text()
    assert spec_text(sketch(clean(text))) == (
        "name: model\n"
        "input: [32, 32, 3]\n"
        "layers:\n"
        "  - Conv2D:\n"
        "      name: conv2d\n"
        "      filters: 8\n"
        "      kernel_size: [3, 5]\n"
        "      strides: [2, 2]\n"
        "      padding: same\n"
        "      use_bias: false\n"
        "      kernel_initializer: he_normal\n"
        "  - BatchNormalization: {name: batch_normalization, momentum: 0.9}\n"
        "  - ReLU: {name: re_lu}\n"
        "  - DepthwiseConv2D:\n"
        "      name: depthwise_conv2d\n"
        "      kernel_size: [3, 3]\n"
        "      depthwise_initializer: {random_normal: {stddev: 0.1}}\n"
        "  - ZeroPadding2D: {name: zero_padding2d, padding: [[1, 0], [2, 1]]}\n"
        "  - MaxPooling2D: {name: max_pooling2d, pool_size: [2, 2]}\n"
        "  - GlobalAveragePooling2D: {name: global_average_pooling2d}\n"
        "  - Dropout: {name: dropout, rate: 0.2}\n"
        "  - Dense: {name: dense, units: 10, activation: softmax, kernel_regularizer: {L2: {l2: 0.01}}}\n"
    )
