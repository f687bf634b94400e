"""A place where something is typed, and one thing that may stand there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from shapecalc.lsp.meaning import Meaning, find_spec

if TYPE_CHECKING:
    from shapecalc.lsp.context import Context
    from shapecalc.lsp.documents import Snapshot

Sort: TypeAlias = Literal["type", "block", "argument", "key", "word", "layer", "value", "number", "file"]


class Completion(NamedTuple):
    """One thing that may stand at a place. `text` is put in; in a `snippet` it has places to fill in.

    `rank` orders the list: what is needed comes first. `type_name` says whose page explains it.
    """

    label: str
    sort: Sort
    text: str
    is_snippet: bool = False
    detail: str = ""
    doc: str = ""
    rank: int = 5
    type_name: str = ""


class Opening:
    """A place where something is typed: what is meant there, and the version of the file that could be read."""

    def __init__(self, context: Context, meaning: Meaning, view: Snapshot | None, has_colon: bool) -> None:
        self.context = context
        self.meaning = meaning
        self.view = view
        self.has_colon = has_colon
        self.spec = find_spec(view.spec, meaning.blocks) if view is not None else None

    def key(self, name: str) -> str:
        """A key as it is put in: with its colon, unless one follows."""
        return name if self.has_colon else f"{name}: "


def offer_words(words: Iterable[str], default: str = "") -> Iterator[Completion]:
    for word in words:
        is_default = default == f"default `{word}`"
        yield Completion(word, "word", word, detail="default" if is_default else "", rank=2)
