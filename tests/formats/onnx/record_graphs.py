"""Records small models with graphs in them: functions, branches and loops, and what ONNX Runtime makes of them.

Run in an environment of its own, with onnx and onnxruntime: `python -m tests.formats.onnx.record_graphs`. It writes
`graphs.json`: each model as bytes, and the shapes of its outputs at some bindings of its named axes.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper, parser

PATH = Path(__file__).parent / "graphs.json"

HEAD = '<ir_version: 9, opset_import: ["" : 18, "own" : 1]>'

MODELS: dict[str, tuple[str, list[dict[str, int]]]] = {
    "function": (
        HEAD
        + """ agraph (float[n, 4] x) => (float[n, 6] y) {
            w = Constant <value = float[4, 6] {0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}> ()
            y = own.layer <slope = 0.2> (x, w)
        }
        <domain: "own", opset_import: ["" : 18, "own" : 1]>
        layer <slope: float = 0.5> (a, b) => (c) {
            product = MatMul(a, b)
            c = own.bend <alpha: float = @slope> (product)
        }
        <domain: "own", opset_import: ["" : 18]>
        bend <alpha> (a) => (b) { scaled = LeakyRelu <alpha: float = @alpha> (a)  b = Tanh(scaled) }
        """,
        [{"n": 3}, {"n": 7}],
    ),
    "branch_known": (
        HEAD
        + """ agraph (float[n, 4] x) => (float[n, m] y) {
            shape = Shape(x)
            last = Gather <axis = 0> (shape, one)
            is_four = Equal(last, four)
            y = If (is_four) <
                then_branch = then () => (float[n, m] t) { t = MatMul(x, w) },
                else_branch = other () => (float[n, m] e) { e = Identity(x) }
            >
        }""",
        [{"n": 3}, {"n": 5}],
    ),
    "branch_open": (
        HEAD
        + """ agraph (float[n, 4] x, bool c) => (float[n, m] y) {
            y = If (c) <
                then_branch = then () => (float[n, m] t) { t = MatMul(x, w) },
                else_branch = other () => (float[n, m] e) {
                    s = Slice(x, zero, two, one1)
                    e = Concat <axis = 1> (x, s)
                }
            >
        }""",
        [{"n": 3}, {"n": 5}],
    ),
    "loop_fixed": (
        HEAD
        + """ agraph (float[n, 4] x) => (float[n, 4] y, float[t, n, 2] z) {
            y, z = Loop (five, , x) <
                body = step (int64 i, bool go, float[n, 4] h) => (bool go_on, float[n, 4] g, float[n, 2] o) {
                    go_on = Identity(go)
                    g = Add(h, x)
                    o = MatMul(g, v)
                }
            >
        }""",
        [{"n": 3}, {"n": 5}],
    ),
    "loop_growing": (
        HEAD
        + """ agraph (float[n, 4] x) => (float[n, k] y) {
            y = Loop (five, , x) <
                body = step (int64 i, bool go, float[n, h] h) => (bool go_on, float[n, g] g) {
                    go_on = Identity(go)
                    g = Concat <axis = 1> (h, x)
                }
            >
        }""",
        [{"n": 3}, {"n": 5}],
    ),
    "loop_named": (
        HEAD
        + """ agraph (float[n, 4] x) => (float[4] y, float[n, 4] z) {
            shape = Shape(x)
            count = Gather <axis = 0> (shape, zero0)
            start = Constant <value = float[4] {0, 0, 0, 0}> ()
            y, z = Loop (count, , start) <
                body = step (int64 i, bool go, float[4] h) => (bool go_on, float[4] g, float[4] o) {
                    go_on = Identity(go)
                    row = Gather <axis = 0> (x, i)
                    g = Add(h, row)
                    o = Identity(g)
                }
            >
        }""",
        [{"n": 3}, {"n": 5}],
    ),
    "parts": (
        HEAD
        + """ agraph (float[n, 5] x) => (float[n, 2] y, float[n, 2] z, float[2, n, 2] s, int64 k) {
            parts = SplitToSequence <axis = 1> (x, sizes)
            y = SequenceAt(parts, zero0)
            last = SequenceAt(parts, minus)
            z = Concat <axis = 1> (last, last)
            shorter = SequenceErase(parts, minus)
            s = ConcatFromSequence <axis = 0, new_axis = 1> (shorter)
            k = SequenceLength(shorter)
        }""",
        [{"n": 3}, {"n": 5}],
    ),
    "columns": (
        HEAD
        + """ agraph (float[n, 3] x) => (float[n] y, float[n, 3] z) {
            columns = SplitToSequence <axis = 1, keepdims = 0> (x)
            y = SequenceAt(columns, one)
            empty = SequenceEmpty()
            a = SequenceAt(columns, zero0)
            first = SequenceInsert(empty, y)
            second = SequenceInsert(first, a, zero0)
            third = SequenceInsert(second, y)
            z = ConcatFromSequence <axis = -1, new_axis = 1> (third)
        }""",
        [{"n": 2}, {"n": 5}],
    ),
    "version_7": (
        '<ir_version: 4, opset_import: ["" : 7]>'
        + """ agraph (float[n, 6, 8] x) => (float[n, 3, 16] a, float[n, 3, 8] b, float[n, 2, 6, 8] c,
            float[m, 4, 4] d) {
            first, second = Split <axis = 1> (x)
            large = Upsample <scales = [1.0, 1.0, 2.0]> (first)
            held = Clip <min = 0.0, max = 6.0> (large)
            a = Dropout <ratio = 0.5> (held)
            b = Softmax (second)
            row = Unsqueeze <axes = [1]> (x)
            c = Concat <axis = 1> (row, row)
            cut = Slice <axes = [1, 2], starts = [1, -4], ends = [3, 9223372036854775807]> (x)
            d = Pad <pads = [0, 1, 0, 1, 1, 0], value = 1.0> (cut)
        }""",
        [{"n": 3}, {"n": 5}],
    ),
    "version_10": (
        '<ir_version: 5, opset_import: ["" : 10]>'
        + """ agraph (float[n, 6, 8, 8] x) => (float[n, 6, 16, 12] a, float[n, 6, 8, 2] b, int64[n, 6, 8, 2] c,
            float[n, 6] d) {
            a = Resize <mode = "nearest"> (x, factors)
            b, c = TopK (x, two)
            sums = ReduceSum <axes = [2], keepdims = 1> (x)
            means = ReduceMean <axes = [-1]> (sums)
            d = Squeeze <axes = [2, 3]> (means)
        }""",
        [{"n": 3}, {"n": 5}],
    ),
    "version_12": (
        '<ir_version: 7, opset_import: ["" : 12]>'
        + """ agraph (float[n, 6, 8] x) => (float[n, 2, 8] a, float[n, 4, 8] b, float[n, 6, 8] c, float[n, 6, 8] d) {
            a, b = Split <axis = 1, split = [2, 4]> (x)
            c = LogSoftmax (x)
            d = Hardmax <axis = 2> (x)
        }""",
        [{"n": 3}, {"n": 5}],
    ),
    "scan": (
        HEAD
        + """ agraph (float[b, n, 4] x) => (float[b, 6] y, float[b, n, 6] z) {
            shape = Shape(x)
            batch = Gather <axis = 0> (shape, zero)
            size = Concat <axis = 0> (batch, six)
            start = ConstantOfShape (size)
            y, z = Scan (start, x) <
                num_scan_inputs = 1, scan_input_axes = [1], scan_output_axes = [1],
                body = step (float[b, 6] h, float[b, 4] s) => (float[b, 6] g, float[b, 6] o) {
                    p = MatMul(s, w)
                    g = Add(h, p)
                    o = Tanh(g)
                }
            >
        }""",
        [{"b": 2, "n": 3}, {"b": 1, "n": 7}],
    ),
}

CONSTANTS = {
    "w": np.zeros((4, 6), "float32"), "v": np.zeros((4, 2), "float32"), "one": np.array(1), "four": np.array(4),
    "five": np.array(5), "zero": np.array([0]), "zero0": np.array(0), "two": np.array([2]), "one1": np.array([1]),
    "six": np.array([6]), "sizes": np.array([2, 2, 1]), "minus": np.array(-1),
    "factors": np.array([1, 1, 2, 1.5], "float32"),
}  # fmt: skip


def make_model(text: str) -> onnx.ModelProto:
    """The model of a text, with the constants that it names."""
    model = parser.parse_model(text)
    names = {name for name in CONSTANTS if f" {name}" in text or f"({name}" in text}
    held = {output for node in model.graph.node if node.op_type == "Constant" for output in node.output}
    for name in sorted(names - held):
        model.graph.initializer.append(numpy_helper.from_array(CONSTANTS[name], name))
    onnx.checker.check_model(model)
    return model


def run(model: onnx.ModelProto, binding: dict[str, int]) -> list[Any]:
    """The dtypes and shapes of the outputs at a binding."""
    feed = {}
    for given in model.graph.input:
        tensor = given.type.tensor_type
        shape = [axis.dim_value or binding[axis.dim_param] for axis in tensor.shape.dim]
        feed[given.name] = np.ones(shape, helper.tensor_dtype_to_np_dtype(tensor.elem_type))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [[str(output.dtype), list(output.shape)] for output in session.run(None, feed)]


def main() -> None:
    """Records all models."""
    recorded = {}
    for name, (text, bindings) in MODELS.items():
        model = make_model(text)
        runs = [{"binding": binding, "outputs": run(model, binding)} for binding in bindings]
        recorded[name] = {"model": base64.b64encode(model.SerializeToString()).decode(), "runs": runs}
    lines = [f"{json.dumps(name)}: {json.dumps(content)}" for name, content in recorded.items()]
    PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
