"""The text of a spec that was made of something else, or that ships with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from shapecalc.diagnostics import Diagnostic


class SpecText(NamedTuple):
    """The text of a spec that stands in no file of its own: the files of its blocks are in `folder`.

    `places` are given where it was made of another text, `source`: what each line stands for in that. `notes` say what
    is to be known of the making.
    """

    text: bytes
    folder: str
    places: list[str] | None = None
    source: str | None = None
    notes: tuple[Diagnostic, ...] = ()
