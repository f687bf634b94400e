"""Specs written as Python code for Keras, against what Keras made of it (`record_specs.py`)."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.analysis.analyse import analyse
from shapecalc.diagnostics import Fault
from shapecalc.expressions.evaluate import evaluate
from shapecalc.formats.keras.writing.code.expressions import in_python, make_divisible
from shapecalc.formats.keras.writing.code.helpers import HELPERS
from shapecalc.formats.keras.writing.code.layout import WIDTH
from shapecalc.formats.keras.writing.python import keras_python
from shapecalc.model.load import Library
from tests.formats.keras.every_spec import NAMES, report_of_spec, texts_of

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
    code = texts_of(name)["python"]
    ast.parse(code)
    for line in code.splitlines():
        assert len(line) <= WIDTH or "https://" in line
        assert line == line.rstrip()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input: [d]\nlayers:\n  - Dense: {units: $d}", "dense: `units` of Dense is the formula d"),
        ("inputs: {}\nlayers:\n  - ops.arange: {start: 3}", "model: Keras makes no model that has no input"),
        ("input: [d]\nlayers:\n  - Dense: {units: 3}", "dense: the shape of its `kernel` depends on d"),
        (
            "inputs: {a: [5, 3], b: [5, 3]}\nlayers:\n  - TimeDistributed: {layer: Add}\n    from: [a, b]",
            "time_distributed: in Keras TimeDistributed takes one input, and this one takes several",
        ),
    ],
)
def test_what_keras_cannot_build_is_refused(text: str, message: str) -> None:
    with pytest.raises(Fault) as fault:
        code_of(text)
    assert fault.value.diagnostics[0].sentence.startswith(message)


@pytest.mark.parametrize(
    ("text", "scope", "written"),
    [
        ("$a * 2", {"a": 3}, "a * 2"),
        ("$a / 2", {"a": 6}, "a // 2"),
        ("$a / 2", {"a": 3}, "a / 2"),
        ("4*$d", {"d": 8}, "4 * d"),
        ("$d ** -0.5", {"d": 4}, "d**-0.5"),
        ("($d // $h) ** -0.5", {"d": 8, "h": 2}, "(d // h) ** -0.5"),
        ("$f * $w", {"f": 16, "w": 0.5}, "round(f * w)"),
        ("$f * $w", {"f": 3, "w": 0.5}, "f * w"),
        ("$w", {"w": 0.5}, "w"),
        ("$kind == 'lstm' and not $wide", {"kind": "gru", "wide": True}, 'kind == "lstm" and not wide'),
        ("1 < $n <= 5", {"n": 3}, "1 < n <= 5"),
        ("$a if $b else null", {"a": 1, "b": False}, "a if b else None"),
        ("$x == null", {"x": None}, "x is None"),
        ("ceil($r * 10) + floor($r)", {"r": 0.25}, "math.ceil(r * 10) + math.floor(r)"),
        ("floor($r * 100)", {"r": 0.29}, None),
        ("($a + 1) * -$a - ($a - 1) - 2", {"a": 3}, "(a + 1) * -a - (a - 1) - 2"),
        ("(-$a) ** 2 + -$a ** 2", {"a": 3}, "(-a) ** 2 + -(a**2)"),
        ("($a or $b) and ($a if $b else 2)", {"a": 1, "b": 3}, "(a or b) and (a if b else 2)"),
        ("max([1, $n], 2)", {"n": 3}, None),
        ("max($n, 2)", {"n": 3}, "max(n, 2)"),
        ("$sizes[-1] + ${n}", {"sizes": [1, 2], "n": 1}, "sizes[-1] + n"),
    ],
)
def test_an_expression_is_written_as_what_comes_to_the_same(
    text: str, scope: dict[str, object], written: str | None
) -> None:
    assert in_python(text, {}, [scope]) == written


@given(
    st.decimals(0, 5000, places=2).map(float) | st.integers(0, 5000),
    st.integers(1, 64),
    st.none() | st.integers(1, 300),
)
def test_widths_are_rounded_as_in_a_spec(value: float, divisor: int, least: int | None) -> None:
    scope: dict[str, object] = {"v": value, "d": divisor, "m": divisor if least is None else least}
    written: dict[str, Callable[..., int]] = {}
    exec(HELPERS["make_divisible"], written)
    wanted = evaluate("make_divisible($v, $d, $m)", scope)
    assert written["make_divisible"](value, divisor, least) == make_divisible(value, divisor, least) == wanted


FLAT = {
    "slices as an argument says": 'args: {k: ":, 0"}\ninput: [4]\nlayers:\n  - ops.get_item: {key: $k}\n',
    "reads a mapping from an argument": (
        "args: {rounds: {units: [3, 2]}}\ninput: [4]\nlayers:\n  - Dense: {units: $units}\n    repeat: $rounds\n"
    ),
    "has another number of outputs by argument": (
        "input: [4, 3]\nblocks:\n  B:\n    args: {state: false}\n    layers:\n"
        "      - LSTM: {units: 2, return_state: $state, return_sequences: true}\n"
        "layers:\n  - B: {state: true, name: b}\n  - B:\n    from: b.output\n"
    ),
    "is exact where floats are not": "args: {w: 0.29}\ninput: [4]\nlayers:\n  - Dense: {units: floor($w * 100)}\n",
    "is named by an argument": "args: {n: first}\ninput: [4]\nlayers:\n  - Dense: {units: 2, name: $n}\n",
    "is skipped and has several outputs": (
        "args: {deep: true}\ninput: [4, 3]\nlayers:\n  - GRU: {units: 3, return_state: true, name: g}\n    if: $deep\n"
        "  - Concatenate:\n    from: [g, g.state_h]\n"
    ),
}


def test_what_stands_behind_a_named_argument_is_named() -> None:
    entry = "AdaptiveAveragePooling2D: {output_size: 2, data_format: channels_first}"
    code = code_of(f"input: [3, 6, 6]\nlayers:\n  - {entry}\n")
    assert '        data_format="channels_first",\n        output_size=' in code
    ast.parse(code)


def test_a_position_may_be_an_argument() -> None:
    code = code_of("args: {n: 2}\ninput: [4, 3]\nlayers:\n  - ops.get_item: {key: [':', $n // 2, '::2', null]}\n")
    assert "    x = inputs[:, n // 2, ::2, None]\n" in code


@pytest.mark.parametrize("name", FLAT)
def test_what_has_no_form_with_parameters_is_laid_flat(name: str) -> None:
    code = code_of(FLAT[name])
    assert code.startswith("# Laid flat, with every value put in: ")
    assert "def build_model():" in code
    ast.parse(code)


def test_a_flat_model_is_a_call_a_line() -> None:
    code = code_of(FLAT["has another number of outputs by argument"])
    assert (
        code.partition("\n\n\n")[2].partition("\n\n\n")[0]
        == """\
def build_model():
    inputs = keras.Input((4, 3), name="input")
    b_lstm = layers.LSTM(
        units=2, return_sequences=True, return_state=True, name="b_lstm"
    )(inputs)[0]
    b_1_lstm = layers.LSTM(units=2, return_sequences=True, name="b_1_lstm")(b_lstm)
    return keras.Model(inputs, b_1_lstm, name="model")"""
    )


def test_an_output_of_the_entry_above_may_be_that_of_a_call_again() -> None:
    code = code_of(
        "input: [4, 3]\nlayers:\n  - LSTM: {units: 3, return_sequences: true, return_state: true, name: a}\n"
        "  - reuse: a\n  - Dense: {units: 2}\n    from: prev.state_h\n  - Dense: {units: 2}\n"
    )
    assert "    _, x_state_h, _ = a_layer(x)\n" in code
    assert '    x = layers.Dense(2, name="dense")(x_state_h)\n' in code
