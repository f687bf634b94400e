"""`shapecalc view`: where the page goes, and what is said beside it; what stands on it is tested in tests/page."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Command

CONFIG = {
    "model_type": "gpt2",
    "n_embd": 8,
    "n_head": 2,
    "n_layer": 2,
    "n_positions": 16,
    "vocab_size": 11,
    "n_ctx": 16,
    "quantization_config": {"quant_method": "fp8"},
}


def test_notes_of_a_file_are_said_once(tmp_path: Path, shapecalc: Command) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG), encoding="utf-8")
    done = shapecalc("view", str(config), "--out", str(tmp_path / "page.html"), "--no-open")
    assert done.code == 0
    assert done.err.count("`quantization_config`") == 1


def test_the_page_of_standard_input_goes_to_standard_output(shapecalc: Command) -> None:
    done = shapecalc("view", "-", "--out", "-", stdin="name: tiny\ninput: [4]\nlayers:\n  - Dense: {units: 2}\n")
    assert done.code == 0
    assert done.out.startswith("<!doctype html>\n")
    assert "<title>tiny</title>" in done.out


def test_a_model_that_is_wrong_leaves_no_page(tmp_path: Path, shapecalc: Command) -> None:
    out = tmp_path / "page.html"
    done = shapecalc("view", "-", "--out", str(out), "--no-open", stdin="input: [4]\nlayers:\n  - Dense: {units: 0}\n")
    assert done.code == 1
    assert "units" in done.err
    assert not out.exists()
