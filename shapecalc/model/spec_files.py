"""Tells by its text whether a YAML file is a spec, or one that its author meant to be one: also where it is broken.

In a folder other YAML files stand beside specs, of CI, of containers, of training, and are none of our business. A spec
with a mistake must not be taken for one of those, or nobody would hear of the mistake. So the text is not parsed: only
its root is looked at, the keys at the first level and how the value of each begins.
"""

from __future__ import annotations

import re

_LAYERS = re.compile(rb"^layers[ \t]*:[ \t]*\r?\n[ \t]*-[ \t]+\{?[A-Z]", re.MULTILINE)
_INPUT = re.compile(rb"^inputs?[ \t]*:", re.MULTILINE)


def is_spec(data: bytes | str) -> bool:
    """Whether a text is a spec, or was meant to be one."""
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if _INPUT.search(raw) and _LAYERS.search(raw):
        return True  # so most specs begin
    from shapecalc.model.spec_roots import has_root_of_spec

    return has_root_of_spec(raw)
