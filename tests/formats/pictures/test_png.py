"""Models as PNG images, by whatever program there is."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

import pytest

from shapecalc.diagnostics import Fault
from shapecalc.formats.pictures.drawing import draw_model
from shapecalc.formats.pictures.png import PROGRAMS, png
from shapecalc.formats.pictures.svg import Picture
from tests.specs.analysed import clean

CHAIN = "input: [4]\nlayers:\n  - Dense: {units: 4}\n"


@pytest.mark.parametrize("program", PROGRAMS)
def test_twice_the_size_of_the_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    drawing = draw_model(clean(CHAIN))
    monkeypatch.setattr("shapecalc.formats.pictures.png.PROGRAMS", {program: PROGRAMS[program]})
    image = png(drawing)
    picture = Picture(drawing)
    assert struct.unpack(">II", image[16:24]) == (2 * picture.width, 2 * picture.height)


def test_where_no_program_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Fault) as raised:
        png(draw_model(clean(CHAIN)))
    (finding,) = raised.value.diagnostics
    assert finding.code == "SC607"
    assert finding.message == "cannot write a PNG image: no program here makes one of an SVG image"
    assert "`--to svg`" in str(finding.help)


@pytest.mark.skipif(os.name == "nt", reason="a program is a script of a shell")
def test_a_program_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "rsvg-convert"
    script.write_text("#!/bin/sh\nexit 3\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Fault) as raised:
        png(draw_model(clean(CHAIN)))
    assert raised.value.diagnostics[0].message == "cannot write a PNG image: rsvg-convert ended with exit code 3"
    script.write_text("#!/bin/sh\necho no image\n")
    with pytest.raises(Fault) as raised:
        png(draw_model(clean(CHAIN)))
    assert raised.value.diagnostics[0].message == "cannot write a PNG image: rsvg-convert gave none"
