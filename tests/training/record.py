"""Record what each case keeps for the backward pass: `python -m tests.training.record [--missing] [FAMILY...]`.

Needs keras and torch. Writes `data/FAMILY.json`: of each case the bytes that it keeps where its inputs need no
gradient, and where they need one; null where Keras on PyTorch cannot run it. With `--missing` only those cases are
measured that have no record yet.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

from tests.golden.cases import Case, digest, families
from tests.training.cases import list_cases
from tests.training.measure import measure_case

DATA = Path(__file__).resolve().parent / "data"


Row = list[object]


def read_rows(family: str) -> dict[str, dict[object, Row]]:
    """What was recorded of a family, by type and digest."""
    path = DATA / f"{family}.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {kind: {row[0]: row for row in each} for kind, each in rows.items()}


def record_case(kind: str, case: Case) -> Row:
    """The digest of a case, and the bytes kept without and with gradients."""
    kept: list[int | None] = []
    for needs_grad in (False, True):
        try:
            kept.append(measure_case(kind, case, needs_grad))
        except Exception as error:  # a kernel that PyTorch lacks on a processor, or a fault of Keras's
            print(f"{kind} {case}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
            kept.append(None)
    return [digest(case), *kept]


def record_family(family: str, known: dict[str, dict[object, Row]]) -> dict[str, list[Row]]:
    """The rows of each type, for each case that Keras takes; those `known` are taken as they are."""
    return {
        kind: [known.get(kind, {}).get(digest(case)) or record_case(kind, case) for case in cases]
        for kind, cases in list_cases(family).items()
    }


def main(names: list[str]) -> None:
    warnings.simplefilter("ignore")
    DATA.mkdir(exist_ok=True)
    missing = "--missing" in names
    for family in [name for name in names if name != "--missing"] or families():
        rows = record_family(family, read_rows(family) if missing else {})
        lines = [f"{json.dumps(kind)}: [\n" + ",\n".join(map(json.dumps, each)) + "\n]" for kind, each in rows.items()]
        (DATA / f"{family}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        print(family, sum(map(len, rows.values())))


if __name__ == "__main__":
    main(sys.argv[1:])
