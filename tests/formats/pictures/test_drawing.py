"""Models as they are drawn: which boxes there are, what they say, and that the layouts of known models are sound."""

from __future__ import annotations

import pytest

from shapecalc.formats.pictures.drawing import Arrow, Box, draw_model, walk_boxes
from shapecalc.formats.pictures.layout.place import lay_out
from shapecalc.formats.pictures.svg import Picture, draw_graph
from tests.formats.pictures.layouts import require_sound
from tests.formats.pictures.models import MODELS, SPECS, load
from tests.specs.analysed import clean

SHOWN = [*(path.stem for path in sorted((SPECS / "tutorial").glob("*.yaml"))), "two_towers", "unet", "inception_v3"]
SHOWN += ["bert_base", "gpt2_small", "vit_b_16"]
"""Those whose whole picture is to fit on a page."""


def boxes_of(text: str, depth: int = 1, unfold: bool = False) -> list[Box]:
    return list(walk_boxes(draw_model(clean(text), depth, unfold).frame))


@pytest.mark.parametrize("depth", [1, 2, 99])
@pytest.mark.parametrize("name", MODELS)
def test_pictures_of_models_are_sound(name: str, depth: int) -> None:
    graph = draw_graph(draw_model(load(name), depth).frame)
    require_sound(graph, lay_out(graph))


@pytest.mark.parametrize("name", SHOWN)
def test_a_folded_picture_fits_on_a_page(name: str) -> None:
    assert Picture(draw_model(load(name))).height < 2_000


def test_two_towers_stand_side_by_side() -> None:
    drawing = draw_model(load("two_towers"))
    layout = Picture(drawing).layout
    names = {box.key: box.name for box in drawing.frame.boxes}
    places = {names[box.key]: box for box in layout.boxes}
    assert places["image"].y == places["words"].y
    assert places["conv2d"].y + places["conv2d"].height // 2 == places["embedding"].y + places["embedding"].height // 2
    left, right = places["image_vector"], places["words_vector"]
    assert left.x + left.width < right.x
    middle = (left.x + left.width // 2 + right.x + right.width // 2) // 2
    assert abs(places["dot"].x + places["dot"].width // 2 - middle) <= 1


SETTINGS = {
    "Conv2D: {filters: 4, kernel_size: 3, strides: 2, activation: relu}": "3 × 3, stride 2, relu",
    "Conv2D: {filters: 4, kernel_size: [1, 7], dilation_rate: [1, 2], groups: 2}": "1 × 7, dilation 1 × 2, 2 groups",
    "MaxPooling2D": "2 × 2",
    "MaxPooling2D: {pool_size: 3, strides: 1}": "3 × 3, stride 1",
    "UpSampling2D": "2 × 2",
    "Dropout: {rate: 0.5}": "rate 0.5",
    "Activation: {activation: relu}": "relu",
    "Activation: {activation: linear}": "linear",
    "TimeDistributed: {layer: {Conv1D: {filters: 2, kernel_size: 5, activation: tanh}}}": "Conv1D, kernel 5, tanh",
    "TimeDistributed: {layer: {Dense: {units: 2}}}": "Dense",
    "Dense: {units: 2}": "",
    "BatchNormalization": "",
}


@pytest.mark.parametrize("entry", SETTINGS)
def test_a_box_says_the_settings_that_matter(entry: str) -> None:
    _, box, _ = boxes_of(f"input: [16, 16, 4]\nlayers:\n  - {entry}\n")
    assert box.details == SETTINGS[entry]


def test_usual_activations_are_not_said() -> None:
    text = "input: [5, 4]\nlayers:\n  - {}: {{units: 4{}}}\n"
    assert boxes_of(text.format("LSTM", ""))[1].details == ""
    assert boxes_of(text.format("LSTM", ", activation: relu"))[1].details == "relu"


REPEAT = """\
input: [4]
blocks:
  Part:
    args: {size: 3}
    layers:
      - Reshape: {target_shape: [4, 1]}
      - Conv1D: {filters: 1, kernel_size: 3, padding: same, dilation_rate: $size}
      - Flatten
layers:
  - Dense: {units: 4}
    repeat: 3
  - Part: {size: $s}
    repeat: {s: [1, 1, 2]}
"""


def test_equal_rounds_are_one_box() -> None:
    boxes = boxes_of(REPEAT)
    assert [box.title for box in boxes] == [
        "input (InputLayer)", "dense (Dense) × 3", "part (Part) × 3", "output",
    ]  # fmt: skip
    assert boxes[1].params == "20 params each"
    assert [box.name for box in boxes_of(REPEAT, unfold=True)][1:4] == ["dense/0", "dense/1", "dense/2"]


def test_rounds_that_differ_in_what_is_drawn_are_not() -> None:
    """At depth 1 the dilation within the blocks is not seen, at depth 2 it is."""
    titles = [box.title for box in boxes_of(REPEAT, 2)]
    assert [title for title in titles if title.startswith("part")] == ["part/0 ... 1 (Part) × 2", "part/2 (Part)"]


def test_arrows_lead_through_frames() -> None:
    drawing = draw_model(clean(REPEAT), 2)
    frame = next(box.inside for box in drawing.frame.boxes if box.inside is not None)
    assert frame.arrows == [
        Arrow("", 0, "n3", 0), Arrow("n3", 0, "n4", 0), Arrow("n4", 0, "n5", 0), Arrow("n5", 0, "", 0),
    ]  # fmt: skip
    assert drawing.arrows == [
        ("n0", "n1"), ("n1", "n3"), ("n3", "n4"), ("n4", "n5"), ("n5", "n7"), ("n7", "n8"), ("n8", "n9"),
        ("n9", "out0"),
    ]  # fmt: skip


def test_outputs_and_weights_of_others_are_named() -> None:
    text = "input: [5, 4]\nlayers:\n  - LSTM: {units: 4, return_state: true, return_sequences: true}\n"
    text += "  - reuse: lstm\n    from: lstm.output\noutputs: [lstm.state_c, prev]\n"
    boxes = boxes_of(text)
    assert boxes[1].shapes == ("(None, 5, 4)", "state_h (None, 4)", "state_c (None, 4)")
    assert boxes[1].params == "144 params"
    assert (boxes[2].type, boxes[2].params) == ("LSTM, shared", "weights of lstm")


def test_totals_are_said() -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 3}\n  - BatchNormalization\n"
    assert draw_model(clean(text)).totals == ("27 params (108 B), 6 of them fixed", "12 MACs")


def test_a_wrapped_block_opens() -> None:
    text = "input: [5, 4]\nblocks:\n  Part: {layers: [{Dense: {units: 2}}, ReLU]}\nlayers:\n"
    text += "  - TimeDistributed: {layer: Part}\n"
    assert [box.name for box in boxes_of(text, 2)] == ["input", "time_distributed", "dense", "re_lu", "output"]


TAPPED = """\
input: [4]
layers:
  - Dense: {units: 4}
    repeat: 6
  - Add:
    from: [dense/2, prev]
"""


def test_a_round_that_feeds_something_else_ends_a_box() -> None:
    """Otherwise the arrow would seem to come from the last round."""
    drawing = draw_model(clean(TAPPED))
    assert [box.title for box in drawing.frame.boxes] == [
        "input (InputLayer)", "dense/0 ... 2 (Dense) × 3", "dense/3 ... 5 (Dense) × 3", "add (Add)", "output",
    ]  # fmt: skip
    assert drawing.arrows == [("n0", "n1"), ("n1", "n2"), ("n1", "n3"), ("n2", "n3"), ("n3", "out0")]


def test_rounds_that_all_feed_something_are_one_box() -> None:
    boxes = boxes_of(TAPPED.replace("[dense/2, prev]", "dense/*"))
    assert boxes[1].title == "dense (Dense) × 6"
    all_but_one = "[dense/0, dense/1, dense/2, dense/3, dense/4]\noutputs: [dense/5, add]"
    titles = [box.title for box in boxes_of(TAPPED.replace("[dense/2, prev]", all_but_one))]
    assert titles[1:4] == ["dense/0 ... 4 (Dense) × 5", "dense/5 (Dense)", "add (Add)"]


def test_calls_of_a_shared_layer_are_one_box() -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 4, name: d}\n  - reuse: {layer: d, name: again}\n    repeat: 11\n"
    boxes = boxes_of(text)
    assert [(box.title, box.params) for box in boxes[1:3]] == [
        ("d (Dense)", "20 params"),
        ("again (Dense, shared) × 11", "weights of d"),
    ]
