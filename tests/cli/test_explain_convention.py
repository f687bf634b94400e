"""`shapecalc explain --convention torch`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Command

NORMED = """\
name: normed
input: [8, 8, 3]
blocks:
  ConvNorm:
    layers:
      - Conv2D: {filters: 4, kernel_size: 3}
      - BatchNormalization
  Two:
    layers: [ConvNorm, ConvNorm]
layers: [Two, ReLU]
"""


def test_the_tutorial_s_lstm_has_160_in_pytorch(shapecalc: Command, spec: Path) -> None:
    assert shapecalc("explain", spec.name, "--convention", "torch") == (
        0,
        "many_to_many as PyTorch counts it\n"
        "  layer             type             Keras  PyTorch  why\n"
        "  lstm              LSTM               140      160  + 4*units = 20: PyTorch\n"
        "                                                     adds a second bias to the\n"
        "                                                     product with the state\n"
        "                                                     (bias_hh)\n"
        "  time_distributed  TimeDistributed      6        6\n"
        "  total                                146      166\n",
        "",
    )


def test_blocks_are_added_up_and_opened_by_path(shapecalc: Command) -> None:
    # Convolutions of 27 * 4 + 4 and 36 * 4 + 4, each with a normalization of 16, half of it statistics.
    assert shapecalc("explain", "-", "--convention", "torch", stdin=NORMED).out == (
        "normed as PyTorch counts it\n"
        "  layer  type  Keras  PyTorch  why\n"
        "  two    Two     292      276  - 16 in 2 layers: moving_mean and moving_variance\n"
        "                               are buffers in PyTorch, not parameters\n"
        "  re_lu  ReLU      0        0\n"
        "  total          292      276\n"
        "  PyTorch's buffers hold 16 numbers besides, and a count of batches for each\n"
        "  layer\n"
    )
    options = ("two/conv_norm/batch_normalization", "--convention", "torch")
    out = shapecalc("explain", "-", *options, stdin=NORMED).out
    assert "BatchNormalization     16        8  - 2*channels = 8:" in out


def test_markdown_and_json(shapecalc: Command, spec: Path) -> None:
    text = shapecalc("explain", spec.name, "--convention", "torch", "--output-format", "markdown").out
    assert text.startswith("### many\\_to\\_many as PyTorch counts it\n\n| layer | type | Keras | PyTorch | why |\n")
    data = json.loads(shapecalc("explain", spec.name, "--convention", "torch", "--output-format", "json").out)
    (model,) = data["models"]
    assert model["totals"] == {"keras": 146, "torch": 166, "torch_buffers": 0}
    assert model["layers"][0]["why"] == [
        {
            "params": 20,
            "formula": "4*units",
            "layers": 1,
            "reason": "PyTorch adds a second bias to the product with the state (bias_hh)",
        }
    ]


def test_a_broken_spec_is_a_finding(shapecalc: Command) -> None:
    code, out, err = shapecalc("explain", "-", "--convention", "torch", stdin="input: [4]\nlayers: [Danse]\n")
    assert (code, out) == (1, "")
    assert err.startswith("<stdin>:2:10: error[SC201]")
    code, out, _ = shapecalc(
        "explain", "-", "--convention", "torch", "--output-format", "json", stdin="input: [4]\nlayers: [Danse]\n"
    )
    assert (code, json.loads(out)["models"]) == (1, [])
