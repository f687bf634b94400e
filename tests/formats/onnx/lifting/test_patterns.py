"""Patterns of nodes as layers: which layer each becomes, and where nodes stay since it would not be the same."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from math import inf, sqrt
from typing import Any

import numpy as np
import pytest

from shapecalc.analysis.analyse import Settings
from shapecalc.analysis.verify import run_model
from shapecalc.cli.session import Session
from shapecalc.formats.flat_model import FlatModel, Held, Source
from shapecalc.formats.folding.listing import Infinity
from shapecalc.formats.onnx.lifting.lift import lift
from shapecalc.formats.onnx.lifting.pattern import PATTERNS
from shapecalc.formats.onnx.lifting.replacing import FAMILIES
from shapecalc.formats.onnx.lifting.weights import lift_weights
from tests.formats.onnx.lifting.building import Add, X, lift_checked, list_layers, make, number, report_of, weight

FIRST: dict[str, Any] = {"data_format": "channels_first"}
IMAGE: list[int | str | None] = ["batch", 4, 17, 18]
WORDS: list[int | str | None] = ["batch", "seq", 8]
EDGES = {"pads": [1, 1, 1, 1]}
STATISTICS = ("scale", "B", "input_mean", "input_var")


def one(operator: str, arguments: dict[str, Any], port: str = "X") -> Callable[[Add], Source]:
    """A model of one operator."""
    return lambda add: add(operator, arguments, **{port: X})


def lift_made(build: Callable[[Add], Source], axes: list[int | str | None]) -> FlatModel:
    """The lifted form of a model."""
    return lift_checked(make(build, x=axes))


def written_out(add: Add, *, exponent: float = 2.0) -> Source:
    """Layer normalisation as exporters wrote it before it was an operator."""
    centred = add("Sub", A=X, B=add("ReduceMean", {"axes": [-1]}, data=X))
    variance = add("ReduceMean", {"axes": [-1]}, data=add("Pow", {"B": number(exponent)}, A=centred))
    root = add("Sqrt", X=add("Add", {"B": number(1e-6)}, A=variance))
    scaled = add("Mul", {"B": weight(8)}, A=add("Div", A=centred, B=root))
    return add("Add", {"B": weight(8)}, A=scaled)


LAYERS: list[tuple[str, Callable[[Add], Source], list[int | str | None], str, dict[str, Any]]] = [
    ("relu", one("Relu", {}), WORDS, "ReLU", {}),
    ("leaky", one("LeakyRelu", {}), WORDS, "LeakyReLU", {"negative_slope": 0.01}),
    ("elu", one("Elu", {"alpha": 0.5}), WORDS, "ELU", {"alpha": 0.5}),
    ("bounded", one("Clip", {"min": number(0.0), "max": number(6.0)}, "input"), IMAGE, "ReLU", {"max_value": 6.0}),
    ("threshold", one("ThresholdedRelu", {"alpha": 2.0}), WORDS, "ReLU", {"threshold": 2.0}),
    *(
        (name, one(operator, arguments), WORDS, "Activation", {"activation": name})
        for operator, arguments, name in (
            ("Sigmoid", {}, "sigmoid"), ("Tanh", {}, "tanh"), ("Softplus", {}, "softplus"), ("Gelu", {}, "gelu"),
            ("Softsign", {}, "softsign"), ("HardSwish", {}, "hard_silu"), ("Mish", {}, "mish"), ("Selu", {}, "selu"),
            ("HardSigmoid", {"alpha": 0.16666667}, "hard_sigmoid"), ("Celu", {}, "celu"), ("Swish", {}, "silu"),
            ("Exp", {}, "exponential"),
        )
    ),
    ("gelu by tanh", one("Gelu", {"approximate": "tanh"}), WORDS, "ops.gelu", {}),
    ("softmax", one("Softmax", {"axis": 1}, "input"), WORDS, "Softmax", {"axis": 1}),
    ("prelu", one("PRelu", {"slope": weight(4, 1, 1)}), IMAGE, "PReLU", {"shared_axes": [2, 3]}),
    ("dense", one("MatMul", {"B": weight(8, 3)}, "A"), WORDS, "Dense", {"units": 3, "use_bias": False}),
    ("gemm", one("Gemm", {"B": weight(3, 8), "C": weight(3), "transB": True}, "A"), ["batch", 8], "Dense",
     {"units": 3}),
    ("batch norm", one("BatchNormalization", {port: weight(4) for port in STATISTICS}), IMAGE, "BatchNormalization",
     {"axis": 1, "momentum": 0.9, "epsilon": 1e-5}),
    ("layer norm", one("LayerNormalization", {"Scale": weight(8), "B": weight(8), "epsilon": 1e-6}), WORDS,
     "LayerNormalization", {"epsilon": 1e-6}),
    ("layer norm of two axes", one("LayerNormalization", {"Scale": weight(17, 18), "axis": 2}), IMAGE,
     "LayerNormalization", {"axis": [2, 3], "center": False, "epsilon": 1e-5}),
    ("layer norm written out", written_out, WORDS, "LayerNormalization", {"epsilon": 1e-6}),
    ("group norm", one("GroupNormalization", {"scale": weight(4), "bias": weight(4), "num_groups": 2}), IMAGE,
     "GroupNormalization", {"axis": 1, "groups": 2, "epsilon": 1e-5}),
    ("instance norm", one("InstanceNormalization", {"scale": weight(4), "B": weight(4)}, "input"), IMAGE,
     "GroupNormalization", {"axis": 1, "groups": -1, "epsilon": 1e-5}),
    ("convolution", one("Conv", {"W": weight(6, 4, 3, 3), "B": weight(6), **EDGES}), IMAGE, "Conv2D",
     {"filters": 6, "kernel_size": 3, "padding": "same", **FIRST}),
    ("groups", one("Conv", {"W": weight(6, 2, 3, 5), "group": 2, "dilations": [2, 1]}), IMAGE, "Conv2D",
     {"filters": 6, "kernel_size": [3, 5], "dilation_rate": [2, 1], "groups": 2, "use_bias": False, **FIRST}),
    ("depthwise", one("Conv", {"W": weight(8, 1, 3, 3), "group": 4}), IMAGE, "DepthwiseConv2D",
     {"kernel_size": 3, "depth_multiplier": 2, "use_bias": False, **FIRST}),
    ("convolution of a sequence", one("Conv", {"W": weight(6, 4, 3)}), ["batch", 4, "seq"], "Conv1D",
     {"filters": 6, "kernel_size": 3, "use_bias": False, **FIRST}),
    ("transposed", one("ConvTranspose", {"W": weight(4, 6, 2, 2), "strides": [2, 2]}), IMAGE, "Conv2DTranspose",
     {"filters": 6, "kernel_size": 2, "strides": 2, "use_bias": False, **FIRST}),
    ("max pool", one("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2]}), IMAGE, "MaxPooling2D",
     {"pool_size": 2, **FIRST}),
    ("border of a maximum", one("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 0, 1, 1]}), IMAGE,
     "MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same", **FIRST}),
    ("mean pool", one("AveragePool", {"kernel_shape": [3], "count_include_pad": True}), ["batch", 4, "seq"],
     "AveragePooling1D", {"pool_size": 3, "strides": 1, **FIRST}),
    ("global pool", one("GlobalMaxPool", {}), IMAGE, "GlobalMaxPooling2D", {"keepdims": True, **FIRST}),
    ("mean of an image", one("ReduceMean", {"axes": [-1, 2], "keepdims": False}, "data"), IMAGE,
     "GlobalAveragePooling2D", FIRST),
    ("mean of steps", one("ReduceMean", {"axes": [1], "keepdims": False}, "data"), WORDS, "GlobalAveragePooling1D",
     {}),
    ("sum", lambda add: add("Add", A=X, B=X), WORDS, "Add", {}),
    ("joined", lambda add: add("Concat", {"axis": 1}, inputs=[X, X]), WORDS, "Concatenate", {"axis": 1}),
    ("flattened", one("Flatten", {}, "input"), IMAGE, "Flatten", {}),
    ("reshaped", one("Reshape", {"shape": [0, -1, 2, 4]}, "data"), WORDS, "Reshape", {"target_shape": [-1, 2, 4]}),
    ("permuted", one("Transpose", {"perm": [0, 2, 1]}, "data"), WORDS, "Permute", {"dims": [2, 1]}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("build", "axes", "layer", "arguments"), [case[1:] for case in LAYERS], ids=[c[0] for c in LAYERS]
)
def test_a_node_is_a_layer(
    build: Callable[[Add], Source], axes: list[int | str | None], layer: str, arguments: dict[str, Any]
) -> None:
    assert list_layers(lift_made(build, axes)) == [(layer, arguments)]


KEPT: list[tuple[str, Callable[[Add], Source], list[int | str | None]]] = [
    ("a mean that counts the border", one("AveragePool", {"kernel_shape": [3, 3], "count_include_pad": True, **EDGES}),
     IMAGE),
    ("windows that are not whole", one("AveragePool", {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": True}),
     IMAGE),
    ("a factor", one("Gemm", {"B": weight(8, 3), "C": weight(3), "alpha": 0.5}, "A"), ["batch", 8]),
    ("a matrix in front", lambda add: add("MatMul", {"A": weight(3, 8)}, B=X), [8, 5]),
    ("samples along a third axis", lambda add: add(
        "MatMul", {"B": weight(8, 3)}, A=add("Transpose", {"perm": [1, 2, 0, 3]}, data=X)), ["batch", 5, 6, 8]),
    ("other slopes", one("HardSigmoid", {}), WORDS),
    ("a softmax over samples", one("Softmax", {"axis": 0}, "input"), WORDS),
    ("samples merged", one("Reshape", {"shape": [-1, 8]}, "data"), WORDS),
    ("two sizes that are not numbers", one("Reshape", {"shape": [0, 0, 0, 3, 6]}, "data"),
     ["batch", "height", "width", 18]),
    ("samples moved", one("Transpose", {"perm": [1, 0, 2]}, "data"), WORDS),
    ("a border below", one("Clip", {"min": number(-1.0), "max": number(1.0)}, "input"), WORDS),
    ("whole numbers", lambda add: add("Add", A=add("Cast", {"to": "int64"}, input=X),
                                      B=add("Cast", {"to": "int64"}, input=X)), WORDS),
    ("channels that are broadcast", lambda add: add("Mul", A=X, B=add("ReduceMean", {"axes": [1, 2]}, data=X)), WORDS),
    ("another power", lambda add: written_out(add, exponent=4.0), WORDS),
    ("means while training", one("BatchNormalization", {port: weight(4) for port in STATISTICS}
                                 | {"training_mode": True}), IMAGE),
]  # fmt: skip


@pytest.mark.parametrize(("build", "axes"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT])
def test_a_node_that_no_layer_is_stays(build: Callable[[Add], Source], axes: list[int | str | None]) -> None:
    assert all(name.startswith("onnx.") for name, _ in list_layers(lift_made(build, axes)))


def test_a_product_and_its_bias_are_one_layer_by_the_name_of_the_product() -> None:
    def build(add: Add) -> Source:
        product = add("MatMul", {"B": weight(8, 3)}, A=X)
        return add("Relu", X=add("Add", {"A": weight(3)}, B=product))

    lifted = lift_made(build, WORDS)
    assert list_layers(lifted) == [("Dense", {"units": 3}), ("ReLU", {})]
    assert [call.layer for call in lifted.calls] == ["MatMul", "Relu"]
    assert lifted.origins["MatMul"] == (("MatMul", "Add"), {"kernel": Held("MatMul", "B"), "bias": Held("Add", "A")})


def test_a_product_that_others_use_too_has_no_bias() -> None:
    def build(add: Add) -> Source:
        product = add("MatMul", {"B": weight(8, 3)}, A=X)
        return add("Mul", A=product, B=add("Add", {"A": weight(3)}, B=product))

    names = [name for name, _ in list_layers(lift_made(build, WORDS))]
    assert names == ["Dense", "onnx.Add", "Multiply"]


def test_weights_that_two_nodes_share_stay() -> None:
    def build(add: Add) -> Source:
        kernel = add("Initializer", {"value": weight(8, 8)})
        return add("MatMul", A=add("MatMul", A=X, B=kernel), B=kernel)

    names = [name for name, _ in list_layers(lift_made(build, WORDS))]
    assert names == ["onnx.Initializer", "onnx.MatMul", "onnx.MatMul"]


def test_gelu_in_both_orders() -> None:
    def build(add: Add) -> Source:
        error = add("Erf", X=add("Div", {"B": number(sqrt(2))}, A=X))
        more = add("Mul", A=X, B=add("Add", {"B": number(1.0)}, A=error))
        first = add("Mul", {"B": number(0.5)}, A=more)
        error = add("Erf", X=add("Mul", {"B": number(0.70710677)}, A=first))
        half = add("Mul", {"A": number(0.5)}, B=first)
        return add("Mul", A=half, B=add("Add", {"A": number(1.0)}, B=error))

    assert list_layers(lift_made(build, WORDS)) == [("Activation", {"activation": "gelu"})] * 2


def test_gelu_of_another_tensor_stays() -> None:
    def build(add: Add) -> Source:
        error = add("Erf", X=add("Div", {"B": number(sqrt(2))}, A=X))
        more = add("Mul", A=add("Neg", X=X), B=add("Add", {"B": number(1.0)}, A=error))
        return add("Mul", {"B": number(0.5)}, A=more)

    assert "Activation" not in [name for name, _ in list_layers(lift_made(build, WORDS))]


def test_a_tensor_times_its_sigmoid_is_silu() -> None:
    layers = list_layers(lift_made(lambda add: add("Mul", A=add("Sigmoid", X=X), B=X), WORDS))
    assert layers == [("Activation", {"activation": "silu"})]


def test_axes_that_pooling_leaves_and_that_are_taken_out_at_once() -> None:
    layers = list_layers(lift_made(lambda add: add("Flatten", input=add("GlobalAveragePool", X=X)), IMAGE))
    assert layers == [("GlobalAveragePooling2D", FIRST)]


def test_a_table_is_an_embedding() -> None:
    def build(add: Add) -> Source:
        return add("Gather", {"data": weight(50, 16)}, indices=add("Cast", {"to": "int64"}, input=X))

    assert list_layers(lift_made(build, ["batch", "seq"]))[1:] == [("Embedding", {"input_dim": 50, "output_dim": 16})]


def test_another_dtype_is_said() -> None:
    def build(add: Add) -> Source:
        return add("MatMul", {"B": weight(8, 3, dtype="float16")}, A=add("Cast", {"to": "float16"}, input=X))

    assert list_layers(lift_made(build, WORDS))[1:] == [("Dense", {"units": 3, "use_bias": False, "dtype": "float16"})]


def test_a_size_that_a_file_has_baked_in_keeps_its_node() -> None:
    layers = list_layers(lift_made(one("Reshape", {"shape": [0, 6, 8]}, "data"), WORDS))
    assert layers == [("onnx.Reshape", {"shape": [0, 6, 8]})]


TURNED = {"perm": [1, 0, 2]}
STATE = {"shape": [1], "dtype": "int64", "values": [0]}
DIRECTIONS = {"shape": [1], "dtype": "int64", "values": [1]}


def recur(
    operator: str, gates: int, *, directions: int = 1, biases: bool = True, **arguments: Any
) -> Callable[[Add, Source], Source]:
    """A recurrent node of 5 units over 8 features, which is fed sequences with the samples first."""
    arguments |= {"W": weight(directions, gates * 5, 8), "R": weight(directions, gates * 5, 5)}
    if biases:
        arguments["B"] = weight(directions, gates * 10)
    return lambda add, source: add(operator, arguments, X=add("Transpose", TURNED, data=source))


def every_step(node: Callable[[Add, Source], Source]) -> Callable[[Add], Source]:
    def build(add: Add) -> Source:
        return add("Transpose", TURNED, data=add("Squeeze", {"axes": DIRECTIONS}, data=node(add, X)))

    return build


def last_state(node: Callable[[Add, Source], Source]) -> Callable[[Add], Source]:
    return lambda add: add("Squeeze", {"axes": STATE}, data=(node(add, X)[0], 0, 1))


RECURRENT: list[tuple[Callable[[Add], Source], str, dict[str, Any], int]] = [
    (every_step(recur("LSTM", 4)), "LSTM", {"units": 5, "return_sequences": True}, 20),
    (every_step(recur("LSTM", 4, biases=False)), "LSTM", {"units": 5, "use_bias": False, "return_sequences": True}, 0),
    (last_state(recur("LSTM", 4)), "LSTM", {"units": 5}, 20),
    (last_state(recur("LSTM", 4, direction="reverse")), "LSTM", {"units": 5, "go_backwards": True}, 20),
    (last_state(recur("GRU", 3, linear_before_reset=True)), "GRU", {"units": 5}, 0),
    (last_state(recur("GRU", 3)), "GRU", {"units": 5, "reset_after": False}, 15),
    (last_state(recur("RNN", 1, activations=["Relu"])), "SimpleRNN", {"units": 5, "activation": "relu"}, 5),
    (last_state(recur("LSTM", 4, activations=["HardSigmoid", "Tanh", "Tanh"])), "", {}, 0),
    (last_state(recur("LSTM", 4, activations=["Sigmoid", "Tanh", "Relu"])), "", {}, 0),
    (last_state(recur("LSTM", 4, clip=3.0)), "", {}, 0),
    (last_state(recur("LSTM", 4, P=weight(1, 15))), "", {}, 0),
    (every_step(recur("LSTM", 4, direction="reverse")), "", {}, 0),
]


@pytest.mark.parametrize(("build", "layer", "arguments", "surplus"), RECURRENT)
def test_recurrent_nodes(build: Callable[[Add], Source], layer: str, arguments: dict[str, Any], surplus: int) -> None:
    lifted = lift_made(build, WORDS)
    if layer:
        assert list_layers(lifted) == [(layer, arguments)]
    else:
        assert {"onnx.LSTM"} <= {name for name, _ in list_layers(lifted)}
    assert sum(lifted.surplus.values()) == surplus
    assert len(lifted.notes) == bool(surplus)


def test_both_directions_are_joined() -> None:
    def build(add: Add) -> Source:
        outputs = add(
            "Transpose", {"perm": [0, 2, 1, 3]}, data=recur("LSTM", 4, directions=2, direction="bidirectional")(add, X)
        )
        joined = add("Reshape", {"shape": {"shape": [3], "dtype": "int64", "values": [0, 0, -1]}}, data=outputs)
        return add("Transpose", TURNED, data=joined)

    layer = {"LSTM": {"units": 5, "return_sequences": True}}
    assert list_layers(lift_made(build, WORDS)) == [("Bidirectional", {"layer": layer})]


def test_layers_on_one_another_with_zeros_to_begin_with() -> None:
    def build(add: Add) -> Source:
        layers, units = (add("Initializer", {"value": [size]}) for size in (2, 5))
        batch = add("Slice", {"starts": [0], "ends": [1], "axes": [0]}, data=add("Shape", data=X))
        shape = add("Concat", {"axis": 0}, inputs=[layers, batch, units])
        zeros = add("ConstantOfShape", {"value": number(0.0) | {"shape": [1]}}, input=shape)
        first = add("Slice", {"starts": [0], "ends": [1], "axes": [0]}, data=zeros)
        arguments = {"W": weight(1, 5, 8), "R": weight(1, 5, 5)}
        steps = add("RNN", arguments, X=add("Transpose", TURNED, data=X), initial_h=first)
        again = add(
            "RNN", {"W": weight(1, 5, 5), "R": weight(1, 5, 5)}, X=add("Squeeze", {"axes": DIRECTIONS}, data=steps)
        )
        return add("Gather", {"axis": 0, "indices": number(-1, "int64")}, data=(again[0], 0, 1))

    unbiased = {"units": 5, "use_bias": False}
    assert list_layers(lift_made(build, WORDS)) == [
        ("SimpleRNN", unbiased | {"return_sequences": True}),
        ("SimpleRNN", unbiased),
    ]


def test_a_recurrent_node_that_begins_at_a_state_stays() -> None:
    def build(add: Add) -> Source:
        arguments = {"W": weight(1, 5, 8), "R": weight(1, 5, 5)}
        turned = add("Transpose", TURNED, data=X)
        first = add(
            "Slice",
            {"starts": [0], "ends": [5], "axes": [2]},
            data=add("Slice", {"starts": [0], "ends": [1], "axes": [0]}, data=turned),
        )
        return add("RNN", arguments, X=turned, initial_h=first)

    assert "onnx.RNN" in [name for name, _ in list_layers(lift_made(build, WORDS))]


@pytest.mark.parametrize(
    ("build", "axes"),
    [(build, axes) for _, build, axes, _, _ in LAYERS] + [(build, WORDS) for build, layer, _, _ in RECURRENT if layer],
)
def test_a_layer_gives_the_numbers_of_its_nodes(build: Callable[[Add], Source], axes: list[int | str | None]) -> None:
    require_same_numbers(build, axes)


def require_same_numbers(build: Callable[[Add], Source], axes: list[int | str | None], atol: float = 1e-5) -> None:
    """Demands that the lifted form of a model gives the numbers of its nodes."""
    flat = make(build, x=axes)
    draw = np.random.default_rng(0)
    arrays = {
        f"{layer}/{port}": np.abs(draw.normal(size=given["shape"])).astype("float32") - (port != "input_var")
        for layer, (_, arguments) in flat.layers.items()
        for port, given in arguments.items()
        if isinstance(given, dict) and "shape" in given and "values" not in given
    }
    x = draw.normal(size=[size if isinstance(size, int) else 6 for size in axes]).astype("float32") * 3
    flat.held = {layer: {} for layer in flat.layers}
    lifted = lift(flat, report_of)
    wanted = run_model(report_of(flat), {"x": x}, arrays)
    run = run_model(report_of(lifted), {"x": x}, lift_weights(lifted, arrays))
    for array, other in zip(run.outputs.values(), wanted.outputs.values(), strict=True):
        np.testing.assert_allclose(array, other, rtol=1e-5, atol=atol)


def test_a_batch_without_a_name() -> None:
    dense = one("MatMul", {"B": weight(8, 3)}, "A")
    assert list_layers(lift_made(dense, [None, None, 8])) == [("Dense", {"units": 3, "use_bias": False})]
    assert list_layers(lift_made(dense, [None, 8])) == [("Dense", {"units": 3, "use_bias": False})]


TURN = {"perm": [1, 0, 2]}


def test_a_product_of_steps_first_is_a_layer_of_samples_first() -> None:
    def build(add: Add) -> Source:
        turned = add("Transpose", TURN, data=X)
        return add("Transpose", TURN, data=add("Relu", X=add("MatMul", {"B": weight(8, 3)}, A=turned)))

    assert list_layers(lift_made(build, WORDS)) == [("Dense", {"units": 3, "use_bias": False}), ("ReLU", {})]


def test_a_function_along_an_axis_keeps_its_transposes() -> None:
    def build(add: Add) -> Source:
        turned = add("Transpose", {"perm": [0, 2, 1]}, data=X)
        return add("Transpose", {"perm": [0, 2, 1]}, data=add("LogSoftmax", {"axis": -1}, input=turned))

    assert [name for name, _ in list_layers(lift_made(build, WORDS))] == ["Permute", "Activation", "Permute"]


def test_a_product_of_a_matrix_made_of_all_samples_is_a_layer() -> None:
    def build(add: Add) -> Source:
        rows = add("Reshape", {"shape": [-1, 8]}, data=X)
        product = add("MatMul", {"B": weight(8, 3)}, A=rows)
        return add("Add", {"B": weight(3)}, A=add("Reshape", {"shape": [6, 4, 3]}, data=product))

    assert list_layers(lift_made(build, [6, 4, 8])) == [("Dense", {"units": 3})]


def step(add: Add, source: Source, place: int, *, by_gather: bool) -> Source:
    if by_gather:
        return add("Gather", {"indices": place, "axis": 0}, data=source)
    sliced = add("Slice", {"starts": [place], "ends": [place + 1], "axes": [0]}, data=source)
    return add("Squeeze", {"axes": [0]}, data=sliced)


def stack(add: Add, steps: list[Source]) -> Source:
    return add("Concat", {"axis": 0}, inputs=[add("Unsqueeze", {"axes": [0]}, data=taken) for taken in steps])


@pytest.mark.parametrize("by_gather", [True, False])
def test_steps_that_are_computed_alike_are_computed_at_once(by_gather: bool) -> None:
    def build(add: Add) -> Source:
        kernel, bias = add("Initializer", {"value": weight(8, 3)}), add("Initializer", {"value": weight(3)})
        turned = add("Transpose", TURN, data=X)
        steps = [step(add, turned, place, by_gather=by_gather) for place in range(4)]
        sums = [add("Add", A=bias, B=add("MatMul", A=taken, B=kernel)) for taken in steps]
        return add("Transpose", TURN, data=stack(add, [add("Tanh", X=total) for total in sums]))

    assert list_layers(lift_made(build, ["batch", 4, 8])) == [
        ("Dense", {"units": 3}),
        ("Activation", {"activation": "tanh"}),
    ]


def unlike(add: Add, change: str) -> Source:
    """Four steps of which one is not as the others, or that are not all, or not stacked in their order."""
    kernels = [add("Initializer", {"value": weight(8, 3)}) for _ in range(2 if change == "kernel" else 1)]
    places = {"order": [0, 1, 3, 2], "twice": [0, 1, 2, 2]}.get(change, [0, 1, 2, 3])
    products = [
        add("MatMul", A=step(add, X, place, by_gather=True), B=kernels[-1 if order else 0])
        for order, place in enumerate(places)
    ]
    if change == "function":
        products = [add("Tanh" if order else "Relu", X=product) for order, product in enumerate(products)]
    return stack(add, products)


@pytest.mark.parametrize(("change", "steps"), [("order", 4), ("twice", 4), ("function", 4), ("kernel", 4), ("", 5)])
def test_steps_that_are_not_alike_stay(change: str, steps: int) -> None:
    layers = list_layers(lift_made(lambda add: unlike(add, change), [steps, "batch", 8]))
    assert [name for name, _ in layers].count("onnx.MatMul") == 4


def test_a_kernel_that_others_use_too_stays_a_node() -> None:
    def build(add: Add) -> Source:
        kernel = add("Initializer", {"value": weight(8, 3)})
        products = [add("MatMul", A=step(add, X, place, by_gather=True), B=kernel) for place in range(2)]
        stacked = stack(add, products)
        return add("MatMul", A=stacked, B=add("Transpose", {"perm": [1, 0]}, data=kernel))

    lifted = lift_made(build, [2, "batch", 8])
    assert [name for name, _ in list_layers(lifted)].count("onnx.Initializer") == 1
    assert report_of(lifted).params == 24


@pytest.mark.parametrize(
    ("sizes", "pads", "padding"),
    [
        (["height", "width"], [1, 1, 1, 1], 1),
        ([16, 16], [1, 1, 1, 1], 1),
        ([16, 16], [2, 0, 1, 3], [[2, 1], [0, 3]]),
        ([16, 16], [0, 2, 0, 2], [[0, 0], [2, 2]]),
    ],
)
def test_a_border_that_is_none_of_keras_is_a_layer(sizes: list[Any], pads: list[int], padding: Any) -> None:
    build = one("Conv", {"W": weight(6, 4, 3, 3), "strides": [2, 2], "pads": pads})
    assert list_layers(lift_made(build, ["batch", 4, *sizes])) == [
        ("ZeroPadding2D", {"padding": padding, **FIRST}),
        ("Conv2D", {"filters": 6, "kernel_size": 3, "strides": 2, "use_bias": False, **FIRST}),
    ]


def test_a_border_of_a_sequence_is_a_layer() -> None:
    build = one("Conv", {"W": weight(6, 4, 3), "strides": [2], "pads": [2, 0]})
    assert [name for name, _ in list_layers(lift_made(build, ["batch", 4, 9]))] == ["ZeroPadding1D", "Conv1D"]


@pytest.mark.parametrize("form", ["halved first", "halved last", "power", "nested"])
def test_gelu_by_tanh_is_found_in_its_forms(form: str) -> None:
    def build(add: Add) -> Source:
        factor = sqrt(2 / np.pi)
        if form == "nested":
            square = add("Mul", A=add("Mul", {"B": number(0.044715)}, A=X), B=X)
            inner = add("Mul", A=add("Mul", {"B": number(factor)}, A=X), B=add("Add", {"B": number(1.0)}, A=square))
        else:
            cube = add("Pow", {"B": number(3.0)}, A=X) if form == "power" else add("Mul", A=X, B=add("Mul", A=X, B=X))
            inner = add("Mul", {"B": number(factor)}, A=add("Add", A=X, B=add("Mul", {"A": number(0.044715)}, B=cube)))
        added = add("Add", {"B": number(1.0)}, A=add("Tanh", X=inner))
        if form == "halved last":
            return add("Mul", {"B": number(0.5)}, A=add("Mul", A=X, B=added))
        return add("Mul", A=add("Mul", {"B": number(0.5)}, A=X), B=added)

    assert list_layers(lift_made(build, WORDS)) == [("ops.gelu", {})]


@pytest.mark.parametrize(("factor", "cubic"), [(0.8, 0.044715), (sqrt(2 / np.pi), 0.05)])
def test_another_polynomial_is_no_gelu(factor: float, cubic: float) -> None:
    def build(add: Add) -> Source:
        cube = add("Pow", {"B": number(3.0)}, A=X)
        inner = add("Mul", {"B": number(factor)}, A=add("Add", A=X, B=add("Mul", {"A": number(cubic)}, B=cube)))
        added = add("Add", {"B": number(1.0)}, A=add("Tanh", X=inner))
        return add("Mul", A=add("Mul", {"B": number(0.5)}, A=X), B=added)

    assert "ops.gelu" not in [name for name, _ in list_layers(lift_made(build, WORDS))]


@pytest.mark.parametrize("inverse", ["Reciprocal", "Div"])
def test_a_root_mean_square_written_out_is_a_layer(inverse: str) -> None:
    def build(add: Add) -> Source:
        mean = add("ReduceMean", {"axes": [-1]}, data=add("Pow", {"B": number(2.0)}, A=X))
        root = add("Sqrt", X=add("Add", {"B": number(1e-5)}, A=mean))
        factor = add("Reciprocal", X=root) if inverse == "Reciprocal" else add("Div", {"A": number(1.0)}, B=root)
        return add("Mul", {"A": weight(8)}, B=add("Mul", A=X, B=factor))

    assert list_layers(lift_made(build, WORDS)) == [("RMSNormalization", {"epsilon": 1e-5})]


def attend(add: Add, change: str = "", fed: tuple[Source, Source, Source] = (X, X, X)) -> Source:
    """Attention of two heads of four, written out; `change` says what is otherwise."""

    def project(name: str, source: Source) -> Source:
        product = add("MatMul", {"B": weight(8, 8)}, A=source)
        added = product if change == f"no bias of {name}" else add("Add", {"B": weight(8)}, A=product)
        return add("Reshape", {"shape": [0, 0, 2, 4]}, data=added)

    query, key, value = (project(name, source) for name, source in zip(("query", "key", "value"), fed, strict=True))
    order = [0, 1, 2, 3] if change == "order" else [0, 2, 1, 3]
    query, value = (add("Transpose", {"perm": order}, data=source) for source in (query, value))
    key = add("Transpose", {"perm": [0, 1, 3, 2] if change == "order" else [0, 2, 3, 1]}, data=key)
    scale = {"scale": 0.4, "order": 0.5}.get(change, 0.5)
    scores = add("Mul", {"B": number(scale)}, A=add("MatMul", A=query, B=key))
    weights = add("Softmax", {"axis": 2 if change == "axis" else -1}, input=scores)
    mixed = add("Transpose", {"perm": order}, data=add("MatMul", A=weights, B=value))
    joined = add("Reshape", {"shape": [0, 0, 8]}, data=mixed)
    return add("Add", {"B": weight(8)}, A=add("MatMul", {"B": weight(8, 8)}, A=joined))


def test_attention_written_out_is_a_layer() -> None:
    layer = ("MultiHeadAttention", {"num_heads": 2, "key_dim": 4})
    assert list_layers(lift_made(attend, WORDS)) == [layer]
    lifted = lift_checked(
        make(lambda add: attend(add, fed=(X, ("k", 0, 0), ("v", 0, 0))), x=WORDS, k=["batch", 5, 8], v=["batch", 5, 8])
    )
    assert list_layers(lifted) == [layer]
    assert lifted.calls[0].feed == {"query": X, "value": ("v", 0, 0), "key": ("k", 0, 0)}


def mix(add: Add, query: Source, key: Source, value: Source) -> Source:
    """Attention of two heads of four, which are `(batch, head, step, size)`."""
    turned = add("Transpose", {"perm": [0, 1, 3, 2]}, data=key)
    scores = add("Mul", {"B": number(0.5)}, A=add("MatMul", A=query, B=turned))
    mixed = add("MatMul", A=add("Softmax", {"axis": -1}, input=scores), B=value)
    joined = add("Reshape", {"shape": [0, 0, 8]}, data=add("Transpose", {"perm": [0, 2, 1, 3]}, data=mixed))
    return add("Add", {"B": weight(8)}, A=add("MatMul", {"B": weight(8, 8)}, A=joined))


def of_one_projection(form: str, width: int = 24) -> Callable[[Add], Source]:
    """Attention whose queries, keys and values are thirds of one projection, taken as exporters write it."""

    def build(add: Add) -> Source:
        source = add("Cast", {"to": "float32"}, input=add("Cast", {"to": "float64"}, input=X)) if form == "cast" else X
        product = add("Add", {"B": weight(width)}, A=add("MatMul", {"B": weight(8, width)}, A=source))
        if form in ("split", "cast"):
            name, call, _ = add("Split", {"axis": -1, "num_outputs": 3}, input=product)
            parts = [add("Reshape", {"shape": [0, 0, 2, 4]}, data=(name, call, place)) for place in range(3)]
            return mix(add, *(add("Transpose", {"perm": [0, 2, 1, 3]}, data=part) for part in parts))
        if form in ("slices", "uneven slices"):
            starts = (0, 8, 16) if form == "slices" else (4, 8, 16)
            bounds = [{"starts": [start], "ends": [start + 8], "axes": [-1]} for start in starts]
            cut = [add("Reshape", {"shape": [0, 0, 2, 4]}, data=add("Slice", bound, data=product)) for bound in bounds]
            return mix(add, *(add("Transpose", {"perm": [0, 2, 1, 3]}, data=part) for part in cut))
        shape = [0, 0, 2, 3, 4] if form == "heads first" else [0, 0, 3, 2, 4]
        apart = add("Reshape", {"shape": shape}, data=product)
        if form == "late":
            taken = [add("Gather", {"axis": 2, "indices": number(place, "int64")}, data=apart) for place in range(3)]
            return mix(add, *(add("Transpose", {"perm": [0, 2, 1, 3]}, data=part) for part in taken))
        turned = add("Transpose", {"perm": [3, 0, 2, 1, 4] if form == "heads first" else [2, 0, 3, 1, 4]}, data=apart)
        if form == "split apart":
            name, call, _ = add("Split", {"axis": 0, "num_outputs": 3}, input=turned)
            return mix(add, *(add("Squeeze", {"axes": [0]}, data=(name, call, place)) for place in (2, 0, 1)))
        places = (0, 1, 0) if form == "twice" else range(3)
        return mix(add, *(add("Gather", {"indices": number(place, "int64")}, data=turned) for place in places))

    return build


JOINT = ["split", "gathered", "late", "split apart", "slices"]


@pytest.mark.parametrize("form", JOINT)
def test_attention_of_one_projection_is_a_layer(form: str) -> None:
    layer = ("MultiHeadAttention", {"num_heads": 2, "key_dim": 4})
    assert list_layers(lift_made(of_one_projection(form), WORDS)) == [layer]


@pytest.mark.parametrize("form", JOINT)
def test_thirds_of_one_projection_give_the_numbers_of_the_nodes(form: str) -> None:
    require_same_numbers(of_one_projection(form), ["batch", 5, 8], atol=1e-4)


def test_heads_of_which_each_has_its_queries_and_keys_stay() -> None:
    """The third axis is that of the heads: no part of the kernel is all queries."""
    names = [name for name, _ in list_layers(lift_made(of_one_projection("heads first"), WORDS))]
    assert "MultiHeadAttention" not in names


@pytest.mark.parametrize("form", ["twice", "uneven slices"])
def test_parts_that_are_not_each_taken_once_stay(form: str) -> None:
    """The layer would have a part twice, and one that nothing takes not at all."""
    names = [name for name, _ in list_layers(lift_made(of_one_projection(form), WORDS))]
    assert "MultiHeadAttention" not in names


def test_a_cast_before_attention_is_none_of_its_constants() -> None:
    names = [name for name, _ in list_layers(lift_made(of_one_projection("cast"), WORDS))]
    assert names == ["onnx.Cast", "onnx.Cast", "MultiHeadAttention"]


@pytest.mark.parametrize("change", ["no bias of key", "scale", "axis", "order"])
def test_attention_that_the_layer_does_not_compute_stays(change: str) -> None:
    names = [name for name, _ in list_layers(lift_made(lambda add: attend(add, change), ["batch", 6, 8]))]
    assert "MultiHeadAttention" not in names


def of_merged_axes(form: str) -> Callable[[Add], Source]:
    """Attention as PyTorch writes it: steps first, and the batch and the heads in one axis; `form` says what of it."""

    def list_parts(add: Add, x: Source) -> list[Source]:
        if form == "rows":
            kernel, bias = add("Initializer", {"value": weight(24, 8)}), add("Initializer", {"value": weight(24)})
            parts = []
            for place in range(3):
                bounds = {"starts": [8 * place], "ends": [8 * place + 8], "axes": [0]}
                turned = add("Transpose", {"perm": [1, 0]}, data=add("Slice", bounds, data=kernel))
                product = add("MatMul", A=x, B=turned)
                parts.append(add("Add", A=add("Slice", bounds, data=bias), B=product))
            return parts
        if form == "split rows":
            name, call, _ = add("Split", {"input": weight(24, 8)}, split=add("Initializer", {"value": [8, 16]}))
            kernels = [add("Transpose", {"perm": [1, 0]}, data=(name, call, place)) for place in range(2)]
            query, rest = (add("MatMul", A=x, B=kernel) for kernel in kernels)
            return [query, *take(add, rest, 2)]
        product = add("MatMul", {"B": weight(8, 24)}, A=x)
        return take(add, product if form == "no bias" else add("Add", {"B": weight(24)}, A=product), 3)

    def take(add: Add, product: Source, count: int) -> list[Source]:
        apart = add("Reshape", {"shape": [0, 0, count, 8]}, data=product)
        turned = add("Transpose", {"perm": [3, 1, 2, 0, 4]}, data=add("Unsqueeze", {"axes": [0]}, data=apart))
        whole = add("Squeeze", {"axes": [3]}, data=turned)
        return [add("Gather", {"indices": number(place, "int64")}, data=whole) for place in range(count)]

    def build(add: Add) -> Source:
        has_bias = form not in ("no bias", "split rows")
        x = add("Transpose", TURN, data=X)
        query, key, value = (
            add("Transpose", TURN, data=add("Reshape", {"shape": [5, -1, 4]}, data=part)) for part in list_parts(add, x)
        )
        if form != "merged product":
            query, key, value = (add("Reshape", {"shape": [-1, 2, 5, 4]}, data=part) for part in (query, key, value))
        perm = [0, 2, 1] if form == "merged product" else [0, 1, 3, 2]
        scores = add("MatMul", A=query, B=add("Transpose", {"perm": perm}, data=key))
        scores = add("Mul", {"B": number(0.5)}, A=scores)
        if form.startswith("mask"):
            scores = add("Add", A=scores, B=add_mask(add, form))
        mixed = add("MatMul", A=add("Softmax", {"axis": -1}, input=scores), B=value)
        order = [1, 0, 2] if form == "merged product" else [2, 0, 1, 3]
        joined = add("Reshape", {"shape": [-1, 8]}, data=add("Transpose", {"perm": order}, data=mixed))
        out = add("Gemm", {"B": weight(8, 8), "transB": True} | ({"C": weight(8)} if has_bias else {}), A=joined)
        apart = add("Reshape", {"shape": [5, -1, 8]}, data=out)
        return add("Add", A=x, B=apart) if form == "steps go on" else add("Transpose", TURN, data=apart)

    return build


def add_mask(add: Add, form: str) -> Source:
    """Minus infinity above a diagonal: the one beside which nothing later is seen, or another."""
    shape = add("Initializer", {"value": [5, 5]})
    ones = add("Expand", {"input": number(True, "bool")}, shape=shape)
    above = add("Trilu", {"k": number(2 if form == "mask of two" else 1, "int64")}, input=ones)
    least = -1e4 if form == "mask of a number" else -3.4028235e38 if form == "mask of the least" else Infinity(-inf)
    zeros = add("ConstantOfShape", {"value": {"shape": [1], "dtype": "float32", "values": [0.0]}}, input=shape)
    mask = add("Where", {"X": number(least)}, condition=above, Y=zeros)
    return add("Unsqueeze", {"axes": [0, 1]}, data=mask)


MERGED = ["one projection", "no bias", "rows", "split rows", "merged product", "mask", "mask of the least"]


@pytest.mark.parametrize("form", MERGED)
def test_attention_of_merged_axes_is_a_layer(form: str) -> None:
    arguments: dict[str, Any] = {"num_heads": 2, "key_dim": 4}
    arguments |= {"use_bias": False} if form in ("no bias", "split rows") else {}
    of_call = {"use_causal_mask": True} if form.startswith("mask") else {}
    for batch in ("batch", 1, 3, 5):
        lifted = lift_made(of_merged_axes(form), [batch, 5, 8])
        assert list_layers(lifted) == [("MultiHeadAttention", arguments)]
        assert [call.arguments for call in lifted.calls] == [of_call]


@pytest.mark.parametrize("form", [*MERGED, "steps go on"])
def test_attention_of_merged_axes_gives_the_numbers_of_the_nodes(form: str) -> None:
    require_same_numbers(of_merged_axes(form), ["batch", 5, 8], atol=1e-4)


def test_attention_among_steps_that_come_first_is_turned() -> None:
    names = [name for name, _ in list_layers(lift_made(of_merged_axes("steps go on"), ["batch", 5, 8]))]
    assert names == ["onnx.Transpose", "MultiHeadAttention", "onnx.Transpose", "Add"]


@pytest.mark.parametrize("form", ["mask of two", "mask of a number"])
def test_attention_of_another_mask_stays(form: str) -> None:
    names = [name for name, _ in list_layers(lift_made(of_merged_axes(form), ["batch", 5, 8]))]
    assert "MultiHeadAttention" not in names


def test_products_by_an_equation_are_a_layer() -> None:
    def build(add: Add) -> Source:
        kernel = add("Initializer", {"value": weight(8, 2, 4)})
        return add("Add", {"B": weight(2, 4)}, A=add("Einsum", {"equation": "abc,cde->abde"}, Inputs=[X, kernel]))

    arguments = {"equation": "abc,cde->abde", "output_shape": [None, 2, 4], "bias_axes": "de"}
    assert list_layers(lift_made(build, WORDS)) == [("EinsumDense", arguments)]


def test_a_table_that_is_the_last_product_too_counts_once() -> None:
    def build(add: Add) -> Source:
        table = add("Initializer", {"value": weight(20, 8)})
        rows = add("Gather", data=table, indices=add("Cast", {"to": "int64"}, input=X))
        return add("MatMul", A=rows, B=add("Transpose", {"perm": [1, 0]}, data=table))

    lifted = lift_made(build, ["batch", "seq"])
    assert report_of(lifted).params == 160


def test_the_index_of_patterns_has_those_of_every_file() -> None:
    registered: dict[str, set[str]] = {}
    for family in FAMILIES:
        import_module(f"shapecalc.formats.onnx.lifting.patterns.{family}")
    for patterns in PATTERNS:
        for operator, found in patterns.items():
            # else it would depend on the files that were read before which is tried first
            assert len({one_pattern.__module__ for one_pattern in found}) == 1
            for one_pattern in found:
                registered.setdefault(one_pattern.__module__.rpartition(".")[2], set()).add(operator)
    assert {family: set(words.split()) for family, words in FAMILIES.items()} == registered


@pytest.mark.parametrize("leaves", ["step", "product"])
def test_a_step_that_is_used_elsewhere_keeps_its_nodes(leaves: str) -> None:
    def build(add: Add) -> Source:
        kernel = add("Initializer", {"value": weight(8, 8)})
        steps = [step(add, X, place, by_gather=True) for place in range(3)]
        products = [add("MatMul", A=taken, B=kernel) for taken in steps]
        kept = steps[1] if leaves == "step" else products[1]
        return add("Add", A=stack(add, products), B=add("Tanh", X=kept))

    layers = list_layers(lift_made(build, [3, "batch", 8]))
    assert [name for name, _ in layers].count("onnx.MatMul") == 3


def test_a_product_of_heads_put_together_is_a_layer() -> None:
    def build(add: Add) -> Source:
        rows = add("Reshape", {"shape": [-1, 8]}, data=X)
        product = add("Gemm", {"B": weight(8, 3), "C": weight(3)}, A=rows)
        return add("Reshape", {"shape": [6, 4, 3]}, data=product)

    assert list_layers(lift_made(build, [6, 4, 2, 4])) == [
        ("Reshape", {"target_shape": [4, 8]}),
        ("Dense", {"units": 3}),
    ]


def test_products_of_no_batch_are_counted_beside_those_of_all_samples() -> None:
    def build(add: Add) -> Source:
        given = add("Initializer", {"value": weight(1, 3, 4)})
        of_no_batch = add("MatMul", {"B": weight(4, 6)}, A=add("Relu", X=given))
        return add("Add", A=add("MatMul", {"B": weight(4, 6)}, A=X), B=of_no_batch)

    flat = lift_made(build, ["batch", 3, 4])
    assert [name for name, _ in list_layers(flat)] == ["onnx.Initializer", "ReLU", "Dense", "onnx.MatMul", "onnx.Add"]
    for batch in (2, 5):
        report = Session(Settings({"batch": batch})).report_of_model(flat, "model.onnx")
        assert (report.macs, report.counts_call) == (72 * batch + 72, True)
