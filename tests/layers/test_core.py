"""Rules of the core layers where golden data does not reach: messages, symbols, formulas."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.diagnostics.errors import Refusal, ShapeError
from shapecalc.dims import Shape, symbol
from shapecalc.layers.core import Dense, EinsumDense, Embedding, Identity, Lambda, Masking, ReversibleEmbedding
from shapecalc.layers.equations import parse_equation
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.layers.asked import fed, refusal

C, T, U = symbol("C"), symbol("T"), symbol("U")


def test_dense_counts_in_symbols() -> None:
    result = infer(Dense(units=U), fed(T, C))
    assert str(result.output.shape) == "(None, T, U)"
    assert str(result.params) == "C*U + U"
    assert result.macs == {"kernel": (T, C, U)}


def test_dense_with_glu_gives_half_its_units() -> None:
    assert str(infer(Dense(units=8, activation="glu"), fed(3)).output.shape) == "(None, 4)"
    error = refusal(Dense(units=5, activation="glu"), *fed(3))
    assert error.message == "the activation `glu` halves the last axis, which cannot be done to (None, 5)"
    assert (error.arg, error.help) == ("activation", "make the last axis even")


def test_lora_freezes_the_kernel_in_its_place() -> None:
    result = infer(Dense(units=3, lora_rank=2), fed(4))
    assert [(w.name, w.shape, w.trainable) for w in result.weights] == [
        ("kernel", (4, 3), False),
        ("bias", (3,), True),
        ("lora_kernel_a", (4, 2), True),
        ("lora_kernel_b", (2, 3), True),
    ]
    assert result.macs == {"kernel": (4, 3), "lora_kernel_a": (4, 2, 3)}


@pytest.mark.parametrize(
    ("layer", "arg", "message"),
    [
        (Dense(units=3, quantization_config=()), "quantization_config", "quantized weights are not modelled"),
        (
            Dense(units=3, lora_rank=2, kernel_constraint="non_neg"),
            "lora_rank",
            "LoRA freezes the kernel, so a constraint on it cannot act",
        ),
        (
            EinsumDense(equation="ab,bc->ac", output_shape=(3,), gptq_unpacked_column_size=4),
            "gptq_unpacked_column_size",
            "quantized weights are not modelled",
        ),
        (Embedding(input_dim=3, output_dim=2, weights=((1, 2),)), "weights", "starting values are no part of a spec"),
        (
            ReversibleEmbedding(input_dim=3, output_dim=2, tie_weights=False, lora_rank=1),
            "lora_rank",
            "LoRA freezes the one table that both directions share, so they have to be tied",
        ),
    ],
)
def test_what_cannot_be_honoured_is_refused(layer: Any, arg: str, message: str) -> None:
    error = refusal(layer, *fed(4))
    assert (error.code, error.arg, error.message) == ("SC206", arg, message)
    assert error.help


def test_einsum_dense_names_its_axes_by_the_equation() -> None:
    layer = EinsumDense(equation="abc,cde->abde", output_shape=(None, 4, U), bias_axes="de")
    result = infer(layer, fed(T, C))
    assert str(result.output.shape) == "(None, T, 4, U)"
    assert str(result.params) == "4*C*U + 4*U"
    assert result.macs == {"kernel": (T, C, 4, U)}


def test_einsum_dense_keeps_the_order_of_the_axes_an_ellipsis_stands_for() -> None:
    layer = EinsumDense(equation="...b,bc->...c", output_shape=(5,))
    assert str(infer(layer, fed(T, 3, 6)).output.shape) == "(None, T, 3, 5)"


def test_einsum_dense_takes_a_stated_size_for_a_symbol() -> None:
    layer = EinsumDense(equation="abc,cd->abd", output_shape=(7, 4))
    result = infer(layer, fed(T, 2))
    assert str(result.output.shape) == "(None, 7, 4)"
    assert [str(relation) for relation in result.assumes] == ["T == 7"]


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("ab,bc-ac", "cannot read the equation 'ab,bc-ac'"),
        ("...b,bc->c", "cannot read the equation '...b,bc->c'"),
        ("b...,bc->bc...", "cannot read the equation 'b...,bc->bc...'"),
        ("a1,1c->ac", "cannot read the equation 'a1,1c->ac'"),
        ("ab,bc->acc", "the output of 'ab,bc->acc' names `c` twice"),
        ("ab,bc->ca", "the batch axis of 'ab,bc->ca', `a`, has to come first in the output and not be in the kernel"),
        ("ab,bc->acd", "the output of 'ab,bc->acd' has an axis `d` that neither input nor kernel has"),
        ("ab,bcx->ac", "the kernel of 'ab,bcx->ac' has an axis `x` that neither input nor output has"),
    ],
)
def test_equations_that_are_refused(equation: str, message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        parse_equation(equation)
    assert (caught.value.arg, caught.value.message) == ("equation", message)


@pytest.mark.parametrize(
    ("given", "arg", "message"),
    [
        ({"output_shape": (4,)}, "output_shape", "the equation's output has 2 axes to size (b, d), got 1"),
        ({"output_shape": (9, 4)}, "output_shape", "the input's axis `b` has the size 3, `output_shape` says 9"),
        ({"output_shape": (3, None)}, "output_shape", "the size of `d` is left open, and the input has no such axis"),
        ({"output_shape": (3, 4), "bias_axes": "a"}, "bias_axes", "the bias can lie along b, d, got 'a'"),
        ({"output_shape": (3, 4), "bias_axes": ""}, "bias_axes", "the bias can lie along b, d, got ''"),
    ],
)
def test_einsum_dense_blames_the_argument(given: dict[str, Any], arg: str, message: str) -> None:
    error = refusal(EinsumDense(equation="abc,cd->abd", **given), *fed(3, 2))
    assert (error.arg, error.message) == (arg, message)
    assert error.help


def test_output_shape_is_read_as_a_list_with_gaps() -> None:
    read = EinsumDense.output_shape.read
    assert read([None, 64], EinsumDense) == (None, 64)
    assert read(64, EinsumDense) == (64,)
    assert read([U], EinsumDense) == (U,)
    with pytest.raises(Refusal, match="must be a list of sizes, got '64, 3'"):
        read("64, 3", EinsumDense)


def test_embedding_starts_a_mask_only_when_told() -> None:
    assert infer(Embedding(input_dim=5, output_dim=4, mask_zero=True), fed(T, dtype="int32")).output.mask is not None
    assert infer(Embedding(input_dim=5, output_dim=4), fed(T, dtype="int32", masked=True)).output.masked is False


def test_embedding_refuses_text() -> None:
    error = refusal(Embedding(input_dim=5, output_dim=4), *fed(3, dtype="string"))
    assert (error.input, error.message) == ("inputs", "takes whole numbers, got text")
    assert error.help == "put a `StringLookup` in front"


def test_reversible_embedding_leads_back() -> None:
    layer = ReversibleEmbedding(input_dim=C, output_dim=8, reverse=True)
    result = infer(layer, fed(T, 8))
    assert str(result.output.shape) == "(None, T, C)"
    assert result.macs == {"embeddings": (T, 8, C)}
    assert str(result.params) == "8*C"
    error = refusal(layer, *fed(T, 7))
    assert error.message == "in reverse the last axis has to be output_dim = 8, got (None, T, 7)"


def test_reversible_embedding_computes_in_the_wider_of_two_floats() -> None:
    layer = ReversibleEmbedding(input_dim=5, output_dim=4, reverse=True, dtype="float16")
    assert infer(layer, fed(4, dtype="float32")).output.dtype == "float32"
    assert infer(layer, fed(4, dtype="float16")).output.dtype == "float16"


def test_identity_hands_on_several_tensors() -> None:
    feed = (Tensor(Shape((T, 3)), "int32"), Tensor(Shape((T, 4)), "float32", True))
    outputs = infer(Identity(dtype="float16"), (feed,)).outputs
    assert outputs == {
        "output": Tensor(Shape((T, 3)), "int32", False),
        "1": Tensor(Shape((T, 4)), "float16", Shape((T, 4))),
    }


def test_masking_needs_features() -> None:
    assert infer(Masking(), fed(T, 3)).output.mask is not None
    assert refusal(Masking(), *fed()).message == "needs at least 2 axes (batch, ..., features), got (None,)"


def test_lambda_says_what_to_write_instead() -> None:
    error = refusal(Lambda(function="x ** 2"), *fed(3))
    assert (error.code, error.arg) == ("SC212", "function")
    assert error.message == "runs Python code, which a spec never does"
    assert error.help == (
        "write its steps as entries: layers, or `ops.NAME` for a function of keras.ops; a block names them"
    )
