"""Folding: the same model in fewer lines, or the clean form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.formats.flat_model import FlatModel, Input, flatten, unfold_blocks
from shapecalc.formats.folding.body import Body, Leaf
from shapecalc.formats.folding.fold import fold
from shapecalc.formats.folding.verify import is_same_model, match_names
from shapecalc.layers.catalogue import automatic_name
from tests.formats.folding.converted import KERAS, SPECS, flat_of, report_of, written, written_of_keras
from tests.formats.folding.pieces import needless_pieces


class Net:
    """A flat model built call by call."""

    def __init__(self, *shape: int) -> None:
        self.flat = FlatModel("net")
        self.flat.inputs.append(Input("image", [*shape], "float32"))
        self.last = ("image", 0, 0)

    def add(self, kind: str, *fed: Any, name: str = "", **arguments: Any) -> Any:
        """A layer fed the last one, or what is given; returns its output."""
        name = self.flat.fresh(name or automatic_name(kind))
        self.flat.layers[name] = kind, arguments
        port = "inputs"
        sources = [*fed] if kind in ("Add", "Concatenate", "Multiply") else (fed or (self.last,))[0]
        self.last = (name, self.flat.call(name, {port: sources}, {}), 0)
        return self.last

    def text(self) -> list[str]:
        """The folded spec, after its name."""
        self.flat.outputs["output"] = self.last
        return written(self.flat).text.splitlines()[1:]


def residual(net: Net, filters: int, strides: int, *, project: bool) -> None:
    """A block as ResNets have it."""
    start = net.last
    shortcut = net.add("Conv2D", filters=filters, kernel_size=1, strides=strides) if project else start
    net.add("Conv2D", start, filters=filters, kernel_size=3, strides=strides, padding="same", use_bias=False)
    net.add("BatchNormalization")
    net.add("Add", net.last, shortcut)
    net.add("ReLU")


def test_layers_in_a_row_are_repeated() -> None:
    net = Net(10)
    for _ in range(4):
        net.add("Dense", units=10, activation="relu")
    assert net.text() == [
        "inputs:",
        "  image: [10]",
        "layers:",
        "  - Dense: {units: 10, activation: relu}",
        "    repeat: 4",
    ]


def test_variants_become_one_block_with_flags_and_its_calls_repeats() -> None:
    net = Net(32, 32, 16)
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        for number in range(3):
            residual(net, filters, strides if number == 0 else 1, project=number == 0)
    assert net.text() == [
        "inputs:",
        "  image: [32, 32, 16]",
        "blocks:",
        "  Residual:",
        "    args: {filters: required, strides: 1, project: false}",
        "    layers:",
        "      - Conv2D: {filters: $filters, kernel_size: 1, strides: $strides, name: shortcut}",
        "        if: $project",
        "      - Conv2D: {filters: $filters, kernel_size: 3, strides: $strides, padding: same,",
        "          use_bias: false}",
        "        from: input",
        "      - BatchNormalization",
        "      - Add:",
        "        from: [prev, shortcut]",
        "      - ReLU",
        "layers:",
        "  - Residual: {filters: 16, project: $i == 0}",
        "    repeat: {i: 3}",
        "  - Residual: {filters: 32, strides: 2 if $i == 0 else 1, project: $i == 0}",
        "    repeat: {i: 3}",
        "  - Residual: {filters: 64, strides: 2 if $i == 0 else 1, project: $i == 0}",
        "    repeat: {i: 3}",
    ]


def test_a_network_without_anything_that_recurs_stays_as_it_is() -> None:
    net = Net(28, 28, 1)
    net.add("Conv2D", filters=8, kernel_size=3)
    net.add("MaxPooling2D")
    net.add("Flatten")
    net.add("Dense", units=10)
    assert net.text()[2:] == [
        "layers:",
        "  - Conv2D: {filters: 8, kernel_size: 3}",
        "  - MaxPooling2D",
        "  - Flatten",
        "  - Dense: {units: 10}",
    ]


def test_names_lead_to_the_paths_of_the_folded_spec() -> None:
    net = Net(8)
    for number in range(3):
        net.add("Dense", units=8, name=f"in_{number}")
        net.add("LayerNormalization", name=f"norm_{number}")
        net.add("ReLU", name=f"act_{number}")
    net.flat.outputs["output"] = net.last
    result = written(net.flat)
    rows = set(result.names.values())
    assert len(rows) == 9
    assert result.names["in_1"].endswith("/1/dense")
    by_path = {row.path + row.name: row.params for block in result.report.rows for row in (block.rows or [block])}
    assert by_path[result.names["in_2"]] == 72
    assert by_path[result.names["norm_2"]] == 16


@pytest.mark.parametrize("name", KERAS)
def test_a_model_of_keras_is_folded_to_the_same(name: str) -> None:
    clean, folded = written_of_keras(name, fold=False), written_of_keras(name)
    assert is_same_model(clean.report, folded.report)
    assert len(folded.text.splitlines()) <= len(clean.text.splitlines())
    assert folded.names.keys() == clean.names.keys()


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_spec_is_folded_to_the_same(path: Path) -> None:
    flat = flat_of(path)
    clean = written(flat, fold=False) if flat is not None else None
    if flat is None or clean is None or not clean.report.ok:
        pytest.skip("it has symbols, which an unfolded spec cannot hold")
    folded = written(flat)
    assert is_same_model(clean.report, folded.report)
    assert len(folded.text.splitlines()) <= len(clean.text.splitlines())
    assert folded.names.keys() == clean.names.keys()


MOTIFS = st.sampled_from(["conv", "norm", "residual", "squeeze", "dense", "branches"])
STEPS = st.lists(
    st.tuples(MOTIFS, st.sampled_from([8, 8, 16]), st.booleans(), st.integers(1, 4)), min_size=1, max_size=6
)


def build(steps: list[tuple[str, int, bool, int]], turns: int) -> FlatModel:
    """A network of motifs, each so many times, all of it `turns` times over."""
    net = Net(8, 8, 8)
    channels = 8
    for _ in range(turns):
        for motif, filters, flag, times in steps:
            for number in range(times):
                channels = add_motif(net, motif, filters, channels, flag and number == 0)
    net.flat.outputs["output"] = net.last
    return net.flat


def add_motif(net: Net, motif: str, filters: int, channels: int, flag: bool) -> int:
    """One motif; returns the channels after it."""
    start = net.last
    if motif == "conv":
        net.add("Conv2D", filters=filters, kernel_size=3, padding="same", use_bias=not flag)
        net.add("ReLU")
    elif motif == "norm":
        if flag:
            net.add("ZeroPadding2D", padding=[[0, 1], [0, 1]])
            net.add("Cropping2D", cropping=[[0, 1], [0, 1]])
        net.add("DepthwiseConv2D", kernel_size=[3, 3], padding="same")
        net.add("BatchNormalization", axis=3)
        return channels
    elif motif == "residual":
        residual(net, filters, 1, project=flag or channels != filters)
    elif motif == "squeeze":
        net.add("GlobalAveragePooling2D", keepdims=True)
        net.add("Conv2D", filters=channels // 2, kernel_size=1, activation="relu")
        net.add("Conv2D", filters=channels, kernel_size=1, activation="sigmoid")
        net.add("Multiply", *([start, net.last] if flag else [net.last, start]))
        return channels
    elif motif == "dense":
        net.add("Conv2D", filters=4, kernel_size=1)
        net.add("Concatenate", start, net.last)
        return channels + 4
    else:
        left = net.add("Conv2D", start, filters=filters, kernel_size=1)
        right = net.add("Conv2D", start, filters=4, kernel_size=[1, 3], padding="same")
        net.add("Concatenate", left, right)
        return filters + 4
    return filters


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(1, 3))
def test_random_models_with_repeats_fold_to_equal_models(steps: Any, turns: int) -> None:
    flat = build(steps, turns)
    clean, folded = written(flat, fold=False), written(flat)
    assert clean.report.ok
    assert folded.report.ok
    assert is_same_model(clean.report, folded.report)
    assert len(folded.text.splitlines()) <= len(clean.text.splitlines())
    assert folded.names.keys() == flat.layers.keys()
    assert written(flat).text == folded.text
    again = flatten(folded.report)
    assert sorted(kind for kind, _ in again.layers.values()) == sorted(kind for kind, _ in flat.layers.values())


def test_another_model_is_told_from_the_one_it_was_made_of() -> None:
    def made(*units: int, late: bool = False) -> FlatModel:
        net = Net(4)
        first = net.add("Dense", units=units[0])
        second = net.add("Dense", units=units[1])
        net.add("Add", second, first if late else second)
        net.flat.outputs["output"] = net.last
        return net.flat

    flat = made(4, 4)
    assert match_names(flat, written(flat).report) is not None
    for other in (made(4, 4, late=True), made(4, 4)):
        is_same = other.calls == flat.calls
        assert (match_names(flat, written(other).report) is not None) == is_same


@pytest.mark.parametrize(
    "wrong",
    [
        {"units": 10},  # of the same parameters and shapes, but without its activation
        {"units": 10, "activation": "relu", "use_bias": False},
        {"units": 11, "activation": "relu"},
    ],
)
def test_what_is_not_the_same_model_is_not_written(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]) -> None:
    def fold_wrongly(model: Body, *, early: bool) -> bool:
        if not fold(model, early=early):
            return False
        slot = model.slots[0]
        slot.rows = [[Leaf(wrong, leaf.name, leaf.channels) for leaf in rows] for rows in slot.rows]
        return True

    net = Net(10)
    for _ in range(4):
        net.add("Dense", units=10, activation="relu")
    net.flat.outputs["output"] = net.last
    clean = written(net.flat, fold=False).text
    assert written(net.flat).text != clean
    monkeypatch.setattr("shapecalc.formats.folding.write.fold_body", fold_wrongly)
    assert written(net.flat).text == clean


def test_more_layers_are_a_matter_of_more_repeats() -> None:
    """What 60 blocks take to say is what 6 take."""

    def lines(count: int) -> int:
        net = Net(16, 16, 8)
        for _ in range(count):
            residual(net, 8, 1, project=False)
        return len(net.text())

    assert lines(60) == lines(6)


def test_report_of_a_folded_spec_has_no_findings() -> None:
    result = written(build([("residual", 16, True, 3), ("squeeze", 8, False, 2)], 2))
    assert report_of(result.text).diagnostics == []


def frozen(text: str, *names: str) -> FlatModel:
    """A spec laid flat, with `trainable: false` on the layers of these types."""
    flat = flatten(report_of(text))
    for layer, (kind, arguments) in flat.layers.items():
        if kind in names:
            flat.layers[layer] = kind, {**arguments, "trainable": False}
    return flat


STEPS_AND_HEAD = """
input: [16, 16, 4]
blocks:
  Step:
    args: {filters: required}
    layers:
      - Conv2D: {filters: $filters, kernel_size: 3, padding: same, use_bias: false}
      - BatchNormalization: {momentum: 0.9}
      - ReLU: {max_value: 6}
      - DepthwiseConv2D: {kernel_size: 3, padding: same, use_bias: false}
layers:
  - Step: {filters: $f}
    repeat: {f: [8, 16, 8, 24]}
  - Dense: {units: 3}
"""


def test_blocks_that_are_frozen_as_a_whole_say_so_once() -> None:
    kinds = ("Conv2D", "BatchNormalization", "DepthwiseConv2D", "ReLU")
    result = written(frozen(STEPS_AND_HEAD, *kinds))
    assert result.report.trainable == 75
    said = [line.strip() for line in result.text.splitlines() if "trainable" in line]
    assert len(said) == 1
    assert said[0].startswith("- ConvNormAct: {")
    assert said[0].endswith("trainable: false}")


def test_layers_that_are_frozen_alone_say_so_themselves() -> None:
    flat = frozen(STEPS_AND_HEAD, "BatchNormalization")
    result = written(flat)
    assert result.report.trainable == written(flat, fold=False).report.trainable == 4_899
    said = [line.strip() for line in result.text.splitlines() if "trainable" in line]
    assert said == ["- BatchNormalization: {momentum: 0.9, trainable: false}"]


def test_calls_of_a_block_may_train_what_others_do_not() -> None:
    flat = flatten(report_of(STEPS_AND_HEAD))
    for number, layer in enumerate(flat.layers):
        kind, arguments = flat.layers[layer]
        if number < 8 or kind == "BatchNormalization":
            flat.layers[layer] = kind, {**arguments, "trainable": False}
    result = written(flat)
    clean = written(flat, fold=False)
    assert "trained" in result.text
    assert result.report.trainable == clean.report.trainable
    assert result.text.count("trainable: $trained") == 2  # the convolutions; of the normalization no call is trained


def test_models_within_a_model_are_one_block_where_they_are_named_alike() -> None:
    def of(*names: str) -> str:
        flat = FlatModel("net")
        flat.inputs.append(Input("input", [8], "float32"))
        last = ("input", 0, 0)
        for number, name in enumerate(names):
            block = flat.blocks[name] = FlatModel(name)
            block.inputs.append(Input("fed", [8], "float32"))
            block.layers = {"norm": ("LayerNormalization", {}), "dense": ("Dense", {"units": 8 + number})}
            block.call("norm", {"inputs": ("fed", 0, 0)}, {})
            block.call("dense", {"inputs": ("norm", 0, 0)}, {})
            block.outputs["output"] = "dense", 0, 0
            flat.layers[f"layer_{number}"] = name, {}
            last = f"layer_{number}", flat.call(f"layer_{number}", {"fed": last}, {}), 0
        flat.outputs["output"] = last
        return written(flat).text

    assert of("Tower1", "Tower2").splitlines()[2:] == [
        "blocks:",
        "  Tower:",
        "    args: {units: required}",
        "    layers:",
        "      - LayerNormalization",
        "      - Dense: {units: $units}",
        "layers:",
        "  - Tower: {units: 8, name: layer_0}",
        "  - Tower: {units: 9, name: layer_1}",
    ]
    apart = of("Encoder", "Decoder")
    assert "  Encoder:" in apart
    assert "  Decoder:" in apart


def steps(name: str, *outputs: int) -> FlatModel:
    """A model within another: four times a convolution, a normalization and a ReLU; what leaves it, by position."""
    block = FlatModel(name)
    block.inputs.append(Input("seen", [8, 8, 4], "float32"))
    last = ("seen", 0, 0)
    for number in range(4):
        for kind, arguments in (
            ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same", "use_bias": False}),
            ("BatchNormalization", {"momentum": 0.9, "epsilon": 1e-5}),
            ("ReLU", {"max_value": 6}),
        ):
            layer = f"{kind.lower()}_{number}"
            block.layers[layer] = kind, dict(arguments)
            last = layer, block.call(layer, {"inputs": last}, {}), 0
    for position in outputs:
        block.outputs[f"out_{position}"] = block.calls[position].layer, 0, 0
    return block


STEP = [
    "  ConvNormAct:",
    "    layers:",
    "      - Conv2D: {filters: 4, kernel_size: 3, padding: same, use_bias: false}",
    "      - BatchNormalization: {epsilon: 1e-05, momentum: 0.9}",
    "      - ReLU: {max_value: 6}",
]


def test_a_model_of_several_outputs_is_folded_inside() -> None:
    flat = FlatModel("net")
    flat.inputs.append(Input("input", [8, 8, 4], "float32"))
    flat.blocks["Backbone"] = steps("Backbone", 5, 11)
    flat.layers = {"backbone": ("Backbone", {}), "sum": ("Add", {})}
    flat.call("backbone", {"seen": ("input", 0, 0)}, {})
    flat.call("sum", {"inputs": [("backbone", 0, 0), ("backbone", 0, 1)]}, {})
    flat.outputs["output"] = "sum", 0, 0
    result = written(flat)
    assert result.text.splitlines()[3:] == [
        *STEP,
        "  Backbone:",
        "    layers:",
        "      - ConvNormAct",
        "      - ConvNormAct: {name: conv_norm_act_a}",
        "      - ConvNormAct",
        "      - ConvNormAct: {name: conv_norm_act_b}",
        "    outputs: {out_5: conv_norm_act_a, out_11: conv_norm_act_b}",
        "layers:",
        "  - Backbone",
        "  - Add: {name: sum}",
        "    from: [prev, prev.1]",
    ]
    assert len(result.names) == 13


def in_a_wrapper() -> FlatModel:
    flat = FlatModel("net")
    flat.inputs.append(Input("input", [3, 8, 8, 4], "float32"))
    flat.blocks["Cnn"] = steps("Cnn", 11)
    flat.layers = {"each": ("TimeDistributed", {"layer": {"Cnn": {}}}), "mean": ("GlobalAveragePooling3D", {})}
    flat.call("each", {"inputs": ("input", 0, 0)}, {})
    flat.call("mean", {"inputs": ("each", 0, 0)}, {})
    flat.outputs["output"] = "mean", 0, 0
    return flat


def test_a_model_in_a_wrapper_is_folded_inside() -> None:
    assert written(in_a_wrapper()).text.splitlines()[3:] == [
        *STEP,
        "  Cnn:",
        "    layers:",
        "      - ConvNormAct:",
        "        repeat: 4",
        "layers:",
        "  - TimeDistributed: {layer: Cnn, name: each}",
        "  - GlobalAveragePooling3D: {name: mean}",
    ]


def test_a_model_in_a_wrapper_is_compared_call_by_call() -> None:
    flat, other = in_a_wrapper(), in_a_wrapper()
    other.blocks["Cnn"].layers["relu_2"] = "ReLU", {"max_value": 5}
    assert match_names(flat, written(flat).report) is not None
    assert match_names(flat, written(other).report) is None


NESTED_STEPS = st.lists(
    st.tuples(STEPS, st.sampled_from(["", "Encoder", "Tower1", "Tower2", "Sequential", "Sequential1"]),
              st.integers(1, 2), st.booleans()),
    min_size=1, max_size=4,
)  # fmt: skip
"""Motifs of the model itself, or of a model within it: under which title, how often it is called, whether frozen."""


def build_nested(parts: Any) -> FlatModel:
    """A network of networks: eight channels go in and out of each."""
    net = Net(8, 8, 8)
    for steps_within, title, times, is_frozen in parts:
        inner = Net(8, 8, 8)
        channels = 8
        for motif, filters, flag, count in steps_within:
            for number in range(count):
                channels = add_motif(inner, motif, filters, channels, flag and number == 0)
        inner.add("Conv2D", filters=8, kernel_size=1)
        inner.flat.outputs["output"] = inner.last
        layers = {
            name: (kind, {**arguments, **({"trainable": False} if is_frozen else {})})
            for name, (kind, arguments) in inner.flat.layers.items()
        }
        if title in ("", *net.flat.blocks):
            renamed = {name: net.flat.fresh(name) for name in layers} | {"image": net.last[0]}
            net.flat.layers |= {renamed[name]: layer for name, layer in layers.items()}
            start = net.last
            for call in inner.flat.calls:
                feed: Any = {
                    port: [move_from(start, renamed, one) for one in fed]
                    if isinstance(fed, list) else move_from(start, renamed, fed)
                    for port, fed in call.feed.items()
                }  # fmt: skip
                net.last = renamed[call.layer], net.flat.call(renamed[call.layer], feed, call.arguments), 0
            continue
        inner.flat.layers = layers
        net.flat.blocks[title] = inner.flat
        name = net.flat.fresh(title.lower())
        net.flat.layers[name] = title, {}
        for _ in range(times):
            net.last = name, net.flat.call(name, {"image": net.last}, {}), 0
    net.flat.outputs["output"] = net.last
    return net.flat


def move_from(start: Any, renamed: dict[str, str], source: Any) -> Any:
    """A source of a model within, as the model itself has it."""
    return start if source[0] == "image" else (renamed[source[0]], source[1], source[2])


# The same models each time: of others, one in many keeps an argument that it could do without.
@settings(max_examples=12, deadline=None, derandomize=True)
@given(NESTED_STEPS)
def test_random_models_of_models_fold_to_equal_models(parts: Any) -> None:
    flat = build_nested(parts)
    clean, folded = written(flat, fold=False), written(flat)
    assert clean.report.ok
    assert folded.report.ok
    assert is_same_model(clean.report, folded.report)
    assert len(folded.text.splitlines()) <= len(clean.text.splitlines())
    assert folded.names.keys() == clean.names.keys() == unfold_blocks(flat).layers.keys()
    assert needless_pieces(folded.text) == []


def test_numbers_that_grow_from_round_to_round_are_sums() -> None:
    net = Net(8, 8, 8)
    for filters in (16, 20, 24, 28):
        net.add("Conv2D", filters=filters, kernel_size=3, padding="same")
    for units in (30, 20, 10):
        net.add("Dense", units=units)
    assert net.text()[3:] == [
        "  - Conv2D: {filters: 16 + 4 * $i, kernel_size: 3, padding: same}",
        "    repeat: {i: 4}",
        "  - Dense: {units: 30 - 10 * $i}",
        "    repeat: {i: 3}",
    ]


def test_a_model_that_is_not_trained_says_so_once() -> None:
    net = Net(8, 8, 8)
    for filters, strides in ((8, 1), (16, 2), (24, 2)):
        for number in range(3):
            residual(net, filters, strides if number == 0 else 1, project=number == 0)
        net.add("LayerNormalization", name=f"norm_{filters}")
        net.add("Dense", units=8, activation="relu" if filters == 16 else "tanh")
        net.add("Conv2D", filters=filters, kernel_size=1, groups=4 if filters == 8 else 8)
    net.flat.outputs = {"deep": net.last, "shallow": ("norm_16", 0, 0)}
    for layer, (kind, arguments) in net.flat.layers.items():
        net.flat.layers[layer] = kind, {**arguments, "trainable": False}
    result = written(net.flat)
    assert result.report.trainable == 0
    assert result.report.params == written(net.flat, fold=False).report.params
    assert result.text.count("trainable") == 1
    assert result.text.splitlines()[-3:] == [
        "layers:",
        "  - Network: {trainable: false}",
        "outputs: {deep: network, shallow: network.1}",
    ]
    assert all(path.startswith("network/") for path in result.names.values())
    assert result.names.keys() == net.flat.layers.keys()
