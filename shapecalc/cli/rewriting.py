"""Specs written back with a few places changed: all or nothing, and only as what they were read as."""

from __future__ import annotations

import os

from shapecalc.diagnostics import Fault, Span, error
from shapecalc.document.files import Reader
from shapecalc.formats.files import open_whole

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def rewrite(path: str, old: str, new: str) -> None:
    """Puts a new text in the place of the old one, which the file must still have. Raises Fault with SC607."""
    whole = Span(path, 0, 0, 0)
    if not os.path.isfile(path):
        raise Fault(error("SC607", "only files are written back", whole, help="save it as a file first"))
    data = Reader().read(path)
    lead = _BYTE_ORDER_MARK if data.startswith(_BYTE_ORDER_MARK) else b""
    if data[len(lead) :] != old.encode("utf-8"):
        raise Fault(error("SC607", "was changed meanwhile, and is left as it is", whole, help="run the command again"))
    with open_whole(path) as file:
        file.write(lead + new.encode("utf-8"))
