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


_DATA: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))

ALIASES: dict[str, str] = _DATA["aliases"]
"""Each name that keras.layers exports and that is not its class's, to that class's name."""

SIGNATURES: dict[str, dict[str, dict[str, Any]]] = {
    name: {part: _by_name(rows) for part, rows in parts.items()} for name, parts in _DATA["types"].items()
}
"""Type to `init` (the constructor's own arguments), `base` (those of its bases) and `call`, each name to default."""
