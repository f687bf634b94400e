"""The least time of a model on a device."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.devices import DEVICES, Device
from shapecalc.analysis.names import list_settings
from shapecalc.analysis.report import Report
from shapecalc.analysis.roofline import (
    MOVES_NOTHING,
    PICO,
    Bound,
    Work,
    find_bound,
    find_fused_time,
    find_model_bound,
    list_works,
)
from shapecalc.dims import add_up
from shapecalc.layers.catalogue import find
from shapecalc.model.load import Library
from shapecalc.training.peak import Training

SLOW = Device("slow", "Slow", 2**30, 1000, {"float32": 100, "float16": 200}, "a test")
"""A thousand bytes and a hundred FLOPs a second."""

DENSE = "input: [10]\nlayers:\n  - Dense: {units: 5}\n"
MODELS = sorted((Path(__file__).parents[2] / "specs" / "models").glob("*.yaml"))


def report_of(text: str, batch: int | None = None, dtype: str | None = None) -> Report:
    report = analyse(Library().parse(text, "model.yaml"), Settings({}, batch, dtype))
    assert report.ok, report.diagnostics
    return report


def works_of(text: str, batch: int | None = None) -> list[Work]:
    return list(list_works(report_of(text, batch).rows, batch or 1))


def test_a_product_and_what_it_moves() -> None:
    # 50 weights and 5 biases are read, 10 numbers come and 5 go.
    assert works_of(DENSE) == [Work("float32", 2 * 50, 4 * (55 + 10 + 5))]
    assert works_of(DENSE, 8) == [Work("float32", 2 * 50 * 8, 4 * (55 + 8 * 15))]
    assert find_model_bound(report_of(DENSE), SLOW) == Bound(PICO, 0)
    assert find_model_bound(report_of(DENSE), SLOW._replace(bandwidth=28)) == Bound(0, 10 * PICO)


FROZEN = """
input: [10]
blocks:
  Backbone: {layers: [{Dense: {units: 20}}, {Dense: {units: 30}}]}
layers:
  - Backbone: {trainable: false}
  - Dense: {units: 5}
  - Dense: {units: 2}
"""
"""MACs of 200, 600, 150 and 10."""


ADAM = Training("adam")


def passes_of(text: str, training: Training | None = ADAM) -> list[int]:
    return [work.passes for work in list_works(report_of(text).rows, 1, training)]


def test_a_step_of_training_takes_the_gradients_that_there_are() -> None:
    # The frozen layers run forward alone; nothing before the first trained one needs a gradient; the last has both.
    assert passes_of(FROZEN) == [1, 1, 2, 3]
    assert passes_of(FROZEN, None) == [1, 1, 1, 1]
    quick = SLOW._replace(bandwidth=10**9)
    flops = 2 * (200 + 600) + 2 * 2 * 150 + 3 * 2 * 10
    assert find_model_bound(report_of(FROZEN), quick, ADAM) == Bound(flops * PICO // 100, 0)
    assert find_fused_time(report_of(FROZEN), quick, ADAM) == flops * PICO // 100
    assert find_model_bound(report_of(DENSE), SLOW, ADAM) == Bound(2 * PICO, 0)


def test_what_is_frozen_in_the_middle_passes_gradients_on() -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 4}\n  - Dense: {units: 4, trainable: false}\n  - ReLU\n"
    assert passes_of(text) == [2, 2, 2]
    assert passes_of(text + "  - ops.stop_gradient: {}\n  - Dense: {units: 4}\n") == [2, 2, 2, 2]


def test_a_product_of_two_inputs_has_their_gradients() -> None:
    text = "inputs: {a: [3, 4], b: [4, 3]}\nlayers:\n  - Dense: {units: 4, name: c}\n    from: a\n"
    text += "  - ops.matmul:\n    from: [c, b]\n  - ops.matmul: {name: square}\n    from: [prev, prev]\n"
    assert passes_of(text) == [2, 2, 3]


def test_blocks_that_run_again_and_what_wrappers_hold_have_passes_too() -> None:
    again = Training("adam", checkpoints=("Backbone",))
    assert passes_of(FROZEN.replace("{trainable: false}", "{}"), again) == [2, 3, 3, 3]
    wrapped = "TimeDistributed: {layer: {Backbone: {trainable: false}}}"
    text = FROZEN.replace("[10]", "[6, 10]").replace("Backbone: {trainable: false}", wrapped)
    report = report_of(text)
    assert passes_of(text) == [1, 2, 3]
    (wrapper,) = (row for row in report.rows if row.type == "TimeDistributed")
    assert [work.passes for work in list_works(wrapper.rows, 1, ADAM)] == [1, 1]


def test_fused_training_moves_weights_and_gradients_of_those_trained() -> None:
    slow = SLOW._replace(rates={"float32": 10**9})
    # 220 + 630 + 155 + 12 weights are read, 10 numbers come and 2 go; 167 gradients are written.
    time = find_fused_time(report_of(FROZEN), slow, ADAM)
    assert time == 4 * (1017 + 12 + 167) * PICO // 1000


def test_a_half_precision_has_its_own_rate_and_bytes() -> None:
    (work,) = list_works(report_of(DENSE, dtype="mixed_float16").rows, 1)
    assert work == Work("float16", 100, 4 * (55 + 10) + 2 * 5)  # the input stays float32
    (work,) = list_works(report_of(DENSE, dtype="float16").rows, 1)
    assert work == Work("float16", 100, 2 * 70)
    assert find_bound([work], SLOW) == Bound(PICO // 2, 0)


def test_a_lookup_reads_what_it_gives() -> None:
    text = "input: {shape: [7], dtype: int32}\nlayers:\n  - Embedding: {input_dim: 1000, output_dim: 3}\n"
    assert works_of(text) == [Work("float32", 0, 4 * (7 + 2 * 7 * 3))]
    (work,) = works_of(text.replace("[7]", "[T]"))
    assert str(work.bytes) == "16*T"  # the table may be smaller than what is looked up in it
    small = text.replace("1000", "2")
    assert works_of(small) == [Work("float32", 0, 4 * (7 + 2 * 3 + 7 * 3))]


def test_another_view_moves_nothing() -> None:
    text = "input: [2, 3]\nlayers:\n  - Flatten\n  - Dropout: {rate: 0.5}\n  - Reshape: {target_shape: [3, 2]}\n"
    assert works_of(text) == []
    assert find_model_bound(report_of(text), SLOW) == Bound(0, 0)


def test_a_tensor_that_is_fed_twice_is_read_once() -> None:
    text = "input: [6]\nlayers:\n  - Multiply:\n    from: [input, input]\n"
    assert works_of(text) == [Work("float32", 0, 4 * 12)]


def test_blocks_are_their_layers_and_rounds_count_each() -> None:
    text = "input: [4]\nblocks: {Pair: {layers: [{Dense: {units: 4}}, {Dense: {units: 4}}]}}\n"
    text += "layers:\n  - Pair:\n    repeat: 3\n"
    assert works_of(text) == [Work("float32", 32, 4 * (20 + 8))] * 6


def test_symbols_stay_formulas_and_unknowns_of_the_batch_are_one_sample() -> None:
    text = "input: [T, 4]\nlayers:\n  - Dense: {units: 4}\n"
    (work,) = works_of(text)
    assert (str(work.flops), str(work.bytes)) == ("32*T", "32*T + 80")
    bound = find_model_bound(report_of(text), SLOW)
    assert bound.time is None
    assert bound.find_side(SLOW._replace(bandwidth=200)) == "depends"
    assert bound.find_side(SLOW) == "compute"
    assert bound.find_side(SLOW._replace(rates={"float32": 10**9})) == "memory"
    assert find_fused_time(report_of(text), SLOW) is None


@settings(max_examples=40)
@given(st.sampled_from(MODELS), st.sampled_from(sorted(DEVICES)), st.integers(1, 64))
def test_bounds_are_in_order(file: Path, name: str, batch: int) -> None:
    """Fused takes no longer than layer by layer, a larger batch no less, a faster device no more."""
    spec = Library().open(str(file))
    sizes = {setting.name: 32 for setting in list_settings(spec) if setting.is_size}
    report, larger = (analyse(spec, Settings(dict(sizes), size)) for size in (batch, batch + 1))
    device = DEVICES[name]
    time, fused = find_model_bound(report, device).time, find_fused_time(report, device)
    assert time is not None
    assert fused is not None
    assert 0 < fused <= time + 10**6  # each layer's time is rounded down
    more = find_model_bound(larger, device).time
    assert more is not None
    assert more >= time
    faster = find_model_bound(report, device._replace(bandwidth=2 * device.bandwidth)).time
    assert faster is not None
    assert faster <= time
    bound = find_model_bound(report, device)
    assert bound.find_side(device) == ("compute" if bound.compute >= bound.memory else "memory")


def test_products_add_up_to_the_models() -> None:
    for file in MODELS:
        report = analyse(Library().open(str(file)))
        works = list(list_works(report.rows, 1))
        assert add_up(work.flops for work in works) == 2 * report.active.macs


def test_the_types_that_move_nothing_are_known() -> None:
    for name in MOVES_NOTHING - {"InputLayer", "Weight", "onnx.Constant"}:
        assert find(name) is not None, name
