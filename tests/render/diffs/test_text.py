"""Comparisons as text: in colour, without, and on a terminal of 80 columns."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from shapecalc.analysis.diffs.files import FolderDiff
from shapecalc.render.diffs.text import file_text, folders_text
from shapecalc.render.table import Terminal
from tests.render.diffs.test_markdown import change_of

COLOURED = Terminal(None, "standard")
GREEN, RED, YELLOW = "\x1b[32m", "\x1b[31m", "\x1b[33m"
OLD, NEW = "dense 4 a; Dropout: {rate: 0.5}; dense 9 b", "dense 8 a; dense 3 c; dense 3 b; ReLU"


def test_colour_says_what_the_signs_say() -> None:
    text = file_text(change_of(OLD, NEW), None, COLOURED)
    rows = {row.split("│")[2].strip(): row.split("│") for row in text.split("\n") if "│" in row}
    signs = {name: cells[1].strip() for name, cells in rows.items()}
    assert signs == {
        f"{YELLOW}a (Dense)\x1b[0m": f"{YELLOW}~\x1b[0m",
        f"{RED}dropout (Dropout)\x1b[0m": f"{RED}-\x1b[0m",
        f"{GREEN}c (Dense)\x1b[0m": f"{GREEN}+\x1b[0m",
        f"{YELLOW}b (Dense)\x1b[0m": f"{YELLOW}~\x1b[0m",
        f"{GREEN}re_lu (ReLU)\x1b[0m": f"{GREEN}+\x1b[0m",
        "": "",
    }
    assert f"{GREEN}+27\x1b[0m" in rows[f"{GREEN}c (Dense)\x1b[0m"][4]
    assert f"{RED}-33\x1b[0m" in rows[f"{YELLOW}b (Dense)\x1b[0m"][4]


def test_colours_are_seen_on_light_and_on_dark_ground() -> None:
    text = folders_text(FolderDiff(("a", "b"), ({}, {}), [change_of(OLD, NEW)], []), COLOURED)
    assert set(re.findall(r"\x1b\[([\d;]*)m", text)) <= {"0", "1", "31", "32", "33"}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_narrow_terminal_has_room_for_all(width: int) -> None:
    change = change_of(
        "{Pair: {name: encoder_of_images, units: 8000}, repeat: 12}; dense 200 head",
        "{Pair: {name: encoder_of_images, units: 12000}, repeat: 24}; dense 200 classifier",
    )
    text = folders_text(FolderDiff(("a", "b"), ({}, {}), [change], []), Terminal(width)) + file_text(
        change, None, Terminal(width)
    )
    assert max(map(cell_len, text.split("\n"))) <= width
    for word in ("encoder_", "images", "Pair", "classifier", "8000", "12000", "24", "+1,344,036"):
        assert word in text


def test_the_signs_stand_without_colour() -> None:
    text = file_text(change_of(OLD, NEW), None, Terminal())
    assert "\x1b" not in text
    signs = [row.split("│")[1].strip() for row in text.split("\n") if "│" in row]
    assert [sign for sign in signs if sign] == ["~", "-", "+", "~", "+"]
