"""Blocks and `if`."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Row
from shapecalc.model.load import Library
from tests.specs.analysed import agrees, clean, codes_in, found_in, report_of, rows_of, said_of

RESNET = """
name: tiny_resnet
args: {width: 1.0, classes: 10}
input: [32, 32, 3]
blocks:
  Residual:
    args: {filters: required, strides: 1, project: false}
    layers:
      - Conv2D: {filters: $filters, kernel_size: 1, strides: $strides, name: shortcut}
        if: $project
      - Conv2D: {filters: $filters, kernel_size: 3, strides: $strides, padding: same}
        from: input
      - Add:
        from: [shortcut, prev]
layers:
  - Residual: {filters: "make_divisible($f * $width, 8)", strides: 2, project: true}
    repeat: {f: [16, 32, 64]}
  - GlobalAveragePooling2D
  - Dense: {units: $classes, activation: softmax}
expect: {output: [10], params: "<= 5M"}
"""


# Blocks


def test_the_example_of_a_small_residual_net() -> None:
    report = clean(RESNET)
    assert [(row.name, str(row.shapes[0]), row.params) for row in report.rows[1:]] == [
        ("residual/0", "(None, 16, 16, 16)", 3 * 16 + 16 + 9 * 3 * 16 + 16),
        ("residual/1", "(None, 8, 8, 32)", 16 * 32 + 32 + 9 * 16 * 32 + 32),
        ("residual/2", "(None, 4, 4, 64)", 32 * 64 + 64 + 9 * 32 * 64 + 64),
        ("global_average_pooling2d", "(None, 64)", 0),
        ("dense", "(None, 10)", 650),
    ]
    wide = report_of(RESNET, width=1.5, classes=3)
    assert [str(row.shapes[0]) for row in wide.rows[1:]] == [
        "(None, 16, 16, 24)", "(None, 8, 8, 48)", "(None, 4, 4, 96)", "(None, 96)", "(None, 3)",
    ]  # fmt: skip
    agrees(RESNET)


def test_blocks_nest_and_read_their_own_arguments_then_the_models() -> None:
    text = (
        "args: {width: 4}\ninput: [2]\nblocks:\n"
        "  Inner:\n    args: {units: $width}\n    layers:\n      - Dense: {units: $units}\n"
        "  Outer:\n    args: {n: required}\n    blocks:\n"
        "      Own: {layers: [{Dense: {units: $width}}]}\n"
        "    layers:\n      - Inner\n      - Inner: {units: $n}\n      - Own\n"
        "layers:\n  - Outer: {n: 8}\n"
    )
    assert rows_of(text) == [("outer", "(None, 4)", 12 + 40 + 36)]
    assert rows_of(text, width=1) == [("outer", "(None, 1)", 3 + 16 + 9)]
    assert [path for path, _ in clean(text).rows[1].weights][::2] == [
        "inner/dense/kernel", "inner_1/dense/kernel", "own/dense/kernel",
    ]  # fmt: skip
    agrees(text)


def test_a_block_does_not_see_the_arguments_of_the_block_around_it() -> None:
    text = (
        "input: [2]\nblocks:\n"
        "  Inner: {layers: [{Dense: {units: $n}}]}\n"
        "  Outer:\n    args: {n: 3}\n    layers:\n      - Inner\n      - Dense: {units: $n}\n"
        "layers:\n  - Outer\n"
    )
    assert said_of(text) == [
        "3:36 SC208 outer/inner: unknown name `$n` | declare it, `args: {n: 8}`, or write a number"
    ]


def test_a_block_declares_the_sizes_of_whatever_it_is_fed() -> None:
    text = (
        "input: [8, 8, 12]\nblocks:\n"
        "  Squeeze:\n    inputs: {image: [H, W, C]}\n    layers:\n"
        "      - GlobalAveragePooling2D\n      - Dense: {units: $C // 4}\n      - Dense: {units: $C}\n"
        "      - Reshape: {target_shape: [1, 1, $C]}\n      - Multiply:\n        from: [image, prev]\n"
        "  Last:\n    inputs: {x: [..., C]}\n    layers:\n      - Dense: {units: $C * 2}\n"
        "layers:\n  - Squeeze\n  - Last\n  - Flatten\n  - Last\n"
    )
    assert [(name, shape) for name, shape, _ in rows_of(text)] == [
        ("squeeze", "(None, 8, 8, 12)"), ("last", "(None, 8, 8, 24)"), ("flatten", "(None, 1536)"),
        ("last_1", "(None, 3072)"),
    ]  # fmt: skip
    agrees(text)


def test_a_block_has_several_inputs_and_outputs() -> None:
    text = (
        "inputs: {a: [4], b: [6]}\nblocks:\n"
        "  Swap:\n    inputs: [left, right]\n    layers:\n"
        "      - Dense: {units: 1, name: l}\n        from: left\n"
        "      - Dense: {units: 2, name: r}\n        from: right\n"
        "    outputs: {left: r, right: l}\n"
        "layers:\n  - Swap: {name: s}\n    from: [a, b]\n"
        "  - Swap: {name: t}\n    from: {right: s.right, left: s.left}\n"
        "outputs: [t.left, t.right, s.0]\n"
    )
    report = clean(text)
    assert [row.params for row in report.rows[2:]] == [5 + 14, 3 + 4]
    assert {name: str(tensor.shape) for name, tensor in report.outputs.items()} == {
        "t.left": "(None, 2)", "t.right": "(None, 1)", "s.0": "(None, 2)",
    }  # fmt: skip
    agrees(text)


def test_a_block_stands_where_a_layer_is_wanted() -> None:
    text = (
        "input: [5, 8]\nblocks:\n  Head:\n    args: {n: 2}\n    layers: [{Dense: {units: 4}}, {Dense: {units: $n}}]\n"
        "layers:\n  - TimeDistributed: {layer: {Head: {n: 3}}}\n  - TimeDistributed: {layer: Head}\n"
    )
    assert rows_of(text) == [
        ("time_distributed", "(None, 5, 3)", 36 + 15), ("time_distributed_1", "(None, 5, 2)", 16 + 10),
    ]  # fmt: skip
    assert clean(text).rows[1].weights[0][0] == "head/dense/kernel"
    agrees(text)


def test_a_block_is_frozen_or_given_a_dtype_as_a_whole() -> None:
    head = (
        "input: [4]\nblocks:\n  Two: {layers: [{Dense: {units: 4}}, {Dense: {units: 4, trainable: false}}]}\nlayers:\n"
    )
    assert clean(head + "  - Two\n").rows[1].trainable == 20
    assert clean(head + "  - Two: {trainable: false}\n").rows[1].trainable == 0
    assert clean(head + "  - Two: {dtype: float16}\n").weights_bytes == 40 * 2
    assert clean("dtype: float64\n" + head + "  - Two\n").weights_bytes == 40 * 8
    assert clean((head + "  - Two\n").replace("{layers:", "{dtype: float16, layers:")).weights_bytes == 40 * 2
    assert said_of((head + "  - Two\n").replace("{layers:", "{dtype: half, layers:"))[0].startswith("3:16 SC407")


def test_the_rows_of_a_frozen_block_have_nothing_to_train() -> None:
    def list_open(rows: list[Row]) -> list[Row]:
        return [row for each in rows for row in (each, *list_open(each.rows))]

    nested = """
input: [4]
blocks:
  Inner: {layers: [{Dense: {units: 4}}, BatchNormalization]}
  Outer: {layers: [Inner, {Dense: {units: 4}}, Inner]}
layers:
  - Outer: {trainable: false}
  - Outer: {}
    repeat: 2
  - Inner: {trainable: false}
  - Dense: {units: 1}
"""
    report = clean(nested)
    assert report.trainable == 2 * (3 * 20 + 2 * 8) + 5
    frozen = list_open([report.rows_by_name["outer"]])
    assert len(frozen) > 8
    assert [row.trainable for row in frozen] == [0] * len(frozen)
    for row in list_open(report.rows):
        if row.rows:
            assert row.trainable == sum(each.trainable for each in row.rows)


def test_frozen_blocks_in_blocks_are_frozen_once_each() -> None:
    blocks = "".join(f"  B{i}: {{layers: [B{i - 1}, B{i - 1}]}}\n" for i in range(1, 13))
    text = f"input: [4]\nblocks:\n  B0: {{layers: [ReLU]}}\n{blocks}layers:\n  - B12: {{trainable: false}}\n"
    assert clean(text).trainable == 0


def test_a_block_may_be_another_file(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "head.yaml").write_text(
        "args: {n: required}\ninput: [..., C]\nlayers:\n  - Dense: {units: $n}\n", "utf-8"
    )
    main = tmp_path / "main.yaml"
    main.write_text(
        "input: [3]\nblocks:\n  Head: {file: parts/head.yaml}\nlayers:\n  - Head: {n: 4}\n  - Head: {n: 5}\n", "utf-8"
    )
    report = analyse(Library().open(str(main)))
    assert report.diagnostics == []
    assert [(row.name, str(row.shapes[0]), row.params) for row in report.rows[1:]] == [
        ("head", "(None, 4)", 16), ("head_1", "(None, 5)", 25),
    ]  # fmt: skip


def test_files_that_name_each_other_are_refused(tmp_path: Path) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{one}.yaml").write_text(
            f"input: [3]\nblocks:\n  Next: {{file: {other}.yaml}}\nlayers: [Next]\n", "utf-8"
        )
    report = analyse(Library().open(str(tmp_path / "a.yaml")))
    assert [(one.code, one.message) for one in report.diagnostics] == [("SC310", "`a.yaml` contains itself")]


def test_a_fault_within_a_block_is_shown_there_and_where_it_was_called() -> None:
    text = (
        "input: [5, 3]\nblocks:\n  Pair: {layers: [{LSTM: {units: 4}}, {LSTM: {units: 4}}]}\n"
        "layers:\n  - Pair: {name: one}\n  - Pair: {name: two}\n    from: input\noutputs: [one, two]\n"
    )
    (found,) = found_in(text)
    assert (found.code, found.subject, found.help) == ("SC412", "one/lstm_1", "set `return_sequences: true` on `lstm`")
    assert [(label.span.line, label.text) for label in found.labels] == [
        (3, "returns its last step only"), (5, "called here, as `one`"),
    ]  # fmt: skip


def test_a_fault_within_a_wrapped_layer_is_shown_at_its_argument() -> None:
    text = "input: [9, 5, 5, 3]\nlayers:\n  - TimeDistributed:\n      layer: {Conv2D: {filters: 2, kernel_size: 7}}\n"
    (found,) = found_in(text)
    assert found.span is not None
    assert (found.code, found.subject, found.span.line) == ("SC402", "time_distributed/conv2d", 4)


def test_a_lost_axis_is_looked_for_through_wrappers() -> None:
    text = "input: [9, 5, 3]\nlayers:\n%s  - TimeDistributed: {layer: {GRU: {units: 2}}}\n"
    assert codes_in(text % "") == []
    lost = found_in(text % "  - TimeDistributed: {layer: Flatten}\n")[0]
    assert (lost.code, lost.subject, lost.labels[0].span.line) == ("SC412", "time_distributed_1/gru", 3)


# if


def test_a_skipped_entry_is_transparent() -> None:
    text = (
        "args: {wide: true}\ninput: [4]\nlayers:\n"
        "  - Dense: {units: 8, name: widen}\n    if: $wide\n"
        "  - Dense: {units: 2, name: head}\n"
        "  - Concatenate:\n    from: [widen, head]\n"
    )
    assert rows_of(text) == [("widen", "(None, 8)", 40), ("head", "(None, 2)", 18), ("concatenate", "(None, 10)", 0)]
    assert rows_of(text, wide=False) == [("head", "(None, 2)", 10), ("concatenate", "(None, 6)", 0)]


def test_a_skipped_entry_stands_for_the_first_thing_it_was_fed() -> None:
    text = (
        "args: {join: false}\ninput: [4]\nlayers:\n"
        "  - Dense: {units: 8, name: a}\n  - Dense: {units: 8, name: b}\n    from: input\n"
        "  - Add: {name: sum}\n    from: [%s]\n    if: $join\n"
        "  - Dense: {units: 1}\n    from: [sum]\noutputs: [dense, a, b]\n"
    )
    report = clean(text % "b, a")
    assert report.rows[-1].inputs == ["b"]
    assert clean(text % "a, b").rows[-1].inputs == ["a"]


@pytest.mark.parametrize("condition", ["$n > 1 and $n < 5", "$kind == 'lstm'", "true", "$n", "not $off", "1"])
def test_if_is_decided_by_arguments(condition: str) -> None:
    text = (
        f"args: {{n: 3, kind: lstm, off: false}}\ninput: [4]\nlayers:\n  - Dense: {{units: 2}}\n    if: {condition}\n"
    )
    assert [row.name for row in report_of(text).rows] == ["input", "dense"]


def test_if_is_not_decided_by_shapes_or_text() -> None:
    text = "input: [T]\nlayers:\n  - Dense: {units: 2}\n    if: %s\n"
    assert said_of(text % "$T == 3") == [
        "4:12 SC207 `T` has no value here | conditions are decided by arguments, not by shapes"
    ]
    assert codes_in(text % "$T") == ["SC204"]
    assert codes_in(text % "maybe") == ["SC204"]


def test_a_block_may_give_an_empty_slice_as_the_function_in_it_may() -> None:
    nested = "blocks:\n  Rest:\n    layers: [{ops.get_item: {key: ':, 3:'}}]\ninput: [3]\nlayers: [Rest]"
    flat = "input: [3]\nlayers: [{ops.get_item: {key: ':, 3:'}}]"
    assert [found_in(text) for text in (nested, flat)] == [[], []]
    assert [finding.code for finding in found_in(nested.replace("[Rest]", "[Rest, {Dense: {units: 2}}]"))] == ["SC402"]
