"""More cases of wrappers: layers of several kinds within, both directions of each recurrent layer, and layouts."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

TIME_MAJOR = [1, 0, 2]
PADDED = [2, 4, 5]

WITHIN: list[tuple[dict[str, Any], tuple[int, ...]]] = [
    ({"Dense": {"units": 3}}, (4,)),
    ({"Dense": {"units": 3, "activation": "sigmoid"}}, (4,)),
    ({"Dense": {"units": 3, "activation": "relu", "use_bias": False}}, (6, 4)),
    ({"Dense": {"units": 3, "activity_regularizer": "l2"}}, (4,)),
    ({"Dense": {"units": 3, "trainable": False}}, (4,)),
    ({"EinsumDense": {"equation": "abc,cd->abd", "output_shape": [None, 3]}}, (6, 4)),
    ({"LSTM": {"units": 2}}, (4, 3)),
    ({"LSTM": {"units": 2, "return_sequences": True}}, (4, 3)),
    ({"GRU": {"units": 2, "unroll": True, "reset_after": False}}, (4, 3)),
    ({"SimpleRNN": {"units": 2}}, (1, 3)),
    ({"Bidirectional": {"layer": {"LSTM": {"units": 2}}}}, (4, 3)),
    ({"TimeDistributed": {"layer": {"Dense": {"units": 2, "activation": "tanh"}}}}, (4, 3)),
    ({"Conv1D": {"filters": 3, "kernel_size": 2}}, (6, 2)),
    ({"Conv2D": {"filters": 3, "kernel_size": 2, "padding": "same"}}, (6, 5, 2)),
    ({"Conv2D": {"filters": 1, "kernel_size": 1}}, (6, 5, 1)),
    ({"DepthwiseConv2D": {"kernel_size": 2}}, (6, 5, 2)),
    ({"MaxPooling2D": {"pool_size": 2}}, (6, 5, 2)),
    ({"GlobalAveragePooling2D": {}}, (6, 5, 2)),
    ({"BatchNormalization": {}}, (4,)),
    ({"LayerNormalization": {}}, (6, 4)),
    ({"Dropout": {"rate": 0.3}}, (4,)),
    ({"Activation": {"activation": "gelu"}}, (4,)),
    ({"Flatten": {}}, (6, 4)),
    ({"Reshape": {"target_shape": [4, 6]}}, (6, 4)),
    ({"Softmax": {}}, (4,)),
    ({"PReLU": {}}, (4,)),
]


def list_distributed() -> list[Case]:
    sizes: list[tuple[int, int]] = [(3, 5), (1, 5), (3, 1), (3, 2)]
    cases: list[Case] = [
        {"config": {"layer": layer}, "inputs": {"inputs": tensor(*size, *shape)}}
        for (layer, shape), size in product(WITHIN, sizes)
    ]
    dense = {"Dense": {"units": 3, "activation": "relu"}}
    configs: list[dict[str, Any]] = [{}, {"trainable": False}, {"dtype": "mixed_bfloat16"}, {"dtype": "float64"}]
    cases += [
        {"config": {"layer": dense, **config}, "inputs": {"inputs": tensor(3, 5, 4, order=order)}}
        for config, order in product(configs, [TIME_MAJOR, [0, 1, 2], [2, 0, 1]])
    ]
    masked = [dense, {"BatchNormalization": {}}, {"LayerNormalization": {}}]
    for layer in masked:
        inputs = {"inputs": tensor(3, 5, 4)}
        cases.append({"config": {"layer": layer}, "inputs": inputs, "mask": {"inputs": PADDED}})
    for kind, outer, inner in product(
        ("LSTM", "GRU"), ("mixed_bfloat16", "float64"), ("float32", "mixed_bfloat16", "float64")
    ):
        for more in ({}, {"recurrent_dropout": 0.2}, {"return_sequences": True}):
            config = {"layer": {kind: {"units": 2, "dtype": inner, **more}}, "dtype": outer}
            cases.append({"config": config, "inputs": {"inputs": tensor(3, 2, 4, 3)}})
    return cases


def list_directions() -> list[Case]:
    layers: list[dict[str, Any]] = [{kind: {"units": 2}} for kind in ("LSTM", "GRU", "SimpleRNN")]
    layers += [
        {"LSTM": {"units": 2, "dropout": 0.3}},
        {"GRU": {"units": 2, "recurrent_dropout": 0.3}},
        {"LSTM": {"units": 2, "unroll": True}},
        {"GRU": {"units": 2, "reset_after": False}},
        {"RNN": {"cell": {"LSTMCell": {"units": 2}}}},
        {"LSTM": {"units": 2, "trainable": False}},
    ]
    keys: list[dict[str, Any]] = [{}, {"mask": PADDED}, {"order": TIME_MAJOR}, {"size": (1, 5)}, {"size": (3, 1)}]
    modes = ["concat", "sum", "mul", "ave", None]
    cases: list[Case] = []

    def add(config: dict[str, Any], size: tuple[int, int] = (3, 5), mask: Any = None, **more: Any) -> None:
        masks = {} if mask is None else {"mask": {"sequences": mask}}
        cases.append({"config": config, "inputs": {"sequences": tensor(*size, 4, **more)}, **masks})

    for layer, sequences, key in product(layers, [False, True], keys):
        kind, config = next(iter(layer.items()))
        add({"layer": {kind: {**config, "return_sequences": sequences}}}, **key)
    for kind, mode, sequences in product(["LSTM", "GRU"], modes, [False, True]):
        add({"layer": {kind: {"units": 2, "return_sequences": sequences}}, "merge_mode": mode})
    for kind in ("LSTM", "GRU", "SimpleRNN"):
        add({"layer": {kind: {"units": 2, "return_state": True}}})
        add({"layer": {kind: {"units": 2, "stateful": True}}})
        add({"layer": {kind: {"units": 2}}, "dtype": "mixed_bfloat16"})
        add({"layer": {kind: {"units": 2, "dtype": "mixed_bfloat16"}}, "dtype": "mixed_bfloat16"})
        add({"layer": {kind: {"units": 2}}, "trainable": False})
        if kind != "SimpleRNN":  # copies forget how products are grouped
            add({"layer": {kind: {"units": 2, "implementation": 1, "use_cudnn": False}}})
        add(
            {
                "layer": {kind: {"units": 2}},
                "backward_layer": {"SimpleRNN": {"units": 3, "go_backwards": True, "activation": "relu"}},
            }
        )
    return cases


def list_normalized() -> list[Case]:
    layers: list[tuple[dict[str, Any], tuple[int, ...]]] = [
        ({"Dense": {"units": 3}}, (4,)),
        ({"Dense": {"units": 3, "activation": "relu"}}, (5, 4)),
        ({"Dense": {"units": 1}}, (4,)),
        ({"Dense": {"units": 3, "trainable": False}}, (4,)),
        ({"Conv2D": {"filters": 3, "kernel_size": 2}}, (6, 5, 2)),
        ({"Conv1D": {"filters": 3, "kernel_size": 2}}, (6, 2)),
        ({"EinsumDense": {"equation": "abc,cd->abd", "output_shape": [None, 3]}}, (6, 4)),
    ]
    cases: list[Case] = [
        {"config": {"layer": layer, "power_iterations": times}, "inputs": {"inputs": tensor(batch, *shape)}}
        for (layer, shape), times, batch in product(layers, [1, 3], [1, 3])
    ]
    dense = {"layer": {"Dense": {"units": 3}}}
    dtypes = ("float64", "mixed_bfloat16")
    return cases + [{"config": {**dense, "dtype": dtype}, "inputs": {"inputs": tensor(3, 4)}} for dtype in dtypes]


PIPELINES: list[list[Any]] = [
    [{"Dense": {"units": 3, "activation": "relu"}}, {"Dense": {"units": 2}}],
    [{"Dense": {"units": 3, "trainable": False}}, {"Dense": {"units": 2}}],
    [{"Dense": {"units": 3}}, {"Dropout": {"rate": 0.5}}, "Flatten", {"Dense": {"units": 2}}],
    [{"Masking": {}}, {"GRU": {"units": 2, "return_sequences": True}}, {"LSTM": {"units": 2}}],
    [{"LSTM": {"units": 2, "return_sequences": True}}, {"LSTM": {"units": 3, "return_sequences": True}}],
    [{"GRU": {"units": 2, "return_sequences": True}}, {"TimeDistributed": {"layer": {"Dense": {"units": 2}}}}],
    [{"Bidirectional": {"layer": {"LSTM": {"units": 2, "return_sequences": True}}}}, {"SimpleRNN": {"units": 2}}],
    [{"LSTM": {"units": 2, "return_sequences": True}}, {"Bidirectional": {"layer": {"GRU": {"units": 2}}}}],
    [{"TimeDistributed": {"layer": {"Dense": {"units": 2}}}}, {"LSTM": {"units": 2}}],
    [{"LSTM": {"units": 2, "return_sequences": True}}, {"Conv1D": {"filters": 2, "kernel_size": 2}}],
    [{"Conv1D": {"filters": 2, "kernel_size": 2}}, {"LSTM": {"units": 2, "return_sequences": True}}, "Flatten"],
    [{"Permute": {"dims": [2, 1]}}, {"GRU": {"units": 2}}],
    [{"LSTM": {"units": 2, "return_sequences": True}}, {"Dense": {"units": 2, "activation": "softmax"}}],
    [{"LSTM": {"units": 2, "return_sequences": True}}, {"LayerNormalization": {}}, {"Dense": {"units": 2}}],
    [{"LSTM": {"units": 2, "return_sequences": True, "stateful": True}}, {"Dropout": {"rate": 0.3}}],
]


CONVOLUTIONS: list[list[Any]] = [
    [{"Conv1D": {"filters": 3, "kernel_size": 2, "activation": "relu"}}, {"Dense": {"units": 2}}],
    [{"Conv1D": {"filters": 3, "kernel_size": 1, "activation": "relu"}}, {"LSTM": {"units": 2}}],
    [{"Conv1D": {"filters": 3, "kernel_size": 2, "padding": "same", "activation": "relu"}}, {"Dense": {"units": 2}}],
    [{"Conv1D": {"filters": 1, "kernel_size": 2}}, {"Conv1D": {"filters": 3, "kernel_size": 2}}, {"GRU": {"units": 2}}],
]
"""Over one channel a convolution lays out what it gives otherwise than over several."""


def list_pipelines() -> list[Case]:
    sizes = [(3, 5, 4), (1, 5, 4), (2, 2, 4)]
    return [
        {"config": {"layers": layers}, "inputs": {"inputs": tensor(*size)}}
        for layers, size in [*product(PIPELINES, sizes), *product(CONVOLUTIONS, [(3, 8, 1), (1, 8, 1), (3, 8, 2)])]
    ]


CASES: dict[str, list[Case]] = {
    "TimeDistributed": list_distributed(),
    "Bidirectional": list_directions(),
    "SpectralNormalization": list_normalized(),
    "Pipeline": list_pipelines(),
}
