"""More cases of recurrent layers: layouts of the input, single samples and steps, frozen layers, dropout, masks."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

TIME_MAJOR = [1, 0, 2]
PADDED = [2, 4, 5]
_MASKS: list[dict[str, Any]] = [{}, {"mask": PADDED}]
HOLES = [[0, 1, 0, 1, 1], [1, 1, 0, 0, 0], [1, 1, 1, 1, 1]]
STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}
STEP_BY_STEP: dict[str, dict[str, Any]] = {
    "LSTM": {"use_cudnn": False},
    "GRU": {"use_cudnn": False},
    "SimpleRNN": {},
}


def of_sequence(config: dict[str, Any], batch: int = 3, time: int = 5, **keys: Any) -> Case:
    """A case of one sequence of four features; `mask` is laid on it, other keys are the input's."""
    mask = {"mask": {"sequences": keys.pop("mask")}} if "mask" in keys else {}
    return {"config": {"units": 2, **config}, "inputs": {"sequences": tensor(batch, time, 4, **keys)}, **mask}


def list_layouts(kind: str) -> list[Case]:
    """Sequences as they come from other layers, of one sample and of one step, on both paths."""
    orders: list[dict[str, Any]] = [{}, {"order": TIME_MAJOR}, {"order": [0, 2, 1]}, {"order": [2, 1, 0]}]
    sizes = [(3, 5), (1, 5), (3, 1), (1, 1), (3, 2), (3, 3)]
    plain = [of_sequence({}, *size, **order) for order, size in product(orders, sizes)]
    reverse = [
        of_sequence({"go_backwards": True, **more}, *size, **order)
        for order, size, more in product(orders[:2], sizes[:4], [{}, STEP_BY_STEP[kind]])
    ]
    stepped = [of_sequence({**STEP_BY_STEP[kind], "return_sequences": True}, *size) for size in sizes]
    return [*plain, *reverse, *stepped]


def list_masked(kind: str) -> list[Case]:
    """Masks with each flag that decides what is done at a masked step."""
    flags = ("return_sequences", "go_backwards", "zero_output_for_mask")
    looped = [
        of_sequence(dict(zip(flags, values, strict=True)), mask=mask)
        for values, mask in product(product([False, True], repeat=3), [PADDED, HOLES])
    ]
    unrolled = [
        of_sequence({"unroll": True, "return_sequences": sequences, "zero_output_for_mask": zero}, mask=PADDED)
        for sequences, zero in product([False, True], repeat=2)
    ]
    short = [
        of_sequence({"unroll": unroll}, 2, time, mask=[1, time]) for unroll, time in product([False, True], [1, 2, 3])
    ]
    return [*looped, *unrolled, *short, of_sequence({}, order=TIME_MAJOR, mask=PADDED)]


def list_trained(kind: str) -> list[Case]:
    """Frozen layers, and dropout of inputs and states, on every path."""
    ways: list[dict[str, Any]] = [{}, {"unroll": True}, STEP_BY_STEP[kind], {**STEP_BY_STEP[kind], "unroll": True}]
    frozen = [of_sequence({"trainable": False, **way}, **keys) for way, keys in product(ways, _MASKS)]
    drops: list[dict[str, Any]] = [
        {"dropout": 0.3},
        {"recurrent_dropout": 0.3},
        {"dropout": 0.3, "recurrent_dropout": 0.3},
        {"dropout": 0.3, "seed": 3},
        {"dropout": 1.0},
    ]
    dropped = [of_sequence({**drop, **way}) for drop, way in product(drops, ways)]
    frozen_drops = [of_sequence({**drop, "trainable": False}) for drop in drops]
    masked = [of_sequence(drop, mask=PADDED) for drop in drops]
    laid = [of_sequence(drop, 3, 5, order=TIME_MAJOR) for drop in drops]
    single = [of_sequence(drop, *size) for drop, size in product(drops[:2], [(1, 5), (3, 1), (1, 1)])]
    return [*frozen, *dropped, *frozen_drops, *masked, *laid, *single]


def list_computed(kind: str) -> list[Case]:
    """Dtypes, activations, and what Keras multiplies gate by gate."""
    dtypes = [
        of_sequence({"dtype": dtype, **way})
        for dtype, way in product(["mixed_bfloat16", "float64"], [{}, STEP_BY_STEP[kind], {"unroll": True}])
    ]
    functions = ["relu", "linear", "sigmoid", "softmax", "gelu", "hard_sigmoid", "elu"]
    active = [
        of_sequence({"activation": function, **way})
        for function, way in product(functions, [{}, STEP_BY_STEP[kind], {"return_sequences": True}])
    ]
    if kind != "SimpleRNN":
        gates = [of_sequence({"recurrent_activation": function}) for function in functions]
        parts: list[dict[str, Any]] = [{}, {"dropout": 0.3}, {"use_bias": False}, {"trainable": False}]
        split = [of_sequence({"implementation": 1, **STEP_BY_STEP[kind], **part}) for part in parts]
        active += [*gates, *split]
    if kind == "GRU":
        before: list[dict[str, Any]] = [{}, {"implementation": 1}, {"recurrent_dropout": 0.3}, {"use_bias": False}]
        active += [of_sequence({"reset_after": False, **part}) for part in [*before, {"trainable": False}]]
    return [*dtypes, *active]


def list_begun(kind: str) -> list[Case]:
    """States that are fed, with and without gradients, and those that a layer has from the batch before."""
    cases: list[Case] = []
    ways: list[dict[str, Any]] = [{}, {"unroll": True}, STEP_BY_STEP[kind], {"trainable": False}]
    for way, state_grad, input_grad in product(ways, [False, True], [False, True]):
        states = [tensor(3, 2, grad=state_grad) for _ in range(STATES[kind])]
        inputs = {"sequences": tensor(3, 5, 4, grad=input_grad), "initial_state": states}
        cases.append({"config": {"units": 2, "return_state": True, **way}, "inputs": inputs})
    stateful = [
        of_sequence({"stateful": True, **way}, **keys)
        for way, keys in product(ways, [{}, {"mask": PADDED}, {"time": 1}, {"time": 2}])
    ]
    return [*cases, *stateful]


def list_cells(kind: str) -> list[Case]:
    """A cell alone: frozen, with dropout, one sample, and another dtype."""
    port = "sequence" if kind == "SimpleRNN" else "inputs"
    parts: list[dict[str, Any]] = [
        {}, {"trainable": False}, {"dropout": 0.3}, {"recurrent_dropout": 0.3}, {"use_bias": False},
        {"dtype": "mixed_bfloat16"}, {"activation": "relu"}, {"dropout": 0.3, "recurrent_dropout": 0.3, "seed": 2},
    ]  # fmt: skip
    if kind != "SimpleRNN":
        parts += [{"implementation": 1}, {"implementation": 1, "dropout": 0.3}, {"recurrent_activation": "relu"}]
    if kind == "GRU":
        parts += [{"reset_after": False}, {"reset_after": False, "implementation": 1}]
    states = STATES[kind]
    return [
        {
            "config": {"units": 2, **part},
            "inputs": {port: tensor(batch, 4), "states": [tensor(batch, 2) for _ in range(states)]},
        }
        for part, batch in product(parts, [1, 3])
    ]


CELLS: list[list[dict[str, Any]]] = [
    [{"LSTMCell": {"units": 2}}],
    [{"GRUCell": {"units": 2}}],
    [{"SimpleRNNCell": {"units": 2}}],
    [{"LSTMCell": {"units": 2}}, {"GRUCell": {"units": 3}}],
    [{"SimpleRNNCell": {"units": 2}}, {"SimpleRNNCell": {"units": 2}}, {"LSTMCell": {"units": 1}}],
    [{"GRUCell": {"units": 2, "trainable": False}}, {"SimpleRNNCell": {"units": 2}}],
    [{"SimpleRNNCell": {"units": 2}}, {"GRUCell": {"units": 2, "trainable": False}}],
    [{"LSTMCell": {"units": 2, "dropout": 0.3}}, {"SimpleRNNCell": {"units": 2, "recurrent_dropout": 0.3}}],
    [{"LSTMCell": {"units": 2, "recurrent_dropout": 0.3}}],
    [{"GRUCell": {"units": 2, "dropout": 0.3}}],
    [{"LSTMCell": {"units": 2, "dtype": "mixed_bfloat16"}}, {"GRUCell": {"units": 2}}],
]


def list_rnns() -> list[Case]:
    ways: list[dict[str, Any]] = [{}, {"unroll": True}, {"return_sequences": True, "go_backwards": True}]
    keys: list[dict[str, Any]] = [{}, {"mask": HOLES}, {"order": TIME_MAJOR}, {"batch": 1, "time": 1}, {"time": 2}]
    cases: list[Case] = []
    for cells, way, key in product(CELLS, ways, keys):
        case = of_sequence(way, **key)
        del case["config"]["units"]
        case["config"]["cell"] = cells[0] if len(cells) == 1 else cells
        cases.append(case)
    for cells in CELLS[:5]:
        case = of_sequence({"stateful": True, "return_state": True})
        del case["config"]["units"]
        cases.append({**case, "config": {**case["config"], "cell": cells[0]}})
    return cases


def list_stacks() -> list[Case]:
    counts = {"LSTMCell": 2, "GRUCell": 1, "SimpleRNNCell": 1}
    cases: list[Case] = []
    for cells, batch in product(CELLS, [1, 3]):
        named = [next(iter(cell.items())) for cell in cells]
        states = [[tensor(batch, config["units"]) for _ in range(counts[kind])] for kind, config in named]
        cases.append({"config": {"cells": cells}, "inputs": {"inputs": tensor(batch, 4), "states": states}})
    return cases


def list_sequences(kind: str) -> list[Case]:
    groups = (list_layouts, list_masked, list_trained, list_computed, list_begun)
    return [case for group in groups for case in group(kind)]


CASES: dict[str, list[Case]] = {
    **{kind: list_sequences(kind) for kind in ("LSTM", "GRU", "SimpleRNN")},
    **{f"{kind}Cell": list_cells(kind) for kind in ("LSTM", "GRU", "SimpleRNN")},
    "RNN": list_rnns(),
    "StackedRNNCells": list_stacks(),
}
