"""What Keras's constructors and calls take, as recorded by `tests/golden/signatures.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parents[1] / "golden" / "data" / "signatures.json"


class Needed:
    """The default of an argument that has none."""


NEEDED = Needed()


def _by_name(rows: list[list[Any]]) -> dict[str, Any]:
    return {row[0].lstrip("*"): row[1] if len(row) > 1 else NEEDED for row in rows}


SIGNATURES: dict[str, dict[str, dict[str, Any]]] = {
    name: {part: _by_name(rows) for part, rows in parts.items()}
    for name, parts in json.loads(RECORDED.read_text(encoding="utf-8"))["types"].items()
}
"""Type to `init` (the constructor's own arguments), `base` (those of its bases) and `call`, each name to default."""
