"""Plain values written on one line of YAML."""

from __future__ import annotations

import re
from typing import Any

from shapecalc.diagnostics import yaml_escapes

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "none", "nan", "inf"))


class Written(str):
    """Text that is YAML already: it is written as it stands."""

    __slots__ = ()


def write_flow(value: Any) -> str:
    """Numbers, text, lists and mappings as YAML that reads back as the same."""
    if isinstance(value, Written):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if _PLAIN.match(value) and value.lower() not in _WORDS:
            return value
        import json

        return yaml_escapes(json.dumps(value, ensure_ascii=False))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{write_flow(key)}: {write_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(write_flow, value)) + "]"
    return repr(value)
