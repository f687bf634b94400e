"""Globs of settings: which files they mean."""

from __future__ import annotations

import os
import re
from functools import lru_cache

from shapecalc.document.files import STDIN

_WILD = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]/]+\]")


def matches(glob: str, file: str, root: str) -> bool:
    """Whether a file is meant by a glob that is relative to a folder.

    `*` and `?` stop at `/`, `**` does not. What stands without `/` is a name at any depth. A folder means all in it.
    """
    if file in (STDIN, "-"):
        return False
    path = os.path.relpath(file, root).replace(os.sep, "/")
    return _compile(glob).match(path) is not None


@lru_cache(maxsize=256)
def _compile(glob: str) -> re.Pattern[str]:
    glob = glob.removeprefix("./").rstrip("/")
    parts = []
    last = 0
    for wild in _WILD.finditer(glob):
        parts += [re.escape(glob[last : wild.start()]), _write_wild(wild[0])]
        last = wild.end()
    parts.append(re.escape(glob[last:]))
    anywhere = "" if "/" in glob else "(?:.*/)?"
    return re.compile(f"{anywhere}{''.join(parts)}(?:/.*)?\\Z", re.DOTALL)


def _write_wild(sign: str) -> str:
    """The regular expression of `**/`, `**`, `*`, `?` or `[a-z]`."""
    if sign[0] == "[":
        return _write_choice(sign[1:-1])
    return {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}[sign]


def _write_choice(inner: str) -> str:
    """The regular expression of what stands in brackets: characters and ranges, or with `!` in front all others."""
    is_negated = len(inner) > 1 and inner[0] in "!^"
    parts = re.findall(r"\w-\w|.", inner[is_negated:], re.DOTALL)
    signs = [part if len(part) == 3 and part[0] <= part[2] else re.escape(part) for part in parts]
    return f"[{'^' if is_negated else ''}{''.join(signs)}]"
