"""Golden cases of the recurrent layers and their cells."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

SEQUENCES = {"sequences": tensor(2, 4, 3)}
PADDED: list[Any] = [2, 4]
HOLES: list[Any] = [[0, 1, 0, 1], [1, 1, 0, 0]]
STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}
BOOLS = [False, True]


def state(units: int, count: int) -> list[dict[str, Any]]:
    return [tensor(2, units) for _ in range(count)]


def outputs_grid() -> list[Case]:
    """What leaves the layer: the three flags that decide it, then those flags under masks."""
    flags = ("return_sequences", "return_state", "go_backwards")
    plain: list[Case] = [
        {"config": {"units": 3, **dict(zip(flags, values, strict=True))}, "inputs": SEQUENCES}
        for values in product(BOOLS, BOOLS, BOOLS)
    ]
    masked: list[Case] = [
        {
            "config": {"units": 2, "return_sequences": sequences, "return_state": True, "go_backwards": backwards},
            "inputs": SEQUENCES,
            "mask": {"sequences": mask},
        }
        for sequences, backwards, mask in product(BOOLS, BOOLS, [PADDED, HOLES])
    ]
    zeroed: list[Case] = [
        {
            "config": {"units": 2, "return_sequences": sequences, "zero_output_for_mask": True, "unroll": unroll},
            "inputs": SEQUENCES,
            "mask": {"sequences": HOLES},
        }
        for sequences, unroll in product(BOOLS, BOOLS)
    ]
    return plain + masked + zeroed


def inputs_grid(states: int) -> list[Case]:
    """What enters the layer: initial states, masks by hand, one step, nothing but padding."""
    every = {"units": 2, "return_sequences": True, "return_state": True}
    started = {**SEQUENCES, "initial_state": state(2, states)}
    return [
        {"config": {"units": 2}, "inputs": started},
        {"config": every, "inputs": started},
        {"config": {**every, "go_backwards": True}, "inputs": started},
        {"config": every, "inputs": started, "mask": {"sequences": PADDED}},
        {"config": every, "inputs": {**started, "mask": tensor(2, 4, kind="ones", dtype="bool", valid=PADDED)}},
        {"config": every, "inputs": {**SEQUENCES, "mask": tensor(2, 4, kind="ones", dtype="bool", valid=HOLES)}},
        {"config": every, "inputs": SEQUENCES, "mask": {"sequences": [0, 4]}},
        {"config": {"units": 2}, "inputs": SEQUENCES, "mask": {"sequences": [0, 1]}},
        {"config": {"units": 2}, "inputs": {"sequences": tensor(2, 1, 3)}},
        {"config": {"units": 1, "return_sequences": True}, "inputs": {"sequences": tensor(1, 3, 1)}},
        {"config": {"units": 2}, "inputs": {**SEQUENCES, "initial_state": state(5, states)}, "error": True},
        {"config": {"units": 2}, "inputs": {"sequences": tensor(2, 3)}, "error": True},
        {"config": {"units": 2}, "inputs": {"sequences": tensor(2, 4, 3, 2)}, "error": True},
        {"config": {"units": 0}, "inputs": SEQUENCES, "error": True},
        {"config": {}, "inputs": SEQUENCES, "error": True},
    ]


SHARED_CONFIGS: list[dict[str, Any]] = [
    {"use_bias": False},
    {"activation": "relu"},
    {"activation": None},
    {"activation": "softsign", "use_bias": False, "return_sequences": True},
    {"dropout": 0.5, "recurrent_dropout": 0.3, "seed": 1},
    {"dropout": 0.5},
    {"unroll": True, "return_sequences": True},
    {"stateful": True, "return_state": True},
    {"kernel_initializer": "ones", "recurrent_initializer": "zeros", "bias_initializer": "ones"},
    {"kernel_regularizer": "l2", "recurrent_constraint": "unit_norm", "activity_regularizer": "l1"},
    {"trainable": False},
    {"dtype": "float16"},
    {"dtype": "mixed_float16", "return_state": True},
    {"name": "memory"},
]
GATE_CONFIGS: list[dict[str, Any]] = [
    {"recurrent_activation": "hard_sigmoid"},
    {"recurrent_activation": "relu", "activation": "sigmoid"},
    {"use_cudnn": False, "return_sequences": True},
    {"implementation": 1},
]


def recurrent(states: int, configs: list[dict[str, Any]]) -> list[Case]:
    return [
        *outputs_grid(),
        *inputs_grid(states),
        *({"config": {"units": 2, **config}, "inputs": SEQUENCES} for config in SHARED_CONFIGS + configs),
        {"config": {"units": 2, "unroll": True}, "inputs": SEQUENCES, "mask": {"sequences": HOLES}},
        {"config": {"units": 2, "stateful": True}, "inputs": SEQUENCES, "mask": {"sequences": PADDED}},
    ]


def reset_after() -> list[Case]:
    return [
        {
            "config": {"units": 2, "reset_after": after, "use_bias": bias, "return_sequences": True, "unroll": unroll},
            "inputs": SEQUENCES,
            **({"mask": {"sequences": HOLES}} if masked else {}),
        }
        for after, bias, masked, unroll in product(BOOLS, BOOLS, BOOLS, BOOLS)
    ]


LSTM: list[Case] = [
    *recurrent(2, [*GATE_CONFIGS, {"unit_forget_bias": False}, {"unit_forget_bias": True, "use_bias": False}]),
    {"config": {"units": 2}, "inputs": {**SEQUENCES, "initial_state": state(2, 1)}, "error": True},
]


def cell(kind: str, units: int = 2, **config: Any) -> dict[str, Any]:
    return {kind: {"units": units, **config}}


CELLS: list[Any] = [
    cell("LSTMCell"),
    cell("GRUCell"),
    cell("SimpleRNNCell"),
    cell("GRUCell", reset_after=False),
    [cell("LSTMCell", 2), cell("LSTMCell", 3)],
    [cell("SimpleRNNCell", 3), cell("GRUCell", 2)],
    [cell("GRUCell", 2), cell("LSTMCell", 3), cell("SimpleRNNCell", 1)],
    {"StackedRNNCells": {"cells": [cell("LSTMCell", 2), cell("LSTMCell", 2)]}},
    {"StackedRNNCells": {"cells": [cell("LSTMCell", 3)]}},
]

RNN: list[Case] = [
    *(
        {"config": {"cell": each, "return_sequences": sequences}, "inputs": SEQUENCES}
        for each, sequences in product(CELLS, BOOLS)
    ),
    *({"config": {"cell": each, "return_state": True}, "inputs": SEQUENCES} for each in CELLS),
    *(
        {"config": {"cell": each, "return_sequences": True, **config}, "inputs": SEQUENCES, "mask": {"sequences": mask}}
        for each, config, mask in product(
            [CELLS[0], CELLS[4]], [{}, {"zero_output_for_mask": True}, {"go_backwards": True}], [PADDED, HOLES]
        )
    ),
    {"config": {"cell": CELLS[0]}, "inputs": {**SEQUENCES, "initial_state": state(2, 2)}},
    {"config": {"cell": CELLS[1], "return_state": True}, "inputs": {**SEQUENCES, "initial_state": state(2, 1)}},
    {
        "config": {"cell": CELLS[4], "return_state": True},
        "inputs": {**SEQUENCES, "initial_state": [state(2, 2), state(3, 2)]},
    },
    *({"config": {"cell": each, "unroll": True, "return_sequences": True}, "inputs": SEQUENCES} for each in CELLS[:5]),
    {"config": {"cell": CELLS[0], "stateful": True}, "inputs": SEQUENCES},
    {"config": {"cell": cell("LSTMCell", dropout=0.5, recurrent_dropout=0.5)}, "inputs": SEQUENCES},
    {"config": {"cell": cell("LSTMCell", 2, trainable=False)}, "inputs": SEQUENCES},
    {"config": {"cell": CELLS[0], "trainable": False}, "inputs": SEQUENCES},
    {"config": {"cell": {"Dense": {"units": 2}}}, "inputs": SEQUENCES, "error": True},
    {"config": {"cell": CELLS[0]}, "inputs": {"sequences": tensor(2, 3)}, "error": True},
    {"config": {"cell": []}, "inputs": SEQUENCES, "error": True},
    {"config": {"cell": CELLS[4]}, "inputs": {**SEQUENCES, "initial_state": state(2, 2)}, "error": True},
]


def cell_alone(states: int, configs: list[dict[str, Any]], port: str = "inputs") -> list[Case]:
    shared: list[dict[str, Any]] = [
        {},
        {"use_bias": False},
        {"activation": "relu"},
        {"activation": None},
        {"dropout": 0.5},
        {"recurrent_dropout": 0.5},
        {"dropout": 0.2, "recurrent_dropout": 0.5, "seed": 1},
        {"dtype": "float16"},
        {"trainable": False},
        {"name": "step"},
    ]
    return [
        *(
            {"config": {"units": 2, **config}, "inputs": {port: tensor(2, 3), "states": state(2, states)}}
            for config in shared + configs
        ),
        {"config": {"units": 1}, "inputs": {port: tensor(1, 1), "states": [tensor(1, 1) for _ in range(states)]}},
        {"config": {"units": 2}, "inputs": {port: tensor(2, 3), "states": state(4, states)}, "error": True},
        {"config": {"units": 0}, "inputs": {port: tensor(2, 3), "states": state(2, states)}, "error": True},
    ]


CELL_GATES: list[dict[str, Any]] = [{"recurrent_activation": "hard_sigmoid"}, {"implementation": 1}]


def stacked(cells: list[Any], states: list[Any], **config: Any) -> Case:
    return {"config": {"cells": cells, **config}, "inputs": {"inputs": tensor(2, 3), "states": states}}


STACKED: list[Case] = [
    stacked([cell("LSTMCell", 2), cell("LSTMCell", 3)], [state(2, 2), state(3, 2)]),
    stacked([cell("GRUCell", 2), cell("GRUCell", 3)], [state(2, 1), state(3, 1)]),
    stacked([cell("GRUCell", 2), cell("GRUCell", 3)], state(2, 1) + state(3, 1)),
    stacked([cell("SimpleRNNCell", 3), cell("SimpleRNNCell", 1)], [state(3, 1), state(1, 1)]),
    stacked([cell("LSTMCell", 2), cell("GRUCell", 3)], [state(2, 2), *state(3, 1)]),
    stacked([cell("GRUCell", 3), cell("LSTMCell", 2)], [*state(3, 1), state(2, 2)]),
    stacked([cell("LSTMCell", 2)], [state(2, 2)]),
    stacked([cell("SimpleRNNCell", 2)], state(2, 1)),
    stacked(
        [cell("GRUCell", 2), cell("LSTMCell", 3), cell("SimpleRNNCell", 1)], [*state(2, 1), state(3, 2), *state(1, 1)]
    ),
    stacked([cell("LSTMCell", 2, use_bias=False), cell("LSTMCell", 2, activation="relu")], [state(2, 2), state(2, 2)]),
    stacked([cell("LSTMCell", 2, trainable=False), cell("LSTMCell", 2)], [state(2, 2), state(2, 2)]),
    stacked([cell("LSTMCell", 2), cell("LSTMCell", 3)], [state(2, 2), state(3, 2)], trainable=False),
    stacked([cell("GRUCell", 2, dtype="float16")], [state(2, 1)]),
    {**stacked(["Flatten"], [state(2, 1)]), "error": True},
]

CASES: dict[str, list[Case]] = {
    "LSTM": LSTM,
    "GRU": recurrent(1, GATE_CONFIGS) + reset_after(),
    "SimpleRNN": recurrent(1, []),
    "RNN": RNN,
    "LSTMCell": cell_alone(2, [*CELL_GATES, {"unit_forget_bias": False}]),
    "GRUCell": cell_alone(1, [*CELL_GATES, {"reset_after": False}, {"reset_after": False, "use_bias": False}]),
    "SimpleRNNCell": cell_alone(1, [], port="sequence"),
    "StackedRNNCells": STACKED,
}

CHAINS: list[Case] = [
    {
        "name": "embedding_two_lstms",
        "input": tensor(2, 5, kind="ids", high=6, valid=[2, 5]),
        "layers": [
            {"Embedding": {"input_dim": 6, "output_dim": 3, "mask_zero": True}},
            {"LSTM": {"units": 3, "return_sequences": True}},
            {"Dropout": {"rate": 0.2}},
            {"LSTM": {"units": 2}},
            {"Dense": {"units": 1, "activation": "sigmoid"}},
        ],
    },
    {
        "name": "masking_rnn_return_state",
        "input": tensor(2, 4, 3, valid=HOLES),
        "layers": [
            "Masking",
            {"GRU": {"units": 3, "return_sequences": True, "return_state": True}},
            {"RNN": {"cell": [cell("LSTMCell", 2), cell("GRUCell", 3)], "return_sequences": True}},
            {"SimpleRNN": {"units": 2, "go_backwards": True}},
        ],
    },
    {
        "name": "masking_backwards_sequences",
        "input": tensor(2, 4, 3, valid=PADDED),
        "layers": [
            "Masking",
            {"LSTM": {"units": 2, "return_sequences": True, "go_backwards": True}},
            {"SimpleRNN": {"units": 2}},
        ],
    },
]
