"""What Keras's constructors and calls take, as recorded by `tests/golden/signatures.py`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.render.catalogue import doc_of

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

OF_KERAS_1 = "TimeDistributedDense"
"""Kept for old specs, with a warning: Keras has a page that names it, and no such class to record any more."""


def has_keras_page(layer_type: type[Layer]) -> bool:
    """Whether the docstring of a type gives its page at keras.io, which says that Keras has it."""
    return re.search(r"https://keras\.io/api/\S+", doc_of(layer_type)) is not None


OURS = {name for name in CATALOGUE if (layer_type := find(name)) is not None and not has_keras_page(layer_type)}
"""Types that Keras has not: nothing is recorded of them, and their tests say what they compute."""
