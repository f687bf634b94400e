"""Comments that silence findings, in whole specs: what YAML takes for a comment counts as one, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.cli.lsp import judge
from shapecalc.diagnostics import apply_edits
from shapecalc.document.ignores import list_idle, read_ignores
from shapecalc.document.nodes import Document
from shapecalc.document.read import read
from shapecalc.lsp.documents import OpenFiles

SPECS = Path(__file__).parents[2] / "specs"
FILES = sorted((SPECS / "reject").glob("*.yaml")) + sorted((SPECS / "tutorial").glob("*.yaml"))
COMMENT = "  # shapecalc: ignore"
LOSES_A_MASK = """\
input: [5]
layers:
  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}
  - Flatten
  - Dense: {units: 1}
"""


def count(document: Document) -> int:
    ignores = read_ignores(document)
    return 0 if ignores is None else len(ignores.comments)


def values_of(text: str) -> object:
    """What YAML makes of a text, its words and its structure; None where it is none."""
    try:
        events = yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return [(type(event), getattr(event, "value", None), getattr(event, "anchor", None)) for event in events]
    except yaml.YAMLError:
        return None


def judge_comments(text: str) -> None:
    """A comment put at the end of each line counts where YAML reads the same values as without it, and only there."""
    before = values_of(text)
    if before is None:
        return
    lines = text.split("\n")
    written = count(read(text, "a.yaml"))
    for number in range(len(lines)):
        changed = "\n".join([*lines[:number], lines[number] + COMMENT, *lines[number + 1 :]])
        after = values_of(changed)
        document = read(changed, "a.yaml")
        if after is not None and not any(finding.code == "SC101" for finding in document.diagnostics):
            assert count(document) - written == (after == before), changed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_comment_is_what_changes_no_value(path: Path) -> None:
    judge_comments(path.read_text("utf-8"))


PIECES = st.sampled_from(
    ["a: ", "b: ", "- ", "'x'", '"y"', "'", '"', "|", ">-", "\n", "\n  ", "\n    ", "word", "{", "}", "[", "]", ", ",
     COMMENT, COMMENT + "\n", "#", " #", ":", "&n ", "*n", "!t ", "\\", "\u2028", "\r\n", "\t", "é"]
)  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_no_text_breaks_it_and_what_is_found_stands_where_it_says(text: str) -> None:
    document = read(text, "a.yaml")
    ignores = read_ignores(document)
    if ignores is None:
        return
    for comment in ignores.comments:
        line = document.lines[comment.span.line - 1]
        assert line[comment.span.column - 1 : comment.span.end - 1].startswith("# shapecalc: ignore")
    text = document.text
    for _ in range(40):
        ignores = read_ignores(read(text, "a.yaml"))
        left = [] if ignores is None else ignores.faults + list_idle(ignores, [], lambda code: True)
        edits = next((finding.edits for finding in left if finding.edits), None)
        if edits is None:
            return
        before, text = text, apply_edits(text, edits)
        assert values_of(text) == values_of(before)
    raise AssertionError(text)


@settings(deadline=None, max_examples=400)
@given(st.lists(PIECES.filter(lambda piece: COMMENT not in piece), max_size=12).map("".join))
def test_a_comment_is_what_changes_no_value_of_any_text(text: str) -> None:
    judge_comments(text)


def codes_of(text: str) -> list[str]:
    files = OpenFiles(judge)
    files.put("a.yaml", text)
    snapshot = files.snapshot("a.yaml")
    assert snapshot is not None
    return [finding.code for finding in snapshot.findings]


def test_the_server_of_editors_heeds_comments() -> None:
    assert codes_of(LOSES_A_MASK) == ["SC505"]
    silenced = LOSES_A_MASK.replace("- Flatten", "- Flatten  # shapecalc: ignore[SC505]")
    assert codes_of(silenced) == []
    assert codes_of(silenced.replace("  # shapecalc: ignore[SC505]", "")) == ["SC505"]
    assert codes_of(silenced.replace(", mask_zero: true", "")) == ["SC513"]
    assert codes_of(silenced + "  - Dense: {unit: 1}\n") == ["SC202"]  # where something is wrong, nothing is idle
