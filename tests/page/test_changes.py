"""The page of a comparison: all that changed stands on it, marked by signs, and names stay text."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.diffs.files import FileChange, FolderDiff
from shapecalc.analysis.diffs.models import Diff, compare_models
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import clean
from shapecalc.formats.pictures.drawing import AROUND, walk_boxes
from shapecalc.model.load import Library
from shapecalc.page.changes import write_file_page, write_folders_page
from shapecalc.page.union import NEW, OLD, Union, unite
from tests.analysis.diffs.compared import compare
from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc

_VOID = {"meta", "link", "br"}
BLOCK = "Pair: {{units: {}}}\n    repeat: {}"


class Page(HTMLParser):
    """A page that is read: its elements are well nested, and `texts` hold what stands in each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, int]] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.styles: dict[str, list[str]] = {}
        self.texts: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        assert not any(name.startswith("on") for name in given)
        self.styles.setdefault(tag, []).append(given.get("class") or "")
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if "href" in given and tag == "a":
            self.links.append(str(given["href"]))
        if tag not in _VOID:
            self.open.append((tag, len(self.words)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.styles.setdefault(tag, []).append(dict(attrs).get("class") or "")

    def handle_endtag(self, tag: str) -> None:
        opened, start = self.open.pop()
        assert opened == tag
        self.texts.setdefault(tag, []).append("".join(self.words[start:]))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page_of(diff: Diff) -> Page:
    return Page(write_file_page(change_of(diff), None))


def change_of(diff: Diff, path: str = "m.yaml") -> FileChange:
    return FileChange("changed", diff.old, diff.new, (path, path), path, path, diff)


def list_titles(union: Union) -> list[str]:
    """The boxes by their first lines."""
    return [box.title for box in walk_boxes(union.frame)]


def list_arrows(union: Union) -> list[str]:
    """The arrows of the model's own frame, `+` those that came and `-` those that went."""
    names = {box.key: box.name for box in walk_boxes(union.frame)}
    signs = {frozenset({OLD}): "-", frozenset({NEW}): "+", frozenset({OLD, NEW}): "="}
    return [
        f"{signs[way.sides]} {names.get(arrow.source, 'in')}, {names.get(arrow.target, 'out')}"
        for (frame, arrow), way in union.ways.items()
        if frame == ""
    ]


def test_each_layer_has_its_sign_in_the_picture() -> None:
    union = unite(compare("dense 4 a; dense 5 gone; dense 6 b", "dense 4 a; dense 7 b; ReLU: {name: new}"))
    assert list_titles(union) == [
        "input (InputLayer)",
        "a (Dense)",
        "- gone (Dense)",
        "~ b (Dense)",
        "+ new (ReLU)",
        "~ output",
    ]
    assert list_arrows(union) == [
        "= input, a",
        "- a, - gone",
        "- - gone, ~ b",
        "+ a, ~ b",
        "+ ~ b, + new",
        "- ~ b, ~ output",
        "+ + new, ~ output",
    ]


def test_what_changed_in_a_box_stands_with_what_it_was() -> None:
    union = unite(compare("dense 4 a", "dense 6 a"))
    box = union.frame.boxes[1]
    assert box.lines == ("~ a (Dense)", "(None, 4) → (None, 6)", "16 params → 24 params")


def test_rounds_of_the_same_change_are_one_box_that_is_open() -> None:
    union = unite(compare(BLOCK.format(8, 12), BLOCK.format(9, 12)))
    assert list_titles(union)[1] == "pair (Pair) × 12"
    assert [title for title in list_titles(union) if title.startswith("~")] == ["~ dense (Dense)", "~ dense_1 (Dense)"]


def test_rounds_that_came_are_one_box_that_is_closed() -> None:
    union = unite(compare(BLOCK.format(8, 2), BLOCK.format(8, 24)))
    assert list_titles(union) == [
        "input (InputLayer)",
        "pair/0 ... 1 (Pair) × 2",
        "+ pair/2 ... 23 (Pair) × 22",
        "output",
    ]


def test_an_equal_block_stays_closed() -> None:
    union = unite(compare("Long; dense 4 a", "Long; dense 5 a"))
    assert list_titles(union)[1] == "long (Long)"
    assert all(box.inside is None for box in union.frame.boxes)


def test_layers_that_changed_places_are_drawn_without_a_circle() -> None:
    old = "dense 3 a; ReLU: {name: b}; dense 3 c"
    new = "ReLU: {name: b}; dense 3 a; dense 3 c"
    diff = compare(old, new)
    require_both_graphs(diff)
    page_of(diff)


def test_a_table_links_to_the_derivations_of_both_sides() -> None:
    page = page_of(compare("dense 5 l", "dense 10 l"))
    assert page.links == ["#layer0", "#layer0"]
    assert page.ids == ["layer0"]
    before, after = page.texts["pre"]
    assert "kernel  features × units  3 × 5" in before
    assert "20" in before
    assert "kernel  features × units  3 × 10" in after
    assert "40" in after
    assert page.texts["summary"] == ["~ l (Dense)"]
    assert page.styles["tr"][-1] == "changed"
    assert page.texts["tr"][-1] == "~l (Dense)(None, 10)+20+15+100 Bunits 5 → 10output (None, 5) → (None, 10)"


def test_totals_stand_before_and_after() -> None:
    page = page_of(compare("dense 5", "dense 10"))
    assert page.texts["tr"][:2] == ["TotaloldnewΔ", "Params2040+20"]


def test_equal_models_have_no_picture() -> None:
    page = page_of(compare("dense 5", "dense 5"))
    assert "No differences in 2 layers." in page.texts["p"]
    assert "svg" not in page.tags
    assert "details" not in page.tags


def test_folders_have_a_section_for_each_file_that_differs() -> None:
    changed, equal = compare("dense 5", "dense 6"), compare("dense 5", "dense 5")
    changes = [
        change_of(changed, "a.yaml"),
        change_of(equal, "b.yaml")._replace(kind="equal"),
        FileChange("added", None, equal.new, (None, "c.yaml"), "c.yaml", "c.yaml"),
    ]
    page = Page(write_folders_page(FolderDiff(("old", "new"), ({}, {}), changes, [])))
    assert page.texts["h2"] == ["a.yaml", "c.yaml"]
    assert page.texts["h1"] == ["old → new"]
    assert page.ids == ["file0", "file0layer0", "file1"]
    assert {link[1:] for link in page.links} == set(page.ids)
    assert "Added: a model of 2 layers." in page.texts["p"]


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</svg></details>",
        "\x1b[31mred",
        "\u202eevil",
        "a\nb",
        "TITLE BODY",
    ],
)
def test_names_stay_text(name: str) -> None:
    def look_up(*words: str) -> Report:
        layer = f"  - StringLookup: {{vocabulary: {json.dumps(words)}, name: look}}\n"
        inputs = "inputs: {x: {shape: [], dtype: string}}\n"
        return analyse(Library().parse(f"name: {json.dumps(name)}\n{inputs}layers:\n{layer}", f"{name}.yaml"))

    text = write_file_page(change_of(compare_models(look_up(name), look_up(name, "b")), name), None)
    assert all(line.isprintable() for line in text.split("\n"))
    page = Page(text)
    assert not {"script", "img"} & set(page.tags)
    shown = clean(name)
    assert page.texts["h1"] == page.texts["title"][:1] == [f"{shown}.yaml → {shown}.yaml"]
    assert shown.split("\\")[0] in page.texts["tr"][-1]
    assert f"{shown}.yaml:4" in page.texts["pre"][0]


def test_nothing_is_fetched_and_no_script_runs() -> None:
    text = write_file_page(change_of(compare("dense 5", "dense 6")), None)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert "http://" not in text
    assert "https://" not in text


def test_on_the_command_line(shapecalc: Command) -> None:
    for name, units in (("old.yaml", 5), ("new.yaml", 10)):
        Path(name).write_text(f"input: [3]\nlayers:\n  - Dense: {{units: {units}}}\n", "utf-8")
    answer = shapecalc("diff", "old.yaml", "new.yaml", "--output-format", "html", "--exit-code")
    assert answer.code == 1
    assert Page(answer.out).texts["h1"] == ["old.yaml → new.yaml"]
    Path("a").mkdir()
    Path("b").mkdir()
    Path("old.yaml").rename("a/m.yaml")
    Path("new.yaml").rename("b/m.yaml")
    assert Page(shapecalc("diff", "a", "b", "--output-format", "html").out).texts["h2"] == ["m.yaml"]
    refused = shapecalc("diff", "a.npz", "b.npz", "--weights", "--output-format", "html")
    assert refused.code == 2
    assert "--weights has no page" in refused.err


@st.composite
def graphs(draw: st.DrawFn) -> str:
    """A model of layers by a few names in any order, each fed some of those above."""
    names = draw(st.permutations(["a", "b", "c", "d", "e", "f"]))[: draw(st.integers(2, 6))]
    lines, above = [], ["input"]
    for name in names:
        sources = draw(st.lists(st.sampled_from(above), min_size=1, max_size=2, unique=True))
        kind = "Add" if len(sources) > 1 else draw(st.sampled_from(["ReLU", "Dense"]))
        args = f"{{name: {name}, units: 3}}" if kind == "Dense" else f"{{name: {name}}}"
        lines.append(
            f"  - {kind}: {args}\n    from: [{', '.join(sources)}]\n".replace(
                f"from: [{sources[0]}]", f"from: {sources[0]}"
            )
        )
        above.append(name)
    outputs = draw(st.lists(st.sampled_from(above[1:]), min_size=1, max_size=2, unique=True))
    return f"input: [3]\nlayers:\n{''.join(lines)}outputs: {{{', '.join(f'{name}_out: {name}' for name in outputs)}}}\n"


@settings(max_examples=40, deadline=None)
@given(graphs(), graphs())
def test_every_layer_and_arrow_of_both_models_is_drawn(old: str, new: str) -> None:
    before, after = (analyse(Library().parse(text, "m.yaml")) for text in (old, new))
    diff = compare_models(before, after)
    require_both_graphs(diff)
    page = page_of(diff)
    for change in diff.changes:
        if change.kind != "equal":
            assert any(change.row.name in text for text in page.texts["details"])


def require_both_graphs(diff: Diff) -> None:
    """The picture's boxes, and its arrows by side, are those of the models; sources come before targets."""
    union = unite(diff)
    order = {box.key: number for number, box in enumerate(union.frame.boxes)}
    assert all(order[arrow.source] < order[arrow.target] for arrow in union.frame.arrows if AROUND not in arrow)
    for side, report in ((OLD, diff.old), (NEW, diff.new)):
        assert report.walk is not None
        expected = [(row.node.index, source.node) for row in report.rows for source in row.walk.sources_of(row.node)]
        rows = {key: (change.old, change.new)[side] for key, changes in union.changes.items() for change in changes}
        drawn = [
            (arrow.source, arrow.target) if way.turned else (arrow.target, arrow.source)
            for (_, arrow), way in union.ways.items()
            if side in way.sides and not arrow.target.startswith("out")
        ]
        found = [(rows[end], rows[start]) for end, start in drawn]
        indices = {(end.node.index, start.node.index) for end, start in found if end is not None and start is not None}
        assert indices == set(expected)
    titles = [box.title for box in union.frame.boxes]
    assert len(titles) == len(diff.changes) + len({**diff.old.outputs, **diff.new.outputs})
