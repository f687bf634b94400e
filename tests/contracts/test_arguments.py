"""Arguments have the names and defaults of Keras 3.15.1's constructors and calls; where they do not, it says why."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.layers.arguments.argument import Arg
from shapecalc.layers.base import Layer, port_name
from shapecalc.layers.catalogue import CATALOGUE, find
from tests.contracts.signatures import NEEDED, OF_KERAS_1, OURS, SIGNATURES

COMMON = ("name", "dtype", "trainable")
"""What every layer takes; a layer's default of `dtype` is Keras's global one, float32."""


LEFT_OUT = {
    ("InputLayer", "batch_size"): "the key `batch_size` of a model says it",
    ("InputLayer", "batch_shape"): "a shape with its batch axis is written as text, `(None, 5, 1)`",
    ("InputLayer", "sparse"): "there are no sparse tensors",
    ("InputLayer", "ragged"): "there are no ragged tensors",
    ("InputLayer", "input_tensor"): "a spec holds no tensors",
    ("InputLayer", "optional"): "every input is fed",
    ("ops.prod", "dtype"): "Keras's symbolic pass says it and its TensorFlow backend ignores it; `ops.cast` is clear",
    ("ops.einsum", "kwargs"): "hints to a backend's optimizer",
}
"""What Keras takes and we refuse as an unknown argument."""

TAKEN_FROM_KWARGS = {
    "implementation": {"LSTM", "GRU", "LSTMCell", "GRUCell"},
    "zero_output_for_mask": {"LSTM", "GRU", "SimpleRNN"},
    "rms_scaling": {"LayerNormalization"},
    "seed": {"AdditiveAttention"},
    "data_format": {"MaxNumBoundingBoxes"},
}
"""What Keras reads out of `**kwargs`, where no signature shows it."""

OTHER_DEFAULTS = {
    "dtype": "Keras's None stands for its global setting, float32",
    "training": "Keras's augmentation draws unless it is told not to, as `predict` does; a forward pass is inference",
    "shape": "of InputLayer: Keras takes `batch_shape` in its place",
    **dict.fromkeys(("x1", "x2", "x_min", "x_max", "indices"), "Keras wants a value, which a spec may feed instead"),
}
"""Arguments whose default is another than Keras's, and why."""

ONLY_OURS = "training"
"""An argument of calls that is there to be refused: a forward pass is inference."""


def found(name: str) -> type[Layer]:
    layer_type = find(name)
    assert layer_type is not None
    return layer_type


def ports(layer_type: type[Layer]) -> set[str]:
    return {port_name(port) for port in layer_type.ports}


def taken(name: str) -> dict[str, Any]:
    """What Keras's constructor takes, or for an operation its call, tensors left out."""
    of = SIGNATURES[name]
    return of["init"] if "init" in of else {key: value for key, value in of["call"].items() if key != "x"}


def test_every_type_was_recorded() -> None:
    assert set(CATALOGUE) - set(SIGNATURES) == {*OURS, OF_KERAS_1}, "tests/golden/signatures.py records them"


@pytest.mark.parametrize("name", SIGNATURES)
def test_every_argument_of_keras_is_there(name: str) -> None:
    layer_type = found(name)
    known = {*layer_type.args, *ports(layer_type), *(() if name.startswith("ops.") else (*COMMON, "kwargs"))}
    assert set(taken(name)) - known == {argument for owner, argument in LEFT_OUT if owner == name}


@pytest.mark.parametrize("name", SIGNATURES)
def test_no_argument_is_there_that_keras_has_not(name: str) -> None:
    layer_type = found(name)
    keras = SIGNATURES[name]
    known = {*taken(name), *keras.get("base", ()), *keras["call"], *COMMON}
    known |= {argument for argument, owners in TAKEN_FROM_KWARGS.items() if name in owners}
    assert {one for one in layer_type.args if one not in known} <= {ONLY_OURS}


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_of_the_call_are_keras_own(name: str) -> None:
    if name.startswith("ops."):
        assert not any(argument.call for argument in found(name).args.values())
        return
    of_call = {one for one, argument in found(name).args.items() if argument.call}
    assert of_call <= set(SIGNATURES[name]["call"]) | {ONLY_OURS}
    not_tensors = {one for one in SIGNATURES[name]["call"] if one not in ports(found(name))}
    assert not_tensors - of_call <= {"training", "kwargs", "mask"}


@pytest.mark.parametrize("name", SIGNATURES)
def test_defaults_are_those_of_keras(name: str) -> None:
    assert differing(name) <= set(OTHER_DEFAULTS)


def differing(name: str) -> set[str]:
    """The arguments of a type whose default is not Keras's."""
    layer_type, keras = found(name), SIGNATURES[name]
    defaults = {**keras.get("base", {}), **keras["call"], **taken(name)}
    return {
        one
        for one, argument in layer_type.args.items()
        if one in defaults and not same_default(argument, defaults[one], layer_type)
    }


def same_default(argument: Arg[Any], keras: Any, owner: type[Layer]) -> bool:
    """Whether our default is what reading Keras's gives."""
    if keras is NEEDED:
        return argument.required
    if argument.required:
        return False
    return bool(argument.default_for(owner) == (None if keras is None else argument.read(keras, owner)))


def test_every_exception_is_needed() -> None:
    for name, argument in LEFT_OUT:
        assert argument in {*taken(name), *SIGNATURES[name]["call"]}
    for argument, owners in TAKEN_FROM_KWARGS.items():
        assert all(argument in found(name).args and argument not in taken(name) for name in owners)
    assert {argument for name in SIGNATURES for argument in differing(name)} == set(OTHER_DEFAULTS)
