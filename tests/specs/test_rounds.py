"""`repeat`, `reuse`, `Weight`, dtypes and arguments of the call."""

from __future__ import annotations

import numpy as np
import pytest

from shapecalc.analysis.verify import run_model, sample_inputs
from tests.specs.analysed import agrees, clean, codes_in, report_of, rows_of, said_of, shape_at

# repeat


def test_a_list_of_rounds_has_a_name() -> None:
    for repeat in ("[16, 32]", "$widths"):
        text = f"args: {{widths: [16, 32]}}\ninput: [4]\nlayers:\n  - Dense: {{units: 4}}\n    repeat: {repeat}\n"
        assert [line for line in said_of(text) if "never read" not in line] == [
            "5:13 SC308 `repeat` must be a number of rounds, got [16, 32] | "
            "give the list a name, as in `{f: [16, 32]}`, by which `$f` reads its values"
        ]


@pytest.mark.parametrize(
    ("repeat", "shapes"),
    [
        ("3", ["(None, 4)"] * 3),
        ("$depth", ["(None, 4)"] * 2),
        ("{i: 3}", ["(None, 4)"] * 3),
        ("{i: $depth}", ["(None, 4)"] * 2),
    ],
)
def test_repeat_builds_an_entry_again_with_new_weights(repeat: str, shapes: list[str]) -> None:
    text = f"args: {{depth: 2}}\ninput: [4]\nlayers:\n  - Dense: {{units: 4}}\n    repeat: {repeat}\n"
    rows = report_of(text).rows[1:]
    assert [(row.name, str(row.shapes[0]), row.params) for row in rows] == [
        (f"dense/{number}", shape, 20) for number, shape in enumerate(shapes)
    ]


@pytest.mark.parametrize(
    ("repeat", "units", "sizes"),
    [
        ("{i: 3}", "$i + 1", [1, 2, 3]),
        ("{f: [16, 32]}", "$f", [16, 32]),
        ("{f: $widths}", "$f", [5, 6, 7]),
        ("{f: [4, 8], k: [2, 3]}", "$f * $k", [8, 24]),
        ("{f: [4, 8], i: 2}", "$f + $i", [4, 9]),
    ],
)
def test_loop_variables_run_in_step(repeat: str, units: str, sizes: list[int]) -> None:
    text = f"args: {{widths: [5, 6, 7]}}\ninput: [4]\nlayers:\n  - Dense: {{units: {units}}}\n    repeat: {repeat}\n"
    assert [str(row.shapes[0]) for row in report_of(text).rows[1:]] == [f"(None, {size})" for size in sizes]
    assert report_of(text).ok


def test_rounds_have_names() -> None:
    text = (
        "input: [4]\nlayers:\n  - Dense: {units: 4, name: d}\n    repeat: 3\n"
        "  - Concatenate: {name: all}\n    from: d/*\n  - Add: {name: some}\n    from: [d, d/0, d/2]\n"
        "outputs: [all, some]\n"
    )
    report = clean(text)
    assert report.rows[4].inputs == ["d/0", "d/1", "d/2"]
    assert report.rows[5].inputs == ["d/2", "d/0", "d/2"]
    assert shape_at(report, "all") == "(None, 12)"
    assert shape_at(report, "d/1") == "(None, 4)"
    agrees(text)


def test_a_star_of_rounds_with_a_port_is_that_output_of_each() -> None:
    text = (
        "input: [5, 8]\nlayers:\n  - LSTM: {units: $u, return_sequences: true, return_state: true, name: s}\n"
        "    repeat: {u: [4, 4, 8]}\n  - Add: {name: sum}\n    from: [s/0.state_h, s/1.state_c]\n"
        "  - Concatenate:\n    from: [sum, s/*.state_h, s/2.1]\noutputs: [concatenate, s/*.output]\n"
    )
    assert [str(tensor.shape) for tensor in clean(text).outputs.values()] == [
        "(None, 28)", "(None, 5, 4)", "(None, 5, 4)", "(None, 5, 8)",
    ]  # fmt: skip
    agrees(text)
    assert said_of(text.replace("s/*.state_h", "s/*.state_x")) == said_of(text.replace("s/*.state_h", "s/0.state_x"))


def test_a_round_that_is_not_there() -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 4, name: d}\n    repeat: 2\n  - ReLU:\n    from: d/2\n"
    assert said_of(text) == [
        "6:11 SC301 `d` has 2 rounds, counted from 0 | write `d/0` to `d/1`, `d/*` for all, or `d` for the last"
    ]


def test_no_rounds_are_transparent() -> None:
    text = (
        "args: {n: 0}\ninput: [4]\nlayers:\n  - Dense: {units: 4, name: d}\n    repeat: $n\n"
        "  - Add:\n    from: [d, prev]\n"
    )
    assert rows_of(text) == [("add", "(None, 4)", 0)]
    assert [name for name, _, _ in rows_of(text, n=1)] == ["d/0", "add"]


def test_a_condition_is_asked_in_every_round() -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: $i + 1}\n    repeat: {i: 4}\n    if: $i % 2 == 1\n"
    assert [(name, shape) for name, shape, _ in rows_of(text)] == [("dense/1", "(None, 2)"), ("dense/3", "(None, 4)")]


def test_outputs_feed_the_inputs_of_the_same_name_and_the_others_stay() -> None:
    text = (
        "inputs: {x: [4], y: [6]}\nblocks:\n"
        "  Step:\n    inputs: [x, y]\n    layers:\n"
        "      - Concatenate:\n        from: [x, y]\n      - Dense: {units: 5, name: d}\n    outputs: {%s: d}\n"
        "layers:\n  - Step\n    from: [x, y]\n    repeat: 3\n".replace("- Step\n    from", "- Step:\n    from")
    )
    assert [row.inputs for row in clean(text % "x").rows[2:]] == [["x", "y"], ["step/0.x", "y"], ["step/1.x", "y"]]
    assert [row.inputs for row in clean(text % "y").rows[2:]] == [["x", "y"], ["x", "step/0.y"], ["x", "step/1.y"]]
    assert [row.inputs for row in clean(text % "z").rows[2:]] == [["x", "y"], ["step/0", "y"], ["step/1", "y"]]
    assert [row.params for row in clean(text % "x").rows[2:]] == [55, 60, 60]
    for name in "xyz":
        agrees(text % name)


@pytest.mark.parametrize(
    ("repeat", "code", "message"),
    [
        ("-1", "SC308", "`repeat` must be a number of rounds, got -1"),
        ("2.5", "SC308", "`repeat` must be a number of rounds, got 2.5"),
        ("often", "SC308", "`repeat` must be a number of rounds, got 'often'"),
        ("true", "SC308", "`repeat` must be a number of rounds, got true"),
        ("{}", "SC308", "`repeat` must have at least one loop variable"),
        ("{f: [1, 2], g: 3}", "SC308", "lists that repeat in step are of one length; here: f 2, g 3"),
        ("1000000000", "SC602", "`repeat` of 1000000000 is beyond the limit of 100,000"),
    ],
)
def test_repeats_that_are_refused(repeat: str, code: str, message: str) -> None:
    (said,) = said_of(
        f"input: [4]\nlayers:\n  - Dense: {{units: 4}}\n    repeat: {repeat}\n  - ReLU:\n    from: dense\n"
    )
    assert f" {code} {message}" in said


# reuse


def test_a_layer_is_called_several_times_by_repeat_with_the_weights_it_has() -> None:
    text = (
        "input: [3]\nlayers:\n  - Dense: {units: 3, name: d}\n  - reuse: d\n    repeat: 3\n"
        "  - reuse: {layer: d, name: e}\n    repeat: {i: 2}\n  - Add:\n    from: [e/*, e, d@2/0, d@2]\n"
        "expect: {params: 12, macs: 54, layers: {d@2/1: {params: 0, macs: 9, output: [3]}}}\n"
    )
    report = clean(text)
    assert [(row.name, row.params, row.reused) for row in report.rows[1:-1]] == [
        ("d", 12, False), *((name, 0, True) for name in ("d@2/0", "d@2/1", "d@2/2", "e/0", "e/1")),
    ]  # fmt: skip
    fed = {row.name: row.inputs for row in report.rows}
    assert (fed["d@2/0"], fed["d@2/1"], fed["e/0"]) == (["d"], ["d@2/0"], ["d@2/2"])
    assert fed["add"] == ["e/0", "e/1", "e/1", "d@2/0", "d@2/2"]


def test_repeated_calls_take_call_arguments_and_fall_away_as_any_repeat_does() -> None:
    text = "input: [3]\nlayers:\n  - Dense: {units: 3, name: d}\n  - reuse: d\n    repeat: %s\n"
    assert [row[0] for row in rows_of(text % 0)] == ["d"]
    assert [row[0] for row in rows_of(text % "{i: [5, 6]}" + "    if: $i > 5\n")] == ["d", "d@2/1"]
    assert said_of(text % 2 + "    call: {mask: 1}\n")[0].startswith("6:12 SC202 the call of Dense has no argument")
    assert codes_in(text % 2 + "    from: [d, d]\n") == ["SC306"]
    assert codes_in(text.replace("reuse: d", "reuse: e") % 2) == ["SC301"]


@pytest.mark.parametrize("entry", [
    "Lambda: {function: f}", "Lambda", "Lambda: f", "Lambda: {other: f}", "Lambda: {function: f}\n    from: [a, b]",
    "Lambda: {function: f}\n    from: {inputs: a, mask: b}", "Lambda: {function: f}\n    from: a",
])  # fmt: skip
def test_a_refused_type_meets_its_own_page_whatever_it_is_fed(entry: str) -> None:
    assert codes_in(f"inputs: {{a: [4], b: [4]}}\nlayers:\n  - {entry}\n  - Dense: {{units: 2}}\n") == ["SC212"]


def test_a_reused_layer_has_its_weights_once() -> None:
    text = (
        "inputs: {a: [4], b: [4]}\nlayers:\n  - Dense: {units: 3, name: shared}\n    from: a\n"
        "  - reuse: shared\n    from: b\n  - Subtract:\n    from: [shared, prev]\n"
    )
    report = clean(text)
    assert [(row.name, row.type, row.params, row.reused) for row in report.rows[2:]] == [
        ("shared", "Dense", 15, False), ("shared@2", "Dense", 0, True), ("subtract", "Subtract", 0, False),
    ]  # fmt: skip
    assert (report.params, report.used_params, report.macs) == (15, 30, 24)
    run = run_model(report, {"a": np.ones((1, 4), "float32"), "b": np.ones((1, 4), "float32")})
    assert run.outputs["output"].tolist() == [[0.0, 0.0, 0.0]]


def test_a_call_again_may_be_named_and_referred_to() -> None:
    text = (
        "input: [4]\nlayers:\n  - Dense: {units: 4, name: d}\n  - reuse: {layer: d, name: again}\n  - reuse: d\n"
        "  - Add:\n    from: [d, again, prev]\n"
    )
    assert [row.name for row in clean(text).rows] == ["input", "d", "again", "d@2", "add"]
    agrees(text)


def test_a_block_or_a_round_may_be_called_again() -> None:
    text = (
        "input: [4]\nblocks:\n  Two: {layers: [{Dense: {units: 4}}, {Dense: {units: 4}}]}\n"
        "layers:\n  - Two: {name: t}\n    repeat: 2\n  - reuse: t/0\n  - Two: {name: u}\n  - reuse: u\n"
    )
    report = clean(text)
    assert [(row.name, row.params) for row in report.rows[1:]] == [
        ("t/0", 40), ("t/1", 40), ("t/0@2", 0), ("u", 40), ("u@2", 0),
    ]  # fmt: skip
    assert (report.params, report.used_params) == (120, 200)
    agrees(text)


def test_a_layer_above_stands_in_a_wrapper() -> None:
    text = (
        "inputs: {one: [4], many: [5, 4]}\nlayers:\n  - Dense: {units: 3, name: d}\n    from: one\n"
        "  - TimeDistributed: {layer: {reuse: d}, name: steps}\n    from: many\noutputs: [d, steps]\n"
    )
    report = clean(text)
    assert (report.params, report.used_params) == (15, 30)
    assert shape_at(report, "steps") == "(None, 5, 3)"
    many = np.arange(20, dtype="float32").reshape(1, 5, 4)
    run = run_model(report, {"one": many[:, 2], "many": many})
    assert run.agrees
    assert np.allclose(run.outputs["steps"][:, 2], run.outputs["d"], atol=1e-6)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("reuse: input", "SC312"), ("reuse: nothing", "SC301"), ("reuse: [d]", "SC312"), ("reuse: {name: x}", "SC312"),
        ("reuse: {layer: d, units: 3}", "SC202"), ("TimeDistributed: {layer: {reuse: e}}", "SC312"),
    ],
)  # fmt: skip
def test_only_a_layer_above_can_be_called_again(entry: str, code: str) -> None:
    assert codes_in(f"input: [4, 4]\nlayers:\n  - Dense: {{units: 4, name: d}}\n  - {entry}\n") == [code]


# Weight, dtype, call


def test_a_weight_is_the_same_for_every_sample() -> None:
    text = (
        "input: [6, 8]\nlayers:\n  - Weight: {shape: [1, 8], name: token}\n"
        "  - Concatenate: {axis: 1}\n    from: [token, input]\n"
        "  - Weight: {shape: [7, 8], name: table, trainable: false, initializer: zeros}\n"
        "  - Add:\n    from: [concatenate, table]\n"
    )
    report = clean(text)
    assert [(row.name, str(row.shapes[0]), row.params, row.trainable) for row in report.rows[1:]] == [
        ("token", "(None, 1, 8)", 8, 8), ("concatenate", "(None, 7, 8)", 0, 0),
        ("table", "(None, 7, 8)", 56, 0), ("add", "(None, 7, 8)", 0, 0),
    ]  # fmt: skip
    run = run_model(report, sample_inputs(report, "zeros", batch=2))
    assert np.array_equal(run.outputs["output"][0], run.outputs["output"][1])


def test_a_dtype_is_the_models_or_a_layers_own() -> None:
    text = "%sinput: [4]\nlayers:\n  - Dense: {units: 2}\n  - Dense: {units: 2%s}\n"
    assert clean(text % ("", "")).weights_bytes == 4 * 16
    assert clean(text % ("dtype: float16\n", "")).weights_bytes == 2 * 16
    assert clean(text % ("dtype: float64\n", ", dtype: float16")).weights_bytes == 8 * 10 + 2 * 6
    mixed = clean(text % ("dtype: mixed_float16\n", ""))
    assert (mixed.weights_bytes, mixed.outputs["output"].dtype) == (4 * 16, "float16")
    assert codes_in(text % ("dtype: flot32\n", "")) == ["SC407"]


def test_call_arguments_that_are_not_tensors_stand_in_call() -> None:
    text = (
        "inputs: {ids: {shape: [5], dtype: int32}}\nlayers:\n"
        "  - ReversibleEmbedding: {input_dim: 9, output_dim: 4, name: e}\n"
        "  - reuse: e\n    call: {reverse: true}\n"
    )
    report = clean(text)
    assert [str(row.shapes[0]) for row in report.rows] == ["(None, 5)", "(None, 5, 4)", "(None, 5, 9)"]
    assert report.params == 36
    lstm = "input: [5, 1]\nlayers:\n  - LSTM: {units: 2}\n    call: %s\n"
    assert codes_in(lstm % "{training: false}") == []
    assert codes_in(lstm % "{training: true}") == ["SC206"]
    assert codes_in(lstm % "{trainin: true}") == ["SC202"]
    assert codes_in(lstm % "[training]") == ["SC108"]


@pytest.mark.parametrize(
    "entry",
    [
        "- ops.arange: {start: 4, name: s}\n    repeat: 3\n",
        "- ops.arange: {start: 4, name: s}\n    repeat: {i: 3}\n",
        "- Source: {name: s}\n    repeat: 3\n",
    ],
)
def test_what_takes_no_input_is_fed_nothing_in_any_round(entry: str) -> None:
    block = "blocks:\n  Source:\n    inputs: []\n    layers:\n      - ops.arange: {start: 4}\n"
    text = f"input: [8]\n{block}layers:\n  {entry}outputs: [input, s/*]\n"
    assert [str(row.shapes[0]) for row in report_of(text).rows[1:]] == ["(4,)"] * 3
