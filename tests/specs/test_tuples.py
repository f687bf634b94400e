"""Parentheses, as Python and Keras write them: tuples among arguments, shapes that have the batch first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.specs.analysed import clean, codes_in, rows_of, said_of


@pytest.mark.parametrize(
    ("shape", "written"),
    [
        ("(28, 28, 1)", "[28, 28, 1]"),
        ("(28,)", "[28]"),
        ("(28)", "[28]"),
        ("(T, 5)", "[T, 5]"),
        ("()", "[]"),
    ],
)
@pytest.mark.parametrize("form", ["input: {}", "input: {{shape: {}}}", "inputs: {{a: {}}}", "inputs:\n  a: {}"])
def test_a_shape_in_parentheses_that_does_not_begin_with_the_batch_says_how_it_is_written(
    shape: str, written: str, form: str
) -> None:
    layers = "\nlayers:\n  - Identity\n"
    (said,) = said_of(form.format(shape) + layers)
    assert f"| write `{written}`, the sizes of one sample" in said
    assert codes_in(form.format(written) + layers) == []


def test_what_is_the_batch_may_be_said_beside_the_shape() -> None:
    model = "input: ({0}, 28)\nlayers:\n  - Dense: {{units: 10}}\n"
    for batch in ("28", "B"):
        (said,) = said_of(model.format(batch))
        assert said.endswith(f"; if {batch} is the batch, put `batch_size: {batch}` beside it")
        rows = rows_of(f"batch_size: {batch}\n" + model.format(batch))
        assert rows == [("dense", f"({batch}, 10)", 290)]
    assert "not 28: (28, 28)" in said_of("batch_size: 4\n" + model.format("28"))[0]


def test_the_batch_has_a_name_that_is_read_and_set() -> None:
    text = "batch_size: B\ninput: [4]\nlayers:\n  - Dense: {units: $B * 2}\n"
    assert str(clean(text).outputs["output"].shape) == "(B, 2*B)"
    assert rows_of(text, B=3) == [("dense", "(3, 6)", 30)]


def test_an_input_may_say_all_its_axes() -> None:
    text = (
        "batch_size: B\ninputs: {x: [4, 6], state: {batch_shape: [2, B, 128]}}\n"
        "layers:\n  - Flatten: {name: f}\n    from: x\n  - Dense: {units: 3, name: d}\n    from: state\n"
        "outputs: [f, d]\nexpect: {outputs: {f: [24], d: '(2, B, 3)'}}\n"
    )
    assert [str(tensor.shape) for tensor in clean(text).inputs.values()] == ["(B, 4, 6)", "(2, B, 128)"]
    assert codes_in(text) == []
    (said,) = said_of("input: {batch_shape: [2, 4], shape: [4]}\nlayers: [Identity]\n")
    assert "`shape` and `batch_shape` cannot both stand here" in said


@pytest.mark.parametrize(
    ("shape", "before", "entry", "listed"),
    [
        ("[9, 9, 1]", "", "Conv2D: {{filters: 2, kernel_size: {}}}", ("(3, 2)", "[3, 2]")),
        ("[9, 9, 1]", "", "Conv2D: {{filters: 2, kernel_size: {}}}", ("(3,2)", "[3, 2]")),
        ("[9, 9, 1]", "args: {k: 3}", "Conv2D: {{filters: 2, kernel_size: {}}}", ("($k, $k - 1)", "[$k, $k - 1]")),
        ("[9, 1]", "", "Conv1D: {{filters: 2, kernel_size: {}}}", ("(3,)", "[3]")),
        ("[9, 1]", "", "Conv1D: {{filters: 2, kernel_size: {}}}", ("(3)", "3")),
        ("[9, 9, 1]", "", "ZeroPadding2D: {{padding: {}}}", ("((1, 2), (3, 4))", "[[1, 2], [3, 4]]")),
        ("[9, 9, 1]", "", "ZeroPadding2D: {{padding: {}}}", ("[(1, 2), (3, 4)]", "[[1, 2], [3, 4]]")),
        ("[9, 8, 1]", "", "Permute: {{dims: {}}}", ("(2, 1, 3)", "[2, 1, 3]")),
        ("[9, 8, 1]", "", "Reshape: {{target_shape: {}}}", ("(-1, 8)", "[-1, 8]")),
        ("[9, 8, 3]", "", "Rescaling: {{scale: {}}}", ("(0.5, 1, 2)", "[0.5, 1, 2]")),
        ("[9, 8, 3]", "", "LayerNormalization: {{axis: {}}}", ("(1, 2)", "[1, 2]")),
        ("[9, 8, 3]", "", "RandomContrast: {{factor: {}}}", ("(0.1, 0.2)", "[0.1, 0.2]")),
        ("[9, 8, 3]", "", "ops.transpose: {{axes: {}}}", ("(0, 2, 1, 3)", "[0, 2, 1, 3]")),
        ("[9, 8, 3]", "", "ops.pad: {{pad_width: {}}}", ("((0, 0), (1, 2), (0, 0), (0, 1))",
                                                         "[[0, 0], [1, 2], [0, 0], [0, 1]]")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("block", [False, True])
def test_a_tuple_is_the_list_of_its_items(
    shape: str, before: str, entry: str, listed: tuple[str, str], block: bool
) -> None:
    if block:
        type_name, _, args = entry.partition(": ")
        entry = f"{type_name}:\n      {args[2:-2].replace(', kernel', f'{chr(10)}      kernel')}"
    written, meant = (f"{before}\ninput: {shape}\nlayers:\n  - {entry.format(value)}\n" for value in listed)
    assert rows_of(written) == rows_of(meant)


@pytest.mark.parametrize("axes", ["(a, b)", "(1, (2)", "(1 2)", "(1,,2)", "(max(1, 2), 3)", "1, 2)"])
def test_what_is_no_tuple_of_numbers_is_refused(axes: str) -> None:
    assert said_of(f"input: [4, 5]\nlayers:\n  - Permute:\n      dims: {axes}\n")


NESTED = st.recursive(st.integers(0, 9), lambda items: st.lists(items, max_size=3).map(tuple), max_leaves=6)


@given(st.lists(NESTED, min_size=1, max_size=4).map(tuple))
def test_text_of_a_tuple_reads_as_python_does(value: object) -> None:
    from shapecalc.layers.arguments.tuples import convert_tuples

    def lists(item: object) -> object:
        return [lists(one) for one in item] if isinstance(item, tuple) else item

    assert convert_tuples(str(value)) == lists(value)
