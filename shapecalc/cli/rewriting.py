"""Specs written back with a few places changed: all or nothing, and only as what they were read as."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from shapecalc.diagnostics import Fault, Span, error
from shapecalc.document.files import Reader
from shapecalc.formats.files import open_whole

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Rewritten(NamedTuple):
    """The text of a spec before and after, and in words what changed."""

    old: str
    new: str
    changes: tuple[str, ...]


def rewrite(path: str, old: str, new: str) -> None:
    """Puts a new text in the place of the old one, which the file must still have. Raises Fault with SC607."""
    whole = Span(path, 0, 0, 0)
    if not os.path.isfile(path):
        raise Fault(error("SC607", "only files are written back", whole, help="save it as a file first"))
    data = Reader().read(path)
    lead = _BYTE_ORDER_MARK if data.startswith(_BYTE_ORDER_MARK) else b""
    if data[len(lead) :] == new.encode("utf-8"):
        return  # by another path to the same file
    if data[len(lead) :] != old.encode("utf-8"):
        raise Fault(error("SC607", "was changed meanwhile, and is left as it is", whole, help="run the command again"))
    with open_whole(path) as file:
        file.write(lead + new.encode("utf-8"))


def write_diff(path: str, old: str, new: str) -> str:
    """What changes in a file, as `git diff` shows it and `git apply` takes it."""
    from difflib import unified_diff

    name = os.path.normpath(path).replace(os.sep, "/").lstrip("/")
    lines = unified_diff(_LINE.findall(old), _LINE.findall(new), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
