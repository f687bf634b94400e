"""Values on one line of YAML."""

from __future__ import annotations

import json
import re
from typing import Any

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "none", "nan", "inf"))


class Written(str):
    """Text that is YAML already: it goes as it stands."""

    __slots__ = ()


def flow(value: Any) -> str:
    """Plain data, numbers, text, lists and mappings, as flow YAML that reads back as the same."""
    if isinstance(value, Written):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return word(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    return repr(value)


def word(text: str) -> str:
    """Text as it is where YAML reads it as text, else in quotes."""
    return text if _PLAIN.match(text) and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)
