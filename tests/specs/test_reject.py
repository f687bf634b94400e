"""Every spec in `specs/reject` gives exactly the findings that stand beside it.

`SHAPECALC_UPDATE=1` writes the `.out` files anew instead: read the difference before it is committed.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from shapecalc.cli.main import main
from shapecalc.diagnostics.codes import CODES

ROOT = Path(__file__).parents[2]
REJECT = ROOT / "specs" / "reject"
SPECS = sorted(path.stem for path in REJECT.glob("*.yaml"))
NOT_FROM_A_SPEC = {
    "SC502", "SC507", "SC508", "SC509", "SC510", "SC511", "SC512", "SC514", "SC603", "SC605", "SC606", "SC607", "SC608",
    "SC609", "SC610", "SC611", "SC612", "SC613", "SC614", "SC615", "SC616",
}  # fmt: skip
"""Codes of disagreement, searches, sweeps, differences, `--set`, budgets, memory, arrays, output, options, notations,
faults of the tool, weight files, code in model files: no spec file alone can cause them."""


@pytest.mark.parametrize("name", SPECS)
def test_the_findings_are_those_that_stand_beside_it(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    code = main(["check", "--quiet", f"specs/reject/{name}.yaml"])
    gc.enable()
    printed = capsys.readouterr()
    beside = REJECT / f"{name}.out"
    if os.environ.get("SHAPECALC_UPDATE") == "1":
        beside.write_text(printed.out, "utf-8")
    assert printed.out == beside.read_text("utf-8")
    assert printed.err == ""
    errors = " error[SC" in printed.out
    assert code == (2 if "[SC601]" in printed.out else 1 if errors else 0)


def test_every_file_of_findings_has_its_spec() -> None:
    assert sorted(path.stem for path in REJECT.glob("*.out")) == SPECS


def test_every_code_that_a_spec_can_cause_has_a_spec() -> None:
    printed = "".join(path.read_text("utf-8") for path in REJECT.glob("*.out"))
    assert {code for code in CODES if f"[{code}]" not in printed} == NOT_FROM_A_SPEC


def test_nothing_printed_is_wider_than_a_screen_allows() -> None:
    """A header may be long, since it is one sentence; a help text that wraps thrice is not read."""
    for path in REJECT.glob("*.out"):
        for line in path.read_text("utf-8").splitlines():
            assert len(line) <= 200, f"{path.name}: {line}"
