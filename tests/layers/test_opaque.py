"""Layers that hold code: outputs as they were recorded, parameters that nobody knows."""

from __future__ import annotations

import pytest

from shapecalc.dims import Shape, Unranked, size_text, unknown
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.layers.infer import infer
from shapecalc.layers.opaque import Opaque, Recorded, RecordedCall, admits
from shapecalc.layers.values import Inferred, Tensor, Weight


def called(*outputs: tuple[int | None, ...] | None, fed: tuple[int | None, ...] = (None, 8, 6)) -> RecordedCall:
    """A recorded call on one tensor."""
    return RecordedCall((Recorded(fed, "float32"),), tuple(Recorded(shape, "float32") for shape in outputs))


def infer_on(layer: Opaque, *shapes: tuple[int, ...]) -> Inferred:
    return infer(layer, (tuple(Tensor(Shape((unknown("batch"), *shape)), "float32", False) for shape in shapes),))


def shapes_of(inferred: Inferred) -> list[str]:
    return [str(tensor.shape) for tensor in inferred.outputs.values()]


def test_outputs_are_as_recorded_and_the_batch_is_that_of_the_input() -> None:
    layer = Opaque("Attend", "mine>Attend", (called((None, 8, 4), (None, None)),))
    batch = Tensor(Shape((3, 8, 6)), "float32", False)
    inferred = infer(layer, ((batch,),))
    assert shapes_of(inferred) == ["(3, 8, 4)", "(3, None)"]
    assert [*inferred.outputs] == ["output", "output_1"]
    assert inferred.output.dtype == "float32"


def test_a_batch_that_was_fixed_stays() -> None:
    layer = Opaque("Attend", "Attend", (called((2, 4), (), fed=(2, 8, 6)),))
    inferred = infer(layer, ((Tensor(Shape((2, 8, 6)), "float32", False),),))
    assert shapes_of(inferred) == ["(2, 4)", "()"]


def test_a_batch_that_was_fixed_may_be_given_anew() -> None:
    layer = Opaque("Attend", "Attend", (called((2, 4), (7, 4), fed=(2, 8, 6)),))
    inferred = infer(layer, ((Tensor(Shape((5, 8, 6)), "float32", False),),))
    assert shapes_of(inferred) == ["(5, 4)", "(7, 4)"]


def test_sizes_of_another_feed_are_not_those_that_were_recorded() -> None:
    layer = Opaque("Attend", "Attend", (called((None, 8, 4)),))
    assert shapes_of(infer_on(layer, (9, 6))) == ["(None, None, None)"]
    assert shapes_of(infer_on(layer, (8,))) == ["(None, None, None)"]


def test_an_output_that_was_not_recorded_has_no_known_axes() -> None:
    inferred = infer_on(Opaque("Attend", "Attend", (called(None),)), (8, 6))
    assert shapes_of(inferred) == ["unknown"]
    assert isinstance(inferred.output.shape, Unranked)


def test_each_call_has_its_own_shapes() -> None:
    layer = Opaque("Attend", "Attend", (called((None, 4)), called((None, 5), fed=(None, 7, 6))))
    assert shapes_of(infer_on(layer, (8, 6))) == ["(None, 4)"]
    assert shapes_of(infer_on(layer.replace(number=1), (7, 6))) == ["(None, 5)"]  # type: ignore[arg-type]


def test_parameters_and_macs_are_unknown_and_their_split_too() -> None:
    inferred = infer_on(Opaque("Attend", "Attend", (called((None, 4)),)), (8, 6))
    counts = (inferred.params, inferred.trainable_params, inferred.params - inferred.trainable_params)
    assert [size_text(count) for count in (*counts, inferred.total_macs)] == ["unknown"] * 4
    assert size_text(140 + inferred.params) == "140 + unknown"
    assert size_text(inferred.params - inferred.params) == "0"


def test_weights_that_a_file_holds_are_counted() -> None:
    held = (Weight("kernel", (4, 4), None), Weight("scale", (4,), None))
    inferred = infer_on(Opaque("Attend", "Attend", (called((None, 4)),), held), (8, 6))
    assert inferred.params == 20
    assert size_text(inferred.trainable_params) == "unknown"
    assert size_text(inferred.params - inferred.trainable_params) == "at most 20"
    assert size_text(inferred.total_macs) == "unknown"
    assert infer_on(Opaque("Attend", "Attend", (called((None, 4)),), ()), (8, 6)).params == 0


def test_a_layer_that_is_frozen_has_nothing_to_train() -> None:
    layer = Opaque("Attend", "Attend", (called((None, 4)),))
    for held in (None, (Weight("kernel", (4, 4), None),)):
        inferred = infer_on(layer.holding(held).replace(trainable=False), (8, 6))  # type: ignore[arg-type]
        assert inferred.trainable_params == 0


def test_a_mask_ends_there() -> None:
    layer = Opaque("Attend", "Attend", (called((None, 8, 4)),))
    tensor = Tensor(Shape((unknown(), 8, 6)), "float32", True)
    assert infer(layer, ((tensor,),)).output.masked is False


@pytest.mark.parametrize(
    ("recorded", "shape", "fits"),
    [
        ((None, 8), Shape((3, 8)), True),
        ((None, 8), Shape((unknown(), unknown())), True),
        ((None, None), Shape((3, 8)), True),
        ((None, 8), Shape((3, 9)), False),
        ((None, 8), Shape((3, 8, 1)), False),
        ((2, 8), Shape((3, 8)), False),
        (None, Shape((3, 8)), True),
        ((None, 8), Unranked((3, unknown())), True),
    ],
)
def test_what_is_open_on_either_side_admits_anything(
    recorded: tuple[int | None, ...] | None, shape: Shape, fits: bool
) -> None:
    assert admits(Recorded(recorded), shape) is fits


def test_no_spec_can_name_it() -> None:
    assert "Opaque" not in CATALOGUE
    assert find("Opaque") is None
