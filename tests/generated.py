"""Writes the generated files, or with `--check` says which are not what the code gives: `python -m tests.generated`."""

from __future__ import annotations

import sys
from pathlib import Path

from shapecalc.render.spec_schema import schema_text
from tests.contracts import sentences
from tests.golden.coverage import TARGET, counts_text

ROOT = Path(__file__).parents[1]


def generated() -> dict[Path, str]:
    """Every generated file with its text."""
    return {
        ROOT / "specs" / "schema.json": schema_text(),
        TARGET: counts_text(),
        sentences.FILE: sentences.write_sentences(),
    }


def main(check: bool) -> int:
    stale = [path for path, text in generated().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        name = path.relative_to(ROOT)
        print(f"{name} is out of date: run `python -m tests.generated`" if check else f"wrote {name}")
        if not check:
            path.write_text(generated()[path], "utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
