"""The golden cases of every layer type counted, as `shapecalc layers --coverage` reads them: a generated file."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from shapecalc.layers.catalogue import CATALOGUE
from tests.golden.cases import families, load

DATA = Path(__file__).resolve().parent / "data"
TARGET = DATA.parents[2] / "shapecalc" / "layers" / "coverage.json"


def count_cases() -> dict[str, Any]:
    """Recorded cases and chains: by type, a chain for every type in it, and the number of all chains."""
    cases: Counter[str] = Counter()
    chains: Counter[str] = Counter()
    total = 0
    for family in families():
        recorded = json.loads((DATA / f"{family}.json").read_text(encoding="utf-8"))
        cases.update({name: len(rows) for name, rows in recorded["cases"].items()})
        for chain in load(family).CHAINS:
            if chain["name"] in recorded["chains"]:
                total += 1
                chains.update({entry if isinstance(entry, str) else next(iter(entry)) for entry in chain["layers"]})
    return {"chains": total, "types": {name: [cases[name], chains[name]] for name in CATALOGUE}}


def counts_text() -> str:
    """The JSON text, a type a line."""
    found = count_cases()
    rows = [f"{json.dumps(name)}: {json.dumps(counts)}" for name, counts in found["types"].items()]
    return f'{{"chains": {found["chains"]}, "types": {{\n' + ",\n".join(rows) + "\n}}\n"
