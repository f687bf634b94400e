"""Models as SVG pictures."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from shapecalc.diagnostics import clean as printable
from shapecalc.formats.pictures.drawing import Box, Drawing, draw_model
from shapecalc.formats.pictures.svg import svg
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


def parts(image: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return image.findall(f"{NAMESPACE}{name}")


def number(element: ElementTree.Element, name: str) -> int:
    return int(element.attrib[name])


def test_boxes_stand_one_under_the_other_and_arrows_go_down_or_around() -> None:
    image = picture(SKIP)
    assert [text.text for text in parts(image, "text")] == [
        "input (InputLayer)", "(None, 4)", "first (Dense)", "(None, 4)", "b (B)", "(None, 4)", "add (Add)", "(None, 4)",
        "output", "(None, 4)",
    ]  # fmt: skip
    boxes = parts(image, "rect")
    assert [number(box, "y") for box in boxes] == [12, 72, 132, 192, 252]
    assert len({(number(box, "x"), number(box, "width")) for box in boxes}) == 1
    straight = [f"M{12 + number(boxes[0], 'width') // 2} {bottom}V{bottom + 20}" for bottom in (52, 112, 172, 232)]
    lines = [path.attrib["d"] for path in parts(image, "path")]
    assert set(straight) < set(lines)
    (around,) = set(lines) - set(straight)
    right = 12 + number(boxes[0], "width")
    out = right + 14
    assert around == f"M{right} 92C{out} 92 {out} 92 {out} 106V198C{out} 212 {out} 212 {right} 212"


def test_a_block_is_a_frame_around_its_parts() -> None:
    boxes = parts(picture(SKIP, 2), "rect")
    frames = [box for box in boxes if box.attrib.get("class") == "block"]
    assert len(frames) == 1
    at = boxes.index(frames[0])
    for inner in boxes[at + 1 : at + 3]:
        assert number(frames[0], "x") < number(inner, "x")
        assert number(frames[0], "y") < number(inner, "y")
        assert number(inner, "y") + number(inner, "height") < number(frames[0], "y") + number(frames[0], "height")
    after = boxes[at + 3]
    assert number(frames[0], "y") + number(frames[0], "height") < number(after, "y")


def test_all_of_it_is_within_the_image() -> None:
    image = picture(SKIP, 2)
    for box in parts(image, "rect"):
        assert 0 < number(box, "x") < number(box, "x") + number(box, "width") < number(image, "width")
        assert 0 < number(box, "y") < number(box, "y") + number(box, "height") < number(image, "height")


def test_arrows_that_overlap_go_in_lanes_of_their_own() -> None:
    text = "input: [4]\nlayers:\n" + "".join(f"  - Dense: {{units: 4, name: d{i}}}\n" for i in range(4))
    image = picture(text + "  - Add:\n    from: [d0, d1, d2, d3]\n")
    around = [path.attrib["d"] for path in parts(image, "path") if "C" in path.attrib["d"]]
    assert len(around) == 3
    assert len({line.split("C")[1].split()[0] for line in around}) == 3


@pytest.mark.parametrize("name", ["<b>&amp;", 'q"q', "]]>", "é\u202e"])
def test_names_are_text(name: str) -> None:
    box = Box("n0", (f"{name} (Dense)", "(None, 4)"), "layer", [])
    image = ElementTree.fromstring(svg(Drawing(name, [Box("n1", (name,), "block", [box])], [])))
    shown = printable(name)
    assert [one.text for one in parts(image, "title")] == [shown]
    assert [one.text for one in parts(image, "text")] == [shown, f"{shown} (Dense)", "(None, 4)"]
