"""The page in a browser: what a user sees and does, by mouse and by keyboard, and that no request leaves it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SPECS = Path(__file__).parents[2] / "specs"
HOSTILE = """\
name: "<script>window.hit = 1</script>"
description: "\\u202e<img src=x onerror=window.hit=1>"
input: [4]
layers:
  - Dense: {units: 2, name: d}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("needs Debian's chromium: apt install chromium")
    with api.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


class Shown:
    """A page that is open, with the errors and requests that were seen."""

    def __init__(self, browser: Any, path: Path, link: str = "", **options: Any) -> None:
        self.page = browser.new_page(viewport={"width": 1280, "height": 860}, **options)
        self.seen: list[str] = []
        self.page.on("pageerror", lambda error: self.seen.append(f"error {error}"))
        self.page.on("request", lambda request: self.note(request.url))
        self.page.goto(path.as_uri() + link)

    def note(self, url: str) -> None:
        if not url.startswith(("file:", "data:")):
            self.seen.append(f"request {url}")

    def row(self, name: str) -> str:
        """The text of a row of the table, its cells with a space between."""
        lines: list[str] = self.page.locator("#rows tr").all_inner_texts()
        return next(" ".join(line.split()) for line in lines if name in line)


def make_page(folder: Path, source: str | Path) -> Path:
    out = folder / "page.html"
    if isinstance(source, str):
        spec = folder / "model.yaml"
        spec.write_text(source, encoding="utf-8")
        source = spec
    command = [sys.executable, "-m", "shapecalc", "view", str(source), "--out", str(out), "--no-open"]
    subprocess.run(command, check=True, capture_output=True)
    return out


def assert_fits(shown: Shown) -> None:
    """The page is as wide as a screen and as a telephone, and no wider."""
    for width in (1280, 390):
        shown.page.set_viewport_size({"width": width, "height": 800})
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width


def test_units_of_ten_make_480_and_11(browser: Any, tmp_path: Path) -> None:
    shown = Shown(browser, make_page(tmp_path, SPECS / "tutorial" / "many_to_many.yaml"))
    assert shown.row("lstm") == "lstm (LSTM) (None, 5, 5) 140 95.9% 600"
    shown.page.get_by_label("lstm.units", exact=True).fill("10")
    assert shown.row("lstm").startswith("lstm (LSTM) (None, 5, 10) 480")
    assert " 11 " in shown.row("time_distributed")
    shown.page.locator("#rows tr", has_text="lstm").click()
    detail = shown.page.inner_text("#detail")
    assert "4*units*(features + units + 1)" in detail
    assert "where units = 10, time = 5, features = 1" in detail
    assert shown.page.url.endswith("#lstm?lstm.units=10")
    again = Shown(browser, tmp_path / "page.html", "#lstm?lstm.units=10")
    assert "480" in again.row("lstm")
    again.page.get_by_role("button", name="Sizes as written").click()
    assert "140" in again.row("lstm")
    assert shown.seen == again.seen == []


def test_a_slider_moves_every_number(browser: Any, tmp_path: Path) -> None:
    shown = Shown(browser, make_page(tmp_path, SPECS / "tutorial" / "many_to_many.yaml"))
    slide = shown.page.get_by_label("lstm.units, slide")
    slide.focus()
    for _ in range(5):
        slide.press("ArrowRight")
    assert shown.row("lstm").startswith("lstm (LSTM) (None, 5, 10) 480")
    assert "params 491" in shown.page.inner_text("#totals")


def test_blocks_open_in_the_graph_and_in_the_table(browser: Any, tmp_path: Path) -> None:
    shown = Shown(browser, make_page(tmp_path, SPECS / "models" / "gpt2_small.yaml"))
    boxes = shown.page.locator("#canvas .box")
    closed = boxes.count()
    shown.page.get_by_role("button", name="Open blocks").click()
    assert boxes.count() > closed + 5
    shown.page.get_by_role("button", name="Close blocks").click()
    assert boxes.count() == closed
    row = shown.page.locator("#rows tr", has_text="12 rounds")
    row.focus()
    row.press("ArrowRight")
    assert shown.page.locator("#rows tr", has_text="layer/11").count() == 1
    shown.page.fill("#search", "multihead")
    assert "multi_head_attention" in shown.page.inner_text("#rows")
    assert shown.page.inner_text("#hits") == "12 found"
    shown.page.locator("#rows tr", has_text="multi_head_attention").first.press("Enter")
    assert shown.page.locator("#canvas .box.picked").count() == 1
    assert shown.seen == []


def test_a_size_that_breaks_what_a_layer_needs_is_said_there(browser: Any, tmp_path: Path) -> None:
    text = "input: [6]\nlayers:\n  - Dense: {units: 6}\n  - Add: {name: sum}\n    from: [input, prev]\n"
    shown = Shown(browser, make_page(tmp_path, text))
    shown.page.get_by_label("dense.units", exact=True).fill("7")
    assert shown.page.locator("#rows tr.broken").all_inner_texts()[0].startswith("sum (Add)")
    shown.page.locator("#rows tr", has_text="sum").click()
    assert "At these sizes this does not hold" in shown.page.inner_text("#detail")


def test_no_arrow_in_an_open_block_points_at_nothing(browser: Any, tmp_path: Path) -> None:
    """What leaves a block goes to the edge of its frame, where the arrow to the next box begins."""
    text = """\
input: [4]
blocks:
  Pair:
    layers:
      - Dense: {units: 4}
      - Dense: {units: 4, name: a_second_one_with_a_long_name}
layers:
  - Pair
  - Dense: {units: 1}
"""
    shown = Shown(browser, make_page(tmp_path, text))
    shown.page.get_by_role("button", name="Open blocks").click()
    ends = shown.page.evaluate(
        """[...document.querySelectorAll("#canvas path.edge")].map((path) => {
          const at = path.getPointAtLength(path.getTotalLength()).matrixTransform(path.getCTM());
          const start = path.getPointAtLength(0).matrixTransform(path.getCTM());
          return [path.hasAttribute("marker-end"), [start.x, start.y].join(), [at.x, at.y].join()];
        })"""
    )
    (end,) = (end for has_tip, _, end in ends if not has_tip)
    assert end in [start for _, start, _ in ends]
    assert shown.seen == []


def test_what_is_no_size_is_said(browser: Any, tmp_path: Path) -> None:
    shown = Shown(browser, make_page(tmp_path, SPECS / "tutorial" / "many_to_many.yaml"))
    field = shown.page.get_by_label("lstm.units", exact=True)
    for text in ("0", "-3", "5.5", "1000000000000000001"):
        field.fill("10")
        assert shown.page.inner_text("#refused") == ""
        field.fill(text)
        assert shown.page.inner_text("#refused").endswith("what is shown is for 10")
        assert shown.row("lstm").startswith("lstm (LSTM) (None, 5, 10) 480")
    field.fill("1e3")
    assert shown.row("lstm").startswith("lstm (LSTM) (None, 5, 1000) 4,008,000")
    field.fill("")
    assert shown.row("lstm").startswith("lstm (LSTM) (None, 5, 5) 140")
    assert shown.page.inner_text("#refused") == ""
    field.fill(str(10**18))
    assert shown.row("lstm (").split()[2:5] == ["(None,", "5,", f"{10**18})"]
    assert shown.seen == []


def test_an_axis_that_is_too_long_is_said_at_its_layer(browser: Any, tmp_path: Path) -> None:
    text = "input: [8, 4]\nlayers:\n  - Dense: {units: 6}\n  - Flatten\n"
    shown = Shown(browser, make_page(tmp_path, text))
    shown.page.get_by_label("dense.units", exact=True).fill(str(10**18))
    assert [line.split("\t")[0] for line in shown.page.locator("#rows tr.broken").all_inner_texts()] == [
        "flatten (Flatten)"
    ]


def test_weights_without_numbers_are_said_at_their_layer(browser: Any, tmp_path: Path) -> None:
    text = """\
args: {features: 12, heads: 4}
input: [5, $features]
layers:
  - MultiHeadAttention: {num_heads: $heads, key_dim: $features // $heads, name: attend}
    from: [input, input]
"""
    shown = Shown(browser, make_page(tmp_path, text))
    assert shown.page.locator("#rows tr.broken").count() == 0
    shown.page.get_by_label("features", exact=True).fill("3")
    assert shown.page.locator("#rows tr.broken").count() == 1
    shown.page.locator("#rows tr", has_text="attend").click()
    assert "an axis of its weights is less than 1" in shown.page.inner_text("#detail")


def test_layers_in_wrappers_open_and_their_box_is_that_of_the_wrapper(browser: Any, tmp_path: Path) -> None:
    text = "input: [5, 3]\nlayers:\n  - RNN: {cell: [{LSTMCell: {units: 4}}, {GRUCell: {units: 3}}]}\n"
    shown = Shown(browser, make_page(tmp_path, text), "#rnn/stacked_rnn_cells/gru_cell")
    assert shown.row("gru_cell").startswith("gru_cell (GRUCell) (None, 3), (None, 3) 81")
    assert "3*units*(features + units + 2)" in shown.page.inner_text("#detail")
    assert shown.page.locator("#canvas .box.picked").get_attribute("aria-label").startswith("rnn (RNN)")
    assert shown.seen == []


def test_names_stay_text(browser: Any, tmp_path: Path) -> None:
    shown = Shown(browser, make_page(tmp_path, HOSTILE))
    assert shown.page.evaluate("window.hit") is None
    assert shown.page.inner_text("h1") == "<script>window.hit = 1</script>"
    assert shown.page.locator("img").count() == 0
    assert shown.seen == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_the_screen(browser: Any, tmp_path: Path, scheme: str) -> None:
    path = make_page(tmp_path, SPECS / "models" / "resnet50.yaml")
    assert path.stat().st_size < 300_000
    shown = Shown(browser, path, color_scheme=scheme)
    assert_fits(shown)
    assert shown.seen == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["tutorial/many_to_many", "models/resnet50", "models/gpt2_small"])
def test_everything_is_reached_without_a_mouse_or_a_screen(
    browser: Any, tmp_path: Path, name: str, scheme: str
) -> None:
    """axe-core, which looks for what keyboards and screen readers cannot reach, finds nothing."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    shown = Shown(browser, make_page(tmp_path, SPECS / f"{name}.yaml"), color_scheme=scheme)
    shown.page.locator("#rows tr").nth(1).click()
    found = axe.Axe().run(shown.page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def test_what_is_printed_is_dark_on_white(browser: Any, tmp_path: Path) -> None:
    """Also where the screen is dark, so that paper and ink agree."""
    shown = Shown(browser, make_page(tmp_path, SPECS / "models" / "gpt2_small.yaml"), color_scheme="dark")

    def read_fill(selector: str) -> list[int]:
        fill = f"getComputedStyle(document.querySelector('{selector}')).fill"
        return [int(part) for part in re.findall(r"\d+", shown.page.evaluate(fill))[:3]]

    assert max(read_fill("#canvas .box rect")) < 120
    assert min(read_fill("#canvas .box text")) > 200
    shown.page.emulate_media(media="print")
    assert min(read_fill("#canvas .box rect")) > 200
    assert max(read_fill("#canvas .box text")) < 60
    assert not shown.page.locator("#sizes").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_box_of_a_comparison_opens_its_derivations(browser: Any, tmp_path: Path, scheme: str) -> None:
    for name, units in (("old", 5), ("new", 10)):
        text = f"input: [5, 1]\nlayers:\n  - LSTM: {{units: {units}}}\n  - Dense: {{units: 1}}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "shapecalc", "diff", "old.yaml", "new.yaml", "--output-format", "html"]
    page = subprocess.run(command, check=True, capture_output=True, cwd=tmp_path).stdout
    (tmp_path / "changes.html").write_bytes(page)
    shown = Shown(browser, tmp_path / "changes.html", color_scheme=scheme)
    derivation = shown.page.locator("pre", has_text="4*units*(features + units + 1)")
    assert derivation.first.is_hidden()
    box = shown.page.locator("svg a", has_text="~ lstm (LSTM)")
    box.focus()
    box.press("Enter")
    assert "140" in derivation.first.inner_text()
    assert "480" in derivation.last.inner_text()
    assert derivation.last.is_visible()
    assert_fits(shown)
    assert shown.seen == []
