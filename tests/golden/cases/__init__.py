"""The golden cases, one module a family: what is recorded from Keras and compared with shapecalc."""

from __future__ import annotations

import hashlib
import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

Case = dict[str, Any]


def tensor(*shape: int, **keys: Any) -> dict[str, Any]:
    """An input spec: a concrete shape with its batch axis, and the other keys of README.md."""
    return {"shape": list(shape), **keys}


def families() -> list[str]:
    """The families that have a case file; what several of them use, or one has too much of, starts with `_`."""
    return sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))


def load(family: str) -> ModuleType:
    """The case module of a family: `CASES` by layer type, `CHAINS`."""
    return importlib.import_module(f"{__name__}.{family}")


def digest(case: Case) -> str:
    """A short hash of a case, kept with its record: a case changed since it was recorded is found out."""
    return hashlib.sha256(json.dumps(case, sort_keys=True).encode()).hexdigest()[:12]
