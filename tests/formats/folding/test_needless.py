"""No line of what `convert` writes could be left out, nor a word of it but names: without it the model is another."""

from __future__ import annotations

import pytest

from tests.formats.folding.converted import KERAS, written, written_of_keras
from tests.formats.folding.convmixer import convmixer
from tests.formats.folding.pieces import needless_pieces
from tests.formats.keras.test_examples import ALL, read
from tests.formats.keras.test_networks import ALWAYS, convert
from tests.golden.networks import NAMES

NETWORKS = [pytest.param(name, marks=() if name in ALWAYS else pytest.mark.long) for name in NAMES]

PASSED_ON = {"MobileNetV3Large": ["layers > 12 > ConvNormAct2 > filters_3"]}
"""Arguments that a block hands on to another, which does not read them in this call."""

WORDY = """
name: wordy
input: [8, 8, 3]
blocks:
  Step:
    args: {filters: 4, size: 3, never: 1}
    layers:
      - Conv2D: {filters: $filters, kernel_size: $size, padding: valid}
      - MaxPooling2D: {pool_size: 2, strides: 2}
layers:
  - Step: {filters: 4}
    from: input
    if: true
  - TimeDistributed: {layer: {LayerNormalization: {epsilon: 0.001, axis: 1}}}
  - BatchNormalization: {axis: 3}
  - Dense: {units: 3, activation: linear}
    repeat: 1
"""


def test_what_could_be_left_out_is_found() -> None:
    assert needless_pieces(WORDY) == [
        "layers > 0 > Step > filters",
        "layers > 0 > from",
        "layers > 0 > if",
        "layers > 1 > TimeDistributed > layer > LayerNormalization > epsilon",
        "layers > 2 > BatchNormalization > axis",
        "layers > 3 > Dense > activation",
        "layers > 3 > repeat",
        "blocks > Step > layers > 0 > Conv2D > padding",
        "blocks > Step > layers > 1 > MaxPooling2D > pool_size",
        "blocks > Step > layers > 1 > MaxPooling2D > strides",
        "blocks > Step > args > never",
    ]


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("name", KERAS)
def test_no_piece_of_a_model_of_keras_could_be_left_out(name: str, fold: bool) -> None:
    assert needless_pieces(written_of_keras(name, fold=fold).text) == []


@pytest.mark.parametrize("name", ALL)
def test_no_piece_of_an_example_could_be_left_out(name: str) -> None:
    assert needless_pieces(read(name).text) == []


def test_no_piece_of_a_convmixer_could_be_left_out() -> None:
    assert needless_pieces(written(convmixer()).text) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_no_piece_of_a_network_could_be_left_out(name: str) -> None:
    assert needless_pieces(convert(name).text) == PASSED_ON.get(name, [])
