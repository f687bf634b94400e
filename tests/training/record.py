"""Record what each case keeps for the backward pass: `python -m tests.training.record [FAMILY...]`.

Needs keras and torch. Writes `data/FAMILY.json`: of each case the bytes that it keeps where its inputs need no
gradient, and where they need one; null where Keras on PyTorch cannot run it.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

from tests.golden.cases import digest, families
from tests.training.cases import list_cases
from tests.training.measure import measure_case

DATA = Path(__file__).resolve().parent / "data"


def record_family(family: str) -> dict[str, list[list[object]]]:
    """Of each type, for each case that Keras takes: its digest and the bytes kept without and with gradients."""
    rows: dict[str, list[list[object]]] = {}
    for kind, cases in list_cases(family).items():
        rows[kind] = []
        for case in cases:
            kept: list[int | None] = []
            for needs_grad in (False, True):
                try:
                    kept.append(measure_case(kind, case, needs_grad))
                except Exception as error:  # a kernel that PyTorch lacks on a processor, or a fault of Keras's
                    print(f"{kind} {case}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
                    kept.append(None)
            rows[kind].append([digest(case), *kept])
    return rows


def main(names: list[str]) -> None:
    warnings.simplefilter("ignore")
    DATA.mkdir(exist_ok=True)
    for family in names or families():
        rows = record_family(family)
        lines = [
            f"{json.dumps(kind)}: [\n" + ",\n".join(map(json.dumps, cases)) + "\n]" for kind, cases in rows.items()
        ]
        (DATA / f"{family}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        print(family, sum(map(len, rows.values())))


if __name__ == "__main__":
    main(sys.argv[1:])
