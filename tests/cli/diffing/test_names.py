"""Names that mean something to GitHub stay names in a comment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.render.diffs.github import list_rows, list_tokens, require_plain

NAMES = [
    "a|b.yaml", "`c`.yaml", "``.yaml", "<script>.yaml", "@someone.yaml", "#123.yaml", "deadbeef1234.yaml", "*x*.yaml",
    "_y_.yaml", "~~z~~.yaml", "[l](u).yaml", "www.e.com.yaml", ":tada:.yaml", "$a$.yaml", "GH-1.yaml", "a@b.co.yaml",
    "\u202ertl.yaml", "line\nbreak.yaml", "a\\b.yaml", "</details>.yaml", "- x.yaml", "1. y.yaml", "&amp;.yaml",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_of_files_are_text(shapecalc: Command, tmp_path: Path, name: str) -> None:
    model = "name: '@all #1 `x` | <b>'\ninput: [3]\nlayers:\n  - ReLU: {name: a}\n  - Dense: {units: 2}\n"
    for folder, units in (("old", 2), ("new", 3)):
        (tmp_path / folder / "in").mkdir(parents=True)
        (tmp_path / folder / "in" / name.replace("/", "_")).write_text(model.replace("units: 2", f"units: {units}"))
    file = f"in/{name.replace('/', '_')}"
    shown = file.encode("unicode_escape").decode() if not name.isprintable() else file
    out = shapecalc("diff", "old", "new", "--output-format", "markdown").out
    require_plain(out)
    (row,) = [row for row in list_rows(out) if row[-1] == "layers: 1 changed"]
    assert (len(row), row[1]) == (7, shown.replace("|", "&#124;") if "&#" in row[1] else shown)
    assert out.count("<details>") == out.count("</details>") == 1
    single = shapecalc("diff", f"old/{file}", f"new/{file}", "--output-format", "markdown").out
    require_plain(single)
    assert [token.content for token in list_tokens(single) if token.type == "code_inline"][:2] == [
        f"old/{shown}", f"new/{shown}",
    ]  # fmt: skip
