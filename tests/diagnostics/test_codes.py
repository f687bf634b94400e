"""The register of codes and its pages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from shapecalc.diagnostics.codes import CODES, Page
from shapecalc.document.read import read

PACKAGE = Path(__file__).parents[2] / "shapecalc"


@pytest.mark.parametrize("code", CODES)
def test_every_page_is_filled_in(code: str) -> None:
    page = CODES[code]
    assert re.fullmatch(r"SC[1-6]\d\d", code)
    assert page.title[0].isupper()
    assert not page.title.endswith(".")
    for sentence in (page.checks, page.why, page.fix):
        assert sentence[0].isupper() or sentence[0] == "`"
        assert sentence.endswith(".")
    assert page.example.startswith("$ shapecalc ") or ":" in page.example


def test_titles_are_unique() -> None:
    titles = [page.title for page in CODES.values()]
    assert len(set(titles)) == len(titles)


def test_every_code_in_the_source_has_a_page() -> None:
    used = {code for file in PACKAGE.rglob("*.py") for code in re.findall(r"\bSC\d{3}\b", file.read_text("utf-8"))}
    assert "SC101" in used
    assert used <= set(CODES)


@pytest.mark.parametrize("code", ["SC101", "SC102", "SC103", "SC104", "SC105", "SC106", "SC107"])
def test_the_example_of_a_text_code_has_this_fault(code: str) -> None:
    assert [found.code for found in read(CODES[code].example, "example.yaml").diagnostics] == [code]


@pytest.mark.parametrize("code", [code for code, page in CODES.items() if not page.example.startswith("$ ")][7:])
def test_the_other_examples_are_yaml(code: str) -> None:
    assert read(CODES[code].example, "example.yaml").diagnostics == []


def test_the_pages_are_not_loaded_before_they_are_asked_for() -> None:
    program = "import sys, shapecalc.document.read; print('shapecalc.diagnostics.codes' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"


def test_a_page_is_an_error_unless_it_says_otherwise() -> None:
    assert Page("T", "c", "w", "e", "f").severity == "error"
    assert {code for code, page in CODES.items() if page.severity == "warning"} == {
        "SC209",
        "SC213",
        "SC214",
        "SC505",
        "SC506",
        "SC508",
        "SC513",
        "SC515",
        "SC611",
        "SC612",
    }
    assert {code for code, page in CODES.items() if page.severity == "note"} == {"SC503", "SC510", "SC615", "SC616"}
