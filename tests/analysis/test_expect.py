"""What `expect` holds a model to."""

from __future__ import annotations

import pytest

from shapecalc.dims import symbol
from tests.specs.analysed import codes_in, said_of

# expect

EXPECTED = (
    "inputs: {x: [10, 20]}\nblocks:\n  Head: {layers: [{Dense: {units: 4}}, {Dense: {units: 2, trainable: false}}]}\n"
    "layers:\n  - LSTM: {units: 5, return_sequences: true, return_state: true, name: lstm}\n"
    "  - Head: {name: head}\n  - Dropout: {rate: 0.5}\n    repeat: 2\noutputs: {steps: dropout, last: lstm.state_h}\n"
    "expect: "
)


@pytest.mark.parametrize(
    "expectation",
    [
        "{params: 554}", '{params: "554"}', '{params: "= 554"}', '{params: "== 554"}', '{params: "<= 1K"}',
        '{params: "< 555"}', '{params: ">= 554"}', '{params: "> 0.5K"}', "{params: $limit}",
        "{trainable: 544, non_trainable: 10}", "{macs: 4_680}".replace("4_680", '"<= 1M"'),
        "{weights: 2216}", '{weights: "<= 2.2 KiB"}', '{weights: "<= 3 KB"}', '{peak_activation: "<= 20 MiB"}',
        "{output: [10, 2]}", '{output: "(None, 10, 2)"}', "{outputs: {steps: [10, 2], last: [5]}}",
        "{outputs: [[10, 2], [5]]}", "{outputs: {last: '(None, 5)'}}",
        "{layers: {lstm: {params: 520, output: [10, 5]}, head: {params: 34, trainable: 24, weights: 136}}}",
        "{layers: {lstm: {outputs: [[10, 5], [5], [5]]}, head/dense: {params: 24}, head/dense_1: {trainable: 0}}}",
        "{layers: {dropout/0: {params: 0}, dropout/1: {output: [10, 2], macs: 0}}}",
    ],
)  # fmt: skip
def test_expectations_that_are_met(expectation: str) -> None:
    assert said_of("args: {limit: 554}\n" + EXPECTED + expectation + "\n" ) in (
        [], ["1:8 SC506 the argument `limit` is never read | read it with `$limit`, or delete it"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        ("{params: 500}", "SC501 expected params 500, got 554 (+54)"),
        ('{params: "<= 0.5K"}', "SC501 expected params <= 0.5K, got 554"),
        ('{weights: "< 2 KiB"}', "SC501 expected weights < 2 KiB, got 2,216 bytes"),
        ("{output: [10, 3]}", "SC501 expected output (None, 10, 3), got (None, 10, 2)"),
        ("{outputs: {steps: [10]}}", "SC501 expected output `steps` (None, 10), got (None, 10, 2)"),
        ("{outputs: {stps: [10, 2]}}", "SC504 there is no output `stps`"),
        ("{outputs: [[10, 2]]}", "SC501 expected 1 outputs, got 2"),
        ("{layers: {head/dense: {params: 25}}}", "SC501 head/dense: expected params 25, got 24 (-1)"),
        ("{layers: {head/dens: {params: 24}}}", "SC504 there is no layer `head/dens` to expect anything of"),
        ("{params: many}", "SC204 `params` expects a number or a bound, got 'many'"),
        ("{params: true}", "SC204 `params` expects a number or a bound, got true"),
        ("{param: 554}", "SC109 `expect` has no key `param`"),
        ("{layers: {lstm: {shape: [10, 5]}}}", "SC109 the expectation of a layer has no key `shape`"),
        ("[554]", "SC108 `expect` is a mapping"),
        ("{layers: [lstm]}", "SC108 `expect.layers` is a mapping"),
        ("{layers: {lstm: 520}}", "SC108 what is expected of `lstm` is a mapping"),
        ("{output: 5}", "SC204 a shape is a list of sizes, got 5"),
    ],
)
def test_expectations_that_are_not_met(expectation: str, said: str) -> None:
    (found,) = said_of(EXPECTED + expectation + "\n")
    assert said in found


def test_counts_may_have_commas_and_formulas() -> None:
    wide = "input: [1000]\nlayers:\n  - Dense: {units: 25611}\nexpect:\n  params: 25,636,611\n"
    assert codes_in(wide) == []
    symbolic = "input: [T, F]\nlayers:\n  - Dense: {units: 8}\nexpect: {params: %s, macs: %s, output: [T, 8]}\n"
    assert codes_in(symbolic % ("8*F + 8", "8*F*T")) == []
    assert codes_in(symbolic % ("8 * F + 8", "8*T*F")) == []
    assert said_of(symbolic % ("8*F", "8*F*T")) == [
        "4:18 SC501 expected params 8*F, got 8*F + 8 | `shapecalc explain model.yaml` shows where it comes from"
    ]
    assert codes_in(symbolic % ('"<= 1K"', "8*F*T")) == ["SC501"]
    assert codes_in(symbolic % ("8*F + 8", "8*F*T"), F=3) == []
    assert codes_in(symbolic % ("8*F + 8", "8*F*T"), F=3, T=5) == []
    assert codes_in(symbolic % ('"<= 1K"', "8*F*T"), F=3) == []


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("30", "SC108 `expect` is a mapping: `{params: 146, output: [5, 1]}` | write `expect: {params: 30}`"),
        ("{output: 5}", "SC204 a shape is a list of sizes, got 5 | write `[5]`"),
        ("{output: [null, 5]}", "| in brackets the batch is left out: write `[5]`"),
        (
            "{params: 20-40}",
            "SC204 `params` expects a number or a bound, got '20-40' | write a whole number, or a bound",
        ),
        ("{layers: {dense: 30}}", "SC108 what is expected of `dense` is a mapping | write `dense: {params: 30}`"),
        ("{memory: 5 MB}", "SC109 `expect` has no key `memory` | did you mean `peak_activation`?"),
        ("{layers: {dense: {flops: 3}}}", "has no key `flops` | did you mean `macs`?"),
    ],
)
def test_expectations_in_another_form(expected: str, said: str) -> None:
    (found,) = said_of("input: [5]\nlayers:\n  - Dense: {units: 5}\nexpect: " + expected + "\n")
    assert said in found


def test_a_batch_in_brackets_is_asked_for() -> None:
    text = "input: [32, 784]\nlayers:\n  - Dense: {units: 10}\nexpect: {output: [10]}\n"
    (found,) = said_of(text)
    assert found.endswith("is 32 the batch? It is left out in brackets: write `[784]`")
    assert codes_in(text.replace("[32, 784]", "[784]")) == []


def test_the_totals_of_a_model_with_errors_are_not_judged() -> None:
    broken = "input: [4]\nlayers:\n  - Dense: {units: 3, name: first}\n  - Dense: {unit: 2}\n"
    assert codes_in(broken + "expect: {params: 23, macs: 18, peak_activation: 1, output: [2]}\n") == ["SC202"]
    assert codes_in(broken + "expect: {layers: {first: {params: 16}}}\n") == ["SC202", "SC501"]


# expect, and values of `--set`

SIZED = (
    "args: {units: 4, depth: 2, width: $units * 2}\ninput: [T, 3]\nlayers:\n"
    "  - Dense: {units: $units}\n    repeat: $depth\nexpect: "
)


def test_plain_numbers_are_of_the_default_arguments() -> None:
    spec = SIZED + '{params: 36, macs: 28*T, trainable: "<= 40", output: [T, 4], layers: {dense/1: {params: 20}}}\n'
    unread = ["1:28 SC506 the argument `width` is never read | read it with `$width`, or delete it"]
    assert said_of(spec) == unread
    assert said_of(spec, units=4, T=5) == unread
    note = (
        "6:9 SC510 5 expectations are of the default arguments and are not compared: `units` is set to another value "
        "| write them in terms of the arguments, such as `$units`, to have them compared always"
    )
    assert said_of(spec, units=5)[0] == note


def test_expressions_of_the_arguments_are_compared_always() -> None:
    spec = SIZED + '{params: "$units * 3 + $units + 9", output: [T, $units], trainable: 7*units + units, macs: 1}\n'
    found = said_of(spec, units=5)
    assert [line.split(" | ")[0] for line in found[:3]] == [
        "6:18 SC501 expected params 29, got 50 (+21)",
        "6:77 SC501 expected trainable 40, got 50",
        "6:9 SC510 1 expectation is of the default arguments and is not compared: `units` is set to another value",
    ]


def test_what_a_set_value_takes_away_is_no_finding() -> None:
    spec = SIZED + "{layers: {dense/1: {params: 20, output: [T, 4]}, dense/0: {macs: $units * $T * 3}}}\n"
    found = said_of(spec, depth=1)
    assert found[0].startswith("6:9 SC510 2 expectations are of the default arguments and are not compared: `depth` is")
    assert [line.split()[1] for line in found] == ["SC510", "SC506"]


def test_several_set_values_and_symbols_are_named() -> None:
    found = said_of(SIZED + "{params: 36}\n", units=symbol("units"), depth=3)
    assert found[0].startswith(
        "6:9 SC510 1 expectation is of the default arguments and is not compared: `units` and `depth` are set to others"
    )


def test_an_argument_without_a_default_has_no_other_value() -> None:
    spec = "args: {units: required}\ninput: [3]\nlayers:\n  - Dense: {units: $units}\nexpect: {params: 16}\n"
    assert codes_in(spec, units=4) == []
    assert codes_in(spec, units=5) == ["SC501"]


def test_an_output_without_axes_has_no_batch_to_lend() -> None:
    text = "input: [30, 8]\nlayers:\n  - ops.max: {axis: null}\nexpect: {output: %s}\n"
    assert codes_in(text % '"()"') == []
    (said,) = said_of(text % "[2]")
    assert said.startswith("4:18 SC501 expected output (None, 2), got ()")


def test_outputs_are_judged_one_by_one() -> None:
    spec = (
        "args: {units: 4}\ninput: [3]\nlayers:\n  - Dense: {units: $units, name: a}\n"
        "outputs: {x: a, y: input}\nexpect: {outputs: {x: [$units], y: [7]}}\n"
    )
    assert codes_in(spec) == ["SC501"]
    assert codes_in(spec, units=5) == ["SC510"]
    listed = spec.replace("{x: [$units], y: [7]}", "[[$units], [7], [8]]")
    assert codes_in(listed) == ["SC501", "SC501"]
    assert codes_in(listed, units=5) == ["SC510"]


def test_what_was_meant_is_looked_for_within_reason() -> None:
    count = 150
    lines = ["input: [8]", "layers:", *["  - ReLU"] * count, "expect:", "  layers:"]
    lines += [f"    re_luu_{number}: {{params: 0}}" for number in range(1, count)]
    helps = [line.rpartition(" | ")[2] for line in said_of("\n".join(lines))]
    assert len(helps) == count - 1
    assert helps[:2] == ["did you mean `re_lu_1`?", "did you mean `re_lu_2`?"]
    assert helps[-1].startswith("the layers are input, re_lu, re_lu_1, ")


def test_the_layer_to_change_is_the_last_that_can_be() -> None:
    entries = "input: [8]\nlayers:\n  - Dense: {units: 7}\n  - Dense: {units: 7}\n  - ReLU\n"
    (said,) = said_of(entries + "expect: {layers: {re_lu: {output: [9]}}}\n")
    assert said.endswith(" | set `units: 9` on `dense_1`")


def test_a_block_that_would_refuse_the_change_is_no_way_out() -> None:
    block = "blocks:\n  B: {layers: [{Reshape: {target_shape: [2, 4]}}, Flatten]}\n"
    text = "input: [5]\n" + block + "layers:\n  - Dense: {units: 8}\n  - B\nexpect: {output: [9]}\n"
    assert said_of(text) == ["7:18 SC501 expected output (None, 9), got (None, 8) | `dense` makes that axis 8"]


def test_ways_out_are_looked_for_within_reason() -> None:
    text = "input: [8]\nlayers:\n" + "  - Dense: {units: 7}\n" * 120 + "expect:\n  layers:\n"
    text += "".join(f"    dense_{number}: {{output: [9]}}\n" for number in range(1, 120))
    helps = [line.rpartition(" | ")[2] for line in said_of(text)]
    assert helps[:2] == ["set `units: 9` on `dense_1`", "set `units: 9` on `dense_2`"]
    assert helps[100:] == ["None"] * 19
