"""JSON text to values, within limits that are checked before values are built: a short text can describe many."""

from __future__ import annotations

import json
from typing import Any

from shapecalc.diagnostics import Fault, error

MAX_VALUES = 2_000_000
"""Of one text: each takes a hundred bytes or so."""
_SIGNS = ",[{"  # one stands before every value but the first


def parse_json(text: str) -> Any:
    """The value in a text. Raises Fault with SC602 beyond the limits, json.JSONDecodeError for what is no JSON."""
    if sum(map(text.count, _SIGNS)) > MAX_VALUES:
        raise _make_fault(f"the JSON has more than {MAX_VALUES:,} values")
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise _make_fault("the JSON nests too deep") from None
    except ValueError:
        raise _make_fault("a number in the JSON has too many digits") from None


def _make_fault(message: str) -> Fault:
    return Fault(error("SC602", message))
