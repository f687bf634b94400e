"""Plain values written on one line of YAML."""

from __future__ import annotations

import math
import re
from typing import Any

from shapecalc.diagnostics import yaml_escapes

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "none", "nan", "inf"))


class Written(str):
    """Text that is YAML already: it is written as it stands."""

    __slots__ = ()


def is_plain(text: str) -> bool:
    """Whether a text needs no quotes to be read as text."""
    return _PLAIN.match(text) is not None and text.lower() not in _WORDS


def write_flow(value: Any) -> str:
    """Numbers, text, lists and mappings as YAML that reads back as the same."""
    if isinstance(value, Written):
        return str(value)
    if isinstance(value, str):
        if is_plain(value):
            return value
        import json

        return yaml_escapes(json.dumps(value, ensure_ascii=False))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{write_flow(key)}: {write_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(write_flow, value)) + "]"
    return write_number(value)


def write_number(value: float | bool | None) -> str:
    """A number, true, false or null as YAML reads it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value in (math.inf, -math.inf):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)
