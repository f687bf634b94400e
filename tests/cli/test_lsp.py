"""`shapecalc lsp` where its library is not installed; the server itself is tested in `tests/lsp`."""

from __future__ import annotations

import sys

import pytest

from shapecalc.cli.main import main


@pytest.mark.parametrize("missing", ["pygls", "lsprotocol"])
def test_without_its_library_it_says_what_installs_it(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("pygls", "lsprotocol")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "shapecalc.lsp.server", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    assert main(["lsp", "--stdio"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        f"error[SC608] `lsp` needs the package `{missing}`\n"
        "  = help: install it with `pip install 'shapecalc-cli[lsp]'`\n"
    )
