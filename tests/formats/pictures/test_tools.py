"""Other programs read the pictures: an XML parser, Graphviz, Mermaid's own parser. Each is tried where it is installed.

Mermaid is found by MERMAID_HOME, the folder where `npm install mermaid jsdom` was run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.diagnostics import clean as printable
from shapecalc.formats.pictures.dot import dot
from shapecalc.formats.pictures.drawing import Arrow, Box, Drawing, Frame, draw_model
from shapecalc.formats.pictures.mermaid import mermaid
from shapecalc.formats.pictures.svg import svg
from tests.formats.pictures.models import MODELS, load
from tests.robust.test_injection import HOSTILE

NAMESPACE = "{http://www.w3.org/2000/svg}"
HOME = os.environ.get("MERMAID_HOME", "")


def run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def draw_names(text: str) -> Drawing:
    """A drawing with a text wherever there is one, in an open block and beside it."""
    inner = Box("n1", text, text, details=text, shapes=(text, text), params=text, rounds=2)
    inside = Frame([inner], [Arrow("", 0, "n1", 0), Arrow("n1", 0, "", 0)], 1, 1)
    block = Box("n2", text, text, "block", shapes=(text,), params=text, inside=inside)
    boxes = [Box("n0", text, text, "input", shapes=(text,)), block, Box("out0", text, kind="output")]
    return Drawing(text, Frame(boxes, [Arrow("n0", 0, "n2", 0), Arrow("n2", 0, "out0", 0)]), (text,))


@pytest.fixture(scope="module")
def drawings() -> list[Drawing]:
    models = [draw_model(load(name), depth) for name in MODELS for depth in (1, 2)]
    return [*models, *map(draw_names, HOSTILE.values())]


def write_all(texts: list[str], folder: Path, ending: str) -> list[str]:
    paths = [folder / f"{number}.{ending}" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, "utf-8")
    return list(map(str, paths))


def test_svg_is_xml(drawings: list[Drawing], tmp_path: Path) -> None:
    texts = list(map(svg, drawings))
    for text in texts:
        tags = {element.tag.removeprefix(NAMESPACE) for element in ElementTree.fromstring(text).iter()}
        assert tags == {"svg", "title", "style", "path", "rect", "text", "g"}
    if shutil.which("xmllint") is None:
        pytest.skip("xmllint is not installed")
    run("xmllint", "--noout", *write_all(texts, tmp_path, "svg"))


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_it(drawings: list[Drawing], tmp_path: Path) -> None:
    run("dot", "-Tsvg", "-O", *write_all(list(map(dot, drawings)), tmp_path, "dot"))


@pytest.mark.skipif(not HOME or shutil.which("node") is None, reason="MERMAID_HOME is not set, or node not installed")
def test_mermaid_parses_it(drawings: list[Drawing], tmp_path: Path) -> None:
    script = str(Path(__file__).with_name("parse_mermaid.mjs"))
    run("node", script, HOME, *write_all(list(map(mermaid, drawings)), tmp_path, "mmd"))


@given(st.text(min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_name_stays_text(text: str) -> None:
    image = ElementTree.fromstring(svg(draw_names(text)))
    shown = [element.text or "" for element in image.iter(f"{NAMESPACE}text")]
    assert len(shown) > 9
    assert all(printable(text) in words for words in shown)
    assert all(line.isprintable() for line in (dot(draw_names(text)) + mermaid(draw_names(text))).split("\n"))
