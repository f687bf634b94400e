"""Every spec in `specs/reject` gives exactly the findings that stand beside it.

`SHAPECALC_UPDATE=1` writes the `.out` files anew instead: read the difference before it is committed.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from shapecalc.cli.main import main

ROOT = Path(__file__).parents[2]
REJECT = ROOT / "specs" / "reject"
SPECS = sorted(path.stem for path in REJECT.glob("*.yaml"))


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


def test_nothing_printed_is_wider_than_a_screen_allows() -> None:
    """A header may be long, since it is one sentence; a help text that wraps thrice is not read."""
    for path in REJECT.glob("*.out"):
        for line in path.read_text("utf-8").splitlines():
            assert len(line) <= 200, f"{path.name}: {line}"
