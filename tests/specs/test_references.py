"""Names, references and outputs."""

from __future__ import annotations

import pytest

from shapecalc.analysis.verify import run_model, sample_inputs
from tests.specs.analysed import agrees, clean, codes_in, rows_of, said_of, shape_at

# Entries and names


@pytest.mark.parametrize("entry", ["- Flatten", "- Flatten:", "- Flatten: {}", "- {Flatten: null}", "- Flatten: ~"])
def test_an_entry_without_arguments_is_written_in_any_way(entry: str) -> None:
    assert rows_of(f"input: [2, 3]\nlayers:\n  {entry}\n") == [("flatten", "(None, 6)", 0)]


def test_a_name_that_is_a_list() -> None:
    assert said_of("input: [5]\nlayers:\n  - Dense: {units: 5, name: [a]}\n") == [
        "3:29 SC309 a name is text, got ['a'] | choose another name, such as `a`"
    ]


def test_an_input_is_no_entry_by_any_name() -> None:
    text = "input: [5]\nlayers:\n  - %s: {shape: [5]}\n  - Dense: {units: 2}\n"
    assert said_of(text % "Input") == [
        "3:5 SC201 there is no layer type `Input` | "
        "a model's input stands above its layers: `input: [5]`, or several under `inputs`"
    ]
    assert said_of(text % "InputLayer") == [
        "3:5 SC206 input_layer: is no entry: a model's input stands above its layers | "
        "write `input: [5]` above `layers`, or several inputs under `inputs`"
    ]


def test_names_follow_keras_and_begin_afresh_in_each_block() -> None:
    report = clean(
        "input: [4]\n"
        "blocks:\n"
        "  TwoDense: {layers: [{Dense: {units: 4}}, {Dense: {units: 4}}]}\n"
        "layers:\n"
        "  - Dense: {units: 4}\n"
        "  - TwoDense\n"
        "  - Dense: {units: 4}\n"
        "  - TwoDense\n"
        "  - Dense: {units: 4, name: last}\n"
        "  - BatchNormalization\n"
    )
    assert [row.name for row in report.rows] == [
        "input", "dense", "two_dense", "dense_1", "two_dense_1", "last", "batch_normalization",
    ]  # fmt: skip
    assert [row.name for row in report.rows[4].rows] == ["input", "dense", "dense_1"]
    assert [path for path, _ in report.rows[4].weights][:2] == ["dense/kernel", "dense/bias"]


def test_a_name_may_be_given_by_an_argument() -> None:
    assert rows_of("args: {n: head}\ninput: [4]\nlayers:\n  - Dense: {units: 2, name: $n}\n")[0][0] == "head"


@pytest.mark.parametrize("name", ["input", "prev", "1st", "_x", "a/b", "a.b", "a b", "x" * 201, "é"])
def test_a_name_that_could_not_be_referred_to_is_refused(name: str) -> None:
    assert codes_in(f"input: [4]\nlayers:\n  - Dense: {{units: 2, name: '{name}'}}\n") == ["SC309"]


def test_a_refused_name_is_reported_once_however_often_it_is_referred_to() -> None:
    text = (
        "input: [4]\nlayers:\n  - Dense: {units: 4, name: 1st}\n  - Dense: {units: 4}\n"
        "  - Add:\n    from: [1st, prev]\n"
    )
    assert codes_in(text) == ["SC309"]


# References


@pytest.mark.parametrize(
    ("reference", "shape"),
    [("states", "(None, 5, 6)"), ("states.output", "(None, 5, 6)"), ("states.state_h", "(None, 6)"),
     ("states.0", "(None, 5, 6)"), ("states.2", "(None, 6)"), ("prev", "(None, 5, 6)"), ("input", "(None, 5, 3)")],
)  # fmt: skip
def test_a_reference_names_a_layer_or_one_of_its_outputs(reference: str, shape: str) -> None:
    text = (
        "input: [5, 3]\nlayers:\n"
        "  - LSTM: {units: 6, return_sequences: true, return_state: true, name: states}\n"
        f"  - Identity: {{name: taken}}\n    from: {reference}\n"
        "outputs: [taken, states.*]\n"
    )
    report = clean(text)
    assert shape_at(report, "taken") == shape
    assert [str(tensor.shape) for tensor in report.outputs.values()][1:] == ["(None, 5, 6)", "(None, 6)", "(None, 6)"]


def test_a_star_stands_for_all_outputs_in_order() -> None:
    text = (
        "input: [5, 3]\nlayers:\n  - LSTM: {units: 6, return_state: true, name: a}\n"
        "  - Concatenate:\n    from: a.*\n  - Add: {name: sum}\n    from: [a.*]\n"
        "outputs: [concatenate, sum]\n"
    )
    assert rows_of(text)[1:] == [("concatenate", "(None, 18)", 0), ("sum", "(None, 6)", 0)]
    agrees(text)


def test_prev_is_the_sole_input_at_the_top() -> None:
    assert rows_of("input: [4]\nlayers:\n  - Add:\n    from: [prev, input]\n") == [("add", "(None, 4)", 0)]
    assert rows_of("inputs: {x: [4]}\nlayers:\n  - Add:\n    from: [prev, x]\n") == [("add", "(None, 4)", 0)]


def test_prev_needs_an_entry_above_where_there_are_several_inputs() -> None:
    text = "inputs: {a: [4], b: [4]}\nlayers:\n  - Add:\n    from: [a, prev]\n"
    assert said_of(text) == ["4:15 SC301 `prev` is the entry above, and there are several inputs | name one of them"]


def test_from_is_a_list_in_the_order_of_the_call_or_a_mapping_to_its_arguments() -> None:
    head = "inputs: {q: [4, 8], v: [6, 8]}\nlayers:\n  - MultiHeadAttention: {num_heads: 2, key_dim: 3}\n    from: "
    for source in ("[q, v]", "{query: q, value: v}", "{value: v, query: q}"):
        assert rows_of(head + source + "\n") == [("multi_head_attention", "(None, 4, 8)", 218)]
    assert rows_of(head + "{query: q, value: v, key: v}\n") == rows_of(head + "[q, v, v]\n")


def test_states_are_fed_by_name() -> None:
    text = (
        "inputs: {x: [5, 3], h: [6], c: [6]}\nlayers:\n  - LSTM: {units: 6}\n"
        "    from: {sequences: x, initial_state: [h, c]}\n"
    )
    assert rows_of(text) == [("lstm", "(None, 6)", 240)]
    agrees(text)


BEHIND_A_SLASH = "write `dense`; what a block gives away stands in its `outputs`: `dense.PORT`"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nowhere", "5:11 SC301 there is no `nowhere` above | the names above are input, dense"),
        ("dens", "5:11 SC301 there is no `dens` above | did you mean `dense`?"),
        ("add", "5:11 SC302 `add` is this entry itself | feed it from an entry above: data flows downwards"),
        ("dense.state_h", "5:11 SC307 add: `dense` has no output `state_h`; it gives output | write `dense`"),
        ("dense/0", "5:11 SC301 `dense` is not repeated, so nothing stands after a `/` | " + BEHIND_A_SLASH),
        ("dense/*", "5:11 SC301 `dense` is not repeated, so nothing stands after a `/` | " + BEHIND_A_SLASH),
        ("{inpts: dense}", "5:11 SC307 Add has no input `inpts` | did you mean `inputs`?"),
        ("[[dense]]", "5:12 SC108 a reference is a name | references stand in one list: `[dense]`"),
    ],
)
def test_references_that_lead_nowhere(source: str, said: str) -> None:
    text = f"input: [4]\nlayers:\n  - Dense: {{units: 4}}\n  - Add:\n    from: {source}\n"
    assert said_of(text)[0] == said
    assert len(said_of(text)) == 1


def test_an_automatic_name_may_be_referred_to_while_it_is_the_only_one() -> None:
    one = "input: [4]\nlayers:\n  - Dense: {units: 4}\n  - Add:\n    from: [dense, input]\n"
    assert rows_of(one)[1] == ("add", "(None, 4)", 0)
    assert codes_in(one + "  - Dense: {units: 4}\n") == ["SC305"]


# What is fed nothing


@pytest.mark.parametrize("entry", ["Weight: {shape: [4]}", "ops.arange: {start: 4}"])
def test_what_takes_no_input_is_fed_none(entry: str) -> None:
    alone = f"input: [4]\nlayers:\n  - {entry}\n  - ops.add:\n    from: [input, prev]\n"
    agrees(alone)
    kind = entry.partition(":")[0]
    fed = alone.replace(f"- {entry}\n", f"- {entry}\n    from: input\n")
    assert said_of(fed) == [f"4:11 SC306 {kind} takes no input | take `from` out"]


def test_an_entry_that_leads_nowhere_is_found_beside_one_that_is_fed_nothing() -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 3}\n  - ops.arange: {start: 4}\n"
    assert codes_in(text) == ["SC303"]


# Outputs


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ("", {"output": "(None, 2)"}),
        ("outputs: wide\n", {"output": "(None, 8)"}),
        ("outputs: [wide]\n", {"output": "(None, 8)"}),
        ("outputs: [wide, narrow]\n", {"wide": "(None, 8)", "narrow": "(None, 2)"}),
        ("outputs: {a: narrow, b: wide}\n", {"a": "(None, 2)", "b": "(None, 8)"}),
        ("outputs: [narrow, input]\n", {"narrow": "(None, 2)", "input": "(None, 4)"}),
    ],
)
def test_outputs_are_the_last_entry_or_named(outputs: str, expected: dict[str, str]) -> None:
    layers = "layers:\n  - Dense: {units: 8, name: wide}\n  - Dense: {units: 2, name: narrow}\n"
    if outputs in ("outputs: wide\n", "outputs: [wide]\n"):
        layers = "layers:\n  - Dense: {units: 8, name: wide}\n"
    report = clean("input: [4]\n" + layers + outputs)
    assert {name: str(tensor.shape) for name, tensor in report.outputs.items()} == expected
    assert list(run_model(report, sample_inputs(report, "ones")).outputs) == list(expected)


def test_the_last_entry_gives_all_its_outputs() -> None:
    report = clean("input: [5, 3]\nlayers:\n  - GRU: {units: 4, return_state: true}\n")
    assert {name: str(tensor.shape) for name, tensor in report.outputs.items()} == {
        "output": "(None, 4)",
        "output.1": "(None, 4)",
    }


@pytest.mark.parametrize(
    ("outputs", "place"),
    [("lstm.foo", "4:10"), ("[lstm.foo]", "4:10"), ("[lstm, lstm.foo]", "4:17"), ("{a: lstm, b: lstm.foo}", "4:23")],
)
def test_an_output_of_a_port_that_is_not_there(outputs: str, place: str) -> None:
    text = "input: [4, 2]\nlayers:\n  - LSTM: {units: 3}\noutputs: %s\nexpect: {output: [3]}\n"
    (said,) = [one for one in said_of(text % outputs) if " SC501 " not in one]
    assert said.startswith(f"{place} SC307 `lstm` has no output `foo`; it gives output | write `lstm`")
    inner = "input: [4, 2]\nblocks: {B: {layers: [{LSTM: {units: 3}}], outputs: %s}}\nlayers: [B]\n"
    assert "SC307" in codes_in(inner % outputs)


def test_a_port_that_is_fed_an_empty_list_is_not_fed() -> None:
    assert said_of(
        "input: [3, 4]\nlayers:\n"
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 2}\n    from: {query: [], value: input}\n"
    ) == ["4:11 SC306 MultiHeadAttention needs 2 inputs (query, value), is fed 1 | list them in `from`, in that order"]


def test_a_faulty_layer_that_is_fed_by_name_is_one_finding() -> None:
    text = (
        "inputs: {a: [3, 4], b: [5]}\nlayers:\n  - LSTM: {units: 0}\n    from: {sequences: a, initial_state: [b, b]}\n"
    )
    assert codes_in(text) == ["SC205"]


def test_an_embedding_says_nothing_of_the_input() -> None:
    assert said_of("layers:\n  - Embedding: {input_dim: 10, output_dim: 4}\n") == [
        "1:1 SC311 the shape of `input` is missing | "
        "write `input: [5, 1]`: the sizes of one sample, without the batch axis"
    ]


def test_a_first_entry_without_any_input() -> None:
    assert said_of("inputs: {}\nlayers: [Dense: {units: 1}]\n") == [
        "2:10 SC306 what is it fed? There is no entry above, and no input | "
        "declare an input above `layers`: `input: [5, 1]`"
    ]
