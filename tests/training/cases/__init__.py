"""What is measured of each layer type: its golden cases, and more where these miss what decides what it keeps.

Modules here are named after families, with more `CASES` by type. Besides the keys of tests/golden/README.md an input
may have an `order`: its axes as they stand in memory, the slowest first. `grad: false` says that it needs no gradient
even where the others do.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec

from tests.golden.cases import Case, load


def list_cases(family: str) -> dict[str, list[Case]]:
    """The cases of each type of a family that Keras takes."""
    cases: dict[str, list[Case]] = {kind: list(golden) for kind, golden in load(family).CASES.items()}
    if find_spec(f"{__name__}.{family}") is not None:
        for kind, more in importlib.import_module(f"{__name__}.{family}").CASES.items():
            cases[kind] = [*cases.get(kind, []), *more]
    return {kind: [case for case in each if not case.get("error")] for kind, each in cases.items()}
