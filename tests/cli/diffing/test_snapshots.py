"""Telling cases, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.render.diffs.snapshots import CASES, HERE, STYLES, write_files


@pytest.mark.parametrize("suffix", STYLES)
@pytest.mark.parametrize("name", CASES)
def test_what_is_printed(shapecalc: Command, tmp_path: Path, name: str, suffix: str) -> None:
    write_files(tmp_path)
    code, out, err = shapecalc("diff", *CASES[name], "--output-format", STYLES[suffix])
    assert (code, err) == (0, "")
    assert out == (HERE / f"{name}.{suffix}").read_text("utf-8")
