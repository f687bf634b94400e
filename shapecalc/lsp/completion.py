"""Completion: what may stand at a place, with what stands there already left out."""

from __future__ import annotations

import re
from typing import NamedTuple

from shapecalc.layers.catalogue import find
from shapecalc.lsp.context import find_word_end, find_word_start, read_context
from shapecalc.lsp.documents import OpenFiles
from shapecalc.lsp.meaning import find_meaning
from shapecalc.lsp.offered_calls import list_offered
from shapecalc.lsp.offered_names import list_names
from shapecalc.lsp.offers import OF_VALUES, SOURCES
from shapecalc.lsp.opening import Completion, Opening

_SIGNS = ".@/*-"
"""What words are made of besides letters and digits."""
_DOLLAR = re.compile(r"\$\{?\w*\Z")
_COLON = re.compile(r"""["']?[ \t]*:(?:\s|$)""")


class Completions(NamedTuple):
    """What may stand between two offsets."""

    items: list[Completion]
    start: int
    end: int


def prepare() -> None:
    """Load the layer types, so that the first completion has not to wait for them."""
    for name in list_offered():
        find(name)


def remove_holes(snippet: str) -> str:
    """The text of a snippet without its places to fill in, but with what stands in them."""
    return re.sub(r"\\(?=\$)", "", re.sub(r"(?<!\\)\$(?:\d+|\{\d+:([^}]*)\})", r"\1", snippet))


def complete(files: OpenFiles, file: str, offset: int) -> Completions | None:
    """What may stand at an offset; None where nothing is known."""
    snapshot = files.snapshot(file)
    if snapshot is None or not snapshot.may_become_spec:
        return None
    context = read_context(snapshot.text, offset)
    meaning = find_meaning(context) if context is not None else None
    if context is None or meaning is None:
        return None
    text = snapshot.text
    end = find_word_end(text, offset, _SIGNS)
    view = files.find_read(file, offset) or files.find_walked(file)
    place = Opening(context, meaning, view, bool(_COLON.match(text, end)))
    if meaning.kind in OF_VALUES and (dollar := _DOLLAR.search(context.word)):
        return Completions(list(list_names(place)), offset - len(dollar[0]), find_word_end(text, offset))
    start = max(find_word_start(text, offset, _SIGNS), context.start)
    if text[context.start : start].strip("\"'"):
        return None  # within an expression, or behind a value
    items = [*SOURCES[meaning.kind](place)] if meaning.kind in SOURCES else []
    if meaning.kind in OF_VALUES:
        items += list_names(place)
    own = set(context.own_keys) if context.is_key else set()
    distinct = {item.label: item for item in reversed(items) if item.label not in own}
    return Completions(list(distinct.values())[::-1], start, end)
