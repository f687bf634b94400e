"""Specs written as Python code for Keras, against what Keras made of it (`record_specs.py`)."""

from __future__ import annotations

import ast

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.diagnostics import Fault
from shapecalc.formats.keras.code.layout import WIDTH
from shapecalc.formats.keras.python import keras_python
from shapecalc.model.load import Library
from tests.formats.keras.every_spec import NAMES, report_of_spec

MANY_TO_MANY = '''\
import keras
from keras import layers


def build_model():
    """A sequence in, a sequence out. TimeDistributed applies one Dense of 6 weights
    to every step.
    """
    inputs = keras.Input((5, 1), name="input")
    x = layers.LSTM(5, return_sequences=True, name="lstm")(inputs)
    x = layers.TimeDistributed(layers.Dense(1), name="time_distributed")(x)
    return keras.Model(inputs, x, name="many_to_many")


if __name__ == "__main__":
    build_model().summary()
'''

BLOCKS = """\
args: {width: 0.5, classes: 10}
input: [8, 8, 3]
blocks:
  Residual:
    args: {filters: required, strides: 1, project: false}
    input: [H, W, C]
    layers:
      - Conv2D: {filters: $filters, kernel_size: 1, strides: $strides, name: shortcut}
        if: $project
      - Conv2D: {filters: $filters, kernel_size: 3, strides: $strides, padding: same}
        from: input
      - Dense: {units: $C // 2 + $classes}
      - Dense: {units: $filters}
      - Add:
        from: [shortcut, prev]
layers:
  - Residual: {filters: "make_divisible($f * $width, 4)", strides: 2, project: true}
    repeat: {f: [16, 32]}
  - GlobalAveragePooling2D
  - Dense: {units: $classes}
"""

BLOCKS_WRITTEN = """\
def residual(inputs, *, filters, strides=1, project=False, classes, name):
    C = inputs.shape[3]
    shortcut = inputs
    if project:
        shortcut = layers.Conv2D(filters, 1, strides=strides, name=f"{name}_shortcut")(
            inputs
        )
    x = layers.Conv2D(
        filters, 3, strides=strides, padding="same", name=f"{name}_conv2d"
    )(inputs)
    x = layers.Dense(C // 2 + classes, name=f"{name}_dense")(x)
    x = layers.Dense(filters, name=f"{name}_dense_1")(x)
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return x


def build_model(width=0.5, classes=10):
    inputs = keras.Input((8, 8, 3), name="input")
    x = inputs
    for i, f in enumerate([16, 32]):
        x = residual(
            x,
            filters=make_divisible(f * width, 4),
            strides=2,
            project=True,
            classes=classes,
            name=f"residual_{i}",
        )
    x = layers.GlobalAveragePooling2D(name="global_average_pooling2d")(x)
    x = layers.Dense(classes, name="dense")(x)
    return keras.Model(inputs, x, name="model")
"""


def code_of(text: str) -> str:
    report = analyse(Library().parse(text, "model.yaml"))
    assert report.ok, report.diagnostics
    return keras_python(report)


def test_a_chain_is_a_line_a_layer() -> None:
    assert keras_python(report_of_spec("tutorial/many_to_many")) == MANY_TO_MANY


def test_a_block_is_a_function_a_repeat_a_loop_and_an_if_an_if() -> None:
    assert BLOCKS_WRITTEN in code_of(BLOCKS)


@pytest.mark.parametrize("name", NAMES)
def test_code_is_laid_out_within_a_width(name: str) -> None:
    code = keras_python(report_of_spec(name))
    ast.parse(code)
    for line in code.splitlines():
        assert len(line) <= WIDTH or "https://" in line
        assert line == line.rstrip()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input: [d]\nlayers:\n  - Dense: {units: $d}", "dense: `units` of Dense is the formula d"),
        ("input: [d]\nlayers:\n  - Dense: {units: 3}", "dense: the shape of its `kernel` depends on d"),
    ],
)
def test_what_keras_cannot_build_is_refused(text: str, message: str) -> None:
    with pytest.raises(Fault) as fault:
        code_of(text)
    assert fault.value.diagnostics[0].sentence.startswith(message)
