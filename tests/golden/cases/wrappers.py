"""Golden cases of the wrappers: Bidirectional, TimeDistributed, SpectralNormalization."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

SEQUENCES = {"sequences": tensor(2, 4, 3)}
PADDED: list[Any] = [2, 4]
HOLES: list[Any] = [[0, 1, 0, 1], [1, 1, 0, 0]]
BOOLS = [False, True]
MODES = ["concat", "sum", "mul", "ave", None]


def rnn(kind: str, units: int = 2, **config: Any) -> dict[str, Any]:
    return {kind: {"units": units, **config}}


def both(layer: Any, inputs: Any = SEQUENCES, mask: Any = None, **config: Any) -> Case:
    case: Case = {"config": {"layer": layer, **config}, "inputs": inputs}
    return case if mask is None else {**case, "mask": {"sequences": mask}}


def states(count: int, units: int = 2) -> list[dict[str, Any]]:
    return [tensor(2, units) for _ in range(count)]


def bidirectional_grid() -> list[Case]:
    modes = [
        both(rnn("LSTM", return_sequences=sequences, return_state=state), merge_mode=mode)
        for mode, sequences, state in product(MODES, BOOLS, BOOLS)
    ]
    masked = [
        both(rnn("GRU", return_sequences=sequences), merge_mode=mode, mask=mask)
        for mode, sequences, mask in product(MODES, BOOLS, [PADDED, HOLES])
    ]
    stateful_masks = [
        both(rnn("LSTM", return_sequences=sequences, return_state=True), merge_mode=mode, mask=PADDED)
        for mode, sequences in product(["concat", None], BOOLS)
    ]
    return modes + masked + stateful_masks


BACKWARD = rnn("LSTM", go_backwards=True)
STARTED = {**SEQUENCES, "initial_state": states(4)}

BIDIRECTIONAL: list[Case] = [
    *bidirectional_grid(),
    both(rnn("SimpleRNN", 4)),
    both(rnn("GRU", reset_after=False, return_sequences=True)),
    both(rnn("LSTM", use_bias=False)),
    both(rnn("LSTM", go_backwards=False), backward_layer=BACKWARD),
    both(rnn("LSTM", return_sequences=True), backward_layer=rnn("LSTM", 3, go_backwards=True, return_sequences=True)),
    both(rnn("LSTM"), backward_layer=rnn("GRU", 3, go_backwards=True)),
    both(rnn("LSTM"), backward_layer=rnn("GRU", 3, go_backwards=True), merge_mode=None),
    both(rnn("LSTM"), backward_layer=rnn("LSTM", 2, go_backwards=True, name="reader"), merge_mode="sum"),
    both(
        rnn("LSTM", return_sequences=True),
        backward_layer=rnn("LSTM", go_backwards=True, return_sequences=True),
        mask=HOLES,
    ),
    both({"RNN": {"cell": rnn("LSTMCell"), "return_sequences": True}}),
    both({"RNN": {"cell": [rnn("GRUCell"), rnn("GRUCell", 3)]}}),
    both({"RNN": {"cell": rnn("GRUCell"), "return_sequences": True}}, mask=PADDED),
    both(rnn("LSTM"), STARTED),
    both(rnn("LSTM", return_state=True, return_sequences=True), STARTED),
    both(rnn("GRU"), {**SEQUENCES, "initial_state": states(2)}),
    both(rnn("LSTM", return_sequences=True), STARTED, mask=PADDED),
    both(
        rnn("GRU", return_sequences=True), {**SEQUENCES, "mask": tensor(2, 4, kind="ones", dtype="bool", valid=HOLES)}
    ),
    both(rnn("LSTM", return_sequences=True, zero_output_for_mask=True), mask=HOLES),
    both(rnn("LSTM", dropout=0.5, recurrent_dropout=0.5)),
    both(rnn("LSTM", stateful=True)),
    both(rnn("LSTM"), name="reader"),
    both(rnn("LSTM", name="inner")),
    both(rnn("LSTM"), trainable=False),
    both(rnn("LSTM", trainable=False)),
    both(rnn("LSTM"), dtype="float16"),
    both(rnn("LSTM", dtype="float16")),
    both(rnn("LSTM", unroll=True, return_sequences=True)),
    both(rnn("LSTM"), mask=[0, 4]),
    both(rnn("LSTM", go_backwards=True, return_sequences=True), backward_layer=rnn("LSTM", return_sequences=True)),
    {**both(rnn("LSTM", go_backwards=True)), "error": True},
    {**both(rnn("LSTM"), merge_mode="max"), "error": True},
    {**both(rnn("LSTM"), backward_layer=rnn("LSTM")), "error": True},
    {**both(rnn("LSTM"), backward_layer=rnn("LSTM", go_backwards=True, return_sequences=True)), "error": True},
    {**both(rnn("LSTM"), backward_layer=rnn("LSTM", 3, go_backwards=True), merge_mode="sum"), "error": True},
    {**both({"Dense": {"units": 2}}), "error": True},
    {**both(rnn("LSTM"), {"sequences": tensor(2, 3)}), "error": True},
    {**both(rnn("LSTM", stateful=True, return_state=True)), "error": True},
    {**both(rnn("LSTM"), {**SEQUENCES, "initial_state": states(2)}), "error": True},
]


def timed(layer: Any, *shape: int, mask: Any = None, **config: Any) -> Case:
    case: Case = {"config": {"layer": layer, **config}, "inputs": {"inputs": tensor(*shape)}}
    return case if mask is None else {**case, "mask": {"inputs": mask}}


DENSE = {"Dense": {"units": 2}}
CONV = {"Conv2D": {"filters": 2, "kernel_size": 2}}
STEPS_MASK = [[[1, 1, 0], [1, 0, 0]], [[0, 1, 1], [1, 1, 1]]]

TIME_DISTRIBUTED: list[Case] = [
    timed(DENSE, 2, 3, 4),
    timed({"Dense": {"units": 2, "use_bias": False, "activation": "relu"}}, 2, 3, 4),
    timed(DENSE, 2, 3, 2, 4),
    timed(DENSE, 2, 1, 4),
    timed(CONV, 2, 3, 4, 4, 1),
    timed({"Conv2D": {"filters": 2, "kernel_size": 3, "padding": "same", "strides": 2}}, 2, 2, 4, 4, 2),
    timed({"Conv1D": {"filters": 2, "kernel_size": 2}}, 2, 3, 4, 2),
    timed({"MaxPooling2D": {"pool_size": 2}}, 2, 2, 4, 4, 1),
    timed("GlobalAveragePooling2D", 2, 3, 2, 2, 3),
    timed("Flatten", 2, 3, 2, 2),
    timed({"Reshape": {"target_shape": [4, 1]}}, 2, 3, 2, 2),
    timed({"RepeatVector": {"n": 2}}, 2, 3, 4),
    timed(rnn("LSTM"), 2, 3, 4, 3),
    timed(rnn("GRU", return_sequences=True), 2, 3, 4, 3),
    timed("BatchNormalization", 2, 3, 4),
    timed("LayerNormalization", 2, 3, 4),
    timed({"Dropout": {"rate": 0.5}}, 2, 3, 4),
    timed({"Activation": {"activation": "softmax"}}, 2, 3, 4),
    timed({"TimeDistributed": {"layer": DENSE}}, 2, 2, 3, 4),
    timed({"TimeDistributed": {"layer": CONV}}, 2, 2, 2, 3, 3, 1),
    timed({"Bidirectional": {"layer": rnn("LSTM")}}, 2, 2, 3, 2),
    timed(DENSE, 2, 3, 4, name="each_step"),
    timed({"Dense": {"units": 2, "name": "inner"}}, 2, 3, 4),
    timed(DENSE, 2, 3, 4, trainable=False),
    timed({"Dense": {"units": 2, "trainable": False}}, 2, 3, 4),
    timed(DENSE, 2, 3, 4, dtype="float16"),
    timed({"Dense": {"units": 2, "dtype": "float16"}}, 2, 3, 4),
    timed(DENSE, 2, 3, 4, mask=[1, 3]),
    timed("Flatten", 2, 3, 2, 2, mask=[1, 3]),
    timed("BatchNormalization", 2, 3, 4, mask=[1, 3]),
    timed(rnn("LSTM"), 2, 2, 3, 2, mask=STEPS_MASK),
    timed(rnn("LSTM", return_sequences=True), 2, 2, 3, 2, mask=STEPS_MASK),
    timed("GlobalAveragePooling1D", 2, 2, 3, 2, mask=STEPS_MASK),
    timed({"TimeDistributed": {"layer": DENSE}}, 2, 2, 3, 4, mask=STEPS_MASK),
    timed({"Embedding": {"input_dim": 5, "output_dim": 2}}, 2, 3, 4),
    {
        "config": {"layer": {"Embedding": {"input_dim": 5, "output_dim": 2, "mask_zero": True}}},
        "inputs": {"inputs": tensor(2, 3, 4, kind="ids", high=5)},
    },
    {**timed(DENSE, 2, 4), "error": True},
    {**timed(DENSE, 2), "error": True},
    {**timed(CONV, 2, 3, 4, 4), "error": True},
    {**timed(rnn("LSTM"), 2, 3, 4), "error": True},
    {**timed(rnn("LSTM"), 2, 2, 3, 2, mask=[1, 2]), "error": True},
    {**timed("Softmax", 2, 3, 4, mask=[1, 3]), "error": True},
    {**timed(DENSE, 2, 3, 4, mask=[[1, 1], [1, 0]]), "error": True},
]


def spectral(layer: Any, *shape: int, **config: Any) -> Case:
    return {"config": {"layer": layer, **config}, "inputs": {"inputs": tensor(*shape)}}


SPECTRAL_NORMALIZATION: list[Case] = [
    spectral(DENSE, 2, 4),
    spectral(DENSE, 2, 3, 4),
    spectral({"Dense": {"units": 2, "use_bias": False}}, 2, 4),
    spectral(DENSE, 2, 4, power_iterations=3),
    spectral(CONV, 2, 3, 3, 2),
    spectral({"Conv1D": {"filters": 3, "kernel_size": 2, "padding": "same"}}, 2, 4, 2),
    spectral({"Conv2DTranspose": {"filters": 2, "kernel_size": 2}}, 2, 3, 3, 2),
    spectral({"EinsumDense": {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c"}}, 2, 4),
    spectral(DENSE, 2, 4, trainable=False),
    spectral({"Dense": {"units": 2, "trainable": False}}, 2, 4),
    spectral(DENSE, 2, 4, name="bounded"),
    spectral(DENSE, 2, 4, dtype="float16"),
    {
        "config": {"layer": {"Embedding": {"input_dim": 5, "output_dim": 2}}},
        "inputs": {"inputs": tensor(2, 3, dtype="float32", kind="ids", high=5)},
    },
    {**spectral(DENSE, 2, 3, 4), "mask": {"inputs": [1, 3]}},
    {**spectral(DENSE, 2, 4, power_iterations=0), "error": True},
    {**spectral("Flatten", 2, 4), "error": True},
    {**spectral(rnn("LSTM"), 2, 3, 4), "error": True},
]

FROZEN: dict[str, Any] = {"trainable": False}
"""Outside it stands on layers whose weights are all those of layers within, and Keras heeds it only within."""
BIDIRECTIONAL += [
    both(rnn("LSTM"), **FROZEN),
    both(rnn("LSTM", **FROZEN)),
    both(rnn("LSTM"), backward_layer=rnn("LSTM", go_backwards=True, **FROZEN)),
    both({"RNN": {"cell": {"LSTMCell": {"units": 2}}, **FROZEN}}),
    both({"RNN": {"cell": {"LSTMCell": {"units": 2, **FROZEN}}}}),
]
TIME_DISTRIBUTED += [
    {"config": {"layer": layer, **more}, "inputs": {"inputs": tensor(2, 4, 3, 2)}}
    for layer, more in (
        ({"Dense": {"units": 3}}, FROZEN),
        ({"Dense": {"units": 3, **FROZEN}}, {}),
        ({"Bidirectional": {"layer": rnn("GRU"), **FROZEN}}, {}),
        ({"Bidirectional": {"layer": rnn("GRU", **FROZEN)}}, {}),
        ({"BatchNormalization": FROZEN}, {}),
    )
]
SPECTRAL_NORMALIZATION += [
    {"config": {"layer": layer, **more}, "inputs": {"inputs": tensor(2, 3)}}
    for layer, more in (({"Dense": {"units": 3}}, FROZEN), ({"Dense": {"units": 3, **FROZEN}}, {}))
]

PIPELINE: list[Case] = [
    {"config": {"layers": held}, "inputs": {"inputs": tensor(*shape)}}
    for held, shape in (
        ([{"Dense": {"units": 3}}], (2, 4)),
        ([{"Dense": {"units": 3}}, {"Dense": {"units": 2, **FROZEN}}, {"Rescaling": {"scale": 0.5}}], (2, 4)),
        ([{"Dense": {"units": 3}}, "BatchNormalization", {"Dropout": {"rate": 0.5}}, "ReLU"], (2, 4)),
        ([{"Resizing": {"height": 2, "width": 3}}, "RandomFlip", "Flatten"], (1, 4, 4, 2)),
        ([{"LSTM": {"units": 2, "return_sequences": True}}, {"GRU": {"units": 3}}], (2, 4, 3)),
        ([{"Masking": {}}, {"LSTM": {"units": 2, "return_sequences": True}}], (2, 4, 3)),
        ([{"Dense": {"units": 3, "dtype": "float16"}}], (2, 4)),
        ([{"Pipeline": {"layers": ["Flatten", {"Dense": {"units": 2}}]}}, "Softmax"], (2, 4, 3)),
    )
]
PIPELINE += [
    {
        "config": {"layers": [{"LSTM": {"units": 2, "return_sequences": True}}, {"Dense": {"units": 2}}]},
        "inputs": {"inputs": tensor(2, 4, 3)},
        "mask": {"inputs": PADDED},
    },
    {
        "config": {
            "layers": [{"Embedding": {"input_dim": 5, "output_dim": 2, "mask_zero": True}}, {"GRU": {"units": 3}}]
        },
        "inputs": {"inputs": tensor(2, 4, kind="ids", high=5)},
    },
    {
        "config": {"layers": [{"LSTM": {"units": 2, "return_state": True}}]},
        "inputs": {"inputs": tensor(2, 4, 3)},
    },
    {"config": {"layers": []}, "inputs": {"inputs": tensor(2, 4)}, "error": True},
    {"config": {"layers": ["Flatten"], "dtype": "float16"}, "inputs": {"inputs": tensor(2, 4)}, "error": True},
    {"config": {"layers": ["Flatten"], "trainable": False}, "inputs": {"inputs": tensor(2, 4)}, "error": True},
]

CASES: dict[str, list[Case]] = {
    "Bidirectional": BIDIRECTIONAL,
    "TimeDistributed": TIME_DISTRIBUTED,
    "SpectralNormalization": SPECTRAL_NORMALIZATION,
    "Pipeline": PIPELINE,
}

CHAINS: list[Case] = [
    {
        "name": "many_to_many",
        "input": tensor(2, 5, 1),
        "layers": [
            {"LSTM": {"units": 5, "return_sequences": True}},
            {"TimeDistributed": {"layer": {"Dense": {"units": 1}}}},
        ],
    },
    {
        "name": "masked_tagger",
        "input": tensor(2, 5, kind="ids", high=6, valid=[2, 5]),
        "layers": [
            {"Embedding": {"input_dim": 6, "output_dim": 3, "mask_zero": True}},
            {"Dropout": {"rate": 0.5}},
            {"Bidirectional": {"layer": rnn("LSTM", return_sequences=True)}},
            {"TimeDistributed": {"layer": {"Dense": {"units": 3}}}},
            "GlobalAveragePooling1D",
        ],
    },
    {
        "name": "masked_bidirectional_stack",
        "input": tensor(2, 4, 3, valid=HOLES),
        "layers": [
            "Masking",
            {"Bidirectional": {"layer": rnn("GRU", return_sequences=True), "merge_mode": "sum"}},
            {"LayerNormalization": {}},
            {"Bidirectional": {"layer": rnn("SimpleRNN", 2), "merge_mode": "ave"}},
            {"Dense": {"units": 2}},
        ],
    },
    {
        "name": "masked_bidirectional_lists",
        "input": tensor(2, 4, 3, valid=PADDED),
        "layers": [
            "Masking",
            {"Bidirectional": {"layer": rnn("LSTM", return_sequences=True), "merge_mode": None}},
            {"SimpleRNN": {"units": 2}},
        ],
    },
    {
        "name": "time_distributed_convolutions",
        "input": tensor(1, 2, 4, 4, 1),
        "layers": [
            {"TimeDistributed": {"layer": CONV}},
            {"TimeDistributed": {"layer": "Flatten"}},
            {"LSTM": {"units": 2}},
        ],
    },
]
