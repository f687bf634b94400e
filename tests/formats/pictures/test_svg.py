"""Models as SVG pictures."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from shapecalc.diagnostics import clean as printable
from shapecalc.formats.pictures.drawing import Box, Drawing, Frame, draw_model
from shapecalc.formats.pictures.svg import svg, write_lines
from tests.specs.analysed import clean

SKIP = """\
name: skip
input: [4]
blocks:
  B:
    layers:
      - Dense: {units: 4}
      - ReLU
layers:
  - Dense: {units: 4, name: first}
  - B
  - Add:
    from: [first, prev]
"""
NAMESPACE = "{http://www.w3.org/2000/svg}"


def picture(text: str, depth: int = 1) -> ElementTree.Element:
    return ElementTree.fromstring(svg(draw_model(clean(text), depth)))


def parts(image: ElementTree.Element, name: str, style: str | None = None) -> list[ElementTree.Element]:
    found = image.iter(f"{NAMESPACE}{name}")
    return [element for element in found if style is None or element.get("class") == style]


def number(element: ElementTree.Element, name: str) -> int:
    return int(element.attrib[name])


def middle(box: ElementTree.Element) -> int:
    return number(box, "x") + number(box, "width") // 2


def test_a_chain_is_straight_and_what_skips_it_goes_around() -> None:
    image = picture(SKIP)
    assert [text.text for text in parts(image, "text")] == [
        "skip", "input (InputLayer)", "(None, 4)", "first (Dense)", "(None, 4) · 20 params", "b (B)",
        "(None, 4) · 20 params", "add (Add)", "(None, 4)", "output", "(None, 4)", "40 params (160 B)", "32 MACs",
    ]  # fmt: skip
    boxes = parts(image, "rect", "box")
    assert len({middle(box) for box in boxes}) == 1
    lines = [path.attrib["d"] for path in parts(image, "path") if path.get("class") is None]
    assert [(line.count("M"), line.count("Q")) for line in lines] == [(1, 0), (2, 4), (1, 0), (1, 0)]
    heads = [path.attrib["d"] for path in parts(image, "path", "arrow")]
    assert [head.count("M") for head in heads] == [1, 2, 1, 1]


def test_a_block_is_a_frame_around_its_parts() -> None:
    image = picture(SKIP, 2)
    (frame,) = parts(image, "rect", "frame level0")
    boxes = parts(image, "rect", "box")
    bottom = number(frame, "y") + number(frame, "height")
    inner = [box for box in boxes if number(frame, "y") < number(box, "y") < bottom]
    assert len(inner) == 2
    for box in inner:
        assert number(frame, "x") < number(box, "x")
        assert number(box, "x") + number(box, "width") < number(frame, "x") + number(frame, "width")
        assert number(box, "y") + number(box, "height") < bottom


def test_all_of_it_is_within_the_image() -> None:
    image = picture(SKIP, 2)
    assert image.attrib["viewBox"] == f"0 0 {image.attrib['width']} {image.attrib['height']}"
    for box in parts(image, "rect", "box"):
        assert 0 < number(box, "x") < number(box, "x") + number(box, "width") < number(image, "width")
        assert 0 < number(box, "y") < number(box, "y") + number(box, "height") < number(image, "height")


@pytest.mark.parametrize("name", ["<b>&amp;", 'q"q', "]]>", "é\u202e"])
def test_names_are_text(name: str) -> None:
    box = Box("n0", name, "Dense", shapes=("(None, 4)",))
    frame = Frame([Box("n1", name, kind="block", inside=Frame([box], []))], [])
    image = ElementTree.fromstring(svg(Drawing(name, frame)))
    shown = printable(name)
    assert [one.text for one in parts(image, "title")] == [shown, shown, f"{shown} (Dense)\n(None, 4)"]
    assert [one.text for one in parts(image, "text")] == [shown, shown, f"{shown} (Dense)", "(None, 4)"]


def test_a_long_title_takes_two_lines() -> None:
    lines = write_lines(Box("n0", "global_average_pooling2d_1", "GlobalAveragePooling2D", rounds=3))
    assert lines == ["global_average_pooling2d_1 × 3", "GlobalAveragePooling2D"]


def test_parameters_of_several_outputs_have_a_line_of_their_own() -> None:
    one = Box("n0", "lstm", "LSTM", shapes=("(None, 4)",), params="140 params")
    assert write_lines(one) == ["lstm (LSTM)", "(None, 4) · 140 params"]
    several = one._replace(shapes=("(None, 4)", "state_h (None, 4)"))
    assert write_lines(several) == ["lstm (LSTM)", "(None, 4)", "state_h (None, 4)", "140 params"]
    wide = one._replace(params="1" * 40)
    assert write_lines(wide) == ["lstm (LSTM)", "(None, 4)", "1" * 40]
